/* SPDX-License-Identifier: MIT */
/* store.c: see store.h.
 *
 * An entry is kept as the message that the IDL declares, encoded. A key that was removed keeps its row,
 * without an entry, so that watchers hear of it however late they ask. */
#define _POSIX_C_SOURCE 200809L
#include "store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { BUSY_MS = 10000 };

static const char schema[] =
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = FULL;" /* a commit is on the disk when it returns */
    "CREATE TABLE IF NOT EXISTS entries("
    "  key BLOB PRIMARY KEY,"
    "  revision INTEGER NOT NULL UNIQUE,"
    "  entry BLOB," /* NULL: removed */
    "  kind INTEGER NOT NULL,"
    "  size INTEGER NOT NULL,"
    "  touched INTEGER NOT NULL DEFAULT 0"
    ") WITHOUT ROWID";

enum { GET, FIND, STATS, REVISION, CHANGES, BEGIN, COMMIT, ROLLBACK, PUT, REMOVE, TOUCH, COUNT };

static const char *const statements[COUNT] = {
    [GET] = "SELECT entry FROM entries WHERE key = ?1 AND entry IS NOT NULL",
    [FIND] = "SELECT entry, key, kind FROM entries WHERE key >= ?1 AND entry IS NOT NULL"
             " ORDER BY key",
    [STATS] = "SELECT kind, COUNT(*), SUM(size) FROM entries WHERE entry IS NOT NULL GROUP BY kind",
    [REVISION] = "SELECT COALESCE(MAX(revision), 0) FROM entries",
    [CHANGES] = "SELECT entry, key, revision FROM entries WHERE revision > ?1 ORDER BY revision",
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [PUT] = "INSERT INTO entries(key, revision, entry, kind, size)"
            " VALUES(?1, (SELECT COALESCE(MAX(revision), 0) + 1 FROM entries), ?2, ?3, ?4)"
            " ON CONFLICT(key) DO UPDATE SET revision = excluded.revision, entry = excluded.entry,"
            " kind = excluded.kind, size = excluded.size",
    [REMOVE] = "UPDATE entries SET revision = (SELECT MAX(revision) + 1 FROM entries),"
               " entry = NULL, touched = 0 WHERE key = ?1 AND entry IS NOT NULL",
    [TOUCH] = "UPDATE entries SET touched = touched + 1 WHERE key = ?1",
};

struct kv_store {
    sqlite3 *db;
    sqlite3_stmt *statement[COUNT];
};

/* ---- Life ---- */

void store_close(kv_store *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < COUNT; i++)
        sqlite3_finalize(s->statement[i]);
    sqlite3_close(s->db);
    free(s);
}

const char *store_error(const kv_store *s)
{
    return sqlite3_errmsg(s->db);
}

static bool prepare(kv_store *s, const char *path)
{
    if (sqlite3_open(path, &s->db) != SQLITE_OK ||
        sqlite3_busy_timeout(s->db, BUSY_MS) != SQLITE_OK ||
        sqlite3_exec(s->db, schema, NULL, NULL, NULL) != SQLITE_OK)
        return false;
    for (size_t i = 0; i < COUNT; i++)
        if (sqlite3_prepare_v3(s->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &s->statement[i], NULL) != SQLITE_OK)
            return false;
    return true;
}

kv_store *store_open(const char *path, char **error)
{
    kv_store *s = calloc(1, sizeof *s);
    *error = NULL;
    if (s != NULL && prepare(s, path))
        return s;
    *error = strdup(s != NULL ? sqlite3_errmsg(s->db) : "out of memory");
    store_close(s);
    return NULL;
}

/* ---- Statements ---- */

static idl_code code_of(int result)
{
    switch (result & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return IDL_OK;
    case SQLITE_NOMEM:
    case SQLITE_FULL:
    case SQLITE_TOOBIG: return IDL_RESOURCE_EXHAUSTED;
    default: return IDL_INTERNAL;
    }
}

/* SQLite takes a blob without an address for NULL. */
static void bind(sqlite3_stmt *statement, int index, idl_bytes value)
{
    sqlite3_bind_blob64(statement, index, value.len > 0 ? (const void *)value.data : "", value.len,
                        SQLITE_STATIC);
}

static void bind_key(sqlite3_stmt *statement, idl_str key)
{
    bind(statement, 1, (idl_bytes){ (const uint8_t *)key.data, key.len });
}

/* Runs a statement that gives no rows. */
static idl_code run(kv_store *s, int which)
{
    int result = sqlite3_step(s->statement[which]);
    sqlite3_reset(s->statement[which]);
    sqlite3_clear_bindings(s->statement[which]);
    return code_of(result);
}

/* The end of one that gives rows; result is that of the last step. */
static idl_code done(sqlite3_stmt *statement, int result)
{
    idl_code code = code_of(result);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return code;
}

/* A column in memory of the arena: SQLite's own is gone with the next step. */
static idl_str column_text(sqlite3_stmt *statement, int column, idl_arena *arena)
{
    const char *data = sqlite3_column_blob(statement, column);
    return idl_arena_str(arena, (idl_str){ data, (size_t)sqlite3_column_bytes(statement, column) });
}

/* Column 0, decoded. What it points to is in the arena. */
static idl_code column_entry(sqlite3_stmt *statement, idl_arena *arena, demo_kv_entry *entry)
{
    idl_str copy = column_text(statement, 0, arena);
    if (idl_arena_failed(arena))
        return IDL_RESOURCE_EXHAUSTED;
    return demo_kv_entry_decode(entry, arena,
                                (idl_bytes){ (const uint8_t *)copy.data, copy.len }) == IDL_OK
               ? IDL_OK
               : IDL_INTERNAL;
}

/* ---- Reading ---- */

idl_code store_get(kv_store *s, idl_str key, idl_arena *arena, demo_kv_entry *entry)
{
    sqlite3_stmt *get = s->statement[GET];
    bind_key(get, key);
    int result = sqlite3_step(get);
    idl_code code = result == SQLITE_ROW    ? column_entry(get, arena, entry)
                    : result == SQLITE_DONE ? IDL_NOT_FOUND
                                            : IDL_OK;
    idl_code last = done(get, result);
    return last != IDL_OK ? last : code;
}

static bool has_prefix(sqlite3_stmt *statement, int column, idl_str prefix)
{
    const void *key = sqlite3_column_blob(statement, column);
    return (size_t)sqlite3_column_bytes(statement, column) >= prefix.len &&
           (prefix.len == 0 || memcmp(key, prefix.data, prefix.len) == 0);
}

struct found {
    demo_kv_entry *items;
    size_t count, room;
};

static demo_kv_entry *add(struct found *found, idl_arena *arena)
{
    if (found->count == found->room) {
        size_t room = found->room > 0 ? 2 * found->room : 16;
        demo_kv_entry *items = idl_arena_alloc(arena, room * sizeof *items);
        if (items == NULL)
            return NULL;
        if (found->count > 0)
            memcpy(items, found->items, found->count * sizeof *items);
        found->items = items;
        found->room = room;
    }
    return &found->items[found->count++];
}

idl_code store_find(kv_store *s, idl_str prefix, demo_kv_kind kind, const uint32_t *limit,
                    idl_arena *arena, demo_kv_entry_list *entries)
{
    sqlite3_stmt *find = s->statement[FIND];
    struct found found = { 0 };
    idl_code code = IDL_OK;
    int result = SQLITE_DONE;
    bind_key(find, prefix);
    while (code == IDL_OK && (limit == NULL || found.count < *limit) &&
           (result = sqlite3_step(find)) == SQLITE_ROW && has_prefix(find, 1, prefix)) {
        if (kind != DEMO_KV_KIND_NOTHING && sqlite3_column_int(find, 2) != (int)kind)
            continue;
        demo_kv_entry *entry = add(&found, arena);
        code = entry != NULL ? column_entry(find, arena, entry) : IDL_RESOURCE_EXHAUSTED;
    }
    idl_code last = done(find, result);
    *entries = (demo_kv_entry_list){ found.items, found.count };
    return last != IDL_OK ? last : code;
}

idl_code store_stats(kv_store *s, idl_arena *arena, demo_kv_stats *stats)
{
    static const char *const names[] = { "number", "text", "blob" };
    enum { KINDS = sizeof names / sizeof *names };
    sqlite3_stmt *statement = s->statement[STATS];
    idl_uint64_by_str_entry *by_kind = idl_arena_alloc(arena, KINDS * sizeof *by_kind);
    if (by_kind == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    for (size_t k = 0; k < KINDS; k++)
        by_kind[k] = (idl_uint64_by_str_entry){ .key = idl_cstr(names[k]) };
    int result;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        int kind = sqlite3_column_int(statement, 0);
        uint64_t count = (uint64_t)sqlite3_column_int64(statement, 1);
        if (kind >= 1 && kind <= KINDS)
            by_kind[kind - 1].value = count;
        stats->keys += count;
        stats->bytes += (uint64_t)sqlite3_column_int64(statement, 2);
    }
    stats->by_kind = (idl_uint64_by_str){ by_kind, KINDS };
    return done(statement, result);
}

idl_code store_revision(kv_store *s, uint64_t *revision)
{
    sqlite3_stmt *statement = s->statement[REVISION];
    int result = sqlite3_step(statement);
    *revision = result == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
    return done(statement, result);
}

idl_code store_changes(kv_store *s, uint64_t after, idl_arena *arena,
                       bool (*fn)(const demo_kv_change *change, void *arg), void *arg)
{
    sqlite3_stmt *statement = s->statement[CHANGES];
    idl_code code = IDL_OK;
    int result;
    sqlite3_bind_int64(statement, 1, (sqlite3_int64)(after < INT64_MAX ? after : INT64_MAX));
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        demo_kv_entry entry;
        bool there = sqlite3_column_type(statement, 0) != SQLITE_NULL;
        if (there && (code = column_entry(statement, arena, &entry)) != IDL_OK)
            break;
        demo_kv_change change = {
            .revision = (uint64_t)sqlite3_column_int64(statement, 2),
            .key = column_text(statement, 1, arena),
            .entry = there ? &entry : NULL,
        };
        bool goes_on = fn(&change, arg);
        idl_arena_reset(arena);
        if (!goes_on)
            break;
    }
    idl_arena_reset(arena);
    idl_code last = done(statement, result);
    return last != IDL_OK ? last : code;
}

/* ---- Writing ---- */

idl_code store_begin(kv_store *s)
{
    return run(s, BEGIN);
}

idl_code store_commit(kv_store *s)
{
    return run(s, COMMIT);
}

/* SQLite may have done it by itself. */
void store_rollback(kv_store *s)
{
    if (sqlite3_get_autocommit(s->db) == 0)
        run(s, ROLLBACK);
}

demo_kv_kind store_kind(const demo_kv_value *value)
{
    switch (value->content) {
    case DEMO_KV_VALUE_CONTENT_NOT_SET: break;
    case DEMO_KV_VALUE_CONTENT_NUMBER: return DEMO_KV_KIND_NUMBER;
    case DEMO_KV_VALUE_CONTENT_TEXT: return DEMO_KV_KIND_TEXT;
    case DEMO_KV_VALUE_CONTENT_BLOB: return DEMO_KV_KIND_BLOB;
    }
    return DEMO_KV_KIND_NOTHING;
}

static size_t size_of(const demo_kv_value *value)
{
    switch (store_kind(value)) {
    case DEMO_KV_KIND_TEXT: return value->text.len;
    case DEMO_KV_KIND_BLOB: return value->blob.len;
    case DEMO_KV_KIND_NUMBER: return sizeof value->number;
    case DEMO_KV_KIND_NOTHING: break;
    }
    return 0;
}

idl_code store_put(kv_store *s, const demo_kv_entry *entry, idl_arena *arena)
{
    sqlite3_stmt *put = s->statement[PUT];
    idl_bytes bytes;
    idl_code code = demo_kv_entry_encode(entry, arena, &bytes);
    if (code != IDL_OK)
        return code;
    if (bytes.len > DEMO_KV_MAX_ENTRY)
        return IDL_INVALID_ARGUMENT;
    bind_key(put, entry->key);
    bind(put, 2, bytes);
    sqlite3_bind_int(put, 3, (int)store_kind(entry->value));
    sqlite3_bind_int64(put, 4, (sqlite3_int64)size_of(entry->value));
    return run(s, PUT);
}

idl_code store_remove(kv_store *s, idl_str key, bool *removed)
{
    bind_key(s->statement[REMOVE], key);
    idl_code code = run(s, REMOVE);
    *removed = code == IDL_OK && sqlite3_changes(s->db) > 0;
    return code;
}

idl_code store_touch(kv_store *s, idl_str key)
{
    bind_key(s->statement[TOUCH], key);
    return run(s, TOUCH);
}
