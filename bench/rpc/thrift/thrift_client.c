/* SPDX-License-Identifier: MIT */
/* thrift_client.c: the greeter over Thrift's framed binary protocol, by c_glib. A stub is two halves,
 * send and receive: with them one thread has many calls in flight, and many connections. */
#include <string.h>
#include <sys/epoll.h>

#include <thrift/c_glib/protocol/thrift_binary_protocol.h>
#include <thrift/c_glib/transport/thrift_framed_transport.h>
#include <thrift/c_glib/transport/thrift_socket.h>

#include "../measure.h"
#include "bench_greeter.h"

typedef struct slot {
    uint64_t started;
    char *name;
} slot;

typedef struct connection {
    benchGreeterIf *client;
    int fd;
    unsigned next; /* slot to be answered */
    slot *slots;
} connection;

static task t;
static meter m;
static uint32_t count;

static connection open_connection(void)
{
    GError *error = NULL;
    ThriftTransport *socket =
        g_object_new(THRIFT_TYPE_SOCKET, "hostname", "127.0.0.1", "port", t.port, NULL);
    ThriftTransport *framed = g_object_new(THRIFT_TYPE_FRAMED_TRANSPORT, "transport", socket, NULL);
    ThriftProtocol *protocol = g_object_new(THRIFT_TYPE_BINARY_PROTOCOL, "transport", framed, NULL);
    if (!thrift_transport_open(framed, &error))
        die(error->message);
    connection c = { .fd = THRIFT_SOCKET(socket)->sd };
    no_delay(c.fd);
    c.client = g_object_new(BENCH_TYPE_GREETER_CLIENT, "input_protocol", protocol,
                            "output_protocol", protocol, NULL);
    c.slots = allocate(t.depth, sizeof *c.slots);
    for (unsigned i = 0; i < t.depth; i++) {
        c.slots[i].name = allocate(1, t.size + 1);
        name_fill(c.slots[i].name, t.size);
    }
    return c;
}

static void ask(connection *c, slot *s)
{
    GError *error = NULL;
    name_stamp(s->name, count++);
    if (!bench_greeter_client_send_greet(c->client, s->name, &error))
        die(error->message);
}

static bool hear(connection *c, const slot *s)
{
    GError *error = NULL;
    gchar *reply = NULL;
    if (!bench_greeter_client_recv_greet(c->client, &reply, &error))
        die(error->message);
    bool ok = is_greeting(reply, strlen(reply), s->name, t.size);
    g_free(reply);
    return ok;
}

/* One reply, and the next call in its slot; false: the time is over. */
static bool turn(connection *c)
{
    const unsigned number = c->next;
    slot *s = &c->slots[number];
    c->next = (number + 1) % t.depth;
    if (meter_done(&m, number, &s->started, hear(c, s)))
        return false;
    ask(c, s);
    return true;
}

static void poll_all(connection *all)
{
    struct epoll_event events[256];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < t.connections; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = &all[i] };
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    for (;;) {
        int ready = epoll_wait(epoll, events, 256, -1);
        for (int i = 0; i < ready; i++)
            if (!turn(events[i].data.ptr))
                return;
    }
}

int main(int argc, char **argv)
{
    t = task_read(argc, argv);
    if (t.load == LOAD_STREAM || t.load == LOAD_THREADS)
        return 3;
    connection *all = allocate(t.connections, sizeof *all);
    for (unsigned i = 0; i < t.connections; i++)
        all[i] = open_connection();
    if (t.load == LOAD_IDLE) {
        for (unsigned i = 0; i < t.connections; i++) {
            ask(&all[i], &all[i].slots[0]);
            hear(&all[i], &all[i].slots[0]);
        }
        idle_hold(&t);
    }
    meter_begin(&m, &t, now_ns());
    for (unsigned i = 0; i < t.connections; i++)
        for (unsigned n = 0; n < t.depth; n++) {
            all[i].slots[n].started = now_ns();
            ask(&all[i], &all[i].slots[n]);
        }
    if (t.connections > 1)
        poll_all(all);
    else
        while (turn(&all[0]))
            ;
    return meter_report(&m);
}
