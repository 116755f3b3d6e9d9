/* SPDX-License-Identifier: MIT */
/* mem.c: the one door to the heap. A file of its own, so that tests can wrap it at link time. */
#include "mem.h"

#include <stdlib.h>

void *idl__malloc(size_t size)
{
    return malloc(size != 0 ? size : 1);
}

void *idl__realloc(void *memory, size_t size)
{
    return realloc(memory, size != 0 ? size : 1);
}

void idl__free(void *memory)
{
    free(memory);
}
