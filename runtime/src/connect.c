/* SPDX-License-Identifier: MIT */
/* connect.c: endpoints tried in turn, without blocking, until one answers. */
#include "connect.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/tcp.h>

#include "clock.h"

enum { KEEPALIVE_MS = 60000, KEEPALIVE_TIMEOUT_MS = 60000, KEEPALIVE_COUNT = 4, RETRY_MS = 5 };

void idl__connect_init(idl__connect *attempt, const char *address, uint32_t timeout_ms)
{
    memset(attempt, 0, sizeof *attempt);
    attempt->address = address;
    attempt->timeout_ms = timeout_ms;
    attempt->fd = -1;
}

void idl__connect_fini(idl__connect *attempt)
{
    idl__lookup_drop(attempt->lookup);
    attempt->lookup = NULL;
    if (attempt->fd >= 0)
        close(attempt->fd);
    attempt->fd = -1;
}

/* Gives the endpoint being tried up. Where there are several the error names it. */
static idl_code fail(idl__connect *attempt, int number)
{
    char place[IDL__ENDPOINT_TEXT], error[IDL__ERROR_MAX];
    idl__connect_fini(attempt);
    if (attempt->count == 1)
        return idl__address_errno(attempt->address, number, attempt->error);
    idl__endpoint_text(&attempt->endpoints[attempt->next - 1], place);
    idl_code code = idl__address_errno(place, number, error);
    snprintf(attempt->error, sizeof attempt->error, "%.192s: %.180s", attempt->address, error);
    return code;
}

static void set_option(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof value); /* without it is slower, not wrong */
}

static void set_blocking(int fd, bool blocking)
{
    int flags = fcntl(fd, F_GETFL);
    fcntl(fd, F_SETFL, blocking ? flags & ~O_NONBLOCK : flags | O_NONBLOCK);
}

static int seconds(uint32_t ms)
{
    return ms < 1000 ? 1 : (int)(ms / 1000);
}

/* Nobody is there between calls, so the kernel has to find out about a host that is gone: it asks
 * after keepalive_ms of silence, and gives up when what was sent, also such a question, has waited
 * for an answer for that and keepalive_timeout_ms. */
static void prepare_tcp(int fd, const idl__connect *attempt)
{
    uint32_t idle = attempt->keepalive_ms != 0 ? attempt->keepalive_ms : KEEPALIVE_MS;
    uint32_t answer =
        attempt->keepalive_ms != 0 ? attempt->keepalive_timeout_ms : KEEPALIVE_TIMEOUT_MS;
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
    set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, seconds(idle));
    set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, seconds(answer / KEEPALIVE_COUNT));
    set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT);
#endif
#ifdef TCP_USER_TIMEOUT
    uint64_t both = (uint64_t)idle + answer;
    set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, both < INT32_MAX ? (int)both : INT32_MAX);
#endif
}

/* A port of this host that nobody listens on can, by chance, be the one that the socket was given
 * itself. TCP then connects it to itself, which would answer with our own bytes. */
static bool is_own_peer(int fd, int family)
{
    idl__endpoint own = { .len = sizeof own.address }, peer = own;
    if (family == AF_UNIX || getsockname(fd, &own.address.any, &own.len) != 0 ||
        getpeername(fd, &peer.address.any, &peer.len) != 0 || own.len != peer.len)
        return false;
    return memcmp(&own.address, &peer.address, own.len) == 0;
}

static idl_code connected(idl__connect *attempt)
{
    int family = attempt->endpoints[attempt->next - 1].address.any.sa_family;
    if (is_own_peer(attempt->fd, family))
        return fail(attempt, ECONNREFUSED);
    set_blocking(attempt->fd, true);
    if (family != AF_UNIX)
        prepare_tcp(attempt->fd, attempt);
    return IDL_OK;
}

/* A local socket does not connect in the background: while the server's queue is full it fails, and
 * nothing tells when there is room again. */
static idl_code reach(idl__connect *attempt)
{
    const idl__endpoint *to = &attempt->endpoints[attempt->next - 1];
    attempt->retry_at = 0;
    if (connect(attempt->fd, &to->address.any, to->len) == 0)
        return connected(attempt);
    if (errno == EINPROGRESS || errno == EINTR)
        return IDL_AGAIN;
    if (errno != EAGAIN || to->address.any.sa_family != AF_UNIX)
        return fail(attempt, errno);
    uint64_t now = idl__clock_now();
    if (now >= attempt->turn_end)
        return fail(attempt, ETIMEDOUT);
    attempt->retry_at = now + RETRY_MS * IDL__MS;
    return IDL_AGAIN;
}

/* Begins with the next endpoint. */
static idl_code begin(idl__connect *attempt)
{
    uint64_t now = idl__clock_now(), left = attempt->end > now ? attempt->end - now : 0;
    attempt->turn_end = now + left / (attempt->count - attempt->next);
    int family = attempt->endpoints[attempt->next++].address.any.sa_family;
    attempt->fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (attempt->fd < 0)
        return fail(attempt, errno);
    set_blocking(attempt->fd, false);
    return reach(attempt);
}

/* Looks at the endpoint being tried. */
static idl_code check(idl__connect *attempt)
{
    if (attempt->retry_at != 0)
        return reach(attempt);
    struct pollfd poller = { .fd = attempt->fd, .events = POLLOUT };
    if (poll(&poller, 1, 0) <= 0)
        return idl__clock_now() < attempt->turn_end ? IDL_AGAIN : fail(attempt, ETIMEDOUT);
    int error = 0;
    socklen_t len = sizeof error;
    if (getsockopt(attempt->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
        error = errno;
    return error == 0 ? connected(attempt) : fail(attempt, error);
}

static idl_code find(idl__connect *attempt)
{
    if (idl__address_waits(attempt->address)) {
        attempt->phase = IDL__CONNECT_LOOKUP;
        attempt->lookup = idl__lookup_start(attempt->address);
        if (attempt->lookup != NULL)
            return IDL_AGAIN;
        return idl__address_errno(attempt->address, ENOMEM, attempt->error);
    }
    attempt->phase = IDL__CONNECT_FOUND;
    return idl__address_resolve(attempt->address, IDL__CONNECT, attempt->endpoints, &attempt->count,
                                attempt->error);
}

static idl_code check_lookup(idl__connect *attempt)
{
    idl_code code =
        idl__lookup_result(attempt->lookup, attempt->endpoints, &attempt->count, attempt->error);
    if (code == IDL_AGAIN && idl__clock_now() >= attempt->end) {
        snprintf(attempt->error, sizeof attempt->error,
                 "%.192s: the name was not found within %u ms", attempt->address,
                 (unsigned)attempt->timeout_ms);
        code = IDL_UNAVAILABLE;
    }
    if (code == IDL_OK)
        attempt->phase = IDL__CONNECT_FOUND;
    if (code != IDL_AGAIN)
        idl__connect_fini(attempt);
    return code;
}

idl_code idl__connect_step(idl__connect *attempt)
{
    idl_code code = IDL_OK;
    if (attempt->phase == IDL__CONNECT_NEW) {
        uint64_t now = idl__clock_now();
        if (now < attempt->not_before)
            return IDL_AGAIN;
        attempt->begun = now;
        attempt->end = now + attempt->timeout_ms * IDL__MS;
        code = find(attempt);
    } else if (attempt->phase == IDL__CONNECT_LOOKUP) {
        code = check_lookup(attempt);
    } else if (attempt->phase == IDL__CONNECT_TRYING) {
        code = check(attempt);
    }
    if (attempt->phase == IDL__CONNECT_FOUND && code == IDL_OK) {
        if (attempt->spread)
            return IDL_AGAIN;
        attempt->phase = IDL__CONNECT_TRYING;
        code = begin(attempt);
    }
    while (code > IDL_OK && attempt->phase == IDL__CONNECT_TRYING && attempt->next < attempt->count)
        code = begin(attempt);
    return code;
}

int idl__connect_fd(const idl__connect *attempt)
{
    if (attempt->phase == IDL__CONNECT_LOOKUP && attempt->lookup != NULL)
        return idl__lookup_fd(attempt->lookup);
    return attempt->retry_at == 0 ? attempt->fd : -1;
}

uint64_t idl__connect_until(const idl__connect *attempt)
{
    switch (attempt->phase) {
    case IDL__CONNECT_NEW: return attempt->not_before;
    case IDL__CONNECT_LOOKUP: return attempt->end;
    case IDL__CONNECT_FOUND: return 0;
    default: break;
    }
    bool retry = attempt->retry_at != 0 && attempt->retry_at < attempt->turn_end;
    return retry ? attempt->retry_at : attempt->turn_end;
}

bool idl__connect_is_due(const idl__connect *attempt, uint64_t now)
{
    return attempt->phase == IDL__CONNECT_FOUND ||
           (attempt->phase == IDL__CONNECT_NEW && now >= attempt->not_before);
}
