/* SPDX-License-Identifier: MIT */
/* arena.h: the arena from inside: it can be embedded by value, and serves the codec.
 *
 * Memory is a chain of chunks. The current one is used from both ends: aligned objects from the
 * bottom up, text and encoded bytes, which need no alignment, from the top down. So an array of
 * strings stays the last object at the bottom while its strings arrive, and grows where it is. */
#ifndef IDL__ARENA_H
#define IDL__ARENA_H

#include <stddef.h>

#include <idl/arena.h>

#include "asan.h"

struct idl__chunk {
    _Alignas(max_align_t) struct idl__chunk *next; /* older ones */
    size_t size;                                   /* of the whole, this header included */
};

struct idl_arena {
    uint8_t *bottom;           /* free memory of the current chunk: bottom <= top; */
    uint8_t *top;              /* NULL both, if there is none */
    struct idl__chunk *chunks; /* all of them, the current one first */
    size_t taken;              /* the sum of their sizes */
    size_t limit;              /* that this may reach; 0: none */
    bool failed;
    bool limited; /* the first failure was that of the limit */
};

/* An arena of all zeros is initialised too. Takes no memory before the first allocation. */
void idl__arena_init(struct idl_arena *arena);
void idl__arena_fini(struct idl_arena *arena);

/* Nothing was ever asked of it, or all was given back. */
static inline bool idl__arena_is_unused(const struct idl_arena *arena)
{
    return arena->chunks == NULL && !arena->failed;
}

/* Few bytes of little memory are in use: a reset can wait. (Not where it is to catch those who still
 * use them.) */
enum { IDL__ARENA_SMALL = 64 << 10, IDL__ARENA_ROOM = 2048 };
static inline bool idl__arena_is_roomy(const struct idl_arena *arena)
{
    return !IDL__ASAN && arena->taken <= IDL__ARENA_SMALL &&
           (uintptr_t)arena->top - (uintptr_t)arena->bottom >= IDL__ARENA_ROOM;
}

/* size bytes aligned to 8, which is enough for every type that messages are made of. */
void *idl__arena_object_any(struct idl_arena *arena, size_t size);
static inline void *idl__arena_object(struct idl_arena *arena, size_t size)
{
    size_t left = (uintptr_t)arena->top - (uintptr_t)arena->bottom;
    if (IDL_UNLIKELY(IDL__ASAN || left <= size || left - size < 8))
        return idl__arena_object_any(arena, size);
    uint8_t *object = arena->bottom + ((0 - (uintptr_t)arena->bottom) & 7);
    arena->bottom = object + size;
    return object;
}

/* size bytes without alignment. */
uint8_t *idl__arena_text_any(struct idl_arena *arena, size_t size);
static inline bool idl__arena_has_room(const struct idl_arena *arena, size_t size)
{
    return !IDL__ASAN && (uintptr_t)arena->top - (uintptr_t)arena->bottom > size;
}
static inline uint8_t *idl__arena_text(struct idl_arena *arena, size_t size)
{
    if (IDL_LIKELY(idl__arena_has_room(arena, size)))
        return arena->top -= size;
    return idl__arena_text_any(arena, size);
}

/* Makes the object at memory, of old bytes, larger without moving it: possible only while it is
 * the last one at the bottom and the chunk has room. */
bool idl__arena_extend(struct idl_arena *arena, const void *memory, size_t old, size_t size);

/* Moves all that from holds into the arena, where it stays as it is; from is empty then. */
void idl__arena_absorb(struct idl_arena *arena, struct idl_arena *from);

/* After a reset: gives back what that kept of a large message. */
void idl__arena_trim(struct idl_arena *arena);

/* Marks the arena as failed: for memory that was to go into it. */
void idl__arena_fail(struct idl_arena *arena);

/* -- For the writer, which fills memory from its end down. -- */

/* At least size free bytes, *lo to *hi; nothing else may be taken from the arena until
 * idl__arena_commit. False when there is no memory. */
bool idl__arena_window(struct idl_arena *arena, size_t size, uint8_t **lo, uint8_t **hi);
/* The bytes from used to the window's end are taken, the rest is free again; NULL: none are. */
void idl__arena_commit(struct idl_arena *arena, uint8_t *used);
/* Gives the arena a chunk that idl__chunk_new made: bytes from used to its end are in use. */
void idl__arena_adopt(struct idl_arena *arena, struct idl__chunk *chunk, uint8_t *used);

/* A chunk with room for at least size bytes; NULL when there is no memory. */
struct idl__chunk *idl__chunk_new(size_t size);
void idl__chunk_free(struct idl__chunk *chunk); /* NULL is fine */

static inline uint8_t *idl__chunk_begin(struct idl__chunk *chunk)
{
    return (uint8_t *)(chunk + 1);
}

static inline uint8_t *idl__chunk_end(struct idl__chunk *chunk)
{
    return (uint8_t *)chunk + chunk->size;
}

#endif
