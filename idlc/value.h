/* SPDX-License-Identifier: MIT */
/* value.h: the tree that a template sees: texts, flags, lists and records. Nothing else.
 *
 * Built by view.c from the schema, read by template.c; neither knows the other. Every value may
 * carry the place in the IDL that it came from, so that a template's error can name both.
 *
 * The tree of a large file is many times larger than the file, and no template reads all of it. So
 * it need not exist as a whole: a list may make its items one at a time, and a record may set
 * members when they are first asked for. */
#ifndef IDLC_VALUE_H
#define IDLC_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "source.h"
#include "str.h"

enum value_kind { VALUE_TEXT, VALUE_FLAG, VALUE_LIST, VALUE_RECORD };

struct value;

/* Makes a list's item number index, in arena. */
typedef const struct value *value_maker(struct arena *arena, const void *context, size_t index);
/* Sets all that was promised of record. */
typedef void value_keeper(void *context, struct value *record, const void *object);

struct value_promise {
    value_keeper *keep;
    void *context;
    const void *object;
    struct value *record;
    size_t first, count; /* which of the record's members */
};

struct value_member {
    struct str name;
    const struct value *value;           /* NULL: promised; value_at knows */
    const struct value_promise *promise; /* what sets it */
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
            value_maker *make; /* instead of items */
            const void *context;
        } list;
        struct {
            const char *type; /* what it is, for messages: "method", "struct" */
            struct value_member *members;
            size_t count, cap;
            const struct value_promise *kept; /* whose members are being set */
        } record;
    };
};

struct value *value_text(struct arena *arena, struct str text);
struct value *value_number(struct arena *arena, unsigned long long number); /* a text */
const struct value *value_flag(bool flag);
struct value *value_list(struct arena *arena);
struct value *value_record(struct arena *arena, const char *type, struct span origin);
/* Room for count members, which spares growing. */
void value_reserve(struct arena *arena, struct value *record, size_t count);

/* Of count items that make() makes. */
struct value *value_made_list(struct arena *arena, size_t count, value_maker *make,
                              const void *context);
void value_add(struct arena *arena, struct value *list, const struct value *item);
/* Each name once. */
void value_set(struct arena *arena, struct value *record, const char *name,
               const struct value *value);
/* Members that keep() sets with value_set, all of them, once the first is asked for. */
void value_promise(struct arena *arena, struct value *record, const char *const *names,
                   size_t count, value_keeper *keep, void *context, const void *object);

/* The list's item; one that is made lives in scratch. */
const struct value *value_item(const struct value *list, size_t index, struct arena *scratch);
/* The value of the record's member number index. */
const struct value *value_at(const struct value *record, size_t index);
/* NULL when record has no such member. */
const struct value *value_get(const struct value *record, struct str name);

/* The tree as indented JSON: texts as strings, flags as booleans, lists, objects. A tree may share
 * its parts but must not contain itself; what is deeper than 64 is left out ("..."). */
void value_json(const struct value *value, struct text *out);

#endif
