/* SPDX-License-Identifier: MIT */
/* conn_stream.c: the messages of streams, and the credit that bounds them.
 *
 * A DATA frame costs all its bytes. It may begin while there is credit and takes the whole cost,
 * so a message larger than the credit can be sent: the credit is then below zero for a while. The
 * receiver gives credit back as the application takes messages, in portions of half a window. */
#include "conn_impl.h"

#include <string.h>

#include <idl/frame.h>

#include "codec.h"

enum {
    COPY_MAX = 16 << 10, /* a message up to this is copied, so as not to hold the block it is in */
    STORE_MAX = 16 << 10 /* what small messages that arrive together are copied to */
};

struct idl__message {
    struct idl__message *next;
    idl__block *home; /* this struct is in it, and maybe others */
    idl__block *held; /* and the payload in this one */
    idl_bytes payload;
    uint32_t cost;
};

/* ---- Streams that wait to send ---- */

void idl__wait_add(idl__wait_list *list, idl__stream *stream)
{
    stream->wait_prev = list->last;
    stream->wait_next = NULL;
    *(list->last != NULL ? &list->last->wait_next : &list->first) = stream;
    list->last = stream;
}

void idl__wait_remove(idl__conn *conn, idl__stream *stream)
{
    if (stream->waits == IDL__W_NOT)
        return;
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

/* Queues a message, or the end of them, and pays for it. */
static idl_code send_data(idl__conn *conn, idl__stream *stream, const idl_message *type,
                          const void *item, bool last)
{
    uint64_t before = conn->out.queued;
    idl_code code = conn->wire->data(conn, stream, type, item, last);
    if (code != IDL_OK)
        return idl__too_large(code);
    int64_t cost = (int64_t)(conn->out.queued - before);
    stream->send_credit -= cost;
    stream->bytes_out += (uint64_t)cost;
    conn->send_credit -= cost;
    conn->sent_data += cost;
    idl__wait_remove(conn, stream);
    if (last)
        stream->flags |= IDL__S_SENT_LAST;
    return IDL_OK;
}

idl_code idl__conn_send(idl__conn *conn, idl__stream *stream, const idl_message *type,
                        const void *item, bool last)
{
    idl_code code = may_send(conn, stream);
    if (code != IDL_OK)
        return code;
    if (!has_credit(conn, stream) || idl__out_unsent(&conn->out) > IDL__UNSENT_HIGH) {
        idl__wait_remove(conn, stream);
        idl__wait_add(&conn->waiting, stream);
        stream->waits = IDL__W_CREDIT;
        return IDL_AGAIN;
    }
    return send_data(conn, stream, type, item, last && conn->role == IDL__CLIENT);
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
    return send_data(conn, stream, NULL, NULL, true);
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
    if (stream->due_credit < known_window(conn) / 2)
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

void idl__stream_not_full(idl__conn *conn, idl__stream *stream)
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

/* No more messages go into the block that the last ones are in. */
static void close_store(idl__stream *stream)
{
    if (stream->store != NULL)
        idl__block_release_many(stream->store, stream->store_refs);
    stream->store = NULL;
}

/* One that the messages which have arrived with this one may go into too. */
static bool open_store(const idl__conn *conn, idl__stream *stream, size_t size)
{
    size_t more = 4 * idl__cut_pending(&conn->cut);
    if (more > STORE_MAX)
        more = STORE_MAX;
    idl__block *block = idl__block_new(size > more ? size : more);
    if (block == NULL)
        return false;
    close_store(stream);
    stream->store = block;
    stream->store_used = 0;
    stream->store_refs = (uint32_t)(block->cap / sizeof(struct idl__message));
    idl__block_retain_many(block, stream->store_refs - 1);
    return true;
}

/* Memory for a message, and a reference to the block that it is in. */
static struct idl__message *new_message(const idl__conn *conn, idl__stream *stream, size_t len)
{
    size_t align = _Alignof(struct idl__message);
    size_t size = (sizeof(struct idl__message) + len + align - 1) & ~(align - 1);
    if ((stream->store == NULL || stream->store->cap - stream->store_used < size) &&
        !open_store(conn, stream, size))
        return NULL;
    struct idl__message *message = (void *)(stream->store->data + stream->store_used);
    stream->store_used += (uint32_t)size;
    stream->store_refs--;
    return message;
}

bool idl__stream_store(idl__conn *conn, idl__stream *stream, idl_bytes payload, uint32_t cost)
{
    bool copy = payload.len <= COPY_MAX;
    struct idl__message *message = new_message(conn, stream, copy ? payload.len : 0);
    if (message == NULL)
        return false;
    idl__block *home = stream->store;
    *message =
        (struct idl__message){ .home = home, .held = home, .payload = payload, .cost = cost };
    if (copy) {
        message->payload.data = (uint8_t *)(message + 1);
        if (payload.len != 0)
            memcpy(message + 1, payload.data, payload.len);
    } else {
        message->held = conn->cut.block;
        idl__block_retain(message->held);
    }
    if (stream->last != NULL)
        stream->last->next = message;
    else
        stream->first = message;
    stream->last = message;
    return true;
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
    uint32_t cost = (uint32_t)(IDL_FRAME_HEADER + IDL__HEAD + frame->body.len);
    idl__conn_return_credit(conn, cost);
    idl__stream *stream = idl__conn_find(conn, frame->id, "DATA");
    if (stream == NULL)
        return false;
    return idl__stream_take_data(conn, stream, frame, event);
}

bool idl__stream_take_data(idl__conn *conn, idl__stream *stream, const idl__frame *frame,
                           idl__event *event)
{
    uint32_t cost = (uint32_t)(IDL_FRAME_HEADER + IDL__HEAD + frame->body.len);
    idl_code code;
    const char *error = data_error(conn, stream, frame, &code);
    if (error != NULL)
        return idl__stream_break(conn, stream, code, error, event);
    stream->recv_credit -= cost;
    stream->bytes_in += cost;
    stream->flags |= IDL__S_GOT_FIRST;
    bool half = (conn->role == IDL__SERVER || conn->wire->data_ends) &&
                (frame->flags & IDL__F_REMOTE_CLOSED) != 0;
    bool message = (frame->flags & IDL__F_NO_DATA) == 0;
    if (!half && !message) {
        idl__conn_strike(conn, "DATA frames with nothing in them");
        return_credit(stream, cost);
        return false;
    }
    if (message && !idl__stream_store(conn, stream, frame->body, cost))
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

void idl__stream_data_run(idl__conn *conn, idl__stream *stream)
{
    for (idl_bytes bytes; idl__cut_peek(&conn->cut, &bytes) && bytes.len >= IDL__HEAD;) {
        idl__frame frame = idl__frame_of(bytes);
        uint32_t cost = (uint32_t)(IDL_FRAME_HEADER + bytes.len);
        if (frame.id != stream->id || frame.type != IDL__T_DATA || frame.flags != 0 ||
            stream->recv_credit <= 0 || frame.body.len > conn->limits.max_message ||
            !idl__stream_store(conn, stream, frame.body, cost))
            break;
        idl__cut_pass(&conn->cut, bytes);
        stream->recv_credit -= cost;
        stream->bytes_in += cost;
        idl__conn_return_credit(conn, cost);
    }
}

bool idl__message_take(struct idl__message **list, idl_bytes *payload, idl__block **block)
{
    struct idl__message *message = *list;
    if (message == NULL)
        return false;
    *list = message->next;
    *payload = message->payload;
    *block = message->held;
    if (message->home != message->held)
        idl__block_release(message->home);
    return true;
}

/* Takes messages off the stream until they cost as much as that, but one if there is one. */
static struct idl__message *take_off(idl__stream *stream, uint32_t enough)
{
    struct idl__message *first = stream->first, *last = first;
    if (first == NULL)
        return NULL;
    uint32_t cost = first->cost;
    for (; cost < enough && last->next != NULL; last = last->next)
        cost += last->next->cost;
    stream->first = last->next;
    last->next = NULL;
    if (stream->first == NULL) {
        stream->last = NULL;
        close_store(stream);
    }
    return_credit(stream, cost);
    return first;
}

struct idl__message *idl__conn_fetch(idl__stream *stream)
{
    return take_off(stream, stream->conn != NULL ? known_window(stream->conn) / 8 : 0);
}

bool idl__conn_take(idl__stream *stream, idl_bytes *payload, idl__block **block)
{
    struct idl__message *message = take_off(stream, 0);
    return idl__message_take(&message, payload, block);
}

void idl__stream_drop(idl__stream *stream)
{
    idl_bytes payload;
    idl__block *block;
    while (stream->first != NULL && idl__conn_take(stream, &payload, &block))
        idl__block_release(block);
}
