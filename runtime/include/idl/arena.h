/* SPDX-License-Identifier: MIT */
/* arena.h: memory that is given back all at once.
 *
 * Every call has one (idl_call_arena); make your own to decode messages from files and queues.
 * An arena belongs to one thread at a time. A failed allocation sticks: everything after it fails
 * as well until the arena is reset, so one check at the end is enough. */
#ifndef IDL_ARENA_H
#define IDL_ARENA_H

#include <idl/base.h>
#include <idl/values.h>

IDL_BEGIN_DECLS

typedef struct idl_arena idl_arena;

/* NULL when there is no memory. */
IDL_API idl_arena *idl_arena_new(void);
IDL_API void idl_arena_free(idl_arena *arena); /* NULL is fine */

/* Gives everything back at once and keeps some memory for the next use. What came from the arena
 * is invalid from here on (under AddressSanitizer: poisoned). */
IDL_API void idl_arena_reset(idl_arena *arena);

/* Allocations fail that would make the arena take more than so many bytes from the heap, what it
 * holds already included; 0, as at first: none do. For messages of strangers: see idl_decode. Stays
 * over a reset. */
IDL_API void idl_arena_limit(idl_arena *arena, size_t bytes);

/* Memory for size bytes, aligned for any type, not zeroed; never NULL for size 0. NULL when there
 * is no memory, or arena is NULL. */
IDL_API void *idl_arena_alloc(idl_arena *arena, size_t size);

/* An allocation has failed since the last reset. */
IDL_API bool idl_arena_failed(const idl_arena *arena);

/* A copy of s that ends in NUL; the empty string when there is no memory. */
IDL_API idl_str idl_arena_str(idl_arena *arena, idl_str s);

IDL_END_DECLS
#endif
