/* SPDX-License-Identifier: MIT */
/* codec_get.c: reads scalars, text, and messages within messages. */
#include "codec.h"

#include "arena.h"
#include "codec_text.h"

static int64_t get_signed(idl_reader *r, int64_t min, int64_t max)
{
    int64_t v = idl_get_int64(r);
    if (v >= min && v <= max)
        return v;
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    return 0;
}

static uint64_t get_unsigned(idl_reader *r, uint64_t max)
{
    uint64_t v = idl_get_uint64(r);
    if (v <= max)
        return v;
    idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    return 0;
}

int8_t idl_get_int8(idl_reader *r)
{
    return (int8_t)get_signed(r, INT8_MIN, INT8_MAX);
}

int16_t idl_get_int16(idl_reader *r)
{
    return (int16_t)get_signed(r, INT16_MIN, INT16_MAX);
}

uint8_t idl_get_uint8(idl_reader *r)
{
    return (uint8_t)get_unsigned(r, UINT8_MAX);
}

uint16_t idl_get_uint16(idl_reader *r)
{
    return (uint16_t)get_unsigned(r, UINT16_MAX);
}

static IDL__NOINLINE idl_str get_text(idl_reader *r, const uint8_t *from, size_t len)
{
    const idl_str empty = IDL_EMPTY_STR;
    if (len == 0)
        return empty;
    uint8_t *to = idl__arena_text(r->arena, len + 1);
    if (IDL_UNLIKELY(to == NULL)) {
        idl__reader_fail(r, IDL_RESOURCE_EXHAUSTED);
        return empty;
    }
    if (IDL_UNLIKELY(!idl__copy_ascii(to, from, len) && !idl__utf8_valid(from, len))) {
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
        return empty;
    }
    to[len] = '\0';
    return (idl_str){ (const char *)to, len };
}

idl_str idl_get_str(idl_reader *r)
{
    size_t len;
    const uint8_t *from = idl__get_chunk(r, &len);
    if (IDL_LIKELY(len - 1 < IDL__TEXT_SHORT)) {
        const uint8_t *text = idl__copy_short_text(r->arena, from, len);
        if (IDL_LIKELY(text != NULL))
            return (idl_str){ (const char *)text, len };
    }
    return get_text(r, from, len);
}

idl_bytes idl_get_bytes(idl_reader *r)
{
    idl_bytes bytes;
    bytes.data = idl__get_chunk(r, &bytes.len);
    return bytes;
}

void idl_get_into(idl_reader *r, idl_get_fn *get, void *message)
{
    const uint8_t *end = r->end;
    size_t length;
    const uint8_t *begin = idl__get_chunk(r, &length);
    if (IDL_UNLIKELY(r->depth == IDL_DEPTH_MAX))
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    if (length == 0 || r->status != IDL_OK)
        return;
    r->depth++;
    r->p = begin;
    r->end = begin + length;
    get(r, message);
    r->depth--;
    r->end = end;
    if (IDL_UNLIKELY(r->status != IDL_OK))
        r->p = end;
}

void *idl_get_message(idl_reader *r, const idl_message *type, const void *old)
{
    void *message = idl__mutable(old);
    if (message == NULL) {
        message = idl__arena_object(r->arena, type->size);
        if (IDL_UNLIKELY(message == NULL)) {
            idl__reader_fail(r, IDL_RESOURCE_EXHAUSTED);
            return NULL;
        }
        memcpy(message, type->empty, type->size);
    }
    idl_get_into(r, type->get, message);
    return message;
}
