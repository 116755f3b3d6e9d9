/* SPDX-License-Identifier: MIT */
/* table.c: see table.h. A sorted array: simple, and fast enough for an example. */
#include "table.h"

#include <stdlib.h>
#include <string.h>

static int compare(idl_str a, idl_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n == 0 ? 0 : memcmp(a.data, b.data, n);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

static void row_free(row *r)
{
    if (r == NULL)
        return;
    idl_arena_free(r->arena);
    free(r);
}

/* A deep copy by way of the wire: encode, decode into the row's own arena. */
static row *row_new(const demo_kv_entry *entry)
{
    row *r = calloc(1, sizeof *r);
    if (r == NULL)
        return NULL;
    idl_bytes bytes;
    r->arena = idl_arena_new();
    if (demo_kv_entry_encode(entry, r->arena, &bytes) == IDL_OK &&
        demo_kv_entry_decode(&r->entry, r->arena, bytes) == IDL_OK)
        return r;
    row_free(r);
    return NULL;
}

void table_free(table *t)
{
    for (size_t i = 0; i < t->count; i++)
        row_free(t->rows[i]);
    free(t->rows);
    *t = (table){ 0 };
}

size_t table_seek(const table *t, idl_str key, bool *found)
{
    size_t low = 0, high = t->count;
    *found = false;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(t->rows[middle]->entry.key, key);
        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool grow(table *t)
{
    if (t->count < t->cap)
        return true;
    size_t cap = t->cap ? t->cap * 2 : 64;
    row **rows = realloc(t->rows, cap * sizeof(row *));
    if (rows == NULL)
        return false;
    t->rows = rows;
    t->cap = cap;
    return true;
}

row *table_put(table *t, const demo_kv_entry *entry)
{
    bool found;
    size_t at = table_seek(t, entry->key, &found);
    row *r = row_new(entry);
    if (r == NULL || (!found && !grow(t))) {
        row_free(r);
        return NULL;
    }
    if (found) {
        r->touched = t->rows[at]->touched;
        row_free(t->rows[at]);
    } else {
        memmove(t->rows + at + 1, t->rows + at, (t->count - at) * sizeof(row *));
        t->count++;
    }
    t->rows[at] = r;
    return r;
}

bool table_remove(table *t, idl_str key)
{
    bool found;
    size_t at = table_seek(t, key, &found);
    if (!found)
        return false;
    row_free(t->rows[at]);
    t->count--;
    memmove(t->rows + at, t->rows + at + 1, (t->count - at) * sizeof(row *));
    return true;
}
