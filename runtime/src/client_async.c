/* SPDX-License-Identifier: MIT */
/* client_async.c: calls that report to a callback: how they start, and their callbacks. */
#include "client_call.h"
#include "codec.h"

enum {
    QUEUE_MAX = 256 << 10 /* started calls are written at the latest from this many bytes on */
};

/* A thread that is running callbacks. */
struct idl__round {
    pthread_t thread;
    struct idl__round *next;
};

/* ---- Starting ---- */

static idl_call *lend(idl_channel *channel, const idl_method *method)
{
    idl_call *call = channel->pool;
    if (call != NULL)
        channel->pool = call->client.next;
    else
        call = idl_call_new();
    if (call == NULL)
        return NULL;
    call->client.lent = true;
    idl__client_begin(call, method);
    return call;
}

static bool runs_callbacks(const idl_channel *channel)
{
    for (const struct idl__round *round = channel->rounds; round != NULL; round = round->next)
        if (pthread_equal(round->thread, pthread_self()))
            return true;
    return false;
}

/* What callbacks start is written after the last of them. What others start waits until somebody
 * carries the calls on, unless a thread sleeps in that already. */
void idl__client_flush(idl_channel *channel, idl__link *link)
{
    bool expected = channel->pollers != NULL && !runs_callbacks(channel);
    if (expected && !link->reading) {
        idl__channel_wake(channel, channel->pollers);
        return;
    }
    if ((expected || idl__conn_unsent(link->conn) >= QUEUE_MAX) && idl__link_can_write(link)) {
        link->refs++;
        idl__link_write(link);
        idl__link_nudge(link);
        idl__link_unref(link);
    }
}

void idl__client_look_sooner(idl_channel *channel, idl_call *call)
{
    while (channel->deadlines.first == &call->timed && channel->pollers != NULL)
        idl__channel_wake(channel, channel->pollers);
}

static void limit(idl_channel *channel, idl_call *call)
{
    if (call->deadline == 0)
        return;
    call->timed.at = call->deadline;
    idl__heap_add(&channel->deadlines, &call->timed);
    idl__client_look_sooner(channel, call);
}

static void start(idl_channel *channel, idl_call *call, const void *request)
{
    idl__link *link = NULL;
    idl__call_drop_messages(call);
    idl_code code = idl__client_open(channel, call, request, &link);
    if (code == IDL_OK && (call->method->kind & IDL_ONEWAY) == 0)
        idl__client_keep(link, call);
    if (!call->client.kept) /* the request is encoded: what it pointed to may go */
        idl__call_drop_memory(call);
    if (code != IDL_OK || (call->method->kind & IDL_ONEWAY) != 0) {
        idl__channel_over(channel, call);
    } else {
        call->client.link = link;
        call->client.listed = true;
        link->async++;
        idl__call_list_append(&channel->open, call);
        limit(channel, call);
    }
    if (code == IDL_OK)
        idl__client_flush(channel, link);
}

bool idl__client_resume(idl_channel *channel, idl_call *call)
{
    if (!call->client.kept)
        return false;
    idl__client_again(call);
    return idl__client_reopen(channel, call);
}

bool idl__client_reopen(idl_channel *channel, idl_call *call)
{
    idl__link *link;
    if (idl__client_open(channel, call, NULL, &link) != IDL_OK)
        return false;
    call->client.link = link;
    link->async++;
    idl__channel_wake(channel, channel->pollers);
    return true;
}

/* Meanwhile the channel knows nothing of the call. */
static bool intercept(idl_channel *channel, idl_call *call)
{
    call->client.channel = NULL;
    idl__channel_unlock(channel);
    bool may = idl__client_intercept(channel, call);
    idl__channel_lock(channel);
    call->client.channel = channel;
    return may;
}

void idl_client_async(idl_channel *channel, idl_call *call, const void *request, void (*user)(void),
                      void *arg, const idl_method *method)
{
    if (channel == NULL) { /* there is nothing that could carry it on */
        method->done(call, IDL_RESOURCE_EXHAUSTED, method->reply->empty, user, arg);
        return;
    }
    idl__channel_lock(channel);
    bool stream = (method->kind & (IDL_STREAM_IN | IDL_STREAM_OUT)) != 0;
    bool in_use = call != NULL && !idl__client_begin(call, method);
    idl_call *used = call == NULL || in_use ? lend(channel, method) : call;
    if (used == NULL) {
        idl__channel_unlock(channel);
        method->done(NULL, IDL_RESOURCE_EXHAUSTED, method->reply->empty, user, arg);
        return;
    }
    used->client.done = method->done;
    used->client.user = user;
    used->client.arg = arg;
    used->client.channel = channel;
    channel->async++;
    if (in_use || (call == NULL && stream)) {
        idl__client_fail(used, IDL_FAILED_PRECONDITION,
                         in_use ? "the call is in use by another RPC"
                                : "a stream needs a call of its own");
        idl__channel_over(channel, used);
    } else if (channel->chain == NULL || intercept(channel, used)) {
        start(channel, used, request);
    } else {
        idl__channel_over(channel, used);
    }
    idl__channel_unlock(channel);
}

/* ---- Callbacks ---- */

/* Another thread may be at the end of the call, and have it without the lock. */
static bool is_ending(const idl_call *call)
{
    return call->client.over && !call->client.due && !call->client.running;
}

void idl_client_on_recv(idl_call *call, void (*user)(void), void *arg, idl_item_fn *fn)
{
    if (call == NULL || call->role != IDL__CALL_CLIENT || call->client.channel == NULL)
        return;
    idl_channel *channel = call->client.channel;
    idl__channel_lock(channel);
    if (!is_ending(call) && call->client.busy && call->client.done != NULL) {
        call->client.item_fn = fn;
        call->client.item_user = user;
        call->client.item_arg = arg;
        if (call->stream.first != NULL)
            idl__channel_message(channel, call);
    }
    idl__channel_unlock(channel);
}

/* Tells a call that had no room to send that it may try again, or never need to. */
static bool run_writable(idl_channel *channel, idl_call *call)
{
    const idl__link *link = call->client.link;
    bool drained = link == NULL || link->drained != call->client.drained;
    if (!call->client.room && !(call->client.starved && drained))
        return false;
    struct idl__hook hook = call->client.on_writable;
    call->client.room = call->client.starved = false;
    if (hook.fn == NULL)
        return false;
    idl__channel_unlock(channel);
    hook.fn(call, hook.arg);
    idl__channel_lock(channel);
    return true;
}

/* Hands one message out. The lock is held, but not during the callback. */
static bool run_item(idl_channel *channel, idl_call *call)
{
    const idl_message *type = call->method->reply;
    idl_bytes payload;
    if (call->client.item_fn == NULL || call->stream.first == NULL)
        return false;
    idl_item_fn *fn = call->client.item_fn;
    void (*user)(void) = call->client.item_user;
    void *arg = call->client.item_arg;
    bool kept = !call->arena.failed; /* the last message, if it was to be */
    if (kept)
        idl__call_drop_item(call);
    idl__block *block;
    idl__client_take_headers(call);
    idl__conn_take(&call->stream, &payload, &block);
    idl__channel_unlock(channel);
    idl_code code = IDL_RESOURCE_EXHAUSTED;
    void *item = kept ? idl_arena_alloc(&call->items, type->size) : NULL;
    if (kept)
        call->item = block;
    else
        idl__block_release(block);
    if (item != NULL)
        code = idl__decode_reply(type, payload, &call->items, item);
    if (code == IDL_OK)
        fn(call, item, user, arg);
    else
        idl__client_spoilt(call, code);
    idl__channel_lock(channel);
    return true;
}

/* Settles the call and tells its owner, who may use it again, or free it, from there. */
static void finish(idl_call *call)
{
    const idl_message *type = call->method->reply;
    idl_done_fn *done = call->client.done;
    void (*user)(void) = call->client.user;
    void *arg = call->client.arg;
    idl__stream_drop(&call->stream);
    void *reply = idl_arena_alloc(&call->arena, type->size);
    idl_code code = idl__client_settle(call, reply);
    done(call, code, reply != NULL ? reply : type->empty, user, arg);
}

/* After the callback, which may have started another RPC with a lent call: that one gives it back. */
static void take_back(idl_channel *channel, idl_call *call, uint32_t uses)
{
    if (call->client.uses != uses)
        return;
    idl__call_reset(call);
    if (channel->pool != NULL) /* one is enough to hold the memory of large messages */
        idl__arena_trim(&call->arena);
    call->client.next = channel->pool;
    channel->pool = call;
}

/* All that one call has to tell; the number of callbacks. */
static size_t run_call(idl_channel *channel, idl_call *call)
{
    size_t count = 0;
    call->client.due = false;
    call->client.running = true;
    while (run_writable(channel, call) || run_item(channel, call))
        count++;
    call->client.running = false;
    if (!call->client.over) {
        call->client.listed = true;
        idl__call_list_append(&channel->open, call);
        return count;
    }
    bool lent = call->client.lent;
    uint32_t uses = call->client.uses;
    idl__channel_unlock(channel);
    finish(call);
    idl__channel_lock(channel);
    if (lent)
        take_back(channel, call, uses);
    channel->async--;
    return count + 1;
}

size_t idl__client_run_due(idl_channel *channel)
{
    struct idl__round round = { pthread_self(), channel->rounds };
    idl__call_list list = channel->due;
    size_t count = 0;
    channel->due = (idl__call_list){ NULL, NULL };
    channel->rounds = &round;
    while (list.first != NULL) {
        idl_call *call = list.first;
        idl__call_list_remove(&list, call);
        count += run_call(channel, call);
    }
    struct idl__round **at = &channel->rounds;
    while (*at != &round)
        at = &(*at)->next;
    *at = round.next;
    while (channel->async == 0 && channel->pollers != NULL)
        idl__channel_wake(channel, channel->pollers);
    return count;
}
