/* SPDX-License-Identifier: MIT */
/* loop_tests.c: channels in a loop, whichever it is: everything goes on, on one thread, and the loop
 * sleeps while there is nothing to do. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gate.h"
#include "gate_client.h"
#include "localhost.h"
#include "watch.h"

enum { CALLS = 1000 };

/* A server on a thread, and a channel to it in a loop. */
struct world {
    gate g;
    driver *d;
    idl_channel *channel;
};

static void open_world(struct world *w, const char *name, const idl_channel_options *options)
{
    char address[64];
    gate_start(&w->g, socket_of(address, name));
    w->d = driver_open();
    w->channel = idl_channel_open(w->g.address, options);
    driver_add(w->d, pollable_channel(w->channel));
}

static void close_world(struct world *w)
{
    driver_remove(w->d, w->channel);
    idl_channel_close(w->channel);
    driver_close(w->d);
    gate_stop(&w->g);
}

/* ---- One channel ---- */

static void test_a_thousand_at_once(void **state)
{
    struct world w;
    tally t = expect(CALLS);
    (void)state;
    open_world(&w, "thousand", NULL);
    for (int i = 0; i < CALLS; i++)
        gate_gate_meet_async(w.channel, NULL, CALLS, met, &t);
    driver_run(w.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, CALLS);
    assert_int_equal(t.sum, sum_below(CALLS));
    assert_idle(w.d);
    close_world(&w);
}

static void test_sleeps_while_it_waits(void **state)
{
    struct world w;
    tally t = expect(1), other = expect(1);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    (void)state;
    options.keepalive_ms = 60000;
    open_world(&w, "idle", &options);
    driver_run(w.d, NULL, 20); /* before there is anything at all */
    assert_idle(w.d);
    gate_gate_hang_async(w.channel, NULL, hung, &t);
    assert_idle(w.d);
    gate_gate_echo_async(w.channel, NULL, idl_cstr("hello"), echoed, &other);
    driver_run(w.d, &other.done, ENOUGH_MS);
    assert_int_equal(other.right, 1);
    assert_false(t.done);
    close_world(&w);
    assert_int_equal(t.code, IDL_CANCELLED);
}

static void test_deadline(void **state)
{
    struct world w;
    tally t = expect(1);
    idl_call *call = idl_call_new();
    (void)state;
    open_world(&w, "deadline", NULL);
    driver_run(w.d, NULL, 50);
    idl_call_set_timeout(call, 100);
    gate_gate_hang_async(w.channel, call, hung, &t);
    unsigned turns = driver_run(w.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.code, IDL_DEADLINE_EXCEEDED);
    assert_true(turns <= IDLE_TURNS);
    idl_call_free(call);
    close_world(&w);
}

struct again {
    idl_channel *channel;
    tally t;
};

static void echoed_again(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct again *again = arg;
    (void)call;
    tell(&again->t, code, reply.len);
    if (again->t.left > 0)
        gate_gate_echo_async(again->channel, NULL, reply, echoed_again, again);
}

static void test_callbacks_start_the_next(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, "chain", NULL);
    struct again again = { w.channel, expect(500) };
    gate_gate_echo_async(w.channel, NULL, idl_cstr("next"), echoed_again, &again);
    driver_run(w.d, &again.t.done, ENOUGH_MS);
    assert_int_equal(again.t.right, 500);
    close_world(&w);
}

static void test_stream(void **state)
{
    enum { ITEMS = 100000 }; /* more than any window */
    struct world w;
    tally t = expect(1);
    idl_call *call = idl_call_new();
    (void)state;
    open_world(&w, "stream", NULL);
    gate_gate_count_async(w.channel, call, ITEMS, hung, &t);
    gate_gate_count_on_recv(call, counted, &t);
    driver_run(w.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, 1);
    assert_int_equal(t.sum, sum_below(ITEMS));
    idl_call_free(call);
    close_world(&w);
}

/* ---- Other threads ---- */

struct starter {
    idl_channel *channel;
    tally *t;
    idl_token token;
};

static void *start_later(void *arg)
{
    const struct starter *s = arg;
    pause_ms(100);
    gate_gate_echo_async(s->channel, NULL, idl_cstr("from elsewhere"), echoed, s->t);
    return NULL;
}

static void *cancel_later(void *arg)
{
    const struct starter *s = arg;
    pause_ms(100);
    idl_call_cancel(s->channel, s->token);
    return NULL;
}

static void *limit_later(void *arg)
{
    const struct starter *s = arg;
    idl_call *call = idl_call_new();
    pause_ms(100);
    idl_call_set_timeout(call, 100);
    gate_gate_hang_async(s->channel, call, hung, s->t);
    return call;
}

static void *block_often(void *arg)
{
    const struct starter *s = arg;
    idl_call *call = idl_call_new();
    idl_str reply;
    intptr_t right = 0;
    for (int i = 0; i < 300; i++)
        right += gate_gate_echo(s->channel, call, idl_cstr("wait"), &reply) == IDL_OK;
    idl_call_free(call);
    return (void *)right;
}

static void test_started_by_another_thread(void **state)
{
    struct world w;
    tally t = expect(1);
    pthread_t thread;
    (void)state;
    open_world(&w, "elsewhere", NULL);
    struct starter s = { .channel = w.channel, .t = &t };
    pthread_create(&thread, NULL, start_later, &s);
    unsigned turns = driver_run(w.d, &t.done, ENOUGH_MS);
    pthread_join(thread, NULL);
    assert_int_equal(t.right, 1);
    assert_true(turns <= 2 * IDLE_TURNS);
    close_world(&w);
}

static void test_cancelled_by_another_thread(void **state)
{
    struct world w;
    tally t = expect(1);
    pthread_t thread;
    idl_call *call = idl_call_new();
    (void)state;
    open_world(&w, "cancelled", NULL);
    gate_gate_hang_async(w.channel, call, hung, &t);
    struct starter s = { w.channel, &t, idl_call_token(call) };
    pthread_create(&thread, NULL, cancel_later, &s);
    unsigned turns = driver_run(w.d, &t.done, ENOUGH_MS);
    pthread_join(thread, NULL);
    assert_int_equal(t.code, IDL_CANCELLED);
    assert_true(turns <= 2 * IDLE_TURNS);
    idl_call_free(call);
    close_world(&w);
}

/* The loop sleeps until a later time when it learns of this one. */
static void test_deadline_of_another_thread(void **state)
{
    struct world w;
    tally t = expect(1), late = expect(1);
    pthread_t thread;
    void *call;
    idl_call *first = idl_call_new();
    (void)state;
    open_world(&w, "sooner", NULL);
    idl_call_set_timeout(first, 2 * ENOUGH_MS);
    gate_gate_hang_async(w.channel, first, hung, &late);
    struct starter s = { .channel = w.channel, .t = &t };
    pthread_create(&thread, NULL, limit_later, &s);
    driver_run(w.d, &t.done, ENOUGH_MS);
    pthread_join(thread, &call);
    assert_int_equal(t.code, IDL_DEADLINE_EXCEEDED);
    assert_false(late.done);
    close_world(&w);
    idl_call_free(call);
    idl_call_free(first);
}

static void test_beside_threads_that_wait(void **state)
{
    enum { THREADS = 3 };
    struct world w;
    pthread_t threads[THREADS];
    (void)state;
    open_world(&w, "beside", NULL);
    struct again again = { w.channel, expect(300) };
    struct starter s = { .channel = w.channel };
    gate_gate_echo_async(w.channel, NULL, idl_cstr("next"), echoed_again, &again);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, block_often, &s);
    driver_run(w.d, &again.t.done, ENOUGH_MS);
    assert_int_equal(again.t.right, 300);
    for (int i = 0; i < THREADS; i++) {
        void *right;
        pthread_join(threads[i], &right);
        assert_int_equal((intptr_t)right, 300);
    }
    assert_idle(w.d);
    close_world(&w);
}

/* The loop's own thread waits too: it has no role that it could be waiting for itself. */
static void test_a_call_that_waits_on_the_same_thread(void **state)
{
    struct world w;
    tally t = expect(1);
    idl_call *call = idl_call_new();
    idl_str reply;
    (void)state;
    open_world(&w, "same", NULL);
    gate_gate_hang_async(w.channel, NULL, hung, &t);
    driver_run(w.d, NULL, 50);
    idl_call_set_timeout(call, ENOUGH_MS);
    assert_int_equal(gate_gate_echo(w.channel, call, idl_cstr("now"), &reply), IDL_OK);
    assert_idle(w.d);
    idl_call_free(call);
    close_world(&w);
}

/* ---- Connections ---- */

static void test_several_channels(void **state)
{
    enum { CHANNELS = 3, EACH = 100 };
    char address[64];
    gate servers[2];
    idl_channel *channels[CHANNELS];
    tally t = expect(CHANNELS * EACH);
    (void)state;
    gate_start(&servers[0], socket_of(address, "one"));
    gate_start(&servers[1], "tcp://127.0.0.1:0");
    driver *d = driver_open();
    for (int i = 0; i < CHANNELS; i++) {
        channels[i] = idl_channel_open(servers[i % 2].address, NULL);
        driver_add(d, pollable_channel(channels[i]));
        for (int j = 0; j < EACH; j++)
            gate_gate_echo_async(channels[i], NULL, idl_cstr("many"), echoed, &t);
    }
    driver_run(d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, CHANNELS * EACH);
    assert_idle(d);
    for (int i = 0; i < CHANNELS; i++) {
        driver_remove(d, channels[i]);
        idl_channel_close(channels[i]);
    }
    driver_close(d);
    gate_stop(&servers[0]);
    gate_stop(&servers[1]);
}

/* Names are looked up elsewhere, and of their places one answers. */
static void call_by_name(idl_policy policy)
{
    gate g;
    char address[64];
    tally t = expect(10);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    gate_start(&g, "tcp://127.0.0.1:0");
    snprintf(address, sizeof address, "tcp://localhost:%s", strrchr(g.address, ':') + 1);
    driver *d = driver_open();
    options.policy = policy;
    idl_channel *channel = idl_channel_open(address, &options);
    driver_add(d, pollable_channel(channel));
    for (int i = 0; i < 10; i++)
        gate_gate_echo_async(channel, NULL, idl_cstr("name"), echoed, &t);
    driver_run(d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, 10);
    driver_remove(d, channel);
    idl_channel_close(channel);
    driver_close(d);
    gate_stop(&g);
}

static void test_name(void **state)
{
    (void)state;
    if (!knows_localhost())
        skip();
    call_by_name(IDL_PICK_FIRST);
    call_by_name(IDL_ROUND_ROBIN);
}

static void test_lost_and_made_again(void **state)
{
    struct world w;
    tally t = expect(1), lost = expect(1), patient = expect(1);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    (void)state;
    options.backoff_initial_ms = 50;
    options.backoff_max_ms = 100;
    open_world(&w, "again", &options);
    gate_gate_hang_async(w.channel, NULL, hung, &lost);
    gate_gate_echo_async(w.channel, NULL, idl_cstr("before"), echoed, &t);
    driver_run(w.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, 1);
    gate_stop(&w.g);
    driver_run(w.d, &lost.done, ENOUGH_MS);
    assert_int_equal(lost.code, IDL_UNAVAILABLE);
    idl_call *call = idl_call_new();
    idl_call_set_wait_for_ready(call, true);
    gate_gate_echo_async(w.channel, call, idl_cstr("after"), echoed, &patient);
    driver_run(w.d, &patient.done, 150); /* nobody is there */
    assert_false(patient.done);
    gate_start(&w.g, w.g.address);
    driver_run(w.d, &patient.done, ENOUGH_MS); /* the loop's timer sees to that */
    assert_int_equal(patient.right, 1);
    idl_call_free(call);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_at_once),
        cmocka_unit_test(test_sleeps_while_it_waits),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_callbacks_start_the_next),
        cmocka_unit_test(test_stream),
        cmocka_unit_test(test_started_by_another_thread),
        cmocka_unit_test(test_cancelled_by_another_thread),
        cmocka_unit_test(test_deadline_of_another_thread),
        cmocka_unit_test(test_beside_threads_that_wait),
        cmocka_unit_test(test_a_call_that_waits_on_the_same_thread),
        cmocka_unit_test(test_several_channels),
        cmocka_unit_test(test_name),
        cmocka_unit_test(test_lost_and_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
