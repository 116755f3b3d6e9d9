/* SPDX-License-Identifier: MIT */
/* mem.h: the one door to the heap.
 *
 * Everything in the runtime allocates here and nowhere else, so that tests can make the n-th
 * allocation fail: they wrap idl__malloc and idl__realloc at link time (tests/support/alloc_fail.h).
 */
#ifndef IDL__MEM_H
#define IDL__MEM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* NULL when there is no memory; size 0 gives memory too. */
void *idl__malloc(size_t size);
void *idl__realloc(void *memory, size_t size); /* on failure memory is as it was */
void idl__free(void *memory);                  /* NULL is fine */

/* Zeroed memory for count things of size bytes. */
static inline void *idl__calloc(size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *memory = idl__malloc(count * size);
    return memory != NULL ? memset(memory, 0, count * size) : NULL;
}

static inline char *idl__strdup(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = idl__malloc(size);
    return copy != NULL ? memcpy(copy, string, size) : NULL;
}

#endif
