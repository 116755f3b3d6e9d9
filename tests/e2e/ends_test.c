/* SPDX-License-Identifier: MIT */
/* ends_test.c: however a call ends, each side learns one status, once: with client and server in their
 * blocking and their event form, over TCP and unix sockets. And a deadline is kept on both sides. */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "effort.h"
#include "flow.h"

#define MS UINT64_C(1000000)

/* ---- The server ---- */

/* What the handlers saw. */
struct seen {
    atomic_int begun, ended, cancelled;
    atomic_uint_least64_t at; /* when the last one ended */
};

static void begins(idl_call *call)
{
    struct seen *seen = idl_call_user(call);
    atomic_fetch_add(&seen->begun, 1);
}

static void ends(idl_call *call)
{
    struct seen *seen = idl_call_user(call);
    atomic_fetch_add(&seen->cancelled, idl_call_is_cancelled(call));
    atomic_store(&seen->at, idl_now());
    atomic_fetch_add(&seen->ended, 1);
}

static idl_code count(idl_call *call, uint32_t first, uint32_t count, const uint32_t *fail_after)
{
    begins(call);
    for (uint32_t i = 0; i < count; i++) {
        if (fail_after != NULL && i == *fail_after) {
            ends(call);
            return idl_call_fail(call, IDL_OUT_OF_RANGE, "no more numbers");
        }
        flow_flow_count_emit(call, first + i); /* few: there is room */
    }
    ends(call);
    return IDL_OK;
}

static void sum_next(idl_call *call, const int32_t *item, void *arg)
{
    int64_t *sum = arg;
    if (item != NULL && *item >= 0) {
        *sum += *item;
        return;
    }
    ends(call);
    flow_flow_sum_complete(call, *sum);
}

static idl_code sum(idl_call *call, int64_t *reply)
{
    int64_t *sum = idl_call_alloc(call, sizeof *sum);
    (void)reply;
    begins(call);
    *sum = 0;
    flow_flow_sum_on_next(call, sum_next, sum);
    return idl_call_defer(call);
}

static void echo_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    if (item != NULL) {
        flow_flow_echo_emit(call, *item);
        return;
    }
    ends(call);
    idl_call_end(call, IDL_OK);
}

static idl_code echo(idl_call *call)
{
    begins(call);
    flow_flow_echo_on_next(call, echo_next, NULL);
    return idl_call_defer(call);
}

static const flow_flow_handlers events = { .count = count, .sum = sum, .echo = echo };

static idl_code sum_waiting(idl_call *call, int64_t *reply)
{
    int32_t item;
    begins(call);
    while (flow_flow_sum_next(call, &item) && item >= 0)
        *reply += item;
    ends(call);
    return IDL_OK;
}

static idl_code echo_waiting(idl_call *call)
{
    idl_str item;
    begins(call);
    while (flow_flow_echo_next(call, &item) && flow_flow_echo_emit(call, item) == IDL_OK)
        continue;
    ends(call);
    return IDL_OK;
}

static const flow_flow_handlers waiting = { .count = count,
                                            .sum = sum_waiting,
                                            .echo = echo_waiting };

static int set_up(void **state, const char *address, const flow_flow_handlers *handlers,
                  uint32_t threads)
{
    return flow_start(state, address, handlers, threads, calloc(1, sizeof(struct seen)));
}

static int events_tcp(void **state)
{
    return set_up(state, "tcp://127.0.0.1:0", &events, 0);
}

static int events_unix(void **state)
{
    return set_up(state, flow_unix("unix"), &events, 0);
}

static int waiting_tcp(void **state)
{
    return set_up(state, "tcp://127.0.0.1:0", &waiting, 2);
}

static int waiting_unix(void **state)
{
    return set_up(state, flow_unix("unix"), &waiting, 2);
}

static int tear_down(void **state)
{
    flow *f = *state;
    struct seen *seen = f->user;
    flow_stop(state);
    assert_int_equal(atomic_load(&seen->begun), atomic_load(&seen->ended));
    free(seen);
    return 0;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static void await(atomic_int *counter, int value)
{
    for (int i = 0; i < 10000 && atomic_load(counter) < value; i++)
        pause_ms(1);
    assert_int_equal(atomic_load(counter), value);
}

/* One handler has run, and has ended like this. */
static struct seen *seen_by(const flow *f)
{
    return f->user;
}

static void assert_seen(flow *f, bool cancelled)
{
    await(&seen_by(f)->ended, 1);
    assert_int_equal(atomic_load(&seen_by(f)->begun), 1);
    assert_int_equal(atomic_load(&seen_by(f)->cancelled), cancelled);
}

/* ---- Blocking ---- */

static void start_echo(flow *f)
{
    idl_str back;
    assert_int_equal(flow_flow_echo(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_echo_send(f->call, idl_cstr("here")), IDL_OK);
    assert_true(flow_flow_echo_recv(f->call, &back));
    assert_string_equal(back.data, "here");
}

static void test_half_close(void **state)
{
    flow *f = *state;
    idl_str back;
    start_echo(f);
    assert_int_equal(flow_flow_echo_send(f->call, idl_cstr("last")), IDL_OK);
    idl_call_close_send(f->call);
    assert_int_equal(flow_flow_echo_send(f->call, idl_cstr("more")), IDL_FAILED_PRECONDITION);
    assert_true(flow_flow_echo_recv(f->call, &back));
    assert_string_equal(back.data, "last");
    assert_false(flow_flow_echo_recv(f->call, &back));
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_OK);
    assert_seen(f, false);
}

static void test_early_reply(void **state)
{
    flow *f = *state;
    int64_t total = 0;
    assert_int_equal(flow_flow_sum(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, 5), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, -1), IDL_OK);
    assert_seen(f, false);
    for (int i = 0; i < 100; i++)
        flow_flow_sum_send(f->call, 1);
    assert_int_equal(flow_flow_sum_finish(f->call, &total), IDL_OK);
    assert_true(total == 5);
}

static void test_error_in_the_middle(void **state)
{
    flow *f = *state;
    uint32_t item, got = 0, after = 3;
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, 10, &after), IDL_OK);
    while (flow_flow_count_recv(f->call, &item))
        got++;
    assert_int_equal(got, 3);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OUT_OF_RANGE);
    assert_seen(f, false);
}

static void test_abandoned(void **state)
{
    flow *f = *state;
    start_echo(f);
    idl_call_reset(f->call);
    assert_seen(f, true);
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_FAILED_PRECONDITION);
}

static void test_client_gone(void **state)
{
    flow *f = *state;
    start_echo(f);
    idl_channel_close(f->channel);
    f->channel = NULL;
    assert_seen(f, true);
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_CANCELLED);
}

static void test_deadline(void **state)
{
    flow *f = *state;
    idl_str back;
    idl_call_set_timeout(f->call, 200);
    start_echo(f);
    assert_false(flow_flow_echo_recv(f->call, &back));
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_DEADLINE_EXCEEDED);
    assert_seen(f, true);
}

/* ---- Event form ---- */

struct outcome {
    int done;
    idl_code code;
    int64_t total;
    uint32_t items;
    idl_channel *channel;
    idl_token token;
};

static void on_done(idl_call *call, idl_code code, void *arg)
{
    struct outcome *o = arg;
    (void)call;
    o->done++;
    o->code = code;
}

static void on_total(idl_call *call, idl_code code, int64_t reply, void *arg)
{
    struct outcome *o = arg;
    o->total = reply;
    on_done(call, code, arg);
}

static void on_number(idl_call *call, const uint32_t *item, void *arg)
{
    struct outcome *o = arg;
    (void)call;
    assert_int_equal(*item, o->items++);
}

static void assert_done(const struct outcome *o, idl_code code)
{
    assert_int_equal(o->done, 1);
    assert_int_equal(o->code, code);
}

static void close_after_two(idl_call *call, const idl_str *item, void *arg)
{
    struct outcome *o = arg;
    assert_string_equal(item->data, "here");
    if (++o->items == 2)
        idl_call_close_send(call);
}

static void cancel_at_once(idl_call *call, const idl_str *item, void *arg)
{
    struct outcome *o = arg;
    (void)call, (void)item;
    o->items++;
    idl_call_cancel(o->channel, o->token);
}

static void only_count(idl_call *call, const idl_str *item, void *arg)
{
    (void)call, (void)item;
    ((struct outcome *)arg)->items++;
}

/* Sends two messages. */
static void start_events(flow *f, struct outcome *o,
                         void (*on_item)(idl_call *call, const idl_str *item, void *arg))
{
    o->channel = f->channel;
    o->token = idl_call_token(f->call);
    flow_flow_echo_async(f->channel, f->call, on_done, o);
    flow_flow_echo_on_recv(f->call, on_item, o);
    assert_int_equal(flow_flow_echo_send(f->call, idl_cstr("here")), IDL_OK);
    assert_int_equal(flow_flow_echo_send(f->call, idl_cstr("here")), IDL_OK);
}

static void test_events_half_close(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    start_events(f, &o, close_after_two);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_OK);
    assert_int_equal(o.items, 2);
    assert_seen(f, false);
}

static void test_events_early_reply(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    flow_flow_sum_async(f->channel, f->call, on_total, &o);
    assert_int_equal(flow_flow_sum_send(f->call, 5), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, -1), IDL_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(flow_flow_sum_send(f->call, 1), IDL_OK);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_OK);
    assert_true(o.total == 5);
    assert_seen(f, false);
}

static void test_events_error_in_the_middle(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    uint32_t after = 3;
    flow_flow_count_async(f->channel, f->call, 0, 10, &after, on_done, &o);
    flow_flow_count_on_recv(f->call, on_number, &o);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_OUT_OF_RANGE);
    assert_int_equal(o.items, 3);
    assert_seen(f, false);
}

static void test_events_cancelled(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    start_events(f, &o, cancel_at_once);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_CANCELLED);
    assert_seen(f, true);
}

static void test_events_client_gone(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    start_events(f, &o, only_count);
    while (o.items == 0)
        idl_channel_process(f->channel, 100);
    idl_channel_close(f->channel);
    f->channel = NULL;
    assert_done(&o, IDL_CANCELLED);
    assert_seen(f, true);
}

static void test_events_deadline(void **state)
{
    flow *f = *state;
    struct outcome o = { 0 };
    idl_call_set_timeout(f->call, 200);
    start_events(f, &o, only_count);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_DEADLINE_EXCEEDED);
    assert_seen(f, true);
}

/* ---- How exact a deadline is ---- */

enum { LIMIT_MS = 50, LATEST_MS = 60, ATTEMPTS = 40 };

static uint64_t wait_blocking(flow *f)
{
    idl_str back;
    idl_call_set_timeout(f->call, LIMIT_MS);
    flow_flow_echo(f->channel, f->call);
    assert_false(flow_flow_echo_recv(f->call, &back));
    uint64_t end = idl_now();
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_DEADLINE_EXCEEDED);
    return end;
}

static uint64_t wait_for_event(flow *f)
{
    struct outcome o = { 0 };
    idl_call_set_timeout(f->call, LIMIT_MS);
    flow_flow_sum_async(f->channel, f->call, on_total, &o);
    idl_channel_run(f->channel);
    assert_done(&o, IDL_DEADLINE_EXCEEDED);
    return idl_now();
}

/* Never early; and in time on both sides, at some attempt: the machine may be busy at others. */
static void assert_exact(flow *f, uint64_t (*wait)(flow *f))
{
    uint64_t client = UINT64_MAX, server = UINT64_MAX;
    for (int i = 0; i < ATTEMPTS && (client > LATEST_MS * MS || server > LATEST_MS * MS); i++) {
        int before = atomic_load(&seen_by(f)->begun);
        uint64_t begin = idl_now();
        client = wait(f) - begin;
        assert_true(client >= LIMIT_MS * MS);
        pause_ms(20); /* a request that was read late never begins */
        if (atomic_load(&seen_by(f)->begun) == before)
            continue;
        await(&seen_by(f)->ended, before + 1);
        server = atomic_load(&seen_by(f)->at) - begin;
    }
    print_message("ended after %.1f ms at the client, %.1f at the server\n", (double)client / 1e6,
                  (double)server / 1e6);
    assert_in_range(client, LIMIT_MS * MS, LATEST_MS * MS);
    assert_in_range(server, LIMIT_MS * MS, LATEST_MS * MS);
    assert_int_equal(atomic_load(&seen_by(f)->cancelled), atomic_load(&seen_by(f)->ended));
}

static void test_exact(void **state)
{
    assert_exact(*state, wait_blocking);
}

static void test_events_exact(void **state)
{
    assert_exact(*state, wait_for_event);
}

#define TEST(test, setup) cmocka_unit_test_setup_teardown(test, setup, tear_down)
#define ALL(setup)                                                                        \
    TEST(test_half_close, setup), TEST(test_early_reply, setup),                          \
        TEST(test_error_in_the_middle, setup), TEST(test_abandoned, setup),               \
        TEST(test_client_gone, setup), TEST(test_deadline, setup),                        \
        TEST(test_events_half_close, setup), TEST(test_events_early_reply, setup),        \
        TEST(test_events_error_in_the_middle, setup), TEST(test_events_cancelled, setup), \
        TEST(test_events_client_gone, setup), TEST(test_events_deadline, setup),          \
        TEST(test_exact, setup), TEST(test_events_exact, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(events_tcp),
        ALL(events_unix),
        ALL(waiting_tcp),
        ALL(waiting_unix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
