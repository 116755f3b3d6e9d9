/* SPDX-License-Identifier: MIT */
/* cname_members.c: the members of a struct: its fields, its oneofs' tags and has_x. */
#include "cname.h"
#include "cname_reserved.h"
#include "cname_words.h"

/* words as a member, with "_" until it is free and not taken. Members whose words are the same were
 * reported by the checks: they differ only in case and "_". */
static struct str add(struct cname *c, struct cname_table *members, struct str words,
                      struct str taken)
{
    struct str identifier = words_identifier(c->kept, words, false);
    while (cname_is_word(identifier) || str_eq(identifier, taken) ||
           cname_table_find(members, identifier, NULL))
        identifier = arena_printf(c->kept, "%.*s_", STR_ARG(identifier));
    cname_table_add(members, &(struct cname_user){ .identifier = identifier });
    return identifier;
}

void cname_members(struct cname *c, struct structure *s)
{
    struct cname_table *members = cname_table_new(c->arena);
    for (size_t i = 0; i < s->field_count; i++) {
        struct field *field = &s->fields[i];
        /* In C++ nothing in an anonymous union may be named like the struct around it. */
        struct str taken = field->oneof ? s->c_name : STR("");
        field->c_name = add(c, members, words_split(c->arena, field->name), taken);
    }
    for (size_t i = 0; i < s->oneof_count; i++)
        s->oneofs[i].c_name = add(c, members, words_split(c->arena, s->oneofs[i].name), STR(""));
    for (size_t i = 0; i < s->field_count; i++) {
        struct field *field = &s->fields[i];
        struct str words = words_join(c->arena, STR("has"), words_split(c->arena, field->name));
        if (field->optional)
            field->c_has_name = add(c, members, words, STR(""));
    }
}
