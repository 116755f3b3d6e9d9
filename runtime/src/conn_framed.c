/* SPDX-License-Identifier: MIT */
/* conn_framed.c: the framed wire: what is special in what it writes, and how it begins to read. */
#include "conn_impl.h"

#include <string.h>

#include <idl/frame.h>

#include "codec.h"

/* ---- Writing ---- */

/* A frame with a payload of at most 8 bytes. */
static void put_short(idl__conn *conn, uint32_t id, enum idl__type type, const void *payload,
                      size_t len)
{
    uint8_t frame[IDL_FRAME_HEADER + IDL__HEAD + IDL__PING_SIZE];
    idl_frame_header(frame, (uint32_t)(IDL__HEAD + len));
    idl_frame_header(frame + 4, id);
    frame[8] = (uint8_t)type;
    frame[9] = 0;
    if (len != 0)
        memcpy(frame + 10, payload, len);
    if (!idl__out_put(&conn->out, &conn->shared->pool, (idl_bytes){ frame, 10 + len }))
        idl__conn_no_memory(conn);
}

static void put_cancel(idl__conn *conn, uint32_t id)
{
    put_short(conn, id, IDL__T_CANCEL, NULL, 0);
}

static void put_credit(idl__conn *conn, uint32_t id, uint32_t n)
{
    uint8_t bytes[4];
    idl_frame_header(bytes, n);
    put_short(conn, id, IDL__T_CREDIT, bytes, sizeof bytes);
}

static void put_ping(idl__conn *conn, const void *bytes)
{
    put_short(conn, 0, IDL__T_PING, bytes, IDL__PING_SIZE);
}

void idl__framed_pong(idl__conn *conn, const void *bytes)
{
    put_short(conn, 0, IDL__T_PONG, bytes, IDL__PING_SIZE);
}

static void put_goaway(idl__conn *conn, uint32_t last, idl_code code, const char *message)
{
    idl__goaway goaway = { .last_stream = conn->role == IDL__SERVER ? last : 0,
                           .status = { .code = code,
                                       .message = { (const uint8_t *)message, strlen(message) } } };
    idl_writer *w = idl__conn_writer(conn);
    idl__put_goaway(w, &goaway);
    idl__put_frame(w, 0, 0, IDL__T_GOAWAY, 0);
    idl__conn_flush(conn, w);
}

void idl__framed_hello(idl__conn *conn)
{
    const idl__limits *l = &conn->limits;
    idl__hello hello = { .version = 1,
                         .max_message = (uint32_t)l->max_message,
                         .max_streams = conn->role == IDL__SERVER ? l->max_streams : 0,
                         .stream_credit = l->stream_credit,
                         .connection_credit = l->connection_credit,
                         .features = conn->role == IDL__CLIENT ? l->features : 0 };
    idl_writer *w = idl__conn_writer(conn);
    idl__put_hello(w, &hello);
    idl__put_frame(w, 0, 0, IDL__T_HELLO, 0);
    idl__conn_flush(conn, w);
    conn->said_hello = true;
}

/* ---- Reading ---- */

static bool has_something_to_say(const idl__limits *l)
{
    return l->max_message != IDL__MESSAGE_DEFAULT || l->stream_credit != IDL__CREDIT_START ||
           l->connection_credit != 0 || l->features != 0;
}

static void start(idl__conn *conn)
{
    size_t frame = conn->limits.max_message + idl__envelope_max(&conn->limits);
    size_t droppable = 4 * frame < IDL_FRAME_LIMIT_MAX ? 4 * frame : IDL_FRAME_LIMIT_MAX;
    idl__cut_init(&conn->cut, frame, droppable);
    conn->cut.spare = &conn->shared->spare;
    if (conn->role == IDL__CLIENT && has_something_to_say(&conn->limits))
        idl__framed_hello(conn);
}

/* A frame's bytes, one event at most. */
static enum idl__read read_frame(idl__conn *conn, idl__event *event)
{
    idl_bytes frame;
    enum idl__cut_result result = idl__cut_next(&conn->cut, IDL__HEAD, &frame);
    bool told = false;
    switch (result) {
    case IDL__CUT_NONE: return idl__conn_quiet(conn);
    case IDL__CUT_HOPELESS: idl__conn_hopeless(conn, frame); return IDL__READ_ON;
    case IDL__CUT_LONG:
        idl__cut_drop(&conn->cut);
        told = idl__conn_long(conn, frame, event);
        break;
    case IDL__CUT_FRAME: told = idl__conn_frame(conn, frame, event); break;
    }
    conn->any_frame = true;
    conn->frame_at = conn->read_at;
    return told ? IDL__READ_EVENT : IDL__READ_ON;
}

const idl__wire idl__framed = {
    .start = start,
    .read = read_frame,
    .request = idl__frames_request,
    .reply = idl__frames_reply,
    .data = idl__frames_data,
    .headers = idl__frames_headers,
    .error = idl__frames_error,
    .cancel = put_cancel,
    .credit = put_credit,
    .ping = put_ping,
    .goaway = put_goaway,
    .flow_control = true,
    .farewell = true,
    .undecodable = IDL_INVALID_ARGUMENT,
    .max_frame = IDL_FRAME_LIMIT_MAX,
    .flags = 0xff,
};
