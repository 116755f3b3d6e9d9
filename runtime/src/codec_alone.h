/* SPDX-License-Identifier: MIT */
/* codec_alone.h: messages that are one text or one piece of bytes and nothing else, which is what most
 * streams and many calls consist of: in and out without a reader or a writer.
 *
 * All functions look whether it is such a message, and do nothing if it is not: other text than
 * ASCII, an empty one, memory that is full and anything unusual is the codec's. */
#ifndef IDL__CODEC_ALONE_H
#define IDL__CODEC_ALONE_H

#include <idl/codec.h>

#include "codec_text.h"

enum {
    IDL__ALONE_HEAD = 2,
    IDL__ALONE_MAX = IDL__ALONE_HEAD + IDL__TEXT_SHORT,
    IDL__ALONE_LONG = 15 << 10 /* lengths of such messages take two bytes at most */
};

/* Writes a short one first byte first, where it stays: what a writer has just written in small pieces can't be
 * copied until it has reached the cache. The number of bytes, at most IDL__ALONE_MAX; 0: it is another
 * message. */
IDL__ALWAYS_INLINE size_t idl__put_alone(uint8_t *to, const idl_message *type, const void *message)
{
    idl_bytes v; /* text has the same members */
    const bool text = type->put == idl_put_one_str;
    if (!text && type->put != idl_put_one_bytes)
        return 0;
    memcpy(&v, message, sizeof v);
    if (v.len - 1 >= IDL__TEXT_SHORT)
        return 0;
    if (!idl__copy_short_ascii(to + IDL__ALONE_HEAD, v.data, v.len) && text)
        return 0;
    to[0] = IDL_TAG(1, IDL_LEN);
    to[1] = (uint8_t)v.len;
    return IDL__ALONE_HEAD + v.len;
}

/* A length of at most two bytes, and the tag before it; returns what follows. */
static inline uint8_t *idl__put_short_prefix(uint8_t *to, uint32_t tag, size_t length)
{
    *to++ = (uint8_t)tag;
    if (length >= 0x80) {
        *to++ = (uint8_t)(length | 0x80);
        length >>= 7;
    }
    *to++ = (uint8_t)length;
    return to;
}

/* The number of bytes of one that may be longer, up to IDL__ALONE_LONG of text; 0: it is another
 * message. */
static inline size_t idl__alone_size(const idl_message *type, const void *message)
{
    idl_bytes v;
    if (message == NULL || (type->put != idl_put_one_str && type->put != idl_put_one_bytes))
        return 0;
    memcpy(&v, message, sizeof v);
    if (v.len - 1 >= IDL__ALONE_LONG)
        return 0;
    const size_t head = v.len < 0x80 ? IDL__ALONE_HEAD : IDL__ALONE_HEAD + 1;
    return head + v.len;
}

/* Writes those size bytes; returns what follows them, NULL: it is another message after all. */
static inline uint8_t *idl__put_alone_long(uint8_t *to, size_t size, const idl_message *type,
                                           const void *message)
{
    idl_bytes v;
    if (size <= IDL__ALONE_MAX)
        return idl__put_alone(to, type, message) == size ? to + size : NULL;
    memcpy(&v, message, sizeof v);
    to = idl__put_short_prefix(to, IDL_TAG(1, IDL_LEN), v.len);
    if (type->put == idl_put_one_bytes)
        memcpy(to, v.data, v.len);
    else if (!idl__copy_ascii(to, v.data, v.len))
        return NULL;
    return to + v.len;
}

IDL__ALWAYS_INLINE bool idl__get_alone(const idl_message *type, idl_bytes in,
                                       struct idl_arena *arena, void *message)
{
    const size_t len = in.len - IDL__ALONE_HEAD;
    const bool text = type->get == idl_get_one_str;
    if (!text && type->get != idl_get_one_bytes)
        return false;
    if (len - 1 >= IDL__TEXT_SHORT || in.data[0] != IDL_TAG(1, IDL_LEN) || in.data[1] != len)
        return false;
    idl_bytes v = { in.data + IDL__ALONE_HEAD, len };
    if (text) {
        v.data = idl__copy_short_text(arena, v.data, len);
        if (v.data == NULL)
            return false;
    }
    memcpy(message, &v, sizeof v);
    return true;
}

#endif
