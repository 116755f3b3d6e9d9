/* SPDX-License-Identifier: MIT */
/* loop_tests.c: channels and a server in a loop, whichever it is: everything goes on, on one thread,
 * and the loop sleeps while there is nothing to do. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver.h"
#include "gate.h"
#include "gate_client.h"
#include "localhost.h"

enum {
    CALLS = 1000,
    ENOUGH_MS = 30000, /* for anything that is to happen */
    IDLE_MS = 500,
    IDLE_TURNS = 10, /* of the loop, in that time */
    IDLE_CPU_US = 100000
};

/* ---- Helpers ---- */

/* What callbacks have told. */
struct tally {
    uint32_t left; /* callbacks to come */
    uint32_t right, wrong;
    idl_code code; /* of the last */
    uint64_t sum;
    pthread_t thread; /* where they run */
    bool done;
};

static struct tally expect(uint32_t count)
{
    return (struct tally){ .left = count, .thread = pthread_self() };
}

static void tell(struct tally *t, idl_code code, uint64_t value)
{
    bool here = pthread_equal(pthread_self(), t->thread) != 0;
    t->code = code;
    t->sum += value;
    t->right += code == IDL_OK && here;
    t->wrong += code != IDL_OK || !here;
    t->done = --t->left == 0;
}

static void met(idl_call *call, idl_code code, uint32_t reply, void *arg)
{
    (void)call;
    tell(arg, code, reply);
}

static void echoed(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    (void)call;
    tell(arg, code, reply.len);
}

static void hung(idl_call *call, idl_code code, void *arg)
{
    (void)call;
    tell(arg, code, 0);
}

static uint64_t sum_below(uint64_t n)
{
    return n * (n - 1) / 2;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static long cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

static void assert_idle(driver *d)
{
    driver_run(d, NULL, 50); /* what is still under way */
    long before = cpu_us();
    unsigned turns = driver_run(d, NULL, IDLE_MS);
    assert_true(turns <= IDLE_TURNS);
    assert_true(cpu_us() - before < IDLE_CPU_US);
}

static const char *socket_of(char address[64], const char *name)
{
    snprintf(address, 64, "unix://@idl-loops-%s-%ld", name, (long)getpid());
    return address;
}

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
    struct tally t = expect(CALLS);
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
    struct tally t = expect(1), other = expect(1);
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
    struct tally t = expect(1);
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
    struct tally t;
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

static void counted(idl_call *call, const uint32_t *item, void *arg)
{
    struct tally *t = arg;
    (void)call;
    t->sum += *item;
}

static void test_stream(void **state)
{
    enum { ITEMS = 100000 }; /* more than any window */
    struct world w;
    struct tally t = expect(1);
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
    struct tally *t;
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
    struct tally t = expect(1);
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
    struct tally t = expect(1);
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
    struct tally t = expect(1), late = expect(1);
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
    struct tally t = expect(1);
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
    struct tally t = expect(CHANNELS * EACH);
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
    struct tally t = expect(10);
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
    struct tally t = expect(1), lost = expect(1), patient = expect(1);
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

/* ---- A server ---- */

struct embedded {
    gate g;
    driver *d;
    idl_channel *channel;
};

static void open_embedded(struct embedded *e, const char *name)
{
    char address[64];
    gate_open(&e->g, socket_of(address, name));
    assert_int_equal(idl_server_start(e->g.server), IDL_OK);
    e->d = driver_open();
    e->channel = idl_channel_open(e->g.address, NULL);
    driver_add(e->d, pollable_server(e->g.server));
    driver_add(e->d, pollable_channel(e->channel));
}

static void close_embedded(struct embedded *e)
{
    driver_remove(e->d, e->channel);
    driver_remove(e->d, e->g.server);
    idl_channel_close(e->channel);
    driver_close(e->d);
    gate_close(&e->g);
}

static void test_server_and_client_in_one_loop(void **state)
{
    struct embedded e;
    struct tally t = expect(CALLS);
    (void)state;
    open_embedded(&e, "embedded");
    for (int i = 0; i < CALLS; i++)
        gate_gate_meet_async(e.channel, NULL, CALLS, met, &t);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, CALLS);
    assert_int_equal(t.sum, sum_below(CALLS));
    assert_idle(e.d); /* with a connection that is open */
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

static void test_server_drains(void **state)
{
    struct embedded e;
    struct tally t = expect(1);
    pthread_t thread;
    struct sigaction before[2], now[2];
    (void)state;
    sigaction(SIGTERM, NULL, &before[0]);
    sigaction(SIGINT, NULL, &before[1]);
    open_embedded(&e, "drains");
    gate_gate_echo_async(e.channel, NULL, idl_cstr("served"), echoed, &t);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.right, 1);
    sigaction(SIGTERM, NULL, &now[0]);
    sigaction(SIGINT, NULL, &now[1]);
    assert_true(before[0].sa_handler == now[0].sa_handler);
    assert_true(before[1].sa_handler == now[1].sa_handler);
    pthread_create(&thread, NULL, stop_later, e.g.server);
    driver_remove(e.d, e.channel);
    idl_channel_close(e.channel);
    e.channel = NULL;
    for (int i = 0; i < ENOUGH_MS / 100 && !is_over(e.g.server); i++)
        driver_run(e.d, NULL, 100);
    pthread_join(thread, NULL);
    assert_true(is_over(e.g.server));
    assert_string_equal(idl_server_error(e.g.server), "");
    assert_false(idl_server_process(e.g.server, -1));
    assert_int_equal(idl_server_start(e.g.server), IDL_FAILED_PRECONDITION);
    close_embedded(&e);
}

static void test_server_is_freed_while_it_serves(void **state)
{
    struct embedded e;
    struct tally t = expect(1);
    (void)state;
    open_embedded(&e, "freed");
    gate_gate_hang_async(e.channel, NULL, hung, &t);
    driver_run(e.d, NULL, 100);
    driver_remove(e.d, e.g.server);
    gate_close(&e.g);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.code, IDL_UNAVAILABLE);
    e.g.server = NULL;
    close_embedded(&e);
}

/* Its handler has returned; the answer is given outside of idl_server_process. */
static void test_answered_from_outside(void **state)
{
    struct embedded e;
    struct tally t = expect(1);
    (void)state;
    open_embedded(&e, "outside");
    gate_gate_meet_async(e.channel, NULL, 2, met, &t);
    driver_run(e.d, NULL, 100);
    assert_int_equal(e.g.count, 1);
    gate_gate_meet_complete(e.g.waiting[0], 7);
    driver_run(e.d, &t.done, ENOUGH_MS);
    assert_int_equal(t.sum, 7);
    close_embedded(&e);
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
        cmocka_unit_test(test_server_and_client_in_one_loop),
        cmocka_unit_test(test_server_drains),
        cmocka_unit_test(test_server_is_freed_while_it_serves),
        cmocka_unit_test(test_answered_from_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
