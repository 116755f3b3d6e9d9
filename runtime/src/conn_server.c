/* SPDX-License-Identifier: MIT */
/* conn_server.c: how calls begin and end at the server. */
#include "conn_impl.h"

#include <idl/frame.h>

#include "codec.h"

/* ---- Beginning ---- */

bool idl__server_check_id(idl__conn *conn, uint32_t id)
{
    if ((id & 1) == 0)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "REQUEST with stream id %u, which is not odd",
                       (unsigned)id);
    else if (id <= conn->seen_id)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "REQUEST with stream id %u, not above %u",
                       (unsigned)id, (unsigned)conn->seen_id);
    else
        return conn->seen_id = id, true;
    return false;
}

/* When a request's time is over; 0: never. It counts from when its first byte was read. */
static uint64_t deadline_of(const idl__conn *conn, int64_t timeout_nano)
{
    if (timeout_nano == 0)
        return 0;
    return timeout_nano > 0 ? conn->frame_at + (uint64_t)timeout_nano : 1;
}

static uint64_t time_left(const idl__conn *conn, uint64_t deadline)
{
    if (deadline == 0)
        return 0;
    return deadline > conn->now ? deadline - conn->now : 1;
}

static idl_str as_text(idl_bytes bytes)
{
    return bytes.len != 0 ? (idl_str){ (const char *)bytes.data, bytes.len } : (idl_str)IDL_STR("");
}

/* The connection's own reasons not to take a request. */
static bool taken(idl__conn *conn, const idl__frame *frame, const idl__request *request)
{
    bool oneway = (frame->flags & IDL__F_ONEWAY) != 0;
    if (request->payload.len > conn->limits.max_message) {
        idl__server_answer(conn, frame->id, oneway, IDL_RESOURCE_EXHAUSTED,
                           idl_cstr("the message is larger than the receiver's limit"), false);
        return false;
    }
    if (request->metadata > conn->limits.max_metadata) {
        idl_str why = idl__conn_text(conn, "the request's metadata is larger than the limit of %zu",
                                     conn->limits.max_metadata);
        idl__server_answer(conn, frame->id, oneway, IDL_RESOURCE_EXHAUSTED, why, false);
        return false;
    }
    if (conn->table.count >= conn->limits.max_streams) {
        idl_str why = idl__conn_text(conn, "more than %u calls on one connection",
                                     (unsigned)conn->limits.max_streams);
        idl__server_answer(conn, frame->id, oneway, IDL_RESOURCE_EXHAUSTED, why, true);
        return false;
    }
    if (!idl__table_reserve(&conn->table)) {
        idl__server_answer(conn, frame->id, oneway, IDL_RESOURCE_EXHAUSTED, idl_cstr("no memory"),
                           true);
        return false;
    }
    return true;
}

bool idl__server_request(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    if (!idl__server_check_id(conn, frame->id) || frame->id > conn->last_id)
        return false;
    if (conn->cancels < UINT32_MAX)
        conn->cancels++;
    idl__request request;
    if (!idl__parse_request(frame->body, &request)) {
        if (idl__looks_like_ttrpc(frame->body, idl__cut_pending(&conn->cut)))
            idl__conn_fail(conn, IDL_INVALID_ARGUMENT,
                           "this looks like ttrpc: its lengths are 6 bytes short");
        else
            idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "REQUEST: can't be parsed");
        return false;
    }
    return idl__server_offer(conn, frame, &request, event);
}

bool idl__server_offer(idl__conn *conn, const idl__frame *frame, const idl__request *request,
                       idl__event *event)
{
    if (!taken(conn, frame, request))
        return false;
    uint64_t deadline = deadline_of(conn, request->timeout_nano);
    *event = (idl__event){ .kind = IDL__REQUEST,
                           .id = frame->id,
                           .flags = frame->flags,
                           .size = IDL_FRAME_HEADER + IDL__HEAD + frame->body.len,
                           .service = as_text(request->service),
                           .method = as_text(request->method),
                           .timeout_ns = time_left(conn, deadline),
                           .deadline = deadline,
                           .payload = request->payload,
                           .block = conn->cut.block };
    if (request->metadata != 0)
        event->metadata = frame->body;
    return true;
}

void idl__conn_accept(idl__conn *conn, idl__stream *stream, const idl__event *request,
                      uint32_t kind)
{
    kind &= IDL_STREAM_IN | IDL_STREAM_OUT;
    if ((request->flags & IDL__F_ONEWAY) != 0)
        kind |= IDL_ONEWAY;
    idl__stream_on(conn, stream, request->id, kind);
    stream->bytes_in = request->size;
    if ((kind & IDL_STREAM_OUT) == 0)
        stream->flags |= IDL__S_SENT_LAST;
    if ((kind & IDL_STREAM_IN) == 0) {
        stream->flags |= IDL__S_GOT_LAST;
        return;
    }
    /* A client that has its first message already may send it along. */
    if (request->payload.len != 0 && (request->flags & IDL__F_NO_DATA) == 0) {
        if (!idl__stream_store_first(conn, stream, request->payload)) {
            idl__conn_no_memory(conn);
            return;
        }
        conn->after = stream;
        conn->after_message = true;
    }
    if ((request->flags & IDL__F_REMOTE_CLOSED) != 0) {
        stream->flags |= IDL__S_GOT_LAST;
        conn->after = stream;
        conn->after_half = true;
    }
}

idl_code idl__conn_undecodable(const idl__conn *conn)
{
    return conn->wire->undecodable;
}

/* ---- Ends ---- */

void idl__server_answer(idl__conn *conn, uint32_t id, bool oneway, idl_code code, idl_str message,
                        bool never_started)
{
    if (!oneway && !conn->over)
        conn->wire->error(conn, id, code, message, never_started, NULL);
}

void idl__conn_refuse(idl__conn *conn, const idl__event *request, idl_code code, idl_str message,
                      bool never_started)
{
    idl__server_answer(conn, request->id, (request->flags & IDL__F_ONEWAY) != 0, code, message,
                       never_started);
}

void idl__conn_abort(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message)
{
    if (!idl__stream_is_on(conn, stream) || stream->state != IDL__S_LIVE)
        return;
    idl__server_answer(conn, stream->id, (stream->kind & IDL_ONEWAY) != 0, code, message, false);
    idl__stream_dead(conn, stream);
}

bool idl__server_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event)
{
    idl__conn_abort(conn, stream, code, idl_cstr(message));
    *event = (idl__event){
        .kind = IDL__CANCELLED, .stream = stream, .code = code, .message = idl_cstr(message)
    };
    return true;
}

bool idl__server_cancel(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    /* One for each call is fair, however late: its reply may have crossed it. */
    if (conn->cancels != 0)
        conn->cancels--;
    else if (!idl__conn_strike(conn, "CANCELs"))
        return false;
    idl__stream *stream = idl__conn_find(conn, frame->id, "CANCEL");
    if (stream == NULL)
        return false;
    idl__stream_dead(conn, stream);
    *event = (idl__event){ .kind = IDL__CANCELLED,
                           .stream = stream,
                           .code = IDL_CANCELLED,
                           .message = idl_cstr("the client has cancelled the call") };
    return true;
}

/* The reply, or what has to be said instead. */
static idl_code send_reply(idl__conn *conn, idl__stream *stream, const idl_message *type,
                           const void *reply)
{
    const char *message = "no memory for the reply";
    bool full = idl__conn_unsent(conn) > conn->limits.max_unsent;
    idl_code code = full ? IDL_RESOURCE_EXHAUSTED : conn->wire->reply(conn, stream, type, reply);
    if (code == IDL_OK)
        return IDL_OK;
    if (full) {
        message = "too many replies wait to be read";
    } else if (code == IDL_INVALID_ARGUMENT) {
        code = IDL_INTERNAL; /* the request was fine */
        message = "the reply can't be encoded: text that is not UTF-8, or too deep";
    } else if (code == IDL_OUT_OF_RANGE) {
        code = IDL_RESOURCE_EXHAUSTED;
        message = "the reply is larger than the limit";
    }
    conn->wire->error(conn, stream->id, code, idl_cstr(message), false, stream->metadata);
    return code;
}

/* Too much of it, and the call fails without any. */
static void check_metadata(idl__conn *conn, idl__stream *stream, idl_code *code, idl_str *message)
{
    size_t limit = conn->limits.max_metadata;
    if (stream->metadata->lists[IDL_META_INITIAL].size <= limit &&
        idl__meta_trailing_size(stream->metadata) <= limit)
        return;
    *code = IDL_RESOURCE_EXHAUSTED;
    *message = idl__conn_text(conn, "the reply's metadata is larger than the limit of %zu", limit);
    stream->metadata = NULL;
}

idl_code idl__conn_respond(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message,
                           const idl_message *type, const void *reply)
{
    if (!idl__stream_is_on(conn, stream))
        return IDL_UNAVAILABLE;
    if (stream->state == IDL__S_DEAD) {
        idl__conn_release(conn, stream);
        return IDL_CANCELLED;
    }
    if (stream->metadata != NULL)
        check_metadata(conn, stream, &code, &message);
    const uint64_t before = stream->bytes_out - conn->out.queued;
    if ((stream->kind & IDL_ONEWAY) == 0 && !conn->over) {
        if (code == IDL_OK)
            code = send_reply(conn, stream, type, reply);
        else
            conn->wire->error(conn, stream->id, code, message, false, stream->metadata);
    }
    stream->bytes_out = before + conn->out.queued; /* a wire whose reply is DATA has counted it */
    idl__stream_off(conn, stream);
    return code;
}

void idl__conn_release(idl__conn *conn, idl__stream *stream)
{
    if (idl__stream_is_on(conn, stream))
        idl__stream_off(conn, stream);
}
