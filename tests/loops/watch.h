/* SPDX-License-Identifier: MIT */
/* watch.h: what callbacks tell the tests, and whether a loop sleeps. */
#ifndef LOOPS_WATCH_H
#define LOOPS_WATCH_H

#include <pthread.h>

#include "driver.h"

enum { ENOUGH_MS = 30000 }; /* for anything that is to happen */

enum { IDLE_TURNS = 10 }; /* of a loop, while nothing happens */

/* What callbacks have told. */
typedef struct tally {
    uint32_t left; /* callbacks to come */
    uint32_t right, wrong;
    idl_code code; /* of the last */
    uint64_t sum;
    pthread_t thread; /* where they run */
    bool done;
} tally;

/* So many callbacks, on this thread. */
tally expect(uint32_t count);
void tell(tally *t, idl_code code, uint64_t value);

/* The callbacks of the gate's methods; arg is a tally. */
void met(idl_call *call, idl_code code, uint32_t reply, void *arg);
void echoed(idl_call *call, idl_code code, idl_str reply, void *arg);
void hung(idl_call *call, idl_code code, void *arg);
void counted(idl_call *call, const uint32_t *item, void *arg);

uint64_t sum_below(uint64_t n);
void pause_ms(long ms);

/* An address of this process and test. */
const char *socket_of(char address[64], const char *name);

/* The loop sleeps, and so does all else in the process. */
void assert_idle(driver *d);

#endif
