/* SPDX-License-Identifier: MIT */
/* tirpc_client.c: the greeter over ONC RPC. A handle has one call under way, so calls in flight
 * together are threads with a connection each. */
#include <arpa/inet.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../measure.h"
#include "greeter.h"

typedef struct worker {
    const task *task;
    CLIENT *client;
    char *name;
    uint32_t count;
    pthread_t thread;
    meter meter;
} worker;

static CLIENT *connect_client(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    struct netbuf where = { sizeof address, sizeof address, &address };
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CLIENT *client = clnt_vc_create(connect_local(port), &where, GREETER, GREETER_1, 0, 0);
    if (client == NULL)
        die("clnt_vc_create");
    return client;
}

static bool call_once(worker *w)
{
    char *reply = NULL;
    name_stamp(w->name, w->count++);
    if (greet_1(w->name, &reply, w->client) != RPC_SUCCESS)
        die("greet");
    bool ok = is_greeting(reply, strlen(reply), w->name, w->task->size);
    free(reply);
    return ok;
}

static void *work(void *argument)
{
    worker *w = argument;
    uint64_t started = now_ns();
    while (!meter_done(&w->meter, 0, &started, call_once(w)))
        ;
    return NULL;
}

static void spread(worker *all, const task *t, meter *sum)
{
    for (unsigned i = 0; i < t->count; i++)
        if (pthread_create(&all[i].thread, NULL, work, &all[i]) != 0)
            die("pthread_create");
    meter_wait(sum);
    for (unsigned i = 0; i < t->count; i++) {
        pthread_join(all[i].thread, NULL);
        meter_merge(sum, &all[i].meter);
    }
}

int main(int argc, char **argv)
{
    static meter sum;
    task t = task_read(argc, argv);
    if (t.load == LOAD_STREAM)
        return 3;
    worker *all = allocate(t.count, sizeof *all);
    for (unsigned i = 0; i < t.count; i++) {
        all[i] = (worker){ .task = &t, .client = connect_client(t.port), .count = i << 20 };
        all[i].name = allocate(1, t.size + 1);
        name_fill(all[i].name, t.size);
        if (t.load == LOAD_IDLE)
            call_once(&all[i]);
    }
    if (t.load == LOAD_IDLE)
        idle_hold(&t);
    uint64_t begin = now_ns();
    for (unsigned i = 0; i < t.count; i++) {
        meter_begin(&all[i].meter, &t, begin);
        all[i].meter.sampled = false;
    }
    meter_begin(&sum, &t, begin);
    if (t.count == 1) {
        work(&all[0]);
        return meter_report(&all[0].meter);
    }
    spread(all, &t, &sum);
    return meter_report(&sum);
}
