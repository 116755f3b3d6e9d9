/* SPDX-License-Identifier: MIT */
/* spin_test.c: client and server that look before they sleep (spin_us) do what others do, and are
 * quiet when nothing happens. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "streams_client.h"
#include "streams_server.h"

enum { SPIN_US = 2000, QUIET_MS = 400, TOUCHES = 40 };

struct pair {
    idl_server *server;
    pthread_t thread;
    idl_channel *channel;
};

static idl_code count(idl_call *call, uint32_t first, uint32_t count, const uint32_t *fail_after)
{
    (void)fail_after;
    for (uint32_t i = 0; i < count; i++)
        flow_flow_count_emit(call, first + i);
    return IDL_OK;
}

static void give_up(idl_call *call, void *arg)
{
    (void)arg;
    idl_call_end(call, IDL_CANCELLED);
}

/* Never says anything. */
static idl_code items(idl_call *call, idl_str prefix)
{
    (void)prefix;
    idl_call_on_cancel(call, give_up, NULL);
    return idl_call_defer(call);
}

static void *serve(void *arg)
{
    idl_server_run(arg);
    return NULL;
}

static int begin(void **state)
{
    struct pair *p = calloc(1, sizeof *p);
    idl_server_options server = IDL_SERVER_OPTIONS;
    idl_channel_options client = IDL_CHANNEL_OPTIONS;
    assert_non_null(p);
    server.spin_us = client.spin_us = SPIN_US;
    p->server = idl_server_new(&server);
    flow_flow_serve(p->server, &(flow_flow_handlers){ .count = count, .items = items }, NULL);
    assert_int_equal(idl_server_listen(p->server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&p->thread, NULL, serve, p->server), 0);
    p->channel = idl_channel_open(idl_server_address(p->server, 0), &client);
    *state = p;
    return 0;
}

static int end(void **state)
{
    struct pair *p = *state;
    idl_channel_close(p->channel);
    idl_server_stop(p->server);
    pthread_join(p->thread, NULL);
    idl_server_free(p->server);
    free(p);
    return 0;
}

/* Processor time of both sides. */
static uint64_t spent_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void make_call(struct pair *p, idl_call *call)
{
    uint32_t number, sum = 0;
    assert_int_equal(flow_flow_count(p->channel, call, 7, 2, NULL), IDL_OK);
    while (flow_flow_count_recv(call, &number))
        sum += number;
    assert_int_equal(flow_flow_count_finish(call), IDL_OK);
    assert_int_equal(sum, 15);
}

static void test_calls(void **state)
{
    struct pair *p = *state;
    idl_call *call = idl_call_new();
    for (int i = 0; i < TOUCHES; i++)
        make_call(p, call);
    idl_call_free(call);
}

/* Each side has spun for its time at most, and sleeps. */
static void test_idle(void **state)
{
    struct pair *p = *state;
    idl_call *call = idl_call_new();
    const struct timespec pause = { 0, QUIET_MS * 1000000L };
    make_call(p, call);
    uint64_t before = spent_ms();
    nanosleep(&pause, NULL);
    assert_in_range(spent_ms() - before, 0, QUIET_MS / 4);
    idl_call_free(call);
}

/* A call that takes long is waited for asleep, and its deadline is kept. */
static void test_slow(void **state)
{
    struct pair *p = *state;
    idl_call *call = idl_call_new();
    flow_item item;
    make_call(p, call);
    uint64_t before = spent_ms(), begun = idl_now();
    idl_call_set_deadline(call, begun + QUIET_MS * UINT64_C(1000000));
    assert_int_equal(flow_flow_items(p->channel, call, idl_cstr("slow")), IDL_OK);
    assert_false(flow_flow_items_recv(call, &item));
    assert_int_equal(flow_flow_items_finish(call), IDL_DEADLINE_EXCEEDED);
    assert_true(idl_now() - begun >= QUIET_MS * UINT64_C(1000000));
    assert_in_range(spent_ms() - before, 0, QUIET_MS / 4);
    idl_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_calls, begin, end),
        cmocka_unit_test_setup_teardown(test_idle, begin, end),
        cmocka_unit_test_setup_teardown(test_slow, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
