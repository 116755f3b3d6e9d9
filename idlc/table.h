/* SPDX-License-Identifier: MIT */
/* table.h: names -> anything, in an arena. Keys are not copied. */
#ifndef IDLC_TABLE_H
#define IDLC_TABLE_H

#include "arena.h"
#include "str.h"

struct table;

struct table *table_new(struct arena *arena);
/* NULL when the name is not there. */
void *table_get(const struct table *table, struct str name);
/* What the name has already stays, and is returned; NULL when value was put. */
void *table_put(struct table *table, struct str name, void *value);

#endif
