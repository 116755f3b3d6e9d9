/* SPDX-License-Identifier: MIT */
/* codec_message.c: encodes and decodes one message. */
#include "codec.h"

#include <string.h>

#include "arena.h"
#include "codec_alone.h"

enum { WINDOW_MIN = 256 }; /* less free memory in the arena is not worth beginning in */

const uint64_t idl_nothing[2] = { 0, 0 };

/* Ends a writer that began in the arena's free memory. What was written stays in the arena, also when
 * it outgrew that. */
static idl_bytes return_window(idl_writer *w, idl_arena *arena)
{
    const idl_bytes empty = IDL_EMPTY_BYTES;
    idl_bytes bytes = idl__writer_bytes(w);
    struct idl__chunk *chunk = w->buffer;
    if (IDL_UNLIKELY(bytes.len == 0 || w->status != IDL_OK)) {
        idl__chunk_free(chunk);
        idl__arena_commit(arena, NULL);
        return empty;
    }
    idl__arena_commit(arena, chunk == NULL ? w->p : NULL);
    if (chunk != NULL)
        idl__arena_adopt(arena, chunk, w->p);
    return bytes;
}

idl_code idl_encode(const idl_message *type, const void *message, idl_arena *arena,
                    idl_bytes *bytes)
{
    *bytes = (idl_bytes)IDL_EMPTY_BYTES;
    if (idl_arena_failed(arena))
        return IDL_RESOURCE_EXHAUSTED;
    uint8_t *begin, *end;
    if (!idl__arena_window(arena, WINDOW_MIN + IDL_SLACK, &begin, &end))
        return IDL_RESOURCE_EXHAUSTED;
    idl_writer w = { .status = IDL_OK };
    idl__writer_set(&w, begin, end);
    type->put(&w, message);
    if (w.end - w.p > INT32_MAX)
        idl__writer_fail(&w, IDL_RESOURCE_EXHAUSTED);
    *bytes = return_window(&w, arena);
    return w.status;
}

static inline idl_code decode(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                              void *message)
{
    memcpy(message, type->empty, type->size);
    if (arena == NULL || arena->failed)
        return IDL_RESOURCE_EXHAUSTED;
    idl_reader r;
    idl__reader_init(&r, bytes, arena);
    type->get(&r, message);
    if (IDL_UNLIKELY(r.status != IDL_OK))
        memcpy(message, type->empty, type->size);
    return r.status;
}

idl_code idl_decode(const idl_message *type, idl_bytes bytes, idl_arena *arena, void *message)
{
    return decode(type, bytes, arena, message);
}

static IDL__NOINLINE idl_code decode_within(const idl_message *type, idl_bytes bytes,
                                            idl_arena *arena, void *message, size_t max)
{
    const size_t before = arena->limit;
    if (max < SIZE_MAX - arena->taken && (before == 0 || arena->taken + max < before))
        arena->limit = arena->taken + max;
    idl_code code = decode(type, bytes, arena, message);
    arena->limit = before;
    if (IDL_LIKELY(code == IDL_OK) || !arena->limited)
        return code;
    arena->failed = arena->limited = false;
    return IDL_OUT_OF_RANGE;
}

idl_code idl__decode_within(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                            void *message, size_t max)
{
    if (!arena->failed && idl__get_alone(type, bytes, arena, message))
        return IDL_OK;
    return decode_within(type, bytes, arena, message, max);
}
