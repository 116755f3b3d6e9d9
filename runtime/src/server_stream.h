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

/* Runs every callback that has something to be told. The call may be gone when this returns. */
void idl__server_stream_advance(idl_call *call);

#endif
