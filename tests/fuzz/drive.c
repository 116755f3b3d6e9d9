/* SPDX-License-Identifier: MIT */
/* drive.c: see drive.h. The application on the connection does whatever the bytes say, and knows
 * what it is owed. */
#include "drive.h"

#include <stdbool.h>
#include <string.h>

#include <idl/frame.h>

#include "alloc_fail.h"
#include "chance.h"
#include "cut.h"
#include "envelope.h"
#include "finding.h"

enum { CALLS = 24, INPUT_MAX = 8192, IDS = 128 };

typedef struct driven {
    idl__stream stream; /* first */
    bool open, dead;    /* dead: server: cancelled, to be released */
} driven;

typedef struct driver {
    enum idl__role role;
    idl__conn *conn;
    struct chance in;
    uint64_t now;
    driven calls[CALLS];
    uint32_t opened; /* client: ids so far; server: the highest that was sent to it */
    bool closed;
    uint8_t input[INPUT_MAX]; /* what the peer has sent and was not read */
    size_t input_len;
    uint8_t head[10]; /* of what is written */
    size_t head_len, body_left;
    bool answered[IDS];
} driver;

/* ---- A message ---- */

typedef struct text {
    idl_bytes data; /* = 1 */
} text;

static void put_text(idl_writer *w, const void *message)
{
    idl_put_bytes(w, IDL_TAG(1, IDL_LEN), ((const text *)message)->data);
}

static void get_text(idl_reader *r, void *message)
{
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        if (tag == IDL_TAG(1, IDL_LEN))
            ((text *)message)->data = idl_get_bytes(r);
        else
            idl_get_skip(r, tag);
    }
}

static const text no_text;
static const idl_message text_type = { sizeof(text), &no_text, put_text, get_text };

static const text *some_text(driver *d)
{
    static const uint8_t zeros[70000];
    static const size_t sizes[] = { 0, 1, 5, 100, 3000, 20000, 70000, 10 };
    static text message;
    message.data = (idl_bytes){ zeros, sizes[chance_pick(&d->in, 8)] };
    return &message;
}

// clang-format off
static const idl_method methods[] = {
    { "t.T", "a", 0, &text_type, &text_type },
    { "t.T", "b", IDL_ONEWAY, &text_type, &text_type },
    { "t.T", "c", IDL_STREAM_IN, &text_type, &text_type },
    { "t.T", "d", IDL_STREAM_OUT, &text_type, &text_type },
    { "t.T", "e", IDL_STREAM_IN | IDL_STREAM_OUT, &text_type, &text_type },
};
// clang-format on

/* ---- What the peer sends ---- */

static void add_input(driver *d, const void *bytes, size_t len)
{
    if (len > INPUT_MAX - d->input_len)
        len = INPUT_MAX - d->input_len;
    if (len != 0)
        memcpy(d->input + d->input_len, bytes, len);
    d->input_len += len;
}

static void add_frame(driver *d, uint32_t id, uint8_t type, uint8_t flags, const uint8_t *body,
                      size_t len)
{
    uint8_t head[10];
    idl_frame_header(head, (uint32_t)(6 + len));
    idl_frame_header(head + 4, id);
    head[8] = type;
    head[9] = flags;
    add_input(d, head, sizeof head);
    add_input(d, body, len);
}

static uint32_t some_id(driver *d)
{
    size_t kind = chance_pick(&d->in, 16);
    if (kind < 6) /* the next one */
        return d->role == IDL__SERVER ? (d->opened += 2) - 1 : d->opened + 1;
    if (kind < 14 && d->opened != 0)
        return (uint32_t)(2 * chance_pick(&d->in, d->opened / 2 + 1)) + 1;
    return kind == 14 ? 0 : (uint32_t)chance_pick(&d->in, 256);
}

/* A body that is right for the type, when the type is one. */
static size_t some_body(driver *d, uint8_t type, uint8_t body[64])
{
    static const uint8_t requests[5][10] = { "\x0a\3t.T\x12\1a", "\x0a\3t.T\x12\1b",
                                             "\x0a\3t.T\x12\1c", "\x0a\3t.T\x12\1d",
                                             "\x0a\3t.T\x12\1e" };
    size_t len = 0;
    switch (type) {
    case IDL__T_REQUEST:
        memcpy(body, requests[chance_pick(&d->in, 5)], 8);
        len = 8;
        break;
    case IDL__T_CREDIT:
        idl_frame_header(body, (uint32_t)chance_pick(&d->in, 256) << chance_pick(&d->in, 25));
        return 4;
    case IDL__T_PING:
    case IDL__T_PONG: memcpy(body, "\0goaway", 8); return 8;
    case IDL__T_CANCEL: return 0;
    default: break;
    }
    for (size_t more = chance_pick(&d->in, 24); more != 0; more--)
        body[len++] = (uint8_t)chance_pick(&d->in, 256);
    return len;
}

static void send_frame(driver *d)
{
    uint8_t body[64], type = (uint8_t)chance_pick(&d->in, 12), flags = 0;
    if (chance_pick(&d->in, 3) != 0)
        flags = (uint8_t)chance_pick(&d->in, 32);
    uint32_t id = type == IDL__T_REQUEST || chance_pick(&d->in, 4) != 0 ? some_id(d) : 0;
    if (type >= IDL__T_PING && type != IDL__T_HEADERS && chance_pick(&d->in, 8) != 7)
        id = 0;
    size_t len = some_body(d, type, body);
    add_frame(d, id, type, flags, body, len);
}

/* A large message in many bytes that cost the input few. */
static void send_large(driver *d)
{
    static const uint8_t zeros[6000];
    uint32_t id = some_id(d);
    add_frame(d, id, IDL__T_DATA, 0, zeros, 20 * chance_pick(&d->in, 256));
}

static void send_bytes(driver *d)
{
    for (size_t n = chance_pick(&d->in, 16); n != 0; n--) {
        uint8_t byte = (uint8_t)chance_pick(&d->in, 256);
        add_input(d, &byte, 1);
    }
}

/* ---- Events ---- */

static driven *free_call(driver *d)
{
    for (size_t i = 0; i < CALLS; i++) {
        if (!d->calls[i].open)
            return &d->calls[i];
    }
    return NULL;
}

static void over(driven *call)
{
    if (call->stream.conn != NULL)
        finding("a stream is over and on its connection");
    idl__stream_drop(&call->stream);
    call->open = call->dead = false;
}

static void on_request(driver *d, const idl__event *event)
{
    driven *call = free_call(d);
    size_t choice = chance_pick(&d->in, 16);
    if (call == NULL || choice == 15) {
        idl__conn_refuse(d->conn, event, IDL_UNIMPLEMENTED, idl_cstr("no"), false);
        return;
    }
    *call = (driven){ .open = true };
    idl__conn_accept(d->conn, &call->stream, event, methods[choice % 5].kind);
}

static void on_event(driver *d, const idl__event *event)
{
    driven *call = (driven *)(void *)event->stream;
    bool server = d->role == IDL__SERVER;
    if (d->closed)
        finding("event %d after the last one", (int)event->kind);
    if (event->kind == IDL__CLOSED)
        d->closed = true;
    if (event->kind == IDL__CLOSED || event->kind == IDL__GOAWAY)
        return;
    if (event->kind == IDL__REQUEST) {
        if (!server || call != NULL)
            finding("a request at a client, or with a stream");
        on_request(d, event);
        return;
    }
    if (call == NULL || !call->open || call->dead)
        finding("event %d about a stream that is not open", (int)event->kind);
    if (event->kind == IDL__ENDED) {
        if (server)
            finding("an end that the server was told");
        over(call);
    } else if (event->kind == IDL__CANCELLED) {
        if (!server)
            finding("a cancel that the client was told");
        call->dead = true;
    }
}

static void take_events(driver *d)
{
    idl__event event;
    while (idl__conn_next(d->conn, &event))
        on_event(d, &event);
}

/* ---- Reading and writing ---- */

static void lose(driver *d)
{
    idl__conn_lost(d->conn, IDL_UNAVAILABLE, "lost");
    take_events(d);
}

static void read_some(driver *d)
{
    size_t room, len = chance_pick(&d->in, 3) != 0 ? d->input_len : chance_pick(&d->in, 40);
    uint8_t *space = idl__conn_space(d->conn, &room);
    if (space == NULL) {
        idl__conn_received(d->conn, 0);
        lose(d);
        return;
    }
    if (room == 0)
        finding("no room to read into");
    len = len < room ? len : room;
    len = len < d->input_len ? len : d->input_len;
    if (len != 0)
        memcpy(space, d->input, len);
    memmove(d->input, d->input + len, d->input_len -= len);
    idl__conn_received(d->conn, len);
    take_events(d);
}

static void check_frame(driver *d)
{
    uint32_t id = idl__get_be32(d->head + 4);
    uint8_t type = d->head[8];
    if (type < IDL__T_REQUEST || type > IDL__T_HELLO)
        finding("a frame of type %u is written", type);
    if (type != IDL__T_RESPONSE || id >= IDS)
        return;
    if (d->role == IDL__CLIENT || (id & 1) == 0 || d->answered[id])
        finding("stream %u is answered, and was before, or not asked", (unsigned)id);
    d->answered[id] = true;
}

static void check_output(driver *d, const uint8_t *bytes, size_t len)
{
    while (len != 0) {
        size_t n = 1;
        if (d->head_len < sizeof d->head) {
            d->head[d->head_len++] = *bytes;
            if (d->head_len == sizeof d->head) {
                check_frame(d);
                d->body_left = idl__get_be32(d->head) - 6;
            }
        } else {
            n = len < d->body_left ? len : d->body_left;
            d->body_left -= n;
        }
        if (d->head_len == sizeof d->head && d->body_left == 0)
            d->head_len = 0;
        bytes += n;
        len -= n;
    }
}

static void write_some(driver *d)
{
    struct iovec iov[3];
    size_t count = idl__conn_output(d->conn, iov, 1 + chance_pick(&d->in, 3)), sent = 0;
    bool all = chance_pick(&d->in, 2) == 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = all ? iov[i].iov_len : chance_pick(&d->in, 100);
        bool part = len < iov[i].iov_len;
        len = part ? len : iov[i].iov_len;
        check_output(d, iov[i].iov_base, len);
        sent += len;
        if (part)
            break;
    }
    idl__conn_sent(d->conn, sent);
    take_events(d);
}

/* ---- Commands ---- */

static void open_call(driver *d)
{
    driven *call = free_call(d);
    const idl_method *method = &methods[chance_pick(&d->in, 5)];
    if (call == NULL)
        return;
    idl__open open = { .method = method, .timeout_ns = chance_pick(&d->in, 2) * 1000 };
    if ((method->kind & IDL_STREAM_IN) == 0)
        open.request = some_text(d);
    *call = (driven){ .open = false };
    if (idl__conn_open(d->conn, &call->stream, &open) != IDL_OK)
        return;
    d->opened += 2;
    call->open = (method->kind & IDL_ONEWAY) == 0;
}

static void end_call(driver *d, driven *call)
{
    idl_code code = (idl_code)chance_pick(&d->in, 6);
    if (d->role == IDL__CLIENT) {
        idl__conn_cancel(d->conn, &call->stream);
    } else if (call->dead) {
        idl__conn_release(d->conn, &call->stream);
    } else if (code == IDL_UNKNOWN) {
        idl__conn_abort(d->conn, &call->stream, IDL_ABORTED, idl_cstr("aborted"));
        call->dead = true;
        return;
    } else {
        idl__conn_respond(d->conn, &call->stream, code, idl_cstr("so"), &text_type, some_text(d));
    }
    over(call);
}

static void command(driver *d)
{
    driven *call = &d->calls[chance_pick(&d->in, CALLS)];
    size_t kind = chance_pick(&d->in, 8);
    if (kind == 0 && d->role == IDL__CLIENT) {
        open_call(d);
    } else if (kind == 0) {
        idl__conn_goaway(d->conn, chance_pick(&d->in, 2) != 0, IDL_OK, "leaving");
    } else if (!call->open) {
        return;
    } else if (kind < 3) {
        end_call(d, call);
    } else if (kind < 5) {
        idl_bytes payload;
        idl__block *block;
        if (idl__conn_take(&call->stream, &payload, &block))
            idl__block_release(block);
    } else if (kind < 7 || d->role == IDL__SERVER) {
        idl__conn_send(d->conn, &call->stream, &text_type, some_text(d),
                       chance_pick(&d->in, 8) == 7);
    } else {
        idl__conn_close_send(d->conn, &call->stream);
    }
    take_events(d);
}

static void act(driver *d)
{
    idl__conn_time(d->conn, d->now);
    switch (chance_pick(&d->in, 16)) {
    case 0:
    case 1:
    case 2:
    case 3: send_frame(d); break;
    case 4: send_large(d); break;
    case 5: send_bytes(d); break;
    case 6:
    case 7:
    case 8: read_some(d); break;
    case 9:
    case 10: write_some(d); break;
    case 11: d->now += (uint64_t)chance_pick(&d->in, 256) << 24; break;
    case 12:
        if (chance_pick(&d->in, 4) == 3)
            alloc_fail_at(1 + chance_pick(&d->in, 8));
        break;
    default: command(d); break;
    }
}

/* ---- A life ---- */

static void end(driver *d)
{
    alloc_fail_at(0);
    lose(d);
    if (!d->closed)
        finding("lost, and not closed");
    for (size_t i = 0; i < CALLS; i++) {
        driven *call = &d->calls[i];
        if (!call->open)
            continue;
        if (d->role == IDL__CLIENT || !call->dead)
            finding("a call has no end");
        idl__conn_release(d->conn, &call->stream);
        over(call);
    }
    if (idl__conn_streams(d->conn) != 0)
        finding("streams that nobody has");
    idl__conn_free(d->conn);
}

void drive(enum idl__role role, const uint8_t *data, size_t size)
{
    static driver world;
    static idl__shared *shared; /* stays, as it does between connections */
    driver *d = &world;
    memset(d, 0, sizeof *d);
    d->role = role;
    d->in = (struct chance){ data, size };
    d->now = UINT64_C(1) << 40;
    idl__limits limits = { 0 };
    size_t choice = chance_pick(&d->in, 16);
    if ((choice & 1) != 0)
        limits.max_message = 3000;
    if ((choice & 2) != 0)
        limits.max_streams = 4;
    if ((choice & 4) != 0)
        limits.stream_credit = 2000;
    if ((choice & 8) != 0)
        limits.connection_credit = 5000;
    if (shared == NULL)
        shared = idl__shared_new();
    d->conn = shared != NULL ? idl__conn_new(role, &limits, shared) : NULL;
    if (d->conn == NULL)
        finding("no memory for a connection");
    while (d->in.left != 0 && !d->closed)
        act(d);
    end(d);
}
