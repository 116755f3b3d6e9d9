/* SPDX-License-Identifier: MIT */
/* view_types.c: constants and enums. */
#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctype.h"
#include "view.h"

/* The macro of <stdint.h> that gives a literal its type: INT32_C. */
static struct str literal_macro(struct view *v, enum type_kind kind)
{
    const char *word = ctype_of(kind)->word; /* "int32", "uint8" */
    bool is_unsigned = word[0] == 'u';
    return arena_printf(v->arena, "%sINT%s_C", is_unsigned ? "U" : "", word + 3 + is_unsigned);
}

/* No literal is negative in C, so a minimum has to be worked out. */
static struct str integer_text(struct view *v, struct str macro, int64_t value, int64_t minimum)
{
    if (value >= 0)
        return arena_printf(v->arena, "%.*s(%" PRId64 ")", STR_ARG(macro), value);
    if (value == minimum)
        return arena_printf(v->arena, "(-%.*s(%" PRId64 ") - 1)", STR_ARG(macro), -(value + 1));
    return arena_printf(v->arena, "(-%.*s(%" PRId64 "))", STR_ARG(macro), -value);
}

static int64_t minimum_of(enum type_kind kind)
{
    switch (ctype_of(kind)->type[3]) { /* int8_t, int16_t, int32_t, int64_t */
    case '8': return INT8_MIN;
    case '1': return INT16_MIN;
    case '3': return INT32_MIN;
    default: return INT64_MIN;
    }
}

/* The shortest decimal that reads back as the same number, whatever the locale. */
static struct str real_text(struct view *v, double value, bool is_float)
{
    char digits[64];
    /* What a type holds in any case first: that many digits are written without an exponent. */
    for (int precision = is_float ? FLT_DIG : DBL_DIG; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        double back = strtod(digits, NULL);
        if (is_float ? (float)back == (float)value : back == value)
            break;
    }
    char *point = strpbrk(digits, ",.");
    if (point)
        *point = '.';
    const char *fraction = strpbrk(digits, ".e") ? "" : ".0";
    const char *sign = digits[0] == '-' ? "(" : "";
    return arena_printf(v->arena, "%s%s%s%s%s", sign, digits, fraction, is_float ? "f" : "",
                        *sign ? ")" : "");
}

static struct str constant_value(struct view *v, const struct constant *c)
{
    switch (c->kind) {
    case CONSTANT_BOOL: return c->boolean ? STR("true") : STR("false");
    case CONSTANT_INT:
        return integer_text(v, literal_macro(v, c->type->kind), c->integer,
                            minimum_of(c->type->kind));
    case CONSTANT_UINT:
        return arena_printf(v->arena, "%.*s(%" PRIu64 ")", STR_ARG(literal_macro(v, c->type->kind)),
                            c->natural);
    case CONSTANT_FLOAT: return real_text(v, c->real, c->type->kind == TYPE_FLOAT);
    case CONSTANT_STRING:
        return arena_printf(v->arena, "\"%.*s\"", STR_ARG(view_cstring(v, c->string)));
    case CONSTANT_ENUM: break;
    }
    if (c->enum_value)
        return c->enum_value->c_name;
    return arena_printf(v->arena, "((enum %.*s)%.*s)", STR_ARG(c->type->enumeration->c_name),
                        STR_ARG(integer_text(v, STR("INT32_C"), c->integer, INT32_MIN)));
}

struct value *view_constant(struct view *v, const struct constant *c)
{
    struct value *record = value_record(v->arena, "constant", c->span);
    view_text(v, record, "name", c->name);
    view_text(v, record, "doc", view_doc(v, c->doc));
    view_text(v, record, "c_name", c->c_name);
    view_text(v, record, "value", constant_value(v, c));
    return record;
}

struct value *view_enum(struct view *v, const struct enumeration *e)
{
    struct value *record = value_record(v->arena, "enum", e->span);
    view_text(v, record, "name", e->name);
    view_text(v, record, "doc", view_doc(v, e->doc));
    view_text(v, record, "c_name", e->c_name);
    view_text(v, record, "c_list", e->c_list_name);
    view_text(v, record, "c_function", e->c_function_name);
    view_text(v, record, "deprecated", view_deprecated(v, " ", &e->annotations));
    struct value *values = view_list(v, record, "values");
    for (size_t i = 0; i < e->value_count; i++) {
        const struct enum_value *value = &e->values[i];
        struct value *item = value_record(v->arena, "enum value", value->span);
        struct str number = value->number == INT32_MIN
                                ? STR("-2147483647 - 1")
                                : arena_printf(v->arena, "%" PRId32, value->number);
        view_text(v, item, "name", value->name);
        view_text(v, item, "doc", view_doc(v, value->doc));
        view_text(v, item, "c_name", value->c_name);
        view_text(v, item, "number", number);
        view_text(v, item, "deprecated", view_deprecated(v, " ", &value->annotations));
        value_add(v->arena, values, item);
    }
    return record;
}
