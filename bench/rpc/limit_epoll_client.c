/* SPDX-License-Identifier: MIT */
/* limit_epoll_client.c: one thread drives every connection. With BENCH_WIRE=idl in the environment
 * it speaks the framed wire, by hand: what a server of idlc does is measured without its client. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "limit.h"

typedef struct connection {
    int fd;
    bool blocked;
    calls calls;
    buffer in, out;
} connection;

enum { EVENTS = 256 };

static int poller;
static buffer input;
static meter m;

static void watch(connection *c, int operation, uint32_t events)
{
    struct epoll_event event = { .events = events, .data.ptr = c };
    if (epoll_ctl(poller, operation, c->fd, &event) != 0)
        die("epoll_ctl");
}

static void flush(connection *c)
{
    ssize_t n = write(c->fd, c->out.data + c->out.begin, c->out.end - c->out.begin);
    if (n < 0 && errno != EAGAIN)
        die("write");
    buffer_took(&c->out, n > 0 ? (size_t)n : 0);
    bool blocked = c->out.end > c->out.begin;
    if (blocked != c->blocked)
        watch(c, EPOLL_CTL_MOD, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
    c->blocked = blocked;
}

/* True: the time is over. */
static bool on_readable(connection *c, const task *t)
{
    bool over = false;
    buffer *in = input_of(&c->in, &input);
    ssize_t n = read(c->fd, in->data + in->end, in->cap - in->end);
    if (n < 0 && errno == EAGAIN)
        return false;
    if (n <= 0)
        die("read");
    in->end += (size_t)n;
    if (t->load == LOAD_STREAM)
        over = stream_take(in, t->size, &m, &c->calls.started[0]);
    else
        calls_take(&c->calls, in, t->load == LOAD_IDLE ? NULL : &c->out, &m, &over);
    input_keep(&c->in, in);
    if (c->out.end > c->out.begin && !c->blocked)
        flush(c);
    return over;
}

static void connect_all(connection *all, const task *t)
{
    const char *wire = getenv("BENCH_WIRE");
    for (unsigned i = 0; i < t->connections; i++) {
        connection *c = &all[i];
        c->fd = connect_local(t->port);
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
        calls_init(&c->calls, t, wire != NULL && strcmp(wire, "idl") == 0, i);
        watch(c, EPOLL_CTL_ADD, EPOLLIN);
    }
}

static void start(connection *c, const task *t)
{
    if (t->load == LOAD_STREAM)
        stream_ask(&c->out, t->size);
    else
        for (unsigned slot = 0; slot < c->calls.depth; slot++)
            calls_put(&c->calls, slot, &c->out);
    flush(c);
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    task t = task_read(argc, argv);
    connection *all = allocate(t.connections, sizeof *all);
    bool over = false;
    unsigned answered = 0;
    if (t.load == LOAD_THREADS)
        return 3;
    poller = epoll_create1(EPOLL_CLOEXEC);
    connect_all(all, &t);
    meter_begin(&m, &t, now_ns());
    for (unsigned i = 0; i < t.connections; i++)
        start(&all[i], &t);
    while (!over) {
        int count = epoll_wait(poller, events, EVENTS, -1);
        for (int i = 0; i < count && !over; i++) {
            connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                flush(c);
            if (events[i].events & ~(uint32_t)EPOLLOUT)
                over = on_readable(c, &t);
            if (t.load == LOAD_IDLE && ++answered == t.connections)
                idle_hold(&t);
        }
    }
    return meter_report(&m);
}
