/* SPDX-License-Identifier: MIT */
/* store.h: the entries, in a SQLite file.
 *
 * A store is one connection to the file, for one thread. Several may have the file open: one that reads
 * sees what was committed last. What a function gives lives in the arena that it was given.
 *
 * Codes: IDL_OK; IDL_RESOURCE_EXHAUSTED: no memory, the disk is full; IDL_NOT_FOUND where it says so;
 * IDL_INTERNAL for everything else, and store_error says what it was. */
#ifndef KV_STORE_H
#define KV_STORE_H

#include "kv_types.h"

typedef struct kv_store kv_store;

/* Makes the file when there is none. NULL: *error says why, and is to be freed by free(). */
kv_store *store_open(const char *path, char **error);
void store_close(kv_store *s); /* NULL is fine */
const char *store_error(const kv_store *s);

/* ---- Reading ---- */

/* IDL_NOT_FOUND, and nothing in *entry: there is none. */
idl_code store_get(kv_store *s, idl_str key, idl_arena *arena, demo_kv_entry *entry);

/* See find in kv.idl. */
idl_code store_find(kv_store *s, idl_str prefix, demo_kv_kind kind, const uint32_t *limit,
                    idl_arena *arena, demo_kv_entry_list *entries);

idl_code store_stats(kv_store *s, idl_arena *arena, demo_kv_stats *stats);

/* The last revision. */
idl_code store_revision(kv_store *s, uint64_t *revision);

/* Calls fn with each change behind the revision after, in their order, until it returns false. The
 * change, and what is in arena, is gone when fn has returned. */
idl_code store_changes(kv_store *s, uint64_t after, idl_arena *arena,
                       bool (*fn)(const demo_kv_change *change, void *arg), void *arg);

/* ---- Writing ---- */

/* All that is written is written between begin and commit, by one store at a time (the others wait). When
 * one of them fails: roll back. After commit it is on the disk. */
idl_code store_begin(kv_store *s);
idl_code store_commit(kv_store *s);
void store_rollback(kv_store *s);

/* IDL_INVALID_ARGUMENT: it is larger than DEMO_KV_MAX_ENTRY, and nothing is changed. */
idl_code store_put(kv_store *s, const demo_kv_entry *entry, idl_arena *arena);
idl_code store_remove(kv_store *s, idl_str key, bool *removed);
idl_code store_touch(kv_store *s, idl_str key);

/* What kind of value it is. */
demo_kv_kind store_kind(const demo_kv_value *value);

#endif
