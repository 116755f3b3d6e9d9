/* SPDX-License-Identifier: MIT */
/* block.h: reference-counted memory that received bytes sit in.
 *
 * A block is owned by the connection while it fills. Whoever needs bytes of it for longer than the
 * event that showed them (a call with `bytes` views) retains it. References may be dropped by any
 * thread. */
#ifndef IDL__BLOCK_H
#define IDL__BLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/base.h>

typedef struct idl__block {
    atomic_uint refs;
    size_t cap;
    uint8_t data[];
} idl__block;

/* A large block whose frame is done with, for the next large frame: memory that goes back to the
 * system each time has to be made anew, page by page, and that takes longer than the frame. */
typedef struct idl__spare {
    idl__block *block; /* one reference; others may have some still */
    unsigned patience; /* messages that may pass before it is given back */
} idl__spare;
enum { IDL__LARGE_MAX = 2 << 20, IDL__PATIENCE = 64 };

/* Gives the reference to the spare, if it is of use there, or up. */
void idl__spare_put(idl__spare *spare, idl__block *block);
/* One of at least cap bytes that nobody else holds; NULL: there is none. */
idl__block *idl__spare_take(idl__spare *spare, size_t cap);
/* A message passes. */
void idl__spare_age_any(idl__spare *spare);
static inline void idl__spare_age(idl__spare *spare)
{
    if (IDL_UNLIKELY(spare->patience > 0))
        idl__spare_age_any(spare);
}

/* One reference; cap bytes and a spare one behind them. NULL when there is no memory. */
idl__block *idl__block_new(size_t cap);
/* Another capacity for a block with one reference: it moves. NULL: no memory, it is as before. */
idl__block *idl__block_resize(idl__block *block, size_t cap);
/* Others hold it too. */
bool idl__block_is_shared(const idl__block *block);
void idl__block_retain(idl__block *block);
/* Several references at once: for an owner that hands them out one by one. */
void idl__block_retain_many(idl__block *block, unsigned count);
void idl__block_release_many(idl__block *block, unsigned count);
static inline void idl__block_release(idl__block *block) /* NULL is fine */
{
    if (block != NULL)
        idl__block_release_many(block, 1);
}

#endif
