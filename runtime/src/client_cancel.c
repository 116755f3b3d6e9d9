/* SPDX-License-Identifier: MIT */
/* client_cancel.c: calls that other threads may end.
 *
 * A token is the address of a call and the number of one RPC of it. The channel compares it with the
 * calls that it knows, so one that has gone stale is never followed. Only calls whose token was asked
 * for are known, and only they pay for being wakeable while they wait. */
#include "client_call.h"

#include "call_meta.h"
#include "clock.h"
#include "kin.h"

/* ---- What a channel knows ---- */

void idl__client_expose_it(idl_channel *channel, idl_call *call)
{
    if (call->client.token_at != NULL)
        return;
    call->client.token_at = &channel->exposed;
    call->client.token_next = channel->exposed;
    if (channel->exposed != NULL)
        channel->exposed->client.token_at = &call->client.token_next;
    channel->exposed = call;
}

void idl__client_hide_it(idl_call *call)
{
    *call->client.token_at = call->client.token_next;
    if (call->client.token_next != NULL)
        call->client.token_next->client.token_at = call->client.token_at;
    call->client.token_at = NULL;
}

static bool is_named(const idl_call *call, idl_token token)
{
    return token.number == call->client.number && token.call == (uintptr_t)call;
}

bool idl__client_was_named(idl_channel *channel, const idl_call *call)
{
    for (size_t i = 0; i < IDL__EARLY_MAX; i++) {
        if (is_named(call, channel->early[i])) {
            channel->early[i] = (idl_token){ 0, 0 };
            return true;
        }
    }
    return false;
}

/* ---- Tokens ---- */

idl_token idl_call_token(idl_call *call)
{
    if (call == NULL || call->role == IDL__CALL_SERVER)
        return (idl_token){ 0, 0 };
    /* Calls that get the same address one after another don't get the same numbers. */
    if (call->client.number == 0)
        call->client.number = idl__clock_now();
    call->client.has_token = true;
    idl_channel *channel = call->client.busy ? call->client.channel : NULL;
    if (channel != NULL) {
        idl__channel_lock(channel);
        if (!call->client.over)
            idl__client_expose(channel, call);
        idl__channel_unlock(channel);
    }
    return (idl_token){ (uintptr_t)call, call->client.number };
}

/* Ends the call, and sees to it that its thread and the server hear of it. */
static void cancel(idl_channel *channel, idl_call *call)
{
    idl__link *link = call->client.link;
    bool async = call->client.done != NULL;
    if (link == NULL) { /* it waits to be tried again */
        call->client.code = IDL_CANCELLED;
        call->client.message = (idl_str)IDL_STR("the call was cancelled");
        idl__channel_over(channel, call);
        return;
    }
    link->refs++;
    idl__client_cancel(call, IDL_CANCELLED);
    call->client.message = (idl_str)IDL_STR("the call was cancelled");
    idl__channel_over(channel, call);
    idl__link_relieve(link);
    if (async)
        idl__client_flush(channel, link);
    else if (idl__link_can_write(link))
        idl__link_write(link);
    idl__link_nudge(link);
    idl__link_unref(link);
}

void idl_call_cancel(idl_channel *channel, idl_token token)
{
    if (channel == NULL || token.number == 0)
        return;
    idl__channel_lock(channel);
    idl_call *call = channel->exposed;
    while (call != NULL && !is_named(call, token))
        call = call->client.token_next;
    if (call != NULL)
        cancel(channel, call);
    else
        channel->early[channel->early_next++ % IDL__EARLY_MAX] = token;
    idl__channel_unlock(channel);
}

/* ---- Calls made for others ---- */

void idl_call_inherit(idl_call *call, idl_call *served)
{
    if (call == NULL || served == NULL || call->role == IDL__CALL_SERVER || call->client.busy)
        return;
    uint64_t own = call->deadline, limit = served->deadline;
    if (limit != 0 && (own == 0 || limit < own))
        call->deadline = limit;
    idl__call_inherit_trace(call, served);
    if (served->role != IDL__CALL_SERVER)
        return;
    idl_call_token(call); /* a thread that waits for it can be woken */
    idl__kin_adopt(served, call);
}

bool idl__client_join_it(idl_channel *channel, idl_call *call)
{
    const idl_token token = { (uintptr_t)call, call->client.number };
    return idl__kin_join(call, channel, idl_call_cancel, token);
}
