/* SPDX-License-Identifier: MIT */
/* server_stream.h: streaming calls, in event form: messages, credit and cancels become callbacks of
 * the call, on its worker's thread.
 *
 * Callbacks never nest: a command that a callback gives takes effect when it has returned. */
#ifndef IDL__SERVER_STREAM_H
#define IDL__SERVER_STREAM_H

#include "call.h"
#include "conn.h"

/* What the connection reports about an open call. */
void idl__server_stream_event(idl_call *call, const idl__event *event);

/* Its time is over: the client is told, then the handler, by a cancel. The call may be gone when this
 * returns. */
void idl__server_expire(idl_call *call);

/* Runs every callback that has something to be told, and answers the call if it is over. It may be
 * gone when this returns. */
void idl__server_stream_advance(idl_call *call);

/* Ends it with an error while its handler does not know yet, who hears of a cancel. why: NULL, what
 * code says of a message that could not be decoded. */
void idl__server_break_off(idl_call *call, idl_code code, const char *why);

void idl__server_on_writable(idl_call *call, struct idl__hook hook);

/* What the client is told then. */
#define IDL__TOO_LATE "the handler took longer than the call's deadline allows"

static inline bool idl__server_is_cancelled(const idl_call *call)
{
    return atomic_load_explicit(&call->server.cancelled, memory_order_relaxed) != IDL_OK;
}

#endif
