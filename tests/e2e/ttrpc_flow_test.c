/* SPDX-License-Identifier: MIT */
/* ttrpc_flow_test.c: streams over ttrpc, which has no flow control, when somebody does not read. */
#include <pthread.h>
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

#include "streams_client.h"
#include "streams_server.h"

enum { MANY = 200000 }; /* numbers: several times what may wait */

/* ---- Handlers, on threads ---- */

static idl_code count(idl_call *call, uint32_t first, uint32_t n, const uint32_t *fail_after)
{
    idl_code code = IDL_OK;
    (void)fail_after;
    for (uint32_t i = 0; i < n && code == IDL_OK; i++)
        code = flow_flow_count_emit(call, first + i);
    return code;
}

static idl_code sum(idl_call *call, int64_t *reply)
{
    int32_t item;
    while (flow_flow_sum_next(call, &item))
        *reply += item;
    return IDL_OK;
}

/* Takes nothing until it is told that nobody waits any more. */
static idl_code join(idl_call *call, flow_item *reply)
{
    (void)reply;
    while (!idl_call_is_cancelled(call))
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    return IDL_CANCELLED;
}

struct fixture {
    idl_server *server;
    pthread_t thread;
    idl_channel *channel;
    idl_call *call, *other;
};

static void *serve(void *arg)
{
    return (void *)(intptr_t)idl_server_run(arg);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = 4;
    options.io_timeout_ms = 2000; /* more than a client waits */
    f->server = idl_server_new(&options);
    flow_flow_serve(f->server, &(flow_flow_handlers){ .count = count, .sum = sum, .join = join },
                    NULL);
    assert_int_equal(idl_server_listen(f->server, "ttrpc+tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f->server), 0);
    f->channel = idl_channel_open(idl_server_address(f->server, 0), NULL);
    f->call = idl_call_new();
    f->other = idl_call_new();
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    void *status;
    idl_call_free(f->call);
    idl_call_free(f->other);
    idl_channel_close(f->channel);
    idl_server_stop(f->server);
    pthread_join(f->thread, &status);
    assert_null(status);
    idl_server_free(f->server);
    free(f);
    return 0;
}

static uint32_t read_all(idl_call *call)
{
    uint32_t item, n = 0;
    while (flow_flow_count_recv(call, &item))
        n += item == n;
    return n;
}

/* ---- The client does not read ---- */

/* A thread that waits on one stream does not wait for ever on the other one of its own. */
static void test_unread_beside_read(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(flow_flow_count(f->channel, f->other, 0, MANY, NULL), IDL_OK);
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, MANY, NULL), IDL_OK);
    assert_int_equal(read_all(f->call), MANY);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
    assert_true(read_all(f->other) < MANY); /* what had come */
    assert_int_equal(flow_flow_count_finish(f->other), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, 10, NULL), IDL_OK);
    assert_int_equal(read_all(f->call), 10);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
}

/* Alone it may take its time: longer than others would be made to wait. */
static void test_slow_alone(void **state)
{
    struct fixture *f = *state;
    uint32_t item;
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, MANY, NULL), IDL_OK);
    assert_true(flow_flow_count_recv(f->call, &item));
    nanosleep(&(struct timespec){ 1, 300 * 1000000 }, NULL);
    uint32_t n = 1;
    while (flow_flow_count_recv(f->call, &item))
        n++;
    assert_int_equal(n, MANY);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
}

static void *read_slowly(void *arg)
{
    struct fixture *f = arg;
    uint32_t item, n = 0;
    while (flow_flow_count_recv(f->other, &item)) {
        if (n++ % 10000 == 0)
            nanosleep(&(struct timespec){ 0, 20 * 1000000 }, NULL);
    }
    return (void *)(uintptr_t)n;
}

/* A slow reader makes others wait, and loses nothing. */
static void test_slow_beside_others(void **state)
{
    struct fixture *f = *state;
    pthread_t thread;
    void *n;
    assert_int_equal(flow_flow_count(f->channel, f->other, 0, MANY, NULL), IDL_OK);
    assert_int_equal(pthread_create(&thread, NULL, read_slowly, f), 0);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(flow_flow_count(f->channel, f->call, 0, 100, NULL), IDL_OK);
        assert_int_equal(read_all(f->call), 100);
        assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
    }
    pthread_join(thread, &n);
    assert_int_equal((uintptr_t)n, MANY);
    assert_int_equal(flow_flow_count_finish(f->other), IDL_OK);
}

/* What is not read is dropped by finish, and holds nobody up after that. */
static void test_finish_unread(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(flow_flow_count(f->channel, f->other, 0, MANY, NULL), IDL_OK);
    assert_int_equal(flow_flow_count_finish(f->other), IDL_OK);
    assert_int_equal(flow_flow_count(f->channel, f->other, 0, MANY, NULL), IDL_OK);
    idl_call_reset(f->other); /* given up: there is no way to tell the server */
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, 10, NULL), IDL_OK);
    assert_int_equal(read_all(f->call), 10);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
}

/* ---- Event form ---- */

struct ended {
    unsigned ends;
    idl_code code;
    uint32_t items;
};

static void on_end(idl_call *call, idl_code code, void *arg)
{
    struct ended *e = arg;
    (void)call;
    e->ends++;
    e->code = code;
}

static void on_item(idl_call *call, const uint32_t *item, void *arg)
{
    struct ended *e = arg;
    (void)call;
    e->items += *item == e->items;
}

static void test_events(void **state)
{
    struct fixture *f = *state;
    struct ended unread = { 0 }, read = { 0 };
    flow_flow_count_async(f->channel, f->other, 0, MANY, NULL, on_end, &unread);
    flow_flow_count_async(f->channel, f->call, 0, MANY, NULL, on_end, &read);
    flow_flow_count_on_recv(f->call, on_item, &read); /* and none for the other one */
    idl_channel_run(f->channel);
    assert_int_equal(read.ends, 1);
    assert_int_equal(read.code, IDL_OK);
    assert_int_equal(read.items, MANY);
    assert_int_equal(unread.ends, 1);
    assert_int_equal(unread.code, IDL_RESOURCE_EXHAUSTED);
}

/* ---- The server does not read ---- */

static void test_server_does_not_take(void **state)
{
    struct fixture *f = *state;
    char text[1000];
    int64_t total;
    memset(text, 'x', sizeof text);
    const flow_item item = { .name = { text, sizeof text } };
    assert_int_equal(flow_flow_join(f->channel, f->other), IDL_OK);
    idl_code code = IDL_OK;
    for (int i = 0; i < 100000 && code == IDL_OK; i++)
        code = flow_flow_join_send(f->other, &item);
    assert_int_not_equal(code, IDL_OK);
    assert_int_equal(flow_flow_join_finish(f->other, NULL), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(flow_flow_sum(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, 5), IDL_OK);
    assert_int_equal(flow_flow_sum_finish(f->call, &total), IDL_OK);
    assert_true(total == 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_unread_beside_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slow_beside_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finish_unread, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_events, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_server_does_not_take, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
