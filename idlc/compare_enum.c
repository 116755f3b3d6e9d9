/* SPDX-License-Identifier: MIT */
/* compare_enum.c: values of enums, and constants. */
#include <string.h>

#include "compare_parts.h"

static struct str number_key(const int32_t *number)
{
    return (struct str){ (const char *)number, sizeof *number };
}

static void put_values(struct table *names, struct table *numbers, const struct enumeration *e)
{
    for (size_t i = 0; i < e->value_count; i++) {
        table_put(names, e->values[i].name, &e->values[i]);
        table_put(numbers, number_key(&e->values[i].number), &e->values[i]);
    }
}

static void compare_value(struct compare *c, const struct enumeration *e,
                          const struct enum_value *before, const struct enum_value *now,
                          bool same_prefix)
{
    if (before->number != now->number) {
        compare_report(c, WIRE_ENUM_NUMBER, now->span, before->span,
                       "number of enum value '%.*s.%.*s' changed from %d to %d", STR_ARG(e->name),
                       STR_ARG(now->name), before->number, now->number);
        return;
    }
    compare_deprecation(c, "enum value", e->name, now->name, now->span, &before->annotations,
                        &now->annotations);
    if (same_prefix)
        compare_c_names(c, now->span, before->span, now->name,
                        (struct c_name_pair[]){ { before->c_name, now->c_name } }, 1);
}

void compare_enums(struct compare *c, const struct enumeration *before,
                   const struct enumeration *now)
{
    struct table *old_names = table_new(c->arena), *old_numbers = table_new(c->arena);
    struct table *new_names = table_new(c->arena), *new_numbers = table_new(c->arena);
    put_values(old_names, old_numbers, before);
    put_values(new_names, new_numbers, now);
    bool same_prefix = str_eq(before->c_name, now->c_name);
    for (size_t i = 0; i < before->value_count; i++) {
        const struct enum_value *old = &before->values[i];
        const struct enum_value *same = table_get(new_names, old->name);
        const struct enum_value *other = table_get(new_numbers, number_key(&old->number));
        if (same)
            compare_value(c, now, old, same, same_prefix);
        else if (other && !table_get(old_names, other->name))
            compare_report(c, SOURCE_ENUM_NAME, other->span, old->span,
                           "enum value '%.*s.%.*s' was renamed to '%.*s'", STR_ARG(now->name),
                           STR_ARG(old->name), STR_ARG(other->name));
        else
            compare_report(c, SOURCE_ENUM_REMOVED, now->span, old->span,
                           "enum value '%.*s.%.*s' was removed: %d still arrives, without a name",
                           STR_ARG(now->name), STR_ARG(old->name), old->number);
    }
    for (size_t i = 0; i < now->value_count; i++) {
        const struct enum_value *new = &now->values[i];
        if (!table_get(old_names, new->name) && !table_get(old_numbers, number_key(&new->number)))
            compare_report(c, SAFE_ADDED, new->span, (struct span){ 0 },
                           "enum value '%.*s.%.*s' was added", STR_ARG(now->name),
                           STR_ARG(new->name));
    }
}

static bool same_value(const struct constant *before, const struct constant *now)
{
    if (before->kind != now->kind)
        return false;
    switch (now->kind) {
    case CONSTANT_BOOL: return before->boolean == now->boolean;
    case CONSTANT_INT:
    case CONSTANT_ENUM: return before->integer == now->integer;
    case CONSTANT_UINT: return before->natural == now->natural;
    case CONSTANT_FLOAT: return memcmp(&before->real, &now->real, sizeof now->real) == 0;
    case CONSTANT_STRING: return str_eq(before->string, now->string);
    }
    return false;
}

void compare_constants(struct compare *c, const struct constant *before, const struct constant *now)
{
    struct fit fit = compare_types(c, before->type, now->type);
    if (!fit.same)
        compare_report(c, SOURCE_CONSTANT_TYPE, now->type->span, before->type->span,
                       "type of constant '%.*s' changed from '%.*s' to '%.*s'", STR_ARG(now->name),
                       STR_ARG(compare_type_text(c->arena, before->type)),
                       STR_ARG(compare_type_text(c->arena, now->type)));
    else if (!same_value(before, now))
        compare_report(c, RISK_CONSTANT_VALUE, now->span, before->span,
                       "value of constant '%.*s' changed: older programs keep the old one",
                       STR_ARG(now->name));
}
