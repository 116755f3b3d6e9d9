/* SPDX-License-Identifier: MIT */
/* embedded_tests.c: a server in a loop, whichever it is, beside clients: alone there, with workers on other
 * threads, and with handlers on a pool. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate.h"
#include "gate_client.h"
#include "watch.h"

enum {
    CALLS = 1000,
    CHANNELS = 4,
    NUMBERS = 22000, /* more than any window */
    WORKERS = 3,
    THREADS = CHANNELS + 1 /* handlers that ask need one more that answers */
};

struct embedded {
    gate g;
    driver *d;
    idl_channel *channels[CHANNELS];
};

static void open_embedded(struct embedded *e, const char *name, void **state)
{
    char address[64];
    gate_open(&e->g, socket_of(address, name), *state);
    assert_int_equal(idl_server_start(e->g.server), IDL_OK);
    e->d = driver_open();
    driver_add(e->d, pollable_server(e->g.server));
    for (int i = 0; i < CHANNELS; i++) {
        e->channels[i] = idl_channel_open(e->g.address, NULL);
        driver_add(e->d, pollable_channel(e->channels[i]));
    }
}

static void close_channels(struct embedded *e)
{
    for (int i = 0; i < CHANNELS; i++) {
        driver_remove(e->d, e->channels[i]);
        idl_channel_close(e->channels[i]);
        e->channels[i] = NULL;
    }
}

static void close_embedded(struct embedded *e)
{
    close_channels(e);
    driver_remove(e->d, e->g.server);
    driver_close(e->d);
    gate_close(&e->g);
}

static void test_serves(void **state)
{
    struct embedded e;
    tally t = expect(CALLS), streams = expect(CHANNELS);
    idl_call *calls[CHANNELS];
    open_embedded(&e, "serves", state);
    for (int i = 0; i < CALLS; i++)
        gate_gate_meet_async(e.channels[i % CHANNELS], NULL, CALLS, met, &t);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, CALLS);
    assert_int_equal(t.sum, sum_below(CALLS));
    for (int i = 0; i < CHANNELS; i++) {
        calls[i] = idl_call_new();
        gate_gate_count_async(e.channels[i], calls[i], NUMBERS, hung, &streams);
        gate_gate_count_on_recv(calls[i], counted, &streams);
    }
    driver_run(e.d, &streams.done, ENOUGH_MS);
    assert_int_equal(streams.right, CHANNELS);
    assert_int_equal(streams.sum, CHANNELS * sum_below(NUMBERS));
    assert_idle(e.d); /* with connections that are open, */
    assert_int_equal(idl_server_timeout(e.g.server), -1); /* which it will find idle at some time */
    for (int i = 0; i < CHANNELS; i++)
        idl_call_free(calls[i]);
    close_embedded(&e);
}

struct places {
    tally t;
    uint32_t here, elsewhere;
};

static void stayed(idl_call *call, idl_code code, uint64_t thread, void *arg)
{
    struct places *p = arg;
    (void)call;
    p->here += thread == (uint64_t)gettid();
    p->elsewhere += thread != (uint64_t)gettid();
    tell(&p->t, code, 0);
}

static void test_where_handlers_run(void **state)
{
    const idl_server_options *options = *state;
    struct embedded e;
    struct places p = { .t = expect(CALLS) };
    open_embedded(&e, "where", state);
    for (int i = 0; i < CALLS; i++)
        gate_gate_stay_async(e.channels[i % CHANNELS], NULL, 0, stayed, &p);
    driver_run(e.d, &p.t.done, ENOUGH_MS);
    assert_int_equal(p.t.right, CALLS);
    assert_true((p.here > 0) == (options->handler_threads == 0));
    assert_true((p.elsewhere > 0) == (options->handler_threads > 0 || options->workers > 1));
    close_embedded(&e);
}

/* The pool's threads wait for the loop, which does not wait for them. */
static void test_a_handler_that_asks_its_own_server(void **state)
{
    const idl_server_options *options = *state;
    struct embedded e;
    tally t = expect(CHANNELS);
    open_embedded(&e, "own", state);
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_ask_async(e.channels[i], NULL, idl_cstr("myself"), echoed, &t);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.code, options->handler_threads > 0 ? IDL_OK : IDL_FAILED_PRECONDITION);
    assert_int_equal(t.right, options->handler_threads > 0 ? CHANNELS : 0);
    close_embedded(&e);
}

static void *stop_later(void *arg)
{
    pause_ms(100);
    idl_server_stop(arg);
    return NULL;
}

static bool is_over(const idl_server *server)
{
    return idl_server_fd(server) < 0;
}

static void run_until_over(struct embedded *e)
{
    for (int i = 0; i < ENOUGH_MS / 100 && !is_over(e->g.server); i++)
        driver_run(e->d, NULL, 100);
    assert_true(is_over(e->g.server));
    assert_string_equal(idl_server_error(e->g.server), "");
}

static void test_drains(void **state)
{
    struct embedded e;
    tally t = expect(CHANNELS);
    pthread_t thread;
    struct sigaction before[2], now[2];
    sigaction(SIGTERM, NULL, &before[0]);
    sigaction(SIGINT, NULL, &before[1]);
    open_embedded(&e, "drains", state);
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_echo_async(e.channels[i], NULL, idl_cstr("served"), echoed, &t);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, CHANNELS);
    sigaction(SIGTERM, NULL, &now[0]);
    sigaction(SIGINT, NULL, &now[1]);
    assert_true(before[0].sa_handler == now[0].sa_handler);
    assert_true(before[1].sa_handler == now[1].sa_handler);
    pthread_create(&thread, NULL, stop_later, e.g.server);
    close_channels(&e);
    run_until_over(&e);
    pthread_join(thread, NULL);
    assert_false(idl_server_process(e.g.server, -1));
    assert_int_equal(idl_server_start(e.g.server), IDL_FAILED_PRECONDITION);
    close_embedded(&e);
}

/* Calls that wait for others, on the loop or on the pool, are answered before it is over. */
static void test_finishes_what_is_open(void **state)
{
    struct embedded e;
    tally met_all = expect(2 * CHANNELS);
    struct places p = { .t = expect(CHANNELS) };
    open_embedded(&e, "finishes", state);
    for (int i = 0; i < CHANNELS; i++) {
        gate_gate_meet_async(e.channels[i], NULL, 2 * CHANNELS, met, &met_all);
        gate_gate_stay_async(e.channels[i], NULL, 50, stayed, &p);
    }
    driver_run(e.d, NULL, 20);
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_meet_async(e.channels[i], NULL, 2 * CHANNELS, met, &met_all);
    driver_run(e.d, &met_all.done, ENOUGH_MS);
    idl_server_stop(e.g.server);
    driver_run(e.d, &p.t.done, ENOUGH_MS);
    assert_int_equal(met_all.right, 2 * CHANNELS);
    assert_int_equal(p.t.right, CHANNELS);
    close_channels(&e);
    run_until_over(&e);
    close_embedded(&e);
}

static void test_freed_while_it_serves(void **state)
{
    struct embedded e;
    tally t = expect(CHANNELS);
    open_embedded(&e, "freed", state);
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_hang_async(e.channels[i], NULL, hung, &t);
    driver_run(e.d, NULL, 100);
    driver_remove(e.d, e.g.server);
    idl_server_free(e.g.server);
    e.g.server = NULL;
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.code, IDL_UNAVAILABLE);
    close_embedded(&e);
}

/* The handlers have returned; the answer is given outside of idl_server_process. */
static void test_answered_from_outside(void **state)
{
    struct embedded e;
    tally t = expect(CHANNELS);
    open_embedded(&e, "outside", state);
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_meet_async(e.channels[i], NULL, GATE_WAITING_MAX, met, &t);
    for (uint32_t count = 0; count < CHANNELS;) {
        driver_run(e.d, NULL, 20);
        pthread_mutex_lock(&e.g.lock);
        count = e.g.count;
        pthread_mutex_unlock(&e.g.lock);
    }
    for (int i = 0; i < CHANNELS; i++)
        gate_gate_meet_complete(e.g.waiting[i], 7);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.sum, 7 * CHANNELS);
    close_embedded(&e);
}

#define ALL(options)                                                                 \
    cmocka_unit_test_prestate(test_serves, options),                                 \
        cmocka_unit_test_prestate(test_where_handlers_run, options),                 \
        cmocka_unit_test_prestate(test_a_handler_that_asks_its_own_server, options), \
        cmocka_unit_test_prestate(test_drains, options),                             \
        cmocka_unit_test_prestate(test_finishes_what_is_open, options),              \
        cmocka_unit_test_prestate(test_freed_while_it_serves, options),              \
        cmocka_unit_test_prestate(test_answered_from_outside, options)

int main(void)
{
    idl_server_options alone = IDL_SERVER_OPTIONS, workers = alone, pool = alone, both = alone;
    workers.workers = both.workers = WORKERS;
    pool.handler_threads = both.handler_threads = THREADS;
    const struct CMUnitTest tests[] = { ALL(&alone), ALL(&workers), ALL(&pool), ALL(&both) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
