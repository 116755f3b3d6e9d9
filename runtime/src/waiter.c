/* SPDX-License-Identifier: MIT */
/* waiter.c: sleeping threads, in lists and signalled. */
#include "waiter.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void idl__waiter_init(idl__waiter *waiter)
{
    *waiter = (idl__waiter){ .fd = -1, .wake_fd = -1 };
    pthread_mutex_init(&waiter->mutex, NULL);
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&waiter->cond, &attributes);
    pthread_condattr_destroy(&attributes);
}

bool idl__waiter_pair(idl__waiter *waiter)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    waiter->fd = pair[0];
    waiter->wake_fd = pair[1];
    return true;
}

void idl__waiter_fini(idl__waiter *waiter)
{
    if (waiter->fd >= 0) {
        close(waiter->fd);
        close(waiter->wake_fd);
    }
    pthread_cond_destroy(&waiter->cond);
    pthread_mutex_destroy(&waiter->mutex);
}

void idl__waiter_enter(idl__waiter *waiter, idl__waiter **list)
{
    waiter->asleep = true;
    waiter->list = list;
    waiter->prev = NULL;
    waiter->next = list != NULL ? *list : NULL;
    if (waiter->next != NULL)
        waiter->next->prev = waiter;
    if (list != NULL)
        *list = waiter;
}

void idl__waiter_leave(idl__waiter *waiter)
{
    waiter->asleep = false;
    if (waiter->list == NULL)
        return;
    if (waiter->next != NULL)
        waiter->next->prev = waiter->prev;
    if (waiter->prev != NULL)
        waiter->prev->next = waiter->next;
    else
        *waiter->list = waiter->next;
    waiter->list = NULL;
}

void idl__waiter_signal(idl__waiter *waiter)
{
    if (waiter->wake_fd >= 0) {
        /* Whoever is not woken may sleep for ever: what is lacking will be there some time. */
        while (send(waiter->wake_fd, "", 1, MSG_NOSIGNAL) < 0 &&
               (errno == EINTR || errno == ENOBUFS || errno == ENOMEM))
            sched_yield();
        return;
    }
    pthread_mutex_lock(&waiter->mutex);
    waiter->woken = true;
    pthread_cond_signal(&waiter->cond);
    pthread_mutex_unlock(&waiter->mutex);
}

void idl__waiter_wait(idl__waiter *waiter)
{
    if (waiter->fd >= 0) {
        char byte;
        while (recv(waiter->fd, &byte, 1, 0) < 0 && errno == EINTR)
            ;
        return;
    }
    idl__waiter_wait_until(waiter, UINT64_MAX);
}

bool idl__waiter_wait_until(idl__waiter *waiter, uint64_t until)
{
    const struct timespec end = { .tv_sec = (time_t)(until / 1000000000),
                                  .tv_nsec = (long)(until % 1000000000) };
    int error = 0;
    pthread_mutex_lock(&waiter->mutex);
    while (!waiter->woken && error != ETIMEDOUT)
        error = until == UINT64_MAX ? pthread_cond_wait(&waiter->cond, &waiter->mutex)
                                    : pthread_cond_timedwait(&waiter->cond, &waiter->mutex, &end);
    bool woken = waiter->woken;
    waiter->woken = false;
    pthread_mutex_unlock(&waiter->mutex);
    return woken;
}
