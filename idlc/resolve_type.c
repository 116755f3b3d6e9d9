/* SPDX-License-Identifier: MIT */
/* resolve_type.c: names of types, and what is said when there is none. */
#include <string.h>

#include "resolve.h"

/* Hints are looked for among all visible names; after so many, nobody reads them. */
enum { HINTS_MAX = 100 };

static void mark_used(struct resolver *resolver, const struct symbol *symbol)
{
    struct file *file = resolver->unit->file;
    for (size_t i = 0; i < file->import_count; i++)
        if (file->imports[i].file == symbol->unit->file)
            file->imports[i].used = true;
}

/* Its own file's first, should there be several. */
static struct symbol *visible_of(struct resolver *resolver, struct symbol *symbol)
{
    struct symbol *found = NULL;
    for (; symbol; symbol = symbol->next)
        if (symbol->unit == resolver->unit)
            return symbol;
        else if (!found && resolver->visible[symbol->unit->index])
            found = symbol;
    return found;
}

static struct str in_package(struct resolver *resolver, struct str name)
{
    struct str package = resolver->unit->file->package;
    if (package.len == 0)
        return name;
    return arena_printf(resolver->arena, "%.*s.%.*s", STR_ARG(package), STR_ARG(name));
}

struct symbol *resolve_name(struct resolver *resolver, const struct table *table, struct str name)
{
    struct symbol *symbol = visible_of(resolver, table_get(table, in_package(resolver, name)));
    if (!symbol)
        symbol = visible_of(resolver, table_get(table, name));
    if (symbol)
        mark_used(resolver, symbol);
    return symbol;
}

static const enum type_kind scalars[] = {
    TYPE_BOOL,     TYPE_INT8,   TYPE_INT16,  TYPE_INT32,  TYPE_INT64,   TYPE_UINT8,   TYPE_UINT16,
    TYPE_UINT32,   TYPE_UINT64, TYPE_SINT32, TYPE_SINT64, TYPE_FIXED32, TYPE_FIXED64, TYPE_SFIXED32,
    TYPE_SFIXED64, TYPE_FLOAT,  TYPE_DOUBLE, TYPE_STRING, TYPE_BYTES,
};
enum { SCALAR_COUNT = sizeof scalars / sizeof *scalars };

static enum type_kind scalar_kind(struct str name)
{
    for (size_t i = 0; i < SCALAR_COUNT; i++)
        if (str_is(name, type_kind_name(scalars[i])))
            return scalars[i];
    return TYPE_ERROR;
}

/* What other languages call them. */
static struct str foreign_scalar(struct str name)
{
    static const char *const pairs[][2] = {
        { "int", "int32" },       { "uint", "uint32" },     { "long", "int64" },
        { "ulong", "uint64" },    { "short", "int16" },     { "ushort", "uint16" },
        { "byte", "uint8" },      { "char", "uint8" },      { "i8", "int8" },
        { "i16", "int16" },       { "i32", "int32" },       { "i64", "int64" },
        { "u8", "uint8" },        { "u16", "uint16" },      { "u32", "uint32" },
        { "u64", "uint64" },      { "f32", "float" },       { "f64", "double" },
        { "float32", "float" },   { "float64", "double" },  { "int8_t", "int8" },
        { "int16_t", "int16" },   { "int32_t", "int32" },   { "int64_t", "int64" },
        { "uint8_t", "uint8" },   { "uint16_t", "uint16" }, { "uint32_t", "uint32" },
        { "uint64_t", "uint64" }, { "size_t", "uint64" },   { "str", "string" },
        { "text", "string" },     { "boolean", "bool" },    { "binary", "bytes" },
        { "blob", "bytes" },
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if (str_is(name, pairs[i][0]))
            return str_from(pairs[i][1]);
    return STR("");
}

/* As it would be written here. */
static struct str shown_name(const struct resolver *resolver, const struct symbol *symbol)
{
    bool own = str_eq(symbol->unit->file->package, resolver->unit->file->package);
    return own ? symbol->name : symbol->full_name;
}

static bool is_candidate(const struct resolver *resolver, const struct table *table,
                         const struct symbol *symbol)
{
    if (!resolver->visible[symbol->unit->index] || symbol->declaration.kind == DECLARE_SERVICE)
        return false;
    return (symbol->declaration.kind == DECLARE_CONSTANT) == (table == resolver->constants);
}

/* A name of another package that was not written in full, or one spelt nearly like this. */
static struct str visible_hint(struct resolver *resolver, const struct table *table,
                               struct str name, bool broken)
{
    bool types = table == resolver->types;
    if (resolver->hints++ >= HINTS_MAX)
        return STR("");
    struct str *names =
        arena_array(resolver->arena, resolver->symbol_count + SCALAR_COUNT, sizeof *names);
    size_t count = 0;
    for (size_t i = 0; types && i < SCALAR_COUNT; i++)
        names[count++] = str_from(type_kind_name(scalars[i]));
    for (size_t i = 0; !broken && i < resolver->symbol_count; i++) {
        const struct symbol *symbol = resolver->symbols[i];
        if (!is_candidate(resolver, table, symbol))
            continue;
        if (str_eq(symbol->name, name))
            return shown_name(resolver, symbol);
        names[count++] = shown_name(resolver, symbol);
    }
    return diag_closest(name, names, count);
}

/* The declaration that would be meant if its file were imported. */
static const struct symbol *not_imported(struct resolver *resolver, const struct table *table,
                                         struct str name)
{
    const struct symbol *symbol = table_get(table, in_package(resolver, name));
    return symbol ? symbol : table_get(table, name);
}

/* How the file could be imported from here. */
static struct str import_path(const struct resolver *resolver, const struct unit *target)
{
    struct str own = resolver->unit->file->path, path = target->file->path;
    if (target->found_by.len)
        return target->found_by;
    while (own.len > 0 && own.ptr[own.len - 1] != '/')
        own.len--;
    if (str_starts(path, own))
        return (struct str){ path.ptr + own.len, path.len - own.len };
    return target->file->base_name;
}

static bool report_not_imported(struct resolver *resolver, const struct table *table,
                                struct span span, struct str name, const char *what)
{
    const struct symbol *other = not_imported(resolver, table, name);
    if (!other)
        return false;
    if (resolver->unit->missing) /* by an import that was tried, perhaps */
        return true;
    struct str path = import_path(resolver, other->unit);
    diag_error(resolver->diag, span, "not-imported",
               "%s '%.*s' is not visible here; add 'import \"%.*s\";'", what, STR_ARG(name),
               STR_ARG(path));
    diag_note(resolver->diag, other->node->name.span, "'%.*s' is declared here",
              STR_ARG(other->name));
    return true;
}

/* A constant where a type should be, or the other way round. */
static bool report_other_kind(struct resolver *resolver, const struct table *table,
                              struct span span, struct str name, const char *what)
{
    bool types = table == resolver->types;
    const struct symbol *other =
        resolve_name(resolver, types ? resolver->constants : resolver->types, name);
    if (!other)
        return false;
    static const char *const kinds[] = { "a constant", "an enum", "a struct", "a service" };
    diag_error(resolver->diag, span, "wrong-kind", "'%.*s' is %s, not a %s", STR_ARG(name),
               kinds[other->declaration.kind], what);
    diag_note(resolver->diag, other->node->name.span, "'%.*s' is declared here",
              STR_ARG(other->name));
    return true;
}

void report_unknown(struct resolver *resolver, const struct table *table, struct span span,
                    struct str name, const char *what)
{
    if (report_not_imported(resolver, table, span, name, what) ||
        report_other_kind(resolver, table, span, name, what))
        return;
    /* What could not be read may have declared it. A misspelt scalar is one all the same. */
    bool broken = resolver->unit->file->broken || resolver->unit->missing;
    for (size_t i = 0; i < resolver->units.count; i++)
        broken |= resolver->visible[i] && resolver->units.items[i]->file->broken;
    if (broken && table == resolver->types && resolver->hints++ < HINTS_MAX)
        broken = resolve_is_lost(resolver, span, name);
    struct str hint = STR("");
    if (table == resolver->types)
        hint = foreign_scalar(name);
    if (hint.len == 0)
        hint = visible_hint(resolver, table, name, broken);
    if (hint.len)
        diag_error(resolver->diag, span, "unknown-name", "unknown %s '%.*s'; did you mean '%.*s'?",
                   what, STR_ARG(name), STR_ARG(hint));
    else if (!broken)
        diag_error(resolver->diag, span, "unknown-name", "unknown %s '%.*s'", what, STR_ARG(name));
}

static void resolve_named(struct resolver *resolver, struct type *type, const struct ast_name *name)
{
    struct symbol *symbol = resolve_name(resolver, resolver->types, name->text);
    type->kind = TYPE_ERROR;
    if (!symbol) {
        report_unknown(resolver, resolver->types, name->span, name->text, "type");
    } else if (symbol->declaration.kind == DECLARE_ENUM) {
        type->kind = TYPE_ENUM;
        type->enumeration = symbol->declaration.enumeration;
    } else if (symbol->declaration.kind == DECLARE_STRUCT) {
        type->kind = TYPE_STRUCT;
        type->structure = symbol->declaration.structure;
    } else {
        diag_error(resolver->diag, name->span, "wrong-kind", "'%.*s' is a service, not a type",
                   STR_ARG(name->text));
        diag_note(resolver->diag, symbol->node->name.span, "'%.*s' is declared here",
                  STR_ARG(symbol->name));
    }
}

/* Depth is limited by the parser. */
const struct type *resolve_type(struct resolver *resolver, const struct ast_type *tree)
{
    struct type *type = ARENA_NEW(resolver->arena, struct type);
    type->span = tree->span;
    if (tree->is_list) {
        type->kind = TYPE_LIST;
        type->value = resolve_type(resolver, tree->value);
    } else if (tree->is_map) {
        type->kind = TYPE_MAP;
        type->key = resolve_type(resolver, tree->key);
        type->value = resolve_type(resolver, tree->value);
    } else {
        type->kind = scalar_kind(tree->name.text);
        if (type->kind == TYPE_ERROR)
            resolve_named(resolver, type, &tree->name);
    }
    return type;
}
