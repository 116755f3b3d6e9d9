/* SPDX-License-Identifier: MIT */
/* cname_members.c: the members of a struct: its fields, its oneofs' tags and has_x. */
#include "cname.h"
#include "cname_reserved.h"
#include "cname_words.h"

static const struct cname_user *add(struct cname_table *members, struct str identifier,
                                    struct str name, struct span span)
{
    const struct cname_user *other = cname_table_find(members, identifier, NULL);
    if (!other)
        cname_table_add(
            members, &(struct cname_user){ .identifier = identifier, .name = name, .span = span });
    return other;
}

static struct str free_of_words(struct cname *c, struct str words)
{
    struct str identifier = words_identifier(c->arena, words, false);
    while (cname_is_word(identifier))
        identifier = arena_printf(c->arena, "%.*s_", STR_ARG(identifier));
    return identifier;
}

static struct str declare(struct cname *c, struct cname_table *members, struct str name,
                          struct span span)
{
    struct str identifier = free_of_words(c, words_split(c->arena, name));
    const struct cname_user *other = add(members, identifier, name, span);
    if (other) {
        diag_error(c->diag, span, "c-name-clash", "'%.*s' and '%.*s' both give the C member '%.*s'",
                   STR_ARG(name), STR_ARG(other->name), STR_ARG(identifier));
        diag_note(c->diag, other->span, "'%.*s' is here", STR_ARG(other->name));
    }
    return identifier;
}

void cname_members(struct cname *c, struct structure *s)
{
    struct cname_table *members = cname_table_new(c->arena);
    for (size_t i = 0; i < s->field_count; i++)
        s->fields[i].c_name = declare(c, members, s->fields[i].name, s->fields[i].span);
    for (size_t i = 0; i < s->oneof_count; i++)
        s->oneofs[i].c_name = declare(c, members, s->oneofs[i].name, s->oneofs[i].span);
    for (size_t i = 0; i < s->field_count; i++) {
        struct field *field = &s->fields[i];
        if (!field->optional)
            continue;
        struct str words = words_join(c->arena, STR("has"), words_split(c->arena, field->name));
        field->c_has_name = free_of_words(c, words);
        while (add(members, field->c_has_name, field->name, field->span))
            field->c_has_name = arena_printf(c->arena, "%.*s_", STR_ARG(field->c_has_name));
    }
}
