/* SPDX-License-Identifier: MIT */
/* arena.c: chunks that are filled from both ends.
 *
 * Each new chunk is as large as all before it together, within limits, so that few are needed. A
 * reset keeps the largest chunk of at most KEEP_MAX, or one up to KEEP_LARGE that was needed: an
 * arena that is used again and again soon has one chunk that fits, and one large message does not
 * hold its memory for longer than until the next. */
#include "arena.h"

#include <stddef.h>
#include <string.h>

#include "asan.h"
#include "mem.h"

enum {
    CHUNK_MIN = 4096,
    CHUNK_MAX = 1 << 20, /* larger ones only for objects of that size */
    KEEP_MAX = 64 << 10,
    KEEP_LARGE = 2 << 20,    /* if most of it was needed this time */
    GAP = IDL__ASAN ? 16 : 0 /* poisoned bytes after each object, to catch overruns */
};

#define ALIGN_ANY    _Alignof(max_align_t)
#define ALIGN_OBJECT ((size_t)8)

_Static_assert(sizeof(struct idl__chunk) % ALIGN_ANY == 0, "chunks begin aligned for any type");

struct idl__chunk *idl__chunk_new(size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size += sizeof(struct idl__chunk);
    size = (size + ALIGN_ANY - 1) & ~(ALIGN_ANY - 1);
    struct idl__chunk *chunk = idl__malloc(size);
    if (chunk == NULL)
        return NULL;
    *chunk = (struct idl__chunk){ .size = size };
    return chunk;
}

void idl__chunk_free(struct idl__chunk *chunk)
{
    if (chunk != NULL)
        IDL__UNPOISON(chunk, chunk->size);
    idl__free(chunk);
}

void idl__arena_init(struct idl_arena *arena)
{
    *arena = (struct idl_arena){ 0 };
}

void idl__arena_fini(struct idl_arena *arena)
{
    for (struct idl__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        idl__chunk_free(chunk);
    }
    idl__arena_init(arena);
}

void idl__arena_fail(struct idl_arena *arena)
{
    arena->failed = true;
    arena->bottom = arena->top = NULL; /* what fits no more, and what would, fail alike */
}

/* Free bytes of the current chunk; 0 without one. */
static size_t room(const struct idl_arena *arena)
{
    return (size_t)((uintptr_t)arena->top - (uintptr_t)arena->bottom);
}

/* All of the current chunk is free. */
static void restart(struct idl_arena *arena, struct idl__chunk *chunk)
{
    arena->bottom = idl__chunk_begin(chunk);
    arena->top = idl__chunk_end(chunk);
    IDL__POISON(arena->bottom, room(arena));
}

/* Makes a chunk the current one; its bytes up to hi are free. */
static void use_chunk(struct idl_arena *arena, struct idl__chunk *chunk, uint8_t *hi)
{
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    arena->taken += chunk->size;
    arena->bottom = idl__chunk_begin(chunk);
    arena->top = hi;
    IDL__POISON(arena->bottom, room(arena));
}

/* The current chunk stays the current one: free memory of the others is not used. */
void idl__arena_absorb(struct idl_arena *arena, struct idl_arena *from)
{
    bool failed = arena->failed || from->failed;
    if (arena->chunks == NULL) {
        *arena = *from;
    } else if (from->chunks != NULL) {
        struct idl__chunk *last = from->chunks;
        while (last->next != NULL)
            last = last->next;
        last->next = arena->chunks->next;
        arena->chunks->next = from->chunks;
        arena->taken += from->taken;
    }
    if (failed)
        idl__arena_fail(arena);
    idl__arena_init(from);
}

/* What a chunk of this size, without its header, may be at most; 0: none may be added. */
static size_t allowed(const struct idl_arena *arena, size_t size)
{
    if (arena->limit == 0)
        return size;
    size_t left = arena->limit > arena->taken ? arena->limit - arena->taken : 0;
    left = left > sizeof(struct idl__chunk) ? left - sizeof(struct idl__chunk) : 0;
    left -= left % ALIGN_ANY; /* sizes are rounded up */
    return size < left ? size : left;
}

/* A new current chunk with room for size bytes, whatever their alignment. */
static bool add_chunk(struct idl_arena *arena, size_t size)
{
    size_t usual = arena->taken;
    if (usual < CHUNK_MIN)
        usual = CHUNK_MIN;
    if (usual > CHUNK_MAX)
        usual = CHUNK_MAX;
    usual -= sizeof(struct idl__chunk);
    size += ALIGN_ANY + GAP;
    if (size > KEEP_MAX && usual < size + CHUNK_MIN)
        usual = size + CHUNK_MIN; /* what is small finds room there too, when it is used again */
    usual = allowed(arena, size > usual ? size : usual);
    if (usual < size && !arena->failed)
        arena->limited = true;
    struct idl__chunk *chunk = arena->failed || usual < size ? NULL : idl__chunk_new(usual);
    if (chunk == NULL)
        return idl__arena_fail(arena), false;
    use_chunk(arena, chunk, idl__chunk_end(chunk));
    return true;
}

/* From the bottom: where an object of size bytes would begin, or NULL if it does not fit. */
static uint8_t *fit(const struct idl_arena *arena, size_t size, size_t align)
{
    size_t pad = (0 - (uintptr_t)arena->bottom) & (align - 1);
    if (pad + size + GAP > room(arena) || arena->bottom == NULL)
        return NULL;
    return arena->bottom + pad;
}

static void *take(struct idl_arena *arena, size_t size, size_t align)
{
    if (IDL_UNLIKELY(size > SIZE_MAX / 4))
        return idl__arena_fail(arena), NULL;
    uint8_t *object = fit(arena, size, align);
    if (IDL_UNLIKELY(object == NULL)) {
        if (!add_chunk(arena, size))
            return NULL;
        object = fit(arena, size, align);
    }
    arena->bottom = object + size + GAP;
    IDL__UNPOISON(object, size);
    return object;
}

void *idl__arena_object_any(struct idl_arena *arena, size_t size)
{
    return take(arena, size, ALIGN_OBJECT);
}

uint8_t *idl__arena_text_any(struct idl_arena *arena, size_t size)
{
    if (IDL_UNLIKELY(size + GAP > room(arena) || arena->top == NULL)) {
        if (!add_chunk(arena, size))
            return NULL;
    }
    uint8_t *text = arena->top - size;
    IDL__UNPOISON(text, size);
    arena->top = text;
    if (IDL__ASAN) /* whole granules of 8 bytes are poisoned: leave one free before the text */
        arena->top -= 8 + ((uintptr_t)text & 7);
    return text;
}

bool idl__arena_extend(struct idl_arena *arena, const void *memory, size_t old, size_t size)
{
    if ((const uint8_t *)memory + old + GAP != arena->bottom || size - old > room(arena))
        return false;
    arena->bottom += size - old;
    IDL__UNPOISON(memory, size);
    return true;
}

bool idl__arena_window(struct idl_arena *arena, size_t size, uint8_t **lo, uint8_t **hi)
{
    if (room(arena) < size || arena->top == NULL) {
        if (!add_chunk(arena, size))
            return false;
    }
    *lo = arena->bottom;
    *hi = arena->top;
    IDL__UNPOISON(*lo, room(arena));
    return true;
}

void idl__arena_commit(struct idl_arena *arena, uint8_t *used)
{
    if (used != NULL)
        arena->top = used;
    IDL__POISON(arena->bottom, room(arena));
}

void idl__arena_adopt(struct idl_arena *arena, struct idl__chunk *chunk, uint8_t *used)
{
    use_chunk(arena, chunk, used);
}

/* -- Public -- */

idl_arena *idl_arena_new(void)
{
    idl_arena *arena = idl__malloc(sizeof *arena);
    if (arena != NULL)
        idl__arena_init(arena);
    return arena;
}

void idl_arena_free(idl_arena *arena)
{
    if (arena == NULL)
        return;
    idl__arena_fini(arena);
    idl__free(arena);
}

/* Large messages often come one after another. Of a chunk that is not the current one all was
 * needed. */
static bool is_worth_keeping(const struct idl_arena *arena, const struct idl__chunk *chunk)
{
    if (chunk->size <= KEEP_MAX)
        return true;
    size_t unused = chunk == arena->chunks ? room(arena) : 0;
    return chunk->size <= KEEP_LARGE && unused <= chunk->size / 2;
}

/* Keeps one chunk, if any is worth it. */
IDL_COLD static void keep_one(struct idl_arena *arena)
{
    struct idl__chunk *keep = NULL;
    for (struct idl__chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
        next = chunk->next;
        if (!is_worth_keeping(arena, chunk) || (keep != NULL && chunk->size <= keep->size)) {
            idl__chunk_free(chunk);
        } else {
            idl__chunk_free(keep);
            keep = chunk;
        }
    }
    size_t limit = arena->limit;
    idl__arena_init(arena);
    arena->limit = limit;
    if (keep != NULL)
        use_chunk(arena, keep, idl__chunk_end(keep));
}

void idl_arena_reset(idl_arena *arena)
{
    if (arena == NULL)
        return;
    struct idl__chunk *only = arena->chunks;
    if (IDL_UNLIKELY(only != NULL && (only->next != NULL || only->size > KEEP_MAX))) {
        keep_one(arena);
        return;
    }
    arena->failed = arena->limited = false;
    if (only != NULL)
        restart(arena, only);
}

void idl__arena_trim(struct idl_arena *arena)
{
    size_t limit = arena->limit;
    if (arena->taken <= KEEP_MAX)
        return;
    idl__arena_fini(arena);
    arena->limit = limit;
}

void idl_arena_limit(idl_arena *arena, size_t bytes)
{
    if (arena != NULL)
        arena->limit = bytes;
}

void *idl_arena_alloc(idl_arena *arena, size_t size)
{
    if (arena == NULL || arena->failed)
        return NULL;
    return take(arena, size, ALIGN_ANY);
}

bool idl_arena_failed(const idl_arena *arena)
{
    return arena == NULL || arena->failed;
}

idl_str idl_arena_str(idl_arena *arena, idl_str s)
{
    const idl_str empty = IDL_STR("");
    if (s.len == 0 || arena == NULL || arena->failed)
        return empty;
    uint8_t *copy = s.len < SIZE_MAX / 4 ? idl__arena_text(arena, s.len + 1) : NULL;
    if (copy == NULL)
        return idl__arena_fail(arena), empty;
    memcpy(copy, s.data, s.len);
    copy[s.len] = '\0';
    return (idl_str){ (const char *)copy, s.len };
}
