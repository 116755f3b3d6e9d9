/* SPDX-License-Identifier: MIT */
/* codec_one.c: messages of one scalar. Here once, they need no code in what is generated.
 *
 * The scalar is reached by memcpy: it may be a member, a parameter or an enum. */
#include "codec.h"

/* set: whether v is sent; put: writes v; get: reads a T. */
#define ONE(name, T, wire, set, put, get)                                    \
    void idl_put_one_##name(idl_writer *w, const void *message)              \
    {                                                                        \
        T v;                                                                 \
        memcpy(&v, message, sizeof v);                                       \
        if (set)                                                             \
            put;                                                             \
    }                                                                        \
    void idl_get_one_##name(idl_reader *r, void *message)                    \
    {                                                                        \
        for (uint32_t tag; r->p != r->end && (tag = idl_get_tag(r)) != 0;) { \
            if (IDL_UNLIKELY(tag != IDL_TAG(1, wire))) {                     \
                idl_get_skip(r, tag);                                        \
                continue;                                                    \
            }                                                                \
            T v = get;                                                       \
            memcpy(message, &v, sizeof v);                                   \
        }                                                                    \
    }

#define VARINT(name, T)                                                                      \
    ONE(name, T, IDL_VARINT, v != 0, idl_put_varint(w, IDL_TAG(1, IDL_VARINT), (uint64_t)v), \
        idl_get_##name(r))
#define ZIGZAG(name, T)                                                            \
    ONE(name, T, IDL_VARINT, v != 0, idl_put_##name(w, IDL_TAG(1, IDL_VARINT), v), \
        idl_get_##name(r))
#define FIXED(name, T, wire, bits) \
    ONE(name, T, wire, v != 0, idl_put_##bits(w, IDL_TAG(1, wire), (u##T)v), (T)idl_get_##bits(r))
#define REAL(name, wire)                                                                  \
    ONE(name, name, wire, idl_##name##_is_set(v), idl_put_##name(w, IDL_TAG(1, wire), v), \
        idl_get_##name(r))
#define TEXT(name)                                                                        \
    ONE(name, idl_##name, IDL_LEN, v.len != 0, idl_put_##name(w, IDL_TAG(1, IDL_LEN), v), \
        idl_get_##name(r))

/* Not by VARINT: there bool would be expanded. */
ONE(bool, bool, IDL_VARINT, v, idl_put_varint(w, IDL_TAG(1, IDL_VARINT), v), idl_get_bool(r))
VARINT(int8, int8_t)
VARINT(int16, int16_t)
VARINT(int32, int32_t)
VARINT(int64, int64_t)
VARINT(uint8, uint8_t)
VARINT(uint16, uint16_t)
VARINT(uint32, uint32_t)
VARINT(uint64, uint64_t)
ZIGZAG(sint32, int32_t)
ZIGZAG(sint64, int64_t)
ONE(fixed32, uint32_t, IDL_I32, v != 0, idl_put_fixed32(w, IDL_TAG(1, IDL_I32), v),
    idl_get_fixed32(r))
ONE(fixed64, uint64_t, IDL_I64, v != 0, idl_put_fixed64(w, IDL_TAG(1, IDL_I64), v),
    idl_get_fixed64(r))
FIXED(sfixed32, int32_t, IDL_I32, fixed32)
FIXED(sfixed64, int64_t, IDL_I64, fixed64)
REAL(float, IDL_I32)
REAL(double, IDL_I64)
TEXT(str)
TEXT(bytes)
ONE(enum, int32_t, IDL_VARINT, v != 0, idl_put_varint(w, IDL_TAG(1, IDL_VARINT), (uint64_t)v),
    idl_get_int32(r))
