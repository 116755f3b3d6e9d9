/* SPDX-License-Identifier: MIT */
/* conn.h: one connection: bytes in, events out; commands in, bytes out.
 *
 * No I/O and no clock: a driver (a blocking client, a libuv server, a test) moves the bytes and
 * tells the time. Everything that the protocol decides is decided here, so that it can be cut at
 * any byte, fuzzed and replayed. docs/wire.md is the protocol.
 *
 *     read:   space = idl__conn_space(c, &len); n = recv(fd, space, len); idl__conn_received(c, n);
 *             while (idl__conn_next(c, &event)) ...            handle it, give commands
 *     write:  n = writev(fd, iov, idl__conn_output(c, iov, max)); idl__conn_sent(c, n);
 *
 * Events are pulled one at a time, so a command given while handling one never re-enters the
 * driver. Each stream (one call on this connection) ends exactly once, with IDL__ENDED, on both
 * sides and whatever happens: a reply, a cancel, a lost connection.
 *
 * A connection belongs to one thread at a time (the server's worker; the holder of the channel's
 * lock). But the lock is not held during I/O: between idl__conn_space and idl__conn_received, and
 * between idl__conn_output and idl__conn_sent, other threads may give commands (never take events),
 * and both pairs may overlap. The space, and the bytes that output showed, stay where they are
 * until received and sent are called: output is appended to, never moved, and idl__conn_lost leaves
 * it alone too. (Connections with one shared read into its block by turns: no other may be given
 * space before received was called.)
 *
 * Nobody above this API knows which protocol is spoken: conn_wire.h is the seam. */
#ifndef IDL__CONN_H
#define IDL__CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <idl/codec.h>
#include <idl/status.h>
#include <idl/stub.h>
#include <idl/values.h>

#include "block.h"
#include "conn_run.h"
#include "meta.h"
#include "protocol.h"

enum idl__role { IDL__CLIENT, IDL__SERVER };

/* Bits of idl__limits.features. */
enum { IDL__EVENT_DRIVEN = 2 /* the client answers PINGs also while no call is open */ };

/* Zero means the default. What differs from the defaults is told to the peer: a client by the HELLO
 * that it then begins with, a server when the client has said HELLO. */
typedef struct idl__limits {
    enum idl__protocol protocol; /* what is spoken, with those of these limits that it knows */
    size_t max_message;         /* payload bytes, either way; the frame limit is that plus 64 KiB */
    uint32_t max_streams;       /* server: open at once (1000); more are refused */
    uint32_t stream_credit;     /* bytes of DATA a stream may receive ahead of the application */
    uint32_t connection_credit; /* and all streams together ahead of the connection; no limit */
    uint64_t features;          /* client: bits of its HELLO */
    size_t max_unsent;          /* server: bytes that may wait to be sent; replies beyond become
                                   IDL_RESOURCE_EXHAUSTED; no limit */
    size_t max_metadata;        /* of a request, before a reply, with a reply; either way */
} idl__limits;

/* What connections of one thread share: the block that an idle connection reads into, and the
 * writer that messages are encoded with. */
typedef struct idl__shared idl__shared;
idl__shared *idl__shared_new(void);
void idl__shared_free(idl__shared *shared);

typedef struct idl__conn idl__conn;

/* One call on a connection; embedded in its owner (idl_call), so a call costs no allocation here.
 * Zeroed: not on any connection. The fields are the connection's. */
typedef struct idl__stream {
    idl__conn *conn; /* NULL before it is opened and after it was released */
    uint32_t id;
    uint8_t state;
    uint8_t kind; /* IDL_ONEWAY, IDL_STREAM_IN, IDL_STREAM_OUT */
    uint8_t flags;
    uint8_t waits;       /* for IDL__WRITABLE */
    uint32_t due_credit; /* taken by the application, not yet returned to the peer */
    int64_t send_credit, recv_credit;
    uint64_t begun;                            /* client: where its request begins in the output */
    idl__run *first, *last;                    /* messages that were not taken yet */
    struct idl__stream *prev, *next;           /* in the connection's list of live streams */
    struct idl__stream *wait_prev, *wait_next; /* in its list of those that wait to send */
    /* Server, to be set by the driver when it was accepted: what goes with its end. NULL: nothing. */
    const idl__metadata *metadata;
    uint64_t bytes_in,
        bytes_out; /* of its frames, but those that are about credit and cancelling */
} idl__stream;

enum idl__event_kind {
    IDL__REQUEST,     /* server: accept or refuse it before the next event */
    IDL__HEADERS,     /* client: initial metadata of a stream */
    IDL__MESSAGE,     /* messages of a stream were stored: take them when you like */
    IDL__HALF_CLOSED, /* server: the client has sent its last message */
    IDL__WRITABLE,    /* a stream whose send gave IDL_AGAIN has credit again */
    IDL__ENDED,     /* a stream is over: code, message, payload. The stream is off the connection */
    IDL__CANCELLED, /* server: the client has cancelled, or is gone, or broke a rule (code and
                         message say which): release the stream when its handler is done; what it
                         sends until then is dropped */
    IDL__GOAWAY,    /* the peer opens or takes nothing new; code and message: why, if it said so */
    IDL__CLOSED     /* the connection is over; code and message say why. The last event; all its
                         streams have ended before it. A GOAWAY may still wait to be written */
};

typedef struct idl__event {
    enum idl__event_kind kind;
    idl__stream *stream; /* but for REQUEST, GOAWAY, CLOSED */
    uint32_t id;         /* REQUEST */
    uint8_t flags;       /* REQUEST: those of its frame */
    size_t size;         /* REQUEST: of its frame */
    idl_str service, method;
    uint64_t timeout_ns; /* REQUEST: what is left; 0 none; already expired: 1 */
    uint64_t deadline;   /* REQUEST: when that is over, by the driver's clock; 0 none */
    idl_code code;       /* ENDED, CANCELLED, GOAWAY, CLOSED */
    idl_str message;
    bool never_started; /* ENDED: the server provably did not run it */
    idl_bytes payload;  /* REQUEST, ENDED with IDL_OK: an encoded message */
    idl_bytes metadata; /* the envelope, if there is metadata in it: for idl__pairs_take */
    /* Views above point into this block and are valid until the next event, or for as long as
     * the block is retained. NULL when there is nothing to retain. */
    idl__block *block;
} idl__event;

/* NULL when there is no memory. shared must outlive it. */
idl__conn *idl__conn_new(enum idl__role role, const idl__limits *limits, idl__shared *shared);
/* Streams that are still on it are taken off without an event. */
void idl__conn_free(idl__conn *conn);

/* The driver's clock, monotonic nanoseconds; before input and commands. */
void idl__conn_time(idl__conn *conn, uint64_t now_ns);

/* ---- Input ---- */

/* Where to read into: *len > 0 bytes, valid until idl__conn_received. When a large frame is under
 * way that is its final place. NULL: no memory: lose the connection. After the end of the connection
 * what is read is dropped. Take all events between two reads. */
uint8_t *idl__conn_space(idl__conn *conn, size_t *len);
void idl__conn_received(idl__conn *conn, size_t len);
/* The stream ended (code IDL_OK), or failed: the reason is what calls are told
 * ("tcp://127.0.0.1:50051: connection reset by peer"). Frames that arrived before still count. */
void idl__conn_lost(idl__conn *conn, idl_code code, const char *reason);
/* The next event. Also after idl__conn_sent (IDL__WRITABLE) and after commands (when there was no
 * memory, the connection is over). */
bool idl__conn_next(idl__conn *conn, idl__event *event);

/* When the frame began to arrive of which the rest has not, by the driver's clock; 0: none has.
 * *arrived: bytes of it that are held; NULL: nobody asks. */
uint64_t idl__conn_midway(const idl__conn *conn, size_t *arrived);
/* The peer can be told that the connection is about to end. One that can't is not closed without
 * need: its calls would just be lost. */
bool idl__conn_has_farewell(const idl__conn *conn);
/* A whole frame has arrived. */
bool idl__conn_greeted(const idl__conn *conn);
/* Not to be read for now: a stream holds all that it may, and its peer can't be told. Taking its
 * messages, or its end, makes room. */
bool idl__conn_blocked(const idl__conn *conn);
/* Ends the streams that block it, with IDL_RESOURCE_EXHAUSTED: they have held the others up for too
 * long. Events follow. */
void idl__conn_overflow(idl__conn *conn);

/* ---- Output ---- */

/* Fills at most max entries with what is to be written; 0: nothing. The bytes stay where they are
 * until idl__conn_sent says that they are gone, whatever commands come in between. */
size_t idl__conn_output(idl__conn *conn, struct iovec *iov, size_t max);
void idl__conn_sent(idl__conn *conn, size_t len);
size_t idl__conn_unsent(const idl__conn *conn);
/* Nothing more will be read or opened: flush, shut down and close. */
bool idl__conn_closing(const idl__conn *conn);

/* ---- Commands: client ---- */

typedef struct idl__open {
    const idl_method *method;
    const void *request;      /* NULL with client streaming */
    const idl_bytes *encoded; /* instead of request: its bytes, from an earlier idl__conn_request */
    uint64_t timeout_ns;      /* 0: none */
    const idl__pairs *metadata; /* NULL: none */
} idl__open;

/* Opens a call: encodes the request into the output. When this returns, request is no longer
 * needed. IDL_OK: it will end with IDL__ENDED (but oneway: it has ended). An error: nothing was
 * sent, the stream is as before: IDL_INVALID_ARGUMENT, IDL_RESOURCE_EXHAUSTED (size, memory),
 * IDL_UNAVAILABLE (closing, GOAWAY, ids used up: open another connection). */
idl_code idl__conn_open(idl__conn *conn, idl__stream *stream, const idl__open *open);

/* The bytes of the request that was opened last, until the next command. */
idl_bytes idl__conn_request(const idl__conn *conn);

/* Ends it here with code: the peer is told by CANCEL. No IDL__ENDED follows. */
void idl__conn_cancel(idl__conn *conn, idl__stream *stream);

/* ---- Commands: server ---- */

/* Takes the request of this event: the method's kind decides what may follow. */
void idl__conn_accept(idl__conn *conn, idl__stream *stream, const idl__event *request,
                      uint32_t kind);
/* Answers it with an error; never_started: it may be retried elsewhere. Nothing for oneway. */
void idl__conn_refuse(idl__conn *conn, const idl__event *request, idl_code code, idl_str message,
                      bool never_started);
/* Ends the stream: encodes the reply (with IDL_OK; NULL: the empty message) or the status. The
 * stream is off the connection afterwards, without an IDL__ENDED. A reply that can't be encoded or
 * is too large becomes an error status, which is returned. */
idl_code idl__conn_respond(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message,
                           const idl_message *type, const void *reply);
/* The code for a payload that does not decode. */
idl_code idl__conn_undecodable(const idl__conn *conn);
/* Ends it with an error while its handler is not done: it is as after IDL__CANCELLED then, without
 * that event. */
void idl__conn_abort(idl__conn *conn, idl__stream *stream, idl_code code, idl_str message);
/* After IDL__CANCELLED, once the handler is done. */
void idl__conn_release(idl__conn *conn, idl__stream *stream);

/* ---- Commands: streams, both sides ---- */

/* One message. last: the client's last one. IDL_OK; IDL_AGAIN: no credit or too much unsent,
 * nothing was taken, IDL__WRITABLE will come; other codes: this message can't be sent (the stream
 * goes on), or IDL_CANCELLED, IDL_UNAVAILABLE: the stream is over, its end tells why. */
idl_code idl__conn_send(idl__conn *conn, idl__stream *stream, const idl_message *type,
                        const void *item, bool last);
/* Server: a stream's initial metadata, once, before its first message. IDL_OK, also where the wire has
 * no such thing; IDL_RESOURCE_EXHAUSTED (too large, no memory); or as send when the stream is over. */
idl_code idl__conn_send_headers(idl__conn *conn, idl__stream *stream, const idl__pairs *initial);
/* Client: its server has sent HEADERS or a message. */
bool idl__stream_answered(const idl__stream *stream);
/* Client: no more messages from here. */
idl_code idl__conn_close_send(idl__conn *conn, idl__stream *stream);
/* The oldest stored message, if any: its bytes, and the block with a reference that is the
 * caller's now. Returns its credit to the peer. Also after the stream has ended. */
bool idl__conn_take(idl__stream *stream, idl_bytes *payload, idl__block **block);
/* The same for the oldest few together, an eighth of the window and a message more at most: the
 * caller's, who needs neither the stream nor the connection to take them. NULL: there is none. */
idl__run *idl__conn_fetch(idl__stream *stream);
/* Gives up the messages that nobody will take. */
void idl__stream_drop(idl__stream *stream);

/* ---- Commands: connection ---- */

/* Server: announces the end, in two steps. Not final: asks the client to open nothing new; what it
 * sent before it reads that is still taken. final: says the last id that was taken and drops what
 * comes above it (the client knows that it never ran); once no stream is open the connection is
 * closing. The second step comes by itself when the client has answered a PING sent with the first:
 * nothing is on its way then. A client that reads nothing between calls does not answer, and sends
 * nothing either: after a short while (half a second, say) the driver asks for the second step.
 * The steps may be repeated; final at once is fine too. */
void idl__conn_goaway(idl__conn *conn, bool final, idl_code code, const char *message);
/* Asks the peer for a sign of life: whatever arrives afterwards is one. False: nothing was asked,
 * because the wire has no such question, an answer is still due, or a client need not answer: one
 * that is not event driven. */
bool idl__conn_ping(idl__conn *conn);
/* When the bytes that came last did, by the driver's clock; 0: none have come. */
uint64_t idl__conn_heard(const idl__conn *conn);
/* Streams open on it. */
size_t idl__conn_streams(const idl__conn *conn);

#endif
