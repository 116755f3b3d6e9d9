/* SPDX-License-Identifier: MIT */
/* client_threads_test.c: many threads on one channel: each gets its own reply, whoever reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "scripted.h"

enum { THREADS = 32, LARGE = 1 << 20 };

/* What one thread does, and what came of it. No assertions there: cmocka jumps. */
typedef struct job {
    pthread_t thread;
    idl_channel *channel;
    int number, calls;
    size_t size; /* of data in each request */
    atomic_bool *stop;
    long ok, unavailable, wrong;
} job;

static void judge(job *j, idl_code code, const note *reply, const note *request)
{
    bool same = reply->text.len == request->text.len && reply->data.len == request->data.len &&
                memcmp(reply->text.data, request->text.data, reply->text.len) == 0;
    if (code == IDL_OK && same)
        j->ok++;
    else if (code == IDL_UNAVAILABLE && reply->text.len == 0)
        j->unavailable++;
    else
        j->wrong++;
}

static void *call_often(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    uint8_t *data = calloc(1, j->size + 1);
    for (int i = 0; i < j->calls && !(j->stop != NULL && atomic_load(j->stop)); i++) {
        char text[32];
        snprintf(text, sizeof text, "%d of thread %d", i, j->number);
        const note request = { idl_cstr(text), { data, j->size } };
        note reply;
        idl_code code = idl_client_call(j->channel, call, &request, &reply, &echo_method);
        judge(j, code, &reply, &request);
    }
    free(data);
    idl_call_free(call);
    return NULL;
}

static void *tell_often(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("x") };
    for (int i = 0; i < j->calls; i++)
        j->ok += idl_client_call(j->channel, call, &request, NULL, &tell_method) == IDL_OK;
    idl_call_free(call);
    return NULL;
}

static void start_jobs(job *jobs, int count, void *(*run)(void *), job model)
{
    for (int i = 0; i < count; i++) {
        jobs[i] = model;
        jobs[i].number = i;
        pthread_create(&jobs[i].thread, NULL, run, &jobs[i]);
    }
}

static job join_jobs(job *jobs, int count)
{
    job sum = { 0 };
    for (int i = 0; i < count; i++) {
        pthread_join(jobs[i].thread, NULL);
        sum.ok += jobs[i].ok;
        sum.unavailable += jobs[i].unavailable;
        sum.wrong += jobs[i].wrong;
    }
    return sum;
}

static void everyone_gets_the_right_reply(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    job jobs[THREADS];
    start_jobs(jobs, THREADS, call_often, (job){ .channel = channel, .calls = 1000 });
    job sum = join_jobs(jobs, THREADS);
    assert_int_equal(sum.ok, THREADS * 1000);
    assert_int_equal(peer_accepted(server), 1);
    idl_channel_close(channel);
    peer_stop(server);
}

/* The peer reads nothing while it writes. If writers did not read either, both would wait. */
static void full_sockets_do_not_stop_anything(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    job jobs[8];
    start_jobs(jobs, 8, call_often, (job){ .channel = channel, .calls = 10, .size = LARGE });
    job sum = join_jobs(jobs, 8);
    assert_int_equal(sum.ok, 80);
    idl_channel_close(channel);
    peer_stop(server);
}

/* Small calls behind large ones, and oneway ones between them. */
static void sizes_and_kinds_mix(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    job small[8], large[4], oneway[4];
    start_jobs(small, 8, call_often, (job){ .channel = channel, .calls = 300 });
    start_jobs(large, 4, call_often, (job){ .channel = channel, .calls = 10, .size = LARGE });
    start_jobs(oneway, 4, tell_often, (job){ .channel = channel, .calls = 500 });
    assert_int_equal(join_jobs(small, 8).ok, 2400);
    assert_int_equal(join_jobs(large, 4).ok, 40);
    assert_int_equal(join_jobs(oneway, 4).ok, 2000);
    idl_channel_close(channel);
    assert_int_equal(peer_heard(server), 2000);
    peer_stop(server);
}

/* Answers 50 calls, then goes with what it still has. */
static void die_after_fifty(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    for (int i = 0; i < 50 && peer_read(conn, &frame); i++)
        peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    peer_reset(conn);
}

static void a_server_that_dies_again_and_again(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    peer *server = peer_start(0, die_after_fifty, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    job jobs[8];
    start_jobs(jobs, 8, call_often, (job){ .channel = channel, .calls = 200 });
    job sum = join_jobs(jobs, 8);
    assert_int_equal(sum.wrong, 0);
    assert_int_equal(sum.ok + sum.unavailable, 1600);
    assert_true(sum.ok > 0 && sum.unavailable > 0);
    idl_channel_close(channel);
    peer_stop(server);
    assert_int_equal(open_descriptors(), before);
}

/* ---- Async calls among them ---- */

typedef struct tally {
    idl_channel *channel;
    atomic_long done, wrong, left;
} tally;

static void count(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    tally *t = arg;
    const note *n = reply;
    (void)call, (void)user;
    atomic_fetch_add(&t->done, 1);
    if (code != IDL_OK || strcmp(n->text.data, "async") != 0)
        atomic_fetch_add(&t->wrong, 1);
    if (atomic_fetch_sub(&t->left, 1) > 0)
        idl_client_async(t->channel, NULL, n, (void (*)(void))count, t, &echo_method);
}

static void start_async(tally *t, int calls)
{
    const note request = { .text = IDL_STR("async") };
    for (int i = 0; i < calls; i++)
        idl_client_async(t->channel, NULL, &request, (void (*)(void))count, t, &echo_method);
}

static void blocking_and_async_calls_mix(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    tally t = { .channel = idl_channel_open(peer_address(server), NULL) };
    job jobs[8];
    atomic_store(&t.left, 5000);
    start_jobs(jobs, 8, call_often, (job){ .channel = t.channel, .calls = 500 });
    start_async(&t, 64);
    idl_channel_run(t.channel);
    assert_int_equal(atomic_load(&t.done), 5064);
    assert_int_equal(atomic_load(&t.wrong), 0);
    assert_int_equal(join_jobs(jobs, 8).ok, 4000);
    idl_channel_close(t.channel);
    peer_stop(server);
}

static void *run_channel(void *arg)
{
    idl_channel_run(arg);
    return NULL;
}

static void several_threads_may_run_a_channel(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    tally t = { .channel = idl_channel_open(peer_address(server), NULL) };
    pthread_t threads[4];
    atomic_store(&t.left, 5000);
    start_async(&t, 64);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, run_channel, t.channel);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&t.done), 5064);
    assert_int_equal(atomic_load(&t.wrong), 0);
    idl_channel_close(t.channel);
    peer_stop(server);
}

typedef struct events {
    idl_channel *channel;
    atomic_bool stop;
} events;

static void *process_events(void *arg)
{
    events *e = arg;
    while (!atomic_load(&e->stop))
        idl_channel_process(e->channel, 10000); /* so long that being late would show */
    return NULL;
}

static void *start_many(void *arg)
{
    start_async(arg, 500);
    return NULL;
}

/* Threads start calls while another one already waits in process: nobody has to wake it. */
static void a_thread_that_waits_takes_what_others_start(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    events e = { .channel = idl_channel_open(peer_address(server), NULL) };
    tally t = { .channel = e.channel }, last = { .channel = e.channel };
    pthread_t loop, starters[4];
    pthread_create(&loop, NULL, process_events, &e);
    sleep_ms(20);
    for (int i = 0; i < 4; i++)
        pthread_create(&starters[i], NULL, start_many, &t);
    for (int i = 0; i < 4; i++)
        pthread_join(starters[i], NULL);
    for (int i = 0; i < 5000 && atomic_load(&t.done) < 2000; i++)
        sleep_ms(1);
    assert_int_equal(atomic_load(&t.done), 2000);
    assert_int_equal(atomic_load(&t.wrong), 0);
    atomic_store(&e.stop, true);
    start_async(&last, 1); /* its callback ends the wait */
    pthread_join(loop, NULL);
    idl_channel_close(e.channel);
    peer_stop(server);
}

/* ---- With the real server ---- */

static void *call_text(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    for (int i = 0; i < j->calls && !atomic_load(j->stop); i++) {
        char words[32];
        snprintf(words, sizeof words, "%d of thread %d", i, j->number);
        const struct text request = { idl_cstr(words) };
        struct text reply;
        idl_code code = idl_client_call(j->channel, call, &request, &reply, &text_echo);
        j->ok += code == IDL_OK && strcmp(reply.text.data, words) == 0;
        j->unavailable += code == IDL_UNAVAILABLE;
        j->wrong += code == IDL_OK ? strcmp(reply.text.data, words) != 0 : code != IDL_UNAVAILABLE;
    }
    idl_call_free(call);
    return NULL;
}

static void the_real_server_answers(void **state)
{
    (void)state;
    struct fixture server;
    atomic_bool stop = false;
    fixture_start(&server, "tcp://127.0.0.1:0", NULL, NULL, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&server), NULL);
    job jobs[THREADS];
    start_jobs(jobs, THREADS, call_text, (job){ .channel = channel, .calls = 200, .stop = &stop });
    assert_int_equal(join_jobs(jobs, THREADS).ok, THREADS * 200);
    idl_channel_close(channel);
    fixture_stop(&server);
}

/* While the server is away calls are unavailable; none is lost, none has a wrong end, and those
 * that come later find it. */
static void the_real_server_is_restarted_under_load(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    struct fixture server;
    atomic_bool stop = false;
    char address[64];
    fixture_start(&server, "tcp://127.0.0.1:0", NULL, NULL, NULL, NULL);
    snprintf(address, sizeof address, "%s", fixture_address(&server));
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = options.backoff_max_ms = 5;
    idl_channel *channel = idl_channel_open(address, &options);
    job jobs[8], after = { .channel = channel, .calls = 10, .stop = &stop };
    start_jobs(jobs, 8, call_text, (job){ .channel = channel, .calls = 1 << 30, .stop = &stop });
    for (int i = 0; i < 5; i++) {
        sleep_ms(50);
        fixture_stop(&server);
        fixture_start(&server, address, NULL, NULL, NULL, NULL);
    }
    sleep_ms(50);
    atomic_store(&stop, true);
    job sum = join_jobs(jobs, 8);
    assert_int_equal(sum.wrong, 0);
    assert_true(sum.ok > 0);
    atomic_store(&stop, false);
    sleep_ms(10);
    call_text(&after);
    assert_int_equal(after.ok, 10);
    idl_channel_close(channel);
    fixture_stop(&server);
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_gets_the_right_reply),
        cmocka_unit_test(full_sockets_do_not_stop_anything),
        cmocka_unit_test(sizes_and_kinds_mix),
        cmocka_unit_test(a_server_that_dies_again_and_again),
        cmocka_unit_test(blocking_and_async_calls_mix),
        cmocka_unit_test(several_threads_may_run_a_channel),
        cmocka_unit_test(a_thread_that_waits_takes_what_others_start),
        cmocka_unit_test(the_real_server_answers),
        cmocka_unit_test(the_real_server_is_restarted_under_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
