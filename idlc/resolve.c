/* SPDX-License-Identifier: MIT */
/* resolve.c: syntax trees -> schema. */
#include "resolve.h"

#include "utf8.h"

bool resolve_utf8(struct resolver *resolver, const struct ast_value *value)
{
    if (value->bad)
        return false;
    uint32_t code;
    struct str rest = value->text;
    while (rest.len) {
        size_t len = utf8_next(rest, &code);
        if (len == 0) {
            diag_error(resolver->diag, value->span, "bad-encoding",
                       "byte 0x%02X in the string is not UTF-8", (unsigned char)*rest.ptr);
            return false;
        }
        rest = (struct str){ rest.ptr + len, rest.len - len };
    }
    return true;
}

static void unknown_annotation(struct resolver *resolver, const struct ast_name *name)
{
    static const struct str known[] = { { "deprecated", 10 }, { "idempotent", 10 } };
    struct str hint = diag_closest(name->text, known, 2);
    if (hint.len)
        diag_error(resolver->diag, name->span, "unknown-annotation",
                   "unknown annotation '@%.*s'; did you mean '@%.*s'?", STR_ARG(name->text),
                   STR_ARG(hint));
    else
        diag_error(resolver->diag, name->span, "unknown-annotation", "unknown annotation '@%.*s'",
                   STR_ARG(name->text));
}

/* Notes in *span that the annotation is there; false when it was before. */
static bool first_of_kind(struct resolver *resolver, const struct ast_annotation *a, bool *given,
                          struct span *span)
{
    if (*given) {
        diag_error(resolver->diag, a->name.span, "dup-annotation", "'@%.*s' is given twice",
                   STR_ARG(a->name.text));
        diag_note(resolver->diag, *span, "'@%.*s' is first given here", STR_ARG(a->name.text));
        return false;
    }
    *given = true;
    *span = a->name.span;
    return true;
}

struct annotations resolve_annotations(struct resolver *resolver, const struct ast_node *node)
{
    struct annotations result = { .reason = STR("") };
    for (const struct ast_annotation *a = node->annotations; a; a = a->next) {
        struct span span = a->name.span;
        if (str_is(a->name.text, "deprecated")) {
            if (!first_of_kind(resolver, a, &result.deprecated, &result.deprecated_span))
                continue;
            const struct ast_value *reason = a->arguments;
            if (reason && !reason->next && reason->kind == AST_STRING) {
                if (resolve_utf8(resolver, reason))
                    result.reason = reason->text;
                continue;
            }
            diag_error(resolver->diag, span, "bad-annotation",
                       "'@deprecated' needs one string: what to use instead");
        } else if (str_is(a->name.text, "idempotent")) {
            if (!first_of_kind(resolver, a, &result.idempotent, &result.idempotent_span))
                continue;
            if (a->has_arguments)
                diag_error(resolver->diag, span, "bad-annotation",
                           "'@idempotent' takes no arguments");
            if (node->kind != AST_METHOD)
                diag_error(resolver->diag, span, "misplaced-annotation",
                           "'@idempotent' cannot stand here, only before a method");
        } else {
            unknown_annotation(resolver, &a->name);
        }
    }
    return result;
}

bool resolve_number(struct resolver *resolver, const struct ast_value *value, int64_t least,
                    int64_t most, const char *what, int64_t *number)
{
    if (value->bad)
        return false;
    uint64_t limit = value->negative ? (uint64_t)INT64_MAX : (uint64_t)most;
    if (value->integer <= limit) {
        *number = value->negative ? -(int64_t)value->integer : (int64_t)value->integer;
        if (*number >= least)
            return true;
    }
    diag_error(resolver->diag, value->span, "number-range",
               "%s %s%llu is out of range (%lld to %lld)", what, value->negative ? "-" : "",
               (unsigned long long)value->integer, (long long)least, (long long)most);
    return false;
}

static struct str full_name(struct resolver *resolver, const struct file *file, struct str name)
{
    if (file->package.len == 0)
        return name;
    return arena_printf(resolver->arena, "%.*s.%.*s", STR_ARG(file->package), STR_ARG(name));
}

static void make_declaration(struct resolver *resolver, struct symbol *symbol)
{
    const struct ast_node *node = symbol->node;
    struct file *file = symbol->unit->file;
    struct declaration *declaration = &symbol->declaration;
#define COMMON(target)                \
    (target)->name = node->name.text; \
    (target)->doc = node->doc;        \
    (target)->span = node->name.span; \
    (target)->file = file;            \
    (target)->annotations = resolve_annotations(resolver, node)

    switch (node->kind) {
    case AST_CONSTANT:
        declaration->kind = DECLARE_CONSTANT;
        declaration->constant = ARENA_NEW(resolver->arena, struct constant);
        COMMON(declaration->constant);
        break;
    case AST_ENUM:
        declaration->kind = DECLARE_ENUM;
        declaration->enumeration = ARENA_NEW(resolver->arena, struct enumeration);
        COMMON(declaration->enumeration);
        declaration->enumeration->full_name = symbol->full_name;
        break;
    case AST_STRUCT:
        declaration->kind = DECLARE_STRUCT;
        declaration->structure = ARENA_NEW(resolver->arena, struct structure);
        COMMON(declaration->structure);
        declaration->structure->full_name = symbol->full_name;
        break;
    default:
        declaration->kind = DECLARE_SERVICE;
        declaration->service = ARENA_NEW(resolver->arena, struct service);
        COMMON(declaration->service);
        declaration->service->full_name = symbol->full_name;
        break;
    }
#undef COMMON
}

static void declare_unit(struct resolver *resolver, struct unit *unit)
{
    struct file *file = unit->file;
    size_t count = unit->tree->declarations.count;
    file->declarations = arena_array(resolver->arena, count, sizeof *file->declarations);
    for (const struct ast_node *node = unit->tree->declarations.first; node; node = node->next) {
        struct symbol *symbol = ARENA_NEW(resolver->arena, struct symbol);
        symbol->unit = unit;
        symbol->node = node;
        symbol->name = node->name.text;
        symbol->full_name = full_name(resolver, file, node->name.text);
        make_declaration(resolver, symbol);
        file->declarations[file->declaration_count++] = symbol->declaration;
        resolver->symbols[resolver->symbol_count++] = symbol;

        struct table *table = node->kind == AST_CONSTANT ? resolver->constants : resolver->types;
        struct symbol *first = table_put(table, symbol->full_name, symbol);
        if (first) { /* the order does not matter: which of two is meant is an error anyway */
            symbol->next = first->next;
            first->next = symbol;
        }
    }
}

static void set_visible(struct resolver *resolver, const struct unit *unit, bool visible)
{
    resolver->visible[unit->index] = visible;
    for (size_t i = 0; i < unit->import_count; i++)
        resolver->visible[unit->imports[i]->index] = visible;
}

void resolve_enter(struct resolver *resolver, struct unit *unit)
{
    if (resolver->unit == unit)
        return;
    if (resolver->unit)
        set_visible(resolver, resolver->unit, false);
    resolver->unit = unit;
    set_visible(resolver, unit, true);
}

static void fill_in(struct resolver *resolver, struct symbol *symbol)
{
    const struct ast_node *node = symbol->node;
    resolve_enter(resolver, symbol->unit);
    switch (symbol->declaration.kind) {
    case DECLARE_CONSTANT: resolve_constant(resolver, symbol); break;
    case DECLARE_ENUM: resolve_enum(resolver, symbol->declaration.enumeration, node); break;
    case DECLARE_STRUCT: resolve_struct(resolver, symbol->declaration.structure, node); break;
    case DECLARE_SERVICE: resolve_service(resolver, symbol->declaration.service, node); break;
    }
}

/* Services look at whether a name is a struct only, constants at enums' values: enums go first. */
static void fill_in_all(struct resolver *resolver)
{
    for (size_t i = 0; i < resolver->symbol_count; i++)
        if (resolver->symbols[i]->declaration.kind == DECLARE_ENUM)
            fill_in(resolver, resolver->symbols[i]);
    for (size_t i = 0; i < resolver->symbol_count; i++)
        if (resolver->symbols[i]->declaration.kind != DECLARE_ENUM)
            fill_in(resolver, resolver->symbols[i]);
}

struct schema *frontend_load(struct arena *arena, struct diag *diag,
                             const struct frontend_options *options)
{
    struct resolver resolver = {
        .arena = arena,
        .diag = diag,
        .units = import_load(arena, diag, options),
        .types = table_new(arena),
        .constants = table_new(arena),
    };
    struct units units = resolver.units;
    struct schema *schema = ARENA_NEW(arena, struct schema);
    schema->files = arena_array(arena, units.count, sizeof(struct file *));
    schema->file_count = units.count;
    resolver.visible = arena_array(arena, units.count, sizeof *resolver.visible);

    size_t declarations = 0;
    for (size_t i = 0; i < units.count; i++) {
        schema->files[i] = units.items[i]->file;
        declarations += units.items[i]->tree->declarations.count;
    }
    resolver.symbols = arena_array(arena, declarations, sizeof(struct symbol *));
    for (size_t i = 0; i < units.count; i++)
        declare_unit(&resolver, units.items[i]);
    fill_in_all(&resolver);
    return schema;
}
