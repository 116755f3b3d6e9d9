/* SPDX-License-Identifier: MIT */
/* waiter.h: a thread that sleeps until another one wakes it.
 *
 * A waiter is entered into a list while its channel's lock is held; whoever takes it out of there
 * (also with the lock held) has to signal it, once, after giving the lock up. So a thread that was
 * taken out waits for the signal before its waiter goes out of scope, and nobody touches a waiter
 * that is gone.
 *
 * Most sleep in a room (a futex), and those of one room that are woken together are woken by one
 * system call. One that has to sleep in poll() has a pair of sockets instead. */
#ifndef IDL__WAITER_H
#define IDL__WAITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Where threads sleep. Zeroed it is empty. Whoever sleeps in it or signals keeps it alive. */
typedef struct idl__room {
    _Atomic uint32_t signals; /* so far; it wraps */
    uint32_t entered;         /* waiters, so far: gives them bits in turn */
} idl__room;

typedef struct idl__waiter {
    struct idl__waiter *prev, *next;
    struct idl__waiter **list; /* its head; NULL: in none */
    bool asleep;               /* from before it sleeps until it was taken out, or woke by itself */
    int fd, wake_fd;        /* of the pair: polled by the sleeper, written to by the waker; or -1 */
    idl__room *room;        /* NULL: it has a pair, or is to get one */
    uint32_t bit;           /* by which it is woken there, and perhaps others that sleep on */
    _Atomic uint32_t state; /* in the room */
} idl__waiter;

/* For the room, with the lock that guards it. */
void idl__waiter_init(idl__waiter *waiter, idl__room *room);
/* The pair; false: there are no descriptors, it has none. */
bool idl__waiter_pair(idl__waiter *waiter);
void idl__waiter_fini(idl__waiter *waiter);

/* Under the lock: the last to go to sleep comes first. list may be NULL. */
void idl__waiter_enter(idl__waiter *waiter, idl__waiter **list);
void idl__waiter_leave(idl__waiter *waiter);

/* Without the lock: those in a list, linked by next; none, one or many. Each waiter may be gone when
 * this returns. */
void idl__waiter_signal(idl__waiter *first);
/* Without the lock: returns after the signal. */
void idl__waiter_wait(idl__waiter *waiter);
/* Or at a time: then false. For waiters without a pair. */
bool idl__waiter_wait_until(idl__waiter *waiter, uint64_t until);

#endif
