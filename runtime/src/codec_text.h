/* SPDX-License-Identifier: MIT */
/* codec_text.h: copies text and looks for bytes above 0x7f in one pass. */
#ifndef IDL__CODEC_TEXT_H
#define IDL__CODEC_TEXT_H

#include "arena.h"
#include "codec_words.h"

/* Copies a word and returns it. */
static inline uint64_t idl__copy_word(uint8_t *to, const uint8_t *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    memcpy(to, &word, sizeof word);
    return word;
}

enum { IDL__TEXT_SHORT = 32 };

/* Copies at most that many bytes; true if all of them are ASCII. Pieces are copied from both ends with
 * words that overlap, so that lengths that differ a little take the same branches. */
IDL__ALWAYS_INLINE bool idl__copy_short_ascii(uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t seen = 0;
    if (len > 16) {
        seen |= idl__copy_word(to, from) | idl__copy_word(to + 8, from + 8);
        seen |= idl__copy_word(to + len - 16, from + len - 16);
        seen |= idl__copy_word(to + len - 8, from + len - 8);
    } else if (len >= 8) {
        seen |= idl__copy_word(to, from) | idl__copy_word(to + len - 8, from + len - 8);
    } else if (len >= 4) {
        uint32_t first, last;
        memcpy(&first, from, sizeof first);
        memcpy(&last, from + len - 4, sizeof last);
        memcpy(to, &first, sizeof first);
        memcpy(to + len - 4, &last, sizeof last);
        seen = first | last;
    } else if (len > 0) {
        uint8_t first = from[0], middle = from[len / 2], last = from[len - 1];
        to[0] = first;
        to[len / 2] = middle;
        to[len - 1] = last;
        seen = (uint64_t)first | middle | last;
    }
    return (seen & IDL__TOP_BITS) == 0;
}

/* Puts them into the arena, with a NUL behind them. NULL: no room, or not ASCII. */
IDL__ALWAYS_INLINE uint8_t *idl__copy_short_text(struct idl_arena *arena, const uint8_t *from,
                                                 size_t len)
{
    if (!idl__arena_has_room(arena, len + 1))
        return NULL;
    uint8_t *to = arena->top - (len + 1);
    if (!idl__copy_short_ascii(to, from, len))
        return NULL;
    to[len] = '\0';
    return arena->top = to;
}

/* As idl__copy_short_ascii, for any length. */
static inline bool idl__copy_ascii(uint8_t *to, const uint8_t *from, size_t len)
{
    uint64_t seen = 0;
    if (len <= IDL__TEXT_SHORT)
        return idl__copy_short_ascii(to, from, len);
    size_t i = 0;
    do {
        seen |= idl__copy_word(to + i, from + i) | idl__copy_word(to + i + 8, from + i + 8);
        i += 16;
    } while (i < len - 16);
    seen |= idl__copy_word(to + len - 16, from + len - 16);
    seen |= idl__copy_word(to + len - 8, from + len - 8);
    return (seen & IDL__TOP_BITS) == 0;
}

#endif
