/* SPDX-License-Identifier: MIT */
/* server_pool.h: threads that run handlers, so that these may wait.
 *
 * Workers put calls into one bounded queue, from which the threads take them in turn. A call that is
 * cancelled while it waits there is taken back. */
#ifndef IDL__SERVER_POOL_H
#define IDL__SERVER_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "call.h"

typedef struct idl__server_pool idl__server_pool;

/* Starts the threads, at least one; run is what each does with a call. NULL when there is no memory,
 * or when they can't be started. */
idl__server_pool *idl__server_pool_new(uint32_t threads, uint32_t max_queued,
                                       void (*run)(idl_call *call));
/* Waits for the handlers that run to return. Nothing is put any more, and the queue is empty. */
void idl__server_pool_free(idl__server_pool *pool);

/* False: max_queued calls wait already. */
bool idl__server_pool_put(idl__server_pool *pool, idl_call *call);
/* Takes a call out of the queue. False: a thread has it, or has had it. */
bool idl__server_pool_take_back(idl__server_pool *pool, idl_call *call);

#endif
