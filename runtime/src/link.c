/* SPDX-License-Identifier: MIT */
/* link.c: a connection of a channel: its life, and the two roles. */
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "mem.h"

enum {
    IOV = 64,
    SHORT_QUEUE = 64 << 10, /* unsent bytes; the core refuses messages of streams above 256 KiB */
    QUEUE_MAX = 1 << 20, /* unsent bytes that a stuck connection may hold for calls that are over */
    POLL_BLIND_MS = 20   /* for a poll that can't be woken, for want of descriptors */
};

/* ---- Life ---- */

idl__link *idl__link_new(struct idl_channel *channel)
{
    idl__link *link = idl__calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->channel = channel;
    link->refs = 1;
    link->fd = -1;
    link->attempt = idl__malloc(sizeof *link->attempt);
    link->shared = idl__shared_new();
    if (link->shared != NULL)
        link->conn = idl__conn_new(IDL__CLIENT, &channel->limits, link->shared);
    if (link->attempt != NULL)
        idl__connect_init(link->attempt, channel->address, channel->connect_timeout_ms);
    if (link->attempt == NULL || link->conn == NULL) {
        idl__link_free(link);
        return NULL;
    }
    link->used = idl__clock_now();
    return link;
}

static void end_attempt(idl__link *link)
{
    if (link->attempt != NULL)
        idl__connect_fini(link->attempt);
    idl__free(link->attempt);
    link->attempt = NULL;
}

void idl__link_free(idl__link *link)
{
    end_attempt(link);
    if (link->fd >= 0)
        close(link->fd);
    idl__conn_free(link->conn);
    idl__shared_free(link->shared);
    idl__block_release(link->reason);
    idl__free(link);
}

void idl__link_unref(idl__link *link)
{
    if (--link->refs > 0)
        return;
    link->next = link->channel->drop;
    link->channel->drop = link;
}

static void wake_all(idl__link *link)
{
    idl__channel_wake(link->channel, link->reader);
    while (link->sleepers != NULL)
        idl__channel_wake(link->channel, link->sleepers);
}

void idl__link_close(idl__link *link)
{
    if (link->state == IDL__DOWN)
        return;
    idl__link **at = &link->channel->links;
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    if (link->channel->current == link)
        link->channel->current = NULL;
    link->state = IDL__DOWN;
    wake_all(link);
    idl__link_unref(link);
}

/* Says goodbye on a link without calls. When a oneway call may still be under way the socket is
 * closed later, as closing it with something unread would take those bytes back. */
static void retire(idl__link *link)
{
    if (link->state == IDL__UP && link->oneway && !link->broken) {
        link->state = IDL__LEAVING;
        link->used = idl__clock_now();
        shutdown(link->fd, SHUT_WR);
        wake_all(link);
        return;
    }
    idl__link_close(link);
}

static void retire_if_idle(idl__link *link)
{
    bool in_use = link->reading || link->writing || link->sleepers != NULL ||
                  (link->oneway && !link->broken && idl__conn_unsent(link->conn) > 0);
    if (link->state == IDL__UP && link != link->channel->current && !in_use &&
        idl__conn_streams(link->conn) == 0)
        retire(link);
}

/* Before there is a connection nothing is begun; when one has been stuck for long it is given up. */
void idl__link_relieve(idl__link *link)
{
    if (idl__conn_unsent(link->conn) > QUEUE_MAX && link->state == IDL__UP && link->full)
        idl__link_detach(link);
    if (link->state != IDL__CONNECTING || link->oneway || idl__conn_streams(link->conn) > 0)
        return;
    idl__conn *fresh = idl__conn_new(IDL__CLIENT, &link->channel->limits, link->shared);
    if (fresh == NULL)
        return;
    idl__conn_free(link->conn);
    link->conn = fresh;
}

void idl__link_detach(idl__link *link)
{
    if (link->channel->current == link)
        link->channel->current = NULL;
    retire_if_idle(link);
}

/* ---- What arrived ---- */

static idl__block *text_block(const char *prefix, const char *separator, idl_str text)
{
    size_t lead = strlen(prefix), gap = strlen(separator), len = lead + gap + text.len;
    idl__block *block = idl__block_new(len);
    if (block == NULL)
        return NULL;
    memcpy(block->data, prefix, lead);
    memcpy(block->data + lead, separator, gap);
    memcpy(block->data + lead + gap, text.data, text.len);
    block->data[len] = '\0';
    return block;
}

idl_str idl__link_text(const idl__block *block)
{
    const idl_str no_memory = IDL_STR("out of memory");
    return block != NULL ? (idl_str){ (const char *)block->data, block->cap } : no_memory;
}

/* A reason that no block holds is the link's own, or the protocol core's: that does not know the
 * address. */
static idl__block *reason_block(const idl__link *link, idl_str message)
{
    const char *address = link->channel->address;
    if (link->reason != NULL) {
        idl__block_retain(link->reason);
        return link->reason;
    }
    bool named =
        message.len >= strlen(address) && memcmp(message.data, address, strlen(address)) == 0;
    return named ? text_block("", "", message) : text_block(address, ": ", message);
}

static bool is_inside(const idl__block *block, idl_str text)
{
    uintptr_t begin = (uintptr_t)block->data, at = (uintptr_t)text.data;
    return at >= begin && at - begin <= block->cap;
}

/* What ended it, for its owner: a small reply is copied, so that the block can be read into again;
 * a large one keeps its block. */
static void keep_reply(idl_call *call, const idl__event *event)
{
    call->client.payload = event->payload;
    if (event->payload.len <= sizeof call->client.small) {
        call->client.payload.data = call->client.small;
        if (event->payload.len > 0)
            memcpy(call->client.small, event->payload.data, event->payload.len);
    } else {
        call->client.block = event->block;
        idl__block_retain(event->block);
    }
}

static void keep_message(const idl__link *link, idl_call *call, const idl__event *event)
{
    call->client.message = event->message;
    if (event->message.len == 0)
        return;
    if (event->block != NULL && is_inside(event->block, event->message)) {
        call->client.block = event->block;
        idl__block_retain(event->block);
        return;
    }
    idl__block *block = event->block != NULL ? text_block("", "", event->message)
                                             : reason_block(link, event->message);
    call->client.block = block;
    call->client.message = idl__link_text(block);
}

/* An end without a block was not sent by the server: the link was lost, and knows more about that,
 * or the server has broken a rule. */
static idl_code end_code(const idl__link *link, const idl__event *event)
{
    if (event->block != NULL || event->code == IDL_OK)
        return event->code;
    if (link->code != IDL_OK)
        return link->code;
    return event->code == IDL_INVALID_ARGUMENT ? IDL_INTERNAL : event->code;
}

static void end_call(idl__link *link, idl_call *call, const idl__event *event)
{
    call->client.code = end_code(link, event);
    call->client.never_started = event->never_started;
    if (event->code == IDL_OK)
        keep_reply(call, event);
    else
        keep_message(link, call, event);
    if (call->client.done != NULL)
        link->async--;
    idl__channel_over(link->channel, call);
}

/* Keeps why the link went down, for oneway calls: no event tells them. */
static void keep_reason(idl__link *link, idl_code code, idl_str message)
{
    link->code = code != IDL_OK ? code : IDL_UNAVAILABLE;
    if (link->reason == NULL)
        link->reason = reason_block(link, message);
}

static void take_events(idl__link *link)
{
    idl__event event;
    while (idl__conn_next(link->conn, &event)) {
        switch (event.kind) {
        case IDL__ENDED: end_call(link, (idl_call *)event.stream, &event); break;
        case IDL__MESSAGE: idl__channel_message(link->channel, (idl_call *)event.stream); break;
        case IDL__WRITABLE: idl__channel_room(link->channel, (idl_call *)event.stream); break;
        case IDL__GOAWAY: idl__link_detach(link); break;
        case IDL__CLOSED:
            keep_reason(link, event.code, event.message);
            if (link->fd >= 0 && idl__link_can_write(link))
                idl__link_write(link); /* a GOAWAY that says what was wrong */
            idl__link_close(link);
            return;
        default: break; /* requests and cancels are a server's */
        }
    }
}

void idl__link_lose(idl__link *link, idl_code code, const char *reason)
{
    if (link->state == IDL__DOWN)
        return;
    keep_reason(link, code, idl_cstr(reason));
    link->broken = true;
    idl__conn_lost(link->conn, code, reason);
    take_events(link);
}

/* What an error of the socket means in words; 0 is the end of the stream. */
static void describe(const idl__link *link, int number, char reason[IDL__ERROR_MAX])
{
    if (number == 0 || number == EPIPE)
        snprintf(reason, IDL__ERROR_MAX, "%.192s: connection closed by the server during the call",
                 link->channel->address);
    else
        idl__address_errno(link->channel->address, number, reason);
}

/* ---- Writing ---- */

bool idl__link_can_write(const idl__link *link)
{
    return link->state == IDL__UP && !link->writing && !link->full && !link->broken &&
           idl__conn_unsent(link->conn) > 0;
}

static size_t total(const struct iovec *iov, size_t count)
{
    size_t sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += iov[i].iov_len;
    return sum;
}

/* What the server sent before it closed is still to be read: that tells the calls whose replies are
 * on their way from those that are lost. */
static void write_failed(idl__link *link, int number)
{
    char reason[IDL__ERROR_MAX];
    describe(link, number, reason);
    keep_reason(link, IDL_UNAVAILABLE, idl_cstr(reason));
    link->broken = true;
    idl__link_detach(link);
}

void idl__link_starve(idl__link *link, idl_call *call)
{
    call->client.starved = true;
    call->client.drained = link->drained;
    link->starving = true;
}

/* The core tells it too, but only to a reader, and that one may be waiting for something else. */
static void feed(idl__link *link)
{
    link->starving = false;
    link->drained++;
    for (idl_call *call = link->channel->open.first, *next; call != NULL; call = next) {
        next = call->client.next;
        if (call->client.link == link && call->client.starved)
            idl__channel_room(link->channel, call);
    }
}

void idl__link_write(idl__link *link)
{
    struct iovec iov[IOV];
    size_t count = idl__conn_output(link->conn, iov, IOV), all = total(iov, count);
    struct msghdr message = { .msg_iov = iov, .msg_iovlen = count };
    link->writing = true;
    idl__channel_unlock(link->channel);
    ssize_t n = sendmsg(link->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    int error = errno;
    idl__channel_lock(link->channel);
    link->writing = false;
    if (n >= 0) {
        idl__conn_sent(link->conn, (size_t)n);
        link->sent += (size_t)n;
        link->full = (size_t)n < all;
        if (link->squeezed > 0)
            wake_all(link);
        if (link->starving && idl__conn_unsent(link->conn) <= SHORT_QUEUE)
            feed(link);
    } else if (error == EAGAIN || error == EWOULDBLOCK) {
        link->full = true;
    } else if (error != EINTR) {
        write_failed(link, error);
    }
    if (link->full || link->broken)
        idl__link_nudge(link);
}

/* ---- Reading ---- */

static int poll_ms(uint64_t until, const idl__waiter *waiter)
{
    int ms = idl__clock_wait_ms(until);
    return waiter != NULL || (ms >= 0 && ms < POLL_BLIND_MS) ? ms : POLL_BLIND_MS;
}

/* A reader that has something to write, but not now, must not sleep where nobody can wake it. */
static bool wait_readable(idl__link *link, idl_call *call, uint64_t until)
{
    idl__waiter *waiter = idl__channel_take_poller(link->channel);
    bool watch = idl__link_wants_watch(link);
    struct pollfd fds[2] = {
        { .fd = link->fd, .events = (short)(watch ? POLLIN | POLLOUT : POLLIN) },
        { .fd = waiter != NULL ? waiter->fd : -1, .events = POLLIN },
    };
    if (waiter != NULL)
        idl__waiter_enter(waiter, NULL);
    link->reader = waiter;
    if (call != NULL)
        call->client.waiter = waiter;
    if (watch)
        link->watching = true;
    idl__channel_unlock(link->channel);
    int n = poll(fds, 2, poll_ms(until, waiter));
    idl__channel_lock(link->channel);
    link->reader = NULL;
    if (call != NULL)
        call->client.waiter = NULL;
    if (watch) {
        link->watching = false;
        if (n > 0 && (fds[0].revents & ~POLLIN) != 0)
            link->full = false;
    }
    idl__channel_give_poller(link->channel, waiter);
    return n > 0 && (fds[0].revents & ~POLLOUT) != 0;
}

/* One that has not need not be woken. */
static bool wait_undisturbed(idl__link *link, uint64_t until)
{
    struct pollfd poller = { .fd = link->fd, .events = POLLIN };
    idl__channel_unlock(link->channel);
    int n = poll(&poller, 1, idl__clock_wait_ms(until));
    idl__channel_lock(link->channel);
    return n > 0;
}

static bool may_be_cancelled(const idl_call *call)
{
    return call != NULL && call->client.has_token;
}

static void receive(idl__link *link, idl_call *call, uint64_t until)
{
    if (idl__conn_closing(link->conn) && idl__conn_streams(link->conn) > 0) {
        take_events(link); /* a command ran out of memory, which has ended them all */
        return;
    }
    bool undisturbed =
        (link->broken || idl__conn_unsent(link->conn) == 0) && !may_be_cancelled(call);
    bool block = undisturbed && until == IDL_NEVER;
    if (until != 0 && !block &&
        !(undisturbed ? wait_undisturbed(link, until) : wait_readable(link, call, until)))
        return;
    size_t len;
    uint8_t *space = idl__conn_space(link->conn, &len);
    if (space == NULL) {
        idl__link_lose(link, IDL_RESOURCE_EXHAUSTED, "out of memory");
        return;
    }
    idl__channel_unlock(link->channel);
    ssize_t n = recv(link->fd, space, len, block ? 0 : MSG_DONTWAIT);
    int error = errno;
    idl__channel_lock(link->channel);
    if (n > 0) {
        link->used = idl__clock_now();
        idl__conn_time(link->conn, link->used);
        idl__conn_received(link->conn, (size_t)n);
        take_events(link);
    } else if (n == 0 || (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)) {
        char reason[IDL__ERROR_MAX];
        describe(link, n == 0 ? 0 : error, reason);
        idl__link_lose(link, n == 0 ? IDL_OK : IDL_UNAVAILABLE, reason);
    }
}

static void wait_connected(idl__link *link, idl_call *call, uint64_t until)
{
    bool wakeable = may_be_cancelled(call);
    idl__waiter *waiter = wakeable ? idl__channel_take_poller(link->channel) : NULL;
    uint64_t turn = idl__connect_until(link->attempt);
    struct pollfd fds[2] = {
        { .fd = idl__connect_fd(link->attempt), .events = POLLOUT },
        { .fd = waiter != NULL ? waiter->fd : -1, .events = POLLIN },
    };
    until = turn < until ? turn : until;
    if (waiter != NULL) {
        idl__waiter_enter(waiter, NULL);
        call->client.waiter = waiter;
    }
    idl__channel_unlock(link->channel);
    poll(fds, 2, wakeable ? poll_ms(until, waiter) : idl__clock_wait_ms(until));
    idl__channel_lock(link->channel);
    if (waiter != NULL)
        call->client.waiter = NULL;
    idl__channel_give_poller(link->channel, waiter);
}

static idl_code connect_step(idl__link *link)
{
    idl__channel_unlock(link->channel);
    idl_code code = idl__connect_step(link->attempt);
    idl__channel_lock(link->channel);
    return code;
}

static void connect_link(idl__link *link, idl_call *call, uint64_t until)
{
    idl__connect *attempt = link->attempt;
    idl_code code = connect_step(link);
    if (code == IDL_AGAIN && until != 0 && (call == NULL || !call->client.over)) {
        wait_connected(link, call, until);
        code = connect_step(link);
    }
    if (code == IDL_AGAIN)
        return;
    if (code != IDL_OK) {
        idl__link_lose(link, code, attempt->error);
        return;
    }
    link->fd = attempt->fd;
    attempt->fd = -1;
    end_attempt(link);
    link->state = IDL__UP;
    link->used = idl__clock_now();
    wake_all(link);
}

void idl__link_read(idl__link *link, idl_call *call, uint64_t until)
{
    link->reading = true;
    if (link->state == IDL__CONNECTING)
        connect_link(link, call, until);
    else
        receive(link, call, until);
    link->reading = false;
}

/* ---- Sleeping, and seeing to it that somebody is awake ---- */

bool idl__link_wants_watch(const idl__link *link)
{
    return link->state == IDL__UP && link->full && !link->watching && !link->broken &&
           link->reader == NULL && idl__conn_unsent(link->conn) > 0;
}

void idl__link_watch(idl__link *link, idl_call *call, uint64_t until)
{
    idl__waiter *waiter = idl__channel_take_poller(link->channel);
    struct pollfd fds[2] = {
        { .fd = link->fd, .events = POLLOUT },
        { .fd = waiter != NULL ? waiter->fd : -1, .events = POLLIN },
    };
    if (waiter != NULL)
        idl__waiter_enter(waiter, &link->sleepers);
    call->client.waiter = waiter;
    link->watching = true;
    idl__channel_unlock(link->channel);
    int n = poll(fds, 2, poll_ms(until, waiter));
    idl__channel_lock(link->channel);
    link->watching = false;
    call->client.waiter = NULL;
    if (n > 0 && fds[0].revents != 0)
        link->full = false;
    idl__channel_give_poller(link->channel, waiter);
}

void idl__link_sleep(idl__link *link, idl_call *call, uint64_t until)
{
    idl__waiter waiter;
    idl__waiter_init(&waiter);
    idl__waiter_enter(&waiter, &link->sleepers);
    call->client.waiter = &waiter;
    idl__channel_unlock(link->channel);
    bool woken = idl__waiter_wait_until(&waiter, until);
    idl__channel_lock(link->channel);
    call->client.waiter = NULL;
    if (!woken)
        idl__channel_withdraw(link->channel, &waiter);
    idl__waiter_fini(&waiter);
}

void idl__link_nudge(idl__link *link)
{
    if (link->state == IDL__UP || link->state == IDL__CONNECTING) {
        bool unwritten =
            idl__link_can_write(link) || (link->full && !link->watching && !link->broken);
        if (unwritten && link->reader != NULL && link->reader->asleep)
            idl__channel_wake(link->channel, link->reader);
        else if ((unwritten || !link->reading) && link->sleepers != NULL)
            idl__channel_wake(link->channel, link->sleepers);
        else if ((unwritten || !link->reading) && link->async > 0)
            idl__channel_wake(link->channel, link->channel->pollers);
    }
    retire_if_idle(link);
}
