/* SPDX-License-Identifier: MIT */
/* cname_table.c: a hash table of identifiers, chained, doubled when it is full. */
#include "cname_table.h"

struct cname_table {
    struct arena *arena;
    struct cname_user **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
};

uint32_t cname_hash(struct str s)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < s.len; i++)
        h = (h ^ (unsigned char)s.ptr[i]) * 16777619u;
    return h;
}

struct cname_table *cname_table_new(struct arena *arena)
{
    struct cname_table *table = ARENA_NEW(arena, struct cname_table);
    table->arena = arena;
    table->bucket_count = 16;
    table->buckets = arena_array(arena, table->bucket_count, sizeof *table->buckets);
    return table;
}

static struct cname_user **bucket(const struct cname_table *table, struct str identifier)
{
    return &table->buckets[cname_hash(identifier) & (table->bucket_count - 1)];
}

static void grow(struct cname_table *table)
{
    struct cname_user **old = table->buckets;
    size_t old_count = table->bucket_count;
    table->bucket_count *= 2;
    table->buckets = arena_array(table->arena, table->bucket_count, sizeof *table->buckets);
    for (size_t i = 0; i < old_count; i++) {
        struct cname_user *next;
        for (struct cname_user *user = old[i]; user; user = next) {
            next = user->next;
            struct cname_user **head = bucket(table, user->identifier);
            user->next = *head;
            *head = user;
        }
    }
}

void cname_table_add(struct cname_table *table, const struct cname_user *user)
{
    if (table->count == table->bucket_count)
        grow(table);
    struct cname_user *copy = ARENA_NEW(table->arena, struct cname_user);
    struct cname_user **head = bucket(table, user->identifier);
    *copy = *user;
    copy->next = *head;
    *head = copy;
    table->count++;
}

const struct cname_user *cname_table_find(const struct cname_table *table, struct str identifier,
                                          const struct cname_user *previous)
{
    const struct cname_user *user = previous ? previous->next : *bucket(table, identifier);
    while (user && !str_eq(user->identifier, identifier))
        user = user->next;
    return user;
}
