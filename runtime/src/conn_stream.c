/* SPDX-License-Identifier: MIT */
/* conn_stream.c: the messages of streams, and the credit that bounds them.
 *
 * A DATA frame costs all its bytes. It may begin while there is credit and takes the whole cost,
 * so a message larger than the credit can be sent: the credit is then below zero for a while. The
 * receiver gives credit back as the application takes messages, in portions of half a window. */
#include "conn_impl.h"

#include <string.h>

#include "codec.h"

enum {
    COPY_MAX = 16 << 10, /* frames up to this are copied, so as not to hold the block they are in */
    STORE_MAX = 16 << 10 /* what small messages that arrive together are copied to */
};

/* ---- Streams that wait to send ---- */

void idl__wait_add(idl__wait_list *list, idl__stream *stream)
{
    stream->wait_prev = list->last;
    stream->wait_next = NULL;
    *(list->last != NULL ? &list->last->wait_next : &list->first) = stream;
    list->last = stream;
}

void idl__wait_unlink(idl__conn *conn, idl__stream *stream)
{
    idl__wait_list *list = stream->waits == IDL__W_TOLD ? &conn->writable : &conn->waiting;
    *(stream->wait_prev != NULL ? &stream->wait_prev->wait_next : &list->first) = stream->wait_next;
    *(stream->wait_next != NULL ? &stream->wait_next->wait_prev : &list->last) = stream->wait_prev;
    stream->wait_prev = stream->wait_next = NULL;
    stream->waits = IDL__W_NOT;
}

static bool has_credit(const idl__conn *conn, const idl__stream *stream)
{
    return stream->send_credit > 0 && conn->send_credit > 0;
}

static void tell(idl__conn *conn, idl__stream *stream)
{
    idl__wait_remove(conn, stream);
    idl__wait_add(&conn->writable, stream);
    stream->waits = IDL__W_TOLD;
}

void idl__conn_unblock(idl__conn *conn)
{
    if (conn->send_credit <= 0 || idl__out_unsent(&conn->out) > IDL__UNSENT_LOW)
        return;
    for (idl__stream *s = conn->waiting.first, *next; s != NULL; s = next) {
        next = s->wait_next;
        if (s->send_credit > 0)
            tell(conn, s);
    }
}

/* ---- Sending ---- */

static idl_code may_send(const idl__conn *conn, const idl__stream *stream)
{
    if (!idl__stream_is_on(conn, stream) || conn->over || conn->lost)
        return IDL_UNAVAILABLE;
    if (stream->state == IDL__S_DEAD)
        return IDL_CANCELLED;
    if ((stream->flags & IDL__S_SENT_LAST) != 0)
        return IDL_FAILED_PRECONDITION;
    return IDL_OK;
}

IDL_COLD static idl_code wait_for_room(idl__conn *conn, idl__stream *stream)
{
    idl__wait_remove(conn, stream);
    idl__wait_add(&conn->waiting, stream);
    stream->waits = IDL__W_CREDIT;
    return IDL_AGAIN;
}

idl_code idl__conn_send(idl__conn *conn, idl__stream *stream, const idl_message *type,
                        const void *item, bool last)
{
    idl_code code = may_send(conn, stream);
    if (IDL_UNLIKELY(code != IDL_OK))
        return code;
    if (!has_credit(conn, stream) || idl__out_unsent(&conn->out) > IDL__UNSENT_HIGH)
        return wait_for_room(conn, stream);
    return conn->wire->data(conn, stream, type, item, last && conn->role == IDL__CLIENT);
}

idl_code idl__conn_send_headers(idl__conn *conn, idl__stream *stream, const idl__pairs *initial)
{
    if (!idl__stream_is_on(conn, stream) || conn->over || conn->lost)
        return IDL_UNAVAILABLE;
    if (stream->state == IDL__S_DEAD)
        return IDL_CANCELLED;
    if ((stream->kind & (IDL_STREAM_IN | IDL_STREAM_OUT)) == 0)
        return IDL_FAILED_PRECONDITION;
    if (initial->size > conn->limits.max_metadata)
        return IDL_RESOURCE_EXHAUSTED;
    if (conn->wire->headers == NULL)
        return IDL_OK;
    return idl__too_large(conn->wire->headers(conn, stream->id, initial));
}

idl_code idl__conn_close_send(idl__conn *conn, idl__stream *stream)
{
    idl_code code = may_send(conn, stream);
    if (code != IDL_OK)
        return code;
    return conn->wire->data(conn, stream, NULL, NULL, true);
}

/* ---- Credit ---- */

void idl__conn_return_credit(idl__conn *conn, uint32_t cost)
{
    if (conn->limits.connection_credit == 0)
        return;
    conn->due_credit += cost;
    if (conn->due_credit < conn->limits.connection_credit / 2 || conn->over || conn->lost)
        return;
    conn->wire->credit(conn, 0, conn->due_credit);
    conn->due_credit = 0;
}

/* What the peer may take a stream's window to be: a server's own only when HELLO has told it. */
static uint32_t known_window(const idl__conn *conn)
{
    uint32_t own = conn->limits.stream_credit;
    return conn->said_hello || own < IDL__CREDIT_START ? own : IDL__CREDIT_START;
}

/* The application has taken cost bytes. */
static void return_credit(idl__stream *stream, uint32_t cost)
{
    idl__conn *conn = stream->conn;
    if (conn == NULL || stream->state != IDL__S_LIVE || (stream->flags & IDL__S_GOT_LAST) != 0 ||
        conn->over || conn->lost)
        return;
    if (!conn->wire->flow_control) {
        stream->recv_credit += cost;
        if (stream->recv_credit > 0)
            idl__stream_not_full(conn, stream);
        return;
    }
    stream->due_credit += cost;
    if (stream->due_credit == 0 || stream->due_credit < known_window(conn) / 2)
        return;
    conn->wire->credit(conn, stream->id, stream->due_credit);
    stream->recv_credit += stream->due_credit;
    stream->due_credit = 0;
}

void idl__conn_credit(idl__conn *conn, const idl__frame *frame)
{
    uint32_t n = idl__get_be32(frame->body.data);
    idl__stream *stream = NULL;
    if (frame->id != 0) {
        stream = idl__conn_find(conn, frame->id, "CREDIT");
        if (stream == NULL)
            return;
    }
    if (n == 0) {
        idl__conn_strike(conn, "CREDITs of nothing");
        return;
    }
    int64_t *credit = stream != NULL ? &stream->send_credit : &conn->send_credit;
    if (stream == NULL && conn->send_credit > IDL__CREDIT_MAX)
        return; /* unlimited */
    if (*credit + n > IDL__CREDIT_MAX) {
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "more CREDIT than there can be");
        return;
    }
    *credit += n;
    if (stream == NULL)
        idl__conn_unblock(conn);
    else if (stream->waits == IDL__W_CREDIT && has_credit(conn, stream) &&
             idl__out_unsent(&conn->out) <= IDL__UNSENT_HIGH)
        tell(conn, stream);
}

/* ---- Without credit ---- */

/* There is nothing to tell the peer with but to stop reading. */
static void set_full(idl__conn *conn, idl__stream *stream)
{
    if (conn->wire->flow_control || (stream->flags & IDL__S_FULL) != 0)
        return;
    stream->flags |= IDL__S_FULL;
    conn->full++;
}

void idl__stream_unfill(idl__conn *conn, idl__stream *stream)
{
    if ((stream->flags & IDL__S_FULL) != 0)
        conn->full--;
    if ((stream->flags & IDL__S_OVERFLOW) != 0)
        conn->overflows--;
    stream->flags &= (uint8_t) ~(unsigned)(IDL__S_FULL | IDL__S_OVERFLOW);
}

bool idl__conn_blocked(const idl__conn *conn)
{
    return conn->full != 0 && !conn->over && !conn->lost;
}

void idl__conn_overflow(idl__conn *conn)
{
    for (idl__stream *stream = conn->first; stream != NULL; stream = stream->next) {
        if ((stream->flags & (IDL__S_FULL | IDL__S_OVERFLOW)) != IDL__S_FULL)
            continue;
        stream->flags |= IDL__S_OVERFLOW;
        conn->overflows++;
    }
}

/* ---- Receiving ---- */

bool idl__stream_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event)
{
    return conn->role == IDL__CLIENT ? idl__client_break(conn, stream, code, message, event)
                                     : idl__server_break(conn, stream, code, message, event);
}

/* What of a stream's messages is handed out together, at most. */
static uint32_t share(const idl__conn *conn)
{
    return known_window(conn) / 8;
}

static void add_run(idl__stream *stream, idl__run *run)
{
    *(stream->last != NULL ? &stream->last->next : &stream->first) = run;
    stream->last = run;
}

/* Stores whole frames, the last that were read. False: no memory. */
static bool store(idl__conn *conn, idl__stream *stream, idl_bytes frames)
{
    uint32_t counted = (uint32_t)(IDL__HEAD - conn->wire->uncounted);
    idl__run *run = stream->last;
    if (run == NULL || run->cost >= share(conn) || !idl__run_append(run, frames)) {
        size_t more = 4 * idl__cut_pending(&conn->cut); /* some may be of this stream */
        run = frames.len > COPY_MAX
                  ? idl__run_view(frames, conn->cut.block, counted)
                  : idl__run_copy(frames, more < STORE_MAX ? more : STORE_MAX, counted);
        if (run == NULL)
            return false;
        add_run(stream, run);
    }
    run->cost += (uint32_t)frames.len;
    return true;
}

bool idl__stream_store_first(idl__conn *conn, idl__stream *stream, idl_bytes payload)
{
    idl__run *run = idl__run_of(payload, (uint32_t)(IDL__HEAD - conn->wire->uncounted));
    if (run != NULL)
        add_run(stream, run);
    return run != NULL;
}

/* Why a DATA frame can't be taken; NULL: it can. */
static const char *data_error(const idl__conn *conn, const idl__stream *stream,
                              const idl__frame *frame, idl_code *code)
{
    bool client = conn->role == IDL__CLIENT;
    *code = client ? IDL_INTERNAL : IDL_INVALID_ARGUMENT;
    if ((stream->kind & (client ? IDL_STREAM_OUT : IDL_STREAM_IN)) == 0)
        return client ? "DATA for a call without a stream from the server"
                      : "DATA for a call without a stream from the client";
    if (!client && (stream->flags & IDL__S_GOT_LAST) != 0)
        return "DATA after the last message";
    *code = IDL_RESOURCE_EXHAUSTED;
    /* An end without a message waits for no credit: it comes behind a last message that took it. */
    if (stream->recv_credit <= 0 && conn->wire->flow_control &&
        (frame->flags & IDL__F_NO_DATA) == 0)
        return "DATA without credit";
    if (frame->body.len > conn->limits.max_message)
        return "the message is larger than the receiver's limit";
    return NULL;
}

bool idl__stream_data(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    idl__conn_return_credit(conn, (uint32_t)(IDL__FRAME_HEAD + frame->body.len));
    idl__stream *stream = idl__conn_find(conn, frame->id, "DATA");
    if (stream == NULL)
        return false;
    return idl__stream_take_data(conn, stream, frame, event);
}

/* Bytes of the frames that have arrived behind a message and are messages of that stream too, of
 * which nothing else is to be said; credit: what they may cost. Stream, type and flags are compared as
 * one number. */
static size_t more_of(const idl__conn *conn, const idl__stream *stream, const uint8_t *frame,
                      int64_t credit)
{
    const uint8_t *begin = frame;
    const size_t most = conn->limits.max_message;
    const uint8_t wanted[IDL__HEAD] = { (uint8_t)(stream->id >> 24), (uint8_t)(stream->id >> 16),
                                        (uint8_t)(stream->id >> 8), (uint8_t)stream->id,
                                        IDL__T_DATA };
    size_t have = idl__cut_pending(&conn->cut);
    while (have >= IDL__FRAME_HEAD && credit > 0) {
        size_t len = idl__get_be32(frame), size = IDL_FRAME_HEADER + len;
        if (memcmp(frame + IDL_FRAME_HEADER, wanted, IDL__HEAD) != 0 || len - IDL__HEAD > most ||
            size > have)
            break;
        frame += size;
        have -= size;
        credit -= (int64_t)size;
    }
    return (size_t)(frame - begin);
}

/* Stores a message and those behind it. False: no memory. */
static bool take_messages(idl__conn *conn, idl__stream *stream, const idl__frame *frame, bool last)
{
    idl_bytes frames = { frame->body.data - IDL__FRAME_HEAD, IDL__FRAME_HEAD + frame->body.len };
    if (!last && conn->wire->flow_control) {
        int64_t most = share(conn);
        int64_t credit = stream->recv_credit < most ? stream->recv_credit : most;
        size_t more = more_of(conn, stream, frames.data + frames.len, credit - (int64_t)frames.len);
        idl__cut_pass(&conn->cut, more);
        idl__conn_return_credit(conn, (uint32_t)more);
        frames.len += more;
    }
    stream->recv_credit -= (int64_t)frames.len;
    stream->bytes_in += frames.len;
    return store(conn, stream, frames);
}

bool idl__stream_take_data(idl__conn *conn, idl__stream *stream, const idl__frame *frame,
                           idl__event *event)
{
    uint32_t cost = (uint32_t)(IDL__FRAME_HEAD + frame->body.len);
    idl_code code;
    const char *error = data_error(conn, stream, frame, &code);
    if (error != NULL)
        return idl__stream_break(conn, stream, code, error, event);
    stream->flags |= IDL__S_GOT_FIRST;
    bool half = (conn->role == IDL__SERVER || conn->wire->data_ends) &&
                (frame->flags & IDL__F_REMOTE_CLOSED) != 0;
    bool message = (frame->flags & IDL__F_NO_DATA) == 0;
    if (!message) {
        stream->recv_credit -= cost;
        stream->bytes_in += cost;
    }
    if (!half && !message) {
        idl__conn_strike(conn, "DATA frames with nothing in them");
        return_credit(stream, cost);
        return false;
    }
    if (message && !take_messages(conn, stream, frame, half))
        return idl__stream_break(conn, stream, IDL_RESOURCE_EXHAUSTED, "no memory", event);
    if (half) {
        stream->flags |= IDL__S_GOT_LAST;
        conn->after = stream;
        conn->after_half = true;
        conn->after_message = false;
        idl__stream_not_full(conn, stream);
    } else if (stream->recv_credit <= 0) {
        set_full(conn, stream);
    }
    if (!message)
        return false; /* the end comes next */
    *event = (idl__event){ .kind = IDL__MESSAGE, .stream = stream };
    return true;
}

/* ---- Taking ---- */

/* Takes runs off the stream that cost as much as that together, but one if there is one. */
static idl__run *take_off(idl__stream *stream, uint32_t enough)
{
    idl__run *first = stream->first, *last = first;
    if (first == NULL)
        return NULL;
    uint32_t cost = first->cost;
    for (; last->next != NULL && last->next->cost + cost <= enough; last = last->next)
        cost += last->next->cost;
    stream->first = last->next;
    last->next = NULL;
    if (stream->first == NULL)
        stream->last = NULL;
    return_credit(stream, cost);
    return first;
}

idl__run *idl__conn_fetch(idl__stream *stream)
{
    return take_off(stream, stream->conn != NULL ? share(stream->conn) : 0);
}

bool idl__conn_take(idl__stream *stream, idl_bytes *payload, idl__block **block)
{
    idl__run *run = stream->first;
    if (run == NULL)
        return false;
    idl__run_next(run, payload);
    *block = run->block;
    idl__block_retain(*block);
    uint32_t cost = run->cost != 0 ? (uint32_t)(IDL__FRAME_HEAD + payload->len) : 0;
    run->cost -= cost;
    if (run->at == run->end)
        idl__run_free(take_off(stream, 0));
    return_credit(stream, cost);
    return true;
}

void idl__stream_drop(idl__stream *stream)
{
    if (stream->first == NULL)
        return;
    idl__run *all = take_off(stream, UINT32_MAX);
    idl__runs_free(&all);
}
