/* SPDX-License-Identifier: MIT */
/* table.h: the streams of a connection by their id. */
#ifndef IDL__TABLE_H
#define IDL__TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conn.h"

/* Open addressing; holds no memory while it was never used. */
typedef struct idl__table {
    idl__stream **slots;
    size_t mask; /* their number, a power of two, less 1 */
    size_t count;
} idl__table;

void idl__table_fini(idl__table *table);
/* Makes sure that the next idl__table_add does not fail. False: no memory. */
IDL_COLD bool idl__table_grow(idl__table *table);
static inline bool idl__table_reserve(idl__table *table)
{
    bool enough = table->slots != NULL && 2 * (table->count + 1) <= table->mask + 1;
    return IDL_LIKELY(enough) || idl__table_grow(table);
}
void idl__table_add(idl__table *table, idl__stream *stream);
idl__stream *idl__table_find(const idl__table *table, uint32_t id); /* NULL: none */
void idl__table_remove(idl__table *table, const idl__stream *stream);

#endif
