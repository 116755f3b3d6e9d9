/* SPDX-License-Identifier: MIT */
/* crowd_test.c: 200 clients at once, each with 64 calls outstanding: every one gets its own answer,
 * and the server is afterwards as it was before. */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "effort.h"
#include "probe_client.h"
#include "service.h"

enum { CLIENTS = 200, OUTSTANDING = 64, EACH = 640, THREADS = 4 };

static unsigned each(void)
{
    return test_effort() == 1 ? EACH : OUTSTANDING;
}

struct client {
    idl_channel *channel;
    unsigned number, started, right, wrong;
};

struct slot {
    struct client *client;
    char text[40];
};

static void start(struct slot *slot);

static void on_echo(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct slot *slot = arg;
    (void)call;
    if (code == IDL_OK && strcmp(reply.data, slot->text) == 0)
        slot->client->right++;
    else
        slot->client->wrong++;
    if (slot->client->started < each())
        start(slot);
}

static void start(struct slot *slot)
{
    struct client *c = slot->client;
    snprintf(slot->text, sizeof slot->text, "client %u call %u", c->number, c->started++);
    probe_probe_echo_async(c->channel, NULL, idl_cstr(slot->text), on_echo, slot);
}

struct share {
    const char *address;
    struct client *clients;
    size_t count;
};

/* Opens all of its clients and their calls before it waits for any. */
static void *run_share(void *arg)
{
    struct share *s = arg;
    struct slot *slots = calloc(s->count * OUTSTANDING, sizeof *slots);
    for (size_t i = 0; i < s->count; i++) {
        s->clients[i].channel = idl_channel_open(s->address, NULL);
        for (size_t k = 0; k < OUTSTANDING; k++) {
            slots[i * OUTSTANDING + k].client = &s->clients[i];
            start(&slots[i * OUTSTANDING + k]);
        }
    }
    for (bool busy = true; busy;) {
        busy = false;
        for (size_t i = 0; i < s->count; i++) {
            idl_channel_process(s->clients[i].channel, 0);
            busy |= s->clients[i].right + s->clients[i].wrong < each();
        }
    }
    for (size_t i = 0; i < s->count; i++)
        idl_channel_close(s->clients[i].channel);
    free(slots);
    return NULL;
}

static void crowd(const char *address)
{
    struct client *clients = calloc(CLIENTS, sizeof *clients);
    struct share shares[THREADS];
    pthread_t threads[THREADS];
    for (unsigned i = 0; i < CLIENTS; i++)
        clients[i].number = i;
    for (size_t t = 0; t < THREADS; t++) {
        shares[t] = (struct share){ address, clients + t * (CLIENTS / THREADS), CLIENTS / THREADS };
        assert_int_equal(pthread_create(&threads[t], NULL, run_share, &shares[t]), 0);
    }
    for (size_t t = 0; t < THREADS; t++)
        pthread_join(threads[t], NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_int_equal(clients[i].right, each());
        assert_int_equal(clients[i].wrong, 0);
    }
    free(clients);
}

/* The figure once it stops falling: connections close a moment after their clients went. */
static void measure(idl_channel *channel, idl_call *call, uint64_t *heap, uint32_t *descriptors)
{
    uint64_t last = UINT64_MAX;
    for (int i = 0; i < 100; i++) {
        assert_int_equal(probe_probe_heap(channel, call, heap), IDL_OK);
        assert_int_equal(probe_probe_descriptors(channel, call, descriptors), IDL_OK);
        if (i > 10 && *heap >= last)
            return;
        last = *heap;
        nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    }
}

static void run_crowd(const char *address, uint32_t workers)
{
    struct service s;
    uint64_t before, after;
    uint32_t fds_before, fds_after;
    service_fork(&s, address, workers);
    idl_channel *channel = idl_channel_open(s.address, NULL);
    idl_call *call = idl_call_new();
    crowd(s.address); /* warms pools and buffers up */
    measure(channel, call, &before, &fds_before);
    crowd(s.address);
    measure(channel, call, &after, &fds_after);
    print_message("heap %llu -> %llu bytes, descriptors %u -> %u\n", (unsigned long long)before,
                  (unsigned long long)after, fds_before, fds_after);
    assert_int_equal(fds_after, fds_before);
    assert_in_range(after, 0, before + before / 20 + 4096);
    idl_call_free(call);
    idl_channel_close(channel);
    assert_int_equal(service_kill(&s, SIGTERM), 0);
}

static void test_one_worker(void **state)
{
    (void)state;
    run_crowd("tcp://127.0.0.1:0", 1);
}

static void test_workers(void **state)
{
    (void)state;
    char address[64];
    snprintf(address, sizeof address, "unix://@idl-crowd-%ld", (long)getpid());
    run_crowd(address, 3);
}

static void test_ttrpc(void **state)
{
    (void)state;
    char address[64];
    snprintf(address, sizeof address, "ttrpc+unix://@idl-crowd-%ld", (long)getpid());
    run_crowd(address, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_ttrpc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
