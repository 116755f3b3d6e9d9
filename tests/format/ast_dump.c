/* SPDX-License-Identifier: MIT */
/* ast_dump.c: a line for each node. */
#include "ast_dump.h"

#include <inttypes.h>

static void add_value(struct text *out, const struct ast_value *value)
{
    for (; value; value = value->next)
        text_addf(out, " value %d %s%" PRIu64 " '%.*s'", (int)value->kind,
                  value->negative ? "-" : "", value->integer, STR_ARG(value->text));
}

/* Types nest two deep, and a little more where that is refused later. */
static void add_type(struct text *out, const struct ast_type *type)
{
    text_addf(out, " type %.*s", STR_ARG(type->name.text));
    if (type->key)
        add_type(out, type->key);
    if (type->value)
        add_type(out, type->value);
    text_addc(out, '.');
}

static void add_list(struct text *out, const struct ast_list *list, int depth);

static void add_node(struct text *out, const struct ast_node *node, int depth)
{
    text_addf(out, "%*s%d '%.*s'", depth, "", (int)node->kind, STR_ARG(node->name.text));
    if (node->doc.len)
        text_addf(out, " doc \"%.*s\"", STR_ARG(node->doc));
    for (const struct ast_annotation *a = node->annotations; a; a = a->next) {
        text_addf(out, " @%.*s %d", STR_ARG(a->name.text), a->has_arguments);
        add_value(out, a->arguments);
    }
    if (node->type)
        add_type(out, node->type);
    add_value(out, node->value);
    add_value(out, node->last);
    text_addf(out, " %d%d%d\n", node->optional.source != NULL, node->stream.source != NULL,
              node->oneway.source != NULL);
    add_list(out, &node->members, depth + 1);
}

static void add_list(struct text *out, const struct ast_list *list, int depth)
{
    for (const struct ast_node *node = list->first; node; node = node->next)
        add_node(out, node, depth);
}

void ast_dump(struct text *out, const struct ast_file *file)
{
    text_addf(out, "package '%.*s' doc \"%.*s\" %d\n", STR_ARG(file->package.text),
              STR_ARG(file->doc), file->broken);
    add_list(out, &file->imports, 0);
    add_list(out, &file->declarations, 0);
}
