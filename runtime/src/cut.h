/* SPDX-License-Identifier: MIT */
/* cut.h: the one place that cuts a byte stream into frames. No I/O.
 *
 * Bytes come in at any cut and leave as frames, in place. A frame that is not whole yet is moved
 * once: a small one back into the common block when more is read, a large one into a block of its
 * own, which grows as its bytes arrive (never to the claimed length at once) and which further
 * bytes are read straight into. Nothing is held while nothing is under way. */
#ifndef IDL__CUT_H
#define IDL__CUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <idl/frame.h>
#include <idl/values.h>

#include "block.h"

typedef struct idl__cut {
    size_t limit;      /* longer frames are not kept */
    size_t droppable;  /* those up to this length may be dropped; beyond, nothing can be done */
    idl__block *block; /* holds what has arrived, from begin to end; NULL: nothing has */
    size_t begin, end;
    size_t uncounted;    /* bytes of a frame that its length does not count; 0 but for ttrpc */
    size_t dropping;     /* bytes of a frame that are still to be dropped */
    idl__block *target;  /* what the space given out last is in: the common block, or ours */
    size_t lead;         /* and where in the common one what is pending was put */
    idl__block **common; /* where that was given out from, */
    idl__block **home;   /* and our block goes back to; NULL: it is our own */
    idl__spare *spare;   /* where large blocks come from and go to; NULL: nowhere */
} idl__cut;

enum idl__cut_result {
    IDL__CUT_NONE,    /* no whole frame yet */
    IDL__CUT_FRAME,   /* a frame */
    IDL__CUT_LONG,    /* too long, but can be dropped: idl__cut_drop; its first bytes are there */
    IDL__CUT_HOPELESS /* too long even for that; at once when its header is there */
};

void idl__cut_init(idl__cut *cut, size_t limit, size_t droppable);
void idl__cut_fini(idl__cut *cut);

/* Where to read into; *len > 0. A block for bytes that have no better place is taken from *common,
 * and made there if need be: it is lent once bytes have arrived in it, and given back when all of them
 * were passed on, so *common is to live as long as the cut. Between this and idl__cut_received nobody
 * else may use *common. NULL: no memory. */
uint8_t *idl__cut_space(idl__cut *cut, idl__block **common, size_t *len);
/* len bytes have arrived there. */
void idl__cut_received(idl__cut *cut, size_t len);
/* Copies bytes in instead: all or, for want of memory, none. */
bool idl__cut_feed(idl__cut *cut, idl_bytes bytes);

/* The next frame, without its header; valid until the next call with this cut. IDL__CUT_LONG: len
 * is what the header claims, and peek bytes are there. */
enum idl__cut_result idl__cut_next(idl__cut *cut, size_t peek, idl_bytes *frame);
/* After IDL__CUT_FRAME: passes over len more bytes, which are whole frames. What has arrived behind
 * a frame is behind it in memory. */
static inline void idl__cut_pass(idl__cut *cut, size_t len)
{
    cut->begin += len;
}
/* Passes over the frame that was IDL__CUT_LONG. */
void idl__cut_drop(idl__cut *cut);
/* After IDL__CUT_NONE, before waiting: holds no more memory than what is under way needs. False: no
 * memory. */
bool idl__cut_settle_any(idl__cut *cut);
static inline bool idl__cut_settle(idl__cut *cut)
{
    return cut->block == NULL || idl__cut_settle_any(cut);
}

/* Bytes that have arrived and were not returned. */
static inline size_t idl__cut_pending(const idl__cut *cut)
{
    return cut->end - cut->begin;
}

static inline bool idl__cut_is_empty(const idl__cut *cut)
{
    return cut->end == cut->begin;
}

static inline uint32_t idl__get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Not byte by byte: compilers that see several of these behind each other make something slow of
 * that. */
static inline void idl__set_be32(uint8_t *p, uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    memcpy(p, &v, sizeof v);
}

#endif
