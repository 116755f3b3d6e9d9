/* SPDX-License-Identifier: MIT */
/* codec_inline.h: the fast paths of codec.h; not for including on its own.
 *
 * Inline is what happens nearly always: tags and varints of one byte, and fixed-width values.
 * Everything else is one call away, so that generated code stays small. Bytes are put together by
 * shifts, which compilers turn into plain loads and stores where the machine is little-endian. */
#ifndef IDL_CODEC_INLINE_H
#define IDL_CODEC_INLINE_H

#include <idl/codec.h>

#include <string.h>

IDL_BEGIN_DECLS

/* -- Writing -- */

IDL_API void idl__put_varint_any(idl_writer *w, uint32_t tag, uint64_t v);
IDL_API void idl__put_fixed32_any(idl_writer *w, uint32_t tag, uint32_t v);
IDL_API void idl__put_fixed64_any(idl_writer *w, uint32_t tag, uint64_t v);
IDL_API void idl__put_length_any(idl_writer *w, uint32_t tag, size_t mark);
IDL_API void idl__put_too_deep(idl_writer *w);

/* Tags of one and two bytes, which are the field numbers up to 2047; tag is a constant. */
#define IDL__TAG_SHORT 0x4000U

static inline uint8_t *idl__tag_before(uint8_t *p, uint32_t tag)
{
    if (tag < 0x80) {
        p[-1] = (uint8_t)tag;
        return p - 1;
    }
    p[-1] = (uint8_t)(tag >> 7);
    p[-2] = (uint8_t)(tag | 0x80);
    return p - 2;
}

static inline void idl_put_varint(idl_writer *w, uint32_t tag, uint64_t v)
{
    uint8_t *p = w->p;
    if (IDL_LIKELY(p >= w->lo && v < 0x80 && tag < IDL__TAG_SHORT)) {
        *--p = (uint8_t)v;
        w->p = idl__tag_before(p, tag);
    } else {
        idl__put_varint_any(w, tag, v);
    }
}

static inline void idl_put_sint32(idl_writer *w, uint32_t tag, int32_t v)
{
    idl_put_varint(w, tag, ((uint32_t)v << 1) ^ (v < 0 ? UINT32_MAX : 0));
}

static inline void idl_put_sint64(idl_writer *w, uint32_t tag, int64_t v)
{
    idl_put_varint(w, tag, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

static inline void idl_put_fixed32(idl_writer *w, uint32_t tag, uint32_t v)
{
    uint8_t *p = w->p;
    if (IDL_LIKELY(p >= w->lo && tag < IDL__TAG_SHORT)) {
        p -= 4;
        p[0] = (uint8_t)v;
        p[1] = (uint8_t)(v >> 8);
        p[2] = (uint8_t)(v >> 16);
        p[3] = (uint8_t)(v >> 24);
        w->p = idl__tag_before(p, tag);
    } else {
        idl__put_fixed32_any(w, tag, v);
    }
}

static inline void idl_put_fixed64(idl_writer *w, uint32_t tag, uint64_t v)
{
    uint8_t *p = w->p;
    if (IDL_LIKELY(p >= w->lo && tag < IDL__TAG_SHORT)) {
        p -= 8;
        p[0] = (uint8_t)v;
        p[1] = (uint8_t)(v >> 8);
        p[2] = (uint8_t)(v >> 16);
        p[3] = (uint8_t)(v >> 24);
        p[4] = (uint8_t)(v >> 32);
        p[5] = (uint8_t)(v >> 40);
        p[6] = (uint8_t)(v >> 48);
        p[7] = (uint8_t)(v >> 56);
        w->p = idl__tag_before(p, tag);
    } else {
        idl__put_fixed64_any(w, tag, v);
    }
}

static inline void idl_put_float(idl_writer *w, uint32_t tag, float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    idl_put_fixed32(w, tag, bits);
}

static inline void idl_put_double(idl_writer *w, uint32_t tag, double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    idl_put_fixed64(w, tag, bits);
}

static inline bool idl_float_is_set(float v)
{
    uint32_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits != 0;
}

static inline bool idl_double_is_set(double v)
{
    uint64_t bits;
    memcpy(&bits, &v, sizeof bits);
    return bits != 0;
}

static inline size_t idl_put_mark(idl_writer *w)
{
    if (IDL_UNLIKELY(++w->depth > IDL_DEPTH_MAX))
        idl__put_too_deep(w);
    return (size_t)(w->end - w->p);
}

static inline void idl_put_length(idl_writer *w, uint32_t tag, size_t mark)
{
    uint8_t *p = w->p;
    size_t length = (size_t)(w->end - p) - mark;
    if (IDL_LIKELY(p >= w->lo && length < 0x80 && tag < IDL__TAG_SHORT)) {
        *--p = (uint8_t)length;
        w->p = idl__tag_before(p, tag);
        w->depth--;
    } else {
        idl__put_length_any(w, tag, mark);
    }
}

/* -- Reading -- */

IDL_API uint32_t idl__get_tag_any(idl_reader *r);
IDL_API uint64_t idl__get_varint_any(idl_reader *r);
IDL_API void idl__get_truncated(idl_reader *r);

static inline uint32_t idl_get_tag(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (IDL_LIKELY(r->end - p >= 2)) {
        uint32_t tag = p[0];
        if (IDL_LIKELY(tag - 8 < 0x78)) { /* one byte, and a field number that is not 0 */
            r->p = p + 1;
            return tag;
        }
        uint32_t high = p[1];
        if (IDL_LIKELY(tag >= 0x80 && high - 1 < 0x7f)) {
            r->p = p + 2;
            return (tag & 0x7f) | high << 7;
        }
    }
    return idl__get_tag_any(r);
}

static inline uint64_t idl_get_uint64(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (IDL_LIKELY(p < r->end && *p < 0x80)) {
        r->p = p + 1;
        return *p;
    }
    return idl__get_varint_any(r);
}

static inline bool idl_get_bool(idl_reader *r)
{
    return idl_get_uint64(r) != 0;
}

static inline int32_t idl_get_int32(idl_reader *r)
{
    return (int32_t)idl_get_uint64(r);
}

static inline int64_t idl_get_int64(idl_reader *r)
{
    return (int64_t)idl_get_uint64(r);
}

static inline uint32_t idl_get_uint32(idl_reader *r)
{
    return (uint32_t)idl_get_uint64(r);
}

static inline int32_t idl_get_sint32(idl_reader *r)
{
    uint32_t v = (uint32_t)idl_get_uint64(r);
    return (int32_t)((v >> 1) ^ (0 - (v & 1)));
}

static inline int64_t idl_get_sint64(idl_reader *r)
{
    uint64_t v = idl_get_uint64(r);
    return (int64_t)((v >> 1) ^ (0 - (v & 1)));
}

static inline uint32_t idl_get_fixed32(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (IDL_UNLIKELY(r->end - p < 4)) {
        idl__get_truncated(r);
        return 0;
    }
    r->p = p + 4;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t idl_get_fixed64(idl_reader *r)
{
    const uint8_t *p = r->p;
    if (IDL_UNLIKELY(r->end - p < 8)) {
        idl__get_truncated(r);
        return 0;
    }
    r->p = p + 8;
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline float idl_get_float(idl_reader *r)
{
    uint32_t bits = idl_get_fixed32(r);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline double idl_get_double(idl_reader *r)
{
    uint64_t bits = idl_get_fixed64(r);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

IDL_END_DECLS
#endif
