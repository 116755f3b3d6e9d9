/* SPDX-License-Identifier: MIT */
/* server_lane.h: what a call and threads other than its worker's exchange: the messages of streams,
 * and callbacks that were set there.
 *
 * Only the worker touches connections. It takes messages that others emit from the lane to the
 * connection as credit allows, and the client's the other way while somebody takes them; both are
 * bounded, beside what the stream's window bounds. A call gets a lane when another thread needs one
 * for the first time, and has it until it is over. */
#ifndef IDL__SERVER_LANE_H
#define IDL__SERVER_LANE_H

#include "call.h"

/* ---- Other threads ---- */

/* As idl_server_emit. On a thread of the pool it waits instead of giving IDL_AGAIN. */
idl_code idl__lane_emit(idl_call *call, const idl_message *type, const void *item);

/* Initial metadata, before what is emitted from here on; it stays as it is until the call is over. */
idl_code idl__lane_headers(idl_call *call, const idl__pairs *initial);

/* Waits for the next message; *block has a reference that is the caller's now. False: there are no
 * more. */
bool idl__lane_next(idl_call *call, idl_bytes *payload, idl__block **block);
/* One of them did not decode: the call ends with code. */
void idl__lane_spoilt(idl_call *call, idl_code code);

/* Callbacks to be set by the worker; those that are not set in hooks stay as they are. */
enum { IDL__HOOK_ITEM = 1, IDL__HOOK_WRITABLE = 2, IDL__HOOK_CANCEL = 4 };
void idl__lane_hook(idl_call *call, unsigned which, const idl__hooks *hooks);

/* ---- The worker's thread ---- */

/* Is it in its worker's mailbox? */
bool idl__lane_has_mailed(idl_call *call);
static inline bool idl__lane_is_mailed(idl_call *call)
{
    return atomic_load(&call->server.lane) != NULL && idl__lane_has_mailed(call);
}

/* Moves what can be moved, and wakes those who have waited for that. */
void idl__lane_work(idl_call *call);
/* Messages were emitted elsewhere and are not with the connection yet. */
bool idl__lane_unsent(idl_call *call);
/* The same, for who wants to emit on the loop: on_writable is told when there are none any more. */
bool idl__lane_has_more(idl_call *call);
static inline bool idl__lane_comes_first(idl_call *call)
{
    return IDL_UNLIKELY(atomic_load(&call->server.lane) != NULL) && idl__lane_has_more(call);
}

/* ---- The last who has the call ---- */

void idl__lane_free_it(idl_call *call);
static inline void idl__lane_free(idl_call *call)
{
    if (atomic_load(&call->server.lane) != NULL)
        idl__lane_free_it(call);
}

#endif
