/* SPDX-License-Identifier: MIT */
/* check_enum.c: values and their numbers. */
#include "check.h"

void check_enum_empty(struct checker *checker, const struct enumeration *e)
{
    if (e->value_count == 0 && !e->broken)
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
    const struct enum_value *value = first_value(e, false), *numbered = first_value(e, true);
    diag_error(checker->diag, value->span, "mixed-numbers",
               "enum value '%.*s' has no number, but '%.*s' has one", STR_ARG(value->name),
               STR_ARG(numbered->name));
    diag_note(checker->diag, numbered->number_span,
              "'%.*s' has its number here: number all values or none", STR_ARG(numbered->name));
}

void check_enum_numbers(struct checker *checker, const struct enumeration *e)
{
    struct table *seen = table_new(checker->arena);
    for (size_t i = 0; i < e->value_count; i++) {
        struct enum_value *value = &e->values[i];
        if (value->number_span.begin == value->number_span.end)
            continue; /* not written, or wrong */
        struct str key = { (const char *)&value->number, sizeof value->number };
        const struct enum_value *other = table_put(seen, key, value);
        if (!other)
            continue;
        diag_error(checker->diag, value->number_span, "dup-number",
                   "number %ld is already used by value '%.*s' of '%.*s'", (long)value->number,
                   STR_ARG(other->name), STR_ARG(e->name));
        diag_note(checker->diag, other->span, "enum value '%.*s' is here", STR_ARG(other->name));
    }
}

void check_enum_zero(struct checker *checker, const struct enumeration *e)
{
    if (e->value_count == 0 || is_mixed(e) || e->broken)
        return;
    for (size_t i = 0; i < e->value_count; i++)
        if (e->values[i].number == 0)
            return;
    diag_error(checker->diag, e->span, "enum-zero",
               "enum '%.*s' has no value with number 0, which an absent field has",
               STR_ARG(e->name));
}
