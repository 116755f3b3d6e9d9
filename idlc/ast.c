/* SPDX-License-Identifier: MIT */
/* ast.c: constructors of the syntax tree. */
#include "ast.h"

struct ast_node *ast_node(struct arena *arena, enum ast_kind kind, struct ast_prefix prefix,
                          struct ast_name name)
{
    struct ast_node *node = ARENA_NEW(arena, struct ast_node);
    node->kind = kind;
    node->doc = prefix.doc;
    node->annotations = prefix.first;
    node->name = name;
    return node;
}

void ast_append(struct ast_list *list, struct ast_node *node)
{
    if (list->last)
        list->last->next = node;
    else
        list->first = node;
    list->last = node;
    list->count++;
}

struct ast_type *ast_type(struct arena *arena, struct ast_name name)
{
    struct ast_type *type = ARENA_NEW(arena, struct ast_type);
    type->name = name;
    type->span = name.span;
    return type;
}

struct ast_type *ast_container(struct arena *arena, struct span keyword, struct span whole,
                               struct ast_type *key, struct ast_type *value)
{
    struct ast_type *type =
        ast_type(arena, (struct ast_name){ .text = span_text(keyword), .span = keyword });
    type->span = whole;
    type->is_list = key == NULL;
    type->is_map = key != NULL;
    type->key = key;
    type->value = value;
    return type;
}

struct ast_value *ast_value(struct arena *arena, enum ast_value_kind kind, struct span span)
{
    struct ast_value *value = ARENA_NEW(arena, struct ast_value);
    value->kind = kind;
    value->span = span;
    value->text = STR("");
    return value;
}
