/* SPDX-License-Identifier: MIT */
/* gate.h: the server of the tests, on a thread of its own or in the loop that is tested.
 * Its handlers may run at the same time. */
#ifndef LOOPS_GATE_H
#define LOOPS_GATE_H

#include <pthread.h>

#include "gate_server.h"

enum { GATE_WAITING_MAX = 1000 };

typedef struct gate {
    idl_server *server;
    pthread_t thread;
    char address[128];
    pthread_mutex_t lock; /* of what follows */
    idl_call *waiting[GATE_WAITING_MAX];
    uint32_t count;
} gate;

/* Listens; does not serve yet. options may be NULL. */
void gate_open(gate *g, const char *address, const idl_server_options *options);
void gate_close(gate *g);

/* On a thread. */
void gate_start(gate *g, const char *address);
void gate_stop(gate *g);

#endif
