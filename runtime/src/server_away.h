/* SPDX-License-Identifier: MIT */
/* server_away.h: handlers on threads of the pool.
 *
 * The worker keeps the call's stream and its deadline. The thread decodes the request, runs the
 * handler, encodes its reply, and says so through the worker's mailbox: the end of the call and the
 * return of its handler are two things, as somebody else may end it. The worker has the call back
 * after both. */
#ifndef IDL__SERVER_AWAY_H
#define IDL__SERVER_AWAY_H

#include "call.h"
#include "conn.h"

/* Gives a call to the pool. False: too many wait there. */
bool idl__server_send_away(idl_call *call, const struct idl__target *target,
                           const idl__event *event);
/* Nobody waits for it any more: if its handler has not begun, it never will. True: it has not. */
bool idl__server_call_back(idl_call *call);

/* What a thread of the pool does with a call. */
void idl__server_run_away(idl_call *call);

#endif
