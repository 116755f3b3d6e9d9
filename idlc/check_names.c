/* SPDX-License-Identifier: MIT */
/* check_names.c: names of files, packages and declarations. */
#include "check.h"

#include <string.h>

static const char idl_prefix[] = "idl_";

static bool begins_with_idl(struct str name)
{
    for (size_t i = 0; i < 4; i++) {
        char c = i < name.len ? name.ptr[i] : '\0';
        if ((c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c) != idl_prefix[i])
            return false;
    }
    return true;
}

static void check_identifier(struct checker *checker, struct str name, struct span span)
{
    if (name.len == 0)
        return;
    if (name.ptr[0] == '_' || name.ptr[name.len - 1] == '_') {
        diag_error(checker->diag, span, "bad-name", "name '%.*s' %s with '_'", STR_ARG(name),
                   name.ptr[0] == '_' ? "begins" : "ends");
        return;
    }
    for (size_t i = 1; i < name.len; i++)
        if (name.ptr[i] == '_' && name.ptr[i - 1] == '_') {
            diag_error(checker->diag, span, "bad-name", "name '%.*s' has two '_' in a row",
                       STR_ARG(name));
            return;
        }
    if (begins_with_idl(name))
        diag_error(checker->diag, span, "bad-name",
                   "name '%.*s' begins with 'idl_', which belongs to the runtime", STR_ARG(name));
}

void check_packages(struct checker *checker)
{
    struct str package = checker->file->package;
    struct span span = checker->file->package_span;
    if (package.len == 0)
        return;
    for (size_t begin = 0, i = 0; i <= package.len; i++)
        if (i == package.len || package.ptr[i] == '.') {
            check_identifier(checker, (struct str){ package.ptr + begin, i - begin }, span);
            begin = i + 1;
        }
    if (str_is(package, "idl") || str_starts(package, STR("idl.")))
        diag_error(checker->diag, span, "bad-name", "package 'idl' belongs to the runtime");
}

static void identifiers_of_struct(struct checker *checker, const struct structure *s)
{
    check_identifier(checker, s->name, s->span);
    for (size_t i = 0; i < s->field_count; i++)
        check_identifier(checker, s->fields[i].name, s->fields[i].span);
    for (size_t i = 0; i < s->oneof_count; i++)
        check_identifier(checker, s->oneofs[i].name, s->oneofs[i].span);
}

static void identifiers_of_service(struct checker *checker, const struct service *s)
{
    check_identifier(checker, s->name, s->span);
    for (size_t i = 0; i < s->method_count; i++) {
        const struct method *m = &s->methods[i];
        check_identifier(checker, m->name, m->span);
        for (size_t p = 0; p < m->parameter_count; p++)
            check_identifier(checker, m->parameters[p].name, m->parameters[p].span);
    }
}

static void identifiers_of_enum(struct checker *checker, const struct enumeration *e)
{
    check_identifier(checker, e->name, e->span);
    for (size_t i = 0; i < e->value_count; i++)
        check_identifier(checker, e->values[i].name, e->values[i].span);
}

void check_identifiers(struct checker *checker)
{
    for (size_t i = 0; i < checker->file->declaration_count; i++) {
        const struct declaration *d = &checker->file->declarations[i];
        switch (d->kind) {
        case DECLARE_CONSTANT:
            check_identifier(checker, d->constant->name, d->constant->span);
            break;
        case DECLARE_ENUM: identifiers_of_enum(checker, d->enumeration); break;
        case DECLARE_STRUCT: identifiers_of_struct(checker, d->structure); break;
        case DECLARE_SERVICE: identifiers_of_service(checker, d->service); break;
        }
    }
}

/* Where an error about a file as a whole is shown: its package, or an import of it. */
static struct span place_of_file(const struct checker *checker, const struct file *file)
{
    for (size_t f = 0; f < checker->schema->file_count; f++) {
        const struct file *other = checker->schema->files[f];
        for (size_t i = 0; i < other->import_count; i++)
            if (other->imports[i].file == file)
                return other->imports[i].span;
    }
    return (struct span){ 0 };
}

/* Outputs, and what they include, are named after base names. */
void check_base_names(struct checker *checker)
{
    struct table *seen = table_new(checker->arena);
    for (size_t i = 0; i < checker->schema->file_count; i++) {
        struct file *file = checker->schema->files[i];
        const struct file *other = table_put(seen, file->stem, file);
        if (other) {
            diag_error(checker->diag, place_of_file(checker, file), "dup-file",
                       "'%.*s' and '%.*s' would give files of the same names", STR_ARG(other->path),
                       STR_ARG(file->path));
        }
    }
}

void check_unused_imports(struct checker *checker)
{
    const struct file *file = checker->file;
    if (file->broken || !file->generate)
        return;
    for (size_t i = 0; i < file->import_count; i++)
        if (file->imports[i].file && !file->imports[i].used && !file->imports[i].file->broken)
            diag_warning(checker->diag, file->imports[i].span, "unused-import",
                         "import '%.*s' is not used", STR_ARG(file->imports[i].path));
}

static void mark_reached(const struct schema *schema, const struct file *file, bool *reached,
                         const struct file **todo, size_t *count)
{
    for (size_t i = 0; i < schema->file_count; i++)
        if (schema->files[i] == file && !reached[i]) {
            reached[i] = true;
            todo[(*count)++] = file;
        }
}

/* By index in the schema: the file and all that it imports, directly or not. */
static bool *reach(struct checker *checker, const struct file *file)
{
    const struct schema *schema = checker->schema;
    bool *reached = arena_array(checker->arena, schema->file_count, sizeof *reached);
    const struct file **todo =
        arena_array(checker->arena, schema->file_count, sizeof(struct file *));
    size_t count = 0;
    mark_reached(schema, file, reached, todo, &count);
    while (count > 0) {
        const struct file *next = todo[--count];
        for (size_t i = 0; i < next->import_count; i++)
            if (next->imports[i].file)
                mark_reached(schema, next->imports[i].file, reached, todo, &count);
    }
    return reached;
}

static void add_names(struct scope *types, struct scope *constants, const struct file *file)
{
    struct arena *arena = types->checker->arena;
    for (size_t i = 0; i < file->declaration_count; i++) {
        const struct declaration *d = &file->declarations[i];
        switch (d->kind) {
        case DECLARE_CONSTANT: {
            struct str key = arena_printf(arena, "%.*s.%.*s", STR_ARG(file->package),
                                          STR_ARG(d->constant->name));
            scope_add(constants, "constant", key, d->constant->name, d->constant->span);
            break;
        }
        case DECLARE_ENUM:
            scope_add(types, "enum", d->enumeration->full_name, d->enumeration->name,
                      d->enumeration->span);
            break;
        case DECLARE_STRUCT:
            scope_add(types, "struct", d->structure->full_name, d->structure->name,
                      d->structure->span);
            break;
        case DECLARE_SERVICE:
            scope_add(types, "service", d->service->full_name, d->service->name, d->service->span);
            break;
        }
    }
}

/* A file and what it imports end up in one program; files that are only generated together need
 * not. Imports go first, so that an error is shown in the file that can be changed. */
void check_declared_names(struct checker *checker)
{
    const struct schema *schema = checker->schema;
    for (size_t root = 0; root < schema->file_count; root++) {
        if (!schema->files[root]->generate)
            continue;
        checker->file = schema->files[root];
        const bool *reached = reach(checker, schema->files[root]);
        struct scope types = scope_new(checker), constants = scope_new(checker);
        for (size_t i = schema->file_count; i-- > 0;)
            if (reached[i] && i != root)
                add_names(&types, &constants, schema->files[i]);
        add_names(&types, &constants, schema->files[root]);
    }
}

static struct str full_name_of(const struct declaration *d)
{
    switch (d->kind) {
    case DECLARE_ENUM: return d->enumeration->full_name;
    case DECLARE_STRUCT: return d->structure->full_name;
    case DECLARE_SERVICE: return d->service->full_name;
    case DECLARE_CONSTANT: break; /* another scope */
    }
    return STR("");
}

static struct span span_of(const struct declaration *d)
{
    return d->kind == DECLARE_ENUM     ? d->enumeration->span
           : d->kind == DECLARE_STRUCT ? d->structure->span
                                       : d->service->span;
}

static void implicit_of_file(struct checker *checker, struct table *messages,
                             const struct file *file)
{
    for (size_t i = 0; i < file->implicit_count; i++) {
        struct structure *s = file->implicit[i];
        const struct structure *other = table_put(messages, s->full_name, s);
        if (!other || other->method->service == s->method->service)
            continue; /* then the methods' names clash, which is said */
        if (s->role == STRUCTURE_REPLY && !s->method->explicit_request &&
            !other->method->explicit_request)
            continue; /* was said of their requests */
        diag_error(checker->diag, s->span, "implicit-name",
                   "method '%.*s.%.*s' would have the message '%.*s', as '%.*s.%.*s' has",
                   STR_ARG(s->method->service->name), STR_ARG(s->method->name), STR_ARG(s->name),
                   STR_ARG(other->method->service->name), STR_ARG(other->method->name));
        diag_note(checker->diag, other->span, "method '%.*s.%.*s' is here",
                  STR_ARG(other->method->service->name), STR_ARG(other->method->name));
    }
}

static void declared_of_file(struct checker *checker, const struct table *messages,
                             const struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++) {
        const struct declaration *d = &file->declarations[i];
        struct str name = full_name_of(d);
        const struct structure *message = name.len ? table_get(messages, name) : NULL;
        if (!message)
            continue;
        diag_error(checker->diag, span_of(d), "implicit-name",
                   "'%.*s' is the name of the %s that method '%.*s' implies",
                   STR_ARG(message->name), message->role == STRUCTURE_REQUEST ? "request" : "reply",
                   STR_ARG(message->method->name));
        diag_note(checker->diag, message->span, "method '%.*s' is here",
                  STR_ARG(message->method->name));
    }
}

void check_implicit_names(struct checker *checker)
{
    const struct schema *schema = checker->schema;
    for (size_t root = 0; root < schema->file_count; root++) {
        if (!schema->files[root]->generate)
            continue;
        const bool *reached = reach(checker, schema->files[root]);
        struct table *messages = table_new(checker->arena);
        for (size_t i = 0; i < schema->file_count; i++)
            if (reached[i])
                implicit_of_file(checker, messages, schema->files[i]);
        for (size_t i = 0; i < schema->file_count; i++)
            if (reached[i])
                declared_of_file(checker, messages, schema->files[i]);
    }
}
