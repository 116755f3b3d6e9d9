/* SPDX-License-Identifier: MIT */
/* view.c: the root of what the templates see of one file. */
#include "view.h"

#include <stdlib.h>

#include "stages.h"

/* What generated functions call their own parameters and variables. A type of the user's that has
 * one of these names is hidden in there, which is right (structs and enums are named by their
 * tags) but what -Wshadow warns of. */
static const char *const local_names[] = {
    "arena", "arg",      "bytes",  "call", "channel", "code",  "done", "fn",
    "h",     "handlers", "item",   "m",    "message", "more",  "out",  "r",
    "reply", "request",  "server", "tag",  "user",    "value", "w",
};

static bool is_local_name(struct str name)
{
    for (size_t i = 0; i < sizeof local_names / sizeof *local_names; i++) {
        if (str_is(name, local_names[i]))
            return true;
    }
    return false;
}

static bool shadows(const struct declaration *d)
{
    if (d->kind == DECLARE_ENUM)
        return is_local_name(d->enumeration->c_name);
    return d->kind == DECLARE_STRUCT && is_local_name(d->structure->c_name);
}

static bool structure_deprecates(const struct structure *s)
{
    bool deprecated = s->annotations.deprecated;
    for (size_t i = 0; i < s->field_count; i++)
        deprecated |= s->fields[i].annotations.deprecated;
    for (size_t i = 0; i < s->oneof_count; i++)
        deprecated |= s->oneofs[i].annotations.deprecated;
    return deprecated;
}

static bool enum_deprecates(const struct enumeration *e)
{
    bool deprecated = e->annotations.deprecated;
    for (size_t i = 0; i < e->value_count; i++)
        deprecated |= e->values[i].annotations.deprecated;
    return deprecated;
}

static bool deprecates(const struct declaration *d)
{
    bool deprecated = false;
    switch (d->kind) {
    case DECLARE_ENUM: return enum_deprecates(d->enumeration);
    case DECLARE_STRUCT: return structure_deprecates(d->structure);
    case DECLARE_SERVICE:
        deprecated = d->service->annotations.deprecated;
        for (size_t i = 0; i < d->service->method_count; i++)
            deprecated |= d->service->methods[i].annotations.deprecated;
        return deprecated;
    case DECLARE_CONSTANT: break;
    }
    return false;
}

static void see(const struct view *v, const struct file *file, bool *seen)
{
    for (size_t i = 0; i < v->schema->file_count; i++)
        seen[i] |= v->schema->files[i] == file;
}

const bool *view_in_sight(const struct view *v)
{
    size_t count = v->schema->file_count;
    bool *seen = arena_array(v->arena, count, sizeof *seen);
    see(v, v->file, seen);
    for (size_t round = 0; round < count; round++) {
        for (size_t f = 0; f < count; f++) {
            const struct file *file = v->schema->files[f];
            for (size_t i = 0; seen[f] && i < file->import_count; i++)
                see(v, file->imports[i].file, seen);
        }
    }
    return seen;
}

static bool any(const struct view *v, const bool *seen, bool (*is)(const struct declaration *))
{
    for (size_t f = 0; f < v->schema->file_count; f++) {
        const struct file *file = v->schema->files[f];
        for (size_t i = 0; seen[f] && i < file->declaration_count; i++) {
            if (is(&file->declarations[i]))
                return true;
        }
    }
    return false;
}

static void set_imports(struct view *v, struct value *root)
{
    struct value *imports = view_list(v, root, "imports");
    for (size_t i = 0; i < v->file->import_count; i++) {
        const struct import *import = &v->file->imports[i];
        if (!import->file)
            continue;
        struct value *record = value_record(v->arena, "import", import->span);
        view_text(v, record, "name", import->file->base_name);
        view_text(v, record, "stem", import->file->stem);
        value_add(v->arena, imports, record);
    }
}

/* A structure of the file, and whether its functions are named before they are defined: by the code
 * of maps, which stands before all others, or by a structure before it. */
struct place {
    const struct structure *structure;
    size_t index;
    bool put_early, get_early;
};

static int by_address(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->structure, q = (uintptr_t)y->structure;
    return (p > q) - (p < q);
}

static int by_index(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static struct place *find_place(struct place *places, size_t count, const struct structure *s)
{
    struct place key = { .structure = s };
    return bsearch(&key, places, count, sizeof *places, by_address);
}

/* places is in the order of addresses here. */
static void find_early(const struct view *v, struct place *places, size_t count)
{
    for (size_t i = 0; i < v->file->map_count; i++) {
        const struct type *value = v->file->maps[i].type->value;
        struct place *used = find_place(places, count, value->structure);
        if (used)
            used->put_early = used->get_early = true;
    }
    for (size_t i = 0; i < count; i++) {
        const struct structure *s = places[i].structure;
        for (size_t f = 0; f < s->field_count; f++) {
            struct place *used = find_place(places, count, s->fields[f].type->structure);
            if (used && s->fields[f].type->kind == TYPE_STRUCT && used->index > places[i].index)
                used->put_early = true;
        }
    }
}

/* The file's structures, the declared ones and then the implicit ones. */
static struct place *find_places(const struct view *v, size_t *count)
{
    const struct file *file = v->file;
    struct place *places =
        arena_array(v->arena, file->declaration_count + file->implicit_count, sizeof *places);
    size_t n = 0;
    for (size_t i = 0; i < file->declaration_count; i++) {
        if (file->declarations[i].kind == DECLARE_STRUCT)
            places[n++].structure = file->declarations[i].structure;
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        places[n++].structure = file->implicit[i];
    for (size_t i = 0; i < n; i++)
        places[i].index = i;
    qsort(places, n, sizeof *places, by_address);
    find_early(v, places, n);
    qsort(places, n, sizeof *places, by_index);
    *count = n;
    return places;
}

static bool has_own_functions(const struct structure *s)
{
    return s->field_count > 0; /* the shared ones stand first */
}

static struct value *make_struct(struct view *v, const void *object)
{
    const struct place *place = object;
    bool has_own = has_own_functions(place->structure);
    struct value *record = view_structure(v, place->structure);
    view_flag(v, record, "put_early", has_own && place->put_early);
    view_flag(v, record, "get_early", has_own && place->get_early);
    return record;
}

static void set_structs(struct view *v, struct value *root)
{
    bool forward = false, nothing = false;
    size_t count;
    const struct place *places = find_places(v, &count);
    const void **objects = arena_array(v->arena, count, sizeof *objects);
    for (size_t i = 0; i < count; i++) {
        bool has_own = has_own_functions(places[i].structure);
        forward |= has_own && (places[i].put_early || places[i].get_early);
        nothing |= !has_own;
        objects[i] = &places[i];
    }
    view_made_list(v, root, "structs", make_struct, objects, count);
    view_flag(v, root, "forward", forward);
    view_text(v, root, "c_put_nothing", nothing ? v->file->c_put_nothing : STR(""));
    view_text(v, root, "c_get_nothing", nothing ? v->file->c_get_nothing : STR(""));
    struct value *maps = view_list(v, root, "maps");
    for (size_t i = 0; i < v->file->map_count; i++)
        value_add(v->arena, maps, view_map_type(v, &v->file->maps[i]));
}

static struct value *make_constant(struct view *v, const void *object)
{
    return view_constant(v, ((const struct declaration *)object)->constant);
}

static struct value *make_enum(struct view *v, const void *object)
{
    return view_enum(v, ((const struct declaration *)object)->enumeration);
}

static struct value *make_service(struct view *v, const void *object)
{
    return view_service(v, ((const struct declaration *)object)->service);
}

/* The file's declarations of one kind. */
static void set_declared(struct view *v, struct value *root, const char *name,
                         enum declaration_kind kind, view_maker *maker)
{
    const void **objects = arena_array(v->arena, v->file->declaration_count, sizeof *objects);
    size_t count = 0;
    for (size_t i = 0; i < v->file->declaration_count; i++) {
        if (v->file->declarations[i].kind == kind)
            objects[count++] = &v->file->declarations[i];
    }
    view_made_list(v, root, name, maker, objects, count);
}

static void keep_proto(void *context, struct value *root, const void *unused)
{
    struct view *v = context;
    (void)unused;
    value_set(v->arena, root, "proto", view_proto(v));
}

static void keep_sample(void *context, struct value *root, const void *unused)
{
    struct view *v = context;
    (void)unused;
    value_set(v->arena, root, "sample", view_sample_file(v));
}

static void keep_docs(void *context, struct value *root, const void *unused)
{
    struct view *v = context;
    (void)unused;
    value_set(v->arena, root, "docs", view_docs(v));
}

const struct value *view_file(struct arena *arena, const struct schema *schema,
                              const struct file *file)
{
    struct view *v = ARENA_NEW(arena, struct view);
    *v = (struct view){ arena, schema, file, false };
    const bool *seen = view_in_sight(v);
    v->shadows = any(v, seen, shadows);
    struct value *root = value_record(arena, "file", (struct span){ file->source, 0, 0 });
    view_text(v, root, "name", file->base_name);
    view_text(v, root, "stem", file->stem);
    view_text(v, root, "doc", view_doc(v, file->doc));
    view_text(v, root, "guard", file->c_guard);
    view_flag(v, root, "deprecates", any(v, seen, deprecates));
    view_flag(v, root, "shadows", v->shadows);
    set_imports(v, root);
    set_declared(v, root, "constants", DECLARE_CONSTANT, make_constant);
    set_declared(v, root, "enums", DECLARE_ENUM, make_enum);
    set_declared(v, root, "services", DECLARE_SERVICE, make_service);
    set_structs(v, root);
    VIEW_PROMISE(v, root, keep_proto, NULL, "proto");
    VIEW_PROMISE(v, root, keep_sample, NULL, "sample");
    VIEW_PROMISE(v, root, keep_docs, NULL, "docs");
    return root;
}
