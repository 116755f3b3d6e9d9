/* SPDX-License-Identifier: MIT */
/* cname.h: giving names, for the files of the stage cname_assign (stages.h).
 *
 * Files get their names one after another, a file after those that it imports. What a name becomes
 * depends on the file and its imports alone, never on what else stands on the command line: so
 * files that are generated in different runs still fit together.
 *
 *     declared  the user wrote the name: two that give one identifier are an error
 *     derived   made from a declared one (item_list): gets "_" until it is free
 *     static    derived, and seen by its own file's code only */
#ifndef IDLC_CNAME_H
#define IDLC_CNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "cname_table.h"
#include "diag.h"
#include "schema.h"

struct cname {
    struct arena *kept;  /* of the schema: for what is put into it */
    struct arena *arena; /* for words, and the table: not longer than this stage */
    struct diag *diag;
    struct cname_table *table;
    const struct schema *schema;
    const bool *sight; /* file_count by file_count: does a file see another */
    size_t file;       /* the one that gets its names */
    bool clashed;      /* declared names did: what follows from that is not reported */
    bool after_errors; /* what has one of its own is looked at no further */
};

/* What a name is made from, for messages. */
struct cname_origin {
    const char *what;
    struct str name;
    struct span span;
};

struct str cname_declare(struct cname *c, struct str words, bool upper, struct cname_origin origin);
struct str cname_derive(struct cname *c, struct str words, bool upper, struct cname_origin origin);
/* The name of a map type, or of its entries. */
struct str cname_derive_map(struct cname *c, struct str words, const struct type *map,
                            struct cname_origin origin);
struct str cname_static(struct cname *c, struct str words, struct cname_origin origin);
/* An identifier that is in sight of the file: its own and those of its imports. */
bool cname_in_sight(const struct cname *c, struct str identifier);

/* The passes over one file. */
void cname_derive_types(struct cname *c, struct file *file);    /* cname_types.c */
void cname_derive_services(struct cname *c, struct file *file); /* cname_service.c */
void cname_static_types(struct cname *c, struct file *file);
void cname_static_services(struct cname *c, struct file *file);
void cname_members(struct cname *c, struct structure *structure); /* cname_members.c */
void cname_parameters(struct cname *c, struct service *service);

/* The words of a structure's or a method's C name. */
struct str cname_structure_words(struct cname *c, const struct structure *s, bool with_package);
struct str cname_method_words(struct cname *c, const struct method *method, bool with_package);

#endif
