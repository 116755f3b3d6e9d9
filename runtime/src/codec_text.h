/* SPDX-License-Identifier: MIT */
/* codec_text.h: copies text and looks for bytes above 0x7f in one pass. */
#ifndef IDL__CODEC_TEXT_H
#define IDL__CODEC_TEXT_H

#include "codec_words.h"

/* Copies len bytes; true if all of them are ASCII. The first and the last word of a piece overlap
 * instead of a loop over single bytes. */
static inline bool idl__copy_ascii(uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t seen;
    if (len >= 8) {
        seen = 0;
        for (size_t i = 0; i < len - 8; i += 8) {
            uint64_t word;
            memcpy(&word, from + i, 8);
            memcpy(to + i, &word, 8);
            seen |= word;
        }
        uint64_t word;
        memcpy(&word, from + len - 8, 8);
        memcpy(to + len - 8, &word, 8);
        seen |= word;
    } else if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, from, 4);
        memcpy(&last, from + len - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + len - 4, &last, 4);
        seen = first | last;
    } else if (len > 0) {
        uint8_t first = from[0], middle = from[len / 2], last = from[len - 1];
        to[0] = first;
        to[len / 2] = middle;
        to[len - 1] = last;
        seen = first | middle | last;
    } else {
        seen = 0;
    }
    return (seen & IDL__TOP_BITS) == 0;
}

#endif
