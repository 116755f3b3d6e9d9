/* SPDX-License-Identifier: MIT */
/* cname.c: schema names -> C identifiers: the order of things, and declared names. */
#include "cname.h"

#include "cname_reserved.h"
#include "cname_words.h"
#include "ctype.h"
#include "stages.h"

static bool sees(const struct cname *c, size_t file)
{
    return c->sight[c->file * c->schema->file_count + file];
}

static struct str with_underscore(struct cname *c, struct str identifier)
{
    return arena_printf(c->arena, "%.*s_", STR_ARG(identifier));
}

static struct cname_user user_of(const struct cname *c, struct str identifier,
                                 struct cname_origin origin)
{
    return (struct cname_user){ .identifier = identifier,
                                .what = origin.what,
                                .name = origin.name,
                                .span = origin.span,
                                .file = (uint32_t)c->file };
}

/* declared: identifier is the name itself in C, not one that is derived from it. */
static void report_clash(struct cname *c, struct str identifier, struct cname_origin origin,
                         const struct cname_user *other, bool declared)
{
    diag_error(c->diag, origin.span, "c-name-clash",
               "%s '%.*s' and %s '%.*s' would both %s '%.*s' in C", origin.what,
               STR_ARG(origin.name), other->what, STR_ARG(other->name),
               declared && other->declared ? "be" : "need", STR_ARG(identifier));
    diag_note(c->diag, other->span, "%s '%.*s' is here", other->what, STR_ARG(other->name));
}

/* An earlier stage has reported it: two names that are the same would be one mistake told twice. */
static bool is_wrong(const struct cname *c, struct span span)
{
    return c->after_errors && diag_has_error(c->diag, span);
}

struct str cname_declare(struct cname *c, struct str words, bool upper, struct cname_origin origin)
{
    struct str identifier = words_identifier(c->arena, words, upper);
    while (cname_is_taken(identifier))
        identifier = with_underscore(c, identifier);
    const struct cname_user *user = NULL;
    while ((user = cname_table_find(c->table, identifier, user)) && user->local)
        ;
    if (user) {
        if (!is_wrong(c, origin.span) && !is_wrong(c, user->span))
            report_clash(c, identifier, origin, user, true);
        c->clashed = true;
    } else {
        identifier = arena_str(c->kept, identifier);
        struct cname_user own = user_of(c, identifier, origin);
        own.declared = true;
        cname_table_add(c->table, &own);
    }
    return identifier;
}

bool cname_in_sight(const struct cname *c, struct str identifier)
{
    const struct cname_user *user = NULL;
    while ((user = cname_table_find(c->table, identifier, user))) {
        if (user->local ? user->file == c->file : sees(c, user->file))
            return true;
    }
    return false;
}

/* One of a file that this one does not import: "_" would make names depend on the command line. */
static const struct cname_user *out_of_sight(const struct cname *c, struct str identifier,
                                             const struct type *map)
{
    const struct cname_user *user = NULL;
    while ((user = cname_table_find(c->table, identifier, user))) {
        bool same = map && user->map && ctype_same_map(map, user->map, false);
        if (!user->local && !sees(c, user->file) && !same)
            return user;
    }
    return NULL;
}

static struct str first_free(struct cname *c, struct str identifier)
{
    while (cname_is_taken(identifier) || cname_in_sight(c, identifier))
        identifier = with_underscore(c, identifier);
    return identifier;
}

static struct str derive(struct cname *c, struct str identifier, const struct type *map,
                         struct cname_origin origin)
{
    identifier = arena_str(c->kept, first_free(c, identifier));
    const struct cname_user *other = out_of_sight(c, identifier, map);
    struct cname_user user = user_of(c, identifier, origin);
    user.map = map;
    if (other && !c->clashed)
        report_clash(c, identifier, origin, other, false);
    if (!other)
        cname_table_add(c->table, &user);
    return identifier;
}

struct str cname_derive(struct cname *c, struct str words, bool upper, struct cname_origin origin)
{
    return derive(c, words_identifier(c->arena, words, upper), NULL, origin);
}

struct str cname_derive_map(struct cname *c, struct str words, const struct type *map,
                            struct cname_origin origin)
{
    return derive(c, words_identifier(c->arena, words, false), map, origin);
}

struct str cname_static(struct cname *c, struct str words, struct cname_origin origin)
{
    words = first_free(c, words_identifier(c->arena, words, false));
    struct str identifier = arena_str(c->kept, words);
    struct cname_user user = user_of(c, identifier, origin);
    user.local = true;
    cname_table_add(c->table, &user);
    return identifier;
}

struct str cname_structure_words(struct cname *c, const struct structure *s, bool with_package)
{
    struct str words = words_split(c->arena, s->name);
    if (s->method)
        words = words_join(c->arena, cname_method_words(c, s->method, false),
                           s->role == STRUCTURE_REQUEST ? STR("request") : STR("reply"));
    return with_package ? words_join(c->arena, s->file->c_prefix, words) : words;
}

struct str cname_method_words(struct cname *c, const struct method *method, bool with_package)
{
    const struct service *service = method->service;
    struct str words = words_join(c->arena, words_split(c->arena, service->name),
                                  words_split(c->arena, method->name));
    return with_package ? words_join(c->arena, service->file->c_prefix, words) : words;
}

static void declare_enum(struct cname *c, struct enumeration *e)
{
    struct str own = words_split(c->arena, e->name);
    struct str words = words_join(c->arena, e->file->c_prefix, own);
    e->c_name = cname_declare(c, words, false, (struct cname_origin){ "enum", e->name, e->span });
    for (size_t i = 0; i < e->value_count && !is_wrong(c, e->span); i++) {
        struct enum_value *value = &e->values[i];
        struct str last = words_without(words_split(c->arena, value->name), own);
        value->c_name =
            cname_declare(c, words_join(c->arena, words, last), true,
                          (struct cname_origin){ "enum value", value->name, value->span });
    }
}

static void declare_service(struct cname *c, struct service *service)
{
    service->c_name = words_identifier(
        c->kept,
        words_join(c->arena, service->file->c_prefix, words_split(c->arena, service->name)), false);
    for (size_t i = 0; i < service->method_count && !is_wrong(c, service->span); i++) {
        struct method *method = &service->methods[i];
        struct str name =
            arena_printf(c->arena, "%.*s.%.*s", STR_ARG(service->name), STR_ARG(method->name));
        method->c_name = cname_declare(c, cname_method_words(c, method, true), false,
                                       (struct cname_origin){ "method", name, method->span });
    }
}

static void declare_names(struct cname *c, struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        switch (d->kind) {
        case DECLARE_CONSTANT:
            d->constant->c_name = cname_declare(
                c, words_join(c->arena, file->c_prefix, words_split(c->arena, d->constant->name)),
                true, (struct cname_origin){ "constant", d->constant->name, d->constant->span });
            break;
        case DECLARE_ENUM: declare_enum(c, d->enumeration); break;
        case DECLARE_STRUCT:
            d->structure->c_name = cname_declare(
                c, cname_structure_words(c, d->structure, true), false,
                (struct cname_origin){ "struct", d->structure->name, d->structure->span });
            break;
        case DECLARE_SERVICE: declare_service(c, d->service); break;
        }
    }
}

/* What the file's include guards begin with: the package as it is in C names, then the file's name
 * in capitals. The change of case keeps "store_a.idl" of demo apart from "a.idl" of demo.store. */
static struct str guard(struct cname *c, const struct file *file)
{
    const char *const ends[] = { "TYPES_H", "CLIENT_H", "SERVER_H" };
    struct str words = words_identifier(c->arena, words_split(c->arena, file->stem), false);
    struct str stem = words_identifier(c->arena, words, true);
    if (!str_eq(words, file->stem)) /* "a-b", "A_b" and more would come to the same */
        stem = arena_printf(c->arena, "%.*s_%08lX", STR_ARG(stem),
                            (unsigned long)cname_hash(file->stem));
    struct str base = words_join(c->arena, file->c_prefix, stem);
    bool taken;
    do {
        taken = false;
        for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
            taken |= cname_in_sight(c, words_join(c->arena, base, str_from(ends[i])));
        if (taken)
            base = with_underscore(c, base);
    } while (taken);
    base = arena_str(c->kept, base);
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct cname_user user =
            user_of(c, words_join(c->arena, base, str_from(ends[i])),
                    (struct cname_origin){ "file", file->base_name, file->package_span });
        cname_table_add(c->table, &user);
    }
    return base;
}

/* Generated code includes what it imports; the command line's own names were looked at there. */
static void check_imports(struct cname *c, const struct file *file)
{
    for (size_t i = 0; i < file->import_count; i++) {
        const struct import *import = &file->imports[i];
        struct str stem = import->file ? import->file->stem : STR("");
        for (size_t k = 0; k < stem.len; k++) {
            unsigned char byte = (unsigned char)stem.ptr[k];
            bool trigraph = byte == '?' && k + 1 < stem.len && stem.ptr[k + 1] == '?';
            if (byte >= 0x20 && byte != 0x7f && byte != '"' && !trigraph)
                continue;
            diag_error(c->diag, import->span, "import-name", "no #include can name '%.*s'",
                       STR_ARG(import->path));
            break;
        }
    }
}

static void declare_file(struct cname *c, struct file *file)
{
    check_imports(c, file);
    file->c_prefix = words_split(c->arena, file->package);
    if (file->c_prefix.len > 0)
        file->c_prefix = words_identifier(c->kept, file->c_prefix, false);
    declare_names(c, file);
}

static void assign_file(struct cname *c, struct file *file)
{
    declare_file(c, file);
    file->c_guard = guard(c, file);
    cname_derive_types(c, file);
    cname_derive_services(c, file);
    cname_static_types(c, file);
    cname_static_services(c, file);
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_STRUCT)
            cname_members(c, d->structure);
        else if (d->kind == DECLARE_SERVICE)
            cname_parameters(c, d->service);
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        cname_members(c, file->implicit[i]);
}

static size_t index_of(const struct schema *schema, const struct file *file)
{
    size_t i = 0;
    while (i < schema->file_count && schema->files[i] != file)
        i++;
    return i;
}

/* sight[a][b]: b is a, or a's import, or an import of those. */
static bool *see(struct arena *arena, const struct schema *schema)
{
    size_t n = schema->file_count;
    bool *sight = arena_array(arena, n * n, sizeof *sight);
    for (size_t a = 0; a < n; a++) {
        sight[a * n + a] = true;
        for (size_t i = 0; i < schema->files[a]->import_count; i++) {
            size_t b = index_of(schema, schema->files[a]->imports[i].file);
            if (b < n)
                sight[a * n + b] = true;
        }
    }
    for (size_t via = 0; via < n; via++)
        for (size_t a = 0; a < n; a++)
            for (size_t b = 0; b < n && sight[a * n + via]; b++)
                sight[a * n + b] |= sight[via * n + b];
    return sight;
}

/* Every file that this one sees has its names already (files that import each other are wrong, but
 * must not keep us here). */
static bool is_ready(const struct cname *c, size_t file, const bool *done)
{
    size_t n = c->schema->file_count;
    for (size_t other = 0; other < n; other++) {
        bool mutual = c->sight[other * n + file];
        if (c->sight[file * n + other] && !mutual && !done[other])
            return false;
    }
    return true;
}

static void assign_all(struct cname *c, struct schema *schema)
{
    bool *done = arena_array(c->arena, schema->file_count, sizeof *done);
    c->sight = see(c->arena, schema);
    for (size_t left = schema->file_count; left > 0;) {
        for (size_t i = 0; i < schema->file_count; i++) {
            if (done[i] || !is_ready(c, i, done))
                continue;
            c->file = i;
            assign_file(c, schema->files[i]);
            done[i] = true;
            left--;
        }
    }
}

void cname_assign(struct arena *arena, struct diag *diag, struct schema *schema)
{
    struct cname c = { .kept = arena, .arena = arena_new(), .diag = diag, .schema = schema };
    c.table = cname_table_new(c.arena);
    c.after_errors = diag_errors(diag) > 0;
    if (!c.after_errors)
        assign_all(&c, schema);
    for (; c.after_errors && c.file < schema->file_count; c.file++)
        declare_file(&c, schema->files[c.file]);
    arena_free(c.arena);
}
