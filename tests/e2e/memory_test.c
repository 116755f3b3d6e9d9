/* SPDX-License-Identifier: MIT */
/* memory_test.c: a server, a channel and calls of every kind through generated stubs, over real
 * sockets, in which each allocation of the runtime fails once, on whichever side it is. Calls end
 * with a status, the next ones are served, nothing is left behind. Leaks are AddressSanitizer's to
 * find. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "effort.h"
#include "streams_client.h"
#include "streams_server.h"

/* ---- The server ---- */

static idl_code on_count(idl_call *call, uint32_t first, uint32_t count, const uint32_t *fail_after)
{
    (void)fail_after;
    idl_code code = IDL_OK;
    for (uint32_t i = 0; i < count && code == IDL_OK; i++)
        code = flow_flow_count_emit(call, first + i);
    return code;
}

static void sum_next(idl_call *call, const int32_t *item, void *arg)
{
    int64_t *sum = arg;
    if (item != NULL)
        *sum += *item;
    else
        flow_flow_sum_complete(call, *sum);
}

static idl_code on_sum(idl_call *call, int64_t *reply)
{
    (void)reply;
    int64_t *sum = idl_call_alloc(call, sizeof *sum);
    if (sum == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *sum = 0;
    flow_flow_sum_on_next(call, sum_next, sum);
    return idl_call_defer(call);
}

static void echo_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    idl_code code = item != NULL ? flow_flow_echo_emit(call, *item) : IDL_OK;
    if (item == NULL || code != IDL_OK)
        idl_call_end(call, code);
}

static idl_code on_echo(idl_call *call)
{
    flow_flow_echo_on_next(call, echo_next, NULL);
    return idl_call_defer(call);
}

static const flow_flow_handlers handlers = { .count = on_count, .sum = on_sum, .echo = on_echo };

static void *serve(void *arg)
{
    static int status;
    status = idl_server_run(arg);
    return &status;
}

/* ---- Calls ---- */

static idl_call *ready(idl_call *call)
{
    idl_call_reset(call);
    idl_call_set_timeout(call, 20000); /* so that what hangs is seen */
    return call;
}

/* What a call may end with when there was no memory somewhere. */
static bool check(idl_code code)
{
    if (code != IDL_RESOURCE_EXHAUSTED && code != IDL_UNAVAILABLE)
        assert_int_equal(code, IDL_OK);
    return code == IDL_OK;
}

static bool count(idl_channel *channel, idl_call *call)
{
    uint32_t item, got = 0;
    flow_flow_count(channel, ready(call), 7, 5, NULL);
    while (flow_flow_count_recv(call, &item))
        assert_int_equal(item, 7 + got++);
    bool good = check(flow_flow_count_finish(call));
    assert_true(!good || got == 5);
    return good;
}

static bool sum(idl_channel *channel, idl_call *call)
{
    int64_t total;
    flow_flow_sum(channel, ready(call));
    for (int32_t i = 1; i <= 4; i++)
        flow_flow_sum_send(call, i);
    bool good = check(flow_flow_sum_finish(call, &total));
    assert_int_equal(total, good ? 10 : 0);
    return good;
}

/* One small message and one that has a block of its own. */
static bool echo(idl_channel *channel, idl_call *call)
{
    static char large[60000];
    memset(large, 'x', sizeof large - 1);
    const char *texts[] = { "Ada", large };
    flow_flow_echo(channel, ready(call));
    for (int i = 0; i < 2; i++) {
        idl_str heard;
        if (flow_flow_echo_send(call, idl_cstr(texts[i])) != IDL_OK)
            break;
        if (flow_flow_echo_recv(call, &heard))
            assert_string_equal(heard.data, texts[i]);
    }
    return check(flow_flow_echo_finish(call));
}

static bool calls(const char *address)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    bool good = count(channel, call);
    good = sum(channel, call) && good;
    good = echo(channel, call) && good;
    good = count(channel, call) && good;
    idl_call_free(call);
    idl_channel_close(channel);
    return good;
}

/* ---- Lives ---- */

/* True: the n-th allocation was never reached. */
static bool live(const char *address, size_t n)
{
    alloc_fail_at(n);
    idl_server *server = idl_server_new(NULL);
    flow_flow_serve(server, &handlers, NULL);
    if (idl_server_listen(server, address) != IDL_OK) {
        assert_true(server == NULL || strlen(idl_server_error(server)) > 0);
        idl_server_free(server);
        return false;
    }
    pthread_t thread;
    void *status;
    assert_int_equal(pthread_create(&thread, NULL, serve, server), 0);
    bool good = calls(idl_server_address(server, 0)), all = !alloc_fail_happened();
    assert_true(good || !all);
    alloc_fail_at(0);
    good = calls(idl_server_address(server, 0));
    idl_server_stop(server);
    pthread_join(thread, &status);
    /* It serves on, unless it could not even begin. */
    assert_true(good || *(int *)status != 0);
    idl_server_free(server);
    return all;
}

static void sweep(const char *address)
{
    size_t n = 1;
    while (!live(address, n))
        n += (size_t)test_effort();
    assert_in_range(n, 40, 1000);
}

static void each_allocation_fails_over_tcp(void **state)
{
    (void)state;
    sweep("tcp://127.0.0.1:0");
}

static void each_allocation_fails_over_a_unix_socket(void **state)
{
    (void)state;
    sweep("unix://@idl-memory-test");
}

static void each_allocation_fails_in_ttrpc(void **state)
{
    (void)state;
    sweep("ttrpc+tcp://127.0.0.1:0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_fails_over_tcp),
        cmocka_unit_test(each_allocation_fails_over_a_unix_socket),
        cmocka_unit_test(each_allocation_fails_in_ttrpc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
