/* SPDX-License-Identifier: MIT */
/* watch.c: listens to both ends of a connection, and knows the protocol by docs/wire.md alone.
 *
 * What is checked holds at the moment of writing: a call is opened once, with rising ids; nothing
 * comes behind its end; DATA only where messages may go, never behind the last one, and never
 * beyond the credit that the other end has given; and credit is given back only for what was
 * taken. */
#include <string.h>

#include "cut.h"
#include "envelope.h"
#include "sim.h"

enum { CLIENT, SERVER, DEFAULT_CREDIT = 262144 };

typedef struct heard {
    uint32_t id, len; /* len: of the payload */
    uint8_t type, flags;
} heard;

static _Noreturn void wrong(sim_link *link, int end, const heard *frame, const char *why)
{
    sim_fail(link->sim,
             "link %u: %s writes a frame of type %u, flags %02x, stream %u, %u bytes: %s",
             link->number, end == CLIENT ? "the client" : "the server", frame->type, frame->flags,
             (unsigned)frame->id, (unsigned)frame->len, why);
}

static sim_watched *call_of(sim_link *link, int end, const heard *frame)
{
    if ((frame->id & 1) == 0 || frame->id > link->watch.seen)
        wrong(link, end, frame, "no such call");
    return &link->watch.calls[frame->id / 2];
}

static void on_request(sim_link *link, const heard *frame)
{
    sim_watch *watch = &link->watch;
    if ((frame->id & 1) == 0 || frame->id <= watch->seen || frame->id / 2 >= SIM_OPENS)
        wrong(link, CLIENT, frame, "not a new id");
    watch->seen = frame->id;
    watch->calls[frame->id / 2].opened = true;
    watch->calls[frame->id / 2].oneway = (frame->flags & IDL__F_ONEWAY) != 0;
    watch->calls[frame->id / 2].closed = (frame->flags & IDL__F_REMOTE_OPEN) == 0;
}

static void on_response(sim_link *link, const heard *frame)
{
    sim_watched *call = call_of(link, SERVER, frame);
    if (call->answered || call->oneway)
        wrong(link, SERVER, frame, "nobody has asked");
    call->answered = true;
}

/* What a stream may send before any CREDIT. */
static int64_t first_credit(const sim_link *link, int end)
{
    uint32_t own = link->limits[1 - end].stream_credit;
    if (own == 0 || (end == CLIENT && own < DEFAULT_CREDIT))
        own = DEFAULT_CREDIT;
    return own;
}

static void on_data(sim_link *link, int end, const heard *frame)
{
    sim_watch *watch = &link->watch;
    sim_watched *call = call_of(link, end, frame);
    if (end == CLIENT && (call->cancelled || call->closed))
        wrong(link, end, frame, "behind the last message");
    if (end == SERVER && call->answered)
        wrong(link, end, frame, "behind the answer");
    if ((frame->flags & IDL__F_REMOTE_CLOSED) != 0) {
        if (end == SERVER)
            wrong(link, end, frame, "a server does not close");
        call->closed = true;
    }
    /* An end without a message goes in any case. */
    bool free = (frame->flags & IDL__F_NO_DATA) != 0;
    if (!free && call->sent[end] >= first_credit(link, end) + call->granted[end])
        wrong(link, end, frame, "without credit");
    int64_t most = link->limits[1 - end].connection_credit;
    if (!free && end == SERVER && most != 0 && watch->sent[end] >= most + watch->granted[end])
        wrong(link, end, frame, "without credit of the connection");
    call->sent[end] += SIM_COST + frame->len;
    watch->sent[end] += SIM_COST + frame->len;
}

static void on_credit(sim_link *link, int end, const heard *frame, uint32_t n)
{
    sim_watch *watch = &link->watch;
    int other = 1 - end;
    if (n == 0)
        wrong(link, end, frame, "CREDIT of nothing");
    if (frame->id == 0) {
        watch->granted[other] += n;
        if (watch->granted[other] > watch->sent[other])
            wrong(link, end, frame, "credit for what was never received");
        return;
    }
    sim_watched *call = call_of(link, end, frame);
    call->granted[other] += n;
    if (call->granted[other] > call->taken[other])
        wrong(link, end, frame, "credit for what was not taken");
    if (end == CLIENT ? call->cancelled : call->answered)
        wrong(link, end, frame, "behind the end of the call");
}

static void on_goaway(sim_link *link, int end, const heard *frame, const uint8_t *payload)
{
    idl__goaway goaway;
    if (!idl__parse_goaway((idl_bytes){ payload, frame->len }, &goaway))
        wrong(link, end, frame, "can't be parsed");
    if (end == CLIENT)
        return;
    if (goaway.last_stream > link->watch.last)
        wrong(link, end, frame, "more calls are taken than before");
    link->watch.last = goaway.last_stream;
}

static void on_frame(sim_link *link, int end, const heard *frame, const uint8_t *payload)
{
    bool first = !link->watch.any[end];
    link->watch.any[end] = true;
    switch (frame->type) {
    case IDL__T_REQUEST:
        if (end == SERVER)
            wrong(link, end, frame, "a server calls");
        on_request(link, frame);
        break;
    case IDL__T_RESPONSE:
        if (end == CLIENT)
            wrong(link, end, frame, "a client answers");
        on_response(link, frame);
        break;
    case IDL__T_DATA: on_data(link, end, frame); break;
    case IDL__T_CANCEL:
        if (end == SERVER || call_of(link, end, frame)->cancelled)
            wrong(link, end, frame, "nothing to cancel");
        link->watch.calls[frame->id / 2].cancelled = true;
        break;
    case IDL__T_CREDIT: on_credit(link, end, frame, idl__get_be32(payload)); break;
    case IDL__T_GOAWAY: on_goaway(link, end, frame, payload); break;
    case IDL__T_HELLO:
        if (end == CLIENT && !first)
            wrong(link, end, frame, "not the first frame");
        break;
    case IDL__T_PING:
    case IDL__T_PONG:
    case IDL__T_HEADERS: break;
    default: wrong(link, end, frame, "no such type");
    }
}

/* ---- ttrpc ---- */

/* A second answer is what a server has to say about messages that have crossed the first one. */
static void on_plain_response(sim_link *link, const heard *frame, const uint8_t *payload)
{
    sim_watched *call = call_of(link, SERVER, frame);
    idl__response response;
    if (!call->answered) {
        call->answered = true;
        return;
    }
    if (frame->len > sizeof link->watch.payload[SERVER] ||
        !idl__parse_response((idl_bytes){ payload, frame->len }, &response) ||
        response.status.code != IDL_INVALID_ARGUMENT || ++call->complaints > call->uploads)
        wrong(link, SERVER, frame, "it has answered before");
}

static void on_plain_data(sim_link *link, int end, const heard *frame)
{
    sim_watched *call = call_of(link, end, frame);
    bool last = (frame->flags & IDL__F_REMOTE_CLOSED) != 0;
    if (end == CLIENT ? call->closed : call->answered)
        wrong(link, end, frame, "behind the last message");
    if ((frame->flags & IDL__F_NO_DATA) != 0 && (!last || frame->len != 0))
        wrong(link, end, frame, "neither a message nor an end");
    call->uploads += end == CLIENT;
    *(end == CLIENT ? &call->closed : &call->answered) = last;
}

static void on_plain_frame(sim_link *link, int end, const heard *frame, const uint8_t *payload)
{
    if ((frame->flags & ~(IDL__F_REMOTE_CLOSED | IDL__F_REMOTE_OPEN | IDL__F_NO_DATA)) != 0)
        wrong(link, end, frame, "no such flags");
    if (frame->type == IDL__T_REQUEST && end == CLIENT)
        on_request(link, frame);
    else if (frame->type == IDL__T_RESPONSE && end == SERVER)
        on_plain_response(link, frame, payload);
    else if (frame->type == IDL__T_DATA)
        on_plain_data(link, end, frame);
    else
        wrong(link, end, frame, "not to be written by this side");
}

/* ---- Frames ---- */

typedef void heard_fn(sim_link *link, int end, const heard *frame, const uint8_t *payload);

/* A head of ten bytes, of which the length counts some, and the payload for as far as anybody looks
 * into it. */
static void listen(sim_link *link, int end, const uint8_t *bytes, size_t len, uint32_t counted,
                   heard_fn *tell)
{
    sim_watch *watch = &link->watch;
    for (size_t at = 0; at < len;) {
        size_t *got = &watch->got[end];
        uint8_t *head = watch->head[end];
        if (*got < SIM_COST) {
            head[(*got)++] = bytes[at++];
            watch->left[end] = *got == SIM_COST ? idl__get_be32(head) - counted : 0;
        } else {
            size_t n = watch->left[end] < len - at ? watch->left[end] : len - at;
            size_t have = watch->payload_len[end], room = sizeof watch->payload[end] - have;
            size_t kept = n < room ? n : room;
            memcpy(watch->payload[end] + have, bytes + at, kept);
            watch->payload_len[end] += kept;
            watch->left[end] -= n;
            at += n;
        }
        if (*got < SIM_COST || watch->left[end] != 0)
            continue;
        heard frame = { .id = idl__get_be32(head + 4),
                        .len = idl__get_be32(head) - counted,
                        .type = head[8],
                        .flags = head[9] };
        if (idl__get_be32(head) < counted)
            wrong(link, end, &frame, "shorter than its head");
        sim_trace(link->sim, "link %u %s type %u flags %02x stream %u [%u]", link->number,
                  end == CLIENT ? "C>" : "S>", frame.type, frame.flags, (unsigned)frame.id,
                  (unsigned)frame.len);
        tell(link, end, &frame, watch->payload[end]);
        *got = watch->payload_len[end] = 0;
    }
}

void sim_watch_framed(sim_link *link, int end, const uint8_t *bytes, size_t len)
{
    listen(link, end, bytes, len, IDL__HEAD, on_frame);
}

void sim_watch_ttrpc(sim_link *link, int end, const uint8_t *bytes, size_t len)
{
    listen(link, end, bytes, len, 0, on_plain_frame);
}
