/* SPDX-License-Identifier: MIT */
/* client_stream.c: streams, on threads that wait.
 *
 * Between two operations no thread of the call is there: messages that others read for it are
 * stored with the stream, for as many bytes as its credit allows. */
#include "client_call.h"
#include "kin.h"

#include <string.h>

#include "chain.h"

#include "codec.h"
#include "codec_words.h"

/* ---- Opening ---- */

/* Off the channel: nothing of the call is known there any more. */
static void leave(idl_channel *channel, idl_call *call)
{
    idl__link *link = call->client.link;
    if (call->client.listed)
        idl__call_list_remove(&channel->open, call);
    call->client.listed = false;
    call->client.link = NULL;
    call->client.abandon = NULL;
    idl__client_hide(call);
    idl__client_part(link);
    idl__link_unref(link);
}

static void abandon(idl_call *call)
{
    idl_channel *channel = call->client.channel;
    call->client.abandon = NULL;
    call->client.busy = false;
    idl__kin_leave(call);
    idl__call_end_token(call);
    idl__block_release(call->client.block);
    call->client.block = NULL;
    if (channel != NULL) {
        idl__channel_lock(channel);
        idl__link *link = call->client.link;
        idl__client_cancel(call, IDL_CANCELLED);
        if (idl__link_can_write(link))
            idl__link_write(link);
        leave(channel, call);
        idl__channel_unlock(channel);
    }
    idl__client_drop_envelopes(call);
    if (call->chain != NULL)
        idl__chain_end(call, IDL_CANCELLED, "the call was given up");
}

/* True: the request is on its way. */
static bool try_open(idl_channel *channel, idl_call *call, const void *request)
{
    idl__link *link;
    if (idl__client_open(channel, call, request, &link) != IDL_OK)
        return false;
    idl__client_keep(link, call);
    link->refs++;
    call->client.link = link;
    call->client.channel = channel;
    call->client.listed = true;
    call->client.abandon = abandon;
    idl__call_list_append(&channel->open, call);
    idl__client_push(link, call);
    bool lost = call->client.over && (call->client.code == IDL_DEADLINE_EXCEEDED ||
                                      (link->state == IDL__DOWN && call->client.never_started));
    if (lost || (call->client.over && call->client.again))
        leave(channel, call);
    else
        idl__link_nudge(link);
    return !lost;
}

idl_code idl_client_open(idl_channel *channel, idl_call *call, const void *request,
                         const idl_method *method)
{
    bool opened = false;
    if (call == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (!idl__client_begin(call, method))
        return IDL_FAILED_PRECONDITION;
    idl__call_drop_messages(call);
    if (idl__client_may_wait(channel, call) && idl__client_intercept(channel, call)) {
        idl__channel_lock(channel);
        opened = try_open(channel, call, request);
        while (call->client.over && call->client.again) {
            idl__client_again(call);
            opened = try_open(channel, call, request);
        }
        idl__channel_unlock(channel);
    }
    if (!call->client.kept) /* else it has gone already */
        idl__call_drop_memory(call);
    return opened ? IDL_OK : idl__client_settle(call, NULL);
}

/* An open call has ended, but no server has seen it, and what it said is kept: its owner's thread
 * opens it on another link. */
static bool open_again(idl_channel *channel, idl_call *call)
{
    idl__link *old = call->client.link, *link;
    if (!call->client.over || !call->client.again || !call->client.kept)
        return false;
    idl__client_again(call);
    call->client.over = idl__client_open(channel, call, NULL, &link) != IDL_OK;
    if (call->client.over)
        return false;
    link->refs++;
    call->client.link = link;
    idl__client_part(old);
    idl__link_unref(old);
    return true;
}

/* One step further, unless it is over. */
static bool go_on(idl_channel *channel, idl_call *call)
{
    if (open_again(channel, call))
        return true;
    if (call->client.over)
        return false;
    idl__client_work(call->client.link, call);
    return true;
}

/* ---- Sending ---- */

/* The call is open, as far as its owner knows. */
static inline bool is_open(const idl_call *call)
{
    return call != NULL && call->role == IDL__CALL_CLIENT && call->client.busy;
}

/* A thread may wait for it. */
static bool is_blocking(const idl_call *call)
{
    return is_open(call) && call->client.done == NULL;
}

/* What those get that do something with a call that is not open. */
static idl_code not_open(const idl_call *call)
{
    if (call == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    return call->code != IDL_OK ? call->code : IDL_FAILED_PRECONDITION;
}

/* And those that come too late. */
static idl_code is_over(const idl_call *call)
{
    return call->client.code != IDL_OK ? call->client.code : IDL_CANCELLED;
}

static idl_code send_item(idl_channel *channel, idl_call *call, const void *item,
                          const idl_message *type)
{
    idl_code code = IDL_AGAIN;
    if (call->client.done == NULL)
        open_again(channel, call);
    if (call->client.over)
        return is_over(call);
    idl__link *link = call->client.link;
    if (call->client.done != NULL) {
        code = idl__conn_send(link->conn, &call->stream, type, item, false);
        if (code == IDL_OK)
            idl__client_flush(channel, link);
        if (code == IDL_AGAIN)
            idl__link_starve(link, call);
        call->client.kept &= code != IDL_OK;
        return code;
    }
    link->squeezed++; /* bytes that are written make room too */
    while (!call->client.over &&
           (code = idl__conn_send(link->conn, &call->stream, type, item, false)) == IDL_AGAIN)
        idl__client_work(link, call);
    link->squeezed--;
    call->client.kept &= code != IDL_OK; /* it has been said, and is not kept */
    if (call->client.over)
        code = is_over(call);
    else if (code == IDL_OK)
        idl__client_push(link, call);
    idl__link_nudge(link);
    return code;
}

idl_code idl_client_send(idl_call *call, const void *item, const idl_message *type)
{
    if (!is_open(call))
        return not_open(call);
    idl_channel *channel = call->client.channel;
    if (channel == NULL)
        return is_over(call);
    idl__channel_lock(channel);
    idl_code code = send_item(channel, call, item, type);
    idl__channel_unlock(channel);
    return code;
}

/* Without memory for saying so the server would wait for more, and the client for the server. */
static bool half_close(idl__link *link, idl_call *call)
{
    if (call->client.over)
        return false;
    call->client.kept &= (call->method->kind & IDL_STREAM_IN) == 0;
    idl_code code = idl__conn_close_send(link->conn, &call->stream);
    if (code == IDL_RESOURCE_EXHAUSTED) {
        idl__client_cancel(call, code);
        call->client.message = (idl_str)IDL_STR("out of memory");
    }
    return code == IDL_OK;
}

void idl_call_close_send(idl_call *call)
{
    if (!is_open(call) || call->client.channel == NULL)
        return;
    idl_channel *channel = call->client.channel;
    idl__channel_lock(channel);
    idl__link *link = call->client.link;
    bool async = call->client.done != NULL;
    if (half_close(link, call)) {
        if (async)
            idl__client_flush(channel, link);
        else
            idl__client_push(link, call);
    }
    if (!async)
        idl__link_nudge(link);
    else if (call->client.over)
        idl__channel_over(channel, call);
    idl__channel_unlock(channel);
}

/* ---- Receiving ---- */

/* Fetches the next messages, when there are some or once they have come. */
static IDL__NOINLINE void fetch(idl_call *call)
{
    idl_channel *channel = call->client.channel;
    if (channel == NULL) { /* it was closed */
        call->fetched = idl__conn_fetch(&call->stream);
        idl__client_take_headers(call);
        return;
    }
    idl__channel_lock(channel);
    while ((call->fetched = idl__conn_fetch(&call->stream)) == NULL && go_on(channel, call))
        continue;
    idl__link *link = call->client.link;
    if (idl__link_can_write(link)) /* credit for more */
        idl__link_write(link);
    idl__link_nudge(link);
    idl__client_take_headers(call);
    idl__channel_unlock(channel);
}

/* The next message: most need no lock. */
static bool take(idl_call *call, idl_bytes *payload)
{
    if (IDL_LIKELY(idl__runs_next(&call->fetched, payload)))
        return true;
    fetch(call);
    return idl__runs_next(&call->fetched, payload);
}

void idl__client_cancel(idl_call *call, idl_code code)
{
    idl__link *link = call->client.link;
    if (call->client.over)
        return;
    idl__conn_cancel(link->conn, &call->stream);
    idl__client_hide(call);
    call->client.code = code;
    call->client.over = true;
    if (call->client.done != NULL) {
        link->async--;
        call->client.link = NULL;
        idl__heap_remove(&link->channel->deadlines, &call->timed);
    }
}

void idl__client_spoilt(idl_call *call, idl_code code)
{
    const idl_method *method = call->method;
    idl_channel *channel = call->client.channel;
    if (channel != NULL) {
        idl__channel_lock(channel);
        idl__link *link = call->client.link;
        if (link != NULL) {
            link->refs++;
            idl__client_cancel(call, IDL_INTERNAL);
            if (idl__link_can_write(link))
                idl__link_write(link);
            idl__link_nudge(link);
            idl__link_unref(link);
        }
        idl__channel_unlock(channel);
    }
    idl__block_release(call->client.block);
    idl__call_drop_messages(call);
    if (code == IDL_RESOURCE_EXHAUSTED)
        idl__client_fail(call, code, "out of memory");
    else if (code == IDL_OUT_OF_RANGE)
        idl__client_fail(call, IDL_RESOURCE_EXHAUSTED,
                         "a message of %s/%s takes too much memory, decoded", method->service,
                         method->name);
    else
        idl__client_fail(call, IDL_INTERNAL, "a message of %s/%s does not decode", method->service,
                         method->name);
}

/* There is none. */
IDL_COLD static bool no_item(const idl_message *type, void *item)
{
    if (item != NULL)
        memcpy(item, type->empty, type->size);
    return false;
}

bool idl_client_recv(idl_call *call, void *item, const idl_message *type)
{
    idl_bytes payload;
    if (!is_blocking(call))
        return no_item(type, item);
    idl_code code = IDL_RESOURCE_EXHAUSTED;
    if (IDL_LIKELY(!call->arena.failed)) { /* else the last message could not be kept */
        idl__call_drop_item(call);
        if (!take(call, &payload))
            return no_item(type, item);
        if (item == NULL)
            return true;
        code = idl__decode_reply(type, payload, &call->items, item);
    }
    if (IDL_LIKELY(code == IDL_OK))
        return true;
    idl__client_spoilt(call, code);
    return no_item(type, item);
}

/* ---- Finishing ---- */

idl_code idl_client_finish(idl_call *call, void *reply, const idl_message *type)
{
    if (!is_blocking(call))
        return idl__client_refuse(type, reply, not_open(call));
    idl_channel *channel = call->client.channel;
    if (channel != NULL) {
        idl__channel_lock(channel);
        call->client.unwanted = true;
        idl__call_drop_messages(call);
        open_again(channel, call);
        half_close(call->client.link, call);
        if (!call->client.over)
            idl__link_nudge(call->client.link); /* there may be room to read into now */
        while (go_on(channel, call))
            continue;
        leave(channel, call);
        idl__channel_unlock(channel);
    }
    call->client.abandon = NULL;
    idl__call_drop_messages(call);
    return idl__client_settle(call, (call->method->kind & IDL_STREAM_OUT) == 0 ? reply : NULL);
}
