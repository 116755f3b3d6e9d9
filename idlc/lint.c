/* SPDX-License-Identifier: MIT */
/* lint.c: what is right but not wise: warnings about the files of the command line. Each lint is a
 * small function in the table at the end; docs/lints.md says why. */
#include "check.h"
#include "stages.h"

/* ---- Everything that has a name ---- */

enum style { UPPER_CAMEL, LOWER_SNAKE, UPPER_SNAKE };

struct named {
    const char *what;
    enum style style;
    struct str name, doc;
    struct span span;
    bool is_parameter;
};

typedef void visitor(struct checker *checker, const struct named *named);

static void visit_enum(struct checker *checker, const struct enumeration *e, visitor *visit)
{
    visit(checker, &(struct named){ "enum", UPPER_CAMEL, e->name, e->doc, e->span, false });
    for (size_t i = 0; i < e->value_count; i++) {
        const struct enum_value *v = &e->values[i];
        visit(checker,
              &(struct named){ "enum value", UPPER_SNAKE, v->name, v->doc, v->span, false });
    }
}

static void visit_struct(struct checker *checker, const struct structure *s, visitor *visit)
{
    visit(checker, &(struct named){ "struct", UPPER_CAMEL, s->name, s->doc, s->span, false });
    for (size_t i = 0; i < s->field_count; i++) {
        const struct field *f = &s->fields[i];
        visit(checker, &(struct named){ "field", LOWER_SNAKE, f->name, f->doc, f->span, false });
    }
    for (size_t i = 0; i < s->oneof_count; i++) {
        const struct oneof *o = &s->oneofs[i];
        visit(checker, &(struct named){ "oneof", LOWER_SNAKE, o->name, o->doc, o->span, false });
    }
}

static void visit_service(struct checker *checker, const struct service *s, visitor *visit)
{
    visit(checker, &(struct named){ "service", UPPER_CAMEL, s->name, s->doc, s->span, false });
    for (size_t i = 0; i < s->method_count; i++) {
        const struct method *m = &s->methods[i];
        visit(checker, &(struct named){ "method", LOWER_SNAKE, m->name, m->doc, m->span, false });
        for (size_t k = 0; k < m->parameter_count; k++) {
            const struct field *p = &m->parameters[k];
            if (p->named)
                visit(checker,
                      &(struct named){ "parameter", LOWER_SNAKE, p->name, p->doc, p->span, true });
        }
    }
}

static void visit_names(struct checker *checker, visitor *visit)
{
    for (size_t i = 0; i < checker->file->declaration_count; i++) {
        const struct declaration *d = &checker->file->declarations[i];
        switch (d->kind) {
        case DECLARE_CONSTANT:
            visit(checker, &(struct named){ "constant", UPPER_SNAKE, d->constant->name,
                                            d->constant->doc, d->constant->span, false });
            break;
        case DECLARE_ENUM: visit_enum(checker, d->enumeration, visit); break;
        case DECLARE_STRUCT: visit_struct(checker, d->structure, visit); break;
        case DECLARE_SERVICE: visit_service(checker, d->service, visit); break;
        }
    }
}

/* ---- naming ---- */

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static char to_upper(char c)
{
    return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

static char to_lower(char c)
{
    return is_upper(c) ? (char)(c - 'A' + 'a') : c;
}

static bool has_style(struct str name, enum style style)
{
    if (style == UPPER_CAMEL && !is_upper(name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (style == UPPER_CAMEL ? c == '_' : style == LOWER_SNAKE ? is_upper(c) : is_lower(c))
            return false;
    }
    return true;
}

/* Whether a word begins at i: behind '_', or at a capital behind something that is none, or before
 * something that is none. */
static bool begins_word(struct str name, size_t i)
{
    if (i == 0 || name.ptr[i - 1] == '_')
        return true;
    return is_upper(name.ptr[i]) &&
           (!is_upper(name.ptr[i - 1]) || (i + 1 < name.len && is_lower(name.ptr[i + 1])));
}

static struct str in_style(struct arena *arena, struct str name, enum style style)
{
    struct text text = { 0 };
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == '_')
            continue;
        bool begins = begins_word(name, i);
        if (begins && i > 0 && name.ptr[i - 1] != '.' && style != UPPER_CAMEL)
            text_addc(&text, '_');
        bool upper = style == UPPER_SNAKE || (style == UPPER_CAMEL && begins);
        text_addc(&text, upper ? to_upper(c) : to_lower(c));
    }
    struct str copy = arena_str(arena, text_str(&text));
    text_free(&text);
    return copy;
}

static void lint_name(struct checker *checker, const struct named *named)
{
    if (named->name.len == 0 || has_style(named->name, named->style))
        return;
    struct str better = in_style(checker->arena, named->name, named->style);
    diag_warning(checker->diag, named->span, "naming",
                 "%s '%.*s' should be named '%.*s' by convention", named->what,
                 STR_ARG(named->name), STR_ARG(better));
}

static void lint_naming(struct checker *checker)
{
    const struct file *file = checker->file;
    lint_name(checker, &(struct named){ "package", LOWER_SNAKE, file->package, STR(""),
                                        file->package_span, false });
    visit_names(checker, lint_name);
}

/* ---- docs ---- */

static void lint_doc(struct checker *checker, const struct named *named)
{
    if (named->doc.len == 0 && !named->is_parameter)
        diag_warning(checker->diag, named->span, "docs", "%s '%.*s' has no documentation",
                     named->what, STR_ARG(named->name));
}

static void lint_docs(struct checker *checker)
{
    visit_names(checker, lint_doc);
}

/* ---- field-numbers ---- */

static void lint_field_numbers(struct checker *checker)
{
    for (size_t i = 0; i < checker->file->declaration_count; i++) {
        const struct declaration *d = &checker->file->declarations[i];
        if (d->kind != DECLARE_STRUCT || d->structure->numbered || d->structure->field_count == 0)
            continue;
        diag_warning(checker->diag, d->structure->span, "field-numbers",
                     "fields of '%.*s' have no numbers: their order decides, and must never change",
                     STR_ARG(d->structure->name));
    }
}

/* ---- missing-package ---- */

static void lint_package(struct checker *checker)
{
    const struct file *file = checker->file;
    if (file->package.len == 0 && file->declaration_count > 0)
        diag_warning(
            checker->diag, (struct span){ file->source, 0, 0 }, "missing-package",
            "no package: C names may clash with those of other libraries (add 'package NAME;')");
}

/* ---- deprecated-use ---- */

static void report_deprecated(struct checker *checker, struct span span, const char *what,
                              struct str name, struct span declared,
                              const struct annotations *annotations)
{
    if (!annotations->deprecated)
        return;
    const char *mark = annotations->reason.len ? ": " : "";
    diag_warning(checker->diag, span, "deprecated-use", "%s '%.*s' is deprecated%s%.*s", what,
                 STR_ARG(name), mark, STR_ARG(annotations->reason));
    diag_note(checker->diag, declared, "%s '%.*s' is declared here", what, STR_ARG(name));
}

/* Of the type that it names, or that it is a list or map of. */
static void lint_type(struct checker *checker, const struct type *type)
{
    while (type->kind == TYPE_LIST || type->kind == TYPE_MAP)
        type = type->value;
    if (type->kind == TYPE_ENUM)
        report_deprecated(checker, type->span, "enum", type->enumeration->name,
                          type->enumeration->span, &type->enumeration->annotations);
    else if (type->kind == TYPE_STRUCT)
        report_deprecated(checker, type->span, "struct", type->structure->name,
                          type->structure->span, &type->structure->annotations);
}

/* What is deprecated itself may use what is. */
static void lint_fields(struct checker *checker, const struct field *fields, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!fields[i].annotations.deprecated)
            lint_type(checker, fields[i].type);
}

static void lint_methods(struct checker *checker, const struct service *service)
{
    for (size_t i = 0; i < service->method_count; i++) {
        const struct method *m = &service->methods[i];
        if (m->annotations.deprecated)
            continue;
        lint_fields(checker, m->parameters, m->parameter_count);
        if (m->result)
            lint_type(checker, m->result->type);
    }
}

static void lint_constant(struct checker *checker, const struct constant *c)
{
    lint_type(checker, c->type);
    if (c->enum_value)
        report_deprecated(checker, c->span, "enum value", c->enum_value->name, c->enum_value->span,
                          &c->enum_value->annotations);
}

static void lint_deprecated(struct checker *checker)
{
    for (size_t i = 0; i < checker->file->declaration_count; i++) {
        const struct declaration *d = &checker->file->declarations[i];
        if (d->kind == DECLARE_STRUCT && !d->structure->annotations.deprecated)
            lint_fields(checker, d->structure->fields, d->structure->field_count);
        else if (d->kind == DECLARE_SERVICE && !d->service->annotations.deprecated)
            lint_methods(checker, d->service);
        else if (d->kind == DECLARE_CONSTANT && !d->constant->annotations.deprecated)
            lint_constant(checker, d->constant);
    }
}

/* ---- All ---- */

static const struct {
    const char *name;
    void (*lint)(struct checker *);
} lints[] = {
    { "deprecated-use", lint_deprecated },   { "docs", lint_docs },
    { "field-numbers", lint_field_numbers }, { "naming", lint_naming },
    { "missing-package", lint_package },
};

void lint_schema(struct arena *arena, struct diag *diag, const struct schema *schema)
{
    struct checker checker = { .arena = arena, .diag = diag, .schema = schema };
    for (size_t f = 0; f < schema->file_count; f++) {
        checker.file = schema->files[f];
        for (size_t i = 0; i < sizeof lints / sizeof *lints && checker.file->generate; i++)
            if (diag_shows(diag, lints[i].name))
                lints[i].lint(&checker);
    }
}
