/* SPDX-License-Identifier: MIT */
/* server_call.h: from a request to its reply.
 *
 * A call is taken from its worker's pool, decoded into its arena, given to the handler, and answered
 * from what the handler left; or it is deferred, and answered when somebody completes it. A thread
 * that is not the worker's encodes the reply itself and gives the call back through the worker's
 * mailbox: only the worker touches connections. */
#ifndef IDL__SERVER_CALL_H
#define IDL__SERVER_CALL_H

#include "call.h"
#include "conn.h"

struct idl__peer;

/* What a connection reports, on the worker's thread. */
void idl__server_event(struct idl__peer *peer, const idl__event *event);

/* Back to the pool: the call has been answered, or nobody will be. */
void idl__call_recycle(idl_call *call);

/* Answers a call that another thread has completed, and gives it back to the pool. */
void idl__call_answer(idl_call *call);

#endif
