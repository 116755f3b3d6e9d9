/* SPDX-License-Identifier: MIT */
/* table.c: open addressing with linear probing. Ids rise by two: taken as they are they would fill
 * one long run of slots, and a removal looks through the whole run behind it. A multiplication
 * scatters them. A peer that picks ids so that they collide slows down its own connection, by as
 * many steps as it has streams. */
#include "table.h"

#include "mem.h"

enum { FIRST = 4 };

static size_t home(const idl__table *table, uint32_t id)
{
    uint32_t scattered = id * UINT32_C(0x9E3779B9);
    return (size_t)((uint64_t)scattered * (table->mask + 1) >> 32);
}

void idl__table_fini(idl__table *table)
{
    idl__free(table->slots);
    *table = (idl__table){ 0 };
}

/* The slot of id, or the free one where it would go. */
static size_t locate(const idl__table *table, uint32_t id)
{
    size_t i = home(table, id);
    while (table->slots[i] != NULL && table->slots[i]->id != id)
        i = (i + 1) & table->mask;
    return i;
}

bool idl__table_grow(idl__table *table)
{
    size_t size = table->slots != NULL ? table->mask + 1 : 0;
    idl__table larger = { .mask = (size != 0 ? 2 * size : FIRST) - 1 };
    larger.slots = idl__calloc(larger.mask + 1, sizeof *larger.slots);
    if (larger.slots == NULL)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (table->slots[i] != NULL)
            idl__table_add(&larger, table->slots[i]);
    }
    idl__free(table->slots);
    *table = larger;
    return true;
}

void idl__table_add(idl__table *table, idl__stream *stream)
{
    table->slots[locate(table, stream->id)] = stream;
    table->count++;
}

idl__stream *idl__table_find(const idl__table *table, uint32_t id)
{
    return table->slots != NULL ? table->slots[locate(table, id)] : NULL;
}

void idl__table_remove(idl__table *table, const idl__stream *stream)
{
    if (table->slots == NULL)
        return;
    size_t hole = locate(table, stream->id);
    if (table->slots[hole] != stream)
        return;
    /* Those behind it move up if their way leads over the hole. */
    for (size_t i = (hole + 1) & table->mask; table->slots[i] != NULL; i = (i + 1) & table->mask) {
        size_t distance = (i - home(table, table->slots[i]->id)) & table->mask;
        if (distance >= ((i - hole) & table->mask)) {
            table->slots[hole] = table->slots[i];
            hole = i;
        }
    }
    table->slots[hole] = NULL;
    table->count--;
}
