/* SPDX-License-Identifier: MIT */
/* resolve_struct.c: enums and structs, with the numbers that were not written. */
#include "resolve.h"

enum { FIELD_NUMBER_MAX = 536870911 };

void resolve_enum(struct resolver *resolver, struct enumeration *target,
                  const struct ast_node *node)
{
    target->broken = node->broken;
    target->values = arena_array(resolver->arena, node->members.count, sizeof *target->values);
    for (const struct ast_node *m = node->members.first; m; m = m->next)
        target->numbered |= m->value != NULL;
    for (const struct ast_node *m = node->members.first; m; m = m->next) {
        struct enum_value *value = &target->values[target->value_count];
        value->name = m->name.text;
        value->doc = m->doc;
        value->span = m->name.span;
        value->annotations = resolve_annotations(resolver, m);
        if (m->value) {
            int64_t number = 0;
            value->number_span = m->value->span;
            if (resolve_number(resolver, m->value, INT32_MIN, INT32_MAX, "enum number", &number))
                value->number = (int32_t)number;
            else
                value->number_span.end = value->number_span.begin; /* nobody compares it */
        } else if (!target->numbered) {
            value->number = (int32_t)target->value_count;
        }
        target->value_count++;
    }
}

/* 0 when there was an error, which was reported. */
static uint32_t field_number(struct resolver *resolver, const struct ast_value *value)
{
    int64_t number = 0;
    bool good = resolve_number(resolver, value, 1, FIELD_NUMBER_MAX, "field number", &number);
    return good ? (uint32_t)number : 0;
}

void resolve_field(struct resolver *resolver, struct field *target, const struct ast_node *node)
{
    target->named = node->name.text.len > 0;
    target->name = node->name.text;
    target->doc = node->doc;
    target->span = node->name.span;
    target->annotations = resolve_annotations(resolver, node);
    target->type = resolve_type(resolver, node->type);
    target->optional = node->optional.source != NULL;
    if (node->value) {
        target->number_span = node->value->span;
        target->number = field_number(resolver, node->value);
    }
}

/* What a struct has of each. */
struct counts {
    size_t fields, oneofs, reserved;
    bool numbered;
};

static void count_members(struct counts *counts, const struct ast_list *members)
{
    for (const struct ast_node *m = members->first; m; m = m->next) {
        if (m->kind == AST_ONEOF) {
            counts->oneofs++;
            count_members(counts, &m->members); /* one level: a oneof holds fields only */
        } else if (m->kind == AST_RESERVED) {
            counts->reserved += m->members.count;
        } else {
            counts->fields++;
            counts->numbered |= m->value != NULL;
        }
    }
}

static struct field *add_field(struct resolver *resolver, struct structure *target,
                               const struct ast_node *node)
{
    struct field *field = &target->fields[target->field_count++];
    resolve_field(resolver, field, node);
    if (field->optional && field->type->kind == TYPE_STRUCT && !field->oneof) {
        diag_warning(resolver->diag, node->optional, "redundant-optional",
                     "'optional' adds nothing: a field of a struct type has presence anyway");
        field->optional = false;
    }
    if (!target->numbered)
        field->number = (uint32_t)target->field_count;
    return field;
}

static void add_oneof(struct resolver *resolver, struct structure *target,
                      const struct ast_node *node)
{
    struct oneof *oneof = &target->oneofs[target->oneof_count++];
    oneof->name = node->name.text;
    oneof->doc = node->doc;
    oneof->span = node->name.span;
    oneof->annotations = resolve_annotations(resolver, node);
    oneof->fields = arena_array(resolver->arena, node->members.count, sizeof(struct field *));
    for (const struct ast_node *m = node->members.first; m; m = m->next) {
        struct field *field = add_field(resolver, target, m);
        field->oneof = oneof;
        oneof->fields[oneof->field_count++] = field;
    }
}

static void add_reserved(struct resolver *resolver, struct structure *target,
                         const struct ast_node *node)
{
    for (const struct ast_node *m = node->members.first; m; m = m->next) {
        struct reserved *reserved = &target->reserved[target->reserved_count++];
        reserved->span = m->name.span;
        if (m->value->kind != AST_INT) {
            reserved->name = m->value->text;
            continue;
        }
        const struct ast_value *last = m->last ? m->last : m->value;
        reserved->name = STR("");
        reserved->first = field_number(resolver, m->value);
        reserved->last = field_number(resolver, last);
    }
}

void resolve_struct(struct resolver *resolver, struct structure *target,
                    const struct ast_node *node)
{
    struct counts counts = { 0 };
    count_members(&counts, &node->members);
    target->role = STRUCTURE_DECLARED;
    target->numbered = counts.numbered;
    target->fields = arena_array(resolver->arena, counts.fields, sizeof *target->fields);
    target->oneofs = arena_array(resolver->arena, counts.oneofs, sizeof *target->oneofs);
    target->reserved = arena_array(resolver->arena, counts.reserved, sizeof *target->reserved);
    for (const struct ast_node *m = node->members.first; m; m = m->next) {
        if (m->kind == AST_ONEOF)
            add_oneof(resolver, target, m);
        else if (m->kind == AST_RESERVED)
            add_reserved(resolver, target, m);
        else
            add_field(resolver, target, m);
    }
}
