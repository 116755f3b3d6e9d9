/* SPDX-License-Identifier: MIT */
/* resolve_constant.c: what constants stand for. */
#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "resolve.h"

static void mismatch(struct resolver *resolver, const struct constant *target, struct span span,
                     const char *found)
{
    const struct type *type = target->type;
    struct str name =
        type->kind == TYPE_ENUM ? type->enumeration->name : str_from(type_kind_name(type->kind));
    diag_error(resolver->diag, span, "const-type", "a constant of type '%.*s' cannot be %s",
               STR_ARG(name), found);
}

/* The range of an integer type; false: not one. */
static bool integer_range(enum type_kind kind, int64_t *least, uint64_t *most)
{
    switch (kind) {
    case TYPE_INT8: *least = INT8_MIN, *most = INT8_MAX; return true;
    case TYPE_INT16: *least = INT16_MIN, *most = INT16_MAX; return true;
    case TYPE_ENUM:
    case TYPE_INT32:
    case TYPE_SINT32:
    case TYPE_SFIXED32: *least = INT32_MIN, *most = INT32_MAX; return true;
    case TYPE_INT64:
    case TYPE_SINT64:
    case TYPE_SFIXED64: *least = INT64_MIN, *most = INT64_MAX; return true;
    case TYPE_UINT8: *least = 0, *most = UINT8_MAX; return true;
    case TYPE_UINT16: *least = 0, *most = UINT16_MAX; return true;
    case TYPE_UINT32:
    case TYPE_FIXED32: *least = 0, *most = UINT32_MAX; return true;
    case TYPE_UINT64:
    case TYPE_FIXED64: *least = 0, *most = UINT64_MAX; return true;
    default: return false;
    }
}

static const struct enum_value *value_of_number(const struct enumeration *e, int64_t number)
{
    for (size_t i = 0; i < e->value_count; i++)
        if (e->values[i].number == number)
            return &e->values[i];
    return NULL;
}

static bool set_integer(struct resolver *resolver, struct constant *target, struct span span,
                        bool negative, uint64_t magnitude)
{
    int64_t least = 0;
    uint64_t most = 0;
    integer_range(target->type->kind, &least, &most);
    /* -least does not overflow: 2^63 is made from its predecessor. */
    uint64_t depth = least < 0 ? (uint64_t)(-(least + 1)) + 1 : 0;
    if (negative && magnitude ? magnitude > depth : magnitude > most) {
        bool is_enum = target->type->kind == TYPE_ENUM;
        diag_error(resolver->diag, span, "const-range",
                   "%s%llu is out of range of '%s' (%lld to %llu)", negative ? "-" : "",
                   (unsigned long long)magnitude,
                   is_enum ? "enum" : type_kind_name(target->type->kind), (long long)least,
                   (unsigned long long)most);
        return false;
    }
    if (least == 0) {
        target->kind = CONSTANT_UINT;
        target->natural = magnitude;
        return true;
    }
    target->kind = target->type->kind == TYPE_ENUM ? CONSTANT_ENUM : CONSTANT_INT;
    target->integer = negative && magnitude ? -(int64_t)(magnitude - 1) - 1 : (int64_t)magnitude;
    if (target->kind == CONSTANT_ENUM)
        target->enum_value = value_of_number(target->type->enumeration, target->integer);
    return true;
}

/* literal: without a sign. */
static bool set_float(struct resolver *resolver, struct constant *target, struct span span,
                      bool negative, struct str literal)
{
    double real = strtod(arena_str(resolver->arena, literal).ptr, NULL);
    bool is_float = target->type->kind == TYPE_FLOAT;
    if (real > (is_float ? (double)FLT_MAX : DBL_MAX)) {
        diag_error(resolver->diag, span, "const-range", "number is out of range of '%s'",
                   type_kind_name(target->type->kind));
        return false;
    }
    target->kind = CONSTANT_FLOAT;
    target->real = negative ? -real : real;
    target->literal =
        arena_printf(resolver->arena, "%s%.*s", negative ? "-" : "", STR_ARG(literal));
    return true;
}

static bool is_real(enum type_kind kind)
{
    return kind == TYPE_FLOAT || kind == TYPE_DOUBLE;
}

static bool set_number(struct resolver *resolver, struct constant *target,
                       const struct ast_value *value)
{
    int64_t least;
    uint64_t most;
    if (is_real(target->type->kind)) {
        struct str literal =
            value->kind == AST_FLOAT
                ? value->text
                : arena_printf(resolver->arena, "%llu.0", (unsigned long long)value->integer);
        return set_float(resolver, target, value->span, value->negative, literal);
    }
    if (value->kind == AST_FLOAT)
        mismatch(resolver, target, value->span, "a number with a fraction");
    else if (!integer_range(target->type->kind, &least, &most))
        mismatch(resolver, target, value->span, "a number");
    else
        return set_integer(resolver, target, value->span, value->negative, value->integer);
    return false;
}

static bool set_string(struct resolver *resolver, struct constant *target,
                       const struct ast_value *value)
{
    if (target->type->kind != TYPE_STRING) {
        mismatch(resolver, target, value->span, "a string");
        return false;
    }
    target->kind = CONSTANT_STRING;
    target->string = value->text;
    return resolve_utf8(resolver, value);
}

/* true, false, inf and nan; *known: it was one of them where it has a meaning. */
static bool set_word(struct constant *target, const struct ast_value *value)
{
    bool is_true = str_is(value->text, "true");
    bool is_inf = str_is(value->text, "inf");
    if (target->type->kind == TYPE_BOOL && !value->negative &&
        (is_true || str_is(value->text, "false"))) {
        target->kind = CONSTANT_BOOL;
        target->boolean = is_true;
        return true;
    }
    if (is_real(target->type->kind) && (is_inf || str_is(value->text, "nan"))) {
        target->kind = CONSTANT_FLOAT;
        target->real = is_inf ? (double)INFINITY : (double)NAN;
        if (value->negative)
            target->real = -target->real;
        target->literal = value->negative ? (is_inf ? STR("-inf") : STR("-nan")) : value->text;
        return true;
    }
    return false;
}

/* The part of a dotted name behind its last dot. */
static struct str last_part(struct str name)
{
    size_t dot = name.len;
    while (dot > 0 && name.ptr[dot - 1] != '.')
        dot--;
    return (struct str){ name.ptr + dot, name.len - dot };
}

/* The enum that a value's name begins with, as Color.RED does; NULL: with none. */
static const struct enumeration *named_enum(struct resolver *resolver, struct str name)
{
    struct str last = last_part(name);
    if (last.len == name.len)
        return NULL;
    struct str type = { name.ptr, name.len - last.len - 1 };
    const struct symbol *symbol = resolve_name(resolver, resolver->types, type);
    bool is_enum = symbol && symbol->declaration.kind == DECLARE_ENUM;
    return is_enum ? symbol->declaration.enumeration : NULL;
}

/* The enum's own value of that name, written RED, Color.RED or in full. */
static const struct enum_value *value_of_name(struct resolver *resolver,
                                              const struct enumeration *e, struct str name)
{
    struct str last = last_part(name);
    if (last.len < name.len) {
        const struct enumeration *named = named_enum(resolver, name);
        if (!named || named != e)
            return NULL;
    }
    for (size_t i = 0; i < e->value_count; i++)
        if (str_eq(e->values[i].name, last))
            return &e->values[i];
    return NULL;
}

static void report_unknown_value(struct resolver *resolver, const struct constant *target,
                                 const struct ast_value *value)
{
    const struct enumeration *e = target->type->enumeration;
    struct str *names = arena_array(resolver->arena, e->value_count, sizeof *names);
    for (size_t i = 0; i < e->value_count; i++)
        names[i] = e->values[i].name;
    struct str hint = diag_closest(last_part(value->text), names, e->value_count);
    if (hint.len)
        diag_error(resolver->diag, value->span, "unknown-name",
                   "enum '%.*s' has no value '%.*s'; did you mean '%.*s'?", STR_ARG(e->name),
                   STR_ARG(value->text), STR_ARG(hint));
    else if (!resolver->unit->file->broken && !resolver->unit->missing)
        diag_error(resolver->diag, value->span, "unknown-name", "enum '%.*s' has no value '%.*s'",
                   STR_ARG(e->name), STR_ARG(value->text));
}

/* Whether a constant that is no integer can be given to another, types being what they are. */
static bool is_alike(const struct constant *target, const struct constant *from)
{
    switch (from->kind) {
    case CONSTANT_BOOL: return target->type->kind == TYPE_BOOL;
    case CONSTANT_STRING: return target->type->kind == TYPE_STRING;
    case CONSTANT_FLOAT: return is_real(target->type->kind);
    case CONSTANT_ENUM:
        return target->type->kind == TYPE_ENUM &&
               target->type->enumeration == from->type->enumeration;
    default: return false;
    }
}

static bool copy_integer(struct resolver *resolver, struct constant *target, struct span span,
                         const struct constant *from)
{
    bool negative = from->kind == CONSTANT_INT && from->integer < 0;
    uint64_t magnitude = from->natural;
    if (from->kind == CONSTANT_INT) /* -INT64_MIN would overflow */
        magnitude = negative ? (uint64_t)(-(from->integer + 1)) + 1 : (uint64_t)from->integer;
    if (!is_real(target->type->kind))
        return set_integer(resolver, target, span, negative, magnitude);
    struct str literal = arena_printf(resolver->arena, "%llu.0", (unsigned long long)magnitude);
    return set_float(resolver, target, span, negative, literal);
}

/* From a constant that is known. */
static bool copy_value(struct resolver *resolver, struct constant *target, struct span span,
                       const struct constant *from)
{
    enum type_kind kind = target->type->kind;
    int64_t least;
    uint64_t most;
    bool takes_integers =
        is_real(kind) || (kind != TYPE_ENUM && integer_range(kind, &least, &most));
    if ((from->kind == CONSTANT_INT || from->kind == CONSTANT_UINT) && takes_integers)
        return copy_integer(resolver, target, span, from);
    if (!is_alike(target, from)) {
        struct str type = from->type->kind == TYPE_ENUM
                              ? from->type->enumeration->name
                              : str_from(type_kind_name(from->type->kind));
        struct str found = arena_printf(resolver->arena, "'%.*s', which is of type '%.*s'",
                                        STR_ARG(from->name), STR_ARG(type));
        mismatch(resolver, target, span, found.ptr);
        return false;
    }
    if (kind == TYPE_FLOAT && isfinite(from->real) && fabs(from->real) > (double)FLT_MAX) {
        diag_error(resolver->diag, span, "const-range", "number is out of range of 'float'");
        return false;
    }
    target->kind = from->kind;
    target->boolean = from->boolean;
    target->integer = from->integer;
    target->real = from->real;
    target->literal = from->literal;
    target->string = from->string;
    target->enum_value = from->enum_value;
    return true;
}

static bool check_type(struct resolver *resolver, const struct symbol *symbol)
{
    const struct type *type = symbol->declaration.constant->type;
    if (type->kind == TYPE_ERROR)
        return false;
    if (type->kind < TYPE_BYTES || type->kind == TYPE_ENUM)
        return true;
    diag_error(resolver->diag, type->span, "const-type",
               "a constant cannot be %s: numbers, bools, strings and enums can",
               type->kind == TYPE_STRUCT ? "a struct"
               : type->kind == TYPE_LIST ? "a list"
               : type->kind == TYPE_MAP  ? "a map"
                                         : "bytes");
    return false;
}

/* One step: sets the value, or gives the constant that it is taken from. NULL with the state set
 * in the first case and after an error. */
static struct symbol *step(struct resolver *resolver, struct symbol *symbol)
{
    struct constant *target = symbol->declaration.constant;
    const struct ast_value *value = symbol->node->value;
    bool done = false;
    target->type = resolve_type(resolver, symbol->node->type);
    target->literal = target->string = STR("");
    symbol->state = CONSTANT_FAILED;
    if (!check_type(resolver, symbol) || value->bad)
        return NULL;
    if (value->kind == AST_INT || value->kind == AST_FLOAT) {
        done = set_number(resolver, target, value);
    } else if (value->kind == AST_STRING) {
        done = set_string(resolver, target, value);
    } else if (set_word(target, value)) {
        done = true;
    } else if (value->negative) {
        diag_error(resolver->diag, value->span, "const-type",
                   "'-' cannot stand here, only before a number");
    } else {
        if (target->type->kind == TYPE_ENUM) {
            target->enum_value = value_of_name(resolver, target->type->enumeration, value->text);
            if (target->enum_value) {
                target->kind = CONSTANT_ENUM;
                target->integer = target->enum_value->number;
                symbol->state = CONSTANT_DONE;
                return NULL;
            }
        }
        struct symbol *other = resolve_name(resolver, resolver->constants, value->text);
        if (other)
            return other;
        if (target->type->kind == TYPE_ENUM)
            report_unknown_value(resolver, target, value);
        else if (str_is(value->text, "true") || str_is(value->text, "false"))
            mismatch(resolver, target, value->span, "a bool");
        else if (named_enum(resolver, value->text))
            mismatch(resolver, target, value->span, "a value of an enum");
        else
            report_unknown(resolver, resolver->constants, value->span, value->text, "constant");
    }
    if (done)
        symbol->state = CONSTANT_DONE;
    return NULL;
}

/* From the end of a chain back: each is taken from the one behind it. */
static void unwind(struct resolver *resolver, struct symbol **chain, size_t count,
                   const struct symbol *end)
{
    if (end && end->state == CONSTANT_OPEN) {
        diag_error(resolver->diag, end->node->value->span, "const-cycle",
                   "constant '%.*s' is defined by itself", STR_ARG(end->name));
        end = NULL;
    }
    const struct symbol *from = end;
    for (size_t i = count; i-- > 0; from = chain[i]) {
        struct symbol *symbol = chain[i];
        if (symbol->state != CONSTANT_OPEN)
            continue; /* the last one, which needs none */
        bool good = from && from->state == CONSTANT_DONE &&
                    copy_value(resolver, symbol->declaration.constant, symbol->node->value->span,
                               from->declaration.constant);
        symbol->state = good ? CONSTANT_DONE : CONSTANT_FAILED;
    }
}

/* A constant is taken from one other at most: that makes a chain, which may be long. */
void resolve_constant(struct resolver *resolver, struct symbol *symbol)
{
    struct symbol **chain = NULL;
    size_t count = 0, cap = 0;
    struct symbol *next = symbol;
    if (symbol->state != CONSTANT_UNSEEN)
        return; /* another has needed it before */
    while (next && next->state == CONSTANT_UNSEEN) {
        if (count == cap) {
            cap = cap ? 2 * cap : 8;
            struct symbol **grown = arena_array(resolver->arena, cap, sizeof(struct symbol *));
            if (count)
                memcpy(grown, chain, count * sizeof(struct symbol *));
            chain = grown;
        }
        chain[count++] = next;
        resolve_enter(resolver, next->unit);
        struct symbol *from = step(resolver, next);
        if (from)
            next->state = CONSTANT_OPEN;
        next = from;
    }
    unwind(resolver, chain, count, next);
    resolve_enter(resolver, symbol->unit);
}
