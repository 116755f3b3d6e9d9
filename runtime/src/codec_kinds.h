/* SPDX-License-Identifier: MIT */
/* codec_kinds.h: what the elements of packed lists are in memory.
 *
 * The list functions are one body each, compiled once per kind: kind is always a constant there.
 * Elements are reached by memcpy, as enums and signed twins share a kind. */
#ifndef IDL__CODEC_KINDS_H
#define IDL__CODEC_KINDS_H

#include "codec_words.h"

enum idl__kind {
    IDL__BOOL,
    IDL__INT8,
    IDL__INT16,
    IDL__INT32, /* enums too */
    IDL__INT64, /* uint64 too: the same bits */
    IDL__UINT8,
    IDL__UINT16,
    IDL__UINT32,
    IDL__SINT32, /* zigzag */
    IDL__SINT64
};

IDL__ALWAYS_INLINE size_t idl__kind_size(enum idl__kind kind)
{
    switch (kind) {
    case IDL__BOOL: return sizeof(bool);
    case IDL__INT8:
    case IDL__UINT8: return 1;
    case IDL__INT16:
    case IDL__UINT16: return 2;
    case IDL__INT32:
    case IDL__UINT32:
    case IDL__SINT32: return 4;
    case IDL__INT64:
    case IDL__SINT64: break;
    }
    return 8;
}

/* Copies elements of size bytes, each turned around; length is that of all. */
static inline void idl__copy_turned(uint8_t *to, const uint8_t *from, size_t length, size_t size)
{
    for (size_t i = 0; i < length; i++)
        to[i] = from[i / size * size + size - 1 - i % size];
}

/* Copies elements of size bytes between memory and the wire, which is little-endian. */
static inline void idl__copy_fixed(uint8_t *to, const uint8_t *from, size_t length, size_t size)
{
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1); /* a constant to compilers */
    if (first == 1)
        memcpy(to, from, length);
    else
        idl__copy_turned(to, from, length, size);
}

#endif
