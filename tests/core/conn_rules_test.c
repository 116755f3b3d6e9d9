/* SPDX-License-Identifier: MIT */
/* conn_rules_test.c: what a connection does when the peer breaks a rule: to the byte. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <idl/frame.h>

#include "expect.h"

/* ---- Errors of the connection ---- */

struct fatal {
    const char *in;
    uint32_t last; /* of the GOAWAY */
    const char *why;
};

static void check_fatal(enum idl__role role, const struct fatal *f)
{
    peer p;
    bytes goaway = { 0 };
    char log[200];
    peer_init(&p, role, NULL);
    receive_hex(&p, f->in);
    add_goaway(&goaway, f->last, IDL_INVALID_ARGUMENT, f->why);
    snprintf(log, sizeof log, "CLOSED %s '%s'\n",
             role == IDL__CLIENT ? "INTERNAL" : "INVALID_ARGUMENT", f->why);
    assert_true(idl__conn_closing(p.conn));
    expect_out(&p, "", &goaway);
    expect_log(&p, log);
    /* What comes now is dropped. */
    receive_hex(&p, ECHO("01") PING);
    expect_out(&p, "", NULL);
    expect_log(&p, "");
    peer_fini(&p);
}

static void test_server_fatal(void **state)
{
    (void)state;
    // clang-format off
    static const struct fatal cases[] = {
        { "00 00 00 00", 0, "a frame of 0 bytes, less than its head" },
        { "00 00 00 05 00 00 00 01 01", 0, "a frame of 5 bytes, less than its head" },
        { ECHO("02"), 0, "REQUEST with stream id 2, which is not odd" },
        { ECHO("00"), 0, "REQUEST with stream id 0, which is not odd" },
        { NOTE("03") NOTE("03"), 3, "REQUEST with stream id 3, not above 3" },
        { NOTE("03") NOTE("01"), 3, "REQUEST with stream id 1, not above 3" },
        { HEAD("06", "01", "03", "00"), 0, "DATA for stream 1, which was never opened" },
        { HEAD("06", "00", "03", "00"), 0, "DATA for stream 0, which was never opened" },
        { NOTE("03") HEAD("06", "02", "03", "00"), 3, "DATA for stream 2, which was never opened" },
        { HEAD("06", "01", "04", "00"), 0, "CANCEL for stream 1, which was never opened" },
        { HEAD("0a", "01", "05", "00") "00 00 00 01", 0, "CREDIT for stream 1, which was never opened" },
        { HEAD("06", "01", "02", "00"), 0, "RESPONSE from a client" },
        { HEAD("06", "01", "09", "00"), 0, "HEADERS from a client" },
        { HEAD("07", "01", "01", "00") "0a", 1, "REQUEST: can't be parsed" },
        { HEAD("07", "01", "01", "00") "0f", 1, "REQUEST: can't be parsed" },
        { HEAD("07", "01", "04", "00") "00", 0, "CANCEL of 1 bytes" },
        { HEAD("09", "01", "05", "00") "00 00 01", 0, "CREDIT of 3 bytes" },
        { HEAD("0d", "00", "06", "00") "01 02 03 04 05 06 07", 0, "PING of 7 bytes" },
        { HEAD("0f", "00", "07", "00") "01 02 03 04 05 06 07 08 09", 0, "PONG of 9 bytes" },
        { HEAD("0e", "01", "06", "00") "01 02 03 04 05 06 07 08", 0, "PING for stream 1" },
        { HEAD("06", "01", "08", "00"), 0, "GOAWAY for stream 1" },
        { HEAD("07", "00", "08", "00") "08", 0, "GOAWAY: can't be parsed" },
        { HEAD("07", "00", "0a", "00") "08", 0, "HELLO: can't be parsed" },
        { NOTE("01") HEAD("06", "00", "0a", "00"), 1, "HELLO out of place" },
        { "16 03 01 02 00 01 00", 0, "this looks like TLS: not a frame" },
        { "47 45 54 20 2f 20 48 54 54 50", 0, "this looks like HTTP/1: not a frame" },
        { "50 52 49 20 2a 20", 0, "this looks like HTTP/2: not a frame" },
        { "53 53 48 2d 32 2e 30", 0, "this looks like SSH: not a frame" },
        { "ff fe fd fc", 0, "not a frame: a length of 4294901244 (0xfffefdfc) bytes" },
        { "01 04 00 01", 0, "not a frame: a length of 17039361 (0x01040001) bytes" },
        { NOTE("01") "47 45 54 20", 1, "not a frame: a length of 1195725856 (0x47455420) bytes" },
        /* ttrpc: the length does not count the 6 bytes behind it. All there; and the rest not yet. */
        { "00 00 00 0e 00 00 00 01 01 00 0a 03 74 2e 54 12 04 65 63 68 6f 1a 01 78", 1,
          "this looks like ttrpc: its lengths are 6 bytes short" },
        { "00 00 00 10 00 00 00 01 01 00 0a 03 74 2e 54 12 09 65 63 68", 1,
          "this looks like ttrpc: its lengths are 6 bytes short" },
    };
    // clang-format on
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fatal f = cases[i];
        if (strncmp(f.in, NOTE("01"), 20) == 0 || strncmp(f.in, NOTE("03"), 20) == 0) {
            /* The part before the error is no error. */
            peer p;
            peer_init(&p, IDL__SERVER, NULL);
            receive_hex(&p, f.in);
            assert_true(p.closed);
            bytes goaway = { 0 };
            add_goaway(&goaway, f.last, IDL_INVALID_ARGUMENT, f.why);
            expect_out(&p, "", &goaway);
            peer_fini(&p);
        } else {
            check_fatal(IDL__SERVER, &f);
        }
    }
}

static void test_client_fatal(void **state)
{
    (void)state;
    // clang-format off
    static const struct fatal cases[] = {
        { HEAD("06", "01", "02", "00"), 0, "RESPONSE for stream 1, which was never opened" },
        { HEAD("06", "01", "03", "00"), 0, "DATA for stream 1, which was never opened" },
        { HEAD("06", "01", "09", "00"), 0, "HEADERS for stream 1, which was never opened" },
        { ECHO("01"), 0, "REQUEST from a server" },
        { HEAD("06", "01", "04", "00"), 0, "CANCEL from a server" },
        { HEAD("06", "00", "0a", "00"), 0, "HELLO out of place" },
        { "15 03 03 00 02 02 28", 0, "this looks like TLS: not a frame" },
        { "48 54 54 50 2f 31 2e 31", 0, "this looks like HTTP/1: not a frame" },
    };
    // clang-format on
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        check_fatal(IDL__CLIENT, &cases[i]);
}

/* What a server breaks ends the calls, as an error of the server. */
static void test_client_calls_end(void **state)
{
    (void)state;
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_echo, 0, 0);
    peer_open(&c, &m_list, 0, 0);
    receive_hex(&c, HEAD("07", "01", "02", "00") "0a");
    expect_log(&c, "ENDED 1 INTERNAL 'RESPONSE: can't be parsed'\n"
                   "ENDED 3 INTERNAL 'RESPONSE: can't be parsed'\n"
                   "CLOSED INTERNAL 'RESPONSE: can't be parsed'\n");
    peer_fini(&c);
}

/* ---- Errors of one call ---- */

static void test_data_on_unary(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01") HEAD("07", "01", "03", "00") "78");
    add_error(&more, 1, 0, 3, "DATA for a call without a stream from the client");
    expect_out(&s, "", &more);
    expect_log(&s, "REQUEST 1 later flags 00\nCANCELLED 1 INVALID_ARGUMENT "
                   "'DATA for a call without a stream from the client'\n");
    /* One answer; more of it is dropped; others go on. */
    receive_hex(&s, HEAD("07", "01", "03", "00") "78" ECHO("03"));
    expect_out(&s, EMPTY_REPLY("03"), NULL);
    assert_int_equal(idl__conn_streams(s.conn), 1); /* its handler is still busy */
    peer_fini(&s);
}

static void test_data_after_last(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    /* A stream that the server keeps open behind its last message: one that is written to. */
    receive_hex(&s, "00 00 00 11 00 00 00 01 01 06 " SERVICE "12 04 63 68 61 74");
    receive_hex(&s, HEAD("08", "01", "03", "01") "0a 00");
    expect_out(&s, HEAD("06", "01", "03", "00") EMPTY_REPLY("01"), NULL);
    receive_hex(&s, HEAD("06", "01", "03", "05"));
    expect_out(&s, "", NULL); /* over: dropped */
    s.log.len = 0;
    /* The same while it is open. */
    idl__event e;
    idl__stream stream = { 0 };
    bytes in = { 0 };
    bytes_hex(&in, SUM("03") HEAD("06", "03", "03", "05") HEAD("06", "03", "03", "00"));
    size_t room;
    memcpy(idl__conn_space(s.conn, &room), in.data, in.len);
    idl__conn_received(s.conn, in.len);
    bytes_free(&in);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__REQUEST);
    idl__conn_accept(s.conn, &stream, &e, IDL_STREAM_IN);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__HALF_CLOSED);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__CANCELLED);
    assert_int_equal(e.code, IDL_INVALID_ARGUMENT);
    idl__conn_release(s.conn, &stream);
    add_error(&more, 3, 0, 3, "DATA after the last message");
    expect_out(&s, "", &more);
    assert_false(idl__conn_next(s.conn, &e));
    peer_fini(&s);
}

static void test_data_on_unary_client(void **state)
{
    (void)state;
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_echo, 0, 0);
    peer_drain(&c);
    c.out.len = 0;
    receive_hex(&c, HEAD("06", "01", "03", "00") EMPTY_REPLY("01"));
    expect_log(&c, "ENDED 1 INTERNAL 'DATA for a call without a stream from the server'\n");
    expect_out(&c, HEAD("06", "01", "04", "00"), NULL);
    peer_fini(&c);
}

/* len bytes of a frame of one type; its payload is not looked at. */
static void receive_large(peer *p, uint8_t id, uint8_t type, uint8_t flags, size_t len)
{
    uint8_t *frame = calloc(1, 4 + len);
    idl_frame_header(frame, (uint32_t)len);
    frame[7] = id;
    frame[8] = type;
    frame[9] = flags;
    peer_receive(p, (idl_bytes){ frame, 4 + len });
    free(frame);
}

static const char too_large[] = "the message is larger than the receiver's limit";

static void test_too_large_for_server(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    const idl__limits limits = { .max_message = 10 };
    const size_t frame_limit = 10 + 65536;
    peer_init(&s, IDL__SERVER, &limits);
    /* The frame is within its limit, the payload is not. */
    receive_hex(&s, "00 00 00 1e 00 00 00 01 01 00 " SERVICE
                    "12 04 65 63 68 6f 1a 0b 00 00 00 00 00 00 00 00 00 00 00");
    add_error(&more, 1, 0, 8, too_large);
    expect_out(&s, "", &more);
    /* Frames above the limit: dropped, answered; without an answer for oneway. */
    receive_large(&s, 3, 1, 0, frame_limit + 1);
    add_error(&more, 3, 0, 8, too_large);
    expect_out(&s, "", &more);
    receive_large(&s, 5, 1, 0, 4 * frame_limit);
    add_error(&more, 5, 0, 8, too_large);
    expect_out(&s, "", &more);
    receive_large(&s, 7, 1, 0x10, 4 * frame_limit);
    expect_out(&s, "", NULL);
    expect_log(&s, "");
    /* DATA. */
    receive_hex(&s, SUM("09"));
    receive_large(&s, 9, 3, 0, frame_limit + 1);
    add_error(&more, 9, 0, 8, too_large);
    expect_out(&s, "", &more);
    receive_large(&s, 9, 3, 0, frame_limit + 1);
    expect_out(&s, "", NULL);
    /* The ids of what was dropped are used up; what follows is read rightly. */
    receive_hex(&s, ECHO("0b"));
    expect_out(&s, EMPTY_REPLY("0b"), NULL);
    s.log.len = 0;
    receive_hex(&s, "00 04 00 29");
    assert_true(s.closed); /* more than 4 times */
    peer_fini(&s);
}

static void test_too_large_for_client(void **state)
{
    (void)state;
    peer c;
    const idl__limits limits = { .max_message = 10 };
    const size_t frame_limit = 10 + 65536;
    peer_init(&c, IDL__CLIENT, &limits);
    peer_open(&c, &m_echo, 0, 0);
    peer_open(&c, &m_list, 0, 0);
    peer_open(&c, &m_echo, 0, 0);
    peer_call *large = peer_open(&c, &m_echo, 9, 0);
    assert_int_equal(large->code, IDL_RESOURCE_EXHAUSTED); /* 11 bytes with its tag */
    c.log.len = 0;
    peer_drain(&c);
    c.out.len = 0;
    receive_large(&c, 1, 2, 0, frame_limit + 1);
    expect_out(&c, "", NULL);
    receive_large(&c, 3, 3, 0, frame_limit + 1);
    expect_out(&c, HEAD("06", "03", "04", "00"), NULL);
    receive_hex(&c, HEAD("13", "05", "02", "00") "12 0b 0a 09 01 02 03 04 05 06 07 08 09");
    expect_log(&c, "ENDED 1 RESOURCE_EXHAUSTED 'the message is larger than the receiver's limit'\n"
                   "ENDED 3 RESOURCE_EXHAUSTED 'the message is larger than the receiver's limit'\n"
                   "ENDED 5 RESOURCE_EXHAUSTED 'the reply is larger than the limit'\n");
    expect_out(&c, "", NULL);
    peer_fini(&c);
}

static void test_reply_too_large(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    const idl__limits limits = { .max_message = 8 };
    peer_init(&s, IDL__SERVER, &limits);
    receive_hex(&s, LATER("01") "00 00 00 10 00 00 00 03 01 00 " SERVICE "12 03 6e 6f 77 ");
    add_error(&more, 1, 0, 8, "the reply is larger than the limit"); /* "at last" takes 9 */
    expect_out(&s, EMPTY_REPLY("03"), &more);
    peer_fini(&s);
}

static void test_max_streams(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    const idl__limits limits = { .max_streams = 2 };
    peer_init(&s, IDL__SERVER, &limits);
    receive_hex(&s, LATER("01") LATER("03") ECHO("05") NOTE("07"));
    add_error(&more, 5, 8, 8, "more than 2 calls on one connection");
    expect_out(&s, "", &more);
    /* A cancelled call counts until its handler is done. */
    receive_hex(&s, HEAD("06", "01", "04", "00") ECHO("09"));
    add_error(&more, 9, 8, 8, "more than 2 calls on one connection");
    expect_out(&s, "", &more);
    idl__conn_release(s.conn, &s.calls[0].stream);
    receive_hex(&s, ECHO("0b"));
    expect_out(&s, EMPTY_REPLY("0b"), NULL);
    peer_fini(&s);
}

static void test_without_credit(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    receive_large(&s, 1, 3, 0, 262139); /* 1 byte of credit is left, */
    receive_large(&s, 1, 3, 0, 300000); /* which is enough for a message of any size, */
    expect_out(&s, "", NULL);
    receive_large(&s, 1, 3, 0, 6); /* once */
    add_error(&more, 1, 0, 8, "DATA without credit");
    expect_out(&s, "", &more);
    receive_hex(&s, ECHO("03"));
    expect_out(&s, EMPTY_REPLY("03"), NULL);
    peer_fini(&s);
}

/* ---- What is dropped ---- */

static void test_late_frames(void **state)
{
    (void)state;
    peer s, c;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, ECHO("05"));
    s.out.len = s.log.len = 0;
    receive_hex(&s, HEAD("07", "05", "03", "00") "78" HEAD("06", "05", "04", "00")
                        HEAD("0a", "05", "05", "00") "00 00 00 07" HEAD("06", "03", "03", "05"));
    expect_out(&s, "", NULL);
    expect_log(&s, "");
    peer_fini(&s);

    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_list, 0, 0);
    peer_drain(&c);
    c.out.len = 0;
    receive_hex(&c, EMPTY_REPLY("01"));
    c.log.len = 0;
    receive_hex(&c, EMPTY_REPLY("01") HEAD("06", "01", "03", "00") HEAD("06", "01", "09", "00")
                        HEAD("0a", "01", "05", "00") "00 00 00 07");
    expect_out(&c, "", NULL);
    expect_log(&c, "");
    peer_fini(&c);
}

static void test_oneway_is_never_answered(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    /* Its handler fails; it is not known; it can't be read by the handler: nothing. */
    receive_hex(&s, NOTE("01") "00 00 00 0e 00 00 00 03 01 10 " SERVICE "12 01 78 ");
    expect_out(&s, "", NULL);
    receive_hex(&s, "00 00 00 11 00 00 00 05 01 10 " SERVICE "12 04 65 63 68 6f ");
    expect_out(&s, "", NULL); /* the client's word counts for methods that have a reply, too */
    receive_hex(&s, "00 00 00 11 00 00 00 07 01 00 " SERVICE "12 04 6e 6f 74 65 ");
    bytes more = { 0 };
    add_error(&more, 7, 0, 5, "not here"); /* and for those that have none */
    expect_out(&s, "", &more);
    assert_int_equal(idl__conn_streams(s.conn), 0);
    peer_fini(&s);
}

static void test_unknown_bits(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, HEAD("07", "09", "0b", "ff") "78" HEAD("06", "00", "00", "00")
                        HEAD("06", "00", "ff", "00"));
    /* Flags without a name, and a field without one. */
    receive_hex(&s, "00 00 00 14 00 00 00 01 01 e0 " SERVICE "12 04 65 63 68 6f 7a 01 78");
    expect_out(&s, EMPTY_REPLY("01"), NULL);
    peer_fini(&s);
}

/* ---- Floods ---- */

/* 16 of these within a second are one thing, 17 are another. */
static void flood(const char *before, const char *frame, const char *why)
{
    for (int pause = 0; pause < 2; pause++) {
        peer s;
        peer_init(&s, IDL__SERVER, NULL);
        idl__conn_time(s.conn, 5000000000);
        receive_hex(&s, before);
        for (int i = 0; i < 16; i++)
            receive_hex(&s, frame);
        assert_false(s.closed);
        if (pause != 0)
            idl__conn_time(s.conn, 6000000000);
        receive_hex(&s, frame);
        assert_int_equal(s.closed, pause == 0);
        if (pause == 0)
            assert_true(log_has(&s, why));
        peer_fini(&s);
    }
}

static void test_floods(void **state)
{
    (void)state;
    flood("", PING, "too many PINGs");
    flood("", PONG, "too many PONGs");
    flood("", HEAD("06", "00", "77", "00"), "too many frames of unknown types");
    flood(SUM("01"), HEAD("06", "01", "03", "04"), "too many DATA frames with nothing in them");
    flood(SUM("01"), HEAD("0a", "01", "05", "00") "00 00 00 00", "too many CREDITs of nothing");
    /* One CANCEL for each call is fair. */
    flood(ECHO("01") ECHO("03") HEAD("06", "01", "04", "00") HEAD("06", "01", "04", "00"),
          HEAD("06", "01", "04", "00"), "too many CANCELs");
}

static void test_pings(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, PING);
    expect_out(&s, PONG, NULL);
    /* While a call is open there may be more; but 16 must not lie unread. */
    receive_hex(&s, LATER("01"));
    for (int i = 0; i < 100; i++)
        receive_hex(&s, PING);
    assert_false(s.closed);
    bytes in = { 0 };
    for (int i = 0; i < 17; i++)
        bytes_hex(&in, PING);
    size_t room;
    idl__event e;
    memcpy(idl__conn_space(s.conn, &room), in.data, in.len - 18);
    idl__conn_received(s.conn, in.len - 18);
    assert_false(idl__conn_next(s.conn, &e)); /* 16 */
    memcpy(idl__conn_space(s.conn, &room), in.data, 18);
    idl__conn_received(s.conn, 18);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__CANCELLED);
    idl__conn_release(s.conn, e.stream);
    s.calls[0].used = false;
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__CLOSED);
    assert_int_equal(e.code, IDL_RESOURCE_EXHAUSTED);
    bytes_free(&in);
    peer_fini(&s);
}

static void test_too_much_credit(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01") HEAD("0a", "01", "05", "00") "7f fb ff ff");
    assert_false(s.closed);
    receive_hex(&s, HEAD("0a", "01", "05", "00") "00 00 00 01");
    assert_true(s.closed);
    peer_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_fatal),
        cmocka_unit_test(test_client_fatal),
        cmocka_unit_test(test_client_calls_end),
        cmocka_unit_test(test_data_on_unary),
        cmocka_unit_test(test_data_after_last),
        cmocka_unit_test(test_data_on_unary_client),
        cmocka_unit_test(test_too_large_for_server),
        cmocka_unit_test(test_too_large_for_client),
        cmocka_unit_test(test_reply_too_large),
        cmocka_unit_test(test_max_streams),
        cmocka_unit_test(test_without_credit),
        cmocka_unit_test(test_late_frames),
        cmocka_unit_test(test_oneway_is_never_answered),
        cmocka_unit_test(test_unknown_bits),
        cmocka_unit_test(test_floods),
        cmocka_unit_test(test_pings),
        cmocka_unit_test(test_too_much_credit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
