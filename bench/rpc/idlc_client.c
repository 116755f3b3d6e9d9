/* SPDX-License-Identifier: MIT */
/* idlc_client.c: the greeter's client that is compared, as applications write it: blocking stubs
 * where one call is open, async stubs where many are; one thread for many connections. BENCH_TYPE=bytes calls greet_bytes. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "greeter_client.h"
#include "measure.h"

typedef struct slot {
    struct crew *crew;
    unsigned number;
    uint64_t started;
    char *name;
} slot;

/* What one thread does. */
typedef struct crew {
    const task *task;
    idl_channel *channel;
    bool bytes, over;
    uint32_t count;
    pthread_t thread;
    slot *slots;
    meter meter;
} crew;

static idl_channel *open_channel(const task *t)
{
    char address[64];
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", t->port);
    const char *spin = getenv("BENCH_SPIN");
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.spin_us = spin != NULL ? (uint32_t)atoi(spin) : 0;
    return idl_channel_open(address, &options);
}

static void crew_init(crew *w, const task *t, idl_channel *channel, unsigned number)
{
    const char *type = getenv("BENCH_TYPE");
    *w = (crew){ .task = t, .channel = channel, .count = number << 20 };
    w->bytes = type != NULL && strcmp(type, "bytes") == 0;
    w->slots = allocate(t->depth, sizeof *w->slots);
    for (unsigned i = 0; i < t->depth; i++) {
        w->slots[i] = (slot){ .crew = w, .number = i, .name = allocate(1, t->size) };
        name_fill(w->slots[i].name, t->size);
    }
}

/* ---- One call at a time ---- */

static bool call_once(crew *w, idl_call *call)
{
    const size_t size = w->task->size;
    char *name = w->slots[0].name;
    idl_str text;
    idl_bytes bytes;
    name_stamp(name, w->count++);
    if (!w->bytes)
        return bench_greeter_greet(w->channel, call, (idl_str){ name, size }, &text) == IDL_OK &&
               is_greeting(text.data, text.len, name, size);
    idl_bytes request = { (const uint8_t *)name, size };
    return bench_greeter_greet_bytes(w->channel, call, request, &bytes) == IDL_OK &&
           is_greeting((const char *)bytes.data, bytes.len, name, size);
}

static void *work(void *argument)
{
    crew *w = argument;
    idl_call *call = idl_call_new();
    slot *s = &w->slots[0];
    s->started = now_ns();
    while (!meter_done(&w->meter, 0, &s->started, call_once(w, call)))
        ;
    idl_call_free(call);
    return NULL;
}

/* ---- Many in flight ---- */

static void start(slot *s);

static void finish(slot *s, bool ok)
{
    crew *w = s->crew;
    if (meter_done(&w->meter, s->number, &s->started, ok))
        w->over = true;
    if (!w->over)
        start(s);
}

static void on_text(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    slot *s = arg;
    (void)call;
    finish(s, code == IDL_OK && is_greeting(reply.data, reply.len, s->name, s->crew->task->size));
}

static void on_bytes(idl_call *call, idl_code code, idl_bytes reply, void *arg)
{
    slot *s = arg;
    const char *data = (const char *)reply.data;
    (void)call;
    finish(s, code == IDL_OK && is_greeting(data, reply.len, s->name, s->crew->task->size));
}

static void start(slot *s)
{
    crew *w = s->crew;
    const size_t size = w->task->size;
    name_stamp(s->name, w->count++);
    if (w->bytes)
        bench_greeter_greet_bytes_async(w->channel, NULL,
                                        (idl_bytes){ (const uint8_t *)s->name, size }, on_bytes, s);
    else
        bench_greeter_greet_async(w->channel, NULL, (idl_str){ s->name, size }, on_text, s);
}

static void fly(crew *w)
{
    for (unsigned i = 0; i < w->task->depth; i++) {
        w->slots[i].started = now_ns();
        start(&w->slots[i]);
    }
    idl_channel_run(w->channel);
}

/* ---- A stream ---- */

static void receive(crew *w)
{
    idl_call *call = idl_call_new();
    idl_bytes item;
    uint64_t started = now_ns();
    bench_greeter_stream(w->channel, call, (uint32_t)w->task->size);
    for (unsigned i = 0; bench_greeter_stream_recv(call, &item); i = (i + 1) % 64)
        if (meter_done(&w->meter, i, &started, item.len == w->task->size))
            break;
    idl_call_free(call);
}

/* ---- Many connections, one thread ---- */

static void watch(crew *all, const task *t, meter *sum)
{
    struct epoll_event events[256];
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < t->connections; i++) {
        struct epoll_event event = { .events = EPOLLIN, .data.ptr = all[i].channel };
        epoll_ctl(epoll, EPOLL_CTL_ADD, idl_channel_fd(all[i].channel), &event);
        all[i].slots[0].started = now_ns();
        start(&all[i].slots[0]);
    }
    for (uint64_t now; (now = now_ns()) < sum->edge || !meter_edge(sum, now);) {
        int ready = epoll_wait(epoll, events, 256, 10);
        for (int i = 0; i < ready; i++)
            idl_channel_process(events[i].data.ptr, 0);
    }
    for (unsigned i = 0; i < t->connections; i++)
        meter_merge(sum, &all[i].meter);
}

static void __attribute__((noreturn)) hold(crew *all, const task *t)
{
    idl_call *call = idl_call_new();
    for (unsigned i = 0; i < t->connections; i++)
        if (!call_once(&all[i], call))
            die("greet");
    idle_hold(t);
}

/* ---- Several threads ---- */

static void spread(crew *all, const task *t, meter *sum)
{
    for (unsigned i = 0; i < t->threads; i++)
        if (pthread_create(&all[i].thread, NULL, work, &all[i]) != 0)
            die("pthread_create");
    meter_wait(sum);
    for (unsigned i = 0; i < t->threads; i++) {
        pthread_join(all[i].thread, NULL);
        meter_merge(sum, &all[i].meter);
    }
}

int main(int argc, char **argv)
{
    static meter sum;
    task t = task_read(argc, argv);
    const unsigned count = t.threads * t.connections;
    crew *all = allocate(count, sizeof *all);
    idl_channel *shared = t.connections == 1 ? open_channel(&t) : NULL;
    for (unsigned i = 0; i < count; i++)
        crew_init(&all[i], &t, shared != NULL ? shared : open_channel(&t), i);
    uint64_t begin = now_ns();
    for (unsigned i = 0; i < count; i++)
        meter_begin(&all[i].meter, &t, begin);
    meter_begin(&sum, &t, begin);
    switch (t.load) {
    case LOAD_SEQ: work(&all[0]); break;
    case LOAD_FLIGHT: fly(&all[0]); break;
    case LOAD_STREAM: receive(&all[0]); break;
    case LOAD_IDLE: hold(all, &t);
    default:
        sum.on = false;
        if (t.load == LOAD_CONNS)
            watch(all, &t, &sum);
        else
            spread(all, &t, &sum);
        return meter_report(&sum);
    }
    return meter_report(&all[0].meter);
}
