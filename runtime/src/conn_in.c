/* SPDX-License-Identifier: MIT */
/* conn_in.c: frames of the framed wire that arrive, one by one; and what those about the connection
 * do. */
#include "conn_impl.h"

#include <string.h>

#include <idl/frame.h>

#include "codec.h"

enum { ANY_SIZE = -1 };

enum stream_rule { OF_STREAM, OF_CONNECTION, OF_EITHER };

typedef bool frame_fn(idl__conn *conn, const idl__frame *frame, idl__event *event);

/* ---- Errors ---- */

bool idl__conn_strike(idl__conn *conn, const char *what)
{
    if (conn->now - conn->strike_at >= UINT64_C(1000000000))
        conn->strikes = 0;
    conn->strike_at = conn->now;
    if (++conn->strikes <= IDL__STRIKES)
        return true;
    idl__conn_fail(conn, IDL_RESOURCE_EXHAUSTED, "too many %s", what);
    return false;
}

/* What the first bytes of a connection say that it is, if it is not ours. */
static const char *other_protocol(const uint8_t p[IDL_FRAME_HEADER])
{
    static const char *const methods[] = { "GET ", "HEAD", "POST", "PUT ", "DELE",
                                           "OPTI", "PATC", "CONN", "TRAC", "HTTP" };
    if ((p[0] == 0x16 || p[0] == 0x15) && p[1] == 3 && p[2] <= 4)
        return "TLS";
    if (memcmp(p, "PRI ", 4) == 0)
        return "HTTP/2";
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (memcmp(p, methods[i], 4) == 0)
            return "HTTP/1";
    }
    return memcmp(p, "SSH-", 4) == 0 ? "SSH" : NULL;
}

void idl__conn_hopeless(idl__conn *conn, idl_bytes frame)
{
    const uint8_t *header = frame.data - IDL_FRAME_HEADER;
    const char *other = conn->any_frame ? NULL : other_protocol(header);
    if (other != NULL)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "this looks like %s: not a frame", other);
    else
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT,
                       "not a frame: a length of %zu (0x%02x%02x%02x%02x) bytes", frame.len,
                       header[0], header[1], header[2], header[3]);
}

static bool unparsable(idl__conn *conn, const char *type)
{
    idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "%s: can't be parsed", type);
    return false;
}

idl__stream *idl__conn_find(idl__conn *conn, uint32_t id, const char *type)
{
    idl__stream *stream = idl__table_find(&conn->table, id);
    if (stream != NULL)
        return stream->state == IDL__S_LIVE ? stream : NULL;
    bool was = conn->role == IDL__CLIENT ? id < conn->next_id : id <= conn->seen_id;
    if ((id & 1) == 0 || !was)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "%s for stream %u, which was never opened", type,
                       (unsigned)id);
    return NULL;
}

idl_code idl__code_of(const idl__status *status)
{
    bool known = status->code >= IDL_OK && status->code <= IDL_UNAUTHENTICATED;
    return known ? (idl_code)status->code : IDL_UNKNOWN;
}

/* ---- About the connection ---- */

/* The client's is its first frame, so its credits count from the start. The server's answer comes
 * when calls may be open already: they get the difference. */
static bool on_hello(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    (void)event;
    bool server = conn->role == IDL__SERVER;
    idl__hello hello;
    if (!idl__parse_hello(frame->body, &hello))
        return unparsable(conn, "HELLO");
    if (server ? conn->any_frame : !conn->said_hello || conn->heard_hello) {
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "HELLO out of place");
        return false;
    }
    conn->heard_hello = true;
    conn->peer_features = hello.features;
    if (hello.max_message != 0 && hello.max_message < conn->max_payload)
        conn->max_payload = hello.max_message;
    if (hello.max_streams != 0)
        conn->peer_max_streams = hello.max_streams;
    if (hello.stream_credit > IDL__CREDIT_MAX)
        hello.stream_credit = IDL__CREDIT_MAX;
    if (hello.connection_credit > IDL__CREDIT_MAX)
        hello.connection_credit = IDL__CREDIT_MAX;
    if (hello.connection_credit != 0)
        conn->send_credit -= IDL__UNLIMITED - (int64_t)hello.connection_credit;
    if (hello.stream_credit != 0 && (server || hello.stream_credit > IDL__CREDIT_START)) {
        int64_t more = (int64_t)hello.stream_credit - conn->stream_credit;
        for (idl__stream *stream = conn->first; stream != NULL; stream = stream->next)
            stream->send_credit += more;
        conn->stream_credit = hello.stream_credit;
    }
    if (server)
        idl__framed_hello(conn);
    idl__conn_unblock(conn);
    return false;
}

static bool on_ping(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    (void)event;
    if (conn->table.count == 0 && !idl__conn_strike(conn, "PINGs"))
        return false;
    if (conn->pong_at <= conn->out.sent)
        conn->pongs = 0;
    if (conn->pongs == IDL__PONGS) {
        idl__conn_fail(conn, IDL_RESOURCE_EXHAUSTED, "PINGs whose answers are not read");
        return false;
    }
    idl__framed_pong(conn, frame->body.data);
    if (conn->pongs++ == 0)
        conn->pong_at = conn->out.queued;
    return false;
}

static bool on_pong(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    (void)event;
    if (conn->announced && memcmp(frame->body.data, IDL__GOAWAY_PING, IDL__PING_SIZE) == 0)
        idl__conn_goaway(conn, true, IDL_OK, NULL);
    else if (conn->pinged && memcmp(frame->body.data, IDL__ALIVE_PING, IDL__PING_SIZE) == 0)
        conn->pinged = false;
    else
        idl__conn_strike(conn, "PONGs");
    return false;
}

static bool on_goaway(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    idl__goaway goaway;
    if (!idl__parse_goaway(frame->body, &goaway))
        return unparsable(conn, "GOAWAY");
    if (conn->role == IDL__CLIENT && goaway.last_stream < conn->last_id)
        conn->last_id = goaway.last_stream;
    idl_bytes text = goaway.status.message;
    if (text.len != 0 && conn->reason == NULL) /* what calls are told when it is lost now */
        idl__conn_set_reason(conn, (idl_str){ (const char *)text.data, text.len });
    bool first = !conn->goaway;
    conn->goaway = true;
    if (!first)
        return false;
    *event = (idl__event){ .kind = IDL__GOAWAY,
                           .code = idl__code_of(&goaway.status),
                           .message = idl_cstr(idl__conn_reason(conn)) };
    return true;
}

static bool on_credit(idl__conn *conn, const idl__frame *frame, idl__event *event)
{
    (void)event;
    idl__conn_credit(conn, frame);
    return false;
}

/* ---- Which frames there are ---- */

static const struct rule {
    const char *name;
    enum stream_rule stream;
    int size;                  /* ANY_SIZE, or exactly that of the payload */
    frame_fn *client, *server; /* NULL: never sent to that side */
} rules[] = {
    // clang-format off
    [IDL__T_REQUEST]  = { "REQUEST",  OF_STREAM,     ANY_SIZE, NULL, idl__server_request },
    [IDL__T_RESPONSE] = { "RESPONSE", OF_STREAM,     ANY_SIZE, idl__client_response, NULL },
    [IDL__T_DATA]     = { "DATA",     OF_STREAM,     ANY_SIZE, idl__stream_data, idl__stream_data },
    [IDL__T_CANCEL]   = { "CANCEL",   OF_STREAM,     0, NULL, idl__server_cancel },
    [IDL__T_CREDIT]   = { "CREDIT",   OF_EITHER,     4, on_credit, on_credit },
    [IDL__T_PING]     = { "PING",     OF_CONNECTION, IDL__PING_SIZE, on_ping, on_ping },
    [IDL__T_PONG]     = { "PONG",     OF_CONNECTION, IDL__PING_SIZE, on_pong, on_pong },
    [IDL__T_GOAWAY]   = { "GOAWAY",   OF_CONNECTION, ANY_SIZE, on_goaway, on_goaway },
    [IDL__T_HEADERS]  = { "HEADERS",  OF_STREAM,     ANY_SIZE, idl__client_headers, NULL },
    [IDL__T_HELLO]    = { "HELLO",    OF_CONNECTION, ANY_SIZE, on_hello, on_hello },
    // clang-format on
};

static frame_fn *reader_of(const idl__conn *conn, const struct rule *rule)
{
    return conn->role == IDL__CLIENT ? rule->client : rule->server;
}

/* The rule for a frame of size bytes of payload; NULL: the frame is not to be worked on. */
static inline const struct rule *check(idl__conn *conn, const idl__frame *frame, size_t size)
{
    const struct rule *rule =
        frame->type < sizeof rules / sizeof *rules ? &rules[frame->type] : NULL;
    if (rule == NULL || rule->name == NULL) {
        idl__conn_strike(conn, "frames of unknown types");
        return NULL;
    }
    if (reader_of(conn, rule) == NULL)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "%s from a %s", rule->name,
                       conn->role == IDL__CLIENT ? "server" : "client");
    else if (rule->size != ANY_SIZE && size != (size_t)rule->size)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "%s of %zu bytes", rule->name, size);
    else if (rule->stream == OF_CONNECTION && frame->id != 0)
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "%s for stream %u", rule->name,
                       (unsigned)frame->id);
    else
        return rule;
    return NULL;
}

bool idl__conn_frame(idl__conn *conn, idl_bytes bytes, idl__event *event)
{
    if (bytes.len < IDL__HEAD) {
        idl__conn_fail(conn, IDL_INVALID_ARGUMENT, "a frame of %zu bytes, less than its head",
                       bytes.len);
        return false;
    }
    idl__frame frame = idl__frame_of(bytes);
    const struct rule *rule = check(conn, &frame, frame.body.len);
    return rule != NULL && reader_of(conn, rule)(conn, &frame, event);
}

bool idl__conn_long(idl__conn *conn, idl_bytes bytes, idl__event *event)
{
    static const char text[] = "the message is larger than the receiver's limit";
    idl__frame frame = idl__frame_of(bytes);
    const struct rule *rule = check(conn, &frame, frame.body.len);
    if (rule == NULL)
        return false;
    if (rule->stream != OF_STREAM) {
        idl__conn_fail(conn, IDL_RESOURCE_EXHAUSTED, "%s of %zu bytes", rule->name, frame.body.len);
        return false;
    }
    if (frame.type == IDL__T_REQUEST) {
        if (idl__server_check_id(conn, frame.id) && frame.id <= conn->last_id)
            idl__server_answer(conn, frame.id, (frame.flags & IDL__F_ONEWAY) != 0,
                               IDL_RESOURCE_EXHAUSTED, idl_cstr(text), false);
        return false;
    }
    if (frame.type == IDL__T_DATA)
        idl__conn_return_credit(conn, (uint32_t)bytes.len + IDL_FRAME_HEADER);
    idl__stream *stream = idl__conn_find(conn, frame.id, rule->name);
    if (stream == NULL)
        return false;
    if (frame.type == IDL__T_RESPONSE)
        return idl__client_end(conn, stream, IDL_RESOURCE_EXHAUSTED, idl_cstr(text), event);
    return idl__stream_break(conn, stream, IDL_RESOURCE_EXHAUSTED, text, event);
}
