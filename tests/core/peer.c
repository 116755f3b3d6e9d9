/* SPDX-License-Identifier: MIT */
/* peer.c: a small application on one side of a connection, in memory. */
#include "peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cut.h"
#include "envelope.h"

static void put_text(idl_writer *w, const void *message)
{
    const peer_text *m = message;
    if (m->data.len != 0)
        idl_put_bytes(w, IDL_TAG(1, IDL_LEN), m->data);
}

static void get_text(idl_reader *r, void *message)
{
    peer_text *m = message;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        if (tag == IDL_TAG(1, IDL_LEN))
            m->data = idl_get_bytes(r);
        else
            idl_get_skip(r, tag);
    }
}

static const peer_text empty;
const idl_message text_type = { sizeof(peer_text), &empty, put_text, get_text };

// clang-format off
#define METHOD(name, kind) const idl_method m_##name = { "t.T", #name, kind, &text_type, &text_type, NULL }
METHOD(echo, 0);
METHOD(fail, 0);
METHOD(note, IDL_ONEWAY);
METHOD(later, 0);
METHOD(now, 0);
METHOD(sum, IDL_STREAM_IN);
METHOD(list, IDL_STREAM_OUT);
METHOD(chat, IDL_STREAM_IN | IDL_STREAM_OUT);
METHOD(none, 0);
// clang-format on

static const idl_method *const methods[] = { &m_echo, &m_fail, &m_note, &m_later,
                                             &m_now,  &m_sum,  &m_list, &m_chat };

/* ---- Bytes ---- */

void bytes_add(bytes *b, const void *data, size_t len)
{
    if (len == 0)
        return;
    if (b->len + len > b->cap) {
        b->cap = 2 * (b->len + len);
        b->data = realloc(b->data, b->cap);
        assert_non_null(b->data);
    }
    memcpy(b->data + b->len, data, len);
    b->len += len;
}

void bytes_printf(bytes *b, const char *format, ...)
{
    char line[1024];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    bytes_add(b, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

void bytes_free(bytes *b)
{
    free(b->data);
    *b = (bytes){ 0 };
}

void bytes_hex(bytes *b, const char *digits)
{
    for (unsigned byte; sscanf(digits, " %2x", &byte) == 1;) {
        uint8_t octet = (uint8_t)byte;
        bytes_add(b, &octet, 1);
        digits += strspn(digits, " ");
        digits += 2;
    }
}

uint64_t rnd(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static uint32_t hash(const uint8_t *data, size_t len)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < len; i++)
        h = (h ^ data[i]) * 16777619u;
    return h;
}

/* ---- Calls ---- */

static peer_call *new_call(peer *p, const idl_method *method)
{
    for (size_t i = 0; i < PEER_CALLS; i++) {
        peer_call *call = &p->calls[i];
        if (!call->used) {
            *call = (peer_call){ .method = method, .used = true };
            return call;
        }
    }
    return NULL;
}

static void free_call(peer_call *call)
{
    idl__stream_drop(&call->stream);
    bytes_free(&call->echo);
    call->used = false;
}

static idl_code send_bytes(peer *p, peer_call *call, const uint8_t *data, size_t len)
{
    peer_text item = { { data, len } };
    return idl__conn_send(p->conn, &call->stream, &text_type, &item, false);
}

/* Sends what is due until there is no credit; ends what is done. */
static void go_on(peer *p, peer_call *call)
{
    static uint8_t pattern[1 << 22];
    if (pattern[1] == 0) {
        for (size_t i = 0; i < sizeof pattern; i++)
            pattern[i] = peer_byte(i);
    }
    bool server = p->role == IDL__SERVER;
    while (call->to_send != 0) {
        idl_code code = send_bytes(p, call, pattern, call->size);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK)
            break;
        call->to_send--;
    }
    size_t done = 0;
    while (done < call->echo.len) {
        size_t len = idl__get_be32(call->echo.data + done);
        if (send_bytes(p, call, call->echo.data + done + 4, len) == IDL_AGAIN)
            break;
        done += 4 + len;
    }
    if (done != 0) {
        memmove(call->echo.data, call->echo.data + done, call->echo.len - done);
        call->echo.len -= done;
    }
    if (call->echo.len != 0)
        return;
    if (!server && (call->method->kind & IDL_STREAM_IN) != 0 && !call->half) {
        call->half = true;
        idl__conn_close_send(p->conn, &call->stream);
    }
    if (server && ((call->method->kind & IDL_STREAM_IN) == 0 || call->half)) {
        idl__conn_respond(p->conn, &call->stream, IDL_OK, (idl_str)IDL_STR(""), &text_type, NULL);
        free_call(call);
    }
}

peer_call *peer_open(peer *p, const idl_method *method, size_t size, size_t messages)
{
    uint8_t *data = malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        data[i] = peer_byte(i);
    peer_text request = { { data, size } };
    bool in = (method->kind & IDL_STREAM_IN) != 0;
    idl__open open = { .method = method, .request = in ? NULL : &request };
    peer_call *call = new_call(p, method);
    assert_non_null(call);
    call->code = idl__conn_open(p->conn, &call->stream, &open);
    free(data);
    if (call->code != IDL_OK || (method->kind & IDL_ONEWAY) != 0) {
        bytes_printf(&p->log, "open %s: %s\n", method->name, idl_code_name(call->code));
        call->ended = true;
        return call;
    }
    call->id = call->stream.id;
    call->to_send = messages;
    call->size = size;
    if (in)
        go_on(p, call);
    return call;
}

/* ---- Events ---- */

static void log_payload(peer *p, idl_bytes payload)
{
    bytes_printf(&p->log, " [%zu %08x]", payload.len, (unsigned)hash(payload.data, payload.len));
}

static void take_all(peer *p, peer_call *call)
{
    idl_bytes payload;
    idl__block *block;
    while (idl__conn_take(&call->stream, &payload, &block)) {
        bytes_printf(&p->log, "  took %u", (unsigned)call->id);
        log_payload(p, payload);
        bytes_printf(&p->log, "\n");
        call->messages++;
        call->total += payload.len;
        if (p->role == IDL__SERVER && call->method == &m_chat) {
            peer_text item;
            assert_int_equal(idl_decode(&text_type, payload, NULL, &item), IDL_RESOURCE_EXHAUSTED);
            idl_reader r = { .p = payload.data, .end = payload.data + payload.len };
            item = empty;
            get_text(&r, &item);
            uint8_t header[4] = { (uint8_t)(item.data.len >> 24), (uint8_t)(item.data.len >> 16),
                                  (uint8_t)(item.data.len >> 8), (uint8_t)item.data.len };
            bytes_add(&call->echo, header, 4);
            bytes_add(&call->echo, item.data.data, item.data.len);
        }
        idl__block_release(block);
    }
}

static void respond_text(peer *p, peer_call *call, const uint8_t *data, size_t len)
{
    peer_text reply = { { data, len } };
    idl__conn_respond(p->conn, &call->stream, IDL_OK, (idl_str)IDL_STR(""), &text_type, &reply);
    free_call(call);
}

static void on_request(peer *p, const idl__event *e)
{
    const idl_method *method = NULL;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (idl_str_equal(e->method, idl_cstr(methods[i]->name)))
            method = methods[i];
    }
    if (method == NULL || !idl_str_equal(e->service, idl_cstr("t.T"))) {
        idl__conn_refuse(p->conn, e, IDL_UNIMPLEMENTED, idl_cstr("no such method"), false);
        return;
    }
    peer_call *call = new_call(p, method);
    if (call == NULL) {
        idl__conn_refuse(p->conn, e, IDL_RESOURCE_EXHAUSTED, idl_cstr("busy"), true);
        return;
    }
    idl_reader r = { .p = e->payload.data, .end = e->payload.data + e->payload.len };
    peer_text request = empty;
    get_text(&r, &request);
    idl__conn_accept(p->conn, &call->stream, e, method->kind);
    call->id = e->id;
    if (method == &m_echo || method == &m_now)
        respond_text(p, call, request.data.data, request.data.len);
    if (method == &m_fail || method == &m_note) {
        idl__conn_respond(p->conn, &call->stream, IDL_NOT_FOUND, idl_cstr("not here"), &text_type,
                          NULL);
        free_call(call);
    }
    if (method == &m_list) {
        call->to_send = call->size = request.data.len;
        go_on(p, call);
    }
    for (size_t i = 0; i < PEER_CALLS && method == &m_now; i++) {
        peer_call *later = &p->calls[i];
        if (!later->used || later->method != &m_later)
            continue;
        if (later->cancelled) {
            idl__conn_release(p->conn, &later->stream);
            free_call(later);
        } else {
            respond_text(p, later, (const uint8_t *)"at last", 7);
        }
    }
}

static void on_half_closed(peer *p, peer_call *call)
{
    char sum[64];
    call->half = true;
    if (call->method == &m_sum) {
        int n = snprintf(sum, sizeof sum, "%zu: %zu", call->messages, call->total);
        respond_text(p, call, (const uint8_t *)sum, (size_t)n);
    } else {
        go_on(p, call);
    }
}

static void log_event(peer *p, const idl__event *e)
{
    static const char *const names[] = { "REQUEST",     "HEADERS",  "MESSAGE",
                                         "HALF_CLOSED", "WRITABLE", "ENDED",
                                         "CANCELLED",   "GOAWAY",   "CLOSED" };
    const peer_call *call = (const void *)e->stream;
    bytes_printf(&p->log, "%s", names[e->kind]);
    if (call != NULL)
        bytes_printf(&p->log, " %u", (unsigned)call->id);
    if (e->kind == IDL__REQUEST)
        bytes_printf(&p->log, " %u %.*s flags %02x", (unsigned)e->id, (int)e->method.len,
                     e->method.data, e->flags);
    if (e->code != IDL_OK)
        bytes_printf(&p->log, " %s", idl_code_name(e->code));
    if (e->message.len != 0)
        bytes_printf(&p->log, " '%.*s'", (int)e->message.len, e->message.data);
    if (e->never_started)
        bytes_printf(&p->log, " never started");
    if (e->payload.len != 0)
        log_payload(p, e->payload);
    bytes_printf(&p->log, "\n");
}

static void handle(peer *p, const idl__event *e)
{
    peer_call *call = (void *)e->stream;
    assert_false(p->closed);
    if (e->kind != IDL__MESSAGE || !p->few)
        log_event(p, e);
    switch (e->kind) {
    case IDL__REQUEST: on_request(p, e); break;
    case IDL__HEADERS:
    case IDL__GOAWAY: break;
    case IDL__MESSAGE:
        if (p->hold)
            break;
        take_all(p, call);
        if (p->role == IDL__SERVER && call->method == &m_chat)
            go_on(p, call);
        break;
    case IDL__HALF_CLOSED: on_half_closed(p, call); break;
    case IDL__WRITABLE: go_on(p, call); break;
    case IDL__ENDED:
        assert_false(call->ended);
        assert_null(call->stream.conn);
        call->ended = true;
        call->code = e->code;
        if (!p->hold)
            take_all(p, call);
        break;
    case IDL__CANCELLED:
        assert_false(call->cancelled);
        call->cancelled = true;
        if (call->method != &m_later) {
            idl__conn_release(p->conn, &call->stream);
            free_call(call);
        }
        break;
    case IDL__CLOSED: p->closed = true; break;
    }
}

void peer_events(peer *p)
{
    idl__event event;
    while (idl__conn_next(p->conn, &event)) {
        handle(p, &event);
        peer_drain(p);
    }
}

void peer_receive(peer *p, idl_bytes in)
{
    while (in.len != 0) {
        size_t room;
        uint8_t *space = idl__conn_space(p->conn, &room);
        if (space == NULL) {
            p->no_memory = true;
            return;
        }
        assert_true(room > 0);
        size_t n = in.len < room ? in.len : room;
        memcpy(space, in.data, n);
        idl__conn_received(p->conn, n);
        in.data += n;
        in.len -= n;
        peer_events(p);
    }
    peer_drain(p);
}

void peer_drain(peer *p)
{
    struct iovec iov[3];
    for (size_t n; (n = idl__conn_output(p->conn, iov, 3)) != 0;) {
        size_t total = 0;
        for (size_t i = 0; i < n; i++) {
            /* Short writes: not all of a long one. */
            size_t part = iov[i].iov_len > 5000 && i + 1 == n ? 5000 : iov[i].iov_len;
            bytes_add(&p->out, iov[i].iov_base, part);
            total += part;
        }
        idl__conn_sent(p->conn, total);
    }
}

void peers_run(peer *a, peer *b, size_t (*slice)(void *arg), void *arg)
{
    size_t from_a = 0, from_b = 0;
    peer_drain(a);
    peer_drain(b);
    while (from_a < a->out.len || from_b < b->out.len) {
        size_t n = slice(arg), left = a->out.len - from_a;
        n = n < left ? n : left;
        bytes copy = { 0 }; /* out may move while it is read */
        bytes_add(&copy, a->out.data + from_a, n);
        from_a += n;
        peer_receive(b, (idl_bytes){ copy.data, copy.len });
        bytes_free(&copy);
        n = slice(arg), left = b->out.len - from_b;
        n = n < left ? n : left;
        bytes_add(&copy, b->out.data + from_b, n);
        from_b += n;
        peer_receive(a, (idl_bytes){ copy.data, copy.len });
        bytes_free(&copy);
        if (a->no_memory || b->no_memory)
            return;
        peer_events(a);
        peer_events(b);
        peer_drain(a);
        peer_drain(b);
    }
}

bool peer_init(peer *p, enum idl__role role, const idl__limits *limits)
{
    *p = (peer){ .role = role };
    p->shared = idl__shared_new();
    p->conn = p->shared != NULL ? idl__conn_new(role, limits, p->shared) : NULL;
    if (p->conn == NULL)
        idl__shared_free(p->shared);
    return p->conn != NULL;
}

void peer_fini(peer *p)
{
    idl__conn_free(p->conn);
    for (size_t i = 0; i < PEER_CALLS; i++) {
        assert_null(p->calls[i].stream.conn);
        if (p->calls[i].used)
            free_call(&p->calls[i]);
    }
    bytes_free(&p->log);
    bytes_free(&p->out);
    idl__shared_free(p->shared);
}
