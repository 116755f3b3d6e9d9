/* SPDX-License-Identifier: MIT */
/* check.c: the table of checks, and the walk that shows them the schema. */
#include "check.h"

#include "stages.h"

static void (*const schema_checks[])(struct checker *) = {
    check_base_names,
    check_declared_names,
    check_implicit_names,
};

static void (*const file_checks[])(struct checker *) = {
    check_packages,
    check_identifiers,
    check_unused_imports,
};

static void (*const enum_checks[])(struct checker *, const struct enumeration *) = {
    check_enum_empty, check_enum_names, check_enum_mixed, check_enum_numbers, check_enum_zero,
};

static void (*const struct_checks[])(struct checker *, const struct structure *) = {
    check_field_names,  check_field_mixed, check_field_numbers, check_reserved,
    check_reserved_use, check_oneofs,      check_field_types,
};

static void (*const service_checks[])(struct checker *, const struct service *) = {
    check_method_names,
};

static void (*const method_checks[])(struct checker *, const struct method *) = {
    check_parameters,
    check_oneway,
    check_result,
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

struct scope scope_new(struct checker *checker)
{
    return (struct scope){ checker, table_new(checker->arena), table_new(checker->arena) };
}

/* The part behind the last '.' in lower case, without '_'; packages stay apart. */
static struct str fold(struct arena *arena, struct str name)
{
    size_t begin = name.len;
    while (begin > 0 && name.ptr[begin - 1] != '.')
        begin--;
    char *folded = arena_alloc(arena, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (i < begin)
            folded[len++] = c;
        else if (c != '_')
            folded[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    return (struct str){ folded, len };
}

struct scope_entry {
    const char *what;
    struct str name;
    struct span span;
};

/* Where the file that is being checked imports source; nothing when it is its own, or does so by
 * way of another. */
static void note_import(struct checker *checker, const struct source *source)
{
    const struct file *file = checker->file;
    for (size_t i = 0; file && i < file->import_count; i++)
        if (file->imports[i].file && file->imports[i].file->source == source)
            diag_note(checker->diag, file->imports[i].span, "'%.*s' is imported here",
                      STR_ARG(file->imports[i].path));
}

static void note_other(struct checker *checker, struct span span, const struct scope_entry *other)
{
    diag_note(checker->diag, other->span, "%s '%.*s' is defined here", other->what,
              STR_ARG(other->name));
    if (span.source == other->span.source)
        return;
    note_import(checker, span.source);
    note_import(checker, other->span.source);
}

void scope_add(struct scope *scope, const char *what, struct str key, struct str name,
               struct span span)
{
    struct checker *checker = scope->checker;
    struct scope_entry *entry = ARENA_NEW(checker->arena, struct scope_entry);
    *entry = (struct scope_entry){ what, name, span };
    const struct scope_entry *other = table_put(scope->exact, key, entry);
    if (other) {
        diag_error(checker->diag, span, "dup-name", "%s '%.*s' is already defined", what,
                   STR_ARG(name));
        note_other(checker, span, other);
        return;
    }
    other = table_put(scope->folded, fold(checker->arena, key), entry);
    if (other) {
        diag_error(checker->diag, span, "similar-name",
                   "%s '%.*s' differs from '%.*s' only in case or '_': their C names would be too "
                   "alike",
                   what, STR_ARG(name), STR_ARG(other->name));
        note_other(checker, span, other);
    }
}

static void check_service(struct checker *checker, const struct service *service)
{
    for (size_t i = 0; i < COUNT(service_checks); i++)
        service_checks[i](checker, service);
    for (size_t m = 0; m < service->method_count; m++)
        for (size_t i = 0; i < COUNT(method_checks); i++)
            method_checks[i](checker, &service->methods[m]);
}

static void check_declaration(struct checker *checker, const struct declaration *declaration)
{
    switch (declaration->kind) {
    case DECLARE_CONSTANT: break; /* their values were checked as they were worked out */
    case DECLARE_ENUM:
        for (size_t i = 0; i < COUNT(enum_checks); i++)
            enum_checks[i](checker, declaration->enumeration);
        break;
    case DECLARE_STRUCT:
        for (size_t i = 0; i < COUNT(struct_checks); i++)
            struct_checks[i](checker, declaration->structure);
        break;
    case DECLARE_SERVICE: check_service(checker, declaration->service); break;
    }
}

void check_schema(struct diag *diag, struct schema *schema)
{
    struct checker checker = { .arena = arena_new(), .diag = diag, .schema = schema };
    for (size_t i = 0; i < COUNT(schema_checks); i++)
        schema_checks[i](&checker);
    for (size_t f = 0; f < schema->file_count; f++) {
        checker.file = schema->files[f];
        for (size_t i = 0; i < COUNT(file_checks); i++)
            file_checks[i](&checker);
        for (size_t d = 0; d < checker.file->declaration_count; d++)
            check_declaration(&checker, &checker.file->declarations[d]);
    }
    arena_free(checker.arena);
}
