/* SPDX-License-Identifier: MIT */
/* codec_words.h: varints and text eight bytes at a time, without branches that depend on data.
 *
 * In a word loaded from a varint, each byte holds seven bits and, except in the last, the top bit.
 * Misprediction is what varints cost, not arithmetic: packing eight groups of seven bits takes
 * three steps that swap neighbours, and is faster than looking at each byte. */
#ifndef IDL__CODEC_WORDS_H
#define IDL__CODEC_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define IDL__TOP_BITS UINT64_C(0x8080808080808080)

#if defined(__GNUC__)
#define IDL__ALWAYS_INLINE static inline __attribute__((always_inline))
#define IDL__NOINLINE      __attribute__((noinline))
#else
#define IDL__ALWAYS_INLINE static inline
#define IDL__NOINLINE
#endif

/* Little-endian; written out, as compilers turn these into one instruction, but no loop. */
static inline uint64_t idl__load64(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
           (uint64_t)p[7] << 56;
}

static inline void idl__store64(uint8_t *p, uint64_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
    p[4] = (uint8_t)(v >> 32);
    p[5] = (uint8_t)(v >> 40);
    p[6] = (uint8_t)(v >> 48);
    p[7] = (uint8_t)(v >> 56);
}

/* Zeros above the highest bit, and below the lowest; v is not 0. */
static inline int idl__clz64(uint64_t v)
{
#if defined(__GNUC__)
    return __builtin_clzll(v);
#else
    int n = 0;
    while ((v & UINT64_C(1) << 63) == 0)
        v <<= 1, n++;
    return n;
#endif
}

static inline int idl__ctz64(uint64_t v)
{
#if defined(__GNUC__)
    return __builtin_ctzll(v);
#else
    int n = 0;
    while ((v & 1) == 0)
        v >>= 1, n++;
    return n;
#endif
}

/* Eight groups of seven bits to 56 bits, and back. */
static inline uint64_t idl__pack56(uint64_t w)
{
    w &= ~IDL__TOP_BITS;
    w = (w & UINT64_C(0x007f007f007f007f)) | (w & UINT64_C(0x7f007f007f007f00)) >> 1;
    w = (w & UINT64_C(0x00003fff00003fff)) | (w & UINT64_C(0x3fff00003fff0000)) >> 2;
    return (w & UINT64_C(0x000000000fffffff)) | (w & UINT64_C(0x0fffffff00000000)) >> 4;
}

static inline uint64_t idl__spread56(uint64_t v)
{
    v = (v & UINT64_C(0x000000000fffffff)) | (v & UINT64_C(0x00fffffff0000000)) << 4;
    v = (v & UINT64_C(0x00003fff00003fff)) | (v & UINT64_C(0x0fffc0000fffc000)) << 2;
    return (v & UINT64_C(0x007f007f007f007f)) | (v & UINT64_C(0x3f803f803f803f80)) << 1;
}

/* Bytes that v takes as a varint: 9/64 is a little more than 1/7, and exact enough for 64 bits. */
static inline int idl__varint_size(uint64_t v)
{
    return ((64 - idl__clz64(v | 1)) * 9 + 64) / 64;
}

/* Writes v before p and returns its first byte; up to 8 bytes more below that are written over. */
static inline uint8_t *idl__varint_before(uint8_t *p, uint64_t v)
{
    if (v >> 56 != 0) { /* 9 or 10 bytes: the last ones, then 8 that all continue */
        if (v >> 63 != 0)
            *--p = 1;
        *--p = (uint8_t)((v >> 56 & 0x7f) | (v >> 63 << 7));
        p -= 8;
        idl__store64(p, idl__spread56(v) | IDL__TOP_BITS);
        return p;
    }
    /* The word ends before p, so that the varint is in its upper bytes; all but the last go on. */
    int below = 8 - idl__varint_size(v);
    uint64_t word = (idl__spread56(v) | IDL__TOP_BITS) << (8 * below);
    idl__store64(p - 8, word & ~(UINT64_C(1) << 63));
    return p - 8 + below;
}

#endif
