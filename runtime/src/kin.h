/* SPDX-License-Identifier: MIT */
/* kin.h: the calls that are made for a call that is served: cancelled with it.
 *
 * Either may be over first, on any thread: they share a small object that knows those that are under
 * way, and the last of them frees it. A call that was not inherited from has none. */
#ifndef IDL__KIN_H
#define IDL__KIN_H

#include "call.h"

/* ---- The call that is served ---- */

/* Cancels those that may take longer than deadline (0: all), and from here on those that begin. */
void idl__kin_cancel(idl_call *served, uint64_t deadline);
/* It is over: they go on. */
void idl__kin_forget_all(idl_call *served);
static inline void idl__kin_forget(idl_call *served)
{
    if (IDL_UNLIKELY(atomic_load_explicit(&served->server.kin, memory_order_relaxed) != NULL))
        idl__kin_forget_all(served);
}

/* ---- A call that is made for it ---- */

/* The next RPC of call is one. Without memory for that it will be cancelled by its deadline only. */
void idl__kin_adopt(idl_call *served, idl_call *call);
/* Those that follow are for calls that were adopted; leave for all.
 *
 * The RPC has begun on channel, and cancel ends it. False: served is cancelled already. Again is
 * fine. */
bool idl__kin_join(idl_call *call, struct idl_channel *channel,
                   void (*cancel)(struct idl_channel *channel, idl_token token), idl_token token);
/* The RPC is over. Waits for a cancel that is under way; not with the channel's lock. */
void idl__kin_leave_it(idl_call *call);
static inline void idl__kin_leave(idl_call *call)
{
    if (IDL_UNLIKELY(call->client.kin != NULL))
        idl__kin_leave_it(call);
}

#endif
