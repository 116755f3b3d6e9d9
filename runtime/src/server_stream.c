/* SPDX-License-Identifier: MIT */
/* server_stream.c: the callbacks of calls, and what streaming handlers do. */
#include "server_stream.h"

#include <string.h>

#include "clock.h"
#include "codec.h"
#include "peer.h"
#include "server_call.h"
#include "worker.h"

/* ---- Callbacks ---- */

static bool is_over(const idl_call *call)
{
    return call->server.answered || atomic_load(&call->server.ended);
}

static void cancelled(idl_call *call)
{
    atomic_store(&call->server.cancelled, true);
    call->server.writable = true; /* whoever waits to send learns it by trying */
    idl__heap_remove(&call->server.worker->deadlines, &call->timed);
    idl__stream_drop(&call->stream);
}

/* A message that can't be read ends the call; its handler hears of a cancel. */
static void break_off(idl_call *call, idl_code code)
{
    idl__peer *peer = call->server.peer;
    idl_str why = idl_cstr("out of memory");
    if (code == IDL_INVALID_ARGUMENT)
        why = idl_cstr("a message of the stream does not decode");
    if (code == IDL_OUT_OF_RANGE) {
        code = IDL_RESOURCE_EXHAUSTED;
        why = idl_cstr("a message of the stream takes too much memory, decoded");
    }
    idl__conn_respond(peer->conn, &call->stream, code, why, NULL, NULL);
    idl__peer_touch(peer);
    cancelled(call);
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
    if (call->server.item_fn == NULL || call->server.end_told)
        return false;
    if (!call->server.cancelled && idl__conn_take(&call->stream, &payload, &block)) {
        idl_code code;
        idl__peer_touch(call->server.peer); /* its credit may be on the way back */
        item = decode(call, payload, block, &code);
        if (item == NULL) {
            break_off(call, code);
            return true;
        }
    } else if (call->server.half_closed || call->server.cancelled) {
        call->server.end_told = true;
    } else {
        return false;
    }
    call->server.item_fn(call, item, call->server.item_user, call->server.item_arg);
    return true;
}

static bool tell_cancel(idl_call *call)
{
    if (!call->server.cancelled || call->server.cancel_told || call->on_cancel.fn == NULL)
        return false;
    call->server.cancel_told = true;
    call->on_cancel.fn(call, call->on_cancel.arg);
    return true;
}

static bool tell_writable(idl_call *call)
{
    if (!call->server.writable || call->on_writable.fn == NULL)
        return false;
    call->server.writable = false;
    call->on_writable.fn(call, call->on_writable.arg);
    return true;
}

void idl__server_stream_advance(idl_call *call)
{
    if (call->server.running)
        return;
    call->server.running = true;
    while (!is_over(call) && (tell_cancel(call) || tell_item(call) || tell_writable(call)))
        continue;
    call->server.running = false;
    if (call->server.answered)
        idl__call_recycle(call);
}

void idl__server_expire(idl_call *call)
{
    idl__peer *peer = call->server.peer;
    if (is_over(call)) /* its end is on its way from another thread, and just as good */
        return;
    idl__conn_abort(peer->conn, &call->stream, IDL_DEADLINE_EXCEEDED,
                    idl_cstr("the handler took longer than the call's deadline allows"));
    idl__peer_touch(peer);
    cancelled(call);
    idl__server_stream_advance(call);
}

void idl__server_stream_event(idl_call *call, const idl__event *event)
{
    switch (event->kind) {
    case IDL__CANCELLED: cancelled(call); break;
    case IDL__HALF_CLOSED: call->server.half_closed = true; break;
    case IDL__WRITABLE: call->server.writable = true; break;
    default: break; /* a message waits in the stream */
    }
    idl__server_stream_advance(call);
}

/* ---- What handlers set ---- */

/* The call, if it is a server's, and this is its loop. */
static bool on_loop(const idl_call *call)
{
    return call != NULL && call->role == IDL__CALL_SERVER &&
           idl__worker_is_current(call->server.worker);
}

/* A new callback may have something to be told already: later, never from inside. */
static void look_again(idl_call *call)
{
    if (!call->server.running)
        idl__worker_remind(call->server.worker, call);
}

bool idl_call_is_cancelled(const idl_call *call)
{
    if (call == NULL || call->role != IDL__CALL_SERVER)
        return false;
    return atomic_load(&call->server.cancelled) ||
           (call->deadline != 0 && idl__clock_now() >= call->deadline);
}

void idl_call_on_cancel(idl_call *call, void (*fn)(idl_call *call, void *arg), void *arg)
{
    if (!on_loop(call))
        return;
    call->on_cancel = (struct idl__hook){ fn, arg };
    look_again(call);
}

void idl_server_on_next(idl_call *call, const idl_method *method, idl_item_fn *fn,
                        void (*user)(void), void *arg)
{
    (void)method;
    if (!on_loop(call))
        return;
    call->server.item_fn = fn;
    call->server.item_user = user;
    call->server.item_arg = arg;
    look_again(call);
}

/* ---- What handlers do ---- */

idl_code idl_server_emit(idl_call *call, const idl_method *method, const void *item)
{
    if (call == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (!on_loop(call))
        return IDL_FAILED_PRECONDITION;
    if (is_over(call) || call->server.cancelled || call->stream.conn == NULL)
        return IDL_CANCELLED;
    idl__peer *peer = call->server.peer;
    call->server.writable = false;
    idl_code code = idl__conn_send(peer->conn, &call->stream, method->reply, item, false);
    idl__peer_touch(peer);
    return code;
}

bool idl_server_next(idl_call *call, const idl_method *method, void *item)
{
    memcpy(item, method->request->empty, method->request->size);
    if (on_loop(call))
        call->server.waited = true;
    return false;
}
