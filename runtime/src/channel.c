/* SPDX-License-Identifier: MIT */
/* channel.c: a channel's life, and what happens around its lock. */
#include "channel.h"

#include <string.h>
#include <sys/socket.h>

#include "chain.h"
#include "client_call.h"
#include "client_watch.h"
#include "clock.h"
#include "kin.h"
#include "mem.h"
#include "spin.h"

enum {
    CONNECT_TIMEOUT_MS = 20000,
    MAX_MESSAGE = 4 << 20,
    BACKOFF_INITIAL_MS = 1000,
    BACKOFF_MAX_MS = 120000,
    KEEPALIVE_TIMEOUT_MS = 20000,
    RETRY_ATTEMPTS = 3,
    RETRY_BACKOFF_MS = 100,
    LEAVE_MS = 1000 /* how long a closing side waits for the other one */
};

/* ---- The lock ---- */

void idl__channel_unlock_and_tell(idl_channel *channel)
{
    idl__waiter *wake = channel->wake;
    idl__link *drop = channel->drop;
    channel->wake = NULL;
    channel->drop = NULL;
    pthread_mutex_unlock(&channel->lock);
    idl__waiter_signal(wake);
    while (drop != NULL) {
        idl__link *next = drop->next;
        idl__link_free(drop);
        drop = next;
    }
}

void idl__channel_wake(idl_channel *channel, idl__waiter *waiter)
{
    if (waiter == NULL || !waiter->asleep)
        return;
    idl__waiter_leave(waiter);
    waiter->next = channel->wake;
    channel->wake = waiter;
    channel->waking += waiter->room != NULL;
}

idl__waiter *idl__channel_take_poller(idl_channel *channel)
{
    idl__waiter *waiter = channel->spare;
    if (waiter != NULL) {
        channel->spare = waiter->next;
        return waiter;
    }
    waiter = idl__malloc(sizeof *waiter);
    if (waiter == NULL)
        return NULL;
    idl__waiter_init(waiter, NULL);
    if (idl__waiter_pair(waiter))
        return waiter;
    idl__waiter_fini(waiter);
    idl__free(waiter);
    return NULL;
}

void idl__channel_withdraw(idl_channel *channel, idl__waiter *waiter)
{
    if (waiter->asleep) {
        idl__waiter_leave(waiter);
    } else { /* the signal is there, or about to be */
        idl__channel_unlock(channel);
        idl__waiter_wait(waiter);
        idl__channel_lock(channel);
    }
}

void idl__channel_give_poller(idl_channel *channel, idl__waiter *waiter)
{
    if (waiter == NULL)
        return;
    idl__channel_withdraw(channel, waiter);
    waiter->next = channel->spare;
    channel->spare = waiter;
}

void idl__channel_sleep(idl_channel *channel, idl__waiter **list, idl_call *call, uint64_t until)
{
    idl__waiter waiter;
    idl__waiter_init(&waiter, &channel->room);
    idl__waiter_enter(&waiter, list);
    call->client.waiter = &waiter;
    idl__channel_unlock(channel);
    bool woken = idl__waiter_wait_until(&waiter, until);
    idl__channel_lock(channel);
    call->client.waiter = NULL;
    channel->waking -= !waiter.asleep;
    if (!woken)
        idl__channel_withdraw(channel, &waiter);
    idl__waiter_fini(&waiter);
}

/* ---- Chance ---- */

/* Clients that lost their server together return one by one. */
uint64_t idl__channel_jitter(idl_channel *channel)
{
    uint64_t x = channel->chance | 1; /* xorshift */
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    channel->chance = x;
    return 800 + (x >> 33) % 401;
}

/* ---- Lists of calls ---- */

void idl__call_list_append(idl__call_list *list, idl_call *call)
{
    call->client.prev = list->last;
    call->client.next = NULL;
    if (list->last != NULL)
        list->last->client.next = call;
    else
        list->first = call;
    list->last = call;
}

void idl__call_list_remove(idl__call_list *list, idl_call *call)
{
    if (call->client.prev != NULL)
        call->client.prev->client.next = call->client.next;
    else
        list->first = call->client.next;
    if (call->client.next != NULL)
        call->client.next->client.prev = call->client.prev;
    else
        list->last = call->client.prev;
}

/* Whoever runs its callbacks looks again itself. */
static void make_due(idl_channel *channel, idl_call *call)
{
    if (call->client.running || call->client.due)
        return;
    if (call->client.listed)
        idl__call_list_remove(&channel->open, call);
    call->client.listed = false;
    call->client.due = true;
    idl__call_list_append(&channel->due, call);
    idl__channel_wake(channel, channel->pollers);
}

void idl__channel_over(idl_channel *channel, idl_call *call)
{
    call->client.over = true;
    idl__client_hide(call);
    if (call->client.done == NULL) {
        idl__channel_wake(channel, call->client.waiter);
        return;
    }
    call->client.link = NULL;
    idl__heap_remove(&channel->deadlines, &call->timed);
    make_due(channel, call);
}

void idl__channel_message(idl_channel *channel, idl_call *call)
{
    if (call->client.unwanted)
        idl__stream_drop(&call->stream);
    else if (call->client.done == NULL)
        idl__channel_wake(channel, call->client.waiter);
    else if (call->client.item_fn != NULL)
        make_due(channel, call);
}

void idl__channel_room(idl_channel *channel, idl_call *call)
{
    if (call->client.done == NULL) {
        idl__channel_wake(channel, call->client.waiter);
    } else if (call->client.starved) {
        call->client.starved = false;
        call->client.room = true;
        make_due(channel, call);
    }
}

/* ---- Links ---- */

void idl__channel_reap(idl_channel *channel, uint64_t now)
{
    for (idl__link *link = channel->links, *next; link != NULL; link = next) {
        next = link->next;
        if (link->state == IDL__LEAVING && now - link->used >= LEAVE_MS * IDL__MS)
            idl__link_close(link);
    }
}

/* ---- Opening ---- */

static idl_channel *new_channel(const char *address, bool spread)
{
    idl_channel *channel = idl__calloc(1, sizeof *channel);
    if (channel == NULL)
        return NULL;
    if (!idl__targets_init(channel, spread)) {
        idl__free(channel);
        return NULL;
    }
    channel->address = idl__strdup(address != NULL ? address : "(null)");
    char error[IDL__ERROR_MAX];
    if (idl__address_check(address, IDL__CONNECT, error) != IDL_OK) {
        channel->refusal = idl__strdup(error);
        if (channel->refusal == NULL) {
            idl__free(channel->address);
            channel->address = NULL;
        }
    }
    if (channel->address == NULL) {
        idl__targets_fini(channel);
        idl__free(channel);
        return NULL;
    }
    pthread_mutex_init(&channel->lock, NULL);
    return channel;
}

static uint32_t or_default(uint32_t value, uint32_t usual)
{
    return value != 0 ? value : usual;
}

static void set_options(idl_channel *channel, const idl_channel_options *used)
{
    channel->limits.max_metadata = idl__meta_limit(used->max_metadata);
    channel->limits.max_message = used->max_message != 0 ? used->max_message : MAX_MESSAGE;
    channel->connect_timeout_ms = or_default(used->connect_timeout_ms, CONNECT_TIMEOUT_MS);
    channel->timeout_ms = used->timeout_ms;
    channel->backoff_initial_ms = or_default(used->backoff_initial_ms, BACKOFF_INITIAL_MS);
    channel->backoff_max_ms = or_default(used->backoff_max_ms, BACKOFF_MAX_MS);
    channel->keepalive_ms = used->keepalive_ms;
    channel->keepalive_timeout_ms = or_default(used->keepalive_timeout_ms, KEEPALIVE_TIMEOUT_MS);
    channel->retry_attempts = or_default(used->retry_attempts, RETRY_ATTEMPTS);
    channel->retry_backoff_ms = or_default(used->retry_backoff_ms, RETRY_BACKOFF_MS);
    channel->spin_ns = idl__spin_ns(used->spin_us);
    channel->event_driven = used->event_driven;
    if (used->event_driven)
        channel->limits.features |= IDL__EVENT_DRIVEN;
    channel->wait_for_ready = used->wait_for_ready;
    channel->logger.log = used->log;
}

idl_channel *idl_channel_open(const char *address, const idl_channel_options *options)
{
    idl_channel_options used = IDL_CHANNEL_OPTIONS;
    if (options != NULL)
        memcpy(&used, options, options->size < sizeof used ? options->size : sizeof used);
    idl_channel *channel = new_channel(address, used.policy == IDL_ROUND_ROBIN);
    if (channel == NULL)
        return NULL;
    set_options(channel, &used);
    if (channel->refusal == NULL)
        channel->limits.protocol = idl__address_protocol(address);
    else
        idl__log(&channel->logger, IDL_LOG_ERROR, "%s", channel->refusal);
    return channel;
}

idl_code idl_channel_intercept(idl_channel *channel, const idl_interceptor *interceptor, void *arg)
{
    bool added = channel != NULL && idl__chain_add(&channel->chain, interceptor, arg);
    return added ? IDL_OK : IDL_RESOURCE_EXHAUSTED;
}

/* ---- Closing: with the lock, but nobody else is there ---- */

static void cancel(idl_channel *channel, idl_call *call)
{
    idl__link *link = call->client.link;
    if (!call->client.over) {
        if (link != NULL)
            idl__conn_cancel(link->conn, &call->stream);
        call->client.code = IDL_CANCELLED;
        call->client.message = (idl_str)IDL_STR("the channel was closed");
        if (call->client.done != NULL) {
            if (link != NULL)
                link->async--;
            idl__channel_over(channel, call);
            return;
        }
    }
    if (call->client.done != NULL)
        return;
    /* A stream whose owner has not finished it: that will find it over, and no channel. */
    idl__call_list_remove(&channel->open, call);
    idl__client_hide(call);
    call->client.over = true;
    call->client.listed = false;
    call->client.link = NULL;
    call->client.channel = NULL;
    idl__link_unref(link);
    idl__channel_unlock(channel);
    idl__kin_leave(call);
    idl__channel_lock(channel);
}

static void cancel_open(idl_channel *channel)
{
    channel->closing = true;
    for (idl_call *call = channel->due.first; call != NULL; call = call->client.next)
        cancel(channel, call);
    while (channel->open.first != NULL)
        cancel(channel, channel->open.first);
}

/* Sends what is queued: for as long as the socket takes some of it every second. */
static void flush(idl__link *link)
{
    if (link->state == IDL__CONNECTING && !link->oneway)
        return; /* no call's bytes: those were cancelled */
    while (link->state == IDL__CONNECTING) {
        if (idl__clock_now() < link->not_before)
            return; /* the server could not be reached just now */
        idl__link_read(link, NULL, IDL_NEVER);
    }
    while (link->state == IDL__UP && !link->broken && idl__conn_unsent(link->conn) > 0) {
        if (idl__link_can_write(link)) {
            idl__link_write(link);
            continue;
        }
        struct pollfd poller = { .fd = link->fd, .events = POLLIN | POLLOUT };
        int n = poll(&poller, 1, LEAVE_MS);
        if (n == 0)
            return;
        if (n > 0 && (poller.revents & POLLOUT) != 0)
            link->full = false;
        if (n > 0 && (poller.revents & ~POLLOUT) != 0)
            idl__link_read(link, NULL, 0);
    }
}

/* Waits for the server to close too, so that no reset takes back what was sent. */
static void linger(idl__link *link)
{
    char dropped[4096];
    bool leaving = link->state == IDL__LEAVING;
    if (!leaving && (link->state != IDL__UP || link->broken || !link->oneway))
        return;
    if (!leaving)
        shutdown(link->fd, SHUT_WR);
    uint64_t end = (leaving ? link->used : idl__clock_now()) + LEAVE_MS * IDL__MS;
    for (;;) {
        struct pollfd poller = { .fd = link->fd, .events = POLLIN };
        int left = idl__clock_left_ms(end, idl__clock_now());
        if (left == 0 || poll(&poller, 1, left) == 0)
            return;
        if (poller.revents != 0 && recv(link->fd, dropped, sizeof dropped, MSG_DONTWAIT) == 0)
            return;
        if ((poller.revents & (POLLERR | POLLNVAL)) != 0)
            return;
    }
}

static void free_channel(idl_channel *channel)
{
    idl__watch_free(channel);
    while (channel->spare != NULL) {
        idl__waiter *waiter = channel->spare;
        channel->spare = waiter->next;
        idl__waiter_fini(waiter);
        idl__free(waiter);
    }
    while (channel->pool != NULL) {
        idl_call *call = channel->pool;
        channel->pool = call->client.next;
        idl__call_free(call);
    }
    pthread_mutex_destroy(&channel->lock);
    idl__targets_fini(channel);
    idl__chain_release(channel->chain);
    idl__free(channel->address);
    idl__free(channel->refusal);
    idl__free(channel);
}

void idl_channel_close(idl_channel *channel)
{
    if (channel == NULL)
        return;
    idl__channel_lock(channel);
    cancel_open(channel);
    while (channel->due.first != NULL)
        idl__client_run_due(channel);
    while (channel->links != NULL) {
        idl__link *link = channel->links;
        link->refs++;
        flush(link);
        linger(link);
        idl__link_close(link);
        idl__link_unref(link);
    }
    idl__channel_unlock(channel);
    free_channel(channel);
}
