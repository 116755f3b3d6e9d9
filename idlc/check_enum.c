/* SPDX-License-Identifier: MIT */
/* check_enum.c: values and their numbers. */
#include "check.h"

void check_enum_empty(struct checker *checker, const struct enumeration *e)
{
    if (e->value_count == 0 && !e->file->broken)
        diag_error(checker->diag, e->span, "empty-enum", "enum '%.*s' has no values",
                   STR_ARG(e->name));
}

void check_enum_names(struct checker *checker, const struct enumeration *e)
{
    struct scope scope = scope_new(checker);
    for (size_t i = 0; i < e->value_count; i++)
        scope_add(&scope, "enum value", e->values[i].name, e->values[i].name, e->values[i].span);
}

static const struct enum_value *first_value(const struct enumeration *e, bool numbered)
{
    for (size_t i = 0; i < e->value_count; i++)
        if ((e->values[i].number_span.source != NULL) == numbered)
            return &e->values[i];
    return NULL;
}

static bool is_mixed(const struct enumeration *e)
{
    return first_value(e, true) && first_value(e, false);
}

void check_enum_mixed(struct checker *checker, const struct enumeration *e)
{
    if (!is_mixed(e))
        return;
    const struct enum_value *value = first_value(e, false);
    diag_error(checker->diag, value->span, "mixed-numbers",
               "value '%.*s' has no number, but others of the enum have", STR_ARG(value->name));
    diag_note(checker->diag, first_value(e, true)->number_span,
              "numbers are given to all or to none");
}

void check_enum_numbers(struct checker *checker, const struct enumeration *e)
{
    struct table *seen = table_new(checker->arena);
    for (size_t i = 0; i < e->value_count; i++) {
        const struct enum_value *value = &e->values[i];
        if (value->number_span.begin == value->number_span.end)
            continue; /* not written, or wrong */
        uint32_t *number = ARENA_NEW(checker->arena, uint32_t);
        *number = (uint32_t)value->number;
        const struct span *other = number_seen(checker, seen, number, &value->number_span);
        if (!other)
            continue;
        diag_error(checker->diag, value->number_span, "dup-number",
                   "number %ld is given to a value of enum '%.*s' already", (long)value->number,
                   STR_ARG(e->name));
        diag_note(checker->diag, *other, "here");
    }
}

void check_enum_zero(struct checker *checker, const struct enumeration *e)
{
    if (e->value_count == 0 || is_mixed(e) || e->file->broken)
        return;
    for (size_t i = 0; i < e->value_count; i++)
        if (e->values[i].number == 0)
            return;
    diag_error(checker->diag, e->span, "enum-zero",
               "enum '%.*s' needs a value with number 0: it is what an absent field has",
               STR_ARG(e->name));
}
