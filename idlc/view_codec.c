/* SPDX-License-Identifier: MIT */
/* view_codec.c: C types of values, and the statements that put them on the wire and get them. */
#include "ctype.h"
#include "view.h"

struct str view_value_type(struct view *v, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ENUM: return arena_printf(v->arena, "enum %.*s ", STR_ARG(type->enumeration->c_name));
    case TYPE_STRUCT:
        return arena_printf(v->arena, "struct %.*s ", STR_ARG(type->structure->c_name));
    case TYPE_LIST:
        if (type->value->kind == TYPE_ENUM)
            return arena_printf(v->arena, "struct %.*s ",
                                STR_ARG(type->value->enumeration->c_list_name));
        if (type->value->kind == TYPE_STRUCT)
            return arena_printf(v->arena, "struct %.*s ",
                                STR_ARG(type->value->structure->c_list_name));
        return arena_printf(v->arena, "idl_%s_list ", ctype_of(type->value->kind)->word);
    case TYPE_MAP: {
        const struct map_type *map = view_map(v, type);
        return arena_printf(v->arena, "%s%.*s ", map->builtin ? "" : "struct ",
                            STR_ARG(map->c_name));
    }
    default: return arena_printf(v->arena, "%s ", ctype_of(type->kind)->type);
    }
}

struct str view_member_type(struct view *v, const struct type *type)
{
    if (type->kind != TYPE_STRUCT)
        return view_value_type(v, type);
    return arena_printf(v->arena, "const struct %.*s *", STR_ARG(type->structure->c_name));
}

const struct map_type *view_map(const struct view *v, const struct type *type)
{
    const struct map_type *map = v->file->maps;
    while (!ctype_same_map(map->type, type, true)) /* it is one of them: cname collected them all */
        map++;
    return map;
}

static const char *wire_of(enum type_kind kind)
{
    const struct ctype *ctype = ctype_of(kind);
    return ctype ? ctype->wire : "IDL_LEN"; /* structs, lists of them, maps */
}

static void add_tag(struct view *v, struct value *list, uint32_t number, const char *wire)
{
    value_add(v->arena, list,
              value_text(v->arena, arena_printf(v->arena, "IDL_TAG(%u, %s)", number, wire)));
}

/* A packed list may come one element at a time as well. */
void view_tags(struct view *v, struct value *record, const struct type *type, uint32_t number)
{
    struct value *tags = view_list(v, record, "tags");
    enum type_kind kind = type->kind == TYPE_LIST ? type->value->kind : type->kind;
    add_tag(v, tags, number, wire_of(kind));
    if (type->kind == TYPE_LIST && ctype_is_packed(kind))
        add_tag(v, tags, number, "IDL_LEN");
}

/* The put function of a structure: static in its own file, else through its descriptor. */
static struct str put_function(struct view *v, const struct structure *s)
{
    if (s->file == v->file)
        return s->c_put_name;
    return arena_printf(v->arena, "%.*s.put", STR_ARG(s->c_type_name));
}

struct str view_put(struct view *v, const struct type *type, uint32_t number, const char *place,
                    struct str name, size_t indent)
{
    enum type_kind kind = type->kind == TYPE_LIST ? type->value->kind : type->kind;
    const struct ctype *ctype = ctype_of(kind);
    const char *wire = type->kind == TYPE_LIST && ctype_is_packed(kind) ? "IDL_LEN" : wire_of(kind);
    struct pieces args = { 0 };
    struct str head;
    pieces_add(v, &args, STR("w"));
    pieces_addf(v, &args, "IDL_TAG(%u, %s)", number, wire);
    if (type->kind == TYPE_MAP || (type->kind == TYPE_LIST && kind == TYPE_STRUCT)) {
        head = STR("idl_put_message_list(");
        pieces_addf(v, &args, "&%.*s",
                    STR_ARG(type->kind == TYPE_MAP ? view_map(v, type)->c_type_name
                                                   : type->value->structure->c_type_name));
    } else if (type->kind == TYPE_LIST) {
        head = arena_printf(v->arena, "idl_put_%s_list(", ctype->codec);
    } else if (kind == TYPE_STRUCT) {
        head = STR("idl_put_message(");
        pieces_add(v, &args, put_function(v, type->structure));
    } else {
        head = arena_printf(v->arena, "%s(", ctype->put);
    }
    const char *cast = ctype && type->kind != TYPE_LIST ? ctype->out : "";
    bool counted = type->kind == TYPE_MAP ||
                   (type->kind == TYPE_LIST && (kind == TYPE_STRUCT || kind == TYPE_ENUM));
    if (counted) {
        pieces_addf(v, &args, "%s%.*s.items", place, STR_ARG(name));
        pieces_addf(v, &args, "%s%.*s.count", place, STR_ARG(name));
    } else {
        pieces_addf(v, &args, "%s%s%.*s", cast, place, STR_ARG(name));
    }
    return view_call(v, indent, head, &args, ");");
}

/* idl_get_message_list and idl_get_enum_list. */
static struct str get_counted(struct view *v, const struct type *type, struct str target,
                              size_t indent)
{
    struct pieces args = { 0 };
    pieces_add(v, &args, STR("r"));
    if (type->kind == TYPE_LIST && type->value->kind == TYPE_ENUM)
        pieces_add(v, &args, STR("tag"));
    else
        pieces_addf(v, &args, "&%.*s",
                    STR_ARG(type->kind == TYPE_MAP ? view_map(v, type)->c_type_name
                                                   : type->value->structure->c_type_name));
    pieces_addf(v, &args, "%.*s.items", STR_ARG(target));
    pieces_addf(v, &args, "&%.*s.count", STR_ARG(target));
    bool is_enum = type->kind == TYPE_LIST && type->value->kind == TYPE_ENUM;
    struct str head = arena_printf(v->arena, "%.*s.items = idl_get_%s_list(", STR_ARG(target),
                                   is_enum ? "enum" : "message");
    return view_call(v, indent, head, &args, ");");
}

struct str view_get(struct view *v, const struct type *type, const char *place, struct str name,
                    struct str old, size_t indent)
{
    struct str target = arena_printf(v->arena, "%s%.*s", place, STR_ARG(name));
    if (type->kind == TYPE_MAP)
        return get_counted(v, type, target, indent);
    if (type->kind == TYPE_LIST) {
        if (type->value->kind == TYPE_ENUM || type->value->kind == TYPE_STRUCT)
            return get_counted(v, type, target, indent);
        return arena_printf(v->arena, "idl_get_%s_list(r, tag, &%.*s);",
                            ctype_of(type->value->kind)->codec, STR_ARG(target));
    }
    if (type->kind == TYPE_STRUCT) {
        struct pieces args = { 0 };
        pieces_add(v, &args, STR("r"));
        pieces_addf(v, &args, "&%.*s", STR_ARG(type->structure->c_type_name));
        pieces_add(v, &args, old.len ? old : target);
        return view_call(v, indent,
                         arena_printf(v->arena, "%.*s = idl_get_message(", STR_ARG(target)), &args,
                         ");");
    }
    const struct ctype *ctype = ctype_of(type->kind);
    struct str cast = str_from(ctype->in);
    if (type->kind == TYPE_ENUM)
        cast = arena_printf(v->arena, "(enum %.*s)", STR_ARG(type->enumeration->c_name));
    return arena_printf(v->arena, "%.*s = %.*s%s(r);", STR_ARG(target), STR_ARG(cast), ctype->get);
}

struct str view_empty(struct view *v, const struct type *type)
{
    (void)v;
    switch (type->kind) {
    case TYPE_STRING: return STR("IDL_EMPTY_STR");
    case TYPE_BYTES: return STR("IDL_EMPTY_BYTES");
    case TYPE_LIST:
    case TYPE_MAP: return STR("IDL_EMPTY_LIST");
    default: return STR("");
    }
}

struct pieces view_empty_members(struct view *v, const struct structure *s)
{
    struct pieces items = { 0 };
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        struct str empty = view_empty(v, field->type);
        if (empty.len > 0 && !field->oneof)
            pieces_addf(v, &items, ".%.*s = %.*s", STR_ARG(field->c_name), STR_ARG(empty));
    }
    return items;
}

struct str view_empty_image(struct view *v, struct str type, struct str name, struct pieces *items)
{
    struct str head =
        arena_printf(v->arena, "static const struct %.*s %.*s", STR_ARG(type), STR_ARG(name));
    return view_initialised(v, 0, head, items);
}
