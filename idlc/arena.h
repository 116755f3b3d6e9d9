/* SPDX-License-Identifier: MIT */
/* arena.h: memory that is given back all at once.
 *
 * Everything the compiler builds (AST, schema, view) lives in one arena per run; no stage frees
 * anything. Out of memory ends the program with a message: a compiler has nothing better to do. */
#ifndef IDLC_ARENA_H
#define IDLC_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "str.h"

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);

/* Gives back all that was allocated; keeps a block for what comes. */
void arena_reset(struct arena *arena);

/* Zeroed, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);
/* count * size is checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Bytes that are not zeroed and not aligned. */
char *arena_bytes(struct arena *arena, size_t size);
/* Copies; the copy ends in NUL as well. */
struct str arena_str(struct arena *arena, struct str s);
struct str arena_concat(struct arena *arena, const struct str *parts, size_t count);
/* The directives that strings are mostly made with (%s %.*s %u) are put together
 * without printf;
 * a format with any other one is left to it. */
struct str arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
