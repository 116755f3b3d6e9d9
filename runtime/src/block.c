/* SPDX-License-Identifier: MIT */
/* block.c: reference-counted memory for received bytes. */
#include "block.h"

#include "mem.h"

idl__block *idl__block_new(size_t cap)
{
    if (cap > SIZE_MAX / 2)
        return NULL;
    idl__block *block = idl__malloc(sizeof *block + cap + 1);
    if (block == NULL)
        return NULL;
    atomic_init(&block->refs, 1);
    block->cap = cap;
    return block;
}

idl__block *idl__block_resize(idl__block *block, size_t cap)
{
    if (cap > SIZE_MAX / 2)
        return NULL;
    idl__block *moved = idl__realloc(block, sizeof *block + cap + 1);
    if (moved != NULL)
        moved->cap = cap;
    return moved;
}

bool idl__block_is_shared(const idl__block *block)
{
    /* Acquire: what another thread did with the bytes before its release comes before our writes. */
    return atomic_load_explicit(&block->refs, memory_order_acquire) > 1;
}

void idl__block_retain(idl__block *block)
{
    idl__block_retain_many(block, 1);
}

void idl__block_retain_many(idl__block *block, unsigned count)
{
    atomic_fetch_add_explicit(&block->refs, count, memory_order_relaxed);
}

void idl__block_release_many(idl__block *block, unsigned count)
{
    if (atomic_fetch_sub_explicit(&block->refs, count, memory_order_acq_rel) == count)
        idl__free(block);
}

void idl__spare_put(idl__spare *spare, idl__block *block)
{
    if (block->cap <= IDL__LARGE_MAX && (spare->block == NULL || spare->block->cap < block->cap)) {
        idl__block *old = spare->block;
        spare->block = block;
        block = old;
    }
    spare->patience = spare->block != NULL ? IDL__PATIENCE : 0;
    idl__block_release(block);
}

idl__block *idl__spare_take(idl__spare *spare, size_t cap)
{
    idl__block *block = spare->block;
    if (block == NULL || block->cap < cap || idl__block_is_shared(block))
        return NULL;
    spare->block = NULL;
    return block;
}

void idl__spare_age_any(idl__spare *spare)
{
    if (--spare->patience > 0)
        return;
    idl__block_release(spare->block);
    spare->block = NULL;
}
