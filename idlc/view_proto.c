/* SPDX-License-Identifier: MIT */
/* view_proto.c: a file as protobuf's language says it, the same on the wire to the last byte. */
#include "view_proto.h"

#include <string.h>

#include "ctype.h"
#include "escape.h"

/* ---- Comments ---- */

/* A comment of "//" lines, "" when doc is empty. */
static struct str comment(struct view *v, struct str doc)
{
    struct text harmless = { 0 }, t = { 0 };
    escape_comment(&harmless, doc);
    struct str rest = text_str(&harmless);
    while (doc.len > 0) {
        const char *end = memchr(rest.ptr, '\n', rest.len);
        struct str line = { rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len };
        text_add(&t, line.len ? STR("// ") : STR("//"));
        text_add(&t, line);
        if (!end)
            break;
        text_addc(&t, '\n');
        rest = (struct str){ end + 1, rest.len - line.len - 1 };
    }
    text_free(&harmless);
    return view_kept(v, &t);
}

static struct str joined(struct view *v, struct str doc, struct str more)
{
    if (doc.len == 0 || more.len == 0)
        return doc.len == 0 ? more : doc;
    return arena_printf(v->arena, "%.*s\n\n%.*s", STR_ARG(doc), STR_ARG(more));
}

/* The documentation, and what annotations say that no option can. */
static struct str documented(struct view *v, struct str doc, const struct annotations *a)
{
    struct str reason = STR("");
    if (a->deprecated && a->reason.len > 0)
        reason = arena_printf(v->arena, "Deprecated: %.*s", STR_ARG(a->reason));
    return comment(v, joined(v, doc, reason));
}

/* ---- Types ---- */

static const char *scalar(enum type_kind kind)
{
    switch (kind) {
    case TYPE_INT8:
    case TYPE_INT16: return "int32";
    case TYPE_UINT8:
    case TYPE_UINT16: return "uint32";
    default: return type_kind_name(kind);
    }
}

static struct str proto_reference(struct view *v, const struct file *file, struct str full_name)
{
    return arena_printf(v->arena, ".%.*s", STR_ARG(proto_full_name(v, file, full_name)));
}

static struct str message_reference(struct view *v, const struct structure *s)
{
    return proto_reference(v, s->file, s->full_name);
}

static struct str proto_type(struct view *v, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ENUM:
        return proto_reference(v, type->enumeration->file, type->enumeration->full_name);
    case TYPE_STRUCT: return message_reference(v, type->structure);
    case TYPE_LIST:
        return arena_printf(v->arena, "repeated %.*s", STR_ARG(proto_type(v, type->value)));
    case TYPE_MAP:
        return arena_printf(v->arena, "map<%s, %.*s>", scalar(type->key->kind),
                            STR_ARG(proto_type(v, type->value)));
    default: return str_from(scalar(type->kind));
    }
}

/* Does the .proto say less than the IDL: is a range wider there? */
static bool is_widened(const struct type *type)
{
    return (type->key && is_widened(type->key)) || (type->value && is_widened(type->value)) ||
           (ctype_of(type->kind) && strcmp(scalar(type->kind), type_kind_name(type->kind)) != 0);
}

/* ---- Lines ---- */

static void add_line(struct view *v, struct value *list, struct span origin, struct str doc,
                     struct str line)
{
    struct value *record = value_record(v->arena, "proto line", origin);
    view_text(v, record, "doc", doc);
    view_text(v, record, "line", line);
    value_add(v->arena, list, record);
}

static void add_field(struct view *v, struct value *list, const struct structure *s,
                      const struct field *field)
{
    struct pieces options = { 0 };
    struct str name = proto_member_name(v, s, field->name), tail = STR("");
    if (field->annotations.deprecated)
        pieces_add(v, &options, STR("deprecated = true"));
    if (!str_eq(name, field->name))
        pieces_addf(v, &options, "json_name = \"%.*s\"", STR_ARG(field->name));
    if (options.count > 0)
        tail = view_call(v, 0, STR(" ["), &options, "]");
    if (is_widened(field->type))
        tail = arena_printf(v->arena, "%.*s; // %.*s", STR_ARG(tail),
                            STR_ARG(view_idl_type(v, field->type)));
    else
        tail = arena_printf(v->arena, "%.*s;", STR_ARG(tail));
    add_line(v, list, field->span, documented(v, field->doc, &field->annotations),
             arena_printf(v->arena, "%s%.*s %.*s = %u%.*s", field->optional ? "optional " : "",
                          STR_ARG(proto_type(v, field->type)), STR_ARG(name), field->number,
                          STR_ARG(tail)));
}

/* ---- Constants and enums ---- */

/* protobuf has no constants. */
static void add_constant(struct view *v, struct value *list, const struct constant *c)
{
    struct str line =
        arena_printf(v->arena, "const %.*s %.*s = %.*s;", STR_ARG(view_idl_type(v, c->type)),
                     STR_ARG(c->name), STR_ARG(view_idl_value(v, c)));
    add_line(v, list, c->span, documented(v, c->doc, &c->annotations), comment(v, line));
}

static void add_value(struct view *v, struct value *list, struct proto_names *names,
                      const struct enumeration *e, const struct enum_value *x)
{
    struct str name = proto_value_name(names, e, x);
    add_line(v, list, x->span, documented(v, x->doc, &x->annotations),
             arena_printf(v->arena, "%.*s = %d%s;", STR_ARG(name), x->number,
                          x->annotations.deprecated ? " [deprecated = true]" : ""));
}

static struct value *proto_enum(struct view *v, struct proto_names *names,
                                const struct enumeration *e)
{
    struct value *record = value_record(v->arena, "proto enum", e->span);
    view_text(v, record, "name", proto_name(v, e->file, e->full_name));
    view_text(v, record, "doc", documented(v, e->doc, &e->annotations));
    view_flag(v, record, "deprecated", e->annotations.deprecated);
    struct value *values = view_list(v, record, "values");
    size_t zero = 0; /* proto3 wants it to be the first */
    while (zero + 1 < e->value_count && e->values[zero].number != 0)
        zero++;
    add_value(v, values, names, e, &e->values[zero]);
    for (size_t i = 0; i < e->value_count; i++) {
        if (i != zero)
            add_value(v, values, names, e, &e->values[i]);
    }
    return record;
}

/* ---- Messages ---- */

static struct value *proto_oneof(struct view *v, const struct structure *s,
                                 const struct oneof *oneof)
{
    struct value *record = value_record(v->arena, "proto oneof", oneof->span);
    view_text(v, record, "name", proto_member_name(v, s, oneof->name));
    view_text(v, record, "doc", documented(v, oneof->doc, &oneof->annotations));
    struct value *fields = view_list(v, record, "fields");
    for (size_t i = 0; i < oneof->field_count; i++)
        add_field(v, fields, s, oneof->fields[i]);
    return record;
}

static void add_member(struct view *v, struct value *members, const struct structure *s,
                       const struct field *field)
{
    struct value *record = value_record(v->arena, "proto member", field->span);
    struct value *fields = view_list(v, record, "fields");
    if (field->oneof)
        value_set(v->arena, record, "oneof", proto_oneof(v, s, field->oneof));
    else
        view_flag(v, record, "oneof", false);
    if (!field->oneof)
        add_field(v, fields, s, field);
    value_add(v->arena, members, record);
}

static struct str proto_reserved(struct view *v, const struct reserved *r)
{
    if (r->name.len > 0)
        return arena_printf(v->arena, "\"%.*s\"", STR_ARG(r->name));
    if (r->first == r->last)
        return arena_printf(v->arena, "%u", r->first);
    return arena_printf(v->arena, "%u to %u", r->first, r->last);
}

/* One statement for numbers and one for names: protobuf does not mix them. */
static void add_reserved(struct view *v, struct value *list, const struct structure *s, bool names)
{
    struct pieces items = { 0 };
    for (size_t i = 0; i < s->reserved_count; i++) {
        if ((s->reserved[i].name.len > 0) == names)
            pieces_add(v, &items, proto_reserved(v, &s->reserved[i]));
    }
    if (items.count > 0)
        value_add(v->arena, list,
                  value_text(v->arena, view_call(v, 2, STR("reserved "), &items, ";")));
}

static struct value *proto_message(struct view *v, const struct structure *s)
{
    struct value *record = value_record(v->arena, "proto message", s->span);
    struct str doc = s->doc;
    if (s->role != STRUCTURE_DECLARED)
        doc = arena_printf(v->arena, "The %s of %.*s.%.*s.",
                           s->role == STRUCTURE_REQUEST ? "request" : "reply",
                           STR_ARG(s->method->service->name), STR_ARG(s->method->name));
    view_text(v, record, "name", proto_name(v, s->file, s->full_name));
    view_text(v, record, "doc", documented(v, doc, &s->annotations));
    view_flag(v, record, "deprecated", s->annotations.deprecated);
    view_flag(v, record, "is_empty",
              s->field_count == 0 && s->reserved_count == 0 && !s->annotations.deprecated);
    struct value *members = view_list(v, record, "members");
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (!field->oneof || field->oneof->fields[0] == field)
            add_member(v, members, s, field);
    }
    struct value *reserved = view_list(v, record, "reserved");
    add_reserved(v, reserved, s, false);
    add_reserved(v, reserved, s, true);
    return record;
}

/* ---- Services ---- */

static void add_method(struct view *v, struct value *list, const struct method *m)
{
    const struct annotations *a = &m->annotations;
    struct str doc = m->doc, body = STR("");
    if (a->deprecated)
        body = STR("\n  option deprecated = true;");
    if (a->idempotent)
        body =
            arena_printf(v->arena, "%.*s\n  option idempotency_level = IDEMPOTENT;", STR_ARG(body));
    if (m->oneway)
        doc = joined(v, doc, STR("Oneway: callers do not wait for the reply, which is empty."));
    add_line(v, list, m->span, documented(v, doc, a),
             arena_printf(
                 v->arena, "rpc %.*s(%s%.*s) returns (%s%.*s)%s%.*s%s", STR_ARG(m->name),
                 m->client_streaming ? "stream " : "", STR_ARG(message_reference(v, m->request)),
                 m->server_streaming ? "stream " : "", STR_ARG(message_reference(v, m->reply)),
                 body.len ? " {" : ";", STR_ARG(body), body.len ? "\n}" : ""));
}

static struct value *proto_service(struct view *v, const struct service *s)
{
    struct value *record = value_record(v->arena, "proto service", s->span);
    view_text(v, record, "name", s->name);
    view_text(v, record, "doc", documented(v, s->doc, &s->annotations));
    view_flag(v, record, "deprecated", s->annotations.deprecated);
    struct value *methods = view_list(v, record, "methods");
    for (size_t i = 0; i < s->method_count; i++)
        add_method(v, methods, &s->methods[i]);
    return record;
}

/* ---- Imports ---- */

static bool type_is_of(const struct type *type, const struct file *file)
{
    switch (type->kind) {
    case TYPE_ENUM: return type->enumeration->file == file;
    case TYPE_STRUCT: return type->structure->file == file;
    case TYPE_LIST:
    case TYPE_MAP: return type_is_of(type->value, file);
    default: return false;
    }
}

static bool structure_uses(const struct structure *s, const struct file *file)
{
    for (size_t i = 0; i < s->field_count; i++) {
        if (type_is_of(s->fields[i].type, file))
            return true;
    }
    return false;
}

static bool declaration_uses(const struct declaration *d, const struct file *file)
{
    if (d->kind == DECLARE_STRUCT)
        return structure_uses(d->structure, file);
    for (size_t i = 0; d->kind == DECLARE_SERVICE && i < d->service->method_count; i++) {
        const struct method *m = &d->service->methods[i];
        if (m->request->file == file || m->reply->file == file)
            return true;
    }
    return false;
}

/* protoc warns of imports without use, and constants, which may have been it, are not there. */
static bool file_uses(const struct file *self, const struct file *file)
{
    for (size_t i = 0; i < self->declaration_count; i++) {
        if (declaration_uses(&self->declarations[i], file))
            return true;
    }
    for (size_t i = 0; i < self->implicit_count; i++) {
        if (structure_uses(self->implicit[i], file))
            return true;
    }
    return false;
}

static void set_proto_imports(struct view *v, struct value *proto)
{
    struct value *imports = view_list(v, proto, "imports");
    for (size_t i = 0; i < v->file->import_count; i++) {
        const struct file *file = v->file->imports[i].file;
        if (file && file_uses(v->file, file))
            value_add(v->arena, imports,
                      value_text(v->arena, arena_printf(v->arena, "%.*s.proto",
                                                        STR_ARG(view_cstring(v, file->stem)))));
    }
}

/* ---- The file ---- */

struct value *view_proto(struct view *v)
{
    struct value *proto =
        value_record(v->arena, "proto file", (struct span){ v->file->source, 0, 0 });
    view_text(v, proto, "package", v->file->package);
    view_text(v, proto, "doc", comment(v, v->file->doc));
    set_proto_imports(v, proto);
    struct value *constants = view_list(v, proto, "constants");
    struct value *enums = view_list(v, proto, "enums");
    struct value *messages = view_list(v, proto, "messages");
    struct value *services = view_list(v, proto, "services");
    struct proto_names *names = proto_names_new(v);
    for (size_t i = 0; i < v->file->declaration_count; i++) {
        const struct declaration *d = &v->file->declarations[i];
        switch (d->kind) {
        case DECLARE_CONSTANT: add_constant(v, constants, d->constant); break;
        case DECLARE_ENUM: value_add(v->arena, enums, proto_enum(v, names, d->enumeration)); break;
        case DECLARE_STRUCT: value_add(v->arena, messages, proto_message(v, d->structure)); break;
        case DECLARE_SERVICE: value_add(v->arena, services, proto_service(v, d->service)); break;
        }
    }
    for (size_t i = 0; i < v->file->implicit_count; i++)
        value_add(v->arena, messages, proto_message(v, v->file->implicit[i]));
    return proto;
}
