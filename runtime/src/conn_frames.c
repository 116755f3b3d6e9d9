/* SPDX-License-Identifier: MIT */
/* conn_frames.c: what wires made of frames have in common: how calls are written. */
#include "conn_impl.h"

#include <string.h>

#include <idl/frame.h>

#include "codec.h"
#include "codec_alone.h"

/* Makes what the writer holds a frame. */
static inline idl_code put_head(const idl__conn *conn, idl_writer *w, uint32_t id,
                                enum idl__type type, unsigned flags)
{
    const idl__wire *wire = conn->wire;
    idl__put_frame(w, wire->uncounted, id, type, flags & wire->flags);
    if (IDL_UNLIKELY(w->status != IDL_OK))
        return w->status;
    bool fits = (size_t)(w->end - w->p) <= IDL_FRAME_HEADER + wire->max_frame;
    return IDL_LIKELY(fits) ? IDL_OK : IDL_OUT_OF_RANGE;
}

static inline idl_code queue(idl__conn *conn, idl_writer *w)
{
    bool ok = idl__out_put_writer(&conn->out, &conn->shared->pool, w);
    return IDL_LIKELY(ok) ? IDL_OK : IDL_RESOURCE_EXHAUSTED;
}

/* Queues what the writer holds as one frame. */
static idl_code put(idl__conn *conn, idl_writer *w, uint32_t id, enum idl__type type,
                    unsigned flags)
{
    idl_code code = put_head(conn, w, id, type, flags);
    if (code != IDL_OK)
        return code;
    conn->put_end = w->end;
    return queue(conn, w);
}

/* ---- In place ----
 *
 * Messages whose size is known beforehand are written first byte first, behind what is queued. */

/* Nothing large has been written or read of late, which would be to be kept for a while. */
static inline bool is_calm(const idl__shared *shared)
{
    return (shared->pool.patience | shared->spare.patience) == 0;
}

/* How many bytes such a message takes; 0: it is not to be written so. */
static inline size_t size_in_place(const idl__conn *conn, const idl_message *type,
                                   const void *message)
{
    size_t size = is_calm(conn->shared) ? idl__alone_size(type, message) : 0;
    return size <= conn->max_payload ? size : 0;
}

/* Queues a frame that was written up to end. */
static inline size_t put_in_place(idl__conn *conn, uint8_t *frame, const uint8_t *end, uint32_t id,
                                  enum idl__type type, unsigned flags)
{
    const size_t size = (size_t)(end - frame);
    idl__set_head(frame, size - conn->wire->uncounted, id, type, flags & conn->wire->flags);
    idl__out_fill(&conn->out, size);
    return size;
}

/* ---- Requests ---- */

static unsigned request_flags(uint32_t kind)
{
    if ((kind & IDL_STREAM_IN) != 0)
        return IDL__F_REMOTE_OPEN | IDL__F_NO_DATA;
    if ((kind & IDL_ONEWAY) != 0)
        return IDL__F_ONEWAY;
    return (kind & IDL_STREAM_OUT) != 0 ? IDL__F_REMOTE_CLOSED : 0;
}

static size_t put_request_payload(idl_writer *w, const idl__open *open)
{
    if (open->encoded == NULL)
        return idl__put_payload(w, open->method->request, open->request);
    idl__put_raw(w, *open->encoded);
    return w->status == IDL_OK ? open->encoded->len : 0;
}

enum { NAME_MAX = 0x7f, TIMEOUT_MAX = 1 + 9 };

static inline uint8_t *put_name(uint8_t *to, uint32_t tag, const char *name, size_t len)
{
    to = idl__put_short_prefix(to, tag, len);
    memcpy(to, name, len);
    return to + len;
}

static inline uint8_t *put_timeout(uint8_t *to, uint64_t timeout_ns)
{
    *to++ = IDL_TAG(4, IDL_VARINT);
    for (; timeout_ns >= 0x80; timeout_ns >>= 7)
        *to++ = (uint8_t)(timeout_ns | 0x80);
    *to++ = (uint8_t)timeout_ns;
    return to;
}

/* False: it can't be written so, and nothing was queued. */
static bool put_request_in_place(idl__conn *conn, uint32_t id, const idl__open *open)
{
    const idl_method *method = open->method;
    const size_t size = size_in_place(conn, method->request, open->request);
    if (size == 0 || open->encoded != NULL || open->metadata != NULL ||
        open->timeout_ns > INT64_MAX)
        return false;
    const size_t service = strlen(method->service), name = strlen(method->name);
    if (service - 1 >= NAME_MAX || name - 1 >= NAME_MAX)
        return false;
    uint8_t *frame =
        idl__out_reserve(&conn->out, &conn->shared->pool,
                         IDL__FRAME_HEAD + 2 + service + 2 + name + 3 + size + TIMEOUT_MAX);
    if (frame == NULL)
        return false;
    uint8_t *to = frame + IDL__FRAME_HEAD;
    to = put_name(to, IDL_TAG(1, IDL_LEN), method->service, service);
    to = put_name(to, IDL_TAG(2, IDL_LEN), method->name, name);
    to = idl__put_short_prefix(to, IDL_TAG(3, IDL_LEN), size);
    conn->request = (idl_bytes){ to, size };
    to = idl__put_alone_long(to, size, method->request, open->request);
    if (to == NULL)
        return false;
    if (open->timeout_ns != 0)
        to = put_timeout(to, open->timeout_ns);
    put_in_place(conn, frame, to, id, IDL__T_REQUEST, request_flags(method->kind));
    return true;
}

idl_code idl__frames_request(idl__conn *conn, uint32_t id, const idl__open *open)
{
    if (put_request_in_place(conn, id, open))
        return IDL_OK;
    const idl_method *method = open->method;
    idl_writer *w = idl__conn_writer(conn);
    idl__put_request_metadata(w, open->metadata);
    idl__put_timeout(w, open->timeout_ns);
    size_t tail = idl__writer_bytes(w).len;
    size_t size = put_request_payload(w, open);
    idl__put_request(w, method, size);
    if (w->status == IDL_OK && size > conn->max_payload)
        return IDL_OUT_OF_RANGE;
    idl_code code = put(conn, w, id, IDL__T_REQUEST, request_flags(method->kind));
    conn->request = (idl_bytes){ code == IDL_OK ? conn->put_end - tail - size : NULL, size };
    return code;
}

/* ---- Replies ---- */

static bool put_reply_in_place(idl__conn *conn, const idl__stream *stream, const idl_message *type,
                               const void *reply)
{
    const size_t size = size_in_place(conn, type, reply);
    if (size == 0 || stream->metadata != NULL)
        return false;
    uint8_t *frame = idl__out_reserve(&conn->out, &conn->shared->pool, IDL__FRAME_HEAD + 3 + size);
    if (frame == NULL)
        return false;
    uint8_t *to = idl__put_short_prefix(frame + IDL__FRAME_HEAD, IDL_TAG(2, IDL_LEN), size);
    to = idl__put_alone_long(to, size, type, reply);
    if (to == NULL)
        return false;
    put_in_place(conn, frame, to, stream->id, IDL__T_RESPONSE, 0);
    return true;
}

idl_code idl__frames_reply(idl__conn *conn, idl__stream *stream, const idl_message *type,
                           const void *reply)
{
    if (put_reply_in_place(conn, stream, type, reply))
        return IDL_OK;
    idl_writer *w = idl__conn_writer(conn);
    if (conn->wire->headers != NULL)
        idl__put_response_metadata(w, stream->metadata);
    size_t size = idl__put_payload(w, type, reply);
    if (w->status == IDL_OK && size > conn->max_payload)
        return IDL_OUT_OF_RANGE;
    idl__put_response(w, size);
    return put(conn, w, stream->id, IDL__T_RESPONSE, 0);
}

/* ---- Messages of streams ---- */

static inline idl_code sent(idl__conn *conn, idl__stream *stream, int64_t cost, bool last)
{
    stream->send_credit -= cost;
    stream->bytes_out += (uint64_t)cost;
    conn->send_credit -= cost;
    idl__wait_remove(conn, stream);
    if (last)
        stream->flags |= IDL__S_SENT_LAST;
    return IDL_OK;
}

static IDL__NOINLINE idl_code put_data(idl__conn *conn, idl__stream *stream,
                                       const idl_message *type, const void *item, bool last)
{
    unsigned flags = last ? IDL__F_REMOTE_CLOSED : 0;
    const size_t size = size_in_place(conn, type, item);
    uint8_t *frame = NULL, *end = NULL;
    if (size != 0)
        frame = idl__out_reserve(&conn->out, &conn->shared->pool, IDL__FRAME_HEAD + size);
    if (frame != NULL)
        end = idl__put_alone_long(frame + IDL__FRAME_HEAD, size, type, item);
    if (end != NULL) {
        size_t all = put_in_place(conn, frame, end, stream->id, IDL__T_DATA, flags);
        return sent(conn, stream, (int64_t)all, last);
    }
    idl_writer *w = idl__conn_writer(conn);
    if (item != NULL)
        type->put(w, item);
    else
        flags |= IDL__F_NO_DATA;
    if (IDL_UNLIKELY((size_t)(w->end - w->p) > conn->max_payload))
        return IDL_RESOURCE_EXHAUSTED;
    idl_code code = put_head(conn, w, stream->id, IDL__T_DATA, flags);
    int64_t cost = w->end - w->p;
    if (code == IDL_OK)
        code = queue(conn, w);
    if (IDL_UNLIKELY(code != IDL_OK))
        return idl__too_large(code);
    return sent(conn, stream, cost, last);
}

/* Most messages of streams are short, and follow others: they are written where they stay. */
idl_code idl__frames_data(idl__conn *conn, idl__stream *stream, const idl_message *type,
                          const void *item, bool last)
{
    uint8_t *frame = idl__out_room(&conn->out, IDL__FRAME_HEAD + IDL__ALONE_MAX);
    if (frame == NULL || item == NULL || last || conn->max_payload < IDL__ALONE_MAX ||
        !is_calm(conn->shared))
        return put_data(conn, stream, type, item, last);
    size_t size = idl__put_alone(frame + IDL__FRAME_HEAD, type, item);
    if (size == 0)
        return put_data(conn, stream, type, item, false);
    size = put_in_place(conn, frame, frame + IDL__FRAME_HEAD + size, stream->id, IDL__T_DATA, 0);
    return sent(conn, stream, (int64_t)size, false);
}

idl_code idl__frames_headers(idl__conn *conn, uint32_t id, const idl__pairs *initial)
{
    idl_writer *w = idl__conn_writer(conn);
    idl__put_headers(w, initial);
    return put(conn, w, id, IDL__T_HEADERS, 0);
}

void idl__frames_error(idl__conn *conn, uint32_t id, idl_code code, idl_str message,
                       bool never_started, const idl__metadata *metadata)
{
    idl_writer *w = idl__conn_writer(conn);
    if (conn->wire->headers != NULL)
        idl__put_response_metadata(w, metadata);
    idl__put_error(w, code, message, metadata != NULL ? &metadata->lists[IDL__DETAILS] : NULL);
    if (put(conn, w, id, IDL__T_RESPONSE, never_started ? IDL__F_NEVER_STARTED : 0) != IDL_OK)
        idl__conn_no_memory(conn);
}
