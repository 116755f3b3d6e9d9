/* SPDX-License-Identifier: MIT */
/* memory.c: stands in for runtime/src/mem.c: counts what is held, fails when it is told to, and
 * fills memory with rubbish, so that what is not initialised, or used after it was freed, is the
 * same rubbish in each run. */
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "sim.h"

enum { FRESH = 0xa5, FREED = 0x5a };

typedef union header {
    size_t size;
    max_align_t align;
} header;

static size_t used, count, fails_in;
static bool failed, spared;

size_t sim_memory_used(void)
{
    return used;
}

size_t sim_memory_count(void)
{
    return count;
}

void sim_memory_fail(size_t n)
{
    fails_in = n;
    failed = false;
}

bool sim_memory_failed(void)
{
    return failed;
}

void sim_memory_spare(bool spare)
{
    spared = spare;
}

static bool fails(void)
{
    if (spared)
        return false;
    count++;
    if (fails_in == 0 || --fails_in != 0)
        return false;
    return failed = true;
}

void *idl__malloc(size_t size)
{
    header *block = fails() ? NULL : malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    block->size = size;
    used += size;
    memset(block + 1, FRESH, size);
    return block + 1;
}

/* Always moves, so that who keeps the old place is found out. */
void *idl__realloc(void *memory, size_t size)
{
    void *moved = idl__malloc(size);
    if (moved == NULL || memory == NULL)
        return moved;
    size_t old = ((header *)memory - 1)->size;
    memcpy(moved, memory, old < size ? old : size);
    idl__free(memory);
    return moved;
}

void idl__free(void *memory)
{
    if (memory == NULL)
        return;
    header *block = (header *)memory - 1;
    used -= block->size;
    memset(memory, FREED, block->size);
    free(block);
}
