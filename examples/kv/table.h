/* SPDX-License-Identifier: MIT */
/* table.h: the store itself: entries sorted by key, each with memory of its own.
 *
 * An entry is kept as the message that the IDL declares, decoded into an arena of its own, so the
 * server hands stored entries to the runtime as they are. One thread. */
#ifndef KV_TABLE_H
#define KV_TABLE_H

#include "kv_types.h"

typedef struct row {
    idl_arena *arena; /* owns what entry points to */
    demo_kv_entry entry;
    uint64_t touched; /* how often */
} row;

typedef struct table {
    row **rows; /* sorted by key, bytewise */
    size_t count, cap;
} table;

void table_free(table *t);

/* The first row whose key is not less than key; found: it is key. */
size_t table_seek(const table *t, idl_str key, bool *found);

/* A copy of entry replaces the one with its key, or is added. NULL: no memory, nothing changed. */
row *table_put(table *t, const demo_kv_entry *entry);

bool table_remove(table *t, idl_str key);

#endif
