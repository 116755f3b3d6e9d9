/* SPDX-License-Identifier: MIT */
/* conn_client.c: how calls begin and end at the client. */
#include "conn_impl.h"

#include <idl/frame.h>

#include "codec.h"

/* ---- Beginning ---- */

static idl_code may_open(idl__conn *conn, bool oneway)
{
    if (conn->over || conn->lost || conn->goaway || conn->next_id > UINT32_MAX)
        return IDL_UNAVAILABLE;
    if (oneway)
        return IDL_OK;
    if (conn->table.count >= conn->peer_max_streams || !idl__table_reserve(&conn->table))
        return IDL_RESOURCE_EXHAUSTED;
    return IDL_OK;
}

idl_bytes idl__conn_request(const idl__conn *conn)
{
    return conn->request;
}

idl_code idl__conn_open(idl__conn *conn, idl__stream *stream, const idl__open *open)
{
    const idl_method *method = open->method;
    bool oneway = (method->kind & IDL_ONEWAY) != 0;
    idl_code code = may_open(conn, oneway);
    if (code != IDL_OK)
        return code;
    if (open->metadata != NULL && open->metadata->size > conn->limits.max_metadata)
        return IDL_RESOURCE_EXHAUSTED;
    uint32_t id = (uint32_t)conn->next_id;
    uint64_t begun = conn->out.queued;
    code = conn->wire->request(conn, id, open);
    if (code != IDL_OK)
        return idl__too_large(code);
    conn->next_id += 2;
    if (!oneway) {
        idl__stream_on(conn, stream, id, method->kind);
        stream->begun = begun;
        if ((method->kind & IDL_STREAM_IN) == 0)
            stream->flags |= IDL__S_SENT_LAST;
    }
    stream->bytes_out = conn->out.queued - begun;
    return IDL_OK;
}

/* ---- Ends ---- */

bool idl__client_end(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message,
                     idl__event *event)
{
    idl__stream_off(conn, stream);
    *event = (idl__event){ .kind = IDL__ENDED, .stream = stream, .code = code, .message = message };
    return true;
}

void idl__conn_cancel(idl__conn *conn, idl__stream *stream)
{
    if (!idl__stream_is_on(conn, stream))
        return;
    if (!conn->over && !conn->lost)
        conn->wire->cancel(conn, stream->id);
    idl__stream_off(conn, stream);
}

bool idl__client_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event)
{
    if (!conn->over && !conn->lost)
        conn->wire->cancel(conn, stream->id);
    return idl__client_end(conn, stream, code, idl_cstr(message), event);
}

bool idl__client_lost(idl__conn *conn, idl__stream *stream, bool never_started, idl__event *event)
{
    /* A rule that was broken here is no reason to try again; a connection that went away is. */
    idl_code code = conn->over && !conn->lost ? conn->code : IDL_UNAVAILABLE;
    const char *why = idl__conn_reason(conn);
    if (why[0] == '\0')
        why = "the server is going away";
    idl__client_end(conn, stream, code, idl_cstr(why), event);
    event->never_started = never_started;
    return true;
}

/* ---- What the server sends ---- */

bool idl__stream_answered(const idl__stream *stream)
{
    return (stream->flags & IDL__S_GOT_FIRST) != 0;
}

static idl_str too_large(idl__conn *conn)
{
    return idl__conn_text(conn, "the server's metadata is larger than the limit of %zu",
                          conn->limits.max_metadata);
}

bool idl__client_response(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    idl__stream *stream = idl__conn_find(conn, frame->id, "RESPONSE");
    if (stream == NULL)
        return false;
    idl__response response;
    if (!idl__parse_response(frame->body, &response)) {
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "RESPONSE: can't be parsed");
        return false;
    }
    return idl__client_reply(conn, stream, frame, &response, event);
}

bool idl__client_reply(idl__conn *conn, idl__stream *stream, const idl__frame *frame,
                       const idl__response *response, idl__event *event)
{
    size_t limit = conn->limits.max_metadata;
    stream->bytes_in += IDL_FRAME_HEADER + IDL__HEAD + frame->body.len;
    if (response->initial > limit || response->trailing > limit)
        return idl__client_end(conn, stream, IDL_RESOURCE_EXHAUSTED, too_large(conn), event);
    idl_code code = idl__code_of(&response->status);
    idl_str message = { (const char *)response->status.message.data, response->status.message.len };
    if ((int32_t)code != response->status.code)
        message = idl__conn_text(conn, "status code %d: %.*s", (int)response->status.code,
                                 (int)(message.len < 200 ? message.len : 200),
                                 message.data != NULL ? message.data : "");
    if (response->payload.len > conn->limits.max_message) {
        code = IDL_RESOURCE_EXHAUSTED;
        message = idl_cstr("the reply is larger than the limit");
    }
    /* The frame is ours until it is handed on, so what is no text is made text in place. */
    if (message.len != 0)
        idl__make_utf8((uint8_t *)(uintptr_t)message.data, message.len);
    idl__client_end(conn, stream, code, message, event);
    if (code == IDL_OK)
        event->payload = response->payload;
    else
        event->never_started = (frame->flags & IDL__F_NEVER_STARTED) != 0;
    if ((response->initial | response->trailing) != 0)
        event->metadata = frame->body;
    event->block = conn->cut.block;
    return true;
}

bool idl__client_headers(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    idl__stream *stream = idl__conn_find(conn, frame->id, "HEADERS");
    if (stream == NULL || (stream->flags & IDL__S_GOT_FIRST) != 0)
        return false;
    size_t initial;
    if (!idl__parse_headers(frame->body, &initial)) {
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "HEADERS: can't be parsed");
        return false;
    }
    if (initial > conn->limits.max_metadata)
        return idl__client_break(conn, stream, IDL_RESOURCE_EXHAUSTED, too_large(conn).data, event);
    stream->flags |= IDL__S_GOT_FIRST;
    *event = (idl__event){
        .kind = IDL__HEADERS, .stream = stream, .metadata = frame->body, .block = conn->cut.block
    };
    return true;
}
