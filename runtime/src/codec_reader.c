/* SPDX-License-Identifier: MIT */
/* codec_reader.c: reads tags and varints, and skips what is not known. */
#include "codec.h"

#include "codec_words.h"

void idl__reader_fail(idl_reader *r, idl_code code)
{
    if (r->status == IDL_OK)
        r->status = code;
    r->p = r->end;
}

void idl__get_truncated(idl_reader *r)
{
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
}

uint32_t idl__get_tag_any(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (p == r->end)
        return 0;
    uint64_t tag = 0;
    for (int shift = 0; shift < 35 && p < r->end; shift += 7) {
        uint8_t byte = *p++;
        tag |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (tag > UINT32_MAX || tag >> 3 == 0)
                break;
            r->p = p;
            return (uint32_t)tag;
        }
    }
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    return 0;
}

/* A varint of any length that the input may end in. */
static uint64_t varint_by_bytes(idl_reader *r)
{
    const uint8_t *p = r->p;
    uint64_t v = 0;
    for (int shift = 0; shift < 70 && p < r->end; shift += 7) {
        uint8_t byte = *p++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            r->p = p;
            return v;
        }
    }
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    return 0;
}

uint64_t idl__get_varint_any(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (IDL_LIKELY(r->end - p >= 8)) {
        uint64_t word = idl__load64(p);
        uint64_t ends = ~word & IDL__TOP_BITS;
        if (IDL_LIKELY(ends != 0)) {
            r->p = p + idl__ctz64(ends) / 8 + 1;
            return idl__pack56(word & (ends ^ (ends - 1)));
        }
    }
    return varint_by_bytes(r);
}

const uint8_t *idl__get_chunk_any(idl_reader *r, size_t *length)
{
    uint64_t len = idl_get_uint64(r);
    const uint8_t *chunk = r->p;
    if (IDL_UNLIKELY(len > (size_t)(r->end - chunk))) {
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
        len = 0;
    } else {
        r->p = chunk + len;
    }
    *length = (size_t)len;
    return chunk;
}

static void skip_bytes(idl_reader *r, size_t length)
{
    if ((size_t)(r->end - r->p) < length)
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    else
        r->p += length;
}

/* A field's value; group ends are the caller's. */
static void skip_value(idl_reader *r, uint32_t tag)
{
    size_t length;
    switch (tag & 7) {
    case IDL_VARINT: idl_get_uint64(r); break;
    case IDL_I64: skip_bytes(r, 8); break;
    case IDL_LEN: idl__get_chunk(r, &length); break;
    case IDL_I32: skip_bytes(r, 4); break;
    default: idl__reader_fail(r, IDL_INVALID_ARGUMENT); break;
    }
}

/* To the end of the group that tag began, and of all in it. Each must end with its own number. */
static void skip_group(idl_reader *r, uint32_t tag)
{
    uint32_t open[IDL_DEPTH_MAX];
    const int limit = IDL_DEPTH_MAX - r->depth;
    int depth = 0;
    do {
        if ((tag & 7) == IDL_GROUP) {
            if (depth == limit)
                break;
            open[depth++] = tag >> 3;
        } else if ((tag & 7) == IDL_END_GROUP) {
            if (open[depth - 1] != tag >> 3)
                break;
            if (--depth == 0)
                return;
        } else {
            skip_value(r, tag);
        }
        tag = idl_get_tag(r);
    } while (tag != 0);
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
}

void idl_get_skip(idl_reader *r, uint32_t tag)
{
    if ((tag & 7) == IDL_GROUP)
        skip_group(r, tag);
    else
        skip_value(r, tag);
}
