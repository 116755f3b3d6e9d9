/* SPDX-License-Identifier: MIT */
/* conn_impl.h: what the files of the connection share. conn.c: its life, its events in order;
 * conn_client.c, conn_server.c: how calls begin and end on each side; conn_stream.c: messages of
 * streams, and credit. Below conn_wire.h: conn_frames.c: calls as frames; conn_framed.c and
 * conn_in.c: the framed wire, out and in; conn_ttrpc.c: ttrpc. */
#ifndef IDL__CONN_IMPL_H
#define IDL__CONN_IMPL_H

#include "conn.h"

#include "conn_wire.h"
#include "cut.h"
#include "envelope.h"
#include "out.h"
#include "table.h"

enum {
    IDL__CREDIT_START = 262144,  /* of each direction of a stream */
    IDL__CREDIT_MAX = INT32_MAX, /* more than this can't be given by a peer */
    IDL__STREAMS_DEFAULT = 1000,
    IDL__MESSAGE_DEFAULT = 4 << 20,
    IDL__UNSENT_HIGH = 256 << 10, /* streams may not send while more than this waits ... */
    IDL__UNSENT_LOW = 64 << 10,   /* ... until it is this */
    IDL__PONGS = 16,              /* behind one that waits to be written, itself included */
    IDL__REASON_MAX = 256,
    IDL__STRIKES = 16
};

#define IDL__UNLIMITED (INT64_MAX / 2)

/* What a PING that asks for a sign of life holds. */
#define IDL__ALIVE_PING "\0alive?\0"

/* What the PING after the first GOAWAY holds: with its PONG, what was on its way has arrived. */
#define IDL__GOAWAY_PING "\0goaway"

/* idl__stream.state */
enum { IDL__S_NONE, IDL__S_LIVE, IDL__S_DEAD /* server: over, but its handler is not */ };

/* idl__stream.flags */
enum {
    IDL__S_SENT_LAST = 1, /* no more messages from here */
    IDL__S_GOT_LAST = 2,  /* nor from there */
    IDL__S_GOT_FIRST = 4, /* client: HEADERS or a message has come: no HEADERS after that */
    IDL__S_FULL = 8,      /* without flow control: nothing is read until messages are taken */
    IDL__S_OVERFLOW = 16  /* and that took too long: it is to be ended */
};

/* idl__stream.waits: for what list wait_prev and wait_next are in. */
enum { IDL__W_NOT, IDL__W_CREDIT, IDL__W_TOLD };

typedef struct idl__wait_list {
    idl__stream *first, *last;
} idl__wait_list;

struct idl__shared {
    idl__block *input;
    idl__spare spare; /* of large frames that came */
    idl_writer writer;
    idl__pool pool;
    char text[160]; /* idl__conn_text */
};

struct idl__conn {
    enum idl__role role;
    const idl__wire *wire;
    idl__limits limits;
    idl__shared *shared;
    idl__cut cut;
    idl__out out;
    idl__table table;               /* live streams, and dead ones that were not released */
    idl__stream *first, *last;      /* live streams, in the order of their ids */
    idl__wait_list waiting;         /* streams that wait for credit or for the output to drain */
    idl__wait_list writable;        /* those that are to be told that they may try again */
    idl__stream *after;             /* the stream with more to tell before the next frame ... */
    bool after_message, after_half; /* ... and what */

    const uint8_t *put_end; /* of the frame that was queued last: it stays where it was written */
    idl_bytes request;      /* client: that was opened last */
    uint64_t shown;         /* how far in the output a driver may have written */
    uint64_t now, read_at;  /* read_at: when the bytes that came last did */
    uint64_t frame_at;      /* when the first byte of the next frame did */
    uint64_t next_id;       /* client: of the next call */
    uint32_t seen_id;       /* server: the highest id of a REQUEST */
    uint32_t last_id;       /* of the final GOAWAY: calls above it are not taken, or were not */
    bool any_frame;         /* one has been read */
    bool announced, final;  /* server: which GOAWAYs were sent */
    bool goaway;            /* one was received */
    bool said_hello, heard_hello;
    bool reading; /* space was given out */
    bool lost;    /* no more bytes come */
    bool over;    /* nothing more is read or opened; why: */
    bool closed;  /* the last event was given */
    idl_code code;
    char *reason; /* NULL: nothing was said; when it is over or lost: for want of memory */

    uint32_t full, overflows; /* streams with those flags */
    int64_t send_credit;      /* of the connection; unlimited: IDL__UNLIMITED, less what was sent */
    uint32_t due_credit;      /* received and not yet returned */
    int64_t stream_credit;    /* what each stream may send at first */
    size_t max_payload;       /* that may be sent: our limit, and the peer's if it has said one */
    uint32_t peer_max_streams;

    bool pinged;            /* a PONG is due for IDL__ALIVE_PING */
    uint64_t peer_features; /* server: of the client's HELLO */
    uint64_t strike_at;
    unsigned strikes;
    uint32_t cancels; /* server: CANCELs that are not too many */
    unsigned pongs;   /* since one that was queued when none of these waited, and ... */
    uint64_t pong_at; /* ... where in the output it ends */
};

/* A frame without its length. */
typedef struct idl__frame {
    uint32_t id;
    uint8_t type, flags;
    idl_bytes body; /* without the head */
} idl__frame;

/* ---- conn.c ---- */

/* What a frame may hold beside its payload: metadata comes in two lists at most. */
static inline size_t idl__envelope_max(const idl__limits *l)
{
    size_t usual = IDL__META_DEFAULT;
    return IDL__ENVELOPE_MAX + (l->max_metadata > usual ? 2 * (l->max_metadata - usual) : 0);
}

/* The connection is over because of a rule that the peer broke, or of memory: GOAWAY, if that is
 * still possible, and no more input. The first reason counts. */
IDL_COLD void idl__conn_fail(idl__conn *conn, idl_code code, const char *format, ...)
    IDL_PRINTF(3, 4);
IDL_COLD void idl__conn_no_memory(idl__conn *conn);
/* Why it ends: what was said last, as text. */
IDL_COLD void idl__conn_set_reason(idl__conn *conn, idl_str text);
const char *idl__conn_reason(const idl__conn *conn); /* "": nothing was said */
/* A message made here, until the next one is: cut off where it is too long. */
IDL_COLD idl_str idl__conn_text(idl__conn *conn, const char *format, ...) IDL_PRINTF(2, 3);
/* There is no whole frame. */
enum idl__read idl__conn_quiet(idl__conn *conn);
/* Cuts the head off. */
static inline idl__frame idl__frame_of(idl_bytes bytes)
{
    return (idl__frame){ .id = idl__get_be32(bytes.data),
                         .type = bytes.data[4],
                         .flags = bytes.data[5],
                         .body = { bytes.data + IDL__HEAD, bytes.len - IDL__HEAD } };
}

/* A writer for one frame. */
static inline idl_writer *idl__conn_writer(idl__conn *conn)
{
    idl__shared *shared = conn->shared;
    idl__spare_age(&shared->spare);
    if (IDL_UNLIKELY(shared->pool.patience > 0))
        idl__pool_age(&shared->pool, &shared->writer);
    else
        idl__writer_reset(&shared->writer);
    return &shared->writer;
}
/* Queues what the writer holds; fails the connection when there is no memory. */
bool idl__conn_flush(idl__conn *conn, idl_writer *w);
/* Puts a stream on the connection, or takes it off. The table was reserved. */
void idl__stream_on(idl__conn *conn, idl__stream *stream, uint32_t id, uint32_t kind);
void idl__stream_off(idl__conn *conn, idl__stream *stream);
/* Server: it is over, but stays in the table until it is released. */
void idl__stream_dead(idl__conn *conn, idl__stream *stream);

/* A status that tells who asked that something is too large. */
static inline idl_code idl__too_large(idl_code code)
{
    return code == IDL_OUT_OF_RANGE ? IDL_RESOURCE_EXHAUSTED : code;
}

/* ---- conn_framed.c ---- */

void idl__framed_hello(idl__conn *conn);
void idl__framed_pong(idl__conn *conn, const void *bytes);

/* ---- conn_in.c ---- */

/* Works on one whole frame. True: *event is to be given. */
bool idl__conn_frame(idl__conn *conn, idl_bytes frame, idl__event *event);
/* The same for one that is too long to be kept: frame.len as claimed, its head is there. */
bool idl__conn_long(idl__conn *conn, idl_bytes frame, idl__event *event);
/* A length that can't be. */
IDL_COLD void idl__conn_hopeless(idl__conn *conn, idl_bytes frame);
/* Something that is only bad when it is done often. False: it was. */
IDL_COLD bool idl__conn_strike(idl__conn *conn, const char *what);
/* A stream that may be an old one: NULL if it is over (drop the frame), or never was (the connection
 * has failed). */
idl__stream *idl__conn_find(idl__conn *conn, uint32_t id, const char *type);
/* A status from the peer: 0 to 16, anything else is IDL_UNKNOWN. */
idl_code idl__code_of(const idl__status *status);

/* ---- conn_client.c ---- */

bool idl__client_response(idl__conn *conn, const idl__frame *frame, idl__event *event);
/* One that has been parsed. */
bool idl__client_reply(idl__conn *conn, idl__stream *stream, const idl__frame *frame,
                       const idl__response *response, idl__event *event);
bool idl__client_headers(idl__conn *conn, const idl__frame *frame, idl__event *event);
/* The call is over. */
bool idl__client_end(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message,
                     idl__event *event);
/* Ends it from here: the server is told by CANCEL. */
bool idl__client_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event);
/* Ends a call that the server has not seen, or whose end was lost. */
bool idl__client_lost(idl__conn *conn, idl__stream *stream, bool never_started, idl__event *event);

/* ---- conn_server.c ---- */

bool idl__server_request(idl__conn *conn, const idl__frame *frame, idl__event *event);
/* One that has been parsed, with an id that is right: unless a limit is reached. */
bool idl__server_offer(idl__conn *conn, const idl__frame *frame, const idl__request *request,
                       idl__event *event);
bool idl__server_cancel(idl__conn *conn, const idl__frame *frame, idl__event *event);
/* Ids rise, and are odd. False: the connection has failed. */
bool idl__server_check_id(idl__conn *conn, uint32_t id);
/* Answers with an error, unless no answer is wanted. */
void idl__server_answer(idl__conn *conn, uint32_t id, bool oneway, idl_code code, idl_str message,
                        bool never_started);
/* Ends a call from here while its handler is still busy. */
bool idl__server_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event);

/* ---- conn_stream.c ---- */

bool idl__stream_data(idl__conn *conn, const idl__frame *frame, idl__event *event);
/* For a stream that is live. */
bool idl__stream_take_data(idl__conn *conn, idl__stream *stream, const idl__frame *frame,
                           idl__event *event);
/* It does not hold up the connection any more. */
void idl__stream_unfill(idl__conn *conn, idl__stream *stream);
static inline void idl__stream_not_full(idl__conn *conn, idl__stream *stream)
{
    if (IDL_UNLIKELY((stream->flags & (IDL__S_FULL | IDL__S_OVERFLOW)) != 0))
        idl__stream_unfill(conn, stream);
}
void idl__conn_credit(idl__conn *conn, const idl__frame *frame);
/* Ends a call from here, on either side. */
bool idl__stream_break(idl__conn *conn, idl__stream *stream, idl_code code, const char *message,
                       idl__event *event);
/* Stores a message that came with the request. False: no memory. */
bool idl__stream_store_first(idl__conn *conn, idl__stream *stream, idl_bytes payload);
/* Received DATA was stored or dropped: its connection credit goes back. */
void idl__conn_return_credit(idl__conn *conn, uint32_t cost);
/* The connection as a whole may send DATA (again): those who wait are told. */
void idl__conn_unblock(idl__conn *conn);
void idl__wait_add(idl__wait_list *list, idl__stream *stream);
void idl__wait_unlink(idl__conn *conn, idl__stream *stream);
static inline void idl__wait_remove(idl__conn *conn, idl__stream *stream)
{
    if (stream->waits != IDL__W_NOT)
        idl__wait_unlink(conn, stream);
}

/* False for a stream that is over, whichever connection the caller takes it to be on. */
static inline bool idl__stream_is_on(const idl__conn *conn, const idl__stream *stream)
{
    return conn != NULL && stream->conn == conn;
}

#endif
