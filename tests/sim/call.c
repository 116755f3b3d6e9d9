/* SPDX-License-Identifier: MIT */
/* call.c: what calls are made of, and how they may end. */
#include <string.h>

#include "sim.h"

enum { NOISE = 1 << 20, LARGEST = 400 << 10 };

static uint8_t noise[NOISE];

/* ---- Messages ---- */

typedef struct text {
    idl_bytes data; /* = 1 */
} text;

static void put_text(idl_writer *w, const void *message)
{
    const text *m = message;
    if (m->data.len != 0)
        idl_put_bytes(w, IDL_TAG(1, IDL_LEN), m->data);
}

static void get_text(idl_reader *r, void *message)
{
    text *m = message;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        if (tag == IDL_TAG(1, IDL_LEN))
            m->data = idl_get_bytes(r);
        else
            idl_get_skip(r, tag);
    }
}

static const text no_text;
const idl_message sim_text = { sizeof(text), &no_text, put_text, get_text };

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
    uint64_t z = (uint64_t)a * UINT64_C(0x9e3779b97f4a7c15) + b;
    z = (z ^ (z >> 29)) * UINT64_C(0xbf58476d1ce4e5b9) + c;
    z = (z ^ (z >> 32)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 32);
}

size_t sim_size(const sim_call *call, int end, uint32_t index)
{
    const sim_world *sim = call->sim;
    uint32_t r = mix((uint32_t)sim->seed + call->number, (uint32_t)end, index), kind = r % 16;
    size_t most = kind < 8 ? 200 : kind < 13 ? 5000 : kind < 15 ? 60000 : LARGEST;
    if (most > 5000 && (sim->faults & SIM_LARGE) == 0)
        most = 5000;
    if (most > sim->largest)
        most = sim->largest;
    return r % 23 == 0 ? 0 : SIM_HEAD + (r >> 4) % (most - SIM_HEAD);
}

static void fill_noise(void)
{
    for (uint32_t i = 0; noise[0] == 0 && i + 1 < NOISE; i++)
        noise[i + 1] = (uint8_t)(mix(i, 1, 2) | 1);
    noise[0] = 1;
}

static void put_be32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

/* Says whose it is, then noise from a place that is its own. */
static void head_of(uint8_t head[SIM_HEAD], const sim_call *call, uint32_t attempt, int end,
                    uint32_t index, size_t size)
{
    put_be32(head, call->number);
    put_be32(head + 4, attempt);
    put_be32(head + 8, (uint32_t)end << 31 | index);
    put_be32(head + 12, (uint32_t)size);
}

static const uint8_t *noise_of(const sim_call *call, int end, uint32_t index)
{
    return noise + mix(call->number, (uint32_t)end, ~index) % (NOISE - LARGEST);
}

const void *sim_message(const sim_call *call, uint32_t attempt, int end, uint32_t index)
{
    static uint8_t bytes[LARGEST];
    static text message;
    size_t size = sim_size(call, end, index);
    message.data = (idl_bytes){ bytes, size };
    if (size != 0) {
        head_of(bytes, call, attempt, end, index, size);
        memcpy(bytes + SIM_HEAD, noise_of(call, end, index), size - SIM_HEAD);
    }
    return &message;
}

void sim_expect(const sim_call *call, uint32_t attempt, int end, uint32_t index, idl_bytes payload)
{
    size_t size = sim_size(call, end, index);
    idl_reader r = { .p = payload.data, .end = payload.data + payload.len };
    text is = no_text;
    if (payload.len != 0)
        get_text(&r, &is);
    if (is.data.len != size)
        sim_fail(call->sim, "call %u: message %u of %s has %zu bytes instead of %zu",
                 (unsigned)call->number, (unsigned)index, end ? "the server" : "the client",
                 is.data.len, size);
    uint8_t head[SIM_HEAD];
    head_of(head, call, attempt, end, index, size);
    if (size != 0 &&
        (memcmp(is.data.data, head, SIM_HEAD) != 0 ||
         memcmp(is.data.data + SIM_HEAD, noise_of(call, end, index), size - SIM_HEAD) != 0))
        sim_fail(call->sim, "call %u: message %u of %s is not what was sent",
                 (unsigned)call->number, (unsigned)index, end ? "the server" : "the client");
}

/* ---- The plan ---- */

static const idl_method methods[] = {
    { "sim.Sim", "ask", 0, &sim_text, &sim_text, NULL },
    { "sim.Sim", "tell", IDL_ONEWAY, &sim_text, &sim_text, NULL },
    { "sim.Sim", "load", IDL_STREAM_IN, &sim_text, &sim_text, NULL },
    { "sim.Sim", "list", IDL_STREAM_OUT, &sim_text, &sim_text, NULL },
    { "sim.Sim", "chat", IDL_STREAM_IN | IDL_STREAM_OUT, &sim_text, &sim_text, NULL },
};

static uint32_t some_messages(sim_world *sim)
{
    return (uint32_t)(sim_percent(sim, 20) ? sim_below(sim, 60) : sim_below(sim, 6));
}

static void plan_call(sim_world *sim, sim_call *call, uint32_t number)
{
    static const idl_code errors[] = { IDL_NOT_FOUND, IDL_ABORTED, IDL_UNKNOWN, IDL_DATA_LOSS };
    *call = (sim_call){ .sim = sim, .number = number };
    call->client = (uint32_t)sim_below(sim, SIM_CLIENTS);
    call->method = &methods[sim_below(sim, sizeof methods / sizeof *methods)];
    if ((call->method->kind & IDL_STREAM_IN) != 0)
        call->messages[0] = some_messages(sim);
    if ((call->method->kind & IDL_STREAM_OUT) != 0)
        call->messages[1] = some_messages(sim);
    if (sim_percent(sim, 15))
        call->answer = errors[sim_below(sim, sizeof errors / sizeof *errors)];
    bool early = (sim->faults & SIM_EARLY) != 0;
    call->early = early && sim_percent(sim, 30);
    call->abort = early && sim_percent(sim, 10);
    call->refuse = early && sim_percent(sim, 5);
    call->patient = sim_percent(sim, 10);
    call->never = (sim->faults & (SIM_CANCEL | SIM_DEADLINE)) != 0 && sim_percent(sim, 15);
    if ((sim->faults & SIM_DEADLINE) != 0 && sim_percent(sim, 50))
        call->timeout = 1 + sim_random(sim) % (sim_percent(sim, 50) ? 5000000 : 3000000000);
}

void sim_plan(sim_world *sim)
{
    fill_noise();
    sim->call_count = 1 + sim_below(sim, SIM_CALLS);
    for (uint32_t i = 0; i < sim->call_count; i++)
        plan_call(sim, &sim->calls[i], i + 1);
}

/* ---- Ends ---- */

static void bad_end(sim_call *call, const idl__event *event, const char *why)
{
    sim_fail(call->sim, "call %u (%s) ends with %s '%.*s'%s: %s", (unsigned)call->number,
             call->method->name, idl_code_name(event->code), (int)event->message.len,
             event->message.data, event->never_started ? ", never started" : "", why);
}

static void judge_error(sim_call *call, const idl__event *event)
{
    sim_world *sim = call->sim;
    switch (event->code) {
    case IDL_UNAVAILABLE:
        if (!call->link->excused && !sim_is_hungry(sim))
            bad_end(call, event, "nothing has happened to its connection");
        break;
    case IDL_RESOURCE_EXHAUSTED: {
        /* A plain wire can't say that a call has never started. */
        bool full = sim->wire->plain && sim->crowded && !call->ran_now;
        if (!full && !call->link->overflow && !sim_is_hungry(sim))
            bad_end(call, event, "there is enough of everything");
    } break;
    case IDL_DEADLINE_EXCEEDED:
        if (call->timeout == 0 || sim->now < call->deadline)
            bad_end(call, event, "it has time");
        break;
    default: bad_end(call, event, "nobody has said that");
    }
}

void sim_judge(sim_call *call, const idl__event *event)
{
    if (event->never_started) {
        bool full = event->code == IDL_RESOURCE_EXHAUSTED &&
                    (call->sim->crowded || sim_is_hungry(call->sim));
        if (call->ran_now)
            bad_end(call, event, "its handler has run");
        if (event->code != IDL_UNAVAILABLE && !full)
            bad_end(call, event, "not a reason for that");
        return;
    }
    /* Without a block it was not the server that has ended it; but the last DATA of a plain wire
     * leaves none. */
    bool told = event->block != NULL || (call->sim->wire->plain && event->code == IDL_OK);
    if (!call->answered || call->said != event->code || !told) {
        if (event->code == IDL_OK)
            bad_end(call, event, "its handler has not said so");
        judge_error(call, event);
        return;
    }
    /* Said by the server, behind everything else that it said. */
    if (call->got != call->emitted)
        bad_end(call, event, "messages are missing");
    bool reply = (call->method->kind & IDL_STREAM_OUT) == 0;
    if (event->code == IDL_OK && reply)
        sim_expect(call, call->attempt, 1, 0, event->payload);
    sim_expect_end(call, event);
}

void sim_over(sim_call *call, idl_code code)
{
    sim_world *sim = call->sim;
    if (call->state == SIM_OVER)
        sim_fail(sim, "call %u ends twice", (unsigned)call->number);
    sim_trace(sim, "call %u is over: %s", (unsigned)call->number, idl_code_name(code));
    call->state = SIM_OVER;
    call->code = code;
    idl__heap_remove(&sim->deadlines[0], &call->timed);
    idl__stream_drop(&call->stream);
    sim->counts->calls++;
    if (code == IDL_OK)
        sim->counts->ok++;
}
