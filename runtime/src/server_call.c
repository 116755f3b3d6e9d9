/* SPDX-License-Identifier: MIT */
/* server_call.c: requests, handlers, replies. */
#include "server_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "call_meta.h"
#include "chain.h"
#include "clock.h"
#include "codec.h"
#include "method_table.h"
#include "peer.h"
#include "probe.h"
#include "server_away.h"
#include "server_lane.h"
#include "server_stream.h"
#include "worker.h"

/* ---- Replies ---- */

static void put_encoded(idl_writer *w, const void *message)
{
    idl__put_raw(w, *(const idl_bytes *)message);
}

const idl_message idl__encoded = { .size = sizeof(idl_bytes), .put = put_encoded };

/* Out of line, as the next one: a call that needs neither has no use for their frames. */
static IDL_COLD bool is_late(const idl_call *call)
{
    return idl__clock_now() >= call->deadline;
}

static IDL_COLD void special_status(idl_call *call, idl_code code)
{
    const char *why;
    if (call->arena.failed || call->meta_failed) {
        idl__call_status(call, IDL_RESOURCE_EXHAUSTED, (idl_str)IDL_STR(""));
    } else if (call->deadline != 0 && is_late(call)) {
        /* The loop's timer may not have come to it yet. */
        idl_call_fail(call, IDL_DEADLINE_EXCEEDED, IDL__TOO_LATE);
    } else if (call->server.waited) {
        idl_call_fail(call, IDL_FAILED_PRECONDITION,
                      "the handler of '%s' waits for messages on the loop: it needs a callback, or "
                      "handler_threads",
                      call->method->name);
    } else if (call->meta != NULL && idl__call_metadata_code(call, &why) != IDL_OK) {
        idl_call_fail(call, IDL_INTERNAL, "%s", why);
    } else if ((int)code < IDL_OK || code > IDL_UNAUTHENTICATED) {
        idl_call_fail(call, IDL_UNKNOWN, call->message.len ? "code %d: %s" : "code %d%s", (int)code,
                      call->message.data);
    } else {
        call->code = code;
        if (code == IDL_OK)
            call->message = (idl_str)IDL_STR("");
    }
}

/* Whatever a handler returns, what is sent is a status. */
static void final_status(idl_call *call, idl_code code)
{
    bool special = call->arena.failed || call->meta_failed || call->server.waited ||
                   call->meta != NULL || (unsigned)code > IDL_UNAUTHENTICATED ||
                   (call->deadline != 0 && is_late(call));
    if (special) {
        special_status(call, code);
        return;
    }
    call->code = code;
    if (code == IDL_OK)
        call->message = (idl_str)IDL_STR("");
}

/* What a handler must not end with, or could not be sent as it wanted. wanted: its code. */
IDL_COLD static void log_failure(idl_call *call, idl_code wanted)
{
    bool odd = call->code == IDL_INTERNAL || call->code == IDL_UNKNOWN ||
               call->code == IDL_DATA_LOSS || call->code != wanted;
    if (odd)
        idl__log_peer(&call->server.worker->logger, IDL_LOG_WARNING, "%s: %s/%s: %s: %.400s",
                      call->peer, call->method->service, call->method->name,
                      idl_code_name(call->code),
                      call->code == wanted ? call->message.data : "the reply can't be sent");
}

static void send_reply(idl_call *call, const idl_message *type, const void *reply)
{
    idl_code wanted = call->code;
    call->code = idl__conn_respond(call->server.peer->conn, &call->stream, wanted, call->message,
                                   type, wanted == IDL_OK ? reply : NULL);
    if (IDL_UNLIKELY(call->code != IDL_OK))
        log_failure(call, wanted);
}

/* Takes the call off its connection, if it is still on it. call->code is final. */
static void put_reply(idl_call *call, const idl_message *type, const void *reply)
{
    idl__peer *peer = call->server.peer;
    if (call->stream.conn == NULL)
        return;
    call->stream.metadata = call->meta;
    if (idl__server_is_cancelled(call))
        idl__conn_release(peer->conn, &call->stream);
    else
        send_reply(call, type, reply);
    idl__peer_touch(peer);
}

static void respond(idl_call *call, idl_code code, const idl_message *type, const void *reply)
{
    final_status(call, code);
    put_reply(call, type, reply);
}

void idl__call_recycle(idl_call *call)
{
    idl__peer *peer = call->server.peer;
    if (call->chain != NULL) {
        int why = atomic_load(&call->server.cancelled);
        idl__chain_end(call, why != IDL_OK ? (idl_code)why : call->code, "");
    }
    IDL__PROBE_4(server_end, call->method->service, call->method->name, call, (int)call->code);
    idl__worker_put_call(call->server.worker, call);
    idl__peer_forget_call(peer);
}

/* One that another thread has put into the mailbox, for a message say, before it ended here stays until
 * that is taken out. */
void idl__call_retire(idl_call *call)
{
    if (!idl__lane_is_mailed(call))
        idl__call_recycle(call);
}

void idl__call_answer(idl_call *call)
{
    put_reply(call, &idl__encoded, &call->server.reply);
    call->server.answered = true;
}

void idl__server_mail(idl_call *call, unsigned what)
{
    if (what & IDL__MAIL_END)
        call->server.ending = true;
    if (what & IDL__MAIL_RETURN)
        call->server.away = false;
    idl__server_stream_advance(call);
}

/* ---- Completing: any thread ---- */

/* As the connection would, and with its words. */
static idl_code encode(idl_call *call, const idl_message *type, const void *reply)
{
    idl_code code = idl_encode(type, reply, &call->arena, &call->server.reply);
    if (code == IDL_INVALID_ARGUMENT)
        return idl_call_fail(call, IDL_INTERNAL,
                             "the reply can't be encoded: text that is not UTF-8, or too deep");
    if (code != IDL_OK)
        return idl_call_fail(call, code, "no memory for the reply");
    return IDL_OK;
}

void idl__call_prepare(idl_call *call, idl_code code, const idl_message *type, const void *reply)
{
    if (code == IDL_OK && reply != NULL)
        code = encode(call, type, reply);
    final_status(call, code);
}

/* Ends the call with code, or with a reply. The first end counts. */
static void complete(idl_call *call, idl_code code, const idl_message *type, const void *reply)
{
    idl__worker *worker = call->server.worker;
    if (atomic_exchange(&call->server.ended, true))
        return;
    if (!idl__worker_is_current(worker)) {
        idl__call_prepare(call, code, type, reply);
        idl__worker_give_call(worker, call, IDL__MAIL_END);
    } else if (idl__lane_comes_first(call)) {
        idl__call_prepare(call, code, type, reply);
        call->server.ending = true;
    } else {
        respond(call, code, type, reply);
        call->server.answered = true;
        if (!call->server.running && !call->server.away)
            idl__call_retire(call);
    }
}

void idl_server_complete(idl_call *call, const void *reply, const idl_message *type)
{
    if (call != NULL && call->role == IDL__CALL_SERVER)
        complete(call, IDL_OK, type, reply);
}

void idl_call_end(idl_call *call, idl_code code)
{
    if (call != NULL && call->role == IDL__CALL_SERVER)
        complete(call, code, call->method->reply, NULL);
}

idl_code idl_call_defer(idl_call *call)
{
    if (call == NULL || call->role != IDL__CALL_SERVER)
        return IDL_RESOURCE_EXHAUSTED;
    call->deferred = true;
    return IDL_AGAIN;
}

/* ---- Who asks ---- */

bool idl_call_peer_credentials(const idl_call *call, idl_credentials *credentials)
{
    *credentials = (idl_credentials){ -1, -1, -1 };
    if (call != NULL && call->role == IDL__CALL_SERVER)
        *credentials = call->server.peer->credentials;
    return credentials->pid != -1;
}

/* ---- Requests ---- */

/* Answers a request that no handler will see. */
IDL_COLD static void refuse(idl__peer *peer, const idl__event *event, idl_code code,
                            const char *format, ...) IDL_PRINTF(4, 5);

IDL_COLD static void refuse(idl__peer *peer, const idl__event *event, idl_code code,
                            const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len >= (int)sizeof text)
        len = sizeof text - 1;
    idl_str message = { text, len > 0 ? (size_t)len : 0 };
    idl__conn_refuse(peer->conn, event, code, message, false);
}

static int shown(idl_str name)
{
    return name.len > 80 ? 80 : (int)name.len;
}

/* Most often it is the one before: then nothing is hashed. */
static const idl__target *find_target(idl__peer *peer, const idl__event *event)
{
    const idl__method_table *methods = peer->worker->options.methods;
    const idl__target *target = peer->recent;
    if (target == NULL || !idl__target_is(target, event->service, event->method))
        target = idl__method_table_find(methods, event->service, event->method);
    if (target != NULL && target->enter != NULL)
        return peer->recent = target;
    if (idl__method_table_serves(methods, event->service))
        refuse(peer, event, IDL_UNIMPLEMENTED, "no method '%.*s' in service '%.*s'",
               shown(event->method), event->method.data, shown(event->service),
               event->service.data);
    else
        refuse(peer, event, IDL_UNIMPLEMENTED, "no service '%.*s'", shown(event->service),
               event->service.data);
    return NULL;
}

/* What came with the request; false: it is refused. */
static bool take_metadata(idl__peer *peer, idl_call *call, const idl__event *event)
{
    const char *why;
    if (event->metadata.len == 0)
        return true;
    idl__call_take_metadata(call, IDL_META_REQUEST, event->metadata, 5);
    idl_code code = idl__call_metadata_code(call, &why);
    if (code != IDL_OK)
        refuse(peer, event, code, "%s", why);
    return code == IDL_OK;
}

static idl_call *begin(idl__peer *peer, const idl__target *target)
{
    idl_call *call = idl__worker_take_call(peer->worker);
    if (call == NULL)
        return NULL;
    call->method = target->method;
    call->user = target->user;
    call->peer = peer->address;
    call->server.undecodable = idl__conn_undecodable(peer->conn);
    call->server.peer = peer;
    peer->calls++;
    IDL__PROBE_4(server_begin, call->method->service, call->method->name, call, call->peer);
    return call;
}

const void *idl__call_decode(idl_call *call, idl_bytes payload)
{
    const idl_message *type = call->method->request;
    void *request = idl__arena_object(&call->arena, type->size);
    idl_code code = IDL_RESOURCE_EXHAUSTED;
    if ((call->method->kind & IDL_STREAM_IN) != 0) /* messages come one by one */
        payload = (idl_bytes){ NULL, 0 };
    if (request != NULL)
        code = idl__decode_within(type, payload, &call->arena, request,
                                  call->server.worker->options.max_decoded);
    if (code == IDL_OK)
        return request;
    if (code == IDL_RESOURCE_EXHAUSTED)
        idl__call_status(call, code, idl_cstr("out of memory"));
    else if (code == IDL_OUT_OF_RANGE)
        idl_call_fail(call, IDL_RESOURCE_EXHAUSTED, "the request takes too much memory, decoded");
    else
        idl_call_fail(call, call->server.undecodable,
                      "the request does not decode as what '%s' of '%s' takes", call->method->name,
                      call->method->service);
    return NULL;
}

/* A call that outlives its handler ends in time, whatever becomes of it. */
static void limit(idl_call *call)
{
    if (call->deadline == 0)
        return;
    call->timed.at = call->deadline;
    idl__heap_add(&call->server.worker->deadlines, &call->timed);
}

/* What the handler's return means. */
static void leave(idl_call *call, idl_code code, const void *reply, const idl__event *event)
{
    bool deferred = call->deferred && code == IDL_AGAIN;
    if (call->server.answered) {
        idl__call_retire(call);
    } else if (deferred || atomic_exchange(&call->server.ended, true)) {
        /* Another thread has it now, or had it and has put it into the mailbox. */
        if (event->block != NULL)
            idl__block_retain(event->block);
        call->block = event->block;
        limit(call);
        idl__server_stream_advance(call);
    } else {
        respond(call, code, call->method->reply, reply);
        idl__call_retire(call);
    }
}

static void enter(idl_call *call, const idl__target *target, const void *request,
                  const idl__event *event)
{
    const idl_message *type = call->method->reply;
    void *reply = idl__arena_object(&call->arena, type->size);
    if (reply == NULL) {
        respond(call, IDL_RESOURCE_EXHAUSTED, type, NULL);
        idl__call_recycle(call);
        return;
    }
    memcpy(reply, type->empty, type->size);
    call->server.running = true;
    idl_code code = target->enter(call, request, reply, target->handlers, target->index);
    call->server.running = false;
    leave(call, code, call->method->kind & IDL_STREAM_OUT ? NULL : reply, event);
}

static void serve_here(idl__peer *peer, idl_call *call, const idl__target *target,
                       const idl__event *event)
{
    const void *request = idl__call_decode(call, event->payload);
    if (request == NULL) {
        idl__conn_refuse(peer->conn, event, call->code, call->message, false);
        idl__call_recycle(call);
        return;
    }
    idl__conn_accept(peer->conn, &call->stream, event, call->method->kind);
    enter(call, target, request, event);
}

static void serve_away(idl__peer *peer, idl_call *call, const idl__target *target,
                       const idl__event *event)
{
    if (!idl__server_send_away(call, target, event)) {
        call->code = IDL_RESOURCE_EXHAUSTED;
        idl__conn_refuse(peer->conn, event, IDL_RESOURCE_EXHAUSTED,
                         idl_cstr("too many calls wait for a thread"), true);
        idl__call_recycle(call);
        return;
    }
    idl__conn_accept(peer->conn, &call->stream, event, call->method->kind);
    limit(call);
}

/* False: an interceptor has refused the call, which has been answered. */
static bool intercept(idl__peer *peer, idl_call *call, const idl__event *event)
{
    idl_code code = idl__chain_begin(peer->worker->options.chain, call);
    if (code == IDL_OK)
        return true;
    idl__conn_accept(peer->conn, &call->stream, event, call->method->kind);
    respond(call, code, call->method->reply, NULL);
    idl__call_recycle(call);
    return false;
}

static void on_request(idl__peer *peer, const idl__event *event)
{
    const idl__target *target = find_target(peer, event);
    if (target == NULL)
        return;
    if (event->deadline != 0 && event->deadline <= idl__clock_now()) {
        refuse(peer, event, IDL_DEADLINE_EXCEEDED, "the time was over before the call began");
        return;
    }
    idl_call *call = peer->worker->stage != IDL__ENDING ? begin(peer, target) : NULL;
    if (call == NULL) {
        refuse(peer, event, IDL_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    if (!take_metadata(peer, call, event)) {
        idl__call_recycle(call);
        return;
    }
    call->deadline = event->deadline;
    if (peer->worker->options.chain != NULL && !intercept(peer, call, event))
        return;
    if (peer->worker->options.pool != NULL)
        serve_away(peer, call, target, event);
    else
        serve_here(peer, call, target, event);
}

/* Reasons that the system gives begin with the address. */
static void log_end(idl__peer *peer, const idl__event *event)
{
    bool named = strncmp(event->message.data, peer->address, strlen(peer->address)) == 0;
    idl_log_level level = event->code == IDL_OK            ? IDL_LOG_DEBUG
                          : event->code == IDL_UNAVAILABLE ? IDL_LOG_INFO
                                                           : IDL_LOG_WARNING;
    idl__log_peer(&peer->worker->logger, level, "%s%s%s", named ? "" : peer->address,
                  named ? "" : ": ", event->message.data);
}

void idl__server_event(idl__peer *peer, const idl__event *event)
{
    if (event->kind == IDL__REQUEST)
        on_request(peer, event);
    else if (event->stream != NULL)
        idl__server_stream_event((idl_call *)(void *)event->stream, event);
    else if (event->kind == IDL__CLOSED)
        log_end(peer, event);
    /* The rest is about the connection: the driver sees by itself that it is closing. */
}
