/* SPDX-License-Identifier: MIT */
/* arena.c: blocks of zeroed memory, cut from the front; strings in them. */
#include "arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first block's size, and what blocks grow to: large ones go back to the system when they are
 * freed, also from between others. */
enum { BLOCK_SIZE = 64 * 1024, BLOCK_SIZE_MAX = 1024 * 1024 };

struct block {
    struct block *next;
    size_t used, cap;
    alignas(max_align_t) unsigned char bytes[];
};

struct arena {
    struct block *blocks; /* the first is the one in use */
    struct block *spare;  /* of BLOCK_SIZE, and zeroed */
    size_t next_size;     /* of a new block */
};

static struct block *block_new(size_t cap)
{
    if (cap > SIZE_MAX - sizeof(struct block))
        out_of_memory();
    struct block *block = calloc(1, sizeof(struct block) + cap);
    if (!block)
        out_of_memory();
    block->cap = cap;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = malloc(sizeof *arena);
    if (!arena)
        out_of_memory();
    arena->blocks = block_new(BLOCK_SIZE);
    arena->spare = NULL;
    arena->next_size = BLOCK_SIZE;
    return arena;
}

static void free_blocks(struct block *blocks)
{
    struct block *next;
    for (struct block *block = blocks; block; block = next) {
        next = block->next;
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    free_blocks(arena->blocks);
    free_blocks(arena->spare);
    free(arena);
}

void arena_reset(struct arena *arena)
{
    struct block *blocks = arena->blocks, *next;
    arena->blocks = NULL;
    arena->next_size = BLOCK_SIZE;
    for (struct block *block = blocks; block; block = next) {
        next = block->next;
        if (block->cap != BLOCK_SIZE) {
            free(block);
            continue;
        }
        memset(block->bytes, 0, block->used);
        block->used = 0;
        struct block **list = arena->blocks ? &arena->spare : &arena->blocks;
        block->next = *list;
        *list = block;
    }
}

static struct block *next_block(struct arena *arena)
{
    struct block *block = arena->spare;
    if (block) {
        arena->spare = block->next;
        return block;
    }
    block = block_new(arena->next_size);
    if (arena->next_size < BLOCK_SIZE_MAX)
        arena->next_size *= 2;
    return block;
}

/* size bytes at a multiple of align. */
static unsigned char *take(struct arena *arena, size_t size, size_t align)
{
    struct block *block = arena->blocks;
    size_t at = (block->used + align - 1) / align * align;
    if (at > block->cap || size > block->cap - at) {
        if (size > BLOCK_SIZE / 4) { /* its own block, behind the one in use */
            struct block *large = block_new(size);
            large->used = size;
            large->next = block->next;
            block->next = large;
            return large->bytes;
        }
        block = next_block(arena);
        block->next = arena->blocks;
        arena->blocks = block;
        at = 0;
    }
    block->used = at + size;
    return block->bytes + at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    return take(arena, size ? size : 1, alignof(max_align_t));
}

char *arena_bytes(struct arena *arena, size_t size)
{
    return (char *)take(arena, size, 1);
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        out_of_memory();
    return arena_alloc(arena, count * size);
}

struct str arena_str(struct arena *arena, struct str s)
{
    return arena_concat(arena, &s, 1);
}

static char *copy_str(char *to, struct str s)
{
    if (s.len)
        memcpy(to, s.ptr, s.len);
    return to + s.len;
}

struct str arena_concat(struct arena *arena, const struct str *parts, size_t count)
{
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        if (parts[i].len > SIZE_MAX - 1 - len)
            out_of_memory();
        len += parts[i].len;
    }
    char *bytes = arena_bytes(arena, len + 1), *end = bytes;
    for (size_t i = 0; i < count; i++)
        end = copy_str(end, parts[i]);
    *end = '\0';
    return (struct str){ bytes, len };
}

enum { PARTS_MAX = 24, DIGITS_MAX = 10 };

static struct str decimal(unsigned number, char digits[DIGITS_MAX])
{
    char *at = digits + DIGITS_MAX;
    do {
        *--at = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return (struct str){ at, (size_t)(digits + DIGITS_MAX - at) };
}

/* The format's text and arguments as parts; false when printf has to do it. */
static bool split(const char *format, va_list args, struct str parts[PARTS_MAX],
                  char digits[][DIGITS_MAX], size_t *count)
{
    size_t n = 0;
    while (*format) {
        if (n == PARTS_MAX)
            return false;
        size_t plain = 0;
        while (format[plain] && format[plain] != '%')
            plain++;
        if (plain > 0) {
            parts[n++] = (struct str){ format, plain };
            format += plain;
        } else if (format[1] == 's') {
            parts[n++] = str_from(va_arg(args, const char *));
            format += 2;
        } else if (format[1] == '.' && format[2] == '*' && format[3] == 's') {
            int len = va_arg(args, int);
            const char *ptr = va_arg(args, const char *);
            if (len < 0)
                return false;
            const char *nul = memchr(ptr, '\0', (size_t)len);
            parts[n++] = (struct str){ ptr, nul ? (size_t)(nul - ptr) : (size_t)len };
            format += 4;
        } else if (format[1] == 'u') {
            parts[n] = decimal(va_arg(args, unsigned), digits[n]);
            n++;
            format += 2;
        } else {
            return false;
        }
    }
    *count = n;
    return true;
}

__attribute__((format(printf, 2, 0))) static struct str print(struct arena *arena,
                                                              const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len <= 0)
        return arena_concat(arena, NULL, 0);
    char *copy = arena_bytes(arena, (size_t)len + 1);
    vsnprintf(copy, (size_t)len + 1, format, args);
    return (struct str){ copy, (size_t)len };
}

struct str arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    struct str parts[PARTS_MAX];
    char digits[PARTS_MAX][DIGITS_MAX];
    size_t count;
    va_list again;
    va_copy(again, args);
    bool whole = split(format, again, parts, digits, &count);
    va_end(again);
    return whole ? arena_concat(arena, parts, count) : print(arena, format, args);
}

struct str arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct str s = arena_vprintf(arena, format, args);
    va_end(args);
    return s;
}
