/* SPDX-License-Identifier: MIT */
/* run.h: a load, made and measured.
 *
 * Closed loop: each of connections x concurrency slots makes one call after another, so a slow server
 * gets fewer calls, and its latency is that of calls that were made. Open loop (rate): calls are
 * due at fixed times, whatever the server does, and latency counts from when a call was due: what
 * waits behind a stall is measured too. Then concurrency bounds what is outstanding on a connection;
 * calls that are due beyond it wait for their turn, with the clock running. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdatomic.h>

#include "histogram.h"
#include "request.h"

typedef struct load {
    const char *address;
    idl_method method;
    request request;
    unsigned connections, concurrency;
    double rate; /* calls a second; 0: closed loop */
    double seconds, warm_up;
    uint32_t timeout_ms; /* of a call; 0: none */
    size_t max_message;
} load;

enum { CODES = 17 };

typedef struct result {
    uint64_t calls;        /* that ended in time, or were due in it; errors are among them */
    uint64_t codes[CODES]; /* how they ended */
    uint64_t ended;        /* calls that ended in time, whenever they were due: the rate */
    uint64_t unsent;       /* open loop: due, and never sent: the server could not keep up */
    uint64_t reply_bytes;
    double seconds;
    char error[256]; /* what the first that failed said; "" */
    histogram latency;
} result;

/* For who watches; any thread. */
typedef struct progress {
    atomic_uint_least64_t calls, errors;
} progress;

/* The done of a load's method. */
idl_done_fn load_done;

/* One call, to learn whether there is any sense in it. Its code; error says why. */
idl_code load_try(const load *l, char error[256]);

/* Runs it. tick is called about once a second, on the calling thread. False: no memory, or no
 * threads; what was started still runs, and the program is to end. */
bool load_run(const load *l, result *out, progress *p, void (*tick)(void *arg), void *arg);

#endif
