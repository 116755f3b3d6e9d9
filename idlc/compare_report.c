/* SPDX-License-Identifier: MIT */
/* compare_report.c: the rules, and how a change is told. */
#include <stdarg.h>

#include "compare_parts.h"

struct rule_row {
    const char *id;
    enum impact impact;
};

// clang-format off
static const struct rule_row rules[RULE_COUNT] = {
    [WIRE_PACKAGE]           = { "wire-package", IMPACT_WIRE },
    [WIRE_SERVICE_NAME]      = { "wire-service-name", IMPACT_WIRE },
    [WIRE_SERVICE_REMOVED]   = { "wire-service-removed", IMPACT_WIRE },
    [WIRE_METHOD_REMOVED]    = { "wire-method-removed", IMPACT_WIRE },
    [WIRE_METHOD_KIND]       = { "wire-method-kind", IMPACT_WIRE },
    [WIRE_METHOD_REQUEST]    = { "wire-method-request", IMPACT_WIRE },
    [WIRE_METHOD_REPLY]      = { "wire-method-reply", IMPACT_WIRE },
    [WIRE_PARAMETER_ORDER]   = { "wire-parameter-order", IMPACT_WIRE },
    [WIRE_FIELD_NUMBER]      = { "wire-field-number", IMPACT_WIRE },
    [WIRE_FIELD_TYPE]        = { "wire-field-type", IMPACT_WIRE },
    [WIRE_FIELD_RANGE]       = { "wire-field-range", IMPACT_WIRE },
    [WIRE_FIELD_CARDINALITY] = { "wire-field-cardinality", IMPACT_WIRE },
    [WIRE_FIELD_ONEOF]       = { "wire-field-oneof", IMPACT_WIRE },
    [WIRE_NUMBER_REUSED]     = { "wire-number-reused", IMPACT_WIRE },
    [WIRE_RESERVED_NUMBER]   = { "wire-reserved-number", IMPACT_WIRE },
    [WIRE_ENUM_NUMBER]       = { "wire-enum-number", IMPACT_WIRE },
    [SOURCE_PACKAGE]         = { "source-package", IMPACT_SOURCE },
    [SOURCE_TYPE_REMOVED]    = { "source-type-removed", IMPACT_SOURCE },
    [SOURCE_TYPE_NAME]       = { "source-type-name", IMPACT_SOURCE },
    [SOURCE_FIELD_REMOVED]   = { "source-field-removed", IMPACT_SOURCE },
    [SOURCE_FIELD_NAME]      = { "source-field-name", IMPACT_SOURCE },
    [SOURCE_FIELD_TYPE]      = { "source-field-type", IMPACT_SOURCE },
    [SOURCE_FIELD_CARDINALITY] = { "source-field-cardinality", IMPACT_SOURCE },
    [SOURCE_FIELD_OPTIONAL]  = { "source-field-optional", IMPACT_SOURCE },
    [SOURCE_FIELD_ONEOF]     = { "source-field-oneof", IMPACT_SOURCE },
    [SOURCE_ONEOF_NAME]      = { "source-oneof-name", IMPACT_SOURCE },
    [SOURCE_ENUM_REMOVED]    = { "source-enum-removed", IMPACT_SOURCE },
    [SOURCE_ENUM_NAME]       = { "source-enum-name", IMPACT_SOURCE },
    [SOURCE_METHOD_REQUEST]  = { "source-method-request", IMPACT_SOURCE },
    [SOURCE_METHOD_REPLY]    = { "source-method-reply", IMPACT_SOURCE },
    [SOURCE_CONSTANT_REMOVED] = { "source-constant-removed", IMPACT_SOURCE },
    [SOURCE_CONSTANT_TYPE]   = { "source-constant-type", IMPACT_SOURCE },
    [SOURCE_C_NAME]          = { "source-c-name", IMPACT_SOURCE },
    [RISK_FIELD_REMOVED]     = { "risk-field-removed", IMPACT_RISK },
    [RISK_RESERVED_DROPPED]  = { "risk-reserved-dropped", IMPACT_RISK },
    [RISK_RESERVED_NAME]     = { "risk-reserved-name", IMPACT_RISK },
    [RISK_PARAMETER_NAME]    = { "risk-parameter-name", IMPACT_RISK },
    [RISK_CONSTANT_VALUE]    = { "risk-constant-value", IMPACT_RISK },
    [RISK_IDEMPOTENT]        = { "risk-idempotent", IMPACT_RISK },
    [SAFE_ADDED]             = { "safe-added", IMPACT_SAFE },
    [SAFE_MOVED]             = { "safe-moved", IMPACT_SAFE },
    [SAFE_DEPRECATED]        = { "safe-deprecated", IMPACT_SAFE },
};
// clang-format on

void compare_report(struct compare *c, enum rule rule, struct span now, struct span before,
                    const char *format, ...)
{
    const struct rule_row *row = &rules[rule];
    if (c->silent && (row->impact != IMPACT_WIRE || c->reason.len))
        return;
    va_list args;
    va_start(args, format);
    struct str message = arena_vprintf(c->arena, format, args);
    va_end(args);
    if (c->silent) {
        c->reason = message;
        return;
    }
    if (row->impact == IMPACT_WIRE)
        diag_error(c->diag, now, row->id, "%.*s", STR_ARG(message));
    else if (row->impact == IMPACT_SAFE)
        diag_remark(c->diag, now, row->id, "%.*s", STR_ARG(message));
    else if (!diag_warning(c->diag, now, row->id, "%.*s", STR_ARG(message)))
        return;
    c->counts.changes[row->impact]++;
    if (before.source)
        diag_note(c->diag, before, "it was here before");
}

static void add_type(struct text *out, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ENUM: text_add(out, type->enumeration->full_name); break;
    case TYPE_STRUCT: text_add(out, type->structure->full_name); break;
    case TYPE_LIST:
        text_add(out, STR("list<"));
        add_type(out, type->value);
        text_addc(out, '>');
        break;
    case TYPE_MAP:
        text_add(out, STR("map<"));
        add_type(out, type->key);
        text_add(out, STR(", "));
        add_type(out, type->value);
        text_addc(out, '>');
        break;
    default: text_add(out, str_from(type_kind_name(type->kind)));
    }
}

struct str compare_type_text(struct arena *arena, const struct type *type)
{
    struct text text = { 0 };
    add_type(&text, type);
    struct str copy = arena_str(arena, text_str(&text));
    text_free(&text);
    return copy;
}

void compare_c_names(struct compare *c, struct span now, struct span before, struct str name,
                     const struct c_name_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct c_name_pair *pair = &pairs[i];
        if (str_eq(pair->before, pair->now) || !pair->before.len || !pair->now.len)
            continue;
        compare_report(c, SOURCE_C_NAME, now, before, "C name '%.*s' of '%.*s' changed to '%.*s'",
                       STR_ARG(pair->before), STR_ARG(name), STR_ARG(pair->now));
    }
}

void compare_deprecation(struct compare *c, const char *what, struct str owner, struct str name,
                         struct span now, const struct annotations *before_annotations,
                         const struct annotations *now_annotations)
{
    if (now_annotations->deprecated == before_annotations->deprecated)
        return;
    compare_report(c, SAFE_DEPRECATED, now, before_annotations->deprecated_span,
                   "%s '%.*s%s%.*s' is %s deprecated", what, STR_ARG(owner), owner.len ? "." : "",
                   STR_ARG(name), now_annotations->deprecated ? "now" : "no longer");
}

struct str compare_key(struct arena *arena, const void *pointer)
{
    const void **copy = arena_alloc(arena, sizeof *copy);
    *copy = pointer;
    return (struct str){ (const char *)copy, sizeof *copy };
}

/* ---- The summary ---- */

void compare_summary(struct text *out, const struct compare_counts *counts)
{
    static const struct {
        const char *one, *many;
    } verbs[IMPACT_COUNT] = {
        [IMPACT_WIRE] = { "breaks the wire", "break the wire" },
        [IMPACT_SOURCE] = { "breaks sources", "break sources" },
        [IMPACT_RISK] = { "is risky", "are risky" },
        [IMPACT_SAFE] = { "is safe", "are safe" },
    };
    bool any = false;
    for (size_t i = 0; i < IMPACT_COUNT; i++) {
        size_t count = counts->changes[i];
        if (count == 0)
            continue;
        text_addf(out, "%s%zu %s%s", any ? ", " : "", count,
                  any          ? ""
                  : count == 1 ? "change "
                               : "changes ",
                  count == 1 ? verbs[i].one : verbs[i].many);
        any = true;
    }
    if (!any)
        text_add(out, STR("no changes"));
}
