/* SPDX-License-Identifier: MIT */
/* import.c: the search path, each file once, cycles. */
#define _XOPEN_SOURCE 700

#include "import.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "parser.h"
#include "table.h"

/* Files that import each other in a row: the loader recurses over them. */
enum { IMPORT_DEPTH_MAX = 200 };

struct loader {
    struct arena *arena;
    struct diag *diag;
    const struct frontend_options *options;
    struct table *by_path; /* what realpath says -> unit */
    struct units units;
    size_t depth;
};

static void load_imports(struct loader *loader, struct unit *unit);

static struct str base_name(struct str path)
{
    size_t at = path.len;
    while (at > 0 && path.ptr[at - 1] != '/')
        at--;
    return (struct str){ path.ptr + at, path.len - at };
}

static struct str stem(struct str name)
{
    for (size_t i = name.len; i-- > 1;)
        if (name.ptr[i] == '.')
            return (struct str){ name.ptr, i };
    return name;
}

/* With its '/'; empty for a bare name. */
static struct str folder(struct str path)
{
    return (struct str){ path.ptr, path.len - base_name(path).len };
}

static const struct source *find_in_memory(const struct loader *loader, struct str path)
{
    for (size_t i = 0; i < loader->options->source_count; i++)
        if (str_eq(loader->options->sources[i]->name, path))
            return loader->options->sources[i];
    return NULL;
}

static const struct source *read_source(struct loader *loader, struct str path, struct str *error)
{
    if (loader->options->source_count == 0)
        return source_load(loader->arena, path, error);
    const struct source *source = find_in_memory(loader, path);
    if (!source)
        *error = STR("no such file");
    return source;
}

static struct str identity(struct loader *loader, struct str path)
{
    if (loader->options->source_count)
        return path;
    char *real = realpath(arena_str(loader->arena, path).ptr, NULL);
    if (!real)
        return path;
    struct str copy = arena_str(loader->arena, str_from(real));
    free(real);
    return copy;
}

static void add_unit(struct loader *loader, struct unit *unit)
{
    struct units *units = &loader->units;
    if (units->count == units->cap) {
        size_t cap = units->cap ? 2 * units->cap : 8;
        struct unit **grown = arena_array(loader->arena, cap, sizeof(struct unit *));
        if (units->count)
            memcpy(grown, units->items, units->count * sizeof(struct unit *));
        units->items = grown;
        units->cap = cap;
    }
    unit->index = units->count;
    units->items[units->count++] = unit;
}

static struct unit *new_unit(struct loader *loader, const struct source *source)
{
    struct unit *unit = ARENA_NEW(loader->arena, struct unit);
    struct file *file = ARENA_NEW(loader->arena, struct file);
    unit->tree = parse_source(loader->arena, loader->diag, source);
    unit->file = file;
    file->source = source;
    file->path = source->name;
    file->base_name = base_name(source->name);
    file->stem = stem(file->base_name);
    file->doc = unit->tree->doc;
    file->package = unit->tree->package.text;
    file->package_span = unit->tree->package.span;
    file->broken = unit->tree->broken;
    return unit;
}

/* Reads a file that was not read yet. NULL, and *error, when that fails. */
static struct unit *load(struct loader *loader, struct str path, struct str key,
                         struct unit *importer, struct str *error)
{
    const struct source *source = read_source(loader, path, error);
    if (!source)
        return NULL;
    if (source->text.len > SOURCE_MAX) {
        *error = STR("larger than 16 MiB");
        return NULL;
    }
    struct unit *unit = new_unit(loader, source);
    table_put(loader->by_path, key, unit);
    add_unit(loader, unit);
    unit->importer = importer;
    unit->loading = true;
    loader->depth++;
    load_imports(loader, unit);
    loader->depth--;
    unit->loading = false;
    return unit;
}

static bool is_file(struct loader *loader, struct str path)
{
    if (loader->options->source_count)
        return find_in_memory(loader, path);
    struct stat info;
    return stat(arena_str(loader->arena, path).ptr, &info) == 0 && !S_ISDIR(info.st_mode);
}

/* Beside the importing file, then in the folders of -I. Empty when it is nowhere. */
static struct str search(struct loader *loader, const struct unit *unit, struct str path,
                         bool *beside)
{
    *beside = true;
    if (path.ptr[0] == '/')
        return is_file(loader, path) ? path : STR("");
    struct str own = folder(unit->file->path);
    struct str found = arena_printf(loader->arena, "%.*s%.*s", STR_ARG(own), STR_ARG(path));
    if (is_file(loader, found))
        return found;
    *beside = false;
    for (size_t i = 0; i < loader->options->import_dir_count; i++) {
        struct str dir = loader->options->import_dirs[i];
        const char *slash = str_ends(dir, STR("/")) ? "" : "/";
        found = arena_printf(loader->arena, "%.*s%s%.*s", STR_ARG(dir), slash, STR_ARG(path));
        if (is_file(loader, found))
            return found;
    }
    return STR("");
}

static void report_cycle(struct loader *loader, const struct unit *unit, const struct unit *target,
                         struct span span)
{
    struct text chain = { 0 };
    const struct unit *path[IMPORT_DEPTH_MAX + 1];
    size_t count = 0;
    for (const struct unit *u = unit; u != target && count < IMPORT_DEPTH_MAX; u = u->importer)
        path[count++] = u;
    text_addf(&chain, "%.*s", STR_ARG(target->file->base_name));
    for (; count > 0; count--)
        text_addf(&chain, " -> %.*s", STR_ARG(path[count - 1]->file->base_name));
    text_addf(&chain, " -> %.*s", STR_ARG(target->file->base_name));
    if (unit == target)
        diag_error(loader->diag, span, "import-cycle", "the file imports itself");
    else
        diag_error(loader->diag, span, "import-cycle", "files import each other: %.*s",
                   STR_ARG(text_str(&chain)));
    text_free(&chain);
}

static void report_not_found(struct loader *loader, struct unit *unit, struct span span,
                             struct str path)
{
    struct str beside = folder(unit->file->path);
    diag_error(loader->diag, span, "import-not-found", "cannot find '%.*s'", STR_ARG(path));
    if (path.ptr[0] == '/')
        return;
    struct text places = { 0 };
    text_addf(&places, "looked in '%.*s' (the importing file's folder)",
              STR_ARG(beside.len ? beside : STR(".")));
    for (size_t i = 0; i < loader->options->import_dir_count; i++)
        text_addf(&places, ", '%.*s'", STR_ARG(loader->options->import_dirs[i]));
    text_add(&places, STR("; -I DIR adds a folder"));
    diag_note(loader->diag, (struct span){ 0 }, "%.*s", STR_ARG(text_str(&places)));
    text_free(&places);
}

static bool legal_path(struct loader *loader, struct span span, struct str path)
{
    if (path.len == 0)
        diag_error(loader->diag, span, "import-not-found", "the import's path is empty");
    else if (memchr(path.ptr, '\0', path.len))
        diag_error(loader->diag, span, "import-not-found", "the import's path contains a NUL byte");
    else
        return true;
    return false;
}

/* The imported file, or NULL when there was an error (then reported). */
static struct unit *import_one(struct loader *loader, struct unit *unit, struct span span,
                               struct str path)
{
    if (!legal_path(loader, span, path))
        return NULL;
    bool beside;
    struct str found = search(loader, unit, path, &beside);
    if (found.len == 0) {
        report_not_found(loader, unit, span, path);
        return NULL;
    }
    struct str key = identity(loader, found);
    struct unit *target = table_get(loader->by_path, key);
    if (target && target->loading) {
        report_cycle(loader, unit, target, span);
        return NULL;
    }
    if (target)
        return target;
    if (loader->depth >= IMPORT_DEPTH_MAX) {
        diag_error(loader->diag, span, "import-depth", "imports are nested more than %d deep",
                   (int)IMPORT_DEPTH_MAX);
        return NULL;
    }
    struct str error;
    target = load(loader, found, key, unit, &error);
    if (target)
        target->found_by = beside ? STR("") : path;
    else
        diag_error(loader->diag, span, "import-not-found", "cannot read '%.*s': %.*s",
                   STR_ARG(found), STR_ARG(error));
    return target;
}

static const struct import *imported_before(const struct file *file, const struct file *target)
{
    for (size_t i = 0; i < file->import_count; i++)
        if (file->imports[i].file == target)
            return &file->imports[i];
    return NULL;
}

static void load_imports(struct loader *loader, struct unit *unit)
{
    struct file *file = unit->file;
    file->imports = arena_array(loader->arena, unit->tree->imports.count, sizeof *file->imports);
    unit->imports = arena_array(loader->arena, unit->tree->imports.count, sizeof(struct unit *));
    for (const struct ast_node *node = unit->tree->imports.first; node; node = node->next) {
        struct unit *target = NULL;
        if (!node->value->bad)
            target = import_one(loader, unit, node->value->span, node->value->text);
        const struct import *before = target ? imported_before(file, target->file) : NULL;
        if (before) {
            diag_warning(loader->diag, node->value->span, "dup-import",
                         "'%.*s' is already imported", STR_ARG(node->value->text));
            diag_note(loader->diag, before->span, "'%.*s' is imported here", STR_ARG(before->path));
            continue;
        }
        if (target)
            unit->imports[unit->import_count++] = target;
        else
            unit->missing = true;
        file->imports[file->import_count++] = (struct import){
            .path = node->value->text,
            .span = node->value->span,
            .file = target ? target->file : NULL,
        };
    }
}

struct units import_load(struct arena *arena, struct diag *diag,
                         const struct frontend_options *options)
{
    struct loader loader = {
        .arena = arena, .diag = diag, .options = options, .by_path = table_new(arena)
    };
    for (size_t i = 0; i < options->path_count; i++) {
        struct str path = options->paths[i];
        struct str key = identity(&loader, path);
        struct unit *unit = table_get(loader.by_path, key);
        struct str error;
        if (!unit)
            unit = load(&loader, path, key, NULL, &error);
        if (unit)
            unit->file->generate = true;
        else
            diag_error(diag, (struct span){ 0 }, "unreadable", "cannot read '%.*s': %.*s",
                       STR_ARG(path), STR_ARG(error));
    }
    return loader.units;
}
