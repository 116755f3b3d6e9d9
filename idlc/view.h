/* SPDX-License-Identifier: MIT */
/* view.h: what the files of the stage view_file (stages.h) share.
 *
 * The view is the schema as a template wants it: names, flags and finished pieces of C, so that no
 * template needs to think. templates/README.md lists every name that it has. */
#ifndef IDLC_VIEW_H
#define IDLC_VIEW_H

#include "arena.h"
#include "schema.h"
#include "str.h"
#include "value.h"

enum { VIEW_COLUMNS = 100 };

struct view {
    struct arena *arena;
    const struct schema *schema;
    const struct file *file;
    bool shadows; /* a type in sight is named like a variable of the built-in templates */
};

/* By file: those whose declarations the generated code sees, v's own and all that it reaches. */
const bool *view_in_sight(const struct view *v);

/* Members of records. */
void view_text(struct view *v, struct value *record, const char *name, struct str text);
void view_flag(struct view *v, struct value *record, const char *name, bool flag);
/* Members that keep() sets once they are asked for; v is its context. */
#define VIEW_PROMISE(v, record, keep, object, ...)                                            \
    value_promise((v)->arena, (record), (const char *const[]){ __VA_ARGS__ },                 \
                  sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *), (keep), (v), \
                  (object))
/* A new list, of what make() makes of each object when it is asked for. v and objects stay. */
typedef struct value *view_maker(struct view *v, const void *object);
void view_made_list(struct view *v, struct value *record, const char *name, view_maker *make,
                    const void *const *objects, size_t count);
/* A new list; items are added to it. */
struct value *view_list(struct view *v, struct value *record, const char *name);

/* Text that grows in the arena, piece by piece. */
struct pieces {
    struct str *items;
    size_t count, cap;
};
void pieces_add(struct view *v, struct pieces *p, struct str piece);
void pieces_addf(struct view *v, struct pieces *p, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* t's bytes, moved to the arena. */
struct str view_kept(struct view *v, struct text *t);

/* "head(a, b, c)tail", for a line that begins at column indent. Wrapped behind commas where it
 * would be longer than VIEW_COLUMNS: items stand below the first, or below head's begin and four
 * more where that is too far to the right. */
struct str view_call(struct view *v, size_t indent, struct str head, const struct pieces *items,
                     const char *tail);

/* "head = { a, b };", on several lines where one would be too long. */
struct str view_initialised(struct view *v, size_t indent, struct str head, struct pieces *items);

/* A function: a record with its name and its declaration; a false flag when name is empty. */
void view_function(struct view *v, struct value *record, const char *key, const char *result,
                   struct str name, const struct pieces *parameters);

/* A doc comment, "" when doc is empty. */
struct str view_doc(struct view *v, struct str doc);
/* The inside of a C string literal. */
struct str view_cstring(struct view *v, struct str bytes);
/* IDL_DEPRECATED("reason") behind before, or "". */
struct str view_deprecated(struct view *v, const char *before, const struct annotations *a);

/* Types in C, ready for a name to be written behind: "int32_t ", "const struct item *". */
struct str view_member_type(struct view *v, const struct type *type);
struct str view_value_type(struct view *v, const struct type *type); /* a struct by value */
/* How m's parameters are declared in C, for all functions that take them; none for a stream. */
void view_parameters(struct view *v, struct pieces *p, const struct method *m);
bool view_is_optional(const struct field *field); /* a parameter that is a pointer because of it */
/* The result that comes once, with the status: not a stream's. */
const struct type *view_single_result(const struct method *m);
/* The map type of the file that type is in C. */
const struct map_type *view_map(const struct view *v, const struct type *type);

/* ---- The parts of the tree ---- */

struct value *view_constant(struct view *v, const struct constant *constant);
struct value *view_enum(struct view *v, const struct enumeration *e);
struct value *view_structure(struct view *v, const struct structure *s);
struct value *view_map_type(struct view *v, const struct map_type *map);
struct value *view_service(struct view *v, const struct service *service);

/* What --emit's other kinds are made of; a record each. */
struct value *view_proto(struct view *v);
struct value *view_sample(struct view *v, const struct method *m);
struct value *view_sample_file(struct view *v);
struct value *view_docs(struct view *v);

/* ---- The language itself, as it was written (view_idl.c) ---- */

struct str view_idl_type(struct view *v, const struct type *type); /* "list<Item>" */
/* "list(string prefix, uint32 limit) -> stream Item", wrapped for a line that begins at indent. */
struct str view_idl_signature(struct view *v, const struct method *m, size_t indent);
struct str view_idl_value(struct view *v, const struct constant *c); /* "1000", "\"hello\\n\"" */

/* Codec statements (view_codec.c): of one field that stands at place ("m->name"). */
struct str view_put(struct view *v, const struct type *type, uint32_t number, const char *place,
                    struct str name, size_t indent);
struct str view_get(struct view *v, const struct type *type, const char *place, struct str name,
                    struct str old, size_t indent);
void view_tags(struct view *v, struct value *record, const struct type *type, uint32_t number);
/* Empty images: what a value of this type is initialised with, "" when that is zero; that of a
 * structure, member by member. */
struct str view_empty(struct view *v, const struct type *type);
struct pieces view_empty_members(struct view *v, const struct structure *s);
/* "static const struct type name = { items };" */
struct str view_empty_image(struct view *v, struct str type, struct str name, struct pieces *items);

#endif
