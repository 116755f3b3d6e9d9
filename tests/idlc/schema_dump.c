/* SPDX-License-Identifier: MIT */
/* schema_dump.c: a line for each thing, indented by what it belongs to. Spans are shown as the
 * text that they cover, between bars. */
#include "schema_dump.h"

#include <inttypes.h>

static void add_quoted(struct text *out, const char *what, struct str s)
{
    if (s.len == 0)
        return;
    text_addf(out, " %s \"", what);
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c >= 0x7F || c == '"' || c == '\\')
            text_addf(out, "\\%03o", c);
        else
            text_addc(out, (char)c);
    }
    text_addc(out, '"');
}

static void add_span(struct text *out, struct span span)
{
    struct str s = span_text(span);
    text_addf(out, " |%.*s|", STR_ARG(s));
}

static void add_type(struct text *out, const struct type *type)
{
    switch (type->kind) {
    case TYPE_ENUM: text_addf(out, "%.*s", STR_ARG(type->enumeration->full_name)); break;
    case TYPE_STRUCT: text_addf(out, "%.*s", STR_ARG(type->structure->full_name)); break;
    case TYPE_LIST:
        text_addf(out, "list<");
        add_type(out, type->value);
        text_addc(out, '>');
        break;
    case TYPE_MAP:
        text_addf(out, "map<");
        add_type(out, type->key);
        text_addf(out, ", ");
        add_type(out, type->value);
        text_addc(out, '>');
        break;
    default: text_addf(out, "%s", type_kind_name(type->kind));
    }
    add_span(out, type->span);
}

static void add_extras(struct text *out, struct span span, struct str doc,
                       const struct annotations *annotations)
{
    add_span(out, span);
    if (annotations->deprecated) {
        add_span(out, annotations->deprecated_span);
        add_quoted(out, "reason", annotations->reason);
    }
    if (annotations->idempotent)
        add_span(out, annotations->idempotent_span);
    add_quoted(out, "doc", doc);
    text_addc(out, '\n');
}

static void add_field(struct text *out, const char *indent, const char *what, const struct field *f)
{
    text_addf(out, "%s%s %" PRIu32 " %.*s: ", indent, what, f->number, STR_ARG(f->name));
    add_type(out, f->type);
    if (f->number_span.source)
        add_span(out, f->number_span);
    if (f->oneof)
        text_addf(out, " in %.*s", STR_ARG(f->oneof->name));
    text_addf(out, "%s%s", f->optional ? " optional" : "", f->named ? "" : " unnamed");
    add_extras(out, f->span, f->doc, &f->annotations);
}

static void add_structure(struct text *out, const struct structure *s)
{
    static const char *const roles[] = { "struct", "request", "reply" };
    text_addf(out, "  %s %.*s = %.*s%s%s%.*s", roles[s->role], STR_ARG(s->name),
              STR_ARG(s->full_name), s->numbered ? " numbered" : "", s->method ? " of " : "",
              STR_ARG(s->method ? s->method->name : STR("")));
    add_extras(out, s->span, s->doc, &s->annotations);
    for (size_t i = 0; i < s->field_count; i++)
        add_field(out, "    ", "field", &s->fields[i]);
    for (size_t i = 0; i < s->oneof_count; i++) {
        const struct oneof *oneof = &s->oneofs[i];
        text_addf(out, "    oneof %.*s", STR_ARG(oneof->name));
        for (size_t k = 0; k < oneof->field_count; k++)
            text_addf(out, " %.*s", STR_ARG(oneof->fields[k]->name));
        add_extras(out, oneof->span, oneof->doc, &oneof->annotations);
    }
    for (size_t i = 0; i < s->reserved_count; i++) {
        const struct reserved *r = &s->reserved[i];
        text_addf(out, "    reserved %.*s %" PRIu32 "-%" PRIu32, STR_ARG(r->name), r->first,
                  r->last);
        add_span(out, r->span);
        text_addc(out, '\n');
    }
}

static void add_enum(struct text *out, const struct enumeration *e)
{
    text_addf(out, "  enum %.*s = %.*s%s", STR_ARG(e->name), STR_ARG(e->full_name),
              e->numbered ? " numbered" : "");
    add_extras(out, e->span, e->doc, &e->annotations);
    for (size_t i = 0; i < e->value_count; i++) {
        const struct enum_value *v = &e->values[i];
        text_addf(out, "    value %.*s = %" PRId32, STR_ARG(v->name), v->number);
        if (v->number_span.source)
            add_span(out, v->number_span);
        add_extras(out, v->span, v->doc, &v->annotations);
    }
}

static void add_method(struct text *out, const struct method *m)
{
    text_addf(out, "    method %.*s%s%s%s: %s%.*s -> %s%.*s", STR_ARG(m->name),
              m->oneway ? " oneway" : "", m->client_streaming ? " client-streaming" : "",
              m->server_streaming ? " server-streaming" : "",
              m->explicit_request ? "explicit " : "", STR_ARG(m->request->full_name),
              m->explicit_reply ? "explicit " : "", STR_ARG(m->reply->full_name));
    add_extras(out, m->span, m->doc, &m->annotations);
    for (size_t i = 0; i < m->parameter_count; i++)
        add_field(out, "      ", "parameter", &m->parameters[i]);
    if (m->result)
        add_field(out, "      ", "result", m->result);
}

static void add_constant(struct text *out, const struct constant *c)
{
    text_addf(out, "  const %.*s: ", STR_ARG(c->name));
    add_type(out, c->type);
    switch (c->kind) {
    case CONSTANT_BOOL: text_addf(out, " bool %s", c->boolean ? "true" : "false"); break;
    case CONSTANT_INT: text_addf(out, " int %" PRId64, c->integer); break;
    case CONSTANT_UINT: text_addf(out, " uint %" PRIu64, c->natural); break;
    case CONSTANT_FLOAT: text_addf(out, " float %.*s %g", STR_ARG(c->literal), c->real); break;
    case CONSTANT_STRING: add_quoted(out, "string", c->string); break;
    case CONSTANT_ENUM:
        text_addf(out, " enum %" PRId64 " %.*s", c->integer,
                  STR_ARG(c->enum_value ? c->enum_value->name : STR("(none)")));
        break;
    }
    add_extras(out, c->span, c->doc, &c->annotations);
}

static void add_declaration(struct text *out, const struct declaration *d)
{
    switch (d->kind) {
    case DECLARE_CONSTANT: add_constant(out, d->constant); break;
    case DECLARE_ENUM: add_enum(out, d->enumeration); break;
    case DECLARE_STRUCT: add_structure(out, d->structure); break;
    case DECLARE_SERVICE:
        text_addf(out, "  service %.*s = %.*s", STR_ARG(d->service->name),
                  STR_ARG(d->service->full_name));
        add_extras(out, d->service->span, d->service->doc, &d->service->annotations);
        for (size_t i = 0; i < d->service->method_count; i++)
            add_method(out, &d->service->methods[i]);
        break;
    }
}

void schema_dump(struct text *out, const struct schema *schema)
{
    for (size_t i = 0; i < schema->file_count; i++) {
        const struct file *f = schema->files[i];
        text_addf(out, "file %.*s stem %.*s package %.*s%s%s", STR_ARG(f->base_name),
                  STR_ARG(f->stem), STR_ARG(f->package), f->generate ? " generate" : "",
                  f->broken ? " broken" : "");
        add_span(out, f->package_span);
        add_quoted(out, "doc", f->doc);
        text_addc(out, '\n');
        for (size_t k = 0; k < f->import_count; k++)
            text_addf(out, "  import %.*s%s\n", STR_ARG(f->imports[k].path),
                      f->imports[k].used ? " used" : "");
        for (size_t k = 0; k < f->declaration_count; k++)
            add_declaration(out, &f->declarations[k]);
        for (size_t k = 0; k < f->implicit_count; k++)
            add_structure(out, f->implicit[k]);
    }
}
