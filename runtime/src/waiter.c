/* SPDX-License-Identifier: MIT */
/* waiter.c: sleeping threads, in lists and signalled. */
#define _GNU_SOURCE /* syscall */
#include "waiter.h"

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { AWAKE, ASLEEP, WOKEN };

void idl__waiter_init(idl__waiter *waiter)
{
    *waiter = (idl__waiter){ .fd = -1, .wake_fd = -1 };
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
    /* From the exchange on the waiter may be gone. Its address then wakes nobody, or somebody who
     * looks again. */
    if (atomic_exchange(&waiter->state, WOKEN) == ASLEEP)
        syscall(SYS_futex, &waiter->state, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
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
    /* This call wants longs, whatever time_t is; the time is that of CLOCK_MONOTONIC. */
    const long end[2] = { (long)(until / 1000000000), (long)(until % 1000000000) };
    uint32_t awake = AWAKE;
    atomic_compare_exchange_strong(&waiter->state, &awake, ASLEEP);
    while (atomic_load(&waiter->state) == ASLEEP) {
        long n = syscall(SYS_futex, &waiter->state, FUTEX_WAIT_BITSET_PRIVATE, ASLEEP,
                         until == UINT64_MAX ? NULL : end, NULL, FUTEX_BITSET_MATCH_ANY);
        if (n < 0 && errno == ETIMEDOUT)
            break;
    }
    return atomic_exchange(&waiter->state, AWAKE) == WOKEN;
}
