/* SPDX-License-Identifier: MIT */
/* codec_utf8.c: is it UTF-8? The Unicode standard, table 3-7: no overlong forms, no surrogates,
 * nothing above U+10FFFF. */
#include "codec.h"

#include "codec_words.h"

/* Bytes of the sequence that begins at p, where left bytes are; 0 if there is no valid one. */
static size_t sequence(const uint8_t *p, size_t left)
{
    uint8_t lead = p[0], low = 0x80, high = 0xbf; /* of the second byte */
    size_t size;
    if (lead < 0xc2) {
        return lead < 0x80;
    } else if (lead < 0xe0) {
        size = 2;
    } else if (lead < 0xf0) {
        size = 3;
        if (lead == 0xe0)
            low = 0xa0;
        else if (lead == 0xed)
            high = 0x9f;
    } else if (lead < 0xf5) {
        size = 4;
        if (lead == 0xf0)
            low = 0x90;
        else if (lead == 0xf4)
            high = 0x8f;
    } else {
        return 0;
    }
    if (left < size || p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < size; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

bool idl__utf8_valid(const uint8_t *data, size_t len)
{
    size_t i = 0;
    while (i < len) {
        while (len - i >= 8 && (idl__load64(data + i) & IDL__TOP_BITS) == 0)
            i += 8;
        if (i == len)
            break;
        size_t size = sequence(data + i, len - i);
        if (size == 0)
            return false;
        i += size;
    }
    return true;
}
