/* SPDX-License-Identifier: MIT */
/* view_proto_name.c: names in a .proto, where the IDL's would clash. */
#include <stdint.h>

#include "cname_words.h"
#include "table.h"
#include "view_proto.h"

/* How many have a full name, or want it. A file's own values are the last to ask, so what they get
 * depends on the file and what it imports alone. */
struct proto_names {
    struct view *v;
    struct table *claims;
};

static size_t *claims_of(struct proto_names *names, struct str full_name)
{
    size_t *count = table_get(names->claims, full_name);
    if (!count) {
        count = ARENA_NEW(names->v->arena, size_t);
        table_put(names->claims, full_name, count);
    }
    return count;
}

static struct str in_package(struct view *v, const struct file *file, struct str name)
{
    return arena_printf(v->arena, "%.*s%s%.*s", STR_ARG(file->package),
                        file->package.len ? "." : "", STR_ARG(name));
}

static struct str wanted(struct view *v, const struct enumeration *e, const struct enum_value *x)
{
    struct str prefix = words_split(v->arena, e->name), words = words_split(v->arena, x->name);
    words = words_join(v->arena, prefix, words_without(words, prefix));
    return words_identifier(v->arena, words, true);
}

static void claim(struct proto_names *names, const struct file *file, const struct declaration *d,
                  bool with_values)
{
    switch (d->kind) {
    case DECLARE_STRUCT: ++*claims_of(names, d->structure->full_name); return;
    case DECLARE_SERVICE: ++*claims_of(names, d->service->full_name); return;
    case DECLARE_CONSTANT: return;
    case DECLARE_ENUM: break;
    }
    const struct enumeration *e = d->enumeration;
    ++*claims_of(names, e->full_name);
    for (size_t i = 0; with_values && i < e->value_count; i++) {
        struct str name = wanted(names->v, e, &e->values[i]);
        ++*claims_of(names, in_package(names->v, file, name));
    }
}

struct proto_names *proto_names_new(struct view *v)
{
    struct proto_names *names = ARENA_NEW(v->arena, struct proto_names);
    *names = (struct proto_names){ v, table_new(v->arena) };
    const bool *seen = view_in_sight(v);
    for (size_t f = 0; f < v->schema->file_count; f++) {
        const struct file *file = v->schema->files[f];
        for (size_t i = 0; seen[f] && i < file->declaration_count; i++)
            claim(names, file, &file->declarations[i], file != v->file);
        for (size_t i = 0; seen[f] && i < file->implicit_count; i++)
            ++*claims_of(names, file->implicit[i]->full_name);
    }
    return names;
}

struct str proto_value_name(struct proto_names *names, const struct enumeration *e,
                            const struct enum_value *value)
{
    struct view *v = names->v;
    struct str name = wanted(v, e, value);
    size_t *claims = claims_of(names, in_package(v, e->file, name));
    for (size_t i = 0; i < *claims; i++)
        name = arena_printf(v->arena, "%.*s_", STR_ARG(name));
    ++*claims;
    return name;
}

static bool is_within(struct str package, struct str name)
{
    return str_starts(package, name) && (package.len == name.len || package.ptr[name.len] == '.');
}

struct str proto_full_name(struct view *v, const struct file *file, struct str full_name)
{
    struct view declaring = { v->arena, v->schema, file, false };
    const bool *seen = NULL;
    for (size_t i = 0; i < v->schema->file_count; i++) {
        if (!is_within(v->schema->files[i]->package, full_name))
            continue;
        if (!seen)
            seen = view_in_sight(&declaring);
        if (seen[i])
            return arena_printf(v->arena, "%.*s_", STR_ARG(full_name));
    }
    return full_name;
}

struct str proto_name(struct view *v, const struct file *file, struct str full_name)
{
    struct str name = proto_full_name(v, file, full_name);
    size_t package = file->package.len ? file->package.len + 1 : 0;
    return (struct str){ name.ptr + package, name.len - package };
}

/* The message that protoc makes of a map field: FooBarEntry of foo_bar. */
static struct str entry_name(struct view *v, struct str field)
{
    char *name = arena_alloc(v->arena, field.len + 1);
    size_t len = 0;
    bool raise = true;
    for (size_t i = 0; i < field.len; i++) {
        char c = field.ptr[i];
        if (c != '_')
            name[len++] = raise && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
        raise = c == '_';
    }
    return arena_printf(v->arena, "%.*sEntry", (int)len, name);
}

struct str proto_member_name(struct view *v, const struct structure *s, struct str name)
{
    for (size_t i = 0; str_ends(name, STR("Entry")) && i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (field->type->kind == TYPE_MAP && str_eq(entry_name(v, field->name), name))
            return arena_printf(v->arena, "%.*s_", STR_ARG(name));
    }
    return name;
}
