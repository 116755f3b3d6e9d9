/* SPDX-License-Identifier: MIT */
/* client_keepalive_test.c: servers that say nothing are asked for a sign of life, and given up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <string.h>

#include "fixture.h"
#include "scripted.h"

typedef struct client {
    atomic_int pings, pongs;
    peer *server;
    idl_channel *channel;
    idl_call *call;
    idl_code code;
} client;

static void begin(client *c, peer_script *script, const idl_channel_options *options)
{
    *c = (client){ .call = idl_call_new(), .code = IDL_AGAIN };
    c->server = peer_start(0, script, c);
    c->channel = idl_channel_open(peer_address(c->server), options);
}

static void end(client *c)
{
    idl_call_free(c->call);
    idl_channel_close(c->channel);
    peer_stop(c->server);
}

static void see(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    client *c = arg;
    (void)call;
    (void)reply;
    (void)user;
    c->code = code;
}

/* One call: blocking, async, or a stream. */
static idl_code make_call(client *c, int form)
{
    const note request = { .text = IDL_STR("x") };
    if (form == 0)
        return idl_client_call(c->channel, c->call, &request, NULL, &echo_method);
    if (form == 1) {
        idl_client_async(c->channel, c->call, &request, (void (*)(void))see, c, &echo_method);
        idl_channel_run(c->channel);
        return c->code;
    }
    note item;
    assert_int_equal(idl_client_open(c->channel, c->call, &request, &list_method), IDL_OK);
    assert_false(idl_client_recv(c->call, &item, list_method.reply));
    return idl_client_finish(c->call, NULL, list_method.reply);
}

/* Answers a call when it has been asked three times whether it is alive. */
static void answer_after_three(peer_conn *conn, void *arg)
{
    client *c = arg;
    peer_frame frame;
    uint32_t id = 0;
    int left = 3;
    while (peer_read(conn, &frame)) {
        if (frame.type == REQUEST) {
            id = frame.id;
            left = 3;
        } else if (frame.type == PING) {
            atomic_fetch_add(&c->pings, 1);
            peer_send(conn, 0, PONG, 0, frame.body, frame.len);
            if (--left == 0)
                peer_reply(conn, id, "", 0);
        }
    }
}

static void a_slow_server_is_asked(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.keepalive_ms = 20;
    for (int form = 0; form < 3; form++) {
        begin(&c, answer_after_three, &options);
        assert_int_equal(make_call(&c, form), IDL_OK);
        assert_true(atomic_load(&c.pings) >= 3);
        assert_int_equal(peer_accepted(c.server), 1);
        end(&c);
    }
}

static void ignore_all(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame))
        continue;
}

static void a_dead_one_is_given_up(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.keepalive_ms = 20;
    options.keepalive_timeout_ms = 50;
    for (int form = 0; form < 3; form++) {
        begin(&c, ignore_all, &options);
        uint64_t before = idl_now();
        assert_int_equal(make_call(&c, form), IDL_UNAVAILABLE);
        assert_non_null(strstr(idl_call_message(c.call), ": no sign of life within 50 ms"));
        assert_in_range((idl_now() - before) / 1000000, 69, 10000);
        end(&c);
    }
}

static void nobody_is_asked_between_calls(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.keepalive_ms = 20;
    options.event_driven = true;
    begin(&c, answer_after_three, &options);
    assert_int_equal(make_call(&c, 1), IDL_OK);
    int before = atomic_load(&c.pings);
    idl_channel_process(c.channel, 150);
    assert_int_equal(atomic_load(&c.pings), before);
    end(&c);
}

/* Asks the client once it has nothing to do. */
static void ask_the_client(peer_conn *conn, void *arg)
{
    client *c = arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        if (frame.type == REQUEST) {
            peer_reply(conn, frame.id, "", 0);
            sleep_ms(50);
            peer_send(conn, 0, PING, 0, "12345678", 8);
        } else if (frame.type == PONG) {
            atomic_fetch_add(&c->pongs, memcmp(frame.body, "12345678", 8) == 0);
        }
    }
}

static void an_event_driven_client_answers_at_any_time(void **state)
{
    (void)state;
    client c;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.event_driven = true;
    begin(&c, ask_the_client, &options);
    assert_int_equal(make_call(&c, 1), IDL_OK);
    for (int i = 0; i < 500 && atomic_load(&c.pongs) == 0; i++)
        idl_channel_process(c.channel, 10);
    assert_int_equal(atomic_load(&c.pongs), 1);
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_server_is_asked),
        cmocka_unit_test(a_dead_one_is_given_up),
        cmocka_unit_test(nobody_is_asked_between_calls),
        cmocka_unit_test(an_event_driven_client_answers_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
