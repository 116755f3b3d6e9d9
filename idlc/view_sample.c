/* SPDX-License-Identifier: MIT */
/* view_sample.c: a server and a client to start from: a function for each method. */
#include "view_sample.h"

#include "ctype.h"

/* ---- The server ---- */

static struct str declaration(struct view *v, const struct method *m)
{
    struct pieces parameters = { 0 };
    pieces_add(v, &parameters, STR("idl_call *call"));
    view_parameters(v, &parameters, m);
    const struct type *result = view_single_result(m);
    if (result)
        pieces_addf(v, &parameters, "%.*s*reply", STR_ARG(view_value_type(v, result)));
    for (size_t i = 0; i < parameters.count; i++)
        parameters.items[i] = sample_types(v, parameters.items[i]);
    struct str head = arena_printf(v->arena, "static idl_code %.*s(", STR_ARG(m->c_answer_name));
    return view_call(v, 0, head, &parameters, ")");
}

/* What an answer is made of: the method, and which parameters it has used. */
struct answer {
    const struct method *m;
    bool *used, uses_call;
};

static struct str use(struct answer *a, size_t parameter)
{
    a->used[parameter] = true;
    return a->m->parameters[parameter].c_parameter_name;
}

static bool is_same(const struct type *a, const struct type *b)
{
    return a->kind == b->kind && a->enumeration == b->enumeration && a->structure == b->structure &&
           a->kind != TYPE_LIST && a->kind != TYPE_MAP;
}

/* The first parameter that is just such a value, or the count of parameters. With a name: one of
 * that name. */
static size_t find_like(const struct answer *a, const struct type *type, const struct str *name)
{
    size_t i = 0;
    for (; i < a->m->parameter_count; i++) {
        const struct field *p = &a->m->parameters[i];
        if (!p->optional && is_same(p->type, type) && (!name || str_eq(p->name, *name)))
            break;
    }
    return i;
}

/* The first text in a struct that is always there, as sample values set it; NULL: none. */
static const struct field *first_text(const struct structure *s)
{
    const struct field *fields[SAMPLE_FIELDS_MAX];
    size_t count = sample_fields(s, fields);
    for (size_t i = 0; i < count; i++) {
        if (fields[i]->type->kind == TYPE_STRING && !fields[i]->oneof && !fields[i]->optional)
            return fields[i];
    }
    return NULL;
}

static struct str refusal(struct view *v, struct str place, struct str name)
{
    struct pieces items = { 0 };
    pieces_add(v, &items, STR("call"));
    pieces_add(v, &items, STR("IDL_INVALID_ARGUMENT"));
    pieces_addf(v, &items, "\"%.*s is empty\"", STR_ARG(name));
    return arena_printf(v->arena, "if (%.*s.len == 0)\n    %.*s", STR_ARG(place),
                        STR_ARG(view_call(v, 8, STR("return idl_call_fail("), &items, ");")));
}

/* How a handler refuses: shown with the first text among the parameters. */
static struct str check(struct view *v, struct answer *a)
{
    const struct method *m = a->m;
    for (size_t i = 0; i < m->parameter_count && !m->oneway; i++) {
        const struct field *p = &m->parameters[i], *text = NULL;
        if (p->optional)
            continue;
        if (p->type->kind == TYPE_STRUCT)
            text = first_text(p->type->structure);
        if (!text && p->type->kind != TYPE_STRING)
            continue;
        a->uses_call = true;
        struct str place = use(a, i);
        if (!text)
            return refusal(v, place, p->name);
        place = arena_printf(v->arena, "%.*s->%.*s", STR_ARG(place), STR_ARG(text->c_name));
        return refusal(v, place, text->name);
    }
    return STR("");
}

static struct str struct_reply(struct view *v, struct answer *a, const struct structure *s)
{
    const struct field *fields[SAMPLE_FIELDS_MAX];
    struct pieces members = { 0 };
    size_t count = sample_fields(s, fields);
    for (size_t i = 0; i < count; i++) {
        const struct field *field = fields[i];
        if (field->oneof || field->optional)
            continue;
        size_t like = find_like(a, field->type, &field->name);
        struct str value = like < a->m->parameter_count
                               ? use(a, like)
                               : sample_constant(v, field->type, field->name, field->number);
        pieces_addf(v, &members, ".%.*s = %.*s", STR_ARG(field->c_name), STR_ARG(value));
    }
    if (members.count == 0)
        return STR("(void)reply; /* it starts empty */");
    struct str type = sample_types(v, arena_printf(v->arena, "struct %.*s", STR_ARG(s->c_name)));
    return view_call(v, 4, arena_printf(v->arena, "*reply = (%.*s){ ", STR_ARG(type)), &members,
                     " };");
}

/* A variable of its own among the parameters. */
static struct str free_name(struct view *v, const struct method *m, struct str name)
{
    size_t i = 0;
    while (i < m->parameter_count) {
        bool taken = str_eq(m->parameters[i++].c_parameter_name, name);
        if (taken) {
            name = arena_printf(v->arena, "%.*s_", STR_ARG(name));
            i = 0;
        }
    }
    return name;
}

/* Lists and maps: a reply is encoded after the handler has returned, so its items are static. */
static struct str items_reply(struct view *v, const struct method *m, const struct type *type)
{
    struct sample_value list = sample_static(v, type, m->name, free_name(v, m, STR("items")));
    return arena_printf(v->arena, "%.*s\n*reply = %.*s;", STR_ARG(list.declaration),
                        STR_ARG(list.expression));
}

static struct str reply(struct view *v, struct answer *a, const struct type *type)
{
    const struct method *m = a->m;
    size_t like = m->client_streaming ? m->parameter_count : find_like(a, type, NULL);
    bool found = like < m->parameter_count;
    switch (type->kind) {
    case TYPE_LIST:
    case TYPE_MAP: return items_reply(v, m, type);
    case TYPE_STRUCT:
        if (found)
            return arena_printf(v->arena, "*reply = *%.*s;", STR_ARG(use(a, like)));
        return struct_reply(v, a, type->structure);
    case TYPE_STRING:
        a->uses_call |= found;
        if (found)
            return arena_printf(v->arena,
                                "*reply = idl_call_printf(call, \"%.*s: %%s\", %.*s.data);",
                                STR_ARG(m->name), STR_ARG(use(a, like)));
        break;
    default:
        if (found)
            return arena_printf(v->arena, "*reply = %.*s;", STR_ARG(use(a, like)));
    }
    struct sample_value value = sample_argument(v, type, m->name, 1, STR(""));
    return arena_printf(v->arena, "*reply = %.*s;", STR_ARG(value.expression));
}

static void set_answer(struct view *v, struct value *record, const struct method *m)
{
    struct answer a = { m, arena_array(v->arena, m->parameter_count, sizeof(bool)),
                        m->server_streaming };
    const struct type *result = view_single_result(m);
    view_text(v, record, "answer", declaration(v, m));
    view_text(v, record, "check", m->client_streaming ? STR("") : check(v, &a));
    view_text(v, record, "reply", result && !m->client_streaming ? reply(v, &a, result) : STR(""));
    view_flag(v, record, "ignores_call", !a.uses_call);
    struct value *unused = view_list(v, record, "unused");
    for (size_t i = 0; i < m->parameter_count && !m->client_streaming; i++) {
        if (!a.used[i])
            value_add(v->arena, unused, value_text(v->arena, m->parameters[i].c_parameter_name));
    }
}

/* "const T *item" */
static struct str item_parameter(struct view *v, const struct type *type)
{
    return sample_types(
        v, arena_printf(v->arena, "const %.*s*item", STR_ARG(view_value_type(v, type))));
}

static struct str call_with(struct view *v, struct str function, struct str argument, size_t indent)
{
    struct pieces items = { 0 };
    pieces_add(v, &items, STR("call"));
    if (argument.len > 0)
        pieces_add(v, &items, argument);
    return view_call(v, indent, arena_printf(v->arena, "%.*s(", STR_ARG(function)), &items, ")");
}

static struct str take_declaration(struct view *v, const struct method *m)
{
    struct pieces parameters = { 0 };
    pieces_add(v, &parameters, STR("idl_call *call"));
    pieces_add(v, &parameters, item_parameter(v, m->parameters[0].type));
    pieces_add(v, &parameters, STR("void *arg"));
    struct str head = arena_printf(v->arena, "static void %.*s(", STR_ARG(m->c_take_name));
    return view_call(v, 0, head, &parameters, ")");
}

/* What a stream's handler sets as callback, and what it emits, or completes the call with. */
static void set_streams(struct view *v, struct value *record, const struct method *m)
{
    const struct type *in = m->client_streaming ? m->parameters[0].type : NULL;
    const struct type *out = m->result && (in || m->server_streaming) ? m->result->type : NULL;
    struct sample_value value = { STR(""), STR("") };
    if (in && out && m->server_streaming && is_same(in, out))
        value.expression = in->kind == TYPE_STRUCT ? STR("item") : STR("*item");
    else if (out)
        value = sample_argument(v, out, m->name, 1, free_name(v, m, STR("answer")));
    struct str emit = call_with(v, m->c_emit_name, value.expression, 14);
    struct str complete = call_with(v, m->c_complete_name, value.expression, 5);
    view_text(v, record, "take", in ? take_declaration(v, m) : STR(""));
    view_text(v, record, "declare_answer", value.declaration);
    view_text(v, record, "emit", m->server_streaming ? emit : STR(""));
    view_text(v, record, "complete", in && !m->server_streaming ? complete : STR(""));
}

/* ---- The client ---- */

/* An optional scalar: a pointer to one. */
static struct str optional_argument(struct view *v, const struct field *p, uint32_t number)
{
    struct str value = sample_constant(v, p->type, p->name, number);
    struct str type = sample_types(v, view_value_type(v, p->type));
    bool braces = value.ptr[0] == '{' || str_starts(value, STR("IDL_STR"));
    return arena_printf(v->arena, "&(const %.*s)%s%.*s%s", (int)type.len - 1, type.ptr,
                        braces ? "" : "{ ", STR_ARG(value), braces ? "" : " }");
}

/* A variable of the client's function: named as the parameter, unless it has one of that name. */
static struct str local_name(struct view *v, const struct field *p)
{
    struct str name = p->c_parameter_name;
    if (str_is(name, "code") || str_is(name, "item"))
        name = arena_printf(v->arena, "%.*s_", STR_ARG(name));
    return name;
}

/* The call of the stub that starts; that of a stream says with finish how it went. */
static void set_start(struct view *v, struct value *record, const struct method *m)
{
    struct pieces items = { 0 };
    bool streams = m->client_streaming || m->server_streaming;
    struct value *declarations = view_list(v, record, "declarations");
    pieces_add(v, &items, STR("channel"));
    pieces_add(v, &items, STR("call"));
    for (size_t i = 0; i < m->parameter_count && !m->client_streaming; i++) {
        const struct field *p = &m->parameters[i];
        uint32_t number = (uint32_t)i + 1;
        if (view_is_optional(p)) {
            pieces_add(v, &items, optional_argument(v, p, number));
            continue;
        }
        struct sample_value value = sample_argument(v, p->type, p->name, number, local_name(v, p));
        pieces_add(v, &items, value.expression);
        if (value.declaration.len > 0)
            value_add(v->arena, declarations, value_text(v->arena, value.declaration));
    }
    if (view_single_result(m) && !streams)
        pieces_add(v, &items, STR("&reply"));
    struct str head =
        arena_printf(v->arena, "%s%.*s(", streams ? "" : "idl_code code = ", STR_ARG(m->c_name));
    view_text(v, record, "start", view_call(v, 4, head, &items, ");"));
}

static void set_send(struct view *v, struct value *record, const struct method *m)
{
    struct sample_value value = { STR(""), STR("") };
    const struct field *p = m->parameters;
    if (m->client_streaming)
        value = sample_argument(v, p->type, p->name, 1, local_name(v, p));
    struct str send = call_with(v, m->c_send_name, value.expression, 5);
    view_text(v, record, "declare_sent", value.declaration);
    view_text(v, record, "send", m->client_streaming ? send : STR(""));
}

static struct str variable(struct view *v, const struct type *type, const char *name)
{
    if (!type)
        return STR("");
    return sample_types(v,
                        arena_printf(v->arena, "%.*s%s;", STR_ARG(view_value_type(v, type)), name));
}

static void set_try(struct view *v, struct value *record, const struct method *m)
{
    const struct type *result = view_single_result(m);
    const struct type *out = m->server_streaming ? m->result->type : NULL;
    struct str label =
        arena_printf(v->arena, "%.*s.%.*s", STR_ARG(m->service->name), STR_ARG(m->name));
    view_text(v, record, "label", label);
    view_text(v, record, "declare", out ? variable(v, out, "item") : variable(v, result, "reply"));
    set_start(v, record, m);
    set_send(v, record, m);
    view_text(v, record, "finish",
              m->client_streaming || m->server_streaming
                  ? call_with(v, m->c_finish_name, result ? STR("&reply") : STR(""), 21)
                  : STR(""));
    view_text(v, record, "show_item", out ? sample_show(v, out, "item", label, 8) : STR(""));
    view_text(v, record, "show_reply",
              result ? sample_show(v, result, "reply", label, 8)
                     : arena_printf(v->arena, "puts(\"%.*s: done\");", STR_ARG(label)));
}

struct value *view_sample(struct view *v, const struct method *m)
{
    struct value *record = value_record(v->arena, "sample", m->span);
    view_text(v, record, "c_answer", m->c_answer_name);
    view_text(v, record, "c_take", m->c_take_name);
    view_text(v, record, "c_try", m->c_try_name);
    set_answer(v, record, m);
    set_streams(v, record, m);
    set_try(v, record, m);
    return record;
}

/* ---- The build ---- */

/* The inside of a quoted argument of CMake. */
static struct str cmake_string(struct view *v, struct str s)
{
    struct text t = { 0 };
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\' || c == '"' || c == '$' || c == ';')
            text_addc(&t, '\\');
        text_addc(&t, c);
    }
    return view_kept(v, &t);
}

struct value *view_sample_file(struct view *v)
{
    struct value *record =
        value_record(v->arena, "sample file", (struct span){ v->file->source, 0, 0 });
    const bool *seen = view_in_sight(v);
    struct value *stems = view_list(v, record, "stems");
    view_text(v, record, "stem", cmake_string(v, v->file->stem));
    for (size_t i = 0; i < v->schema->file_count; i++) {
        if (seen[i])
            value_add(v->arena, stems,
                      value_text(v->arena, cmake_string(v, v->schema->files[i]->stem)));
    }
    return record;
}
