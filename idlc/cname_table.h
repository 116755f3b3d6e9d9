/* SPDX-License-Identifier: MIT */
/* cname_table.h: the C identifiers that are in use, and who uses them. */
#ifndef IDLC_CNAME_TABLE_H
#define IDLC_CNAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "source.h"
#include "str.h"

struct type;

struct cname_user {
    struct str identifier;
    const char *what;        /* "struct", for messages */
    struct str name;         /* in the IDL, for messages */
    struct span span;        /* of that name */
    const struct type *map;  /* of maps and their entries: files that do not see each other may
                             * define the same one */
    struct cname_user *next; /* of the same hash */
    uint32_t file;           /* its index */
    bool declared;           /* else derived from a declared name */
    bool local;              /* static in what is generated for its file: no one else sees it */
};

uint32_t cname_hash(struct str s); /* FNV-1a */

struct cname_table;

struct cname_table *cname_table_new(struct arena *arena);
void cname_table_add(struct cname_table *table, const struct cname_user *user);
/* The users of identifier one after another: previous is NULL to begin with. NULL at the end. */
const struct cname_user *cname_table_find(const struct cname_table *table, struct str identifier,
                                          const struct cname_user *previous);

#endif
