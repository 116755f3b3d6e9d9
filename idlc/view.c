/* SPDX-License-Identifier: MIT */
/* view.c: the root of what the templates see of one file. */
#include "view.h"

#include "stages.h"

/* What generated functions call their own parameters and variables. A type of the user's that has
 * one of these names is hidden in there, which is right (structs and enums are named by their
 * tags) but what -Wshadow warns of. */
static const char *const local_names[] = {
    "arena",   "arg",      "bytes", "call", "channel", "code", "done", "fn",
    "h",       "handlers", "item",  "m",    "message", "out",  "r",    "reply",
    "request", "server",   "tag",   "user", "value",   "w",
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

/* The files whose declarations the generated code sees: this one and all that it reaches. */
static const bool *in_sight(const struct view *v)
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

/* Is s named by a structure before it, or by a map, whose code stands before all structures'? */
struct use {
    bool put, get;
};

static struct use early_use(const struct view *v, const struct structure *s,
                            const struct structure *const *before, size_t count)
{
    struct use use = { false, false };
    for (size_t i = 0; i < v->file->map_count; i++) {
        if (v->file->maps[i].type->value->structure == s)
            return (struct use){ true, true };
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t f = 0; f < before[i]->field_count; f++) {
            const struct type *type = before[i]->fields[f].type;
            use.put |= type->kind == TYPE_STRUCT && type->structure == s;
        }
    }
    return use;
}

static void set_structs(struct view *v, struct value *root)
{
    const struct file *file = v->file;
    size_t count = 0, all = file->declaration_count + file->implicit_count;
    const struct structure **structures = arena_array(v->arena, all, sizeof(void *));
    for (size_t i = 0; i < file->declaration_count; i++) {
        if (file->declarations[i].kind == DECLARE_STRUCT)
            structures[count++] = file->declarations[i].structure;
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        structures[count++] = file->implicit[i];

    bool forward = false, nothing = false;
    struct value *structs = view_list(v, root, "structs");
    for (size_t i = 0; i < count; i++) {
        struct use use = early_use(v, structures[i], structures, i);
        if (structures[i]->field_count == 0)
            use = (struct use){ false, false }; /* theirs stand before all others */
        nothing |= structures[i]->field_count == 0;
        forward |= use.put || use.get;
        struct value *record = view_structure(v, structures[i]);
        view_flag(v, record, "put_early", use.put);
        view_flag(v, record, "get_early", use.get);
        value_add(v->arena, structs, record);
    }
    view_flag(v, root, "forward", forward);
    view_text(v, root, "c_put_nothing", nothing ? file->c_put_nothing : STR(""));
    view_text(v, root, "c_get_nothing", nothing ? file->c_get_nothing : STR(""));
    struct value *maps = view_list(v, root, "maps");
    for (size_t i = 0; i < file->map_count; i++)
        value_add(v->arena, maps, view_map_type(v, &file->maps[i]));
}

const struct value *view_file(struct arena *arena, const struct schema *schema,
                              const struct file *file)
{
    struct view v = { arena, schema, file };
    struct value *root = value_record(arena, "file", (struct span){ file->source, 0, 0 });
    view_text(&v, root, "name", file->base_name);
    view_text(&v, root, "stem", file->stem);
    view_text(&v, root, "doc", view_doc(&v, file->doc));
    view_text(&v, root, "guard", file->c_guard);
    const bool *seen = in_sight(&v);
    view_flag(&v, root, "deprecates", any(&v, seen, deprecates));
    view_flag(&v, root, "shadows", any(&v, seen, shadows));
    set_imports(&v, root);
    struct value *constants = view_list(&v, root, "constants");
    struct value *enums = view_list(&v, root, "enums");
    struct value *services = view_list(&v, root, "services");
    for (size_t i = 0; i < file->declaration_count; i++) {
        const struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_CONSTANT)
            value_add(arena, constants, view_constant(&v, d->constant));
        else if (d->kind == DECLARE_ENUM)
            value_add(arena, enums, view_enum(&v, d->enumeration));
        else if (d->kind == DECLARE_SERVICE)
            value_add(arena, services, view_service(&v, d->service));
    }
    set_structs(&v, root);
    return root;
}
