/* SPDX-License-Identifier: MIT */
/* threads_test.c [--seconds N]: 64 threads on one channel: every reply goes to its caller, and every
 * thread gets its turn. */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "effort.h"
#include "probe_client.h"
#include "service.h"

enum { THREADS = 64, PATIENCE_S = 20 };

static unsigned seconds = 1;

struct caller {
    pthread_t thread;
    idl_channel *channel;
    uint64_t until;
    unsigned number;
    unsigned long right, wrong;
    uint64_t longest; /* ns that one call took */
};

/* Some with a deadline, some that could be cancelled: these wait in other ways. */
static void prepare(const struct caller *c, idl_call *call)
{
    if (c->number % 4 == 1)
        idl_call_set_timeout(call, 60000);
    if (c->number % 4 == 2)
        idl_call_token(call);
}

static bool is_right(const char *text, idl_code code, idl_str reply)
{
    return code == IDL_OK && strcmp(reply.data, text) == 0;
}

static void *call_often(void *arg)
{
    struct caller *c = arg;
    idl_call *call = idl_call_new();
    char text[64];
    uint64_t begin;
    do {
        idl_str reply;
        begin = idl_now();
        snprintf(text, sizeof text, "call %lu of thread %u", c->right + c->wrong, c->number);
        prepare(c, call);
        idl_code code = probe_probe_echo(c->channel, call, idl_cstr(text), &reply);
        if (is_right(text, code, reply))
            c->right++;
        else
            c->wrong++;
        uint64_t took = idl_now() - begin;
        if (took > c->longest)
            c->longest = took;
    } while (begin < c->until);
    idl_call_free(call);
    return NULL;
}

static void run(const char *address, uint32_t workers, uint32_t handler_threads)
{
    struct service s;
    struct caller callers[THREADS];
    unsigned long sum = 0, least = (unsigned long)-1, most = 0;
    uint64_t longest = 0;
    service_start_pool(&s, address, workers, handler_threads);
    idl_channel *channel = idl_channel_open(s.address, NULL);
    uint64_t until = idl_now() + seconds * UINT64_C(1000000000);
    for (unsigned i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){ .channel = channel, .until = until, .number = i };
        assert_int_equal(pthread_create(&callers[i].thread, NULL, call_often, &callers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        const struct caller *c = &callers[i];
        pthread_join(c->thread, NULL);
        assert_int_equal(c->wrong, 0);
        sum += c->right;
        least = c->right < least ? c->right : least;
        most = c->right > most ? c->right : most;
        longest = c->longest > longest ? c->longest : longest;
    }
    print_message("%s: %lu calls, a thread %lu to %lu, the slowest %.1f ms\n", s.address, sum,
                  least, most, (double)longest / 1e6);
    assert_true(least > 0);
    assert_true(longest < PATIENCE_S * UINT64_C(1000000000));
    idl_channel_close(channel);
    service_stop(&s);
}

static void test_tcp(void **state)
{
    (void)state;
    run("tcp://127.0.0.1:0", 1, 0);
}

static void test_unix(void **state)
{
    (void)state;
    char address[64];
    snprintf(address, sizeof address, "unix://@idl-threads-%ld", (long)getpid());
    run(address, 1, 0);
}

static void test_pool(void **state)
{
    (void)state;
    run("tcp://127.0.0.1:0", 2, 4);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tcp),
        cmocka_unit_test(test_unix),
        cmocka_unit_test(test_pool),
    };
    if (argc == 3 && strcmp(argv[1], "--seconds") == 0)
        seconds = (unsigned)atoi(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
