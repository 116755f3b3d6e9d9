/* SPDX-License-Identifier: MIT */
/* client_call.c: blocking calls: the calling thread does the I/O.
 *
 * Alone on its channel a call is one write and one read. With others, a thread whose reply has not
 * come reads for all of them, if nobody does, or sleeps. */
#include "client_call.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "call_meta.h"
#include "chain.h"
#include "clock.h"
#include "codec.h"
#include "kin.h"
#include "loop_thread.h"
#include "probe.h"

enum {
    QUEUE_MAX = 1 << 20,  /* unsent bytes beyond which who adds to them waits */
    KEEP_MAX = 256 << 10, /* a longer request is not kept for another try */
    /* How often a call that nobody has seen is tried again: */
    UNREACHED_MAX = 2 * IDL__ENDPOINTS_MAX, /* there was no connection, but there may be another */
    UNWRITTEN_MAX = 3,                      /* the connection failed before its first byte */
    UNSEEN_MAX = 1                          /* the server says so */
};

static const idl_str out_of_memory = IDL_STR("out of memory");

/* ---- Beginning and settling ---- */

bool idl__client_begin(idl_call *call, const idl_method *method)
{
    if (call->client.busy || call->role == IDL__CALL_SERVER)
        return false;
    call->role = IDL__CALL_CLIENT;
    call->method = method;
    call->client.done = NULL;
    call->client.link = NULL;
    call->client.item_fn = NULL;
    call->client.channel = NULL;
    call->client.unwanted = call->client.starved = call->client.room = false;
    call->client.uses++;
    call->client.begun = 0;
    call->client.busy = true;
    call->client.over = false;
    call->client.never_started = call->client.again = call->client.kept = false;
    call->client.tries = call->client.repeats = 0;
    call->client.parked = false;
    call->client.repeat_at = 0;
    call->client.code = IDL_OK;
    call->client.message = (idl_str)IDL_STR("");
    call->client.payload = (idl_bytes)IDL_EMPTY_BYTES;
    IDL__PROBE_3(client_begin, method->service, method->name, call);
    return true;
}

idl_code idl__client_fail(idl_call *call, idl_code code, const char *format, ...)
{
    char text[IDL__ERROR_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    idl__block *block = idl__block_new(len);
    call->client.code = code;
    call->client.block = block;
    call->client.message = idl__link_text(block);
    if (block != NULL)
        memcpy(block->data, text, len);
    return code;
}

static idl_code fail_open(idl_channel *channel, idl_call *call, idl_code code)
{
    const idl_method *method = call->method;
    switch (code) {
    case IDL_INVALID_ARGUMENT:
        return idl__client_fail(call, code,
                                "the request of %s/%s can't be encoded: a string is not UTF-8, or "
                                "structs are nested more than %d deep",
                                method->service, method->name, IDL_DEPTH_MAX);
    case IDL_RESOURCE_EXHAUSTED:
        return idl__client_fail(call, code,
                                "the request of %s/%s is larger than %zu bytes, there is no "
                                "memory for it, or too many calls are open",
                                method->service, method->name, channel->limits.max_message);
    default:
        return idl__client_fail(call, code, "%.192s: the connection takes no new calls",
                                channel->address);
    }
}

/* What is left for the call; 0: no limit. False: nothing. */
static bool time_left(const idl_channel *channel, idl_call *call, uint64_t *left)
{
    *left = 0;
    if (call->deadline == 0 && channel->timeout_ms == 0)
        return true;
    uint64_t now = idl__clock_now();
    if (call->client.begun == 0) { /* else it is tried again */
        call->client.begun = now;
        if (call->deadline == 0)
            call->deadline = now + channel->timeout_ms * IDL__MS;
        else if (call->deadline == IDL_NEVER)
            call->deadline = 0;
    }
    if (call->deadline == 0)
        return true;
    *left = call->deadline > now ? call->deadline - now : 0;
    return *left > 0;
}

/* The deadline came first; reason: why the last attempt to connect failed, NULL: there was none. */
static idl_code fail_within(const idl_channel *channel, idl_call *call, const char *what, int ms,
                            const idl__block *reason)
{
    if (reason == NULL)
        return idl__client_fail(call, IDL_DEADLINE_EXCEEDED, "%.192s: %s within %d ms",
                                channel->address, what, ms);
    return idl__client_fail(call, IDL_DEADLINE_EXCEEDED,
                            "%.150s: %s within %d ms; before that: %.150s", channel->address, what,
                            ms, idl__link_text(reason).data);
}

/* It passed before the call was sent, or between two attempts to connect. */
static idl_code fail_late(const idl_channel *channel, idl_call *call)
{
    const idl__block *reason = call->client.tries > 0 ? idl__target_reason(channel) : NULL;
    if (reason == NULL)
        return idl__client_fail(call, IDL_DEADLINE_EXCEEDED,
                                "%.192s: the deadline had passed before the call was sent",
                                channel->address);
    return fail_within(channel, call, "not connected",
                       idl__clock_left_ms(call->deadline, call->client.begun), reason);
}

/* A link for the call, or an error in client.code. */
static idl__link *pick(idl_channel *channel, idl_call *call)
{
    const idl__target *failed;
    idl__link *link =
        idl__target_pick(channel, call->client.patient, call->client.tries == 0, &failed);
    if (link == NULL && failed != NULL && failed->reason != NULL)
        idl__client_fail(call, failed->code, "%s", idl__link_text(failed->reason).data);
    else if (link == NULL)
        idl__client_fail(call, IDL_RESOURCE_EXHAUSTED, "out of memory");
    return link;
}

idl_code idl__client_open(idl_channel *channel, idl_call *call, const void *request,
                          idl__link **link)
{
    idl__open open = { .method = call->method, .request = request };
    if (channel->refusal != NULL)
        return idl__client_fail(call, IDL_INVALID_ARGUMENT, "%s", channel->refusal);
    if (channel->closing)
        return idl__client_fail(call, IDL_CANCELLED, "the channel was closed");
    if (idl__client_was_cancelled(channel, call))
        return idl__client_fail(call, IDL_CANCELLED, "the call was cancelled before it began");
    if (!time_left(channel, call, &open.timeout_ns))
        return fail_late(channel, call);
    if (!idl__client_join(channel, call))
        return idl__client_fail(call, IDL_CANCELLED, "the call that it was made for is cancelled");
    if ((call->meta != NULL || call->meta_failed) &&
        !idl__client_add_metadata(channel, call, &open))
        return call->client.code;
    if (call->client.kept)
        open.encoded = &call->client.request;
    call->client.patient = call->client.wish != IDL__UNSAID ? call->client.wish == IDL__PATIENT
                                                            : channel->wait_for_ready;
    for (bool again = false;; again = true) {
        *link = pick(channel, call);
        if (*link == NULL)
            return call->client.code;
        idl_code code = idl__conn_open((*link)->conn, &call->stream, &open);
        if (code == IDL_OK) {
            (*link)->oneway |= (call->method->kind & IDL_ONEWAY) != 0;
            idl__client_expose(channel, call);
            return IDL_OK;
        }
        if (code != IDL_UNAVAILABLE || again)
            return fail_open(channel, call, code);
        idl__link_detach(*link);
    }
}

bool idl__client_intercept(idl_channel *channel, idl_call *call)
{
    if (channel->chain == NULL)
        return true;
    call->message = (idl_str)IDL_STR("");
    idl_code code = idl__chain_begin(channel->chain, call);
    if ((int)code < IDL_OK || code > IDL_UNAUTHENTICATED)
        code = IDL_UNKNOWN;
    if (code != IDL_OK)
        idl__client_fail(call, code, "%s", call->message.data);
    return code == IDL_OK;
}

static idl_code decode_reply(idl_call *call, void *reply)
{
    const idl_method *method = call->method;
    call->block = call->client.block; /* the reply may point into it */
    call->client.block = NULL;
    idl_code code = idl__decode_reply(method->reply, call->client.payload, &call->arena, reply);
    if (code == IDL_RESOURCE_EXHAUSTED || call->arena.failed)
        idl__call_status(call, IDL_RESOURCE_EXHAUSTED, out_of_memory);
    else if (code == IDL_OUT_OF_RANGE)
        idl_call_fail(call, IDL_RESOURCE_EXHAUSTED, "the reply takes too much memory, decoded");
    else if (code != IDL_OK)
        idl_call_fail(call, IDL_INTERNAL, "the reply of %s/%s does not decode", method->service,
                      method->name);
    return call->code;
}

idl_code idl__client_settle(idl_call *call, void *reply)
{
    if (call->client.headers.block != NULL || call->client.response.block != NULL)
        idl__client_settle_metadata(call);
    call->code = call->client.code;
    call->message = (idl_str)IDL_STR("");
    if (call->code != IDL_OK)
        idl__call_status(call, call->code, call->client.message);
    else if (reply != NULL)
        decode_reply(call, reply);
    if (call->code != IDL_OK && reply != NULL)
        memcpy(reply, call->method->reply->empty, call->method->reply->size);
    idl__block_release(call->client.block);
    call->client.block = NULL;
    if (call->chain != NULL)
        idl__chain_end(call, call->code, call->message.data);
    IDL__PROBE_4(client_end, call->method->service, call->method->name, call, (int)call->code);
    call->client.busy = false;
    call->client.wish = IDL__UNSAID;
    call->client.on_writable.fn = NULL;
    call->deadline = 0;
    idl__kin_leave(call);
    idl__call_forget_sent(call);
    idl__call_end_token(call);
    return call->code;
}

/* ---- Blocking calls ---- */

static const char *missing(const idl__link *link, const idl_call *call)
{
    if (link->state == IDL__CONNECTING)
        return "not connected";
    if ((call->method->kind & IDL_ONEWAY) != 0)
        return "not sent";
    return (call->method->kind & (IDL_STREAM_IN | IDL_STREAM_OUT)) != 0 ? "not over" : "no reply";
}

void idl__client_expire(idl_call *call)
{
    idl__link *link = call->client.link;
    const char *what = missing(link, call);
    int ms = idl__clock_left_ms(call->deadline, call->client.begun);
    idl__client_cancel(call, IDL_DEADLINE_EXCEEDED);
    bool tried = link->state == IDL__CONNECTING && link->target != NULL;
    fail_within(link->channel, call, what, ms, tried ? link->target->reason : NULL);
    idl__link_relieve(link);
}

void idl__client_work(idl__link *link, idl_call *call)
{
    uint64_t until = call->deadline != 0 ? call->deadline : IDL_NEVER;
    if (idl__link_can_write(link))
        idl__link_lead(link);
    else if (!link->reading && !link->led)
        idl__link_read(link, call, until);
    else if (idl__link_wants_watch(link))
        idl__link_watch(link, call, until);
    else
        idl__link_sleep(link, call, until);
    if (call->deadline == 0 || call->client.over || idl__clock_now() < call->deadline)
        return;
    idl__client_expire(call);
    if (idl__link_can_write(link))
        idl__link_write(link);
}

void idl__client_push(idl__link *link, idl_call *call)
{
    uint64_t end = link->sent + idl__conn_unsent(link->conn);
    while (link->state == IDL__CONNECTING && !call->client.over)
        idl__client_work(link, call);
    link->squeezed++;
    while (link->state == IDL__UP && !link->broken && !call->client.over && link->sent < end &&
           (!link->full || idl__conn_unsent(link->conn) > QUEUE_MAX))
        idl__client_work(link, call);
    link->squeezed--;
}

/* No event tells a oneway call that its link was lost. */
static void hand_over(idl__link *link, idl_call *call)
{
    uint64_t end = link->sent + idl__conn_unsent(link->conn);
    idl__client_push(link, call);
    if (call->client.over || link->sent >= end || (link->state == IDL__UP && !link->broken))
        return;
    call->client.code = link->code;
    call->client.never_started = !link->writing; /* a write under way may still reach the server */
    call->client.again = idl__client_may_retry(link, call);
    call->client.message = idl__link_text(link->reason);
    call->client.block = link->reason;
    if (link->reason != NULL)
        idl__block_retain(link->reason);
}

void idl__client_part(idl__link *link)
{
    if (idl__link_can_write(link))
        idl__link_write(link);
    idl__link_nudge(link);
}

/* From an open call to its end. */
static void drive(idl__link *link, idl_call *call)
{
    link->refs++;
    call->client.link = link;
    if ((call->method->kind & IDL_ONEWAY) != 0) {
        hand_over(link, call);
    } else {
        while (!call->client.over)
            idl__client_work(link, call);
    }
    idl__client_hide(call);
    call->client.link = NULL;
    idl__client_part(link);
}

bool idl__client_may_retry(const idl__link *link, const idl_call *call)
{
    const idl_channel *channel = link->channel;
    if (link->fd < 0) /* it was not connected */
        return call->client.patient ||
               (channel->spread && call->client.tries < UNREACHED_MAX && idl__target_any(channel));
    bool unwritten = !link->writing && link->sent <= call->stream.begun;
    if (call->client.code != IDL_UNAVAILABLE || (link->target != NULL && !channel->spread))
        return false;
    return unwritten ? call->client.tries < UNWRITTEN_MAX
                     : call->client.never_started && call->client.tries < UNSEEN_MAX;
}

void idl__client_again(idl_call *call)
{
    idl__block_release(call->client.block);
    call->client.block = NULL;
    idl__client_drop_envelopes(call);
    call->client.over = call->client.never_started = call->client.again = false;
    call->client.code = IDL_OK;
    if (call->client.tries < UINT8_MAX)
        call->client.tries++;
}

void idl__client_keep(idl__link *link, idl_call *call)
{
    idl_bytes request = idl__conn_request(link->conn);
    if (call->client.kept || (request.len > KEEP_MAX && !call->client.patient))
        return;
    idl__call_drop_memory(call);
    call->client.request = (idl_bytes)IDL_EMPTY_BYTES;
    call->client.kept = true;
    if (request.len == 0)
        return;
    bool failed = call->arena.failed;
    uint8_t *memory = idl__arena_text(&call->arena, request.len);
    call->arena.failed = failed; /* it goes on without another try */
    call->client.kept = memory != NULL;
    if (memory != NULL)
        call->client.request =
            (idl_bytes){ memcpy(memory, request.data, request.len), request.len };
}

static void run(idl_channel *channel, idl_call *call, const void *request)
{
    idl__link *link = NULL;
    idl__channel_lock(channel);
    while (idl__client_open(channel, call, request, &link) == IDL_OK && link != NULL) {
        drive(link, call);
        idl__link_unref(link);
        if (call->client.again)
            idl__client_again(call);
        else if (call->client.repeat_at == 0 || !idl__client_pause(channel, call))
            break;
    }
    idl__channel_unlock(channel);
}

idl_code idl__client_refuse(const idl_message *type, void *reply, idl_code code)
{
    if (reply != NULL)
        memcpy(reply, type->empty, type->size);
    return code;
}

bool idl__client_may_wait(const idl_channel *channel, idl_call *call)
{
    if (channel == NULL)
        idl__client_fail(call, IDL_RESOURCE_EXHAUSTED, "there was no memory for the channel");
    else if (idl__loop_thread())
        idl__client_fail(call, IDL_FAILED_PRECONDITION,
                         "a call that waits, on the loop of a server: start it with _async, or on "
                         "another thread");
    else
        return true;
    return false;
}

idl_code idl_client_call(idl_channel *channel, idl_call *call, const void *request, void *reply,
                         const idl_method *method)
{
    if (call == NULL)
        return idl__client_refuse(method->reply, reply, IDL_RESOURCE_EXHAUSTED);
    if (!idl__client_begin(call, method))
        return idl__client_refuse(method->reply, reply, IDL_FAILED_PRECONDITION);
    if (idl__client_may_wait(channel, call) && idl__client_intercept(channel, call))
        run(channel, call, request);
    idl__call_drop_memory(call);
    return idl__client_settle(call, reply);
}
