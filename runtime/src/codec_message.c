/* SPDX-License-Identifier: MIT */
/* codec_message.c: encodes and decodes one message. */
#include "codec.h"

#include <string.h>

#include "arena.h"

enum { WINDOW_MIN = 256 }; /* less free memory in the arena is not worth beginning in */

const uint64_t idl_nothing[2] = { 0, 0 };

idl_code idl_encode(const idl_message *type, const void *message, idl_arena *arena,
                    idl_bytes *bytes)
{
    *bytes = (idl_bytes)IDL_EMPTY_BYTES;
    if (idl_arena_failed(arena))
        return IDL_RESOURCE_EXHAUSTED;
    idl_writer w;
    idl__writer_init(&w);
    if (!idl__writer_borrow(&w, arena, WINDOW_MIN))
        return IDL_RESOURCE_EXHAUSTED;
    type->put(&w, message);
    if (w.end - w.p > INT32_MAX)
        idl__writer_fail(&w, IDL_RESOURCE_EXHAUSTED);
    *bytes = idl__writer_return(&w, arena);
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

idl_code idl__decode_within(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                            void *message, size_t max)
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
