/* SPDX-License-Identifier: MIT */
/* peer.c: a server's connection: reads, writes, and the end. */
#include "peer.h"

#include <errno.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include "clock.h"
#include "listener.h"
#include "mem.h"
#include "probe.h"
#include "send.h"
#include "server_call.h"

enum {
    STALL_MAX = 1 << 20, /* more than this unsent, and no request is taken */
    RATE_MIN = 1 << 10,  /* bytes a second that what has begun must move at, in the long run */
    IOV_MAX_ONCE = 64,
    READS_AT_ONCE = 8,    /* then others have their turn, */
    EVENTS_AT_ONCE = 512, /* or when a read ends after so many events */
    WRITES_AT_ONCE = 8
};

#define NS_PER_S UINT64_C(1000000000)

static const uint64_t linger_ns = NS_PER_S; /* for the other side's EOF */

/* ---- Lists ---- */

static void wait_until(idl__peer *peer, uint64_t deadline)
{
    idl__worker *worker = peer->worker;
    peer->deadline = deadline;
    if (peer->waiting)
        return;
    peer->waiting = true;
    peer->wait_prev = NULL;
    peer->wait_next = worker->waiting;
    if (worker->waiting != NULL)
        worker->waiting->wait_prev = peer;
    worker->waiting = peer;
}

static void wait_no_more(idl__peer *peer)
{
    if (!peer->waiting)
        return;
    peer->waiting = false;
    if (peer->wait_prev != NULL)
        peer->wait_prev->wait_next = peer->wait_next;
    else
        peer->worker->waiting = peer->wait_next;
    if (peer->wait_next != NULL)
        peer->wait_next->wait_prev = peer->wait_prev;
}

static void link_peer(idl__peer *peer)
{
    idl__worker *worker = peer->worker;
    peer->next = worker->peers;
    if (worker->peers != NULL)
        worker->peers->prev = peer;
    worker->peers = peer;
}

static void unlink_peer(idl__peer *peer)
{
    if (peer->prev != NULL)
        peer->prev->next = peer->next;
    else
        peer->worker->peers = peer->next;
    if (peer->next != NULL)
        peer->next->prev = peer->prev;
}

void idl__peer_touch_first(idl__peer *peer)
{
    if (peer->conn == NULL)
        return;
    peer->dirty = true;
    peer->dirty_next = peer->worker->dirty;
    peer->worker->dirty = peer;
}

/* ---- The end ---- */

static void free_if_unused(idl__peer *peer)
{
    if (!peer->handle && !peer->dirty && peer->calls == 0)
        idl__free(peer);
}

static void on_closed(uv_handle_t *handle)
{
    idl__peer *peer = handle->data;
    peer->handle = false;
    free_if_unused(peer);
}

/* One connection less. */
static void leave(idl__worker *worker, idl__ticket *ticket)
{
    atomic_fetch_sub_explicit(&worker->connections, 1, memory_order_relaxed);
    idl__census_leave(ticket);
}

void idl__peer_close(idl__peer *peer)
{
    if (peer->conn == NULL)
        return;
    IDL__PROBE_1(server_closed, &peer->address[0]);
    wait_no_more(peer);
    unlink_peer(peer);
    idl__conn_free(peer->conn);
    peer->conn = NULL;
    uv_close((uv_handle_t *)&peer->poll, on_closed);
    close(peer->fd);
    leave(peer->worker, &peer->ticket);
}

void idl__peer_forget_call(idl__peer *peer)
{
    peer->calls--;
    free_if_unused(peer);
}

/* ---- Events ---- */

/* More is unsent than it may be; until half of that is. */
static bool stalls(idl__peer *peer)
{
    bool was = peer->stalled;
    size_t most = peer->worker->options.limits.max_unsent / 2;
    if (most > STALL_MAX)
        most = STALL_MAX;
    peer->stalled = idl__conn_unsent(peer->conn) > (was ? most / 2 : most);
    if (was && !peer->stalled)
        peer->read_since = peer->read_at = idl__clock_now(); /* nobody read until now */
    return peer->stalled;
}

/* Works off what has arrived, as long as the peer takes the replies. */
static void work_off(idl__peer *peer)
{
    idl__event event;
    while (!stalls(peer) && idl__conn_next(peer->conn, &event)) {
        peer->active |= event.kind == IDL__REQUEST;
        peer->worked++;
        idl__server_event(peer, &event);
    }
}

static void give_up(idl__peer *peer, idl_code code, const char *reason)
{
    peer->eof = true;
    peer->mute = peer->mute || code != IDL_OK;
    idl__conn_lost(peer->conn, code, reason);
    work_off(peer);
}

IDL_COLD static void lose(idl__peer *peer, int number)
{
    char reason[IDL__ERROR_MAX] = "";
    if (number != 0)
        idl__address_errno(peer->address, number, reason);
    give_up(peer, number == 0 ? IDL_OK : IDL_UNAVAILABLE, reason);
}

/* ---- Reading ---- */

/* Zero: go on; else there is nothing more to read for now. */
static int read_once(idl__peer *peer)
{
    size_t len = 0;
    uint8_t *space = idl__conn_space(peer->conn, &len);
    if (space == NULL) {
        lose(peer, ENOMEM);
        return -1;
    }
    ssize_t n;
    do
        n = recv(peer->fd, space, len, 0);
    while (n < 0 && errno == EINTR);
    int failed = n < 0 ? errno : 0;
    idl__conn_received(peer->conn, n > 0 ? (size_t)n : 0);
    if (n > 0) {
        peer->got = true;
        work_off(peer);
    } else if (n == 0 || (failed != EAGAIN && failed != EWOULDBLOCK)) {
        lose(peer, failed);
    }
    return n == (ssize_t)len ? 0 : -1;
}

static void read_all(idl__peer *peer)
{
    peer->worked = 0;
    for (int i = 0; i < READS_AT_ONCE && peer->worked < EVENTS_AT_ONCE; i++)
        if (peer->stalled || peer->eof || idl__conn_blocked(peer->conn) || read_once(peer) != 0)
            break;
}

/* libuv stops watching after an error; the read or write that follows learns which it was. */
static void on_poll(uv_poll_t *handle, int status, int events)
{
    idl__peer *peer = handle->data;
    idl__worker *worker = peer->worker;
    idl__conn_time(peer->conn, idl__clock_now());
    if (status < 0)
        peer->events = 0;
    if (status < 0 || events & UV_READABLE)
        read_all(peer);
    idl__peer_touch(peer);
    idl__worker_settle(worker);
}

/* ---- Writing ---- */

/* True: the kernel has taken all that was shown to it. */
static bool write_once(idl__peer *peer)
{
    struct iovec iov[IOV_MAX_ONCE];
    size_t count = idl__conn_output(peer->conn, iov, IOV_MAX_ONCE), len;
    ssize_t n = idl__send(peer->fd, iov, count, &len);
    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK) {
        /* What the peer had sent before it went may still be unread, and counts. One that has not
         * gone is told that it will hear nothing more. */
        peer->mute = true;
        shutdown(peer->fd, SHUT_WR);
        n = (ssize_t)len;
    }
    idl__conn_sent(peer->conn, n > 0 ? (size_t)n : 0);
    peer->wrote += n > 0 ? (size_t)n : 0;
    return n == (ssize_t)len;
}

/* True: nothing is left. */
static bool flush(idl__peer *peer)
{
    while (!peer->mute && idl__conn_unsent(peer->conn) > 0) {
        if (!write_once(peer))
            return false;
    }
    if (peer->mute)
        idl__conn_sent(peer->conn, idl__conn_unsent(peer->conn));
    return true;
}

/* ---- State ---- */

static uint64_t sooner(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Something must move within io_timeout, and all of it at RATE_MIN, but for the first io_timeout:
 * a byte now and then does not keep what has begun alive. */
static uint64_t io_limit(const idl__peer *peer, uint64_t at, uint64_t since, size_t bytes)
{
    uint64_t io = peer->worker->options.io_timeout_ms * IDL__MS;
    return sooner(at + io, since + io + (uint64_t)bytes * (NS_PER_S / RATE_MIN));
}

static uint64_t read_limit(idl__peer *peer, uint64_t now)
{
    size_t arrived;
    uint64_t begun = idl__conn_midway(peer->conn, &arrived);
    if (begun == 0 || peer->stalled || peer->blocked_at != 0)
        return UINT64_MAX;
    if (peer->got)
        peer->read_at = now;
    peer->got = false;
    if (begun > peer->read_since)
        peer->read_since = begun;
    return io_limit(peer, peer->read_at, peer->read_since, arrived);
}

static uint64_t write_limit(idl__peer *peer, uint64_t now)
{
    if (idl__conn_unsent(peer->conn) == 0) {
        peer->write_since = 0;
        return UINT64_MAX;
    }
    if (peer->write_since == 0) {
        peer->write_since = peer->write_at = now;
        peer->wrote = peer->written = 0;
    } else if (peer->wrote != 0) {
        peer->write_at = now;
        peer->written += peer->wrote;
        peer->wrote = 0;
    }
    return io_limit(peer, peer->write_at, peer->write_since, peer->written);
}

/* A stream that nobody takes from holds up the others: nobody knows which wait unread. */
static uint64_t room_limit(idl__peer *peer, uint64_t now)
{
    if (!idl__conn_blocked(peer->conn)) {
        if (peer->blocked_at != 0)
            peer->read_since = peer->read_at = now; /* nobody read until now */
        peer->blocked_at = 0;
        return UINT64_MAX;
    }
    if (peer->blocked_at == 0)
        peer->blocked_at = now;
    return peer->blocked_at + peer->worker->options.io_timeout_ms * IDL__MS;
}

/* Most of the time a peer owes nothing, and no clock is read. */
static void set_deadline(idl__peer *peer, bool unsent)
{
    if (!peer->greeted)
        peer->greeted = idl__conn_greeted(peer->conn);
    if (peer->shut)
        return;
    if (peer->greeted && !unsent && idl__conn_midway(peer->conn, NULL) == 0 &&
        !idl__conn_blocked(peer->conn)) {
        peer->write_since = peer->blocked_at = 0;
        wait_no_more(peer);
        return;
    }
    uint64_t now = idl__clock_now(), handshake = peer->worker->options.handshake_timeout_ms;
    uint64_t limit = room_limit(peer, now);
    limit = sooner(limit, sooner(read_limit(peer, now), write_limit(peer, now)));
    if (!peer->greeted && handshake != UINT32_MAX && idl__conn_has_farewell(peer->conn))
        limit = sooner(limit, peer->opened + handshake * IDL__MS);
    if (limit != UINT64_MAX)
        wait_until(peer, limit);
    else
        wait_no_more(peer);
}

static void watch(idl__peer *peer, bool unsent)
{
    bool blocked = idl__conn_blocked(peer->conn);
    bool reading = !peer->stalled && !peer->eof && !blocked;
    int events = (reading ? UV_READABLE : 0) | (unsent ? UV_WRITABLE : 0);
    if (events != peer->events)
        uv_poll_start(&peer->poll, events, on_poll);
    peer->events = events;
    set_deadline(peer, unsent);
}

/* All is said: lets the peer read it before the socket is gone (a close with unread bytes would
 * make TCP drop what was sent). */
static void shut(idl__peer *peer)
{
    peer->shut = true;
    shutdown(peer->fd, SHUT_WR);
    wait_until(peer, idl__clock_now() + linger_ns);
}

void idl__peer_settle(idl__peer *peer)
{
    peer->dirty = false;
    if (peer->conn == NULL) {
        free_if_unused(peer);
        return;
    }
    /* What was sent makes room, which may make events, which may make output. */
    bool unsent = true;
    for (int i = 0; i < WRITES_AT_ONCE; i++) {
        bool all = flush(peer);
        work_off(peer);
        unsent = idl__conn_unsent(peer->conn) > 0;
        if (!all || !unsent)
            break;
    }
    if (peer->eof && !unsent) {
        idl__peer_close(peer);
        return;
    }
    if (idl__conn_closing(peer->conn) && !unsent && !peer->shut)
        shut(peer);
    watch(peer, unsent);
}

void idl__peer_abort(idl__peer *peer)
{
    peer->mute = true;
    idl__conn_sent(peer->conn, idl__conn_unsent(peer->conn));
    peer->stalled = false;
    peer->eof = true;
    idl__conn_lost(peer->conn, IDL_UNAVAILABLE, "the server has ended");
    work_off(peer);
}

void idl__peer_expire(idl__peer *peer)
{
    if (peer->shut) {
        idl__peer_close(peer);
        return;
    }
    wait_no_more(peer);
    uint64_t now = idl__clock_now();
    if (room_limit(peer, now) <= now) {
        idl__conn_overflow(peer->conn);
        work_off(peer);
        idl__peer_touch(peer);
        return;
    }
    /* Whoever still reads is told why; a connection that has said nothing may be anybody's. */
    bool reads = idl__conn_unsent(peer->conn) == 0;
    const char *why = !peer->greeted ? "it said nothing in time"
                      : reads        ? "a message was begun and not finished in time"
                                     : "it does not read what is sent";
    if (peer->greeted && reads) {
        idl__conn_goaway(peer->conn, true, IDL_UNAVAILABLE, why);
        flush(peer);
    }
    give_up(peer, IDL_UNAVAILABLE, why);
    idl__peer_touch(peer);
}

void idl__peer_sweep(idl__peer *peer)
{
    if (peer->active || idl__conn_streams(peer->conn) != 0)
        peer->quiet = 0;
    else if (peer->quiet <= IDL__SWEEPS)
        peer->quiet++;
    peer->active = false;
    if (peer->quiet < IDL__SWEEPS || !idl__conn_has_farewell(peer->conn))
        return;
    if (peer->quiet == IDL__SWEEPS)
        idl__log_peer(&peer->worker->logger, IDL_LOG_INFO, "%s: was idle", peer->address);
    /* The second step is for clients that read nothing between calls (conn.h). */
    idl__conn_goaway(peer->conn, peer->quiet > IDL__SWEEPS, IDL_OK, "the connection was idle");
    idl__peer_touch(peer);
}

/* One that is not being read may have answered. */
void idl__peer_keep_alive(idl__peer *peer, uint64_t now)
{
    const idl__worker_options *options = &peer->worker->options;
    uint64_t heard = idl__conn_heard(peer->conn);
    if (peer->shut || peer->eof || peer->stalled || peer->blocked_at != 0 || heard >= peer->asked)
        peer->asked = 0;
    if (peer->shut || peer->eof || peer->stalled || peer->blocked_at != 0)
        return;
    if (peer->asked != 0) {
        if (now - peer->asked >= options->keepalive_timeout_ms * IDL__MS) {
            give_up(peer, IDL_UNAVAILABLE, "it gave no sign of life");
            idl__peer_touch(peer);
        }
    } else if (now - (heard != 0 ? heard : peer->opened) >= options->keepalive_ms * IDL__MS &&
               idl__conn_ping(peer->conn)) {
        peer->asked = now;
        idl__peer_touch(peer);
    }
}

/* ---- The beginning ---- */

static idl__peer *new_peer(idl__worker *worker, const idl__arrival *arrival)
{
    char address[IDL__ENDPOINT_TEXT];
    idl__endpoint_text(&arrival->from, address);
    size_t len = strlen(address) + 1;
    idl__peer *peer = idl__malloc(sizeof *peer + len);
    if (peer == NULL)
        return NULL;
    *peer = (idl__peer){ .worker = worker,
                         .fd = arrival->fd,
                         .ticket = arrival->ticket,
                         .credentials = idl__accepted_credentials(&arrival->from, arrival->fd),
                         .opened = idl__clock_now() };
    memcpy(peer->address, address, len);
    peer->poll.data = peer;
    idl__limits limits = worker->options.limits;
    limits.protocol = arrival->protocol;
    peer->conn = idl__conn_new(IDL__SERVER, &limits, worker->shared);
    if (peer->conn != NULL && uv_poll_init(&worker->loop, &peer->poll, peer->fd) == 0)
        return peer;
    idl__conn_free(peer->conn);
    idl__free(peer);
    return NULL;
}

void idl__peer_open(idl__worker *worker, const idl__arrival *arrival)
{
    idl__peer *peer = new_peer(worker, arrival);
    if (peer == NULL) {
        idl__ticket ticket = arrival->ticket;
        leave(worker, &ticket);
        close(arrival->fd);
        return;
    }
    peer->handle = true;
    link_peer(peer);
    IDL__PROBE_1(server_opened, &peer->address[0]);
    if (peer->ticket.refusal != NULL)
        idl__conn_goaway(peer->conn, true, IDL_RESOURCE_EXHAUSTED, peer->ticket.refusal);
    else
        idl__log_peer(&worker->logger, IDL_LOG_DEBUG, "%s: connected", peer->address);
    idl__peer_touch(peer);
}
