/* SPDX-License-Identifier: MIT */
/* value.h: the tree that a template sees: texts, flags, lists and records. Nothing else.
 *
 * Built by view.c from the schema, read by template.c; neither knows the other. Every value may
 * carry the place in the IDL that it came from, so that a template's error can name both. */
#ifndef IDLC_VALUE_H
#define IDLC_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "source.h"
#include "str.h"

enum value_kind { VALUE_TEXT, VALUE_FLAG, VALUE_LIST, VALUE_RECORD };

struct value;

struct value_member {
    struct str name;
    const struct value *value;
};

struct value {
    enum value_kind kind;
    struct span origin; /* source may be NULL */
    union {
        struct str text;
        bool flag;
        struct {
            const struct value **items;
            size_t count, cap;
        } list;
        struct {
            const char *type; /* what it is, for messages: "method", "struct" */
            struct value_member *members;
            size_t count, cap;
        } record;
    };
};

struct value *value_text(struct arena *arena, struct str text);
struct value *value_number(struct arena *arena, unsigned long long number); /* a text */
struct value *value_flag(struct arena *arena, bool flag);
struct value *value_list(struct arena *arena);
struct value *value_record(struct arena *arena, const char *type, struct span origin);

void value_add(struct arena *arena, struct value *list, const struct value *item);
/* Each name once. */
void value_set(struct arena *arena, struct value *record, const char *name,
               const struct value *value);
/* NULL when record has no such member. */
const struct value *value_get(const struct value *record, struct str name);

/* The tree as indented JSON: texts as strings, flags as booleans, lists, objects. A tree may share
 * its parts but must not contain itself; what is deeper than 64 is left out ("..."). */
void value_json(const struct value *value, struct text *out);

#endif
