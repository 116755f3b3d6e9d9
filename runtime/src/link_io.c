/* SPDX-License-Identifier: MIT */
/* link_io.c: the two roles on a connected link: bytes from its socket and to it. */
#include "link_impl.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>

#include "channel.h"
#include "clock.h"
#include "send.h"
#include "spin.h"

enum {
    IOV = 64,
    READS_AT_ONCE = 8,      /* then callbacks have their turn */
    SHORT_QUEUE = 64 << 10, /* unsent bytes; the core refuses messages of streams above 256 KiB */
    PATIENCE_MS = 1000,     /* with a stream whose messages nobody takes, when it holds up others */
    GATHER_MIN = 2,         /* threads worth waiting for: one costs as much as it saves */
    POLL_BLIND_MS = 20      /* for a poll that can't be woken, for want of descriptors */
};

/* What an error of the socket means in words; 0 is the end of the stream. */
IDL_COLD static void describe(const idl__link *link, int number, char reason[IDL__ERROR_MAX])
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
    return link->state == IDL__UP && !link->writing && !link->led && !link->full && !link->broken &&
           idl__conn_unsent(link->conn) > 0;
}

/* What the server sent before it closed is still to be read: that tells the calls whose replies are
 * on their way from those that are lost. Where it is this host that cannot send (no memory, say) the
 * server would not close: it is told that nothing more will come. */
IDL_COLD static void write_failed(idl__link *link, int number)
{
    char reason[IDL__ERROR_MAX];
    describe(link, number, reason);
    idl__link_keep_reason(link, IDL_UNAVAILABLE, idl_cstr(reason));
    link->broken = true;
    shutdown(link->fd, SHUT_WR);
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
    size_t count = idl__conn_output(link->conn, iov, IOV), all;
    link->writing = true;
    idl__channel_unlock(link->channel);
    ssize_t n = idl__send(link->fd, iov, count, &all);
    int error = errno;
    idl__channel_lock(link->channel);
    link->writing = false;
    if (n >= 0) {
        idl__conn_sent(link->conn, (size_t)n);
        link->sent += (size_t)n;
        link->full = (size_t)n < all;
        if (link->squeezed > 0)
            idl__link_wake_all(link);
        if (link->starving && idl__conn_unsent(link->conn) <= SHORT_QUEUE)
            feed(link);
    } else if (error == EAGAIN || error == EWOULDBLOCK) {
        link->full = true;
    } else {
        write_failed(link, error);
    }
    if (link->full || link->broken)
        idl__link_nudge(link);
}

/* For as long as they come and add something: where they run on another processor they don't. */
static void gather(idl__link *link)
{
    size_t before;
    do {
        before = idl__conn_unsent(link->conn);
        idl__channel_unlock(link->channel);
        sched_yield();
        idl__channel_lock(link->channel);
    } while (link->channel->waking > 0 && idl__conn_unsent(link->conn) > before);
}

void idl__link_lead(idl__link *link)
{
    if (link->channel->waking >= GATHER_MIN) {
        link->led = true;
        gather(link);
        link->led = false;
        if (!idl__link_can_write(link))
            return; /* it was lost */
    }
    link->led = true;
    idl__link_write(link);
    link->led = false;
}

/* ---- Reading ---- */

int idl__link_poll_ms(uint64_t until, const idl__waiter *waiter)
{
    int ms = idl__clock_wait_ms(until);
    return waiter != NULL || (ms >= 0 && ms < POLL_BLIND_MS) ? ms : POLL_BLIND_MS;
}

/* A reader that has something to write, but not now, must not sleep where nobody can wake it. */
static bool wait_readable(idl__link *link, idl_call *call, uint64_t until)
{
    idl__waiter *waiter = idl__channel_take_poller(link->channel);
    bool watch = idl__link_wants_watch(link), blocked = idl__conn_blocked(link->conn);
    struct pollfd fds[2] = {
        { .fd = blocked && !watch ? -1 : link->fd,
          .events = (short)((watch ? POLLOUT : 0) | (blocked ? 0 : POLLIN)) },
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
    int n = poll(fds, 2, idl__link_poll_ms(until, waiter));
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

/* True: there is something to read. */
static bool spin(idl__link *link, uint64_t begun, uint64_t until)
{
    const idl__spin spin = { link->channel->spin_ns, link->waited };
    if (!idl__spin_pays(&spin))
        return false;
    uint64_t end = begun + spin.most < until ? begun + spin.most : until;
    struct pollfd poller = { .fd = link->fd, .events = POLLIN };
    int n;
    idl__channel_unlock(link->channel);
    while ((n = poll(&poller, 1, 0)) == 0 && idl__clock_now() < end)
        sched_yield();
    idl__channel_lock(link->channel);
    return n > 0;
}

bool idl__link_is_blocked(idl__link *link, uint64_t *until)
{
    if (!idl__conn_blocked(link->conn)) {
        link->blocked_at = 0;
        return false;
    }
    if (link->blocked_at == 0)
        link->blocked_at = idl__clock_now();
    *until = link->blocked_at + PATIENCE_MS * IDL__MS;
    return true;
}

/* Whoever owns the full stream has until end to take from it. */
static void wait_for_room(idl__link *link, idl_call *call, uint64_t until, uint64_t end)
{
    if (until != 0)
        wait_readable(link, call, until < end ? until : end);
    if (idl__link_is_blocked(link, &end) && idl__clock_now() >= end) {
        link->blocked_at = 0;
        idl__conn_overflow(link->conn);
        idl__link_take_events(link);
    }
}

uint64_t idl__link_keep_alive(idl__link *link)
{
    const idl_channel *channel = link->channel;
    if (channel->keepalive_ms == 0 || link->state != IDL__UP || idl__conn_streams(link->conn) == 0)
        return IDL_NEVER;
    uint64_t now = idl__clock_now();
    if (link->asked != 0 && link->heard >= link->asked)
        link->asked = 0;
    uint64_t since = link->asked != 0 ? link->asked : link->heard;
    uint64_t ms = link->asked != 0 ? channel->keepalive_timeout_ms : channel->keepalive_ms;
    if (now < since + ms * IDL__MS)
        return since + ms * IDL__MS;
    if (link->asked != 0) {
        char reason[IDL__ERROR_MAX];
        snprintf(reason, sizeof reason, "%.192s: no sign of life within %u ms", channel->address,
                 (unsigned)channel->keepalive_timeout_ms);
        idl__link_lose(link, IDL_UNAVAILABLE, reason);
        return IDL_NEVER;
    }
    if (!idl__conn_ping(link->conn))
        return IDL_NEVER;
    link->asked = now;
    return now + channel->keepalive_timeout_ms * IDL__MS;
}

/* Reads once, and takes the events. True: it ended within a message, for want of space: there is most
 * likely more. */
static bool read_once(idl__link *link, int flags)
{
    size_t len;
    uint8_t *space = idl__conn_space(link->conn, &len);
    if (space == NULL) {
        idl__link_lose(link, IDL_RESOURCE_EXHAUSTED, "out of memory");
        return false;
    }
    idl__channel_unlock(link->channel);
    ssize_t n = recv(link->fd, space, len, flags);
    int error = errno;
    idl__channel_lock(link->channel);
    if (n > 0) {
        link->used = link->heard = idl__clock_now();
        idl__conn_time(link->conn, link->used);
        idl__conn_received(link->conn, (size_t)n);
        idl__link_take_events(link);
    } else if (n == 0 || (error != EAGAIN && error != EWOULDBLOCK && error != EINTR)) {
        char reason[IDL__ERROR_MAX];
        describe(link, n == 0 ? 0 : error, reason);
        idl__link_lose(link, n == 0 ? IDL_OK : IDL_UNAVAILABLE, reason);
    }
    return n == (ssize_t)len && link->state == IDL__UP && !idl__conn_blocked(link->conn) &&
           idl__conn_midway(link->conn, NULL) != 0;
}

static void receive(idl__link *link, idl_call *call, uint64_t until)
{
    if (link->channel->keepalive_ms != 0 && until != 0) {
        uint64_t at = idl__link_keep_alive(link);
        if (link->state != IDL__UP || idl__link_can_write(link))
            return; /* it was lost, or is to be asked */
        until = at < until ? at : until;
    }
    if (idl__conn_closing(link->conn) && idl__conn_streams(link->conn) > 0) {
        idl__link_take_events(link); /* a command ran out of memory, which has ended them all */
        return;
    }
    uint64_t end;
    if (idl__link_is_blocked(link, &end)) {
        wait_for_room(link, call, until, end);
        return;
    }
    bool undisturbed =
        (link->broken || idl__conn_unsent(link->conn) == 0) && !idl__link_may_be_cancelled(call);
    bool block = undisturbed && until == IDL_NEVER;
    bool spins = undisturbed && until != 0 && link->channel->spin_ns != 0;
    uint64_t begun = spins ? idl__clock_now() : 0;
    bool there = until == 0 || (spins && spin(link, begun, until));
    if (!there && !block &&
        !(undisturbed ? wait_undisturbed(link, until) : wait_readable(link, call, until)))
        return;
    bool more = read_once(link, block ? 0 : MSG_DONTWAIT);
    if (spins && link->heard > begun)
        link->waited = link->heard - begun;
    /* Callbacks run when all that has come was read: what they start then goes out together. */
    for (int i = 1; more && call == NULL && i < READS_AT_ONCE; i++)
        more = read_once(link, MSG_DONTWAIT);
}

void idl__link_read(idl__link *link, idl_call *call, uint64_t until)
{
    link->reading = true;
    if (link->state == IDL__CONNECTING)
        idl__link_connect(link, call, until);
    else
        receive(link, call, until);
    link->reading = false;
}

/* ---- Waiting for room only ---- */

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
    int n = poll(fds, 2, idl__link_poll_ms(until, waiter));
    idl__channel_lock(link->channel);
    link->watching = false;
    call->client.waiter = NULL;
    if (n > 0 && fds[0].revents != 0)
        link->full = false;
    idl__channel_give_poller(link->channel, waiter);
    if (link->full)
        idl__link_nudge(link); /* a reader that came meanwhile does not look for room */
}
