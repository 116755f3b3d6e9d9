/* SPDX-License-Identifier: MIT */
/* alloc_fail.c: see alloc_fail.h. */
#include "alloc_fail.h"

#include <stdatomic.h>

/* Atomic: a client and a server may be in two threads. */
static atomic_size_t fails_at;
static atomic_size_t seen;

void *__real_idl__malloc(size_t size);
void *__real_idl__realloc(void *memory, size_t size);
void *__wrap_idl__malloc(size_t size);
void *__wrap_idl__realloc(void *memory, size_t size);

void alloc_fail_at(size_t n)
{
    fails_at = n;
    seen = 0;
}

bool alloc_fail_happened(void)
{
    return fails_at != 0 && seen >= fails_at;
}

size_t alloc_count(void)
{
    return seen;
}

void *__wrap_idl__malloc(size_t size)
{
    return atomic_fetch_add(&seen, 1) + 1 == fails_at ? NULL : __real_idl__malloc(size);
}

void *__wrap_idl__realloc(void *memory, size_t size)
{
    return atomic_fetch_add(&seen, 1) + 1 == fails_at ? NULL : __real_idl__realloc(memory, size);
}
