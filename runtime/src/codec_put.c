/* SPDX-License-Identifier: MIT */
/* codec_put.c: writes scalars, text and lengths: what codec_inline.h leaves over. */
#include "codec.h"

#include "codec_text.h"

/* A tag of any length before p. */
static inline uint8_t *tag_before(uint8_t *p, uint32_t tag)
{
    if (IDL_LIKELY(tag < IDL__TAG_SHORT))
        return idl__tag_before(p, tag);
    return idl__varint_before(p, tag);
}

/* A length and a tag before p. */
static inline uint8_t *prefix_before(uint8_t *p, uint32_t tag, size_t length)
{
    if (IDL_LIKELY(length < 0x80))
        *--p = (uint8_t)length;
    else
        p = idl__varint_before(p, length);
    return tag_before(p, tag);
}

void idl__put_varint_any(idl_writer *w, uint32_t tag, uint64_t v)
{
    if (idl__writer_room(w, 0))
        w->p = tag_before(idl__varint_before(w->p, v), tag);
}

void idl__put_fixed32_any(idl_writer *w, uint32_t tag, uint32_t v)
{
    if (!idl__writer_room(w, 0))
        return;
    uint8_t *p = w->p - 4;
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    w->p = tag_before(p, tag);
}

void idl__put_fixed64_any(idl_writer *w, uint32_t tag, uint64_t v)
{
    if (!idl__writer_room(w, 0))
        return;
    idl__store64(w->p - 8, v);
    w->p = tag_before(w->p - 8, tag);
}

void idl__put_prefix(idl_writer *w, uint32_t tag, size_t length)
{
    if (!idl__writer_room(w, 0))
        return;
    if (IDL_UNLIKELY(length > INT32_MAX))
        idl__writer_fail(w, IDL_RESOURCE_EXHAUSTED);
    else
        w->p = prefix_before(w->p, tag, length);
}

void idl__put_length_any(idl_writer *w, uint32_t tag, size_t mark)
{
    w->depth--;
    idl__put_prefix(w, tag, (size_t)(w->end - w->p) - mark);
}

void idl__put_too_deep(idl_writer *w)
{
    idl__writer_fail(w, IDL_INVALID_ARGUMENT);
}

IDL__NOINLINE static void put_str_any(idl_writer *w, uint32_t tag, idl_str v)
{
    if (IDL_UNLIKELY(!idl__writer_room(w, v.len)))
        return;
    const uint8_t *from = (const uint8_t *)v.data;
    uint8_t *p = w->p - v.len;
    if (IDL_UNLIKELY(!idl__copy_ascii(p, from, v.len) && !idl__utf8_valid(p, v.len)))
        idl__writer_fail(w, IDL_INVALID_ARGUMENT);
    else
        w->p = prefix_before(p, tag, v.len);
}

void idl_put_str(idl_writer *w, uint32_t tag, idl_str v)
{
    uint8_t *p = w->p;
    if (IDL_LIKELY(v.len <= IDL__TEXT_SHORT && p - w->lo >= (ptrdiff_t)v.len &&
                   tag < IDL__TAG_SHORT &&
                   idl__copy_short_ascii(p - v.len, (const uint8_t *)v.data, v.len))) {
        p -= v.len + 1;
        *p = (uint8_t)v.len;
        w->p = idl__tag_before(p, tag);
    } else {
        put_str_any(w, tag, v);
    }
}

void idl_put_bytes(idl_writer *w, uint32_t tag, idl_bytes v)
{
    if (IDL_UNLIKELY(!idl__writer_room(w, v.len)))
        return;
    uint8_t *p = w->p - v.len;
    if (v.len != 0)
        memcpy(p, v.data, v.len);
    w->p = prefix_before(p, tag, v.len);
}

void idl_put_message(idl_writer *w, uint32_t tag, idl_put_fn *put, const void *message)
{
    const size_t mark = idl_put_mark(w);
    if (IDL_LIKELY(w->depth <= IDL_DEPTH_MAX))
        put(w, message);
    idl_put_length(w, tag, mark);
}
