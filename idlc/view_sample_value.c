/* SPDX-License-Identifier: MIT */
/* view_sample_value.c: values that a sample sends and prints, in C. */
#include <string.h>

#include "ctype.h"
#include "view_sample.h"

/* Without word and the blank behind it. */
static struct str without(struct view *v, struct str text, struct str word)
{
    struct text t = { 0 };
    for (size_t i = 0; i < text.len; i++) {
        struct str rest = { text.ptr + i, text.len - i };
        bool begins = i == 0 || strchr(" (", text.ptr[i - 1]);
        if (begins && str_starts(rest, word))
            i += word.len - 1;
        else
            text_addc(&t, text.ptr[i]);
    }
    return view_kept(v, &t);
}

struct str sample_types(struct view *v, struct str text)
{
    if (v->shadows)
        return text;
    return without(v, without(v, text, STR("struct ")), STR("enum "));
}

/* ---- Values ---- */

/* The first that is not the zero. */
static const struct enum_value *telling_value(const struct enumeration *e)
{
    for (size_t i = 0; i < e->value_count; i++) {
        if (e->values[i].number != 0)
            return &e->values[i];
    }
    return &e->values[0];
}

static struct str scalar(struct view *v, const struct type *type, uint32_t number)
{
    switch (type->kind) {
    case TYPE_BOOL: return STR("true");
    case TYPE_FLOAT: return arena_printf(v->arena, "%u.5f", number % 100);
    case TYPE_DOUBLE: return arena_printf(v->arena, "%u.5", number % 100);
    case TYPE_ENUM: return telling_value(type->enumeration)->c_name;
    default: return arena_printf(v->arena, "%u", number % 100);
    }
}

size_t sample_fields(const struct structure *s, const struct field *fields[SAMPLE_FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < s->field_count && count < SAMPLE_FIELDS_MAX; i++) {
        const struct field *field = &s->fields[i];
        bool first = !field->oneof || field->oneof->fields[0] == field;
        if (first && ctype_of(field->type->kind))
            fields[count++] = field;
    }
    return count;
}

static void add_member(struct view *v, struct pieces *members, const struct field *field)
{
    if (field->oneof)
        pieces_addf(v, members, ".%.*s = %.*s", STR_ARG(field->oneof->c_name),
                    STR_ARG(field->c_tag_name));
    if (field->optional)
        pieces_addf(v, members, ".%.*s = true", STR_ARG(field->c_has_name));
    pieces_addf(v, members, ".%.*s = %.*s", STR_ARG(field->c_name),
                STR_ARG(sample_constant(v, field->type, field->name, field->number)));
}

static struct pieces members_of(struct view *v, const struct structure *s)
{
    const struct field *fields[SAMPLE_FIELDS_MAX];
    struct pieces members = { 0 };
    size_t count = sample_fields(s, fields);
    for (size_t i = 0; i < count; i++)
        add_member(v, &members, fields[i]);
    return members;
}

/* On one line: with as many members as have room. */
static struct str braced(struct view *v, const struct structure *s, size_t width)
{
    struct pieces members = members_of(v, s);
    struct str line;
    if (members.count == 0)
        return STR("{ 0 }");
    do
        line = view_call(v, 0, STR("{ "), &members, " }");
    while ((line.len > width || memchr(line.ptr, '\n', line.len)) && members.count-- > 1);
    return line;
}

static struct str constant(struct view *v, const struct type *type, struct str name,
                           uint32_t number, size_t width)
{
    switch (type->kind) {
    case TYPE_STRING: return arena_printf(v->arena, "IDL_STR(\"%.*s\")", STR_ARG(name));
    case TYPE_BYTES:
        return arena_printf(v->arena, "{ (const uint8_t *)\"%.*s\", %zu }", STR_ARG(name),
                            name.len);
    case TYPE_STRUCT: return braced(v, type->structure, width);
    case TYPE_LIST:
    case TYPE_MAP: return STR("{ 0 }");
    default: return scalar(v, type, number);
    }
}

struct str sample_constant(struct view *v, const struct type *type, struct str name,
                           uint32_t number)
{
    return constant(v, type, name, number, 80);
}

static struct str type_name(struct view *v, const struct type *type)
{
    struct str text = sample_types(v, view_value_type(v, type));
    text.len--; /* the blank */
    return text;
}

/* The type of a list's elements, or of a map's entries. */
static struct str element_type(struct view *v, const struct type *type)
{
    if (type->kind == TYPE_LIST)
        return type_name(v, type->value);
    const struct map_type *map = view_map(v, type);
    struct str prefix = v->shadows && !map->builtin ? STR("struct ") : STR("");
    return arena_printf(v->arena, "%.*s%.*s", STR_ARG(prefix), STR_ARG(map->c_entry_name));
}

/* Compilers complain of "{ 0 }" inside of other braces. */
static bool is_zero(struct str constant)
{
    return str_is(constant, "{ 0 }");
}

static struct str element(struct view *v, const struct type *type, struct str name)
{
    if (type->kind == TYPE_LIST)
        return constant(v, type->value, name, 1, 80);
    struct str key = constant(v, type->key, name, 1, 80);
    struct str value = constant(v, type->value, name, 1, 50);
    if (is_zero(value))
        return arena_printf(v->arena, "{ .key = %.*s }", STR_ARG(key));
    return arena_printf(v->arena, "{ .key = %.*s, .value = %.*s }", STR_ARG(key), STR_ARG(value));
}

/* A list or map of one element, in an array called variable. */
static struct sample_value container(struct view *v, const struct type *type, struct str name,
                                     struct str variable, const char *qualifiers)
{
    struct pieces items = { 0 };
    struct str only = element(v, type, name);
    if (!is_zero(only))
        pieces_add(v, &items, only);
    struct str head =
        arena_printf(v->arena, "%s%.*s %.*s[%s]", qualifiers, STR_ARG(element_type(v, type)),
                     STR_ARG(variable), is_zero(only) ? "1" : "");
    return (struct sample_value){
        view_initialised(v, 4, head, &items),
        arena_printf(v->arena, "(%.*s){ %.*s, 1 }", STR_ARG(type_name(v, type)), STR_ARG(variable)),
    };
}

struct sample_value sample_static(struct view *v, const struct type *type, struct str name,
                                  struct str variable)
{
    return container(v, type, name, variable, "static const ");
}

struct sample_value sample_argument(struct view *v, const struct type *type, struct str name,
                                    uint32_t number, struct str variable)
{
    struct sample_value value = { STR(""), STR("") };
    struct str type_text = type_name(v, type);
    switch (type->kind) {
    case TYPE_LIST:
    case TYPE_MAP: return container(v, type, name, variable, "const ");
    case TYPE_STRUCT: {
        struct pieces members = members_of(v, type->structure);
        value.declaration = view_initialised(
            v, 4, arena_printf(v->arena, "const %.*s %.*s", STR_ARG(type_text), STR_ARG(variable)),
            &members);
        value.expression = arena_printf(v->arena, "&%.*s", STR_ARG(variable));
        return value;
    }
    case TYPE_STRING:
        value.expression = arena_printf(v->arena, "idl_cstr(\"%.*s\")", STR_ARG(name));
        return value;
    case TYPE_BYTES:
        value.expression = arena_printf(v->arena, "(%.*s)%.*s", STR_ARG(type_text),
                                        STR_ARG(sample_constant(v, type, name, number)));
        return value;
    default: value.expression = scalar(v, type, number); return value;
    }
}

/* ---- Printing ---- */

/* How printf is told of a scalar: what stands in its format, and its argument. */
static struct str conversion(struct view *v, enum type_kind kind)
{
    switch (kind) {
    case TYPE_BOOL:
    case TYPE_STRING: return STR("%s");
    case TYPE_BYTES: return STR("%zu bytes");
    case TYPE_ENUM: return STR("%d");
    case TYPE_FLOAT:
    case TYPE_DOUBLE: return STR("%g");
    default: break;
    }
    const char *word = ctype_of(kind)->word; /* "int32", "uint8" */
    bool is_unsigned = word[0] == 'u';
    return arena_printf(v->arena, "%%\" PRI%c%s \"", is_unsigned ? 'u' : 'd',
                        word + 3 + is_unsigned);
}

static struct str argument(struct view *v, enum type_kind kind, struct str place)
{
    const char *before = "", *behind = "";
    switch (kind) {
    case TYPE_BOOL: behind = " ? \"true\" : \"false\""; break;
    case TYPE_STRING: behind = ".data"; break;
    case TYPE_BYTES: behind = ".len"; break;
    case TYPE_ENUM: before = "(int)"; break;
    case TYPE_FLOAT: before = "(double)"; break;
    default: break;
    }
    return arena_printf(v->arena, "%s%.*s%s", before, STR_ARG(place), behind);
}

/* The fields that are always there. */
static void show_fields(struct view *v, const struct structure *s, const char *place,
                        struct text *format, struct pieces *items)
{
    size_t count = 0;
    for (size_t i = 0; i < s->field_count && count < SAMPLE_FIELDS_MAX; i++) {
        const struct field *field = &s->fields[i];
        if (field->oneof || field->optional || !ctype_of(field->type->kind))
            continue;
        enum type_kind kind = field->type->kind;
        text_addf(format, "%s%.*s = %.*s", count++ ? ", " : "", STR_ARG(field->name),
                  STR_ARG(conversion(v, kind)));
        struct str member = arena_printf(v->arena, "%s.%.*s", place, STR_ARG(field->c_name));
        pieces_add(v, items, argument(v, kind, member));
    }
    if (count == 0)
        text_addf(format, "%.*s", STR_ARG(s->name));
}

struct str sample_show(struct view *v, const struct type *type, const char *place, struct str label,
                       size_t indent)
{
    struct pieces items = { 0 };
    struct text format = { 0 };
    text_addf(&format, "\"%.*s: ", STR_ARG(label));
    pieces_add(v, &items, STR("")); /* the format's place */
    if (type->kind == TYPE_STRUCT) {
        show_fields(v, type->structure, place, &format, &items);
    } else if (type->kind == TYPE_LIST || type->kind == TYPE_MAP) {
        text_add(&format, type->kind == TYPE_LIST ? STR("%zu items") : STR("%zu entries"));
        pieces_addf(v, &items, "%s.count", place);
    } else {
        text_add(&format, conversion(v, type->kind));
        pieces_add(v, &items, argument(v, type->kind, str_from(place)));
    }
    text_add(&format, STR("\\n\""));
    items.items[0] = view_kept(v, &format);
    return view_call(v, indent, STR("printf("), &items, ");");
}
