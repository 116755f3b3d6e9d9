/* SPDX-License-Identifier: MIT */
/* table.c: open addressing, kept at most half full. */
#include "table.h"

#include <stdint.h>

struct slot {
    struct str name;
    void *value; /* NULL: free */
};

struct table {
    struct arena *arena;
    struct slot *slots;
    size_t count, cap; /* cap: a power of two */
};

struct table *table_new(struct arena *arena)
{
    struct table *table = ARENA_NEW(arena, struct table);
    table->arena = arena;
    return table;
}

/* FNV-1a. */
static uint64_t hash(struct str s)
{
    uint64_t h = 0xcbf29ce484222325u;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot that has the name, or the free one where it goes. */
static struct slot *find(struct slot *slots, size_t cap, struct str name)
{
    size_t i = (size_t)hash(name) & (cap - 1);
    while (slots[i].value && !str_eq(slots[i].name, name))
        i = (i + 1) & (cap - 1);
    return &slots[i];
}

void *table_get(const struct table *table, struct str name)
{
    return table->cap ? find(table->slots, table->cap, name)->value : NULL;
}

static void grow(struct table *table)
{
    size_t cap = table->cap ? 2 * table->cap : 16;
    struct slot *slots = arena_array(table->arena, cap, sizeof *slots);
    for (size_t i = 0; i < table->cap; i++)
        if (table->slots[i].value)
            *find(slots, cap, table->slots[i].name) = table->slots[i];
    table->slots = slots;
    table->cap = cap;
}

void *table_put(struct table *table, struct str name, void *value)
{
    if (2 * (table->count + 1) > table->cap)
        grow(table);
    struct slot *slot = find(table->slots, table->cap, name);
    if (slot->value)
        return slot->value;
    *slot = (struct slot){ name, value };
    table->count++;
    return NULL;
}
