/* SPDX-License-Identifier: MIT */
/* waiter.c: sleeping threads, in lists and signalled. */
#define _GNU_SOURCE /* syscall */
#include "waiter.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { AWAKE, ASLEEP, WOKEN };

void idl__waiter_init(idl__waiter *waiter, idl__room *room)
{
    *waiter = (idl__waiter){ .fd = -1, .wake_fd = -1, .room = room };
    if (room != NULL)
        waiter->bit = UINT32_C(1) << room->entered++ % 32;
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

/* Whoever is not woken may sleep for ever: what is lacking will be there some time. */
static void send_byte(int fd)
{
    while (send(fd, "", 1, MSG_NOSIGNAL) < 0 &&
           (errno == EINTR || errno == ENOBUFS || errno == ENOMEM))
        sched_yield();
}

void idl__waiter_signal(idl__waiter *first)
{
    idl__room *room = NULL;
    uint32_t bits = 0;
    for (idl__waiter *waiter = first, *next; waiter != NULL; waiter = next) {
        next = waiter->next;
        uint32_t bit = waiter->bit;
        if (waiter->wake_fd >= 0) {
            send_byte(waiter->wake_fd);
            continue;
        }
        room = waiter->room;
        if (atomic_exchange(&waiter->state, WOKEN) == ASLEEP) /* it may be gone from here on */
            bits |= bit;
    }
    if (bits == 0)
        return;
    atomic_fetch_add(&room->signals, 1);
    syscall(SYS_futex, &room->signals, FUTEX_WAKE_BITSET_PRIVATE, INT_MAX, NULL, NULL, bits);
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
    idl__room *room = waiter->room;
    uint32_t awake = AWAKE, signals = atomic_load(&room->signals);
    atomic_compare_exchange_strong(&waiter->state, &awake, ASLEEP);
    while (atomic_load(&waiter->state) == ASLEEP) {
        long n = syscall(SYS_futex, &room->signals, FUTEX_WAIT_BITSET_PRIVATE, signals,
                         until == UINT64_MAX ? NULL : end, NULL, waiter->bit);
        if (n < 0 && errno == ETIMEDOUT)
            break;
        signals = atomic_load(&room->signals);
    }
    return atomic_exchange(&waiter->state, AWAKE) == WOKEN;
}
