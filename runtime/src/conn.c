/* SPDX-License-Identifier: MIT */
/* conn.c: a connection's life, and the order of its events. */
#include "conn_impl.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <idl/frame.h>

#include "codec.h"
#include "codec_words.h"
#include "mem.h"

/* ---- What connections of a thread share ---- */

idl__shared *idl__shared_new(void)
{
    idl__shared *shared = idl__calloc(1, sizeof *shared);
    if (shared != NULL)
        idl__writer_init(&shared->writer);
    return shared;
}

void idl__shared_free(idl__shared *shared)
{
    if (shared == NULL)
        return;
    idl__block_release(shared->input);
    idl__block_release(shared->spare.block);
    idl__writer_fini(&shared->writer);
    idl__pool_fini(&shared->pool);
    idl__free(shared);
}

/* ---- New and free ---- */

static const idl__wire *const wires[] = {
    [IDL__FRAMED] = &idl__framed, [IDL__TTRPC] = &idl__ttrpc
};

static void set_limits(idl__conn *conn, const idl__limits *limits)
{
    if (limits != NULL)
        conn->limits = *limits;
    idl__limits *l = &conn->limits;
    l->max_metadata = idl__meta_limit(l->max_metadata);
    const size_t largest = IDL_FRAME_LIMIT_MAX - idl__envelope_max(l);
    if (l->max_message == 0)
        l->max_message = IDL__MESSAGE_DEFAULT;
    if (l->max_message > largest)
        l->max_message = largest;
    if (l->max_streams == 0)
        l->max_streams = IDL__STREAMS_DEFAULT;
    if (l->stream_credit == 0)
        l->stream_credit = IDL__CREDIT_START;
    if (l->stream_credit > IDL__CREDIT_MAX)
        l->stream_credit = IDL__CREDIT_MAX;
    /* A client may have begun with the usual credit before it reads a server's HELLO. */
    if (conn->role == IDL__SERVER && l->stream_credit < IDL__CREDIT_START)
        l->stream_credit = IDL__CREDIT_START;
    if (l->connection_credit > IDL__CREDIT_MAX)
        l->connection_credit = IDL__CREDIT_MAX;
    if (l->max_unsent == 0)
        l->max_unsent = SIZE_MAX;
}

idl__conn *idl__conn_new(enum idl__role role, const idl__limits *limits, idl__shared *shared)
{
    idl__conn *conn = shared != NULL ? idl__calloc(1, sizeof *conn) : NULL;
    if (conn == NULL)
        return NULL;
    conn->role = role;
    conn->shared = shared;
    set_limits(conn, limits);
    conn->wire = wires[conn->limits.protocol];
    conn->next_id = 1;
    conn->last_id = UINT32_MAX;
    conn->send_credit = IDL__UNLIMITED;
    conn->stream_credit = IDL__CREDIT_START;
    conn->max_payload = conn->limits.max_message;
    conn->peer_max_streams = UINT32_MAX;
    conn->wire->start(conn);
    if (conn->over) {
        idl__conn_free(conn);
        return NULL;
    }
    return conn;
}

void idl__conn_free(idl__conn *conn)
{
    if (conn == NULL)
        return;
    for (size_t i = 0; conn->table.slots != NULL && i <= conn->table.mask; i++) {
        if (conn->table.slots[i] != NULL) {
            conn->table.slots[i]->conn = NULL;
            conn->table.slots[i]->state = IDL__S_NONE;
        }
    }
    idl__table_fini(&conn->table);
    idl__cut_fini(&conn->cut);
    idl__out_fini(&conn->out, &conn->shared->pool);
    idl__free(conn->reason);
    idl__free(conn);
}

void idl__conn_time(idl__conn *conn, uint64_t now_ns)
{
    conn->now = now_ns;
}

/* ---- Streams on and off ---- */

void idl__stream_on(idl__conn *conn, idl__stream *stream, uint32_t id, uint32_t kind)
{
    *stream = (idl__stream){ .conn = conn,
                             .id = id,
                             .state = IDL__S_LIVE,
                             .kind = (uint8_t)kind,
                             .send_credit = conn->stream_credit,
                             .recv_credit = conn->limits.stream_credit,
                             .prev = conn->last };
    if (conn->last != NULL)
        conn->last->next = stream;
    else
        conn->first = stream;
    conn->last = stream;
    idl__table_add(&conn->table, stream);
}

/* No event will speak of it any more. */
static void unlink_stream(idl__conn *conn, idl__stream *stream)
{
    idl__wait_remove(conn, stream);
    idl__stream_not_full(conn, stream);
    if (conn->after == stream)
        conn->after = NULL;
    if (stream->state != IDL__S_LIVE)
        return;
    *(stream->prev != NULL ? &stream->prev->next : &conn->first) = stream->next;
    *(stream->next != NULL ? &stream->next->prev : &conn->last) = stream->prev;
    stream->prev = stream->next = NULL;
}

void idl__stream_off(idl__conn *conn, idl__stream *stream)
{
    unlink_stream(conn, stream);
    idl__table_remove(&conn->table, stream);
    stream->state = IDL__S_NONE;
    stream->conn = NULL;
}

void idl__stream_dead(idl__conn *conn, idl__stream *stream)
{
    unlink_stream(conn, stream);
    stream->state = IDL__S_DEAD;
}

/* ---- Output ---- */

bool idl__conn_flush(idl__conn *conn, idl_writer *w)
{
    if (w->status == IDL_OK && idl__out_put_writer(&conn->out, &conn->shared->pool, w))
        return true;
    idl__conn_no_memory(conn);
    return false;
}

size_t idl__conn_output(idl__conn *conn, struct iovec *iov, size_t max)
{
    if (conn->lost && conn->role == IDL__CLIENT)
        return 0; /* calls that had not begun to go out may be said to have never started */
    size_t n = idl__out_iov(&conn->out, iov, max);
    uint64_t end = conn->out.sent;
    for (size_t i = 0; i < n; i++)
        end += iov[i].iov_len;
    if (end > conn->shown)
        conn->shown = end;
    return n;
}

void idl__conn_sent(idl__conn *conn, size_t len)
{
    idl__out_sent(&conn->out, &conn->shared->pool, len);
    if (conn->waiting.first != NULL)
        idl__conn_unblock(conn);
}

size_t idl__conn_unsent(const idl__conn *conn)
{
    return idl__out_unsent(&conn->out);
}

bool idl__conn_closing(const idl__conn *conn)
{
    return conn->over || ((conn->final || conn->goaway) && conn->table.count == 0);
}

size_t idl__conn_streams(const idl__conn *conn)
{
    return conn->table.count;
}

/* ---- The end ---- */

idl_str idl__conn_text(idl__conn *conn, const char *format, ...)
{
    char *text = conn->shared->text;
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof conn->shared->text, format, args);
    va_end(args);
    return idl_cstr(text);
}

void idl__conn_set_reason(idl__conn *conn, idl_str text)
{
    size_t len = text.len < IDL__REASON_MAX ? text.len : IDL__REASON_MAX - 1;
    idl__free(conn->reason);
    conn->reason = idl__malloc(len + 1);
    if (conn->reason == NULL)
        return;
    memcpy(conn->reason, text.data, len);
    conn->reason[len] = '\0';
    idl__make_utf8((uint8_t *)conn->reason, len);
}

const char *idl__conn_reason(const idl__conn *conn)
{
    if (conn->reason != NULL)
        return conn->reason;
    return conn->over || conn->lost ? "no memory" : "";
}

void idl__conn_fail(idl__conn *conn, idl_code code, const char *format, ...)
{
    if (conn->over)
        return;
    char text[IDL__REASON_MAX];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    idl__conn_set_reason(conn, idl_cstr(text));
    /* Whoever calls did nothing wrong: to calls, what a server sends is its own affair. */
    bool foreign = conn->role == IDL__CLIENT && code == IDL_INVALID_ARGUMENT;
    conn->code = foreign ? IDL_INTERNAL : code;
    conn->over = true;
    if (!conn->lost)
        conn->wire->goaway(conn, conn->seen_id < conn->last_id ? conn->seen_id : conn->last_id,
                           code, text);
}

void idl__conn_no_memory(idl__conn *conn)
{
    if (conn->over)
        return;
    idl__free(conn->reason);
    conn->reason = NULL;
    conn->code = IDL_RESOURCE_EXHAUSTED;
    conn->over = true;
}

void idl__conn_lost(idl__conn *conn, idl_code code, const char *reason)
{
    if (conn->lost || conn->over) {
        conn->lost = true;
        return;
    }
    conn->lost = true;
    if (reason == NULL || reason[0] == '\0')
        reason = "the peer closed the connection";
    if (conn->reason == NULL)
        idl__conn_set_reason(conn, idl_cstr(reason));
    conn->code = code;
}

void idl__conn_goaway(idl__conn *conn, bool final, idl_code code, const char *message)
{
    if (conn->over || conn->lost || conn->final || (!final && conn->announced))
        return;
    if (message == NULL)
        message = "";
    if (final) {
        conn->final = true;
        conn->last_id = conn->seen_id;
        conn->wire->goaway(conn, conn->last_id, code, message);
    } else {
        conn->announced = true;
        conn->wire->goaway(conn, UINT32_MAX, code, message);
        conn->wire->ping(conn, IDL__GOAWAY_PING);
    }
}

uint64_t idl__conn_heard(const idl__conn *conn)
{
    return conn->read_at;
}

bool idl__conn_ping(idl__conn *conn)
{
    bool answers = conn->role == IDL__CLIENT || (conn->peer_features & IDL__EVENT_DRIVEN) != 0;
    if (conn->over || conn->lost || conn->pinged || !answers)
        return false;
    uint64_t before = conn->out.queued;
    conn->wire->ping(conn, IDL__ALIVE_PING);
    conn->pinged = conn->out.queued != before;
    return conn->pinged;
}

/* ---- Input and events ---- */

uint8_t *idl__conn_space(idl__conn *conn, size_t *len)
{
    conn->reading = true;
    return idl__cut_space(&conn->cut, &conn->shared->input, len);
}

void idl__conn_received(idl__conn *conn, size_t len)
{
    conn->reading = false;
    if (conn->over)
        idl__cut_fini(&conn->cut);
    if (len == 0 || conn->over)
        return;
    if (idl__cut_pending(&conn->cut) == 0)
        conn->frame_at = conn->now;
    conn->read_at = conn->now;
    idl__cut_received(&conn->cut, len);
}

enum idl__read idl__conn_quiet(idl__conn *conn)
{
    if (!conn->lost && !idl__cut_settle(&conn->cut))
        idl__conn_no_memory(conn);
    return IDL__READ_ALL;
}

uint64_t idl__conn_midway(const idl__conn *conn, size_t *arrived)
{
    size_t pending = idl__cut_pending(&conn->cut);
    if (arrived != NULL)
        *arrived = pending;
    if (conn->over || (pending == 0 && conn->cut.dropping == 0))
        return 0;
    return conn->frame_at != 0 ? conn->frame_at : 1;
}

bool idl__conn_has_farewell(const idl__conn *conn)
{
    return conn->wire->farewell;
}

bool idl__conn_greeted(const idl__conn *conn)
{
    return conn->any_frame;
}

/* Messages and ends that one frame, or accepting a call, brought beside its own event. */
static IDL__NOINLINE bool tell_after(idl__conn *conn, idl__event *event)
{
    idl__stream *stream = conn->after;
    *event = (idl__event){ .stream = stream };
    if (conn->after_message) {
        conn->after_message = false;
        event->kind = IDL__MESSAGE;
    } else {
        conn->after_half = false;
        conn->after = NULL;
        if (conn->role == IDL__CLIENT)
            return idl__client_end(conn, stream, IDL_OK, idl_cstr(""), event);
        event->kind = IDL__HALF_CLOSED;
    }
    if (!conn->after_message && !conn->after_half)
        conn->after = NULL;
    return true;
}

static IDL__NOINLINE bool tell_writable(idl__conn *conn, idl__event *event)
{
    idl__stream *stream = conn->writable.first;
    idl__wait_remove(conn, stream);
    *event = (idl__event){ .kind = IDL__WRITABLE, .stream = stream };
    return true;
}

IDL_COLD static bool tell_overflow(idl__conn *conn, idl__event *event)
{
    idl__stream *stream = conn->first;
    while ((stream->flags & IDL__S_OVERFLOW) == 0)
        stream = stream->next;
    return idl__stream_break(conn, stream, IDL_RESOURCE_EXHAUSTED,
                             "its messages were not taken, and held up other calls", event);
}

/* The connection is over: streams end one by one, then it. */
IDL_COLD static bool tell_end(idl__conn *conn, idl__event *event)
{
    idl__stream *stream = conn->first;
    conn->over = true;
    if (!conn->reading) /* else a thread may be in recv, into memory of it */
        idl__cut_fini(&conn->cut);
    if (stream == NULL) {
        if (conn->closed)
            return false;
        conn->closed = true;
        *event = (idl__event){ .kind = IDL__CLOSED,
                               .code = conn->code,
                               .message = idl_cstr(idl__conn_reason(conn)) };
        return true;
    }
    if (conn->role == IDL__CLIENT)
        return idl__client_lost(conn, stream, conn->lost && conn->shown <= stream->begun, event);
    idl__stream_dead(conn, stream);
    *event = (idl__event){ .kind = IDL__CANCELLED,
                           .stream = stream,
                           .code = IDL_UNAVAILABLE,
                           .message = idl_cstr(idl__conn_reason(conn)) };
    return true;
}

bool idl__conn_next(idl__conn *conn, idl__event *event)
{
    enum idl__read read = IDL__READ_ON;
    while (!conn->over && read == IDL__READ_ON) {
        if (conn->after != NULL)
            return tell_after(conn, event);
        if (conn->last_id != UINT32_MAX && conn->role == IDL__CLIENT && conn->last != NULL &&
            conn->last->id > conn->last_id)
            return idl__client_lost(conn, conn->last, true, event);
        if (conn->writable.first != NULL)
            return tell_writable(conn, event);
        if (conn->overflows != 0)
            return tell_overflow(conn, event);
        read =
            idl__cut_is_empty(&conn->cut) ? idl__conn_quiet(conn) : conn->wire->read(conn, event);
        if (read == IDL__READ_EVENT)
            return true;
    }
    return (conn->over || conn->lost) && tell_end(conn, event);
}
