/* SPDX-License-Identifier: MIT */
/* signals.h: SIGINT and SIGTERM on a loop, for as long as it runs. */
#ifndef IDL__SIGNALS_H
#define IDL__SIGNALS_H

#include <signal.h>

#include <uv.h>

enum { IDL__SIGNALS = 2 };

typedef struct idl__signals {
    struct idl__signal {
        uv_signal_t handle;
        int number; /* 0: not watched */
        struct sigaction before, ours;
    } each[IDL__SIGNALS];
    void (*fn)(void *arg);
    void *arg;
} idl__signals;

/* Calls fn on the loop for every signal that comes. A signal that the process ignores stays
 * ignored. They don't keep the loop running. */
void idl__signals_start(idl__signals *signals, uv_loop_t *loop, void (*fn)(void *arg), void *arg);

/* Puts back what was there before. The memory is the loop's until it has run once more. */
void idl__signals_stop(idl__signals *signals);

#endif
