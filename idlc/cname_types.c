/* SPDX-License-Identifier: MIT */
/* cname_types.c: names derived from enums and structs, and from the maps of them. */
#include "cname.h"
#include "cname_words.h"
#include "ctype.h"

static struct str derive_with(struct cname *c, struct str words, const char *suffix,
                              struct cname_origin origin)
{
    return cname_derive(c, words_join(c->arena, words, str_from(suffix)), false, origin);
}

static struct str static_around(struct cname *c, const char *before, struct str words,
                                const char *after, struct cname_origin origin)
{
    words = words_join(c->arena, str_from(before), words);
    return cname_static(c, words_join(c->arena, words, str_from(after)), origin);
}

static struct str enum_words(struct cname *c, const struct enumeration *e)
{
    return words_join(c->arena, e->file->c_prefix, words_split(c->arena, e->name));
}

static void derive_enum(struct cname *c, struct enumeration *e)
{
    struct cname_origin origin = { "enum", e->name, e->span };
    struct str words = enum_words(c, e);
    e->c_list_name = derive_with(c, words, "list", origin);
    e->c_function_name = derive_with(c, words, "name", origin);
}

static void derive_oneof(struct cname *c, struct oneof *oneof, struct str words)
{
    struct cname_origin origin = { "oneof", oneof->name, oneof->span };
    words = words_join(c->arena, words, words_split(c->arena, oneof->name));
    oneof->c_type_name = cname_derive(c, words, false, origin);
    oneof->c_not_set = cname_derive(c, words_join(c->arena, words, STR("not_set")), true, origin);
    for (size_t i = 0; i < oneof->field_count; i++) {
        struct field *field = oneof->fields[i];
        struct str tag = words_join(c->arena, words, words_split(c->arena, field->name));
        field->c_tag_name =
            cname_derive(c, tag, true, (struct cname_origin){ "field", field->name, field->span });
    }
}

static void derive_struct(struct cname *c, struct structure *s)
{
    struct cname_origin origin = { "struct", s->name, s->span };
    struct str words = cname_structure_words(c, s, true);
    if (s->role == STRUCTURE_DECLARED) {
        s->c_list_name = derive_with(c, words, "list", origin);
        s->c_encode_name = derive_with(c, words, "encode", origin);
        s->c_decode_name = derive_with(c, words, "decode", origin);
    } else {
        s->c_name = cname_derive(c, words, false, origin);
    }
    s->c_type_name = derive_with(c, words, "type", origin);
    for (size_t i = 0; i < s->oneof_count; i++)
        derive_oneof(c, &s->oneofs[i], words);
}

static void name_statics(struct cname *c, struct structure *s)
{
    struct cname_origin origin = { "struct", s->name, s->span };
    struct str words = cname_structure_words(c, s, false);
    const struct ctype *one = ctype_of_one(s);
    if (one) {
        s->c_put_name = arena_printf(c->kept, "idl_put_one_%s", one->codec);
        s->c_get_name = arena_printf(c->kept, "idl_get_one_%s", one->codec);
    } else if (s->field_count > 0) {
        s->c_put_name = static_around(c, "put", words, "", origin);
        s->c_get_name = static_around(c, "get", words, "", origin);
    } else { /* all of these share theirs */
        s->c_put_name = s->file->c_put_nothing;
        s->c_get_name = s->file->c_get_nothing;
    }
    s->c_empty_name = static_around(c, "empty", words, "", origin);
}

/* ---- Maps ---- */

/* The map's words in names: what values are, with or without their package, by what keys are. */
static struct str map_words(struct cname *c, const struct type *map, bool on_the_wire)
{
    const struct ctype *key = ctype_of(map->key->kind), *value = ctype_of(map->value->kind);
    struct str words;
    if (map->value->kind == TYPE_STRUCT)
        words = cname_structure_words(c, map->value->structure, true);
    else if (map->value->kind == TYPE_ENUM)
        words = enum_words(c, map->value->enumeration);
    else
        words = str_from(on_the_wire ? value->codec : value->word);
    words = words_join(c->arena, words, STR("by"));
    return words_join(c->arena, words, str_from(on_the_wire ? key->codec : key->word));
}

/* The same C type, used by this file already or by one that it imports. */
static const struct map_type *find_map(const struct cname *c, const struct file *file,
                                       const struct type *type)
{
    for (size_t i = 0; i < file->map_count; i++) {
        if (ctype_same_map(file->maps[i].type, type, false))
            return &file->maps[i];
    }
    for (size_t other = 0; other < c->schema->file_count; other++) {
        const struct file *seen = c->schema->files[other];
        if (seen == file || !c->sight[c->file * c->schema->file_count + other])
            continue;
        for (size_t i = 0; i < seen->map_count; i++) {
            if (ctype_same_map(seen->maps[i].type, type, false))
                return &seen->maps[i];
        }
    }
    return NULL;
}

static bool has_entry_code(const struct file *file, const struct type *type)
{
    for (size_t i = 0; i < file->map_count; i++) {
        if (ctype_same_map(file->maps[i].type, type, true))
            return true;
    }
    return false;
}

static void name_map(struct cname *c, struct map_type *map, const struct map_type *same,
                     struct cname_origin origin)
{
    struct str words = map_words(c, map->type, false);
    map->builtin = map->type->value->kind != TYPE_STRUCT && map->type->value->kind != TYPE_ENUM;
    if (same) {
        map->c_name = same->c_name;
        map->c_entry_name = same->c_entry_name;
    } else if (map->builtin) {
        map->c_name = words_join(c->kept, STR("idl"), words);
        map->c_entry_name = words_join(c->kept, map->c_name, STR("entry"));
    } else {
        map->c_name = cname_derive_map(c, words, map->type, origin);
        map->c_entry_name =
            cname_derive_map(c, words_join(c->arena, words, STR("entry")), map->type, origin);
    }
}

static void name_map_statics(struct cname *c, struct map_type *map)
{
    struct cname_origin origin = { "type", STR("map"), map->type->span };
    struct str words = words_join(c->arena, map_words(c, map->type, true), STR("entry"));
    map->c_put_name = static_around(c, "put", words, "", origin);
    map->c_get_name = static_around(c, "get", words, "", origin);
    map->c_empty_name = static_around(c, "empty", words, "", origin);
    map->c_type_name = static_around(c, "", words, "type", origin);
}

static void collect_maps(struct cname *c, struct file *file, const struct structure *s)
{
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (field->type->kind != TYPE_MAP || !ctype_of(field->type->key->kind) ||
            field->type->value->kind == TYPE_ERROR || has_entry_code(file, field->type))
            continue;
        const struct map_type *same = find_map(c, file, field->type);
        struct map_type *map = &file->maps[file->map_count];
        map->type = field->type;
        map->first = !same;
        name_map(c, map, same, (struct cname_origin){ "field", field->name, field->span });
        file->map_count++;
    }
}

static size_t map_fields(const struct structure *s)
{
    size_t count = 0;
    for (size_t i = 0; i < s->field_count; i++)
        count += s->fields[i].type->kind == TYPE_MAP;
    return count;
}

void cname_derive_types(struct cname *c, struct file *file)
{
    size_t maps = 0;
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_ENUM)
            derive_enum(c, d->enumeration);
        else if (d->kind == DECLARE_STRUCT)
            derive_struct(c, d->structure);
        maps += d->kind == DECLARE_STRUCT ? map_fields(d->structure) : 0;
    }
    for (size_t i = 0; i < file->implicit_count; i++) {
        derive_struct(c, file->implicit[i]);
        maps += map_fields(file->implicit[i]);
    }
    file->maps = arena_array(c->kept, maps, sizeof *file->maps);
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_STRUCT)
            collect_maps(c, file, d->structure);
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        collect_maps(c, file, file->implicit[i]);
}

void cname_static_types(struct cname *c, struct file *file)
{
    struct cname_origin origin = { "file", file->base_name, file->package_span };
    file->c_put_nothing = cname_static(c, STR("put_nothing"), origin);
    file->c_get_nothing = cname_static(c, STR("get_nothing"), origin);
    for (size_t i = 0; i < file->declaration_count; i++) {
        struct declaration *d = &file->declarations[i];
        if (d->kind == DECLARE_STRUCT)
            name_statics(c, d->structure);
    }
    for (size_t i = 0; i < file->implicit_count; i++)
        name_statics(c, file->implicit[i]);
    for (size_t i = 0; i < file->map_count; i++)
        name_map_statics(c, &file->maps[i]);
}
