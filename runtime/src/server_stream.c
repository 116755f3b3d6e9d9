/* SPDX-License-Identifier: MIT */
/* server_stream.c: the callbacks of calls, and what streaming handlers do. */
#include "server_stream.h"

#include <string.h>

#include "call_meta.h"
#include "clock.h"
#include "codec.h"
#include "kin.h"
#include "loop_thread.h"
#include "peer.h"
#include "server_away.h"
#include "server_call.h"
#include "server_lane.h"
#include "worker.h"

/* ---- Callbacks ---- */

static bool is_over(const idl_call *call)
{
    return call->server.answered || atomic_load(&call->server.ended);
}

/* Nobody waits for its end any more. */
static void cancelled(idl_call *call, idl_code why)
{
    atomic_store(&call->server.cancelled, (int)why);
    call->server.writable = true; /* whoever waits to send learns it by trying */
    idl__heap_remove(&call->server.worker->deadlines, &call->timed);
    idl__stream_drop(&call->stream);
    idl__kin_cancel(call, why == IDL_DEADLINE_EXCEEDED ? call->deadline : 0);
    if (idl__server_call_back(call)) {
        atomic_store(&call->server.ended, true);
        call->server.ending = true;
    }
}

void idl__server_break_off(idl_call *call, idl_code code, const char *why)
{
    idl__peer *peer = call->server.peer;
    if (code == IDL_OUT_OF_RANGE) {
        code = IDL_RESOURCE_EXHAUSTED;
        why = "a message of the stream takes too much memory, decoded";
    }
    if (why == NULL && code == IDL_INVALID_ARGUMENT) {
        code = call->server.undecodable;
        why = "a message of the stream does not decode";
    }
    if (why == NULL)
        why = "out of memory";
    idl__conn_respond(peer->conn, &call->stream, code, idl_cstr(why), NULL, NULL);
    idl__peer_touch(peer);
    cancelled(call, IDL_CANCELLED);
}

/* The message in memory of its own; NULL with *code. */
static void *decode(idl_call *call, idl_bytes payload, idl__block *block, idl_code *code)
{
    const idl_message *type = call->method->request;
    *code = IDL_RESOURCE_EXHAUSTED;
    if (call->arena.failed) {
        idl__block_release(block);
        return NULL;
    }
    idl__call_drop_item(call);
    call->item = block;
    void *item = idl__arena_object(&call->items, type->size);
    if (item != NULL)
        *code = idl__decode_within(type, payload, &call->items, item,
                                   call->server.worker->options.max_decoded);
    return *code == IDL_OK ? item : NULL;
}

/* True: there was a message, or the end of them, to tell. */
static bool tell_item(idl_call *call)
{
    idl_bytes payload;
    idl__block *block;
    void *item = NULL;
    const idl__hooks *hooks = &call->server.hooks;
    if (hooks->item_fn == NULL || call->server.end_told)
        return false;
    if (!idl__server_is_cancelled(call) && idl__conn_take(&call->stream, &payload, &block)) {
        idl_code code;
        idl__peer_touch(call->server.peer); /* its credit may be on the way back */
        item = decode(call, payload, block, &code);
        if (item == NULL) {
            idl__server_break_off(call, code, NULL);
            return true;
        }
    } else if (call->server.half_closed || idl__server_is_cancelled(call)) {
        call->server.end_told = true;
    } else {
        return false;
    }
    hooks->item_fn(call, item, hooks->item_user, hooks->item_arg);
    return true;
}

static bool tell_cancel(idl_call *call)
{
    const struct idl__hook *hook = &call->server.hooks.cancel;
    if (!idl__server_is_cancelled(call) || call->server.cancel_told || hook->fn == NULL)
        return false;
    call->server.cancel_told = true;
    hook->fn(call, hook->arg);
    return true;
}

static bool tell_writable(idl_call *call)
{
    const struct idl__hook *hook = &call->server.hooks.writable;
    if (!call->server.writable || hook->fn == NULL)
        return false;
    call->server.writable = false;
    hook->fn(call, hook->arg);
    return true;
}

/* While a thread of the pool runs its handler, that is told of a cancel only. */
static bool tell(idl_call *call)
{
    if (is_over(call))
        return false;
    return tell_cancel(call) || (!call->server.away && (tell_item(call) || tell_writable(call)));
}

void idl__server_stream_advance(idl_call *call)
{
    if (call->server.running)
        return;
    call->server.running = true;
    do
        idl__lane_work(call);
    while (tell(call));
    call->server.running = false;
    if (call->server.ending && !call->server.answered && !idl__lane_unsent(call))
        idl__call_answer(call);
    if (call->server.answered && !call->server.away)
        idl__call_retire(call);
}

void idl__server_expire(idl_call *call)
{
    idl__peer *peer = call->server.peer;
    if (call->server.answered)
        return;
    /* An end that is on its way from another thread is as good, unless it waits for the client. */
    if (!call->server.ending && atomic_load(&call->server.ended))
        return;
    idl__conn_abort(peer->conn, &call->stream, IDL_DEADLINE_EXCEEDED, idl_cstr(IDL__TOO_LATE));
    idl__peer_touch(peer);
    cancelled(call, IDL_DEADLINE_EXCEEDED);
    idl__server_stream_advance(call);
}

void idl__server_stream_event(idl_call *call, const idl__event *event)
{
    switch (event->kind) {
    case IDL__CANCELLED: cancelled(call, IDL_CANCELLED); break;
    case IDL__HALF_CLOSED: call->server.half_closed = true; break;
    case IDL__WRITABLE: call->server.writable = true; break;
    default: break; /* a message waits in the stream */
    }
    idl__server_stream_advance(call);
}

/* ---- What handlers set ---- */

static bool is_served(const idl_call *call)
{
    return call != NULL && call->role == IDL__CALL_SERVER;
}

static bool on_loop(const idl_call *call)
{
    return idl__worker_is_current(call->server.worker);
}

/* A new callback may have something to be told already: later, never from inside. */
static void look_again(idl_call *call)
{
    if (!call->server.running)
        idl__worker_remind(call->server.worker, call);
}

bool idl_call_is_cancelled(const idl_call *call)
{
    if (!is_served(call))
        return false;
    return atomic_load(&call->server.cancelled) != IDL_OK ||
           (call->deadline != 0 && idl__clock_now() >= call->deadline);
}

void idl_call_on_cancel(idl_call *call, void (*fn)(idl_call *call, void *arg), void *arg)
{
    const idl__hooks hooks = { .cancel = { fn, arg } };
    if (!is_served(call))
        return;
    if (!on_loop(call)) {
        idl__lane_hook(call, IDL__HOOK_CANCEL, &hooks);
        return;
    }
    call->server.hooks.cancel = hooks.cancel;
    look_again(call);
}

void idl__server_on_writable(idl_call *call, struct idl__hook hook)
{
    const idl__hooks hooks = { .writable = hook };
    if (on_loop(call))
        call->server.hooks.writable = hook;
    else
        idl__lane_hook(call, IDL__HOOK_WRITABLE, &hooks);
}

void idl_server_on_next(idl_call *call, void (*user)(void), void *arg, idl_item_fn *fn)
{
    const idl__hooks hooks = { .item_fn = fn, .item_user = user, .item_arg = arg };
    if (!is_served(call))
        return;
    if (!on_loop(call)) {
        idl__lane_hook(call, IDL__HOOK_ITEM, &hooks);
        return;
    }
    call->server.hooks.item_fn = fn;
    call->server.hooks.item_user = user;
    call->server.hooks.item_arg = arg;
    look_again(call);
}

/* ---- What handlers do ---- */

static idl_code send_initial(idl_call *call, const idl__pairs *initial)
{
    idl__peer *peer = call->server.peer;
    if (!on_loop(call))
        return idl__lane_headers(call, initial);
    if (is_over(call) || call->stream.conn == NULL)
        return IDL_CANCELLED;
    idl_code code = idl__conn_send_headers(peer->conn, &call->stream, initial);
    idl__peer_touch(peer);
    return code;
}

idl_code idl_meta_send_initial(idl_call *call)
{
    if (!is_served(call))
        return call == NULL ? IDL_RESOURCE_EXHAUSTED : IDL_FAILED_PRECONDITION;
    int why = atomic_load(&call->server.cancelled);
    if (why != IDL_OK)
        return (idl_code)why;
    if ((call->method->kind & (IDL_STREAM_IN | IDL_STREAM_OUT)) == 0)
        return IDL_FAILED_PRECONDITION;
    idl__metadata *m = idl__call_metadata(call);
    if (m == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (m->initial_sent)
        return IDL_FAILED_PRECONDITION;
    idl_code code = send_initial(call, &m->lists[IDL_META_INITIAL]);
    m->initial_sent = code == IDL_OK;
    return code;
}

/* What goes before the first message, if that is to follow now. */
static idl_code send_initial_first(idl_call *call)
{
    if (call->meta->lists[IDL_META_INITIAL].first == NULL || call->meta->initial_sent)
        return IDL_OK;
    return idl_meta_send_initial(call);
}

idl_code idl_server_emit(idl_call *call, const void *item, const idl_message *type)
{
    if (!is_served(call))
        return IDL_RESOURCE_EXHAUSTED;
    int why = atomic_load_explicit(&call->server.cancelled, memory_order_relaxed);
    if (IDL_UNLIKELY(why != IDL_OK))
        return (idl_code)why;
    idl_code code = IDL_UNLIKELY(call->meta != NULL) ? send_initial_first(call) : IDL_OK;
    if (IDL_UNLIKELY(code != IDL_OK))
        return code;
    if (!on_loop(call))
        return idl__lane_emit(call, type, item);
    if (is_over(call) || call->stream.conn == NULL)
        return IDL_CANCELLED;
    call->server.writable = false;
    if (IDL_UNLIKELY(idl__lane_comes_first(call)))
        return IDL_AGAIN;
    idl__peer *peer = call->server.peer;
    idl__peer_touch(peer);
    return idl__conn_send(peer->conn, &call->stream, type, item, false);
}

bool idl_server_next(idl_call *call, void *item, const idl_message *type)
{
    idl_bytes payload;
    memcpy(item, type->empty, type->size);
    if (!is_served(call))
        return false;
    if (idl__loop_thread()) {
        if (on_loop(call))
            call->server.waited = true;
        return false;
    }
    if (call->arena.failed) /* the last message could not be kept */
        return false;
    idl__call_drop_item(call);
    if (!idl__lane_next(call, &payload, &call->item))
        return false;
    idl_code code = idl__decode_within(type, payload, &call->items, item,
                                       call->server.worker->options.max_decoded);
    if (code != IDL_OK)
        idl__lane_spoilt(call, code);
    return code == IDL_OK;
}
