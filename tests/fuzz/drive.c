/* SPDX-License-Identifier: MIT */
/* drive.c: see drive.h. The application on the connection does whatever the bytes say, and knows
 * what it is owed. */
#include "driver.h"

#include <string.h>

#include "alloc_fail.h"
#include "finding.h"

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
    { "t.T", "a", 0, &text_type, &text_type, NULL },
    { "t.T", "b", IDL_ONEWAY, &text_type, &text_type, NULL },
    { "t.T", "c", IDL_STREAM_IN, &text_type, &text_type, NULL },
    { "t.T", "d", IDL_STREAM_OUT, &text_type, &text_type, NULL },
    { "t.T", "e", IDL_STREAM_IN | IDL_STREAM_OUT, &text_type, &text_type, NULL },
};
// clang-format on

/* ---- Metadata ---- */

/* A few pairs to be sent: legal ones, and now and then one above the limit. */
static void add_pairs(driver *d, idl__pairs *pairs, bool details)
{
    static const char *const keys[] = { "k", "a-bin", "k", "x.y_z-1" };
    static const uint8_t as[20000] = "a\xffrest";
    static const size_t sizes[] = { 0, 1, 5, 100, 1000, 20000, 1, 3 };
    for (size_t count = chance_pick(&d->in, 4); count != 0; count--) {
        idl_str key = idl_cstr(details ? "u/T" : keys[chance_pick(&d->in, 4)]);
        bool any = details || key.data[0] == 'a';
        size_t len = sizes[chance_pick(&d->in, 8)];
        idl__pairs_add(pairs, &d->pairs, key,
                       any ? (idl_bytes){ as, len } : (idl_bytes){ as, len != 0 });
    }
}

/* What came is legal, or it is not taken. */
static void take_pairs(driver *d, idl_bytes envelope, uint32_t field)
{
    idl__pairs pairs = { 0 };
    idl__pairs_take(&pairs, &d->pairs, envelope, field);
    for (const idl__pair *pair = pairs.first; pair != NULL; pair = pair->next) {
        const char *wrong = idl__meta_wrong(pair->meta.key, pair->meta.value, false);
        if (wrong != NULL)
            finding("metadata '%s' is taken: %s", pair->meta.key.data, wrong);
    }
}

static void take_metadata(driver *d, const idl__event *event)
{
    idl__pairs details = { 0 };
    switch (event->kind) {
    case IDL__REQUEST: take_pairs(d, event->metadata, 5); break;
    case IDL__HEADERS: take_pairs(d, event->metadata, 1); break;
    case IDL__ENDED:
        take_pairs(d, event->metadata, 3);
        take_pairs(d, event->metadata, 4);
        idl__pairs_take_details(&details, &d->pairs, event->metadata);
        break;
    default: finding("event %d has metadata", (int)event->kind);
    }
}

/* ---- Events ---- */

static driven *free_call(driver *d)
{
    for (size_t i = 0; i < DRIVE_CALLS; i++) {
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
    if (event->metadata.len != 0)
        take_metadata(d, event);
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
    if (idl__conn_blocked(d->conn))
        return;
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

static void write_some(driver *d)
{
    struct iovec iov[3];
    size_t count = idl__conn_output(d->conn, iov, 1 + chance_pick(&d->in, 3)), sent = 0;
    bool all = chance_pick(&d->in, 2) == 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = all ? iov[i].iov_len : chance_pick(&d->in, 100);
        bool part = len < iov[i].iov_len;
        len = part ? len : iov[i].iov_len;
        peer_hear(d, iov[i].iov_base, len);
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
    idl__pairs pairs = { 0 };
    add_pairs(d, &pairs, false);
    if (pairs.first != NULL)
        open.metadata = &pairs;
    *call = (driven){ .open = false };
    if (idl__conn_open(d->conn, &call->stream, &open) != IDL_OK)
        return;
    d->opened += 2;
    call->open = (method->kind & IDL_ONEWAY) == 0;
}

static void respond(driver *d, driven *call, idl_code code)
{
    idl__metadata *m = &call->metadata;
    if (chance_pick(&d->in, 2) != 0) {
        if (!m->initial_sent)
            add_pairs(d, &m->lists[IDL_META_INITIAL], false);
        add_pairs(d, &m->lists[IDL_META_TRAILING], false);
        add_pairs(d, &m->lists[IDL__DETAILS], true);
        call->stream.metadata = m;
    }
    idl__conn_respond(d->conn, &call->stream, code, idl_cstr("so"), &text_type, some_text(d));
}

static void send_headers(driver *d, driven *call)
{
    if (call->metadata.initial_sent)
        return;
    idl__pairs *initial = &call->metadata.lists[IDL_META_INITIAL];
    add_pairs(d, initial, false);
    call->metadata.initial_sent = idl__conn_send_headers(d->conn, &call->stream, initial) == IDL_OK;
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
        respond(d, call, code);
    }
    over(call);
}

static void command(driver *d)
{
    driven *call = &d->calls[chance_pick(&d->in, DRIVE_CALLS)];
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
    } else if (kind < 7) {
        idl__conn_send(d->conn, &call->stream, &text_type, some_text(d),
                       chance_pick(&d->in, 8) == 7);
    } else if (d->role == IDL__SERVER) {
        send_headers(d, call);
    } else {
        idl__conn_close_send(d->conn, &call->stream);
    }
    take_events(d);
}

/* An allocation that will fail; patience with a stream that holds up the others that ends. */
static void something_rare(driver *d)
{
    size_t kind = chance_pick(&d->in, 4);
    if (kind == 3)
        alloc_fail_at(1 + chance_pick(&d->in, 8));
    if (kind == 2 && idl__conn_blocked(d->conn)) {
        idl__conn_overflow(d->conn);
        take_events(d);
    }
}

static void act(driver *d)
{
    idl__conn_time(d->conn, d->now);
    switch (chance_pick(&d->in, 16)) {
    case 0:
    case 1:
    case 2:
    case 3: peer_send_frame(d); break;
    case 4: peer_send_large(d); break;
    case 5: peer_send_bytes(d); break;
    case 6:
    case 7:
    case 8: read_some(d); break;
    case 9:
    case 10: write_some(d); break;
    case 11: d->now += (uint64_t)chance_pick(&d->in, 256) << 24; break;
    case 12: something_rare(d); break;
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
    for (size_t i = 0; i < DRIVE_CALLS; i++) {
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
    idl__arena_fini(&d->pairs);
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
    size_t choice = chance_pick(&d->in, 64);
    if ((choice & 1) != 0)
        limits.max_message = 3000;
    if ((choice & 2) != 0)
        limits.max_streams = 4;
    if ((choice & 4) != 0)
        limits.stream_credit = 2000;
    if ((choice & 8) != 0)
        limits.connection_credit = 5000;
    if ((choice & 32) != 0)
        limits.max_metadata = 120;
    d->ttrpc = (choice & 16) != 0;
    limits.protocol = d->ttrpc ? IDL__TTRPC : IDL__FRAMED;
    if (shared == NULL)
        shared = idl__shared_new();
    d->conn = shared != NULL ? idl__conn_new(role, &limits, shared) : NULL;
    if (d->conn == NULL)
        finding("no memory for a connection");
    while (d->in.left != 0 && !d->closed)
        act(d);
    end(d);
}
