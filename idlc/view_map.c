/* SPDX-License-Identifier: MIT */
/* view_map.c: maps: their entries are messages with the fields key and value. */
#include "ctype.h"
#include "view.h"

static struct str declaration(struct view *v, const struct type *type, const char *name)
{
    return arena_printf(v->arena, "%.*s%s;", STR_ARG(view_value_type(v, type)), name);
}

/* Both are put always, as in every implementation of protobuf. */
static struct str put_value(struct view *v, const struct type *type)
{
    return type->kind == TYPE_STRUCT ? view_put(v, type, 2, "&m->", STR("value"), 4)
                                     : view_put(v, type, 2, "m->", STR("value"), 4);
}

static struct str get_function(struct view *v, const struct structure *s)
{
    if (s->file == v->file)
        return s->c_get_name;
    return arena_printf(v->arena, "%.*s.get", STR_ARG(s->c_type_name));
}

static struct str get_value(struct view *v, const struct type *type)
{
    if (type->kind != TYPE_STRUCT)
        return view_get(v, type, "m->", STR("value"), STR(""), 12);
    return arena_printf(v->arena, "idl_get_into(r, %.*s, &m->value);",
                        STR_ARG(get_function(v, type->structure)));
}

static void add_get(struct view *v, struct value *gets, const struct type *type, uint32_t number,
                    struct str statement)
{
    struct value *get = value_record(v->arena, "get", type->span);
    view_tags(v, get, type, number);
    value_add(v->arena, view_list(v, get, "statements"), value_text(v->arena, statement));
    value_add(v->arena, gets, get);
}

static struct str empty_entry(struct view *v, const struct map_type *map)
{
    struct str key = view_empty(v, map->type->key), value = view_empty(v, map->type->value);
    struct pieces items = { 0 };
    if (map->type->value->kind == TYPE_STRUCT) {
        struct pieces members = view_empty_members(v, map->type->value->structure);
        if (members.count > 0)
            value = view_call(v, 4, STR("{ "), &members, " }");
    }
    if (key.len > 0)
        pieces_addf(v, &items, ".key = %.*s", STR_ARG(key));
    if (value.len > 0)
        pieces_addf(v, &items, ".value = %.*s", STR_ARG(value));
    return view_empty_image(v, map->c_entry_name, map->c_empty_name, &items);
}

struct value *view_map_type(struct view *v, const struct map_type *map)
{
    struct value *record = value_record(v->arena, "map", map->type->span);
    view_text(v, record, "c_name", map->c_name);
    view_text(v, record, "c_entry", map->c_entry_name);
    view_flag(v, record, "declared", map->first && !map->builtin);
    view_flag(v, record, "builtin", map->builtin);
    view_text(v, record, "key", declaration(v, map->type->key, "key"));
    view_text(v, record, "value", declaration(v, map->type->value, "value"));
    view_text(v, record, "c_put", map->c_put_name);
    view_text(v, record, "c_get", map->c_get_name);
    view_text(v, record, "c_empty", map->c_empty_name);
    view_text(v, record, "c_type", map->c_type_name);
    view_text(v, record, "empty", empty_entry(v, map));
    view_text(v, record, "put_key", view_put(v, map->type->key, 1, "m->", STR("key"), 4));
    view_text(v, record, "put_value", put_value(v, map->type->value));
    struct value *gets = view_list(v, record, "gets");
    add_get(v, gets, map->type->key, 1,
            view_get(v, map->type->key, "m->", STR("key"), STR(""), 12));
    add_get(v, gets, map->type->value, 2, get_value(v, map->type->value));
    return record;
}
