/* SPDX-License-Identifier: MIT */
/* actions.c: what the rules of parser.y do. */
#include "actions.h"

static const struct ast_prefix nothing = { .doc = { "", 0 } };

struct ast_name name_at(struct span span)
{
    return (struct ast_name){ .text = span_text(span), .span = span };
}

struct ast_name no_name(struct span span)
{
    return (struct ast_name){ .text = STR(""), .span = span };
}

struct ast_name join(struct reader *reader, struct ast_name left, struct ast_name right)
{
    struct span span = { left.span.source, left.span.begin, right.span.end };
    size_t len = left.text.len + 1 + right.text.len;
    if (len > DOTTED_MAX) {
        if (!reader->long_name_reported)
            reader_error(reader, right.span, "long-name", "dotted name of more than %d letters",
                         (int)DOTTED_MAX);
        reader->long_name_reported = true;
        return (struct ast_name){ .text = left.text, .span = span };
    }
    struct str text =
        arena_printf(reader->arena, "%.*s.%.*s", STR_ARG(left.text), STR_ARG(right.text));
    return (struct ast_name){ .text = text, .span = span };
}

struct ast_value *name_value(struct reader *reader, struct ast_name name)
{
    struct ast_value *value = ast_value(reader->arena, AST_NAME, name.span);
    value->text = name.text;
    return value;
}

struct ast_value *negate(struct ast_value *value, struct span span)
{
    value->negative = true;
    value->span = span;
    return value;
}

struct ast_prefix annotate(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                           struct ast_value *arguments, bool has_arguments)
{
    struct ast_annotation *annotation = ARENA_NEW(reader->arena, struct ast_annotation);
    annotation->name = name;
    annotation->arguments = arguments;
    annotation->has_arguments = has_arguments;
    if (prefix.last)
        prefix.last->next = annotation;
    else
        prefix.first = annotation;
    prefix.last = annotation;
    return prefix;
}

struct ast_prefix document(struct ast_prefix prefix, struct str doc)
{
    if (prefix.doc.len == 0)
        prefix.doc = doc;
    return prefix;
}

struct ast_list append(struct ast_list list, struct ast_node *node)
{
    ast_append(&list, node);
    return list;
}

static void refuse_annotations(struct reader *reader, struct ast_prefix prefix, const char *what)
{
    if (prefix.first)
        diag_error(reader->diag, prefix.first->name.span, "misplaced-annotation",
                   "%s takes no annotations", what);
}

void add_package(struct reader *reader, struct ast_prefix prefix, struct span keyword,
                 struct ast_name name)
{
    struct ast_file *file = reader->file;
    refuse_annotations(reader, prefix, "a package");
    if (file->package.text.len) {
        diag_error(reader->diag, name.span, "dup-package", "the file already has a package, '%.*s'",
                   STR_ARG(file->package.text));
        diag_note(reader->diag, file->package.span, "package '%.*s' is given here",
                  STR_ARG(file->package.text));
        return;
    }
    if (file->declarations.first || file->imports.first)
        diag_error(reader->diag, keyword, "late-package",
                   "'package' must come before everything else in the file");
    file->package = name;
    file->doc = prefix.doc;
}

void add_import(struct reader *reader, struct ast_prefix prefix, struct ast_value *path)
{
    refuse_annotations(reader, prefix, "an import");
    struct ast_node *node = ast_node(reader->arena, AST_IMPORT, prefix, no_name(path->span));
    node->value = path;
    reader->lost = false;
    ast_append(&reader->file->imports, node);
}

void add_constant(struct reader *reader, struct ast_prefix prefix, struct ast_type *type,
                  struct ast_name name, struct ast_value *value)
{
    struct ast_node *node = ast_node(reader->arena, AST_CONSTANT, prefix, name);
    node->type = type;
    node->value = value;
    reader->lost = false;
    ast_append(&reader->file->declarations, node);
}

void add_block(struct reader *reader, enum ast_kind kind, struct ast_prefix prefix,
               struct ast_name name, struct ast_list members)
{
    struct ast_node *node = ast_node(reader->arena, kind, prefix, name);
    node->members = members;
    node->broken = reader->closed_broken;
    reader->lost = false;
    ast_append(&reader->file->declarations, node);
}

struct ast_node *oneof(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                       struct ast_list members)
{
    struct ast_node *node = ast_node(reader->arena, AST_ONEOF, prefix, name);
    node->members = members;
    return node;
}

struct ast_node *enum_value(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                            struct ast_value *number)
{
    struct ast_node *node = ast_node(reader->arena, AST_ENUM_VALUE, prefix, name);
    node->value = number;
    return node;
}

struct ast_node *field(struct reader *reader, struct ast_prefix prefix, struct ast_type *type,
                       struct ast_name name, struct ast_value *number)
{
    struct ast_node *node = ast_node(reader->arena, AST_FIELD, prefix, name);
    node->type = type;
    node->value = number;
    return node;
}

struct ast_node *reserved(struct reader *reader, struct ast_prefix prefix, struct span keyword,
                          struct ast_list ranges)
{
    refuse_annotations(reader, prefix, "'reserved'");
    struct ast_node *node = ast_node(reader->arena, AST_RESERVED, prefix, name_at(keyword));
    node->members = ranges;
    return node;
}

struct ast_node *range(struct reader *reader, struct ast_value *first, struct ast_value *last,
                       struct span span)
{
    struct ast_node *node = ast_node(reader->arena, AST_RANGE, nothing, no_name(span));
    node->value = first;
    node->last = last;
    return node;
}

struct ast_node *method(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                        struct ast_list parameters, struct ast_node *result)
{
    struct ast_node *node = ast_node(reader->arena, AST_METHOD, prefix, name);
    node->members = parameters;
    if (result) {
        node->type = result->type;
        node->stream = result->stream;
        node->optional = result->optional;
    }
    return node;
}
