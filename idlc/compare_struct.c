/* SPDX-License-Identifier: MIT */
/* compare_struct.c: the fields of two messages, matched by number and by name. */
#include "compare_parts.h"

/* ---- Fields by number and name ---- */

static struct str number_key(const uint32_t *number)
{
    return (struct str){ (const char *)number, sizeof *number };
}

const struct index *compare_index(struct compare *c, const struct structure *structure)
{
    struct index *index =
        table_get(c->indexes, (struct str){ (const char *)&structure, sizeof structure });
    if (index)
        return index;
    index = ARENA_NEW(c->arena, struct index);
    index->numbers = table_new(c->arena);
    index->names = table_new(c->arena);
    for (size_t i = 0; i < structure->field_count; i++) {
        struct field *field = &structure->fields[i];
        table_put(index->numbers, number_key(&field->number), field);
        if (field->named)
            table_put(index->names, field->name, field);
    }
    table_put(c->indexes, compare_key(c->arena, structure), index);
    return index;
}

struct field *compare_by_number(const struct index *index, uint32_t number)
{
    return table_get(index->numbers, number_key(&number));
}

struct field *compare_by_name(const struct index *index, struct str name)
{
    return table_get(index->names, name);
}

/* ---- Reserved numbers and names ---- */

static const struct reserved *reserved_number(const struct structure *structure, uint32_t number)
{
    for (size_t i = 0; i < structure->reserved_count; i++) {
        const struct reserved *r = &structure->reserved[i];
        if (r->name.len == 0 && r->first <= number && number <= r->last)
            return r;
    }
    return NULL;
}

static const struct reserved *reserved_name(const struct structure *structure, struct str name)
{
    for (size_t i = 0; i < structure->reserved_count; i++)
        if (structure->reserved[i].name.len && str_eq(structure->reserved[i].name, name))
            return &structure->reserved[i];
    return NULL;
}

/* The first number of a range that is neither reserved nor in use now, if there is one. */
static void compare_range(struct compare *c, const struct reserved *range,
                          const struct structure *now)
{
    const struct index *index = compare_index(c, now);
    uint32_t number = range->first;
    while (number <= range->last) {
        const struct reserved *other = reserved_number(now, number);
        if (other)
            number = other->last + 1;
        else if (compare_by_number(index, number))
            number++; /* reported where it is used */
        else
            break;
    }
    if (number <= range->last)
        compare_report(c, RISK_RESERVED_DROPPED, now->span, range->span,
                       "number %u of '%.*s' is no longer reserved: a field could take it again",
                       number, STR_ARG(now->name));
}

/* ---- Fields ---- */

const char *compare_shown(struct compare *c, const struct structure *structure,
                          const struct field *field)
{
    const struct method *m = structure->method;
    switch (structure->role) {
    case STRUCTURE_REPLY: /* a result has no name */
        return arena_printf(c->arena, "result of '%.*s.%.*s'", STR_ARG(m->service->name),
                            STR_ARG(m->name))
            .ptr;
    case STRUCTURE_REQUEST:
        return arena_printf(c->arena, "parameter '%.*s' of '%.*s.%.*s'", STR_ARG(field->name),
                            STR_ARG(m->service->name), STR_ARG(m->name))
            .ptr;
    case STRUCTURE_DECLARED: break;
    }
    return arena_printf(c->arena, "field '%.*s.%.*s'", STR_ARG(structure->name),
                        STR_ARG(field->name))
        .ptr;
}

static bool is_declared(const struct structure *structure)
{
    return structure->role == STRUCTURE_DECLARED;
}

static enum rule signature_rule(const struct structure *structure)
{
    return structure->role == STRUCTURE_REQUEST ? SOURCE_METHOD_REQUEST : SOURCE_METHOD_REPLY;
}

static void report_removed(struct compare *c, const struct field *field,
                           const struct structure *now)
{
    if (!is_declared(now)) {
        compare_report(c, signature_rule(now), now->span, field->span,
                       "%s was removed: the stubs have another signature",
                       compare_shown(c, now, field));
        return;
    }
    compare_report(c, SOURCE_FIELD_REMOVED, now->span, field->span, "field '%.*s.%.*s' was removed",
                   STR_ARG(now->name), STR_ARG(field->name));
    if (!reserved_number(now, field->number))
        compare_report(c, RISK_FIELD_REMOVED, now->span, field->span,
                       "number %u of '%.*s.%.*s' is free now, and old messages still carry it; "
                       "reserve it",
                       field->number, STR_ARG(now->name), STR_ARG(field->name));
}

static void report_moved(struct compare *c, const struct field *before, const struct field *now,
                         const struct structure *structure)
{
    const char *what = compare_shown(c, structure, now);
    if (structure->role == STRUCTURE_REQUEST)
        compare_report(c, WIRE_PARAMETER_ORDER, now->span, before->span,
                       "%s moved from place %u to %u", what, before->number, now->number);
    else
        compare_report(c, WIRE_FIELD_NUMBER, now->span, before->span,
                       "number of %s changed from %u to %u", what, before->number, now->number);
}

static void compare_names(struct compare *c, const struct field *before, const struct field *now,
                          const struct structure *structure)
{
    if (!before->named || !now->named || str_eq(before->name, now->name))
        return;
    if (is_declared(structure))
        compare_report(c, SOURCE_FIELD_NAME, now->span, before->span, "%s was renamed to '%.*s'",
                       compare_shown(c, structure, before), STR_ARG(now->name));
    else
        compare_report(c, RISK_PARAMETER_NAME, now->span, before->span,
                       "%s was renamed to '%.*s': the stubs go by position, the member of its "
                       "message by name",
                       compare_shown(c, structure, before), STR_ARG(now->name));
}

static void compare_pair(struct compare *c, const struct structure *before_structure,
                         const struct field *before, const struct structure *now_structure,
                         const struct field *now)
{
    compare_names(c, before, now, now_structure);
    struct fit fit = compare_types(c, before->type, now->type);
    if (!fit.same)
        compare_report(c, fit.rule, now->type->span, before->type->span,
                       "type of %s changed from '%.*s' to '%.*s'%s%.*s",
                       compare_shown(c, now_structure, now),
                       STR_ARG(compare_type_text(c->arena, before->type)),
                       STR_ARG(compare_type_text(c->arena, now->type)), fit.why.len ? ": " : "",
                       STR_ARG(fit.why));
    compare_membership(c, before_structure, before, now, now_structure);
    if (before->optional != now->optional && !before->oneof && !now->oneof)
        compare_report(c, SOURCE_FIELD_OPTIONAL, now->span, before->span,
                       "%s is %s optional: the bytes are the same, C is not",
                       compare_shown(c, now_structure, now), now->optional ? "now" : "no longer");
    if (c->silent || !is_declared(now_structure))
        return;
    compare_deprecation(c, "field", now_structure->name, now->name, now->span, &before->annotations,
                        &now->annotations);
    if (str_eq(before->name, now->name))
        compare_c_names(c, now->span, before->span, now->name,
                        (struct c_name_pair[]){ { before->c_name, now->c_name },
                                                { before->c_has_name, now->c_has_name } },
                        2);
}

/* A field that was there, whatever became of it. */
static void compare_field(struct compare *c, const struct structure *before_structure,
                          const struct field *before, const struct structure *now_structure)
{
    const struct index *old = compare_index(c, before_structure);
    const struct index *new = compare_index(c, now_structure);
    const struct field *by_name = before->named ? compare_by_name(new, before->name) : NULL;
    if (by_name && by_name->number != before->number) {
        report_moved(c, before, by_name, now_structure);
        return;
    }
    const struct field *now = compare_by_number(new, before->number);
    /* One that was there under its own name has moved here: it is another. */
    if (!now || (now != by_name && now->named && compare_by_name(old, now->name)))
        report_removed(c, before, now_structure);
    else
        compare_pair(c, before_structure, before, now_structure, now);
}

/* Whether the number was reserved. */
static bool compare_with_reserved(struct compare *c, const struct structure *before,
                                  const struct structure *structure, const struct field *now)
{
    const struct reserved *number = reserved_number(before, now->number);
    const struct reserved *name = reserved_name(before, now->name);
    if (number)
        compare_report(c, WIRE_RESERVED_NUMBER, now->span, number->span,
                       "%s has number %u, which was reserved", compare_shown(c, structure, now),
                       now->number);
    if (name)
        compare_report(c, RISK_RESERVED_NAME, now->span, name->span,
                       "%s has a name that was reserved", compare_shown(c, structure, now));
    return number != NULL;
}

/* A field whose name is new, or whose number is. */
static void compare_new_field(struct compare *c, const struct structure *before,
                              const struct structure *now_structure, const struct field *now)
{
    const struct index *old = compare_index(c, before);
    const struct field *by_number = compare_by_number(old, now->number);
    const struct field *by_name = now->named ? compare_by_name(old, now->name) : NULL;
    if (!by_number && compare_with_reserved(c, before, now_structure, now))
        return;
    if (by_name)
        return; /* the old one was compared with it */
    if (by_number) {
        const struct index *new = compare_index(c, now_structure);
        const struct field *moved = by_number->named ? compare_by_name(new, by_number->name) : NULL;
        if (moved && moved != now && now->named)
            compare_report(c, WIRE_NUMBER_REUSED, now->span, by_number->span,
                           "%s has number %u, which was that of '%.*s'",
                           compare_shown(c, now_structure, now), now->number,
                           STR_ARG(by_number->name));
        return;
    }
    if (is_declared(now_structure))
        compare_report(c, SAFE_ADDED, now->span, (struct span){ 0 }, "%s was added",
                       compare_shown(c, now_structure, now));
    else
        compare_report(c, signature_rule(now_structure), now->span, before->method->span,
                       "%s was added: the stubs have another signature",
                       compare_shown(c, now_structure, now));
}

void compare_structures(struct compare *c, const struct structure *before,
                        const struct structure *now)
{
    for (size_t i = 0; i < before->field_count; i++)
        compare_field(c, before, &before->fields[i], now);
    if (c->silent)
        return;
    for (size_t i = 0; i < now->field_count; i++)
        compare_new_field(c, before, now, &now->fields[i]);
    for (size_t i = 0; i < before->reserved_count; i++)
        if (before->reserved[i].name.len == 0)
            compare_range(c, &before->reserved[i], now);
    compare_oneofs(c, before, now);
}

/* ---- Contents, for messages of different names ---- */

void compare_later(struct compare *c, const struct structure *before, const struct structure *now)
{
    struct message_pair *pair = ARENA_NEW(c->arena, struct message_pair);
    *pair = (struct message_pair){ before, now, c->todo };
    const struct structure **key = arena_array(c->arena, 2, sizeof *key);
    key[0] = before;
    key[1] = now;
    if (!table_put(c->seen, (struct str){ (const char *)key, 2 * sizeof *key }, pair))
        c->todo = pair;
}

struct str compare_contents(struct compare *c, const struct structure *before,
                            const struct structure *now)
{
    struct compare silent = *c;
    silent.silent = true;
    silent.reason = STR("");
    silent.seen = table_new(c->arena);
    silent.todo = NULL;
    compare_later(&silent, before, now);
    while (silent.todo && silent.reason.len == 0) {
        const struct message_pair *pair = silent.todo;
        silent.todo = pair->next;
        compare_structures(&silent, pair->before, pair->now);
    }
    return silent.reason;
}
