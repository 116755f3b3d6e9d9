/* SPDX-License-Identifier: MIT */
/* view_struct.c: structs: their members, and how they are encoded and decoded. */
#include <stdlib.h>

#include "ctype.h"
#include "view.h"

enum { COMMENT_COLUMN = 44, STRUCT_MEMBERS = 20 };

static struct str commented(struct view *v, struct str line, size_t indent, struct str comment)
{
    size_t column = COMMENT_COLUMN - indent;
    int padding = line.len + 1 < column ? (int)(column - line.len) : 1;
    return arena_printf(v->arena, "%.*s%*s/* %.*s */", STR_ARG(line), padding, "",
                        STR_ARG(comment));
}

/* "uint32_t count;" and, further right, a comment with its number. */
static struct str field_line(struct view *v, const struct field *field, size_t indent)
{
    struct str line =
        arena_printf(v->arena, "%.*s%.*s%.*s;", STR_ARG(view_member_type(v, field->type)),
                     STR_ARG(field->c_name), STR_ARG(view_deprecated(v, " ", &field->annotations)));
    return commented(v, line, indent, arena_printf(v->arena, "= %u", field->number));
}

/* Of fields alone; a struct's absence is its NULL. */
static bool has_presence(const struct field *field)
{
    return field->optional && ctype_of(field->type->kind);
}

static struct value *view_field(struct view *v, const struct field *field, size_t indent)
{
    struct value *record = value_record(v->arena, "field", field->span);
    view_text(v, record, "name", field->name);
    view_text(v, record, "doc", view_doc(v, field->doc));
    view_text(v, record, "number", arena_printf(v->arena, "%u", field->number));
    view_text(v, record, "c_name", field->c_name);
    view_text(v, record, "c_has", has_presence(field) ? field->c_has_name : STR(""));
    view_text(v, record, "c_tag", field->oneof ? field->c_tag_name : STR(""));
    view_text(v, record, "line", field_line(v, field, indent));
    return record;
}

static struct value *view_oneof(struct view *v, const struct oneof *oneof)
{
    struct value *record = value_record(v->arena, "oneof", oneof->span);
    struct str line =
        arena_printf(v->arena, "enum %.*s %.*s%.*s;", STR_ARG(oneof->c_type_name),
                     STR_ARG(oneof->c_name), STR_ARG(view_deprecated(v, " ", &oneof->annotations)));
    view_text(v, record, "name", oneof->name);
    view_text(v, record, "doc", view_doc(v, oneof->doc));
    view_text(v, record, "c_name", oneof->c_name);
    view_text(v, record, "c_type", oneof->c_type_name);
    view_text(v, record, "c_not_set", oneof->c_not_set);
    view_text(v, record, "line", commented(v, line, 4, STR("which of these is set")));
    struct value *fields = view_list(v, record, "fields");
    for (size_t i = 0; i < oneof->field_count; i++)
        value_add(v->arena, fields, view_field(v, oneof->fields[i], 8));
    return record;
}

/* What stands in the C struct, in the order written: a oneof where its first field is. */
static void set_members(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    struct value *members = view_list(v, record, "members");
    struct value *oneofs = view_list(v, record, "oneofs");
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (field->oneof && field->oneof->fields[0] != field)
            continue;
        struct value *member = value_record(v->arena, "member", field->span);
        if (field->oneof) {
            struct value *oneof = view_oneof(v, field->oneof);
            value_add(v->arena, oneofs, oneof);
            view_flag(v, member, "field", false);
            value_set(v->arena, member, "oneof", oneof);
        } else {
            value_set(v->arena, member, "field", view_field(v, field, 4));
            view_flag(v, member, "oneof", false);
        }
        value_add(v->arena, members, member);
    }
}

/* When a field without presence is sent. */
static struct str is_sent(struct view *v, const struct field *field)
{
    struct str name = field->c_name;
    if (has_presence(field))
        return arena_printf(v->arena, "m->%.*s", STR_ARG(field->c_has_name));
    switch (field->type->kind) {
    case TYPE_LIST:
    case TYPE_MAP: return STR("");
    case TYPE_BOOL: return arena_printf(v->arena, "m->%.*s", STR_ARG(name));
    case TYPE_FLOAT: return arena_printf(v->arena, "idl_float_is_set(m->%.*s)", STR_ARG(name));
    case TYPE_DOUBLE: return arena_printf(v->arena, "idl_double_is_set(m->%.*s)", STR_ARG(name));
    case TYPE_STRING:
    case TYPE_BYTES: return arena_printf(v->arena, "m->%.*s.len != 0", STR_ARG(name));
    case TYPE_STRUCT: return arena_printf(v->arena, "m->%.*s != NULL", STR_ARG(name));
    default: return arena_printf(v->arena, "m->%.*s != 0", STR_ARG(name));
    }
}

static void set_put(struct view *v, struct value *record, const struct field *field,
                    struct str condition, size_t indent)
{
    indent += condition.len > 0 ? 4 : 0;
    view_text(v, record, "condition", condition);
    view_text(v, record, "statement",
              view_put(v, field->type, field->number, "m->", field->c_name, indent));
}

static struct value *put_field(struct view *v, const struct field *field)
{
    struct value *record = value_record(v->arena, "put", field->span);
    set_put(v, record, field, is_sent(v, field), 4);
    view_flag(v, record, "switch", false);
    return record;
}

/* A switch over what is set; a struct that is set to NULL is not sent. */
static struct value *put_oneof(struct view *v, const struct oneof *oneof)
{
    struct value *record = value_record(v->arena, "put", oneof->span);
    struct value *choice = value_record(v->arena, "switch", oneof->span);
    view_text(v, choice, "c_name", oneof->c_name);
    view_text(v, choice, "c_not_set", oneof->c_not_set);
    struct value *cases = view_list(v, choice, "cases");
    for (size_t i = 0; i < oneof->field_count; i++) {
        const struct field *field = oneof->fields[i];
        struct value *item = value_record(v->arena, "case", field->span);
        view_text(v, item, "c_tag", field->c_tag_name);
        set_put(v, item, field, field->type->kind == TYPE_STRUCT ? is_sent(v, field) : STR(""), 8);
        value_add(v->arena, cases, item);
    }
    view_text(v, record, "condition", STR(""));
    view_text(v, record, "statement", STR(""));
    value_set(v->arena, record, "switch", choice);
    return record;
}

static int by_number(const void *a, const void *b)
{
    const struct field *const *x = a, *const *y = b;
    return ((*x)->number > (*y)->number) - ((*x)->number < (*y)->number);
}

static const struct field **in_order(struct view *v, const struct structure *s)
{
    const struct field **fields = arena_array(v->arena, s->field_count, sizeof(struct field *));
    for (size_t i = 0; i < s->field_count; i++)
        fields[i] = &s->fields[i];
    qsort(fields, s->field_count, sizeof *fields, by_number);
    return fields;
}

static const struct field *highest(const struct oneof *oneof)
{
    const struct field *field = oneof->fields[0];
    for (size_t i = 1; i < oneof->field_count; i++) {
        if (oneof->fields[i]->number > field->number)
            field = oneof->fields[i];
    }
    return field;
}

/* A writer goes backwards: from the highest number to the lowest, a oneof at its highest. */
static void set_puts(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    const struct field **fields = in_order(v, s);
    struct value *puts = view_list(v, record, "puts");
    for (size_t i = ctype_of_one(s) ? 0 : s->field_count; i-- > 0;) {
        if (!fields[i]->oneof)
            value_add(v->arena, puts, put_field(v, fields[i]));
        else if (highest(fields[i]->oneof) == fields[i])
            value_add(v->arena, puts, put_oneof(v, fields[i]->oneof));
    }
}

static void add_statement(struct view *v, struct value *list, struct str statement)
{
    value_add(v->arena, list, value_text(v->arena, statement));
}

static void set_gets(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    const struct field **fields = in_order(v, s);
    struct value *gets = view_list(v, record, "gets");
    for (size_t i = 0; i < s->field_count && !ctype_of_one(s); i++) {
        const struct field *field = fields[i];
        const struct oneof *oneof = field->oneof;
        struct value *get = value_record(v->arena, "get", field->span);
        view_tags(v, get, field->type, field->number);
        struct value *statements = view_list(v, get, "statements");
        struct str old = STR("");
        if (oneof)
            old = arena_printf(v->arena, "m->%.*s == %.*s ? m->%.*s : NULL", STR_ARG(oneof->c_name),
                               STR_ARG(field->c_tag_name), STR_ARG(field->c_name));
        add_statement(v, statements, view_get(v, field->type, "m->", field->c_name, old, 12));
        if (oneof)
            add_statement(v, statements,
                          arena_printf(v->arena, "m->%.*s = %.*s;", STR_ARG(oneof->c_name),
                                       STR_ARG(field->c_tag_name)));
        if (has_presence(field))
            add_statement(v, statements,
                          arena_printf(v->arena, "m->%.*s = true;", STR_ARG(field->c_has_name)));
        value_add(v->arena, gets, get);
    }
}

static void set_codec(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    struct pieces encode = { 0 }, decode = { 0 };
    pieces_addf(v, &encode, "const struct %.*s *message", STR_ARG(s->c_name));
    pieces_add(v, &encode, STR("idl_arena *arena"));
    pieces_add(v, &encode, STR("idl_bytes *bytes"));
    pieces_addf(v, &decode, "struct %.*s *message", STR_ARG(s->c_name));
    pieces_add(v, &decode, STR("idl_arena *arena"));
    pieces_add(v, &decode, STR("idl_bytes bytes"));
    view_function(v, record, "encode", "static inline idl_code ", s->c_encode_name, &encode);
    view_function(v, record, "decode", "static inline idl_code ", s->c_decode_name, &decode);
}

static void set_empty(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    struct pieces empty = view_empty_members(v, s);
    view_text(v, record, "empty", view_empty_image(v, s->c_name, s->c_empty_name, &empty));
}

static void set_doc(void *context, struct value *record, const void *object)
{
    struct view *v = context;
    const struct structure *s = object;
    struct str doc = s->doc;
    if (s->role != STRUCTURE_DECLARED)
        doc = arena_printf(v->arena, "The %s of %.*s.%.*s.",
                           s->role == STRUCTURE_REQUEST ? "request" : "reply",
                           STR_ARG(s->method->service->name), STR_ARG(s->method->name));
    view_text(v, record, "doc", view_doc(v, doc));
}

struct value *view_structure(struct view *v, const struct structure *s)
{
    bool declared = s->role == STRUCTURE_DECLARED;
    struct value *record = value_record(v->arena, "struct", s->span);
    value_reserve(v->arena, record, STRUCT_MEMBERS);
    view_text(v, record, "name", s->name);
    VIEW_PROMISE(v, record, set_doc, s, "doc");
    view_text(v, record, "c_name", s->c_name);
    view_flag(v, record, "declared", declared);
    view_text(v, record, "c_list", declared ? s->c_list_name : STR(""));
    VIEW_PROMISE(v, record, set_codec, s, "encode", "decode");
    view_text(v, record, "c_type", s->c_type_name);
    view_text(v, record, "c_put", s->c_put_name);
    view_text(v, record, "c_get", s->c_get_name);
    view_text(v, record, "c_empty", s->c_empty_name);
    view_text(v, record, "deprecated", view_deprecated(v, " ", &s->annotations));
    VIEW_PROMISE(v, record, set_empty, s, "empty");
    VIEW_PROMISE(v, record, set_members, s, "members", "oneofs");
    VIEW_PROMISE(v, record, set_puts, s, "puts");
    VIEW_PROMISE(v, record, set_gets, s, "gets");
    return record;
}
