/* SPDX-License-Identifier: MIT */
/* acceptor.c: accept until there is nothing to accept, or no descriptor for it.
 *
 * Without descriptors the listener stays readable: watching on would spin. Connections wait in the
 * kernel's queue until the retry. */
#include "acceptor.h"

#include <errno.h>

enum {
    ACCEPTS_AT_ONCE = 64, /* then connections have their turn */
    RETRY_MS = 50
};

static void watch(idl__acceptor *acceptor);

static void on_retry(uv_timer_t *timer)
{
    watch(timer->data);
}

/* 0: there may be more. */
static int accept_one(idl__acceptor *acceptor)
{
    idl__endpoint from;
    int fd = idl__listener_accept(acceptor->listener, &from);
    if (fd < 0)
        return errno;
    acceptor->failed = 0;
    acceptor->taken(acceptor->arg, acceptor->listener, fd, &from);
    return 0;
}

/* Once, however often it is tried. */
static void log_failure(idl__acceptor *acceptor, int failed)
{
    char error[IDL__ERROR_MAX];
    if (failed == acceptor->failed)
        return;
    acceptor->failed = failed;
    idl__address_errno(acceptor->listener->text, failed, error);
    idl__log_peer(acceptor->logger, IDL_LOG_WARNING, "%s: connections have to wait", error);
}

static void on_connections(uv_poll_t *poll, int status, int events)
{
    idl__acceptor *acceptor = poll->data;
    int failed = 0;
    (void)status;
    (void)events;
    for (int i = 0; i < ACCEPTS_AT_ONCE && failed == 0; i++)
        failed = accept_one(acceptor);
    if (failed != 0 && failed != EAGAIN && failed != EWOULDBLOCK) {
        log_failure(acceptor, failed);
        uv_poll_stop(poll);
        uv_timer_start(&acceptor->retry, on_retry, RETRY_MS, 0);
    }
}

static void watch(idl__acceptor *acceptor)
{
    uv_poll_start(&acceptor->poll, UV_READABLE, on_connections);
}

int idl__acceptor_start(idl__acceptor *acceptor, uv_loop_t *loop, const idl__listener *listener,
                        idl__logger *logger, idl__taken_fn *taken, void *arg)
{
    acceptor->listener = listener;
    acceptor->logger = logger;
    acceptor->failed = 0;
    acceptor->taken = taken;
    acceptor->arg = arg;
    int failed = uv_poll_init(loop, &acceptor->poll, listener->fd);
    if (failed != 0)
        return failed;
    uv_timer_init(loop, &acceptor->retry);
    acceptor->poll.data = acceptor->retry.data = acceptor;
    watch(acceptor);
    return 0;
}

void idl__acceptor_stop(idl__acceptor *acceptor)
{
    while (!acceptor->listener->passed && accept_one(acceptor) == 0)
        continue;
    uv_close((uv_handle_t *)&acceptor->poll, NULL);
    uv_close((uv_handle_t *)&acceptor->retry, NULL);
}
