/* SPDX-License-Identifier: MIT */
/* envelope.c: writes and parses what is in frames. proto3's rules hold: fields that are not known,
 * or come with another wire type, are skipped; of a field that comes twice the last counts. */
#include "envelope.h"

#include <string.h>

#include <idl/frame.h>

#include "codec.h"
#include "cut.h"

/* ttrpc's lengths do not count stream id, type and flags. */
enum { TTRPC_SHORTER = IDL__HEAD };

/* ---- Parsing ---- */

static idl_reader reader_of(idl_bytes in)
{
    idl_reader r;
    idl__reader_init(&r, in, NULL);
    return r;
}

/* As idl_get_bytes, without a call. */
static inline idl_bytes get_chunk(idl_reader *r)
{
    idl_bytes bytes;
    bytes.data = idl__get_chunk(r, &bytes.len);
    return bytes;
}

static void count_pair(idl_reader *r, size_t *size)
{
    idl_meta pair;
    idl__get_pair(r, &pair, size);
}

bool idl__parse_request(idl_bytes in, idl__request *request)
{
    *request = (idl__request){ .timeout_nano = 0 };
    idl_reader r = reader_of(in);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_LEN): request->service = get_chunk(&r); break;
        case IDL_TAG(2, IDL_LEN): request->method = get_chunk(&r); break;
        case IDL_TAG(3, IDL_LEN): request->payload = get_chunk(&r); break;
        case IDL_TAG(4, IDL_VARINT): request->timeout_nano = idl_get_int64(&r); break;
        case IDL_TAG(5, IDL_LEN): count_pair(&r, &request->metadata); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    return r.status == IDL_OK;
}

/* Merges into status, as a message that comes twice does. */
static void get_status(idl_reader *outer, idl__status *status)
{
    idl_reader r = reader_of(idl_get_bytes(outer));
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): status->code = idl_get_int32(&r); break;
        case IDL_TAG(2, IDL_LEN): status->message = get_chunk(&r); break;
        case IDL_TAG(3, IDL_LEN): count_pair(&r, &status->details); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    if (r.status != IDL_OK)
        idl__reader_fail(outer, r.status);
}

bool idl__parse_response(idl_bytes in, idl__response *response)
{
    *response = (idl__response){ .status = { .code = 0 } };
    idl_reader r = reader_of(in);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_LEN): get_status(&r, &response->status); break;
        case IDL_TAG(2, IDL_LEN): response->payload = get_chunk(&r); break;
        case IDL_TAG(3, IDL_LEN): count_pair(&r, &response->trailing); break;
        case IDL_TAG(4, IDL_LEN): count_pair(&r, &response->initial); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    response->trailing += response->status.details;
    return r.status == IDL_OK;
}

bool idl__parse_headers(idl_bytes in, size_t *initial)
{
    idl_reader r = reader_of(in);
    *initial = 0;
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        if (tag == IDL_TAG(1, IDL_LEN))
            count_pair(&r, initial);
        else
            idl_get_skip(&r, tag);
    }
    return r.status == IDL_OK;
}

bool idl__parse_goaway(idl_bytes in, idl__goaway *goaway)
{
    *goaway = (idl__goaway){ 0 };
    idl_reader r = reader_of(in);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): goaway->last_stream = idl_get_uint32(&r); break;
        case IDL_TAG(2, IDL_LEN): get_status(&r, &goaway->status); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    return r.status == IDL_OK;
}

bool idl__parse_hello(idl_bytes in, idl__hello *hello)
{
    *hello = (idl__hello){ 0 };
    idl_reader r = reader_of(in);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): hello->version = idl_get_uint32(&r); break;
        case IDL_TAG(2, IDL_VARINT): hello->max_message = idl_get_uint32(&r); break;
        case IDL_TAG(3, IDL_VARINT): hello->max_streams = idl_get_uint32(&r); break;
        case IDL_TAG(4, IDL_VARINT): hello->stream_credit = idl_get_uint32(&r); break;
        case IDL_TAG(5, IDL_VARINT): hello->features = idl_get_uint64(&r); break;
        case IDL_TAG(6, IDL_VARINT): hello->connection_credit = idl_get_uint32(&r); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    return r.status == IDL_OK;
}

bool idl__looks_like_ttrpc(idl_bytes in, size_t more)
{
    idl__request request;
    if (more >= TTRPC_SHORTER)
        return idl__parse_request((idl_bytes){ in.data, in.len + TTRPC_SHORTER }, &request);
    /* The rest has not come yet: a last field that lacks just that much. */
    idl_reader r = reader_of(in);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        idl_reader before = r;
        idl_get_skip(&r, tag);
        if (r.status != IDL_OK && (tag & 7) == IDL_LEN) {
            uint64_t length = idl_get_uint64(&before);
            size_t left = (size_t)(before.end - before.p);
            return before.status == IDL_OK && length > left && length - left == TTRPC_SHORTER;
        }
    }
    return false;
}

/* ---- Writing ---- */

static size_t written(const idl_writer *w)
{
    return (size_t)(w->end - w->p);
}

/* The tag and length of size bytes that were just written; none for nothing. */
static void put_length(idl_writer *w, uint32_t tag, size_t size)
{
    if (size != 0)
        idl_put_varint(w, tag, size);
}

/* A text that needs no check. */
static inline void put_text(idl_writer *w, uint32_t tag, const char *text)
{
    size_t len = strlen(text);
    if (len == 0 || IDL_UNLIKELY(!idl__writer_room(w, len)))
        return;
    w->p -= len;
    memcpy(w->p, text, len);
    idl_put_varint(w, tag, len);
}

static void put_number(idl_writer *w, uint32_t field, uint64_t v)
{
    if (v != 0)
        idl_put_varint(w, IDL_TAG(field, IDL_VARINT), v);
}

void idl__put_timeout(idl_writer *w, uint64_t timeout_ns)
{
    put_number(w, 4, timeout_ns < INT64_MAX ? timeout_ns : INT64_MAX);
}

void idl__put_request(idl_writer *w, const idl_method *method, size_t size)
{
    put_length(w, IDL_TAG(3, IDL_LEN), size);
    put_text(w, IDL_TAG(2, IDL_LEN), method->name);
    put_text(w, IDL_TAG(1, IDL_LEN), method->service);
}

void idl__put_response(idl_writer *w, size_t size)
{
    put_length(w, IDL_TAG(2, IDL_LEN), size);
}

void idl__make_utf8(uint8_t *text, size_t len)
{
    if (idl__utf8_valid(text, len))
        return;
    for (size_t i = 0, n; i < len; i += n) {
        for (n = 1; n <= 4 && n <= len - i && !idl__utf8_valid(text + i, n); n++) {
        }
        if (n > 4 || n > len - i) {
            text[i] = '?';
            n = 1;
        }
    }
}

static void put_status(idl_writer *w, uint32_t field, int32_t code, idl_bytes message,
                       const idl__pairs *details)
{
    size_t before = written(w);
    if (details != NULL)
        idl__put_pairs(w, IDL_TAG(3, IDL_LEN), details, true);
    if (message.len > IDL__STATUS_TEXT_MAX)
        message.len = IDL__STATUS_TEXT_MAX;
    if (message.len != 0) {
        idl__put_raw(w, message);
        if (w->status == IDL_OK)
            idl__make_utf8(w->p, message.len);
        put_length(w, IDL_TAG(2, IDL_LEN), message.len);
    }
    put_number(w, 1, (uint64_t)(int64_t)code);
    if (w->status == IDL_OK)
        put_length(w, IDL_TAG(field, IDL_LEN), written(w) - before);
}

void idl__put_error(idl_writer *w, int32_t code, idl_str message, const idl__pairs *details)
{
    put_status(w, 1, code, (idl_bytes){ (const uint8_t *)message.data, message.len }, details);
}

void idl__put_request_metadata(idl_writer *w, const idl__pairs *pairs)
{
    if (pairs != NULL)
        idl__put_pairs(w, IDL_TAG(5, IDL_LEN), pairs, false);
}

void idl__put_response_metadata(idl_writer *w, const idl__metadata *metadata)
{
    if (metadata == NULL)
        return;
    if (!metadata->initial_sent)
        idl__put_pairs(w, IDL_TAG(4, IDL_LEN), &metadata->lists[IDL_META_INITIAL], false);
    idl__put_pairs(w, IDL_TAG(3, IDL_LEN), &metadata->lists[IDL_META_TRAILING], false);
}

void idl__put_headers(idl_writer *w, const idl__pairs *initial)
{
    idl__put_pairs(w, IDL_TAG(1, IDL_LEN), initial, false);
}

void idl__put_goaway(idl_writer *w, const idl__goaway *goaway)
{
    put_status(w, 2, goaway->status.code, goaway->status.message, NULL);
    put_number(w, 1, goaway->last_stream);
}

void idl__put_hello(idl_writer *w, const idl__hello *hello)
{
    put_number(w, 6, hello->connection_credit);
    put_number(w, 5, hello->features);
    put_number(w, 4, hello->stream_credit);
    put_number(w, 3, hello->max_streams);
    put_number(w, 2, hello->max_message);
    put_number(w, 1, hello->version);
}
