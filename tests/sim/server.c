/* SPDX-License-Identifier: MIT */
/* server.c: handlers: they do what is planned for their call, when chance lets them. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* ---- Life ---- */

void sim_handler_free(sim_handler *handler)
{
    sim_world *sim = handler->sim;
    sim_handler **at = &sim->handlers;
    while (*at != handler)
        at = &(*at)->next;
    *at = handler->next;
    idl__heap_remove(&sim->deadlines[1], &handler->timed);
    idl__stream_drop(&handler->stream);
    idl__arena_fini(&handler->metadata.memory);
    free(handler);
}

bool sim_handler_is_heard(const sim_handler *handler)
{
    const sim_call *call = handler->call;
    return call->state == SIM_OPEN && call->attempt == handler->attempt;
}

static void say(sim_handler *handler, idl_code code)
{
    sim_trace(handler->sim, "the handler of call %u says %s", (unsigned)handler->call->number,
              idl_code_name(code));
    if (!sim_handler_is_heard(handler))
        return;
    handler->call->answered = true;
    handler->call->said = code;
}

/* ---- Requests ---- */

static void check_deadline(const sim_call *call, const idl__event *event)
{
    bool none = call->timeout == 0;
    if ((event->deadline == 0) != none || (event->timeout_ns == 0) != none)
        sim_fail(call->sim, "call %u: one side knows a deadline", (unsigned)call->number);
    if (!none && event->deadline < call->deadline)
        sim_fail(call->sim, "call %u: the server's deadline is before the client's",
                 (unsigned)call->number);
    if (!none && event->deadline > call->sim->now + call->timeout)
        sim_fail(call->sim, "call %u: the server's deadline is too late", (unsigned)call->number);
}

/* The call that a request is. */
static sim_call *called(sim_link *link, const idl__event *event)
{
    sim_world *sim = link->sim;
    size_t index = event->id / 2;
    if ((event->id & 1) == 0 || index >= link->opened)
        sim_fail(sim, "a request with stream id %u on link %u", (unsigned)event->id, link->number);
    sim_call *call = link->opens[index];
    if (link->attempts[index] != call->attempt || ++call->ran > 1)
        sim_fail(sim, "call %u runs again", (unsigned)call->number);
    call->ran_now = true;
    if (event->id > link->watch.last)
        sim_fail(sim, "call %u runs after the last one", (unsigned)call->number);
    if (!idl_str_equal(event->method, idl_cstr(call->method->name)) ||
        !idl_str_equal(event->service, idl_cstr(call->method->service)))
        sim_fail(sim, "call %u arrives for another method", (unsigned)call->number);
    if ((call->method->kind & IDL_STREAM_IN) == 0)
        sim_expect(call, call->attempt, 0, 0, event->payload);
    check_deadline(call, event);
    sim_expect_metadata(call, call->attempt, IDL_META_REQUEST, event->metadata, 5);
    link->run = event->id;
    return call;
}

static void on_request(sim_link *link, const idl__event *event)
{
    sim_world *sim = link->sim;
    sim_call *call = called(link, event);
    sim_handler *handler = calloc(1, sizeof *handler);
    if (handler == NULL)
        abort();
    *handler = (sim_handler){ .sim = sim, .call = call, .attempt = call->attempt, .link = link };
    handler->next = sim->handlers;
    sim->handlers = handler;
    sim_trace(sim, "call %u arrives", (unsigned)call->number);
    idl__conn *conn = link->ends[1].conn;
    bool late = event->deadline != 0 && event->deadline <= sim->now;
    if (late || call->refuse) {
        idl_code code = late ? IDL_DEADLINE_EXCEEDED : IDL_UNIMPLEMENTED;
        say(handler, code);
        idl__conn_refuse(conn, event, code, idl_cstr("no"), false);
        sim_handler_free(handler);
        return;
    }
    idl__conn_accept(conn, &handler->stream, event, call->method->kind);
    if (event->deadline != 0) {
        handler->timed.at = event->deadline;
        idl__heap_add(&sim->deadlines[1], &handler->timed);
    }
    if (sim_percent(sim, 30))
        sim_handler_act(handler);
}

/* ---- Handlers ---- */

static bool take(sim_handler *handler)
{
    idl_bytes payload;
    idl__block *block;
    if (!idl__conn_take(&handler->stream, &payload, &block))
        return false;
    sim_expect(handler->call, handler->attempt, 0, handler->got++, payload);
    sim_watched *watched = &handler->link->watch.calls[handler->stream.id / 2];
    watched->taken[0] += SIM_COST + (int64_t)payload.len;
    idl__block_release(block);
    return true;
}

/* What its end is to say besides. */
static void adorn(sim_handler *handler)
{
    idl__metadata *m = &handler->metadata;
    for (size_t part = IDL_META_INITIAL; part < IDL__LISTS; part++)
        if (part != IDL_META_INITIAL || !m->initial_sent)
            sim_metadata(handler->call, handler->attempt, part, &m->lists[part], &m->memory);
    handler->stream.metadata = m;
    if (sim_handler_is_heard(handler))
        handler->call->adorned = true;
}

static void finish(sim_handler *handler, idl_code code)
{
    sim_call *call = handler->call;
    idl__conn *conn = handler->link->ends[1].conn;
    if (call->abort && !handler->aborted && handler->stream.conn != NULL) {
        say(handler, IDL_ABORTED);
        idl__conn_abort(conn, &handler->stream, IDL_ABORTED, idl_cstr("aborted"));
        handler->aborted = true;
        return;
    }
    bool reply = code == IDL_OK && (call->method->kind & IDL_STREAM_OUT) == 0;
    adorn(handler);
    const void *message = reply ? sim_message(call, handler->attempt, 1, 0) : NULL;
    code =
        idl__conn_respond(conn, &handler->stream, code, idl_cstr("it is so"), &sim_text, message);
    if (code != IDL_UNAVAILABLE && code != IDL_CANCELLED)
        say(handler, code);
    if (handler->stream.conn != NULL)
        sim_fail(handler->sim, "call %u is answered and still on its connection",
                 (unsigned)call->number);
    sim_handler_free(handler);
}

/* The first metadata goes before the first message. */
static idl_code send_initial(sim_handler *handler)
{
    sim_call *call = handler->call;
    idl__metadata *m = &handler->metadata;
    if (m->initial_sent || !sim_has_metadata(call, IDL_META_INITIAL))
        return IDL_OK;
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 };
    sim_metadata(call, handler->attempt, IDL_META_INITIAL, &pairs, &arena);
    idl_code code = idl__conn_send_headers(handler->link->ends[1].conn, &handler->stream, &pairs);
    idl__arena_fini(&arena);
    m->initial_sent = code == IDL_OK;
    if (m->initial_sent && sim_handler_is_heard(handler))
        call->early_initial = !handler->sim->wire->plain;
    return code;
}

static bool emit(sim_handler *handler)
{
    sim_call *call = handler->call;
    if (handler->waits || handler->sent >= call->messages[1])
        return false;
    const void *item = sim_message(call, handler->attempt, 1, handler->sent);
    idl_code code = send_initial(handler);
    if (code == IDL_OK)
        code =
            idl__conn_send(handler->link->ends[1].conn, &handler->stream, &sim_text, item, false);
    sim_trace(handler->sim, "call %u emits, %u so far: %s", (unsigned)call->number,
              (unsigned)handler->sent, idl_code_name(code));
    if (code == IDL_AGAIN) {
        handler->waits = true;
        return false;
    }
    if (code == IDL_OK) {
        handler->sent++;
        if (sim_handler_is_heard(handler))
            call->emitted = handler->sent;
        return true;
    }
    if (code == IDL_RESOURCE_EXHAUSTED && !sim_is_hungry(handler->sim))
        sim_fail(handler->sim, "call %u: no memory, but there is", (unsigned)call->number);
    finish(handler, code);
    return true;
}

static bool is_done(const sim_handler *handler)
{
    const sim_call *call = handler->call;
    bool out = handler->sent >= call->messages[1];
    bool in = (call->method->kind & IDL_STREAM_IN) == 0 ||
              (handler->half && handler->stream.first == NULL);
    if (call->never && !handler->sim->healing)
        return false;
    return (out && in) || (call->early && handler->got + handler->sent > 2);
}

static void check_got(const sim_handler *handler)
{
    const sim_call *call = handler->call;
    if (handler->half && handler->stream.first == NULL && handler->got != call->messages[0])
        sim_fail(handler->sim, "call %u: its handler has got %u messages of %u",
                 (unsigned)call->number, (unsigned)handler->got, (unsigned)call->messages[0]);
}

bool sim_handler_act(sim_handler *handler)
{
    sim_world *sim = handler->sim;
    sim_link *link = handler->link;
    idl__conn *conn = link->ends[1].conn;
    if (conn != NULL)
        idl__conn_time(conn, sim->now);
    bool gone = handler->cancelled || handler->aborted || handler->stream.conn == NULL;
    if (gone) {
        if (!sim->healing && !sim_percent(sim, 20))
            return false;
        if (conn != NULL)
            idl__conn_release(conn, &handler->stream);
        if (handler->stream.conn != NULL)
            sim_fail(sim, "call %u is released and still on its connection",
                     (unsigned)handler->call->number);
        sim_handler_free(handler);
    } else if (is_done(handler) && (sim->healing || sim_percent(sim, 30))) {
        check_got(handler);
        finish(handler, handler->call->answer);
    } else if (!((sim->healing || sim_percent(sim, 50)) && take(handler)) && !emit(handler)) {
        return false;
    }
    if (link->ends[1].conn != NULL)
        sim_events(link, 1);
    return true;
}

void sim_handler_expire(sim_handler *handler)
{
    sim_link *link = handler->link;
    if (handler->cancelled || handler->aborted || handler->stream.conn == NULL)
        return;
    handler->aborted = true;
    idl__conn_time(link->ends[1].conn, handler->sim->now);
    say(handler, IDL_DEADLINE_EXCEEDED);
    idl__conn_abort(link->ends[1].conn, &handler->stream, IDL_DEADLINE_EXCEEDED,
                    idl_cstr("too late"));
    sim_events(link, 1);
}

/* ---- Events ---- */

static void cancelled(sim_handler *handler, const idl__event *event)
{
    sim_world *sim = handler->sim;
    bool right = false;
    switch (event->code) {
    case IDL_CANCELLED: right = !sim_handler_is_heard(handler); break;
    case IDL_UNAVAILABLE:
        right = !sim_handler_is_heard(handler) || handler->link->excused || sim_is_hungry(sim);
        break;
    case IDL_RESOURCE_EXHAUSTED: right = handler->link->overflow || sim_is_hungry(sim); break;
    default: break;
    }
    if (!right || handler->cancelled || handler->aborted)
        sim_fail(sim, "call %u is cancelled at the server: %s '%.*s'",
                 (unsigned)handler->call->number, idl_code_name(event->code),
                 (int)event->message.len, event->message.data);
    handler->cancelled = true;
    if (event->code != IDL_UNAVAILABLE && event->code != IDL_CANCELLED)
        say(handler, event->code);
}

static void closed(sim_link *link, const idl__event *event)
{
    bool fine = event->code == IDL_OK || event->code == IDL_UNAVAILABLE ||
                (event->code == IDL_RESOURCE_EXHAUSTED && sim_is_hungry(link->sim));
    if (!fine)
        sim_fail(link->sim, "the server of link %u closes: %s '%.*s'", link->number,
                 idl_code_name(event->code), (int)event->message.len, event->message.data);
    link->ends[1].over = true;
}

void sim_server_event(sim_link *link, const idl__event *event)
{
    sim_handler *handler = (sim_handler *)(void *)event->stream;
    switch (event->kind) {
    case IDL__REQUEST: on_request(link, event); return;
    case IDL__GOAWAY: return;
    case IDL__CLOSED: closed(link, event); return;
    default: break;
    }
    if (handler == NULL || handler->link != link || handler->aborted)
        sim_fail(link->sim, "event %d of link %u is about no handler", (int)event->kind,
                 link->number);
    switch (event->kind) {
    case IDL__MESSAGE: break;
    case IDL__HALF_CLOSED:
        if (handler->half)
            sim_fail(link->sim, "call %u is half closed twice", (unsigned)handler->call->number);
        handler->half = true;
        break;
    case IDL__WRITABLE:
        if (!handler->waits)
            sim_fail(link->sim, "call %u may write, and did not wait",
                     (unsigned)handler->call->number);
        handler->waits = false;
        break;
    case IDL__CANCELLED: cancelled(handler, event); return;
    default: sim_fail(link->sim, "event %d at a server", (int)event->kind);
    }
    if (sim_percent(link->sim, 30))
        sim_handler_act(handler);
}
