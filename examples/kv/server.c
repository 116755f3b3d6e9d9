/* SPDX-License-Identifier: MIT */
/* server.c: serves a table of entries. usage: kv_server [ADDRESS]
 *
 * One worker, so handlers never run at the same time and the table needs no lock. */
#include <stdio.h>
#include <string.h>

#include "kv_server.h"
#include "table.h"

static const char *const kind_names[] = { "nothing", "number", "text", "blob" };

static demo_kv_kind kind_of(const demo_kv_value *value)
{
    switch (value->content) {
    case DEMO_KV_VALUE_CONTENT_NOT_SET: return DEMO_KV_KIND_NOTHING;
    case DEMO_KV_VALUE_CONTENT_NUMBER: return DEMO_KV_KIND_NUMBER;
    case DEMO_KV_VALUE_CONTENT_TEXT: return DEMO_KV_KIND_TEXT;
    case DEMO_KV_VALUE_CONTENT_BLOB: return DEMO_KV_KIND_BLOB;
    }
    return DEMO_KV_KIND_NOTHING;
}

static row *lookup(idl_call *call, idl_str key)
{
    const table *t = idl_call_user(call);
    bool found;
    size_t at = table_seek(t, key, &found);
    return found ? t->rows[at] : NULL;
}

static idl_code check_key(idl_call *call, idl_str key)
{
    if (key.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "a key can't be empty");
    if (key.len > DEMO_KV_MAX_KEY)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "a key has at most %u bytes, not %zu",
                             (unsigned)DEMO_KV_MAX_KEY, key.len);
    return IDL_OK;
}

static idl_code store(idl_call *call, const demo_kv_entry *entry)
{
    if (table_put(idl_call_user(call), entry) == NULL)
        return idl_call_fail(call, IDL_RESOURCE_EXHAUSTED, "no memory for '%s'", entry->key.data);
    return IDL_OK;
}

static idl_code get(idl_call *call, idl_str key, demo_kv_entry *reply)
{
    const row *r = lookup(call, key);
    if (r == NULL)
        return idl_call_fail(call, IDL_NOT_FOUND, "no key '%s'", key.data);
    *reply = r->entry; /* what it points to lives until the entry is changed: after the reply */
    return IDL_OK;
}

static idl_code put(idl_call *call, idl_str key, const demo_kv_value *value, idl_str_list tags,
                    idl_str_by_str attributes, const idl_str *note, const uint64_t *if_version,
                    uint64_t *reply)
{
    if (check_key(call, key) != IDL_OK)
        return IDL_INVALID_ARGUMENT;
    if (value->content == DEMO_KV_VALUE_CONTENT_NOT_SET)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "no value for '%s'", key.data);
    const row *old = lookup(call, key);
    uint64_t version = old != NULL ? old->entry.version : 0;
    if (if_version != NULL && *if_version != version)
        return idl_call_fail(call, IDL_ABORTED, "'%s' has version %llu, not %llu", key.data,
                             (unsigned long long)version, (unsigned long long)*if_version);
    demo_kv_entry entry = {
        .key = key,
        .value = value,
        .version = version + 1,
        .tags = tags,
        .attributes = attributes,
        .has_note = note != NULL,
        .note = note != NULL ? *note : (idl_str){ 0 },
    };
    *reply = entry.version;
    return store(call, &entry);
}

static idl_code add(idl_call *call, idl_str key, int64_t delta, int64_t *reply)
{
    if (check_key(call, key) != IDL_OK)
        return IDL_INVALID_ARGUMENT;
    const row *old = lookup(call, key);
    if (old != NULL && kind_of(old->entry.value) != DEMO_KV_KIND_NUMBER)
        return idl_call_fail(call, IDL_FAILED_PRECONDITION, "'%s' is not a number", key.data);
    int64_t number = old != NULL ? old->entry.value->number : 0;
    if (delta > 0 ? number > INT64_MAX - delta : number < INT64_MIN - delta)
        return idl_call_fail(call, IDL_OUT_OF_RANGE, "the sum for '%s' overflows", key.data);
    demo_kv_value sum = { .content = DEMO_KV_VALUE_CONTENT_NUMBER, .number = number + delta };
    demo_kv_entry entry = { .key = key };
    if (old != NULL)
        entry = old->entry;
    entry.value = &sum;
    entry.version++;
    *reply = sum.number;
    return store(call, &entry);
}

static idl_code kv_remove(idl_call *call, idl_str key, bool *reply)
{
    *reply = table_remove(idl_call_user(call), key);
    return IDL_OK;
}

static bool starts_with(idl_str s, idl_str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.data, prefix.data, prefix.len) == 0);
}

static idl_code find(idl_call *call, idl_str prefix, demo_kv_kind kind, const uint32_t *limit,
                     demo_kv_entry_list *reply)
{
    const table *t = idl_call_user(call);
    bool found;
    size_t first = table_seek(t, prefix, &found), end = first, count = 0;
    while (end < t->count && starts_with(t->rows[end]->entry.key, prefix))
        end++;
    demo_kv_entry *items = idl_call_alloc(call, (end - first) * sizeof *items);
    if (items == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    for (size_t i = first; i < end && (limit == NULL || count < *limit); i++) {
        const demo_kv_entry *entry = &t->rows[i]->entry;
        if (kind == DEMO_KV_KIND_NOTHING || kind == kind_of(entry->value))
            items[count++] = *entry;
    }
    *reply = (demo_kv_entry_list){ items, count };
    return IDL_OK;
}

static uint64_t size_of(const demo_kv_value *value)
{
    switch (kind_of(value)) {
    case DEMO_KV_KIND_TEXT: return value->text.len;
    case DEMO_KV_KIND_BLOB: return value->blob.len;
    case DEMO_KV_KIND_NUMBER: return sizeof value->number;
    case DEMO_KV_KIND_NOTHING: break;
    }
    return 0;
}

static idl_code stats(idl_call *call, demo_kv_stats *reply)
{
    enum { KINDS = sizeof kind_names / sizeof *kind_names };
    const table *t = idl_call_user(call);
    idl_uint64_by_str_entry *by_kind = idl_call_alloc(call, KINDS * sizeof *by_kind);
    if (by_kind == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    for (size_t k = 0; k < KINDS; k++)
        by_kind[k] = (idl_uint64_by_str_entry){ .key = idl_cstr(kind_names[k]) };
    for (size_t i = 0; i < t->count; i++) {
        const demo_kv_value *value = t->rows[i]->entry.value;
        by_kind[kind_of(value)].value++;
        reply->bytes += size_of(value);
    }
    reply->keys = t->count;
    reply->by_kind = (idl_uint64_by_str){ by_kind + 1, KINDS - 1 };
    return IDL_OK;
}

static idl_code touch(idl_call *call, idl_str key)
{
    row *r = lookup(call, key);
    if (r != NULL)
        r->touched++;
    return IDL_OK;
}

int main(int argc, char **argv)
{
    static const demo_kv_kv_handlers handlers = {
        .get = get,
        .put = put,
        .add = add,
        .remove = kv_remove,
        .find = find,
        .stats = stats,
        .touch = touch,
    };
    table t = { 0 };
    idl_server *server = idl_server_new(NULL);
    demo_kv_kv_serve(server, &handlers, &t);
    int status = 1;
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50052") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = idl_server_run(server);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    table_free(&t);
    return status;
}
