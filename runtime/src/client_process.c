/* SPDX-License-Identifier: MIT */
/* client_process.c: carries the async calls of a channel on. */
#include "client_process.h"

#include "client_call.h"
#include "client_watch.h"
#include "clock.h"

enum { POLL_BLIND_MS = 20 };

/* ---- What there is to do ---- */

static bool wants_io(const idl__link *link)
{
    const idl_channel *channel = link->channel;
    if (link->state != IDL__UP && link->state != IDL__CONNECTING)
        return false;
    bool beside = channel->spread && link->state == IDL__CONNECTING && channel->async > 0;
    return link->async > 0 || idl__conn_unsent(link->conn) > 0 || beside || channel->event_driven;
}

static bool is_due(const idl__link *link)
{
    return link->state == IDL__CONNECTING && wants_io(link) && !link->reading &&
           idl__connect_is_due(link->attempt, idl__clock_now());
}

/* Everything that can be done at once: begins to connect, and writes. Each may change the list. */
static void push(idl_channel *channel)
{
    for (idl__link *link = channel->links; link != NULL;) {
        bool connect = is_due(link);
        if (!connect && !idl__link_can_write(link)) {
            link = link->next;
            continue;
        }
        link->refs++;
        if (connect)
            idl__link_read(link, NULL, 0);
        else
            idl__link_write(link);
        idl__link_unref(link);
        link = channel->links;
    }
}

bool idl__client_interest(idl__link *link, idl__interest *interest)
{
    bool up = link->state == IDL__UP;
    interest->reads = wants_io(link) && !link->reading;
    interest->watches = wants_io(link) && idl__link_wants_watch(link);
    if (!interest->reads && !interest->watches)
        return false;
    uint64_t end = IDL_NEVER;
    bool blocked = interest->reads && up && idl__link_is_blocked(link, &end);
    bool in = interest->reads && up && !blocked, out = interest->watches || !up;
    interest->events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
    interest->fd = up ? link->fd : idl__connect_fd(link->attempt);
    if (interest->events == 0)
        interest->fd = -1;
    interest->until = up ? end : idl__connect_until(link->attempt);
    return true;
}

/* Links with calls give signs of life. When to look again. A loss may change the list. */
static uint64_t keep_alive(const idl_channel *channel)
{
    uint64_t first = IDL_NEVER;
    for (idl__link *link = channel->links; link != NULL;) {
        uint64_t at = link->reading ? IDL_NEVER : idl__link_keep_alive(link);
        first = at < first ? at : first;
        link = link->state == IDL__DOWN ? channel->links : link->next;
    }
    return first;
}

uint64_t idl__client_prepare(idl_channel *channel)
{
    uint64_t until = IDL_NEVER, at;
    if (channel->spread && channel->async > 0)
        until = idl__targets_tend(channel, idl__clock_now());
    push(channel);
    if (channel->keepalive_ms != 0) {
        at = keep_alive(channel);
        until = at < until ? at : until;
        push(channel); /* its questions */
    }
    if (channel->due.first != NULL)
        return 0;
    at = channel->deadlines.first != NULL ? channel->deadlines.first->at : IDL_NEVER;
    return at < until ? at : until;
}

/* ---- Waiting ---- */

/* What one round of polling watches. */
struct poll_set {
    idl__waiter *waiter;
    size_t count;
    idl__link *links[IDL__POLLED_MAX];
    bool reads[IDL__POLLED_MAX], watches[IDL__POLLED_MAX];
    struct pollfd fds[IDL__POLLED_MAX + 1]; /* the last is the waiter's */
    uint64_t until;
};

static void no_later(struct poll_set *set, uint64_t until)
{
    if (until < set->until)
        set->until = until;
}

/* Takes what roles are free. */
static void gather(idl_channel *channel, struct poll_set *set)
{
    idl__interest interest;
    for (idl__link *link = channel->links; link != NULL && set->count < IDL__POLLED_MAX;
         link = link->next) {
        if (!idl__client_interest(link, &interest))
            continue;
        size_t i = set->count++;
        set->links[i] = link;
        set->reads[i] = interest.reads;
        set->watches[i] = interest.watches;
        set->fds[i] = (struct pollfd){ .fd = interest.fd, .events = interest.events };
        no_later(set, interest.until);
        link->refs++;
        link->reading |= interest.reads;
        link->watching |= interest.watches;
        if (interest.reads)
            link->reader = set->waiter;
    }
}

/* Gives the roles back, then reads what there is, unless another thread has begun to. */
static void scatter(struct poll_set *set, bool ready)
{
    for (size_t i = 0; i < set->count; i++) {
        idl__link *link = set->links[i];
        if (set->reads[i]) {
            link->reading = false;
            link->reader = NULL;
        }
        if (set->watches[i])
            link->watching = false;
        if (ready && set->watches[i] && (set->fds[i].revents & ~POLLIN) != 0)
            link->full = false;
    }
    for (size_t i = 0; i < set->count; i++) {
        idl__link *link = set->links[i];
        bool due = link->state == IDL__CONNECTING || idl__conn_blocked(link->conn) ||
                   (link->state == IDL__UP && ready && (set->fds[i].revents & ~POLLOUT) != 0);
        if (set->reads[i] && due && !link->reading)
            idl__link_read(link, NULL, 0);
        idl__link_unref(link);
    }
}

static void expire(idl_channel *channel)
{
    idl__timed *first = channel->deadlines.first;
    for (uint64_t now = first != NULL ? idl__clock_now() : 0; first != NULL && first->at <= now;
         first = channel->deadlines.first) {
        idl_call *call = idl__call_of(first);
        if (call->client.parked) {
            idl__client_unpark(channel, call);
            continue;
        }
        idl__client_expire(call);
        idl__channel_over(channel, call);
    }
}

/* Waits until then at most, once, and takes what has come. */
static void pump(idl_channel *channel, uint64_t until)
{
    struct poll_set set = { .until = until };
    no_later(&set, idl__client_prepare(channel));
    /* Pushing lets the lock go: another thread may have ended all calls, and woken who slept. */
    if (until == IDL_NEVER && channel->async == 0)
        set.until = 0;
    set.waiter = idl__channel_take_poller(channel);
    gather(channel, &set);
    if (set.waiter != NULL)
        idl__waiter_enter(set.waiter, &channel->pollers);
    else
        no_later(&set, idl__clock_now() + POLL_BLIND_MS * IDL__MS);
    set.fds[set.count].fd = set.waiter != NULL ? set.waiter->fd : -1;
    set.fds[set.count].events = POLLIN;
    idl__channel_unlock(channel);
    int n = poll(set.fds, set.count + 1, idl__clock_wait_ms(set.until));
    idl__channel_lock(channel);
    if (set.waiter != NULL)
        idl__channel_give_poller(channel, set.waiter);
    scatter(&set, n > 0);
    expire(channel);
    push(channel);
}

/* ---- For everybody ---- */

static void nudge_all(idl_channel *channel)
{
    for (idl__link *link = channel->links, *next; link != NULL; link = next) {
        next = link->next;
        idl__link_nudge(link);
    }
}

/* Waiting for ever is for calls that are open. */
static bool may_wait(const idl_channel *channel, uint64_t until)
{
    if (until == IDL_NEVER)
        return channel->async > 0;
    return until != 0 && idl__clock_now() < until;
}

size_t idl_channel_process(idl_channel *channel, int timeout_ms)
{
    if (channel == NULL)
        return 0;
    uint64_t until = timeout_ms < 0 ? IDL_NEVER : 0;
    if (timeout_ms > 0)
        until = idl__clock_now() + (uint64_t)timeout_ms * IDL__MS;
    idl__channel_lock(channel);
    idl__watch_enter(channel);
    do
        pump(channel, may_wait(channel, until) ? until : 0);
    while (channel->due.first == NULL && may_wait(channel, until));
    nudge_all(channel);
    size_t count = idl__client_run_due(channel);
    push(channel);
    nudge_all(channel);
    idl__watch_leave(channel);
    idl__channel_unlock(channel);
    return count;
}

void idl_channel_run(idl_channel *channel)
{
    if (channel == NULL)
        return;
    for (;;) {
        idl__channel_lock(channel);
        bool open = channel->async > 0;
        idl__channel_unlock(channel);
        if (!open)
            return;
        idl_channel_process(channel, -1);
    }
}
