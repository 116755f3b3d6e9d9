/* SPDX-License-Identifier: MIT */
/* envelope.h: what is in the frames of the framed wire: headers, types, flags, envelopes.
 *
 * Everything is written as messages are: backwards, the payload first, idl__put_frame last. What
 * is parsed is views of the frame. */
#ifndef IDL__ENVELOPE_H
#define IDL__ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/codec.h>
#include <idl/frame.h>
#include <idl/stub.h>

#include "codec.h"
#include "cut.h"
#include "meta.h"

enum idl__type {
    IDL__T_REQUEST = 1,
    IDL__T_RESPONSE = 2,
    IDL__T_DATA = 3,
    IDL__T_CANCEL = 4,
    IDL__T_CREDIT = 5,
    IDL__T_PING = 6,
    IDL__T_PONG = 7,
    IDL__T_GOAWAY = 8,
    IDL__T_HEADERS = 9,
    IDL__T_HELLO = 10
};

enum {
    IDL__F_REMOTE_CLOSED = 0x01, /* the sender's last frame of messages */
    IDL__F_REMOTE_OPEN = 0x02,   /* messages will follow in DATA */
    IDL__F_NO_DATA = 0x04,       /* no message in this frame, not even an empty one */
    IDL__F_NEVER_STARTED = 0x08, /* RESPONSE: may be retried */
    IDL__F_ONEWAY = 0x10         /* REQUEST: no reply wanted */
};

enum {
    IDL__HEAD = 6, /* stream id, type, flags: counted by a frame's length */
    IDL__FRAME_HEAD = IDL_FRAME_HEADER + IDL__HEAD, /* all that comes before a payload */
    IDL__ENVELOPE_MAX = 64 << 10,                   /* what a frame may hold beside the payload */
    IDL__PING_SIZE = 8,
    IDL__STATUS_TEXT_MAX = 16 << 10 /* of a status message */
};

typedef struct idl__status {
    int32_t code;
    idl_bytes message;
    size_t details; /* what they count for the limit of metadata */
} idl__status;

typedef struct idl__request {
    idl_bytes service, method, payload;
    int64_t timeout_nano;
    size_t metadata; /* what it counts for the limit; 0: there is none */
} idl__request;

typedef struct idl__response {
    idl__status status;
    idl_bytes payload;
    size_t initial, trailing; /* metadata, as above */
} idl__response;

typedef struct idl__goaway {
    uint32_t last_stream;
    idl__status status;
} idl__goaway;

typedef struct idl__hello {
    uint32_t version, max_message, max_streams, stream_credit, connection_credit;
    uint64_t features;
} idl__hello;

/* False: not such an envelope. */
bool idl__parse_request(idl_bytes in, idl__request *request);
bool idl__parse_response(idl_bytes in, idl__response *response);
/* Metadata is only counted; idl__pairs_take takes it. */
bool idl__parse_headers(idl_bytes in, size_t *initial);
bool idl__parse_goaway(idl_bytes in, idl__goaway *goaway);
bool idl__parse_hello(idl_bytes in, idl__hello *hello);
/* A request that could not be parsed, with more bytes behind it that have arrived already: it
 * would be one if the frame were as much longer as ttrpc's lengths are shorter. */
bool idl__looks_like_ttrpc(idl_bytes in, size_t more);

/* A message; the number of its bytes. NULL: the empty one. */
static inline size_t idl__put_payload(idl_writer *w, const idl_message *type, const void *message)
{
    size_t before = (size_t)(w->end - w->p);
    if (message != NULL)
        type->put(w, message);
    return w->status == IDL_OK ? (size_t)(w->end - w->p) - before : 0;
}
/* What goes before a payload of size bytes. */
void idl__put_request(idl_writer *w, const idl_method *method, size_t size);
void idl__put_response(idl_writer *w, size_t size);
/* A timeout goes behind the payload, so before it here. 0: none. */
void idl__put_timeout(idl_writer *w, uint64_t timeout_ns);
/* Metadata goes last, so first here. NULL: none. */
void idl__put_request_metadata(idl_writer *w, const idl__pairs *pairs);
void idl__put_response_metadata(idl_writer *w, const idl__metadata *metadata);
void idl__put_headers(idl_writer *w, const idl__pairs *initial);
/* Without a payload. The message is cut and made valid UTF-8 if need be. details may be NULL. */
void idl__put_error(idl_writer *w, int32_t code, idl_str message, const idl__pairs *details);
void idl__put_goaway(idl_writer *w, const idl__goaway *goaway);
void idl__put_hello(idl_writer *w, const idl__hello *hello);
/* What a frame of so many bytes begins with. */
static inline void idl__set_head(uint8_t *frame, size_t size, uint32_t id, enum idl__type type,
                                 unsigned flags)
{
    idl__set_be32(frame, (uint32_t)(size - IDL_FRAME_HEADER));
    idl__set_be32(frame + 4, id);
    frame[8] = (uint8_t)type;
    frame[9] = (uint8_t)flags;
}
/* The headers of everything written so far; the length leaves out uncounted bytes of them. */
static inline void idl__put_frame(idl_writer *w, size_t uncounted, uint32_t id, enum idl__type type,
                                  unsigned flags)
{
    if (!idl__writer_room(w, IDL__FRAME_HEAD))
        return;
    uint8_t *p = w->p - IDL__FRAME_HEAD;
    idl__set_head(p, (size_t)(w->end - p) - uncounted, id, type, flags);
    w->p = p;
}

/* Text for people from bytes of a peer: what is not UTF-8 becomes '?', in place. */
IDL_COLD void idl__make_utf8(uint8_t *text, size_t len);

#endif
