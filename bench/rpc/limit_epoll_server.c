/* SPDX-License-Identifier: MIT */
/* limit_epoll_server.c: one thread, any number of connections: a read and a write when there is
 * something to read. A connection owns memory only while a frame or a reply is under way. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "limit.h"

typedef struct connection {
    int fd;
    bool blocked;  /* out waits for the kernel */
    size_t stream; /* size of the messages of its stream; 0: none */
    buffer in, out;
} connection;

enum { EVENTS = 256 };

static int poller;
static buffer input, output;

static void watch(connection *c, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = c };
    if (epoll_ctl(poller, operation, c->fd, &event) != 0)
        die("epoll_ctl");
}

static void hang_up(connection *c)
{
    close(c->fd);
    free(c->in.data);
    free(c->out.data);
    free(c);
}

/* False: the connection is gone. */
static bool flush(connection *c, buffer *out)
{
    ssize_t n = write(c->fd, out->data + out->begin, out->end - out->begin);
    if (n < 0 && errno != EAGAIN)
        return false;
    buffer_took(out, n > 0 ? (size_t)n : 0);
    return true;
}

/* What the kernel does not take becomes the connection's; reading waits for it. */
static void block_on(connection *c, buffer *out)
{
    buffer empty = c->out;
    c->out = *out;
    *out = empty;
    c->blocked = true;
    watch(c, EPOLL_CTL_MOD, EPOLLOUT);
}

static bool on_readable(connection *c)
{
    buffer *in = input_of(&c->in, &input);
    ssize_t n = read(c->fd, in->data + in->end, in->cap - in->end);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    in->end += (size_t)n;
    c->stream = answer(in, &output);
    input_keep(&c->in, in);
    if (c->stream > 0)
        fill_stream(&output, c->stream);
    if (output.end == output.begin)
        return true;
    if (!flush(c, &output))
        return false;
    if (output.end > output.begin || c->stream > 0)
        block_on(c, &output);
    return true;
}

static bool on_writable(connection *c)
{
    if (c->stream > 0 && c->out.end == c->out.begin)
        fill_stream(&c->out, c->stream);
    if (!flush(c, &c->out))
        return false;
    if (c->out.end == c->out.begin && c->stream == 0) {
        c->blocked = false;
        watch(c, EPOLL_CTL_MOD, EPOLLIN);
    }
    return true;
}

static void on_connection(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connection *c = allocate(1, sizeof *c);
        no_delay(fd);
        c->fd = fd;
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

int main(void)
{
    int port, listener = listen_local(&port);
    struct epoll_event events[EVENTS] = { { .events = EPOLLIN, .data.ptr = NULL } };
    fcntl(listener, F_SETFL, O_NONBLOCK);
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &events[0]) != 0)
        die("epoll");
    server_ready(port);
    while (true) {
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            connection *c = events[i].data.ptr;
            if (c == NULL)
                on_connection(listener);
            else if (!(c->blocked ? on_writable(c) : on_readable(c)))
                hang_up(c);
        }
    }
}
