/* SPDX-License-Identifier: MIT */
/* compare.c: which declaration continues which, and the walk over those that do.
 *
 * Declarations are matched by their full names; where a file has changed its package, by their
 * names in it; what is left over, by their members, so that a new name is told from a removal. */
#include "compare.h"

#include "compare_parts.h"

/* Any declaration. */
struct thing {
    enum declaration_kind kind;
    void *pointer;
    struct str name;
    struct span span;
    const struct file *file;
};

static struct thing thing_of(const struct declaration *d)
{
    switch (d->kind) {
    case DECLARE_CONSTANT:
        return (struct thing){ d->kind, d->constant, d->constant->name, d->constant->span,
                               d->constant->file };
    case DECLARE_ENUM:
        return (struct thing){ d->kind, d->enumeration, d->enumeration->name, d->enumeration->span,
                               d->enumeration->file };
    case DECLARE_STRUCT:
        return (struct thing){ d->kind, d->structure, d->structure->name, d->structure->span,
                               d->structure->file };
    case DECLARE_SERVICE: break;
    }
    return (struct thing){ d->kind, d->service, d->service->name, d->service->span,
                           d->service->file };
}

static const char *what_of(enum declaration_kind kind)
{
    static const char *const names[] = { [DECLARE_CONSTANT] = "constant",
                                         [DECLARE_ENUM] = "enum",
                                         [DECLARE_STRUCT] = "struct",
                                         [DECLARE_SERVICE] = "service" };
    return names[kind];
}

static struct declaration *continued_by(const struct compare *c, const void *before)
{
    return table_get(c->continued, (struct str){ (const char *)&before, sizeof before });
}

static bool has_partner(const struct compare *c, const void *now)
{
    return table_get(c->partnered, (struct str){ (const char *)&now, sizeof now }) != NULL;
}

static void make_partners(struct compare *c, const struct declaration *before,
                          struct declaration *now)
{
    struct str old = compare_key(c->arena, thing_of(before).pointer);
    void *new = thing_of(now).pointer;
    table_put(c->partners, old, new);
    table_put(c->continued, old, now);
    table_put(c->partnered, compare_key(c->arena, new), new);
}

/* ---- Files ---- */

static const struct file *root_of(const struct schema *schema)
{
    for (size_t i = 0; i < schema->file_count; i++)
        if (schema->files[i]->generate)
            return schema->files[i];
    return schema->files[0];
}

/* The other version of a file; NULL when there is none. */
static const struct file *counterpart(const struct schema *own, const struct file *file,
                                      const struct schema *other)
{
    const struct file *root = root_of(other);
    if (file == root_of(own))
        return root;
    for (size_t i = 0; i < other->file_count; i++)
        if (other->files[i] != root && str_eq(other->files[i]->base_name, file->base_name))
            return other->files[i];
    return NULL;
}

/* That, or else the root: where what was in file is to be looked for. */
static const struct file *heir(const struct schema *own, const struct file *file,
                               const struct schema *other)
{
    const struct file *same = counterpart(own, file, other);
    return same ? same : root_of(other);
}

/* Where something is shown that is no longer there. */
static struct span place_of(const struct file *file)
{
    return file->package.len ? file->package_span : (struct span){ file->source, 0, 0 };
}

static bool has_service(const struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++)
        if (file->declarations[i].kind == DECLARE_SERVICE)
            return true;
    return false;
}

static void compare_package(struct compare *c, const struct file *before, const struct file *now)
{
    if (str_eq(before->package, now->package))
        return;
    bool wire = has_service(before);
    compare_report(c, wire ? WIRE_PACKAGE : SOURCE_PACKAGE, place_of(now), place_of(before),
                   "the package changed from '%.*s' to '%.*s'%s", STR_ARG(before->package),
                   STR_ARG(now->package),
                   wire ? ": it is part of the names of services on the wire" : "");
}

/* ---- Who continues whom ---- */

/* By kind, package and name. */
static struct str full_key(struct compare *c, enum declaration_kind kind, struct str package,
                           struct str name)
{
    return arena_printf(c->arena, "%s %.*s.%.*s", what_of(kind), STR_ARG(package), STR_ARG(name));
}

static struct table *declarations_of(struct compare *c, const struct schema *schema)
{
    struct table *table = table_new(c->arena);
    for (size_t f = 0; f < schema->file_count; f++) {
        const struct file *file = schema->files[f];
        for (size_t i = 0; i < file->declaration_count; i++) {
            struct thing thing = thing_of(&file->declarations[i]);
            table_put(table, full_key(c, thing.kind, file->package, thing.name),
                      &file->declarations[i]);
        }
    }
    return table;
}

static void match_names(struct compare *c, const struct schema *before, const struct schema *now)
{
    struct table *declarations = declarations_of(c, now);
    for (size_t f = 0; f < before->file_count; f++) {
        const struct file *file = before->files[f];
        struct str package = heir(before, file, now)->package;
        for (size_t i = 0; i < file->declaration_count; i++) {
            struct thing thing = thing_of(&file->declarations[i]);
            struct declaration *same =
                table_get(declarations, full_key(c, thing.kind, file->package, thing.name));
            if (!same)
                same = table_get(declarations, full_key(c, thing.kind, package, thing.name));
            if (same && !has_partner(c, thing_of(same).pointer))
                make_partners(c, &file->declarations[i], same);
        }
    }
}

/* What a declaration's members look like; empty for one that has none. */
static struct str shape_of(struct compare *c, const struct declaration *d)
{
    struct text text = { 0 };
    switch (d->kind) {
    case DECLARE_CONSTANT: break;
    case DECLARE_ENUM:
        for (size_t i = 0; i < d->enumeration->value_count; i++)
            text_addf(&text, "%.*s=%d;", STR_ARG(d->enumeration->values[i].name),
                      (int)d->enumeration->values[i].number);
        break;
    case DECLARE_STRUCT:
        for (size_t i = 0; i < d->structure->field_count; i++)
            text_addf(&text, "%s %.*s=%u;", type_kind_name(d->structure->fields[i].type->kind),
                      STR_ARG(d->structure->fields[i].name), d->structure->fields[i].number);
        break;
    case DECLARE_SERVICE:
        for (size_t i = 0; i < d->service->method_count; i++)
            text_addf(&text, "%.*s();", STR_ARG(d->service->methods[i].name));
        break;
    }
    struct str shape = arena_str(c->arena, text_str(&text));
    text_free(&text);
    return shape;
}

/* Declarations of one shape that continue nothing yet, in their order. */
struct candidate {
    struct declaration *declaration;
    struct candidate *next;
};

struct candidates {
    struct candidate *first, **end;
};

static struct table *candidates_of(struct compare *c, const struct file *file)
{
    struct table *table = table_new(c->arena);
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        if (has_partner(c, thing_of(d).pointer))
            continue;
        struct str shape = shape_of(c, d);
        struct candidates *list = table_get(table, shape);
        if (!list) {
            list = ARENA_NEW(c->arena, struct candidates);
            list->end = &list->first;
            table_put(table, shape, list);
        }
        struct candidate *candidate = ARENA_NEW(c->arena, struct candidate);
        candidate->declaration = d;
        *list->end = candidate;
        list->end = &candidate->next;
    }
    return table;
}

static void match_members(struct compare *c, const struct schema *before, const struct schema *now)
{
    for (size_t f = 0; f < before->file_count; f++) {
        const struct file *old = before->files[f];
        struct table *candidates = candidates_of(c, heir(before, old, now));
        for (size_t i = 0; i < old->declaration_count; i++) {
            const struct declaration *d = &old->declarations[i];
            struct str shape = shape_of(c, d);
            struct candidates *list = shape.len ? table_get(candidates, shape) : NULL;
            if (!list || !list->first || continued_by(c, thing_of(d).pointer))
                continue;
            make_partners(c, d, list->first->declaration);
            list->first = list->first->next;
        }
    }
}

/* ---- What has become of each ---- */

static void compare_pairs(struct compare *c, const struct thing *before, const struct thing *now)
{
    bool named_alike =
        str_eq(before->name, now->name) && str_eq(before->file->c_prefix, now->file->c_prefix);
    if (before->kind == DECLARE_CONSTANT) {
        const struct constant *old = before->pointer, *new = now->pointer;
        compare_constants(c, old, new);
        compare_deprecation(c, what_of(now->kind), STR(""), new->name, new->span, &old->annotations,
                            &new->annotations);
        if (named_alike)
            compare_c_names(c, now->span, before->span, now->name,
                            (struct c_name_pair[]){ { old->c_name, new->c_name } }, 1);
    } else if (before->kind == DECLARE_ENUM) {
        const struct enumeration *old = before->pointer, *new = now->pointer;
        compare_enums(c, old, new);
        compare_deprecation(c, what_of(now->kind), STR(""), new->name, new->span, &old->annotations,
                            &new->annotations);
        if (named_alike)
            compare_c_names(
                c, now->span, before->span, now->name,
                (struct c_name_pair[]){ { old->c_name, new->c_name },
                                        { old->c_list_name, new->c_list_name },
                                        { old->c_function_name, new->c_function_name } },
                3);
    } else if (before->kind == DECLARE_STRUCT) {
        const struct structure *old = before->pointer, *new = now->pointer;
        compare_structures(c, old, new);
        compare_deprecation(c, what_of(now->kind), STR(""), new->name, new->span, &old->annotations,
                            &new->annotations);
        if (named_alike)
            compare_c_names(c, now->span, before->span, now->name,
                            (struct c_name_pair[]){ { old->c_name, new->c_name },
                                                    { old->c_list_name, new->c_list_name },
                                                    { old->c_encode_name, new->c_encode_name },
                                                    { old->c_decode_name, new->c_decode_name } },
                            4);
    } else {
        const struct service *old = before->pointer, *new = now->pointer;
        compare_services(c, old, new);
        compare_deprecation(c, what_of(now->kind), STR(""), new->name, new->span, &old->annotations,
                            &new->annotations);
        if (named_alike)
            compare_c_names(c, now->span, before->span, now->name,
                            (struct c_name_pair[]){ { old->c_name, new->c_name },
                                                    { old->c_handlers_name, new->c_handlers_name },
                                                    { old->c_serve_name, new->c_serve_name } },
                            3);
    }
}

static void report_removed(struct compare *c, const struct thing *thing, const struct file *now)
{
    enum rule rule = thing->kind == DECLARE_SERVICE    ? WIRE_SERVICE_REMOVED
                     : thing->kind == DECLARE_CONSTANT ? SOURCE_CONSTANT_REMOVED
                                                       : SOURCE_TYPE_REMOVED;
    compare_report(c, rule, place_of(now), thing->span, "%s '%.*s' was removed",
                   what_of(thing->kind), STR_ARG(thing->name));
}

static void compare_declaration(struct compare *c, const struct schema *before,
                                const struct declaration *d, const struct schema *now)
{
    struct thing old = thing_of(d);
    const struct declaration *other = continued_by(c, old.pointer);
    const struct file *file = heir(before, old.file, now);
    if (!other) {
        report_removed(c, &old, file);
        return;
    }
    struct thing new = thing_of(other);
    if (!str_eq(old.name, new.name))
        compare_report(c, old.kind == DECLARE_SERVICE ? WIRE_SERVICE_NAME : SOURCE_TYPE_NAME,
                       new.span, old.span, "%s '%.*s' was renamed to '%.*s'", what_of(new.kind),
                       STR_ARG(old.name), STR_ARG(new.name));
    else if (new.file != file)
        compare_report(c, SAFE_MOVED, new.span, old.span, "%s '%.*s' moved to another file",
                       what_of(new.kind), STR_ARG(new.name));
    compare_pairs(c, &old, &new);
}

static void report_added(struct compare *c, const struct schema *now)
{
    for (size_t f = 0; f < now->file_count; f++) {
        for (size_t i = 0; i < now->files[f]->declaration_count; i++) {
            struct thing thing = thing_of(&now->files[f]->declarations[i]);
            if (!has_partner(c, thing.pointer))
                compare_report(c, SAFE_ADDED, thing.span, (struct span){ 0 }, "%s '%.*s' was added",
                               what_of(thing.kind), STR_ARG(thing.name));
        }
    }
}

struct compare_counts compare_schemas(struct arena *arena, struct diag *diag,
                                      const struct schema *before, const struct schema *now)
{
    struct compare c = { .arena = arena,
                         .diag = diag,
                         .partners = table_new(arena),
                         .continued = table_new(arena),
                         .partnered = table_new(arena),
                         .indexes = table_new(arena) };
    match_names(&c, before, now);
    match_members(&c, before, now);
    for (size_t f = 0; f < before->file_count; f++) {
        const struct file *file = before->files[f];
        const struct file *same = counterpart(before, file, now);
        if (same)
            compare_package(&c, file, same);
        for (size_t i = 0; i < file->declaration_count; i++)
            compare_declaration(&c, before, &file->declarations[i], now);
    }
    report_added(&c, now);
    return c.counts;
}
