/* SPDX-License-Identifier: MIT */
/* flow.h: a server of streams.idl on a thread, and a channel to it. For set-up and tear-down. */
#ifndef FLOW_H
#define FLOW_H

#include <pthread.h>

#include "streams_client.h"
#include "streams_server.h"

typedef struct flow {
    idl_server *server;
    pthread_t thread;
    int status;
    idl_channel *channel;
    idl_call *call;
    void *user; /* the handlers' */
} flow;

/* threads: for handlers that wait; 0: they run on the loop. Returns 0, and *state is a flow. */
int flow_start(void **state, const char *address, const flow_flow_handlers *handlers,
               uint32_t threads, void *user);
/* Checks that the server has ended well, too. */
int flow_stop(void **state);

/* An address of this process; scheme is "unix" or "ttrpc+unix". */
const char *flow_unix(const char *scheme);

#endif
