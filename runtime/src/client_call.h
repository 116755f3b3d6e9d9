/* SPDX-License-Identifier: MIT */
/* client_call.h: what blocking and async calls have in common: how a call begins and how it is
 * settled. */
#ifndef IDL__CLIENT_CALL_H
#define IDL__CLIENT_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "channel.h"

/* Takes the call for an RPC. False: another one is using it, or a handler is. */
bool idl__client_begin(idl_call *call, const idl_method *method);

/* Encodes the request and opens the call on a link of the channel, with the lock held. An error is
 * in client.code, as if the call had ended with it. IDL_OK: *link has the call. */
idl_code idl__client_open(idl_channel *channel, idl_call *call, const void *request,
                          idl__link **link);

/* Ends a call that is on no link with code; the message is formatted. */
IDL_COLD idl_code idl__client_fail(idl_call *call, idl_code code, const char *format, ...)
    IDL_PRINTF(3, 4);

/* Memory of the RPC before is gone: how the call ended becomes its code and message, and the reply is
 * decoded, NULL: is not wanted. The call is free for another RPC. Needs no lock. */
idl_code idl__client_settle(idl_call *call, void *reply);

/* -- Metadata: client_meta.c -- */

/* Adds what the call is to send. False: it can't be sent, and the call has failed. */
bool idl__client_add_metadata(const idl_channel *channel, idl_call *call, idl__open *open);
/* Keeps an envelope with metadata for the call's owner. */
void idl__client_keep_envelope(struct idl__envelope *kept, const idl__event *event);
/* What came with HEADERS becomes metadata. Its owner's thread, with the lock held or the RPC over. */
void idl__client_take_headers(idl_call *call);
/* The RPC is over: takes all that came with it. What is not legal is the server's fault. */
void idl__client_settle_metadata(idl_call *call);
/* It is given up: what was kept of it goes. */
void idl__client_drop_envelopes(idl_call *call);

/* -- */

/* Interceptors, without the lock. False: one of them has refused the call, and it has failed. */
bool idl__client_intercept(idl_channel *channel, idl_call *call);

/* A call that can't even begin: empties *reply, which may be NULL, and returns code. */
idl_code idl__client_refuse(const idl_message *type, void *reply, idl_code code);

/* -- For threads that wait -- */

/* Is there a channel, and may this thread wait for it? False: the call has failed. */
bool idl__client_may_wait(const idl_channel *channel, idl_call *call);

/* -- Cancelling, with the lock held -- */

/* From here on the call may be cancelled, if it has a token; and no longer. */
void idl__client_expose_it(idl_channel *channel, idl_call *call);
static inline void idl__client_expose(idl_channel *channel, idl_call *call)
{
    if (call->client.has_token)
        idl__client_expose_it(channel, call);
}
void idl__client_hide_it(idl_call *call);
static inline void idl__client_hide(idl_call *call)
{
    if (call->client.token_at != NULL)
        idl__client_hide_it(call);
}
/* It was, before it began. */
bool idl__client_was_named(idl_channel *channel, const idl_call *call);
static inline bool idl__client_was_cancelled(idl_channel *channel, const idl_call *call)
{
    return call->client.has_token && idl__client_was_named(channel, call);
}

/* It has begun, perhaps for a call that is served. False: that one is cancelled. */
bool idl__client_join_it(idl_channel *channel, idl_call *call);
static inline bool idl__client_join(idl_channel *channel, idl_call *call)
{
    return call->client.kin == NULL || idl__client_join_it(channel, call);
}

/* -- For threads that wait, with the lock held. -- */

/* One thing that may bring this call further, or its deadline. */
void idl__client_work(idl__link *link, idl_call *call);

/* Waits until what is queued now is with the kernel, or the call is over; while the kernel takes
 * nothing it may stay in the queue, unless that is long. */
void idl__client_push(idl__link *link, idl_call *call);

/* A call is done with its link. Sends what is left, as others may not: a CANCEL that was queued while
 * this thread was writing, what a link that takes no more calls still holds. */
void idl__client_part(idl__link *link);

/* The call has ended on this link with an error. Provably nobody saw it: no connection was made, none
 * of its bytes was written, or the server says so; and there is reason to hope for more next time. */
bool idl__client_may_retry(const idl__link *link, const idl_call *call);
/* Makes it as if it had not been tried. */
void idl__client_again(idl_call *call);

/* Keeps the request of a call that link has just taken, so that it can be opened again without its
 * owner, in place of all that the call held. Too large a one is not kept, and nothing is done. */
void idl__client_keep(idl__link *link, idl_call *call);
/* An async call that may be tried again: opens it once more, if what it said is kept. False: it is
 * over. */
bool idl__client_resume(idl_channel *channel, idl_call *call);

/* -- Calls of @idempotent methods, with the lock held -- */

/* A call has ended on this link: when it is to be tried again; 0: it is not. */
uint64_t idl__client_repeat_at(const idl__link *link, const idl_call *call);
/* Waits until then; the call is as if it had not been tried. False: it was cancelled. */
bool idl__client_pause(idl_channel *channel, idl_call *call);
/* An async call waits until then on no link. False: it can't, its request was not kept. */
bool idl__client_park(idl_channel *channel, idl_call *call);
/* Its time has come. */
void idl__client_unpark(idl_channel *channel, idl_call *call);

/* -- Async calls, with the lock held -- */

/* Opens a call whose request is kept on another link. */
bool idl__client_reopen(idl_channel *channel, idl_call *call);
/* A call's time is the first of all: who sleeps until a later one is woken. */
void idl__client_look_sooner(idl_channel *channel, idl_call *call);

/* Sends what was queued just now, if nobody else is going to. */
void idl__client_flush(idl_channel *channel, idl__link *link);

/* Ends the call from here, unless it is over; the rest of its owner's business is as after any
 * end. */
void idl__client_cancel(idl_call *call, idl_code code);

/* Its deadline has passed: ends it the same way. */
void idl__client_expire(idl_call *call);

/* A message that does not decode is the server's fault: the call is over, whatever it would have
 * ended with. Without the lock. */
void idl__client_spoilt(idl_call *call, idl_code code);

/* Runs the callbacks that are due, without the lock meanwhile; their number. */
size_t idl__client_run_due(idl_channel *channel);

#endif
