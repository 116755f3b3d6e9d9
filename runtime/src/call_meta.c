/* SPDX-License-Identifier: MIT */
/* call_meta.c: metadata and details as applications see them. */
#include "call_meta.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mem.h"

#define TYPE_PREFIX "type.googleapis.com/"

/* ---- Life ---- */

idl__metadata *idl__call_metadata(idl_call *call)
{
    if (call->meta == NULL)
        call->meta = idl__calloc(1, sizeof *call->meta);
    call->meta_failed |= call->meta == NULL;
    return call->meta;
}

void idl__call_metadata_fail(idl_call *call, idl_code code, const char *format, ...)
{
    idl__metadata *m = idl__call_metadata(call);
    if (m == NULL || m->code != IDL_OK)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(m->error, sizeof m->error, format, args);
    va_end(args);
    m->code = code;
}

idl_code idl__call_metadata_code(const idl_call *call, const char **why)
{
    if (call->meta_failed) {
        *why = "out of memory";
        return IDL_RESOURCE_EXHAUSTED;
    }
    if (call->meta == NULL)
        return IDL_OK;
    *why = call->meta->error;
    return call->meta->code;
}

static void forget_error(idl_call *call)
{
    call->meta->code = IDL_OK;
    call->meta_failed = false;
}

void idl__call_forget_all_received(idl_call *call)
{
    idl__metadata *m = call->meta;
    for (size_t i = IDL_META_INITIAL; i < IDL__LISTS; i++)
        m->lists[i] = (idl__pairs){ NULL, NULL, 0 };
    m->initial_sent = false;
    if (call->role == IDL__CALL_SERVER)
        m->lists[IDL_META_REQUEST] = (idl__pairs){ NULL, NULL, 0 };
}

void idl__call_forget_all_sent(idl_call *call)
{
    call->meta->lists[IDL_META_REQUEST] = (idl__pairs){ NULL, NULL, 0 };
    call->meta->trace = (idl_trace){ .flags = 0 };
    idl_arena_reset(&call->meta->memory);
    forget_error(call);
}

void idl__call_free_metadata(idl_call *call)
{
    if (call->meta != NULL)
        idl__arena_fini(&call->meta->memory);
    idl__free(call->meta);
}

/* ---- Sending ---- */

/* Where this side may add now; NULL with *code. */
static idl__pairs *open_list(idl_call *call, idl_meta_part part, idl_code *code)
{
    *code = IDL_RESOURCE_EXHAUSTED;
    if (call == NULL)
        return NULL;
    bool server = call->role == IDL__CALL_SERVER;
    bool known = part == IDL_META_REQUEST || part == IDL_META_INITIAL || part == IDL_META_TRAILING;
    bool mine = known && server == (part != IDL_META_REQUEST);
    bool late = server ? part == IDL_META_INITIAL && call->meta != NULL && call->meta->initial_sent
                       : call->client.busy && !call->chain_open;
    if (!mine || late) {
        *code = IDL_FAILED_PRECONDITION;
        return NULL;
    }
    idl__metadata *m = idl__call_metadata(call);
    if (m != NULL)
        *code = m->code;
    return m != NULL && m->code == IDL_OK ? &m->lists[part] : NULL;
}

/* Handlers' own pairs go with the rest of what they made. */
static idl_arena *memory_of(idl_call *call)
{
    return call->role == IDL__CALL_SERVER ? &call->arena : &call->meta->memory;
}

static idl_code add(idl_call *call, idl__pairs *list, idl_str key, idl_bytes value)
{
    const char *wrong = idl__meta_wrong(key, value, true);
    if (wrong != NULL) {
        idl__call_metadata_fail(call, IDL_INVALID_ARGUMENT, "metadata '%.60s': %s", key.data,
                                wrong);
        return IDL_INVALID_ARGUMENT;
    }
    if (idl__pairs_add(list, memory_of(call), key, value))
        return IDL_OK;
    idl__call_metadata_fail(call, IDL_RESOURCE_EXHAUSTED, "out of memory");
    return IDL_RESOURCE_EXHAUSTED;
}

static idl_bytes as_bytes(const char *text)
{
    idl_str s = idl_cstr(text);
    return (idl_bytes){ (const uint8_t *)s.data, s.len };
}

idl_code idl_meta_add_bytes(idl_call *call, idl_meta_part part, const char *key, idl_bytes value)
{
    idl_code code;
    idl__pairs *list = open_list(call, part, &code);
    return list != NULL ? add(call, list, idl_cstr(key), value) : code;
}

idl_code idl_meta_add(idl_call *call, idl_meta_part part, const char *key, const char *value)
{
    return idl_meta_add_bytes(call, part, key, as_bytes(value));
}

idl_code idl_meta_set(idl_call *call, idl_meta_part part, const char *key, const char *value)
{
    idl_code code;
    idl__pairs *list = open_list(call, part, &code);
    if (list == NULL)
        return code;
    idl__pairs_remove(list, idl_cstr(key));
    return add(call, list, idl_cstr(key), as_bytes(value));
}

/* ---- Receiving ---- */

static void took(idl_call *call, idl_code code)
{
    if (code == IDL_INVALID_ARGUMENT)
        idl__call_metadata_fail(call, code, "metadata with a key or a value that is not legal");
    else if (code != IDL_OK)
        idl__call_metadata_fail(call, code, "out of memory");
}

void idl__call_take_metadata(idl_call *call, idl_meta_part part, idl_bytes envelope, uint32_t field)
{
    idl__metadata *m = idl__call_metadata(call);
    if (m != NULL)
        took(call, idl__pairs_take(&m->lists[part], &call->arena, envelope, field));
}

void idl__call_take_details(idl_call *call, idl_bytes response)
{
    idl__metadata *m = idl__call_metadata(call);
    if (m != NULL)
        took(call, idl__pairs_take_details(&m->lists[IDL__DETAILS], &call->arena, response));
}

static const idl__pairs *list_of(const idl_call *call, size_t i)
{
    static const idl__pairs none = { NULL, NULL, 0 };
    return call != NULL && call->meta != NULL && i < IDL__LISTS ? &call->meta->lists[i] : &none;
}

static const idl_meta *meta_of(const idl__pair *pair)
{
    return pair != NULL ? &pair->meta : NULL;
}

static const idl_meta *next(const idl__pairs *list, const idl_meta *after)
{
    return meta_of(after != NULL ? ((const idl__pair *)after)->next : list->first);
}

const idl_meta *idl_meta_next(const idl_call *call, idl_meta_part part, const idl_meta *after)
{
    return (size_t)part != IDL__DETAILS ? next(list_of(call, part), after) : NULL;
}

const idl_meta *idl_meta_find(const idl_call *call, idl_meta_part part, const char *key,
                              const idl_meta *after)
{
    return meta_of(idl__pairs_find(list_of(call, part), idl_cstr(key), after));
}

const char *idl_meta_get(const idl_call *call, idl_meta_part part, const char *key)
{
    const idl_meta *meta = idl_meta_find(call, part, key, NULL);
    return meta != NULL ? (const char *)meta->value.data : NULL;
}

/* ---- Details ---- */

static idl_str type_url(idl_call *call, const char *name)
{
    return strchr(name, '/') != NULL ? idl_cstr(name)
                                     : idl_call_printf(call, TYPE_PREFIX "%s", name);
}

idl_code idl_detail_put(idl_call *call, const char *name, const idl_message *type,
                        const void *message)
{
    if (call == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (call->role != IDL__CALL_SERVER)
        return IDL_FAILED_PRECONDITION;
    idl_bytes value;
    idl_code code = idl_encode(type, message, &call->arena, &value);
    idl__metadata *m = code == IDL_OK ? idl__call_metadata(call) : NULL;
    if (m != NULL &&
        idl__pairs_add(&m->lists[IDL__DETAILS], &call->arena, type_url(call, name), value))
        return IDL_OK;
    if (code == IDL_INVALID_ARGUMENT) {
        idl__call_metadata_fail(call, code, "the detail '%.60s' can't be encoded", name);
        return code;
    }
    idl__call_metadata_fail(call, IDL_RESOURCE_EXHAUSTED, "out of memory");
    return IDL_RESOURCE_EXHAUSTED;
}

/* The name behind the last '/', unless a whole URL is asked for. */
static bool is_named(idl_str url, const char *name)
{
    size_t from = 0;
    for (size_t i = 0; i < url.len && strchr(name, '/') == NULL; i++)
        from = url.data[i] == '/' ? i + 1 : from;
    return idl_str_equal((idl_str){ url.data + from, url.len - from }, idl_cstr(name));
}

bool idl_detail_get(idl_call *call, const char *name, const idl_message *type, void *message)
{
    const idl_meta *detail = next(list_of(call, IDL__DETAILS), NULL);
    while (detail != NULL && !is_named(detail->key, name))
        detail = next(NULL, detail);
    if (detail != NULL)
        return idl_decode(type, detail->value, &call->arena, message) == IDL_OK;
    memcpy(message, type->empty, type->size);
    return false;
}

const idl_meta *idl_detail_next(const idl_call *call, const idl_meta *after)
{
    return next(list_of(call, IDL__DETAILS), after);
}
