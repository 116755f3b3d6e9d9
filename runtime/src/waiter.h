/* SPDX-License-Identifier: MIT */
/* waiter.h: a thread that sleeps until another one wakes it.
 *
 * A waiter is entered into a list while its channel's lock is held; whoever takes it out of there
 * (also with the lock held) has to signal it, once, after giving the lock up. So a thread that was
 * taken out waits for the signal before its waiter goes out of scope, and nobody touches a waiter
 * that is gone.
 *
 * Most sleep on a word of their own (a futex): whoever wakes them holds nothing that they want, so
 * they may run at once, in its place. One that has to sleep in poll() has a pair of sockets instead. */
#ifndef IDL__WAITER_H
#define IDL__WAITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct idl__waiter {
    struct idl__waiter *prev, *next;
    struct idl__waiter **list; /* its head; NULL: in none */
    bool asleep;               /* from before it sleeps until it was taken out, or woke by itself */
    int fd, wake_fd;        /* of the pair: polled by the sleeper, written to by the waker; or -1 */
    _Atomic uint32_t state; /* the word of those without a pair */
} idl__waiter;

void idl__waiter_init(idl__waiter *waiter);
/* The pair; false: there are no descriptors, it has none. */
bool idl__waiter_pair(idl__waiter *waiter);
void idl__waiter_fini(idl__waiter *waiter);

/* Under the lock: the last to go to sleep comes first. list may be NULL. */
void idl__waiter_enter(idl__waiter *waiter, idl__waiter **list);
void idl__waiter_leave(idl__waiter *waiter);

/* Without the lock. The waiter may be gone when this returns. */
void idl__waiter_signal(idl__waiter *waiter);
/* Without the lock: returns after the signal. */
void idl__waiter_wait(idl__waiter *waiter);
/* Or at a time: then false. For waiters without a pair. */
bool idl__waiter_wait_until(idl__waiter *waiter, uint64_t until);

#endif
