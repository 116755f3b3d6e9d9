/* SPDX-License-Identifier: MIT */
/* client_retry_test.c: calls of @idempotent methods, tried again when a server has failed them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "fixture.h"
#include "scripted.h"

/* Fails as many calls as are left to fail, by hanging up; then echoes. */
static void fail_some(peer_conn *conn, void *arg)
{
    atomic_int *left = arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        if (atomic_fetch_sub(left, 1) > 0)
            return;
        peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
}

typedef struct client {
    atomic_int left;
    peer *server;
    idl_channel *channel;
    idl_call *call;
    idl_method method;
    idl_code code; /* of an async call */
} client;

static void begin(client *c, int failures, const idl_channel_options *options)
{
    idl_channel_options used = IDL_CHANNEL_OPTIONS;
    used.retry_backoff_ms = 5;
    if (options != NULL)
        used = *options;
    atomic_init(&c->left, failures);
    c->server = peer_start(0, fail_some, &c->left);
    c->channel = idl_channel_open(peer_address(c->server), &used);
    c->call = idl_call_new();
    c->method = echo_method;
    c->method.kind |= IDL_IDEMPOTENT;
}

static void end(client *c)
{
    idl_channel_close(c->channel);
    idl_call_free(c->call);
    peer_stop(c->server);
}

static idl_code call_once(client *c)
{
    const note request = { .text = IDL_STR("x") };
    note reply;
    idl_code code = idl_client_call(c->channel, c->call, &request, &reply, &c->method);
    assert_string_equal(reply.text.data, code == IDL_OK ? "x" : "");
    return code;
}

static void see(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    client *c = arg;
    (void)call;
    (void)user;
    assert_string_equal(((const note *)reply)->text.data, code == IDL_OK ? "x" : "");
    c->code = code;
}

static void start(client *c, idl_call *call)
{
    const note request = { .text = IDL_STR("x") };
    c->code = IDL_AGAIN;
    idl_client_async(c->channel, call, &request, (void (*)(void))see, c, &c->method);
}

static void a_call_may_be_tried_three_times(void **state)
{
    (void)state;
    client c;
    for (int failures = 1; failures < 4; failures++) {
        idl_code expected = failures < 3 ? IDL_OK : IDL_UNAVAILABLE;
        unsigned tries = failures < 3 ? (unsigned)failures + 1 : 3;
        begin(&c, failures, NULL);
        assert_int_equal(call_once(&c), expected);
        assert_int_equal(peer_accepted(c.server), tries);
        end(&c);
        begin(&c, failures, NULL);
        start(&c, NULL);
        idl_channel_run(c.channel);
        assert_int_equal(c.code, expected);
        assert_int_equal(peer_accepted(c.server), tries);
        end(&c);
    }
}

static void others_are_tried_once(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.retry_attempts = 1;
    for (int form = 0; form < 2; form++) {
        begin(&c, 1, form == 0 ? &options : NULL);
        if (form == 1)
            c.method.kind = 0; /* not @idempotent */
        assert_int_equal(call_once(&c), IDL_UNAVAILABLE);
        assert_int_equal(peer_accepted(c.server), 1);
        end(&c);
    }
}

/* Ten tokens: three tries, then two, and none are left for more than the first of each. */
static void many_failures_are_not_made_more(void **state)
{
    (void)state;
    client c;
    begin(&c, 1000, NULL);
    for (int i = 0; i < 10; i++)
        assert_int_equal(call_once(&c), IDL_UNAVAILABLE);
    assert_int_equal(peer_accepted(c.server), 13);
    atomic_store(&c.left, 0);
    for (int i = 0; i < 70; i++)
        assert_int_equal(call_once(&c), IDL_OK);
    atomic_store(&c.left, 1);
    assert_int_equal(call_once(&c), IDL_OK);
    end(&c);
}

struct cancel {
    idl_channel *channel;
    idl_token token;
};

static void *cancel_soon(void *arg)
{
    const struct cancel *k = arg;
    sleep_ms(50);
    idl_call_cancel(k->channel, k->token);
    return NULL;
}

static void a_pause_may_be_cancelled(void **state)
{
    (void)state;
    client c;
    pthread_t thread;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.retry_backoff_ms = 20000;
    for (int form = 0; form < 2; form++) {
        begin(&c, 1, &options);
        struct cancel k = { c.channel, idl_call_token(c.call) };
        uint64_t before = idl_now();
        pthread_create(&thread, NULL, cancel_soon, &k);
        if (form == 0) {
            c.code = call_once(&c);
        } else {
            start(&c, c.call);
            idl_channel_run(c.channel);
        }
        assert_int_equal(c.code, IDL_CANCELLED);
        assert_string_equal(idl_call_message(c.call), "the call was cancelled");
        pthread_join(thread, NULL);
        assert_true(idl_now() - before < UINT64_C(10000000000));
        end(&c);
    }
}

/* It would not be over in time: that is known before the pause. */
static void a_deadline_leaves_no_time_for_a_pause(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.retry_backoff_ms = 20000;
    begin(&c, 1, &options);
    idl_call_set_timeout(c.call, 10000);
    uint64_t before = idl_now();
    assert_int_equal(call_once(&c), IDL_UNAVAILABLE);
    assert_true(idl_now() - before < UINT64_C(8000000000));
    end(&c);
}

static void closing_the_channel_ends_a_pause(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.retry_backoff_ms = 20000;
    begin(&c, 1, &options);
    start(&c, NULL);
    while (peer_accepted(c.server) == 0 || atomic_load(&c.left) > 0)
        idl_channel_process(c.channel, 5);
    idl_channel_process(c.channel, 50);
    assert_int_equal(c.code, IDL_AGAIN);
    end(&c);
    assert_int_equal(c.code, IDL_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_may_be_tried_three_times),
        cmocka_unit_test(others_are_tried_once),
        cmocka_unit_test(many_failures_are_not_made_more),
        cmocka_unit_test(a_pause_may_be_cancelled),
        cmocka_unit_test(a_deadline_leaves_no_time_for_a_pause),
        cmocka_unit_test(closing_the_channel_ends_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
