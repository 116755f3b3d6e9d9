/* SPDX-License-Identifier: MIT */
/* call.c: what clients and handlers both do with a call: its memory and its status. */
#include "call.h"

#include <stdarg.h>

#include "call_meta.h"
#include "chain.h"
#include "clock.h"
#include "format.h"
#include "kin.h"
#include "mem.h"

static const char no_memory[] = "out of memory";
static const char no_call[] = "there was no memory for the call";

/* A block that a kept message points into; in the call's arena. */
struct idl__held {
    struct idl__held *next;
    idl__block *block;
};

/* ---- Life ---- */

idl_call *idl_call_new(void)
{
    idl_call *call = idl__calloc(1, sizeof *call);
    if (call == NULL)
        return NULL;
    idl__arena_init(&call->arena);
    idl__arena_init(&call->items);
    call->message = (idl_str)IDL_STR("");
    call->peer = "";
    return call;
}

/* The message that was received last lives longer than the run that it came in. */
static void part_item(idl_call *call)
{
    if (call->item != NULL || call->fetched == NULL)
        return;
    call->item = call->fetched->block;
    idl__block_retain(call->item);
}

void idl__call_drop_messages(idl_call *call)
{
    if (call->stream.first == NULL && call->fetched == NULL)
        return;
    part_item(call);
    idl__stream_drop(&call->stream);
    idl__runs_free(&call->fetched);
}

void idl__call_drop_memory(idl_call *call)
{
    idl__call_drop_item(call);
    for (struct idl__held *held = call->kept; held != NULL; held = held->next)
        idl__block_release(held->block);
    call->kept = NULL;
    idl__call_forget_received(call);
    idl_arena_reset(&call->arena);
    idl__block_release(call->block);
    call->block = NULL;
}

void idl__call_reset(idl_call *call)
{
    if (call->client.abandon != NULL)
        call->client.abandon(call);
    idl__chain_release(call->chain); /* of a call that nobody is left to tell of */
    call->chain = NULL;
    idl__kin_leave(call);
    idl__call_drop_messages(call);
    idl__call_drop_memory(call);
    call->client.wish = IDL__UNSAID;
    call->client.on_writable.fn = NULL;
    idl__call_forget_sent(call);
    call->deadline = 0;
    call->code = IDL_OK;
    call->message = (idl_str)IDL_STR("");
}

void idl__call_free(idl_call *call)
{
    idl__call_reset(call);
    idl__call_free_metadata(call);
    idl__arena_fini(&call->arena);
    idl__arena_fini(&call->items);
    idl__free(call);
}

/* A handler's call is the runtime's. */
void idl_call_free(idl_call *call)
{
    if (call != NULL && call->role != IDL__CALL_SERVER)
        idl__call_free(call);
}

void idl_call_reset(idl_call *call)
{
    if (call != NULL && call->role != IDL__CALL_SERVER)
        idl__call_reset(call);
}

/* ---- Memory ---- */

idl_arena *idl_call_arena(idl_call *call)
{
    return call != NULL ? &call->arena : NULL;
}

void *idl_call_alloc(idl_call *call, size_t size)
{
    return idl_arena_alloc(idl_call_arena(call), size);
}

idl_str idl_call_str(idl_call *call, idl_str s)
{
    return idl_arena_str(idl_call_arena(call), s);
}

idl_str idl_call_printf(idl_call *call, const char *format, ...)
{
    idl_str text = IDL_STR("");
    va_list args;
    va_start(args, format);
    if (call != NULL)
        text = idl__format(&call->arena, format, args);
    va_end(args);
    return text;
}

/* ---- Time ---- */

uint64_t idl_now(void)
{
    return idl__clock_now();
}

/* Not of an RPC that is under way: others may be looking at it. */
void idl_call_set_deadline(idl_call *call, uint64_t monotonic_ns)
{
    if (call != NULL && call->role != IDL__CALL_SERVER && (!call->client.busy || call->chain_open))
        call->deadline = monotonic_ns;
}

void idl_call_set_timeout(idl_call *call, uint32_t ms)
{
    idl_call_set_deadline(call, idl__clock_now() + ms * IDL__MS);
}

void idl_call_set_wait_for_ready(idl_call *call, bool wait)
{
    if (call != NULL && call->role != IDL__CALL_SERVER && !call->client.busy)
        call->client.wish = wait ? IDL__PATIENT : IDL__HASTY;
}

uint64_t idl_call_deadline(const idl_call *call)
{
    return call != NULL ? call->deadline : 0;
}

/* ---- Messages of streams ---- */

void idl_call_keep(idl_call *call)
{
    if (call == NULL || call->arena.failed)
        return;
    part_item(call);
    if (call->item != NULL) {
        struct idl__held *held = idl__arena_object(&call->arena, sizeof *held);
        if (held == NULL)
            return; /* sticks: nothing more is received into its place */
        *held = (struct idl__held){ call->kept, call->item };
        call->kept = held;
        call->item = NULL;
    }
    idl__arena_absorb(&call->arena, &call->items);
}

void idl_call_on_writable(idl_call *call, void (*fn)(idl_call *call, void *arg), void *arg)
{
    struct idl__hook hook = { fn, arg };
    if (call == NULL)
        return;
    if (call->role == IDL__CALL_SERVER)
        call->server.on_writable(call, hook);
    else
        call->client.on_writable = hook;
}

/* ---- Status ---- */

idl_code idl_call_code(const idl_call *call)
{
    return call != NULL ? call->code : IDL_RESOURCE_EXHAUSTED;
}

const char *idl_call_message(const idl_call *call)
{
    return call != NULL ? call->message.data : no_call;
}

void idl__call_status(idl_call *call, idl_code code, idl_str message)
{
    call->code = code;
    call->message = idl_arena_str(&call->arena, message);
    if (call->arena.failed)
        call->message = (idl_str){ no_memory, sizeof no_memory - 1 };
}

idl_code idl_call_fail(idl_call *call, idl_code code, const char *format, ...)
{
    if (call == NULL)
        return code;
    va_list args;
    va_start(args, format);
    call->code = code;
    call->message = idl__format(&call->arena, format, args);
    va_end(args);
    return code;
}

/* ---- What a handler knows ---- */

void *idl_call_user(const idl_call *call)
{
    return call != NULL ? call->user : NULL;
}

const char *idl_call_service(const idl_call *call)
{
    return call != NULL && call->method != NULL ? call->method->service : "";
}

const char *idl_call_method(const idl_call *call)
{
    return call != NULL && call->method != NULL ? call->method->name : "";
}

const char *idl_call_peer(const idl_call *call)
{
    return call != NULL ? call->peer : "";
}
