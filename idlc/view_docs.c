/* SPDX-License-Identifier: MIT */
/* view_docs.c: a file as people who call its services read it. */
#include "view_docs.h"

#include <inttypes.h>

#include "escape.h"

/* What all declarations have. */
static struct value *declared(struct view *v, const char *type, struct span origin, struct str name,
                              struct str doc, const struct annotations *a)
{
    struct value *record = value_record(v->arena, type, origin);
    docs_plain(v, record, "name", name);
    docs_comment(v, record, doc, a);
    view_flag(v, record, "deprecated", a && a->deprecated);
    return record;
}

/* A heading of Markdown: in a template its line would be a comment. */
static void set_heading(struct view *v, struct value *record, const char *level, struct str name)
{
    struct text t = { 0 };
    text_addf(&t, "%s ", level);
    escape_markdown(&t, name);
    view_text(v, record, "heading", view_kept(v, &t));
}

/* ---- Services ---- */

static void add_field(struct view *v, struct value *rows, const struct field *field)
{
    struct value *row =
        declared(v, "docs field", field->span, field->name, field->doc, &field->annotations);
    view_text(v, row, "number", arena_printf(v->arena, "%" PRIu32, field->number));
    docs_type(v, row, field->type);
    view_flag(v, row, "optional", field->optional);
    view_flag(v, row, "is_oneof", false);
    view_flag(v, row, "in_oneof", field->oneof != NULL);
    value_add(v->arena, rows, row);
}

static struct value *docs_method(struct view *v, const struct method *m)
{
    struct value *record = declared(v, "docs method", m->span, m->name, m->doc, &m->annotations);
    view_text(v, record, "id",
              arena_printf(v->arena, "%.*s.%.*s", STR_ARG(m->service->name), STR_ARG(m->name)));
    set_heading(v, record, "###", m->name);
    docs_signature(v, record, m);
    view_text(v, record, "c_name", m->c_name);
    view_flag(v, record, "idempotent", m->annotations.idempotent);
    struct value *parameters = view_list(v, record, "parameters");
    bool told = false;
    for (size_t i = 0; i < m->parameter_count; i++)
        told |= m->parameters[i].doc.len > 0 || m->parameters[i].annotations.deprecated;
    for (size_t i = 0; told && i < m->parameter_count; i++)
        add_field(v, parameters, &m->parameters[i]);
    return record;
}

static struct value *docs_service(struct view *v, const struct service *s)
{
    struct value *record = declared(v, "docs service", s->span, s->name, s->doc, &s->annotations);
    set_heading(v, record, "## service", s->name);
    view_text(v, record, "id", s->name);
    view_text(v, record, "full_name", s->full_name);
    struct value *methods = view_list(v, record, "methods");
    for (size_t i = 0; i < s->method_count; i++)
        value_add(v->arena, methods, docs_method(v, &s->methods[i]));
    return record;
}

/* ---- Types ---- */

static void add_oneof(struct view *v, struct value *rows, const struct oneof *oneof)
{
    struct value *row =
        declared(v, "docs field", oneof->span, oneof->name, oneof->doc, &oneof->annotations);
    view_text(v, row, "number", STR(""));
    docs_plain(v, row, "type", STR(""));
    view_flag(v, row, "optional", false);
    view_flag(v, row, "is_oneof", true);
    view_flag(v, row, "in_oneof", false);
    value_add(v->arena, rows, row);
    for (size_t i = 0; i < oneof->field_count; i++)
        add_field(v, rows, oneof->fields[i]);
}

static struct str reserved(struct view *v, const struct structure *s)
{
    struct pieces items = { 0 };
    for (size_t i = 0; i < s->reserved_count; i++) {
        const struct reserved *r = &s->reserved[i];
        if (r->name.len > 0)
            pieces_add(v, &items, r->name);
        else if (r->first == r->last)
            pieces_addf(v, &items, "%" PRIu32, r->first);
        else
            pieces_addf(v, &items, "%" PRIu32 "–%" PRIu32, r->first, r->last);
    }
    struct text t = { 0 };
    for (size_t i = 0; i < items.count; i++)
        text_addf(&t, "%s%.*s", i ? ", " : "", STR_ARG(items.items[i]));
    return view_kept(v, &t);
}

static struct value *docs_struct(struct view *v, const struct structure *s)
{
    struct value *record = declared(v, "docs struct", s->span, s->name, s->doc, &s->annotations);
    set_heading(v, record, "## struct", s->name);
    view_text(v, record, "id", s->name);
    view_text(v, record, "c_name", s->c_name);
    docs_plain(v, record, "reserved", reserved(v, s));
    view_flag(v, record, "reserves", s->reserved_count > 0);
    struct value *rows = view_list(v, record, "fields");
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *field = &s->fields[i];
        if (!field->oneof)
            add_field(v, rows, field);
        else if (field->oneof->fields[0] == field)
            add_oneof(v, rows, field->oneof);
    }
    return record;
}

static struct value *docs_enum(struct view *v, const struct enumeration *e)
{
    struct value *record = declared(v, "docs enum", e->span, e->name, e->doc, &e->annotations);
    set_heading(v, record, "## enum", e->name);
    view_text(v, record, "id", e->name);
    view_text(v, record, "c_name", e->c_name);
    struct value *values = view_list(v, record, "values");
    for (size_t i = 0; i < e->value_count; i++) {
        const struct enum_value *x = &e->values[i];
        struct value *row = declared(v, "docs value", x->span, x->name, x->doc, &x->annotations);
        view_text(v, row, "number", arena_printf(v->arena, "%" PRId32, x->number));
        view_text(v, row, "c_name", x->c_name);
        value_add(v->arena, values, row);
    }
    return record;
}

static struct value *docs_constant(struct view *v, const struct constant *c)
{
    struct value *record = declared(v, "docs constant", c->span, c->name, c->doc, &c->annotations);
    docs_type(v, record, c->type);
    docs_plain(v, record, "value", view_idl_value(v, c));
    view_text(v, record, "c_name", c->c_name);
    return record;
}

/* ---- The file ---- */

static void set_docs_imports(struct view *v, struct value *docs)
{
    struct value *imports = view_list(v, docs, "imports");
    for (size_t i = 0; i < v->file->import_count; i++) {
        const struct import *import = &v->file->imports[i];
        if (!import->file)
            continue;
        struct value *record = value_record(v->arena, "docs import", import->span);
        docs_plain(v, record, "name", import->file->base_name);
        view_text(v, record, "link", docs_link(v, import->file->stem));
        value_add(v->arena, imports, record);
    }
}

struct value *view_docs(struct view *v)
{
    const struct file *file = v->file;
    struct value *docs = value_record(v->arena, "docs file", (struct span){ file->source, 0, 0 });
    docs_plain(v, docs, "name", file->base_name);
    docs_plain(v, docs, "title", file->package.len > 0 ? file->package : file->stem);
    docs_comment(v, docs, file->doc, NULL);
    set_docs_imports(v, docs);
    struct value *services = view_list(v, docs, "services");
    struct value *structs = view_list(v, docs, "structs");
    struct value *enums = view_list(v, docs, "enums");
    struct value *constants = view_list(v, docs, "constants");
    for (size_t i = 0; i < file->declaration_count; i++) {
        const struct declaration *d = &file->declarations[i];
        switch (d->kind) {
        case DECLARE_SERVICE: value_add(v->arena, services, docs_service(v, d->service)); break;
        case DECLARE_STRUCT: value_add(v->arena, structs, docs_struct(v, d->structure)); break;
        case DECLARE_ENUM: value_add(v->arena, enums, docs_enum(v, d->enumeration)); break;
        case DECLARE_CONSTANT: value_add(v->arena, constants, docs_constant(v, d->constant)); break;
        }
    }
    return docs;
}
