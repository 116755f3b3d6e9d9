/* SPDX-License-Identifier: MIT */
/* acceptor.h: a listener on a loop: takes connections and hands them on. */
#ifndef IDL__ACCEPTOR_H
#define IDL__ACCEPTOR_H

#include <uv.h>

#include "listener.h"
#include "log.h"

/* Gets a connection, owns it, and is told where it is from. */
typedef void idl__taken_fn(void *arg, const idl__listener *listener, int fd,
                           const idl__endpoint *from);

typedef struct idl__acceptor {
    const idl__listener *listener;
    uv_poll_t poll;
    uv_timer_t retry; /* while there are no descriptors, or no memory */
    idl__taken_fn *taken;
    void *arg;
    idl__logger *logger;
    int failed; /* why there was no connection the last time; 0: there was one */
} idl__acceptor;

/* taken gets every connection. 0, or libuv's error. */
int idl__acceptor_start(idl__acceptor *acceptor, uv_loop_t *loop, const idl__listener *listener,
                        idl__logger *logger, idl__taken_fn *taken, void *arg);

/* Takes the connections that wait already, and no more; those of a socket that was passed are left to
 * the next who gets it. The acceptor's memory is the loop's until
 * it has run once more. Only after a start that worked. */
void idl__acceptor_stop(idl__acceptor *acceptor);

#endif
