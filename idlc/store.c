/* SPDX-License-Identifier: MIT */
/* store.c: from a template's name to its text: the user's folder first, then the built-in ones. */
#define _POSIX_C_SOURCE 200809L

#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct entry {
    const struct source *source;
    struct str name;
    struct entry *next;
};

struct store {
    struct arena *arena;
    const struct embedded_file *files;
    size_t count;
    struct str folder;
    struct entry *entries; /* what was found so far */
    struct str *used;      /* files of the folder that were found */
    size_t used_count, used_cap;
};

struct store *store_new(struct arena *arena, const struct embedded_file *files, size_t count,
                        struct str folder)
{
    struct store *store = ARENA_NEW(arena, struct store);
    *store = (struct store){ .arena = arena, .files = files, .count = count, .folder = folder };
    return store;
}

static struct str path_in_folder(const struct store *store, struct str name)
{
    return arena_printf(store->arena, "%.*s/%.*s", STR_ARG(store->folder), STR_ARG(name));
}

static void remember_use(struct store *store, struct str path)
{
    if (store->used_count == store->used_cap) {
        size_t cap = store->used_cap ? store->used_cap * 2 : 8;
        struct str *used = arena_array(store->arena, cap, sizeof *used);
        if (store->used_count)
            memcpy(used, store->used, store->used_count * sizeof *used);
        store->used = used;
        store->used_cap = cap;
    }
    store->used[store->used_count++] = path;
}

/* NULL with *error empty when the folder has no such file. */
static const struct source *find_in_folder(struct store *store, struct str name, struct str *error)
{
    struct str path = path_in_folder(store, name);
    struct stat info;
    if (stat(path.ptr, &info) != 0 && (errno == ENOENT || errno == ENOTDIR))
        return NULL;
    const struct source *source = source_load(store->arena, path, error);
    if (source)
        remember_use(store, path);
    return source;
}

static const struct source *find_built_in(const struct store *store, struct str name)
{
    for (size_t i = 0; i < store->count; i++) {
        const struct embedded_file *file = &store->files[i];
        if (!str_is(name, file->name))
            continue;
        struct str shown = arena_printf(store->arena, "<built-in>/%s", file->name);
        return source_from(store->arena, shown,
                           (struct str){ (const char *)file->data, file->size });
    }
    return NULL;
}

const struct source *store_find(struct store *store, struct str name, struct str *error)
{
    *error = (struct str){ 0 };
    for (const struct entry *entry = store->entries; entry; entry = entry->next) {
        if (str_eq(entry->name, name))
            return entry->source;
    }
    if (name.len == 0 || memchr(name.ptr, '/', name.len) || memchr(name.ptr, '\0', name.len))
        return NULL;
    const struct source *source = NULL;
    if (store->folder.len)
        source = find_in_folder(store, name, error);
    if (!source && error->len == 0)
        source = find_built_in(store, name);
    if (source) {
        struct entry *entry = ARENA_NEW(store->arena, struct entry);
        *entry = (struct entry){ source, arena_str(store->arena, name), store->entries };
        store->entries = entry;
    }
    return source;
}

struct str store_closest(const struct store *store, struct str name)
{
    struct str *names = arena_array(store->arena, store->count, sizeof *names);
    for (size_t i = 0; i < store->count; i++)
        names[i] = str_from(store->files[i].name);
    return diag_closest(name, names, store->count);
}

const struct str *store_used(const struct store *store, size_t *count)
{
    *count = store->used_count;
    return store->used;
}

static bool is_known(const struct store *store, struct str name)
{
    for (size_t i = 0; i < store->count; i++) {
        if (str_is(name, store->files[i].name))
            return true;
    }
    for (const struct entry *entry = store->entries; entry; entry = entry->next) {
        if (str_eq(entry->name, name))
            return true;
    }
    return false;
}

static void check_file(const struct store *store, struct diag *diag, struct str name)
{
    if (!str_ends(name, STR(".mako")) || is_known(store, name))
        return;
    struct str closest = store_closest(store, name);
    if (closest.len == 0)
        return;
    struct span nowhere = { 0 };
    struct str path = path_in_folder(store, name);
    diag_warning(diag, nowhere, "unused-template",
                 "nothing uses the template '%.*s'; did you mean to name it '%.*s'?", STR_ARG(path),
                 STR_ARG(closest));
}

void store_check_folder(const struct store *store, struct diag *diag)
{
    if (store->folder.len == 0)
        return;
    struct dirent **entries;
    struct str folder = arena_str(store->arena, store->folder);
    int count = scandir(folder.ptr, &entries, NULL, alphasort);
    if (count < 0) {
        struct span nowhere = { 0 };
        diag_error(diag, nowhere, "templates", "cannot read the folder '%.*s': %s", STR_ARG(folder),
                   strerror(errno));
        return;
    }
    for (int i = 0; i < count; i++) {
        check_file(store, diag, arena_str(store->arena, str_from(entries[i]->d_name)));
        free(entries[i]);
    }
    free(entries);
}
