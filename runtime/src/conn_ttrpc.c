/* SPDX-License-Identifier: MIT */
/* conn_ttrpc.c: containerd's ttrpc: the same calls with three types of frames, whose length does not
 * count stream id, type and flags.
 *
 * It has no cancel, no credit and no goodbye, so nothing is written for those: late replies are
 * dropped, a receiver that has enough stops reading, and the connection just ends. What a peer does
 * wrong costs it the call, hardly ever the connection: the answers are those of Go's server. */
#include "conn_impl.h"

#include <idl/frame.h>

#include "codec.h"

enum {
    DATA_MAX = 4 << 20, /* of one frame, the envelope included */
    FRAME_MAX = DATA_MAX + IDL__HEAD,
    FLAGS = IDL__F_REMOTE_CLOSED | IDL__F_REMOTE_OPEN | IDL__F_NO_DATA
};

/* ---- Writing ---- */

/* A stream from the server ends with its last DATA, everything else with a RESPONSE. */
static idl_code put_reply(idl__conn *conn, idl__stream *stream, const idl_message *type,
                          const void *reply)
{
    if ((stream->kind & IDL_STREAM_OUT) != 0)
        return idl__frames_data(conn, stream, NULL, NULL, true);
    return idl__frames_reply(conn, stream, type, reply);
}

static void no_cancel(idl__conn *conn, uint32_t id)
{
    (void)conn, (void)id;
}

static void no_credit(idl__conn *conn, uint32_t id, uint32_t n)
{
    (void)conn, (void)id, (void)n;
}

static void no_ping(idl__conn *conn, const void *bytes)
{
    (void)conn, (void)bytes;
}

static void no_goaway(idl__conn *conn, uint32_t last, idl_code code, const char *message)
{
    (void)conn, (void)last, (void)code, (void)message;
}

/* ---- What a server reads ---- */

static bool refuse(idl__conn *conn, uint32_t id, idl_code code, const char *text)
{
    if (!conn->over)
        conn->wire->error(conn, id, code, idl_cstr(text), false, NULL);
    return false;
}

static bool is_text(idl_bytes bytes)
{
    return bytes.len == 0 || idl__utf8_valid(bytes.data, bytes.len);
}

static bool on_request(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    idl__request request;
    if (frame->id <= conn->seen_id)
        return refuse(conn, frame->id, IDL_INVALID_ARGUMENT,
                      "stream ids rise, and none is used twice");
    conn->seen_id = frame->id;
    if (!idl__parse_request(frame->body, &request) || !is_text(request.service) ||
        !is_text(request.method))
        return refuse(conn, frame->id, IDL_INVALID_ARGUMENT, "the request can't be parsed");
    if (frame->id > conn->last_id)
        return refuse(conn, frame->id, IDL_UNAVAILABLE, "the server is going away");
    return idl__server_offer(conn, frame, &request, event);
}

/* Of other types nothing is known, not even whether an answer is wanted. */
static bool server_frame(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    if ((frame->id & 1) == 0)
        return refuse(conn, frame->id, IDL_INVALID_ARGUMENT, "the stream ids of clients are odd");
    if (frame->type == IDL__T_REQUEST)
        return on_request(conn, frame, event);
    if (frame->type != IDL__T_DATA)
        return false;
    idl__stream *stream = idl__table_find(&conn->table, frame->id);
    if (stream == NULL || stream->state != IDL__S_LIVE)
        return refuse(conn, frame->id, IDL_INVALID_ARGUMENT, "the stream is not open");
    return idl__stream_take_data(conn, stream, frame, event);
}

static bool server_long(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    static const char text[] = "the message is larger than the receiver's limit";
    idl__stream *stream = idl__table_find(&conn->table, frame->id);
    if (frame->type == IDL__T_DATA && stream != NULL && stream->state == IDL__S_LIVE)
        return idl__stream_break(conn, stream, IDL_RESOURCE_EXHAUSTED, text, event);
    return refuse(conn, frame->id, IDL_RESOURCE_EXHAUSTED, text);
}

/* ---- What a client reads ---- */

static bool client_frame(idl__conn *conn, const idl__frame *frame, bool is_long, idl__event *event)
{
    idl__stream *stream = idl__table_find(&conn->table, frame->id);
    idl__response response;
    if (stream == NULL)
        return false; /* a reply that comes late, or to nothing */
    if (is_long)
        return idl__client_end(conn, stream, IDL_RESOURCE_EXHAUSTED,
                               idl_cstr("the message is larger than the receiver's limit"), event);
    if (frame->type == IDL__T_DATA)
        return idl__stream_take_data(conn, stream, frame, event);
    if (frame->type != IDL__T_RESPONSE)
        return idl__client_end(conn, stream, IDL_INTERNAL,
                               idl_cstr("the server has sent a frame that is not for clients"),
                               event);
    if (!idl__parse_response(frame->body, &response))
        return idl__client_end(conn, stream, IDL_INTERNAL, idl_cstr("the response can't be parsed"),
                               event);
    return idl__client_reply(conn, stream, frame, &response, event);
}

/* ---- Reading ---- */

static void start(idl__conn *conn)
{
    idl__cut_init(&conn->cut, FRAME_MAX, IDL_FRAME_LIMIT_MAX);
    conn->cut.spare = &conn->shared->spare;
    conn->cut.uncounted = IDL__HEAD;
    conn->stream_credit = IDL__UNLIMITED;
}

static enum idl__read read_frame(idl__conn *conn, idl__event *event)
{
    idl_bytes bytes;
    enum idl__cut_result result = idl__cut_next(&conn->cut, IDL__HEAD, &bytes);
    if (result == IDL__CUT_NONE)
        return idl__conn_quiet(conn);
    if (result == IDL__CUT_HOPELESS) {
        idl__conn_hopeless(conn, bytes);
        return IDL__READ_ON;
    }
    idl__frame frame = idl__frame_of(bytes);
    frame.flags &= FLAGS;
    bool is_long = result == IDL__CUT_LONG, told;
    if (is_long)
        idl__cut_drop(&conn->cut);
    if (conn->role == IDL__CLIENT)
        told = client_frame(conn, &frame, is_long, event);
    else
        told = is_long ? server_long(conn, &frame, event) : server_frame(conn, &frame, event);
    conn->any_frame = true;
    conn->frame_at = conn->read_at;
    return told ? IDL__READ_EVENT : IDL__READ_ON;
}

const idl__wire idl__ttrpc = {
    .start = start,
    .read = read_frame,
    .request = idl__frames_request,
    .reply = put_reply,
    .data = idl__frames_data,
    .error = idl__frames_error,
    .cancel = no_cancel,
    .credit = no_credit,
    .ping = no_ping,
    .goaway = no_goaway,
    .data_ends = true,
    .undecodable = IDL_INTERNAL,
    .uncounted = IDL__HEAD,
    .max_frame = FRAME_MAX,
    .flags = FLAGS,
};
