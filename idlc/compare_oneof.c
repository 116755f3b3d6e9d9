/* SPDX-License-Identifier: MIT */
/* compare_oneof.c: fields that have moved into a oneof or out of it. */
#include "compare_parts.h"

static const struct oneof *find(const struct structure *structure, struct str name)
{
    for (size_t i = 0; i < structure->oneof_count; i++)
        if (str_eq(structure->oneofs[i].name, name))
            return &structure->oneofs[i];
    return NULL;
}

/* Whether the one continues the other: of the same name, or neither's name is on the other side. */
static bool continues(const struct structure *before_structure, const struct oneof *before,
                      const struct structure *now_structure, const struct oneof *now)
{
    return str_eq(before->name, now->name) ||
           (!find(now_structure, before->name) && !find(before_structure, now->name));
}

/* Whether oneof has a member besides field that the other version has as well. */
static bool has_company(struct compare *c, const struct oneof *oneof, const struct field *field,
                        const struct structure *other)
{
    const struct index *index = compare_index(c, other);
    for (size_t i = 0; i < oneof->field_count; i++)
        if (oneof->fields[i] != field && compare_by_number(index, oneof->fields[i]->number))
            return true;
    return false;
}

void compare_membership(struct compare *c, const struct structure *before_structure,
                        const struct field *before, const struct field *now,
                        const struct structure *now_structure)
{
    const struct oneof *old = before->oneof, *new = now->oneof;
    if (old && new) {
        if (!continues(before_structure, old, now_structure, new))
            compare_report(c, WIRE_FIELD_ONEOF, now->span, before->span,
                           "%s moved from oneof '%.*s' to '%.*s': other fields exclude it",
                           compare_shown(c, now_structure, now), STR_ARG(old->name),
                           STR_ARG(new->name));
    } else if (new) {
        bool company = has_company(c, new, now, before_structure);
        compare_report(c, company ? WIRE_FIELD_ONEOF : SOURCE_FIELD_ONEOF, now->span, before->span,
                       "%s moved into oneof '%.*s'%s", compare_shown(c, now_structure, now),
                       STR_ARG(new->name),
                       company ? ": where several were sent, the last alone arrives" : "");
    } else if (old) {
        bool company = has_company(c, old, before, now_structure);
        compare_report(c, company ? WIRE_FIELD_ONEOF : SOURCE_FIELD_ONEOF, now->span, before->span,
                       "%s moved out of oneof '%.*s'%s", compare_shown(c, now_structure, now),
                       STR_ARG(old->name),
                       company ? ": older programs keep one of two that are set" : "");
    }
}

/* What has become of a oneof is what its first field that is left says. */
static void compare_oneof(struct compare *c, const struct structure *before_structure,
                          const struct oneof *before, const struct structure *now_structure)
{
    const struct oneof *now = find(now_structure, before->name);
    const struct index *index = compare_index(c, now_structure);
    if (now) {
        compare_deprecation(c, "oneof", now_structure->name, now->name, now->span,
                            &before->annotations, &now->annotations);
        compare_c_names(c, now->span, before->span, now->name,
                        (struct c_name_pair[]){ { before->c_name, now->c_name } }, 1);
        return;
    }
    for (size_t i = 0; i < before->field_count; i++) {
        const struct field *field = compare_by_number(index, before->fields[i]->number);
        if (!field || !field->oneof ||
            !continues(before_structure, before, now_structure, field->oneof))
            continue;
        compare_report(c, SOURCE_ONEOF_NAME, field->oneof->span, before->span,
                       "oneof '%.*s.%.*s' was renamed to '%.*s'", STR_ARG(now_structure->name),
                       STR_ARG(before->name), STR_ARG(field->oneof->name));
        return;
    }
}

void compare_oneofs(struct compare *c, const struct structure *before, const struct structure *now)
{
    for (size_t i = 0; i < before->oneof_count; i++)
        compare_oneof(c, before, &before->oneofs[i], now);
}
