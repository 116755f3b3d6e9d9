/* SPDX-License-Identifier: MIT */
/* check_struct.c: fields, their numbers and types. */
#include "check.h"

#include <stdlib.h>

/* Numbers that protobuf keeps for itself. */
enum { PROTOBUF_FIRST = 19000, PROTOBUF_LAST = 19999 };

void check_field_names(struct checker *checker, const struct structure *s)
{
    struct scope scope = scope_new(checker);
    for (size_t i = 0; i < s->field_count; i++)
        scope_add(&scope, "field", s->fields[i].name, s->fields[i].name, s->fields[i].span);
    for (size_t i = 0; i < s->oneof_count; i++)
        scope_add(&scope, "oneof", s->oneofs[i].name, s->oneofs[i].name, s->oneofs[i].span);
}

static const struct field *first_field(const struct structure *s, bool numbered)
{
    for (size_t i = 0; i < s->field_count; i++)
        if ((s->fields[i].number_span.source != NULL) == numbered)
            return &s->fields[i];
    return NULL;
}

void check_field_mixed(struct checker *checker, const struct structure *s)
{
    const struct field *with = first_field(s, true), *without = first_field(s, false);
    if (!with || !without)
        return;
    diag_error(checker->diag, without->span, "mixed-numbers",
               "field '%.*s' has no number, but '%.*s' has one", STR_ARG(without->name),
               STR_ARG(with->name));
    diag_note(checker->diag, with->number_span,
              "'%.*s' has its number here: number all fields or none", STR_ARG(with->name));
}

void check_field_numbers(struct checker *checker, const struct structure *s)
{
    struct table *seen = table_new(checker->arena);
    for (size_t i = 0; i < s->field_count; i++) {
        struct field *field = &s->fields[i];
        if (!field->number_span.source || field->number == 0)
            continue;
        if (field->number >= PROTOBUF_FIRST && field->number <= PROTOBUF_LAST)
            diag_error(checker->diag, field->number_span, "number-range",
                       "number %u belongs to protobuf, as all from %d to %d do", field->number,
                       PROTOBUF_FIRST, PROTOBUF_LAST);
        struct str key = { (const char *)&field->number, sizeof field->number };
        const struct field *other = table_put(seen, key, field);
        if (!other)
            continue;
        diag_error(checker->diag, field->number_span, "dup-number",
                   "number %u is already used by field '%.*s' of '%.*s'", field->number,
                   STR_ARG(other->name), STR_ARG(s->name));
        diag_note(checker->diag, other->span, "field '%.*s' is here", STR_ARG(other->name));
    }
}

static int compare_ranges(const void *a, const void *b)
{
    const struct reserved *x = *(const struct reserved *const *)a;
    const struct reserved *y = *(const struct reserved *const *)b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->span.begin < y->span.begin ? -1 : x->span.begin > y->span.begin;
}

/* The struct's number ranges, by number. */
static const struct reserved **sorted_ranges(struct checker *checker, const struct structure *s,
                                             size_t *count)
{
    const struct reserved **ranges =
        arena_array(checker->arena, s->reserved_count, sizeof(struct reserved *));
    *count = 0;
    for (size_t i = 0; i < s->reserved_count; i++)
        if (s->reserved[i].name.len == 0 && s->reserved[i].first && s->reserved[i].last)
            ranges[(*count)++] = &s->reserved[i];
    if (*count)
        qsort(ranges, *count, sizeof(struct reserved *), compare_ranges);
    return ranges;
}

static void check_ranges(struct checker *checker, const struct structure *s)
{
    size_t count;
    const struct reserved **ranges = sorted_ranges(checker, s, &count);
    for (size_t i = 0; i < count; i++) {
        if (ranges[i]->first > ranges[i]->last)
            diag_error(checker->diag, ranges[i]->span, "reserved-range",
                       "range '%u-%u' is backwards; write '%u-%u'", ranges[i]->first,
                       ranges[i]->last, ranges[i]->last, ranges[i]->first);
        else if (i > 0 && ranges[i]->first <= ranges[i - 1]->last) {
            diag_error(checker->diag, ranges[i]->span, "reserved-range",
                       "number %u is already reserved", ranges[i]->first);
            diag_note(checker->diag, ranges[i - 1]->span, "number %u is reserved here",
                      ranges[i]->first);
        }
    }
}

void check_reserved(struct checker *checker, const struct structure *s)
{
    struct table *names = table_new(checker->arena);
    if (s->reserved_count && s->field_count && !s->numbered)
        diag_error(checker->diag, s->reserved[0].span, "reserved-unnumbered",
                   "'reserved' means nothing in '%.*s': its fields have no numbers",
                   STR_ARG(s->name));
    for (size_t i = 0; i < s->reserved_count; i++) {
        struct reserved *reserved = &s->reserved[i];
        if (reserved->name.len == 0)
            continue;
        const struct reserved *other = table_put(names, reserved->name, reserved);
        if (!other)
            continue;
        diag_error(checker->diag, reserved->span, "reserved-range",
                   "name '%.*s' is already reserved", STR_ARG(reserved->name));
        diag_note(checker->diag, other->span, "name '%.*s' is reserved here",
                  STR_ARG(reserved->name));
    }
    check_ranges(checker, s);
}

/* The range with the number; ranges do not overlap, or an error was reported. */
static const struct reserved *range_of(const struct reserved **ranges, size_t count,
                                       uint32_t number)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle]->first <= number)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && number <= ranges[low - 1]->last ? ranges[low - 1] : NULL;
}

void check_reserved_use(struct checker *checker, const struct structure *s)
{
    if (s->reserved_count == 0)
        return;
    size_t count;
    const struct reserved **ranges = sorted_ranges(checker, s, &count);
    struct table *names = table_new(checker->arena);
    for (size_t i = 0; i < s->reserved_count; i++)
        if (s->reserved[i].name.len)
            table_put(names, s->reserved[i].name, &s->reserved[i]);
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        const struct reserved *range =
            field->number_span.source ? range_of(ranges, count, field->number) : NULL;
        if (range) {
            diag_error(checker->diag, field->number_span, "reserved-use",
                       "number %u of field '%.*s' is reserved", field->number,
                       STR_ARG(field->name));
            diag_note(checker->diag, range->span, "number %u is reserved here", field->number);
        }
        const struct reserved *name = table_get(names, field->name);
        if (name) {
            diag_error(checker->diag, field->span, "reserved-use", "field name '%.*s' is reserved",
                       STR_ARG(field->name));
            diag_note(checker->diag, name->span, "name '%.*s' is reserved here",
                      STR_ARG(field->name));
        }
    }
}

void check_oneofs(struct checker *checker, const struct structure *s)
{
    for (size_t i = 0; i < s->oneof_count; i++)
        if (s->oneofs[i].field_count == 0 && !s->file->broken)
            diag_error(checker->diag, s->oneofs[i].span, "empty-oneof",
                       "oneof '%.*s' has no fields", STR_ARG(s->oneofs[i].name));
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (!field->oneof)
            continue;
        if (field->optional)
            diag_error(checker->diag, field->span, "misplaced-optional",
                       "field '%.*s' cannot be optional: in a oneof it has presence already",
                       STR_ARG(field->name));
        if (field->type->kind == TYPE_LIST || field->type->kind == TYPE_MAP)
            diag_error(checker->diag, field->type->span, "oneof-type",
                       "oneof '%.*s' cannot hold a %s; put it into a struct",
                       STR_ARG(field->oneof->name), type_kind_name(field->type->kind));
    }
}

static bool is_container(const struct type *type)
{
    return type->kind == TYPE_LIST || type->kind == TYPE_MAP;
}

static bool is_key(enum type_kind kind)
{
    return kind == TYPE_ERROR || kind == TYPE_STRING ||
           (kind >= TYPE_BOOL && kind <= TYPE_SFIXED64);
}

static struct str name_of(const struct type *type)
{
    return type->kind == TYPE_ENUM     ? type->enumeration->name
           : type->kind == TYPE_STRUCT ? type->structure->name
                                       : str_from(type_kind_name(type->kind));
}

void check_type(struct checker *checker, const struct type *type)
{
    if (!is_container(type))
        return;
    if (is_container(type->value))
        diag_error(checker->diag, type->value->span, "element-type",
                   "a %s cannot hold a %s; put it into a struct", type_kind_name(type->kind),
                   type_kind_name(type->value->kind));
    if (type->kind == TYPE_MAP && !is_key(type->key->kind))
        diag_error(checker->diag, type->key->span, "key-type",
                   "'%.*s' cannot be a map key: bool, string and integers can",
                   STR_ARG(name_of(type->key)));
}

void check_optional(struct checker *checker, const struct field *field)
{
    if (field->optional && !field->oneof && is_container(field->type))
        diag_error(checker->diag, field->span, "misplaced-optional",
                   "a %s cannot be optional: an absent one is empty",
                   type_kind_name(field->type->kind));
}

void check_field_types(struct checker *checker, const struct structure *s)
{
    for (size_t i = 0; i < s->field_count; i++) {
        check_type(checker, s->fields[i].type);
        check_optional(checker, &s->fields[i]);
    }
}
