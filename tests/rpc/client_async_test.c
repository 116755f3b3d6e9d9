/* SPDX-License-Identifier: MIT */
/* client_async_test.c: calls that report to callbacks: when those run, where, and how often. */
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
#include <sys/resource.h>
#include <time.h>

#include "fixture.h"
#include "scripted.h"

typedef struct client {
    peer *server;
    idl_channel *channel;
} client;

static client begin(peer_script *script, void *arg)
{
    client f = { .server = peer_start(0, script, arg) };
    f.channel = idl_channel_open(peer_address(f.server), NULL);
    return f;
}

static void end(client *f)
{
    idl_channel_close(f->channel);
    peer_stop(f->server);
}

/* What a callback saw last, and how often it was called. */
typedef struct seen {
    int times;
    idl_code code;
    char text[64], message[160];
    idl_call *call;
} seen;

static void see(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    seen *s = arg;
    (void)user;
    assert_non_null(reply);
    s->times++;
    s->code = code;
    s->call = call;
    snprintf(s->text, sizeof s->text, "%s", ((const note *)reply)->text.data);
    snprintf(s->message, sizeof s->message, "%s", idl_call_message(call));
}

static void start(idl_channel *channel, idl_call *call, const char *text, seen *s)
{
    const note request = { .text = idl_cstr(text) };
    idl_client_async(channel, call, &request, (void (*)(void))see, s, &echo_method);
}

static void a_callback_runs_from_process_only(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    seen s = { 0 };
    start(f.channel, NULL, "Ada", &s);
    assert_int_equal(s.times, 0);
    assert_int_equal(idl_channel_process(f.channel, -1), 1);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_OK);
    assert_string_equal(s.text, "Ada");
    assert_int_equal(idl_channel_process(f.channel, -1), 0); /* nothing is open */
    end(&f);
}

static void the_call_may_be_the_callers(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    idl_call *call = idl_call_new();
    seen s = { 0 };
    for (int i = 0; i < 3; i++) {
        start(f.channel, call, "Ada", &s);
        idl_channel_run(f.channel);
    }
    assert_int_equal(s.times, 3);
    assert_ptr_equal(s.call, call);
    assert_int_equal(idl_call_code(call), IDL_OK);
    idl_call_free(call);
    end(&f);
}

static void local_errors_wait_for_process_too(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    seen s = { 0 };
    start(f.channel, NULL, "\xff", &s);
    assert_int_equal(s.times, 0);
    idl_channel_run(f.channel);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_INVALID_ARGUMENT);
    assert_string_equal(s.text, "");
    end(&f);

    idl_channel *wrong = idl_channel_open("nonsense", NULL);
    start(wrong, NULL, "x", &s);
    assert_int_equal(s.times, 1);
    assert_int_equal(idl_channel_process(wrong, 0), 1);
    assert_int_equal(s.code, IDL_INVALID_ARGUMENT);
    idl_channel_close(wrong);
}

static void a_call_in_use_is_refused(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    idl_call *call = idl_call_new();
    seen first = { 0 }, second = { 0 };
    start(f.channel, call, "one", &first);
    start(f.channel, call, "two", &second);
    assert_int_equal(idl_client_call(f.channel, call, &(note){ 0 }, NULL, &echo_method),
                     IDL_FAILED_PRECONDITION);
    idl_channel_run(f.channel);
    assert_int_equal(first.code, IDL_OK);
    assert_string_equal(first.text, "one");
    assert_int_equal(second.times, 1);
    assert_int_equal(second.code, IDL_FAILED_PRECONDITION);
    assert_string_equal(second.message, "the call is in use by another RPC");
    idl_call_free(call);
    end(&f);
}

static void without_a_channel_there_is_nothing_to_wait_for(void **state)
{
    (void)state;
    seen s = { 0 };
    start(NULL, NULL, "x", &s);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_RESOURCE_EXHAUSTED);
}

static void no_server_no_reply(void **state)
{
    (void)state;
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", NULL);
    seen s[3] = { { 0 } };
    for (int i = 0; i < 3; i++)
        start(channel, NULL, "x", &s[i]);
    idl_channel_run(channel);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(s[i].times, 1);
        assert_int_equal(s[i].code, IDL_UNAVAILABLE);
        assert_string_equal(s[i].message, "tcp://127.0.0.1:1: connection refused");
    }
    idl_channel_close(channel);
}

static void say_nothing(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame))
        ;
}

static void waiting_ends_in_time(void **state)
{
    (void)state;
    client f = begin(say_nothing, NULL);
    seen s = { 0 };
    struct timespec before, after;
    start(f.channel, NULL, "x", &s);
    clock_gettime(CLOCK_MONOTONIC, &before);
    assert_int_equal(idl_channel_process(f.channel, 0), 0);
    assert_int_equal(idl_channel_process(f.channel, 100), 0);
    clock_gettime(CLOCK_MONOTONIC, &after);
    long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
    assert_in_range(ms, 99, 5000);
    assert_int_equal(s.times, 0);
    end(&f);
    assert_int_equal(s.times, 1); /* closing has cancelled it */
    assert_int_equal(s.code, IDL_CANCELLED);
    assert_string_equal(s.message, "the channel was closed");
}

static void hang_up_after_ten(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    for (int i = 0; i < 10 && peer_read(conn, &frame); i++)
        ;
    peer_reply(conn, 1, "", 0);
}

static void a_lost_connection_ends_each_call_once(void **state)
{
    (void)state;
    client f = begin(hang_up_after_ten, NULL);
    seen s[10] = { { 0 } };
    for (int i = 0; i < 10; i++)
        start(f.channel, NULL, "x", &s[i]);
    idl_channel_run(f.channel);
    assert_int_equal(s[0].times, 1);
    assert_int_equal(s[0].code, IDL_OK); /* that reply did arrive */
    for (int i = 1; i < 10; i++) {
        assert_int_equal(s[i].times, 1);
        assert_int_equal(s[i].code, IDL_UNAVAILABLE);
        assert_non_null(strstr(s[i].message, "connection closed by the server during the call"));
    }
    end(&f);
}

/* ---- Chains ---- */

typedef struct chain {
    idl_channel *channel;
    long left, done, wrong;
    bool own; /* each step uses the call of the one before */
} chain;

static void step(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    chain *c = arg;
    const note *n = reply;
    (void)user;
    c->done++;
    c->wrong += code != IDL_OK || strcmp(n->text.data, "again") != 0;
    if (c->left-- > 0)
        idl_client_async(c->channel, c->own ? call : NULL, n, (void (*)(void))step, c,
                         &echo_method);
}

static void callbacks_may_start_calls(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("again") };
    chain c = { .channel = f.channel, .left = 5000 };
    for (int i = 0; i < 64; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(c.done, 5064);
    assert_int_equal(c.wrong, 0);
    end(&f);
}

static void callbacks_may_use_their_call_again(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("again") };
    chain c = { .channel = f.channel, .left = 1000, .own = true };
    idl_call *call = idl_call_new();
    idl_client_async(f.channel, call, &request, (void (*)(void))step, &c, &echo_method);
    for (int i = 0; i < 8; i++) /* lent ones too */
        idl_client_async(f.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(c.done, 1009);
    assert_int_equal(c.wrong, 0);
    idl_call_free(call);
    end(&f);
}

static void free_it(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    (void)code, (void)reply, (void)user, (void)arg;
    idl_call_free(call);
}

static void callbacks_may_free_their_call(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    for (int i = 0; i < 10; i++)
        idl_client_async(f.channel, idl_call_new(), &request, (void (*)(void))free_it, NULL,
                         &echo_method);
    idl_channel_run(f.channel);
    end(&f);
}

static void block(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    chain *c = arg;
    (void)call, (void)user;
    idl_call *own = idl_call_new();
    note got;
    assert_int_equal(code, IDL_OK);
    assert_int_equal(idl_client_call(c->channel, own, reply, &got, &echo_method), IDL_OK);
    assert_string_equal(got.text.data, "x");
    idl_call_free(own);
    c->done++;
}

static void callbacks_may_block(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    chain c = { .channel = f.channel };
    for (int i = 0; i < 10; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))block, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(c.done, 10);
    end(&f);
}

/* ---- One write ---- */

/* Answers once all of a round have come, in one piece; counts how many reads they took. */
static void answer_rounds(peer_conn *conn, void *arg)
{
    atomic_int *reads = arg;
    peer_frame frame;
    for (;;) {
        uint32_t ids[16];
        for (int i = 0; i < 16; i++) {
            if (!peer_read(conn, &frame))
                return;
            if (i == 0)
                atomic_fetch_add(reads, peer_waiting(conn) > 0 ? 1 : 100);
            ids[i] = frame.id;
        }
        peer_cork(conn);
        for (int i = 0; i < 16; i++)
            peer_reply(conn, ids[i],
                       "\x0a\x05"
                       "again",
                       7);
        peer_uncork(conn);
    }
}

static void what_one_round_starts_leaves_in_one_write(void **state)
{
    (void)state;
    atomic_int reads = 0;
    client f = begin(answer_rounds, &reads);
    const note request = { .text = IDL_STR("again") };
    chain c = { .channel = f.channel, .left = 16 * 20 };
    for (int i = 0; i < 16; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(c.done, 16 * 21);
    /* With the first request of a round there was always more to read. */
    assert_int_equal(atomic_load(&reads), 21);
    end(&f);
}

/* ---- Oneway ---- */

static void oneway_calls_report_too(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    seen s = { 0 };
    for (int i = 0; i < 100; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))see, &s, &tell_method);
    idl_channel_run(f.channel);
    assert_int_equal(s.times, 100);
    assert_int_equal(s.code, IDL_OK);
    idl_channel_close(f.channel); /* sends what is still queued */
    f.channel = NULL;
    assert_int_equal(peer_heard(f.server), 100);
    end(&f);
}

static void oneway_calls_are_sent_even_without_process(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    seen s = { 0 };
    for (int i = 0; i < 100; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))see, &s, &tell_method);
    idl_channel_close(f.channel);
    f.channel = NULL;
    assert_int_equal(s.times, 100);
    assert_int_equal(peer_heard(f.server), 100);
    end(&f);
}

/* ---- Restart ---- */

static void a_restarted_server_is_found(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    uint16_t port = peer_port(f.server);
    seen s = { 0 };
    start(f.channel, NULL, "one", &s);
    idl_channel_run(f.channel);
    assert_int_equal(s.code, IDL_OK);
    peer_stop(f.server);
    nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
    f.server = peer_start(port, peer_echo, NULL);
    start(f.channel, NULL, "two", &s);
    idl_channel_run(f.channel);
    assert_int_equal(s.code, IDL_OK);
    assert_string_equal(s.text, "two");
    end(&f);
}

static void large_ones_do_not_stop_each_other(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    size_t before = open_descriptors();
    uint8_t *data = calloc(1, 1 << 20);
    assert_non_null(data);
    const note request = { .text = IDL_STR("again"), .data = { data, 1 << 20 } };
    chain c = { .channel = f.channel, .left = 40 };
    for (int i = 0; i < 16; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(c.done, 56);
    assert_int_equal(c.wrong, 0);
    free(data);
    assert_in_range(open_descriptors(), before, before + 4);
    end(&f);
}

/* Without descriptors nobody can wake a thread that polls: it looks again by itself. */
static void no_descriptors_are_left(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("again") };
    assert_int_equal(idl_client_call(f.channel, call, &request, NULL, &echo_method), IDL_OK);
    struct rlimit before, none;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 4; /* numbers below that are taken */
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    chain c = { .channel = f.channel, .left = 500 };
    for (int i = 0; i < 8; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(f.channel);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(c.done, 508);
    assert_int_equal(c.wrong, 0);
    idl_call_free(call);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_callback_runs_from_process_only),
        cmocka_unit_test(the_call_may_be_the_callers),
        cmocka_unit_test(local_errors_wait_for_process_too),
        cmocka_unit_test(a_call_in_use_is_refused),
        cmocka_unit_test(without_a_channel_there_is_nothing_to_wait_for),
        cmocka_unit_test(no_server_no_reply),
        cmocka_unit_test(waiting_ends_in_time),
        cmocka_unit_test(a_lost_connection_ends_each_call_once),
        cmocka_unit_test(callbacks_may_start_calls),
        cmocka_unit_test(callbacks_may_use_their_call_again),
        cmocka_unit_test(callbacks_may_free_their_call),
        cmocka_unit_test(callbacks_may_block),
        cmocka_unit_test(what_one_round_starts_leaves_in_one_write),
        cmocka_unit_test(oneway_calls_report_too),
        cmocka_unit_test(oneway_calls_are_sent_even_without_process),
        cmocka_unit_test(a_restarted_server_is_found),
        cmocka_unit_test(large_ones_do_not_stop_each_other),
        cmocka_unit_test(no_descriptors_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
