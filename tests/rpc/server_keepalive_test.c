/* SPDX-License-Identifier: MIT */
/* server_keepalive_test.c: clients that would answer are asked for a sign of life, and closed without
 * one; others are not asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "wire.h"

enum { HELLO = 10 };

static const idl_server_options keepalive = { .size = sizeof keepalive,
                                              .keepalive_ms = 60,
                                              .keepalive_timeout_ms = 1000 };

/* A client that says HELLO, as one that is event driven or not. */
static void begin(struct fixture *server, struct wire *wire, bool event_driven)
{
    static const uint8_t plain[] = { 0x08, 0x01 }, driven[] = { 0x08, 0x01, 0x28, 0x02 };
    struct wire_out out = { 0 };
    struct wire_in in;
    fixture_start(server, "tcp://127.0.0.1:0", &keepalive, NULL, NULL, NULL);
    wire_open(wire, fixture_address(server));
    if (event_driven)
        wire_frame(&out, 0, HELLO, 0, driven, sizeof driven);
    else
        wire_frame(&out, 0, HELLO, 0, plain, sizeof plain);
    wire_send(wire, &out);
    wire_free(&out);
    assert_true(wire_next(wire, &in));
    assert_int_equal(in.type, HELLO);
}

static void end(struct fixture *server, struct wire *wire)
{
    wire_close(wire);
    fixture_stop(server);
}

static void one_without_a_sign_of_life_is_closed(void **state)
{
    (void)state;
    struct fixture server;
    struct wire wire;
    struct wire_in in;
    uint64_t before = idl_now();
    begin(&server, &wire, true);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.type, WIRE_PING);
    assert_int_equal(in.body_len, 8);
    while (wire_next(&wire, &in))
        assert_int_not_equal(in.type, WIRE_PING); /* it is asked once */
    assert_in_range((idl_now() - before) / 1000000, 1060, 9000);
    end(&server, &wire);
}

static void one_that_answers_stays(void **state)
{
    (void)state;
    struct fixture server;
    struct wire wire;
    struct wire_in in;
    struct wire_out out = { 0 };
    begin(&server, &wire, true);
    for (int i = 0; i < 4; i++) {
        assert_true(wire_next(&wire, &in));
        assert_int_equal(in.type, WIRE_PING);
        wire_frame(&out, 0, WIRE_PONG, 0, in.body, in.body_len);
        wire_send(&wire, &out);
    }
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    while (wire_next(&wire, &in) && in.type == WIRE_PING)
        continue;
    assert_int_equal(in.type, WIRE_RESPONSE);
    assert_string_equal(in.text, "x");
    wire_free(&out);
    end(&server, &wire);
}

static void others_are_not_asked(void **state)
{
    (void)state;
    struct fixture server;
    struct wire wire;
    struct wire_out out = { 0 };
    begin(&server, &wire, false);
    sleep_ms(400);
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "x");
    wire_free(&out);
    end(&server, &wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_without_a_sign_of_life_is_closed),
        cmocka_unit_test(one_that_answers_stays),
        cmocka_unit_test(others_are_not_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
