/* SPDX-License-Identifier: MIT */
/* client.c: applications that make calls, and the little of a channel that they need: another
 * connection when one takes no more, another try of what never started. */
#include "sim.h"

/* ---- Beginning ---- */

static sim_link *connection(sim_call *call)
{
    sim_world *sim = call->sim;
    sim_link **current = &sim->current[call->client];
    if (*current != NULL && ((*current)->detached || (*current)->opened == SIM_OPENS))
        *current = NULL;
    if (*current == NULL)
        *current = sim_link_new(sim, call->client, (uint32_t)sim_below(sim, SIM_SERVERS));
    return *current;
}

/* How long it may still take; false: no longer. */
static bool time_left(sim_call *call, uint64_t *left)
{
    sim_world *sim = call->sim;
    *left = 0;
    if (call->timeout == 0)
        return true;
    if (call->deadline == 0) {
        call->deadline = call->timed.at = sim->now + call->timeout;
        idl__heap_add(&sim->deadlines[0], &call->timed);
    }
    *left = call->deadline - sim->now;
    return call->deadline > sim->now;
}

static void opened(sim_call *call, sim_link *link)
{
    uint32_t id = (uint32_t)(2 * link->opened + 1);
    bool oneway = (call->method->kind & IDL_ONEWAY) != 0;
    link->opens[link->opened] = call;
    link->attempts[link->opened++] = call->attempt;
    call->link = link;
    call->state = SIM_OPEN;
    call->half = (call->method->kind & IDL_STREAM_IN) == 0;
    sim_trace(call->sim, "call %u (%s) is stream %u of link %u", (unsigned)call->number,
              call->method->name, (unsigned)id, link->number);
    if (oneway)
        sim_over(call, IDL_OK);
    else if (call->stream.id != id || call->stream.conn != link->ends[0].conn)
        sim_fail(call->sim, "call %u opens as stream %u, not %u", (unsigned)call->number,
                 (unsigned)call->stream.id, (unsigned)id);
}

/* Of a call that ran out of memory, or of tries. */
static void give_up(sim_call *call, idl_code code)
{
    if (code == IDL_RESOURCE_EXHAUSTED && !sim_is_hungry(call->sim) && !call->sim->crowded)
        sim_fail(call->sim, "call %u finds no memory, but there is", (unsigned)call->number);
    sim_over(call, code);
}

static bool open_call(sim_call *call)
{
    sim_link *link = connection(call);
    uint64_t left;
    if (link == NULL)
        return give_up(call, IDL_RESOURCE_EXHAUSTED), true;
    if (!time_left(call, &left))
        return sim_over(call, IDL_DEADLINE_EXCEEDED), true;
    call->attempt++;
    call->ran_now = call->answered = call->waits = false;
    call->adorned = call->early_initial = call->got_initial = false;
    call->sent = call->got = call->emitted = 0;
    bool in = (call->method->kind & IDL_STREAM_IN) != 0;
    idl__open open = { .method = call->method,
                       .request = in ? NULL : sim_message(call, call->attempt, 0, 0),
                       .timeout_ns = left };
    idl__conn *conn = link->ends[0].conn;
    if (conn == NULL)
        sim_fail(call->sim, "link %u is closed and not detached", link->number);
    idl__conn_time(conn, call->sim->now);
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 };
    sim_metadata(call, call->attempt, IDL_META_REQUEST, &pairs, &arena);
    if (pairs.first != NULL)
        open.metadata = &pairs;
    idl_code code = idl__conn_open(conn, &call->stream, &open);
    idl__arena_fini(&arena);
    call->sim->counts->tries++;
    if (code == IDL_OK) {
        opened(call, link);
    } else if (code == IDL_UNAVAILABLE) {
        link->detached = true;
        if (call->attempt > SIM_TRIES)
            sim_over(call, code);
    } else if (code == IDL_RESOURCE_EXHAUSTED && call->sim->crowded && !sim_is_hungry(call->sim)) {
        call->attempt--;
        return false; /* later */
    } else {
        give_up(call, code);
    }
    sim_events(link, 0);
    return true;
}

/* ---- Going on ---- */

static void cancel(sim_call *call, idl_code code)
{
    idl__conn_cancel(call->link->ends[0].conn, &call->stream);
    if (call->stream.conn != NULL)
        sim_fail(call->sim, "call %u is cancelled and still on its connection",
                 (unsigned)call->number);
    sim_over(call, code);
    sim_events(call->link, 0);
}

void sim_client_expire(sim_call *call)
{
    if (call->state != SIM_OPEN)
        return;
    call->sim->counts->expired++;
    cancel(call, IDL_DEADLINE_EXCEEDED);
}

/* What a send gave, when it was not OK. */
static bool not_sent(sim_call *call, idl_code code)
{
    if (code == IDL_AGAIN) {
        call->waits = true;
        return false;
    }
    if (code == IDL_UNAVAILABLE || code == IDL_CANCELLED) {
        call->half = true; /* its end will tell */
        return true;
    }
    if (code != IDL_RESOURCE_EXHAUSTED || !sim_is_hungry(call->sim))
        sim_fail(call->sim, "call %u: a message is refused: %s", (unsigned)call->number,
                 idl_code_name(code));
    cancel(call, code);
    return true;
}

static bool send_more(sim_call *call)
{
    idl__conn *conn = call->link->ends[0].conn;
    if (call->half || call->waits)
        return false;
    idl_code code;
    bool last = call->sent + 1 == call->messages[0] && call->number % 2 == 0;
    if (call->sent == call->messages[0]) {
        code = idl__conn_close_send(conn, &call->stream);
        call->half = code == IDL_OK;
    } else {
        const void *item = sim_message(call, call->attempt, 0, call->sent);
        code = idl__conn_send(conn, &call->stream, &sim_text, item, last);
        call->sent += code == IDL_OK;
        call->half = code == IDL_OK && last;
    }
    sim_trace(call->sim, "call %u sends, %u so far: %s", (unsigned)call->number,
              (unsigned)call->sent, idl_code_name(code));
    bool done = code == IDL_OK || not_sent(call, code);
    sim_events(call->link, 0);
    return done;
}

static bool take(sim_call *call)
{
    idl_bytes payload;
    idl__block *block;
    if (!idl__conn_take(&call->stream, &payload, &block))
        return false;
    sim_expect(call, call->attempt, 1, call->got++, payload);
    sim_watched *watched = &call->link->watch.calls[call->stream.id / 2];
    watched->taken[1] += SIM_COST + (int64_t)payload.len;
    idl__block_release(block);
    return true;
}

bool sim_client_act(sim_call *call)
{
    sim_world *sim = call->sim;
    if (call->state == SIM_OVER)
        return false;
    if (call->state == SIM_PLANNED)
        return (sim->healing || sim_percent(sim, 20)) && open_call(call);
    idl__conn_time(call->link->ends[0].conn, sim->now);
    if ((sim->faults & SIM_CANCEL) != 0 && !sim->healing && sim_percent(sim, 1)) {
        sim->counts->cancels++;
        cancel(call, IDL_CANCELLED);
        return true;
    }
    if ((sim->healing || (!call->patient && sim_percent(sim, 50))) && take(call)) {
        sim_events(call->link, 0); /* a credit may have found no memory */
        return true;
    }
    return send_more(call);
}

/* ---- Events ---- */

static void ended(sim_call *call, const idl__event *event)
{
    sim_world *sim = call->sim;
    if (call->stream.conn != NULL)
        sim_fail(sim, "call %u has ended and is on its connection", (unsigned)call->number);
    while (take(call))
        continue;
    sim_judge(call, event);
    if (event->never_started && call->attempt < SIM_TRIES) {
        sim_trace(sim, "call %u has never started: again", (unsigned)call->number);
        call->state = SIM_PLANNED;
        call->stream = (idl__stream){ 0 };
        return;
    }
    sim_over(call, event->code);
}

static void headers(sim_call *call, const idl__event *event)
{
    if (!call->early_initial || call->got_initial)
        sim_fail(call->sim, "call %u: metadata twice, or that nobody has sent",
                 (unsigned)call->number);
    call->got_initial = true;
    sim_expect_metadata(call, call->attempt, IDL_META_INITIAL, event->metadata, 1);
}

static void closed(sim_link *link, const idl__event *event)
{
    bool fine = event->code == IDL_OK || event->code == IDL_UNAVAILABLE ||
                (event->code == IDL_RESOURCE_EXHAUSTED && sim_is_hungry(link->sim));
    if (!fine)
        sim_fail(link->sim, "the client of link %u closes: %s '%.*s'", link->number,
                 idl_code_name(event->code), (int)event->message.len, event->message.data);
    link->detached = link->ends[0].over = true;
}

void sim_client_event(sim_link *link, const idl__event *event)
{
    sim_call *call = (sim_call *)(void *)event->stream;
    if (event->kind == IDL__GOAWAY) {
        link->detached = true;
        return;
    }
    if (event->kind == IDL__CLOSED) {
        closed(link, event);
        return;
    }
    if (call == NULL || call->state != SIM_OPEN || call->link != link)
        sim_fail(link->sim, "event %d of link %u is about no open call", (int)event->kind,
                 link->number);
    switch (event->kind) {
    case IDL__HEADERS: headers(call, event); break;
    case IDL__MESSAGE: /* to be taken in the application's own time */
        if (call->early_initial && !call->got_initial)
            sim_fail(link->sim, "call %u: a message before the metadata", (unsigned)call->number);
        break;
    case IDL__WRITABLE:
        if (!call->waits)
            sim_fail(link->sim, "call %u may write, and did not wait", (unsigned)call->number);
        call->waits = false;
        break;
    case IDL__ENDED: ended(call, event); return;
    default: sim_fail(link->sim, "event %d at a client", (int)event->kind);
    }
    if (sim_percent(link->sim, 30))
        sim_client_act(call);
}
