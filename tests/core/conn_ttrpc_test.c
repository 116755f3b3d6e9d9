/* SPDX-License-Identifier: MIT */
/* conn_ttrpc_test.c: what a connection answers on the edges of ttrpc, to the byte: as Go's server and
 * client do, without what they do wrong. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "expect.h"

static const idl__limits ttrpc = { .protocol = IDL__TTRPC };

// clang-format off
#define T_ECHO(id)  "00 00 00 0b 00 00 00 " id " 01 00 " SERVICE "12 04 65 63 68 6f "
#define T_LATER(id) "00 00 00 0c 00 00 00 " id " 01 00 " SERVICE "12 05 6c 61 74 65 72 "
#define T_SUM(id, flags) "00 00 00 0a 00 00 00 " id " 01 " flags " " SERVICE "12 03 73 75 6d "
#define T_LIST(id, flags, n) "00 00 00 11 00 00 00 " id " 01 " flags " " SERVICE "12 04 6c 69 73 74 1a 04 0a 02 " n " "
#define T_OK(id) "00 00 00 00 00 00 00 " id " 02 00 "
#define DATA_END(id) "00 00 00 00 00 00 00 " id " 03 05 "
// clang-format on

/* RESPONSE with an error. */
static void add_status(bytes *b, uint8_t id, int code, const char *text)
{
    bytes plain = { 0 };
    add_error(&plain, id, 0, code, text);
    plain.data[3] = (uint8_t)(plain.data[3] - 6); /* all of them are short */
    bytes_add(b, plain.data, plain.len);
    bytes_free(&plain);
}

/* ---- The server ---- */

struct answer {
    const char *in;
    uint8_t id; /* 0, and no code: nothing is answered */
    int code;
    const char *text;
};

static const char odd[] = "the stream ids of clients are odd";
static const char rising[] = "stream ids rise, and none is used twice";
static const char not_open[] = "the stream is not open";
static const char unparsable[] = "the request can't be parsed";

/* Each costs at most its call: the next one is answered. */
static void test_server_answers(void **state)
{
    (void)state;
    // clang-format off
    static const struct answer cases[] = {
        { T_ECHO("02"), 2, IDL_INVALID_ARGUMENT, odd },
        { T_ECHO("00"), 0, IDL_INVALID_ARGUMENT, odd },
        { HEAD("00", "02", "03", "00"), 2, IDL_INVALID_ARGUMENT, odd },
        { HEAD("00", "01", "03", "00"), 1, IDL_INVALID_ARGUMENT, not_open },
        { HEAD("00", "01", "03", "05"), 1, IDL_INVALID_ARGUMENT, not_open },
        { HEAD("01", "01", "01", "00") "0a", 1, IDL_INVALID_ARGUMENT, unparsable },
        { HEAD("01", "01", "01", "00") "0f", 1, IDL_INVALID_ARGUMENT, unparsable },
        { HEAD("03", "01", "01", "00") "0a 01 ff", 1, IDL_INVALID_ARGUMENT, unparsable },
        { HEAD("03", "01", "01", "00") "12 01 80", 1, IDL_INVALID_ARGUMENT, unparsable },
        /* Unknown types, those of the framed wire among them, and what only servers send. */
        { HEAD("00", "01", "00", "00"), 0, IDL_OK, NULL },
        { HEAD("00", "01", "02", "00"), 0, IDL_OK, NULL },
        { HEAD("00", "01", "04", "00"), 0, IDL_OK, NULL },
        { HEAD("04", "01", "05", "00") "00 00 00 00", 0, IDL_OK, NULL },
        { HEAD("08", "01", "06", "00") "01 02 03 04 05 06 07 08", 0, IDL_OK, NULL },
        { HEAD("00", "01", "09", "ff"), 0, IDL_OK, NULL },
    };
    // clang-format on
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct answer *a = &cases[i];
        peer p;
        bytes b = { 0 };
        peer_init(&p, IDL__SERVER, &ttrpc);
        receive_hex(&p, a->in);
        if (a->code != IDL_OK)
            add_status(&b, a->id, a->code, a->text);
        expect_out(&p, "", &b);
        expect_log(&p, "");
        receive_hex(&p, T_ECHO("03"));
        expect_out(&p, T_OK("03"), NULL);
        peer_fini(&p);
    }
}

static void test_ids(void **state)
{
    (void)state;
    peer p;
    bytes b = { 0 };
    peer_init(&p, IDL__SERVER, &ttrpc);
    receive_hex(&p, T_LATER("05") T_ECHO("05"));
    add_status(&b, 5, IDL_INVALID_ARGUMENT, rising);
    expect_out(&p, "", &b);
    receive_hex(&p, T_ECHO("03"));
    add_status(&b, 3, IDL_INVALID_ARGUMENT, rising);
    expect_out(&p, "", &b);
    /* One that can't be parsed has used its id. */
    receive_hex(&p, HEAD("01", "07", "01", "00") "0a" T_ECHO("07"));
    add_status(&b, 7, IDL_INVALID_ARGUMENT, unparsable);
    add_status(&b, 7, IDL_INVALID_ARGUMENT, rising);
    expect_out(&p, "", &b);
    assert_int_equal(idl__conn_streams(p.conn), 1);
    peer_fini(&p);
}

/* DATA for a unary call ends that call, once, and nothing else. */
static void test_data_on_unary(void **state)
{
    (void)state;
    peer p;
    bytes b = { 0 };
    peer_init(&p, IDL__SERVER, &ttrpc);
    receive_hex(&p, T_LATER("01") HEAD("01", "01", "03", "00") "00");
    add_status(&b, 1, IDL_INVALID_ARGUMENT, "DATA for a call without a stream from the client");
    expect_out(&p, "", &b);
    receive_hex(&p, T_ECHO("03"));
    expect_out(&p, T_OK("03"), NULL);
    peer_fini(&p);
}

/* The last message may say that it is the last: one answer. */
static void test_last_with_data(void **state)
{
    (void)state;
    peer p;
    peer_init(&p, IDL__SERVER, &ttrpc);
    receive_hex(&p, T_SUM("01", "02") HEAD("03", "01", "03", "00") "0a 01 00" HEAD(
                        "03", "01", "03", "01") "0a 01 00");
    expect_out(&p, "00 00 00 08 00 00 00 01 02 00 12 06 0a 04 32 3a 20 36 ", NULL);
    /* Data with 0x04 is no message, whatever it holds. */
    receive_hex(&p, T_SUM("03", "06") HEAD("03", "03", "03", "05") "0a 01 00");
    expect_out(&p, "00 00 00 08 00 00 00 03 02 00 12 06 0a 04 30 3a 20 30 ", NULL);
    receive_hex(&p, T_SUM("05", "03"));
    peer_drain(&p);
    assert_int_equal(idl__conn_streams(p.conn), 0);
    peer_fini(&p);
}

static void test_data_after_end(void **state)
{
    (void)state;
    peer p;
    bytes b = { 0 };
    peer_init(&p, IDL__SERVER, &ttrpc);
    receive_hex(&p, T_SUM("01", "02") DATA_END("01"));
    expect_out(&p, "00 00 00 08 00 00 00 01 02 00 12 06 0a 04 30 3a 20 30 ", NULL);
    receive_hex(&p, HEAD("00", "01", "03", "00"));
    add_status(&b, 1, IDL_INVALID_ARGUMENT, not_open);
    expect_out(&p, "", &b);
    peer_fini(&p);
}

/* Flags say nothing about what a method is. A stream from the server ends with DATA. */
static void test_flags(void **state)
{
    (void)state;
    static const char *const flags[] = { "00", "01", "02", "ff" };
    for (size_t i = 0; i < 4; i++) {
        peer p;
        char in[200];
        peer_init(&p, IDL__SERVER, &ttrpc);
        snprintf(in, sizeof in, "00 00 00 0b 00 00 00 01 01 %s 0a 03 74 2e 54 12 04 65 63 68 6f",
                 flags[i]);
        receive_hex(&p, in);
        expect_out(&p, T_OK("01"), NULL);
        snprintf(in, sizeof in,
                 "00 00 00 10 00 00 00 03 01 %s 0a 03 74 2e 54 12 04 6c 69 73 74 1a 03 0a 01 00",
                 flags[i]);
        receive_hex(&p, in);
        expect_out(&p, "00 00 00 03 00 00 00 03 03 00 0a 01 00 " DATA_END("03"), NULL);
        peer_fini(&p);
    }
}

/* ---- Sizes ---- */

static void add_frame(bytes *b, uint32_t length, uint8_t id, uint8_t type)
{
    uint8_t head[10] = { (uint8_t)(length >> 24),
                         (uint8_t)(length >> 16),
                         (uint8_t)(length >> 8),
                         (uint8_t)length,
                         0,
                         0,
                         0,
                         id,
                         type,
                         0 };
    bytes_add(b, head, sizeof head);
}

/* A request for echo that is length bytes long. */
static void add_echo(bytes *b, uint32_t length, uint8_t id)
{
    add_frame(b, length, id, 1);
    bytes_hex(b, SERVICE "12 04 65 63 68 6f");
    size_t left = length - 11;
    /* Unknown field 15: not part of the payload. */
    uint32_t n = (uint32_t)left - 5;
    uint8_t field[5] = { 0x7a, (uint8_t)(n | 0x80), (uint8_t)(n >> 7 | 0x80),
                         (uint8_t)(n >> 14 | 0x80), (uint8_t)(n >> 21) };
    bytes_add(b, field, sizeof field);
    uint8_t *zeros = calloc(1, n);
    bytes_add(b, zeros, n);
    free(zeros);
}

static void test_sizes(void **state)
{
    (void)state;
    static const char text[] = "the message is larger than the receiver's limit";
    peer p;
    bytes in = { 0 }, b = { 0 };
    peer_init(&p, IDL__SERVER, &ttrpc);
    add_echo(&in, 4 << 20, 1);
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    expect_out(&p, T_OK("01"), NULL);
    /* One byte more: dropped, answered, and its id is free. */
    bytes_free(&in);
    add_echo(&in, (4 << 20) + 1, 3);
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    add_status(&b, 3, IDL_RESOURCE_EXHAUSTED, text);
    expect_out(&p, "", &b);
    receive_hex(&p, T_ECHO("03"));
    expect_out(&p, T_OK("03"), NULL);
    /* Whatever its type, with an open stream or none: while it is still arriving. */
    bytes_free(&in);
    add_frame(&in, 0x0ffffff0, 9, 3);
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    add_status(&b, 9, IDL_RESOURCE_EXHAUSTED, text);
    expect_out(&p, "", &b);
    assert_true(idl__conn_midway(p.conn, NULL));
    bytes_free(&in);
    peer_fini(&p);
}

static void test_other_protocols(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "47 45 54 20 2f 20 48 54 54 50", "this looks like HTTP/1: not a frame" },
        { "16 03 01 02 00 01 00 00 00 00", "this looks like TLS: not a frame" },
        { "ff ff ff ff 00 00", "not a frame: a length of 4294967295 (0xffffffff) bytes" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        peer p;
        char log[160];
        peer_init(&p, IDL__SERVER, &ttrpc);
        receive_hex(&p, cases[i][0]);
        snprintf(log, sizeof log, "CLOSED INVALID_ARGUMENT '%s'\n", cases[i][1]);
        expect_log(&p, log);
        expect_out(&p, "", NULL); /* there is nothing to say it with */
        assert_true(idl__conn_closing(p.conn));
        peer_fini(&p);
    }
}

/* What is too large is refused here, the envelope included. */
static void test_too_large_to_send(void **state)
{
    (void)state;
    static uint8_t data[4 << 20];
    peer p, s;
    peer_init(&p, IDL__CLIENT, &ttrpc);
    peer_init(&s, IDL__SERVER, &ttrpc);
    idl__stream stream = { 0 };
    /* 11 of service and method, 5 of the payload's tag and length, 5 of the field in it. */
    peer_text text = { { data, (4 << 20) - 21 } };
    idl__open open = { .method = &m_echo, .request = &text };
    text.data.len++;
    assert_int_equal(idl__conn_open(p.conn, &stream, &open), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl__conn_unsent(p.conn), 0);
    text.data.len--;
    assert_int_equal(idl__conn_open(p.conn, &stream, &open), IDL_OK);
    assert_int_equal(idl__conn_unsent(p.conn), 10 + (4 << 20));
    idl__conn_cancel(p.conn, &stream);
    assert_int_equal(idl__conn_unsent(p.conn), 10 + (4 << 20)); /* there is no cancel */
    peer_fini(&p);
    peer_fini(&s);
}

/* ---- The client ---- */

static void test_client(void **state)
{
    (void)state;
    // clang-format off
    static const struct {
        const idl_method *method;
        const char *in, *log;
    } cases[] = {
        { &m_echo, T_OK("01") T_OK("01"), "ENDED 1\n" },
        { &m_echo, T_OK("02") T_OK("00") T_OK("07") HEAD("00", "07", "09", "00"), "" },
        { &m_echo, HEAD("04", "01", "02", "ff") "0a 02 08 00", "ENDED 1\n" },
        { &m_echo, HEAD("01", "01", "02", "00") "0a", "ENDED 1 INTERNAL 'the response can't be parsed'\n" },
        { &m_echo, HEAD("00", "01", "03", "00"), "ENDED 1 INTERNAL 'DATA for a call without a stream from the server'\n" },
        { &m_echo, HEAD("00", "01", "01", "00"), "ENDED 1 INTERNAL 'the server has sent a frame that is not for clients'\n" },
        { &m_echo, HEAD("00", "01", "09", "00"), "ENDED 1 INTERNAL 'the server has sent a frame that is not for clients'\n" },
        { &m_echo, HEAD("04", "01", "02", "08") "0a 02 08 63", "ENDED 1 UNKNOWN 'status code 99: '\n" },
        { &m_echo, "00 40 00 01 00 00 00 01 02 00", "ENDED 1 RESOURCE_EXHAUSTED 'the message is larger than the receiver's limit'\n" },
        { &m_list, DATA_END("01"), "ENDED 1\n" },
        { &m_list, HEAD("00", "01", "03", "00") DATA_END("01"), "MESSAGE 1\n  took 1 [0 811c9dc5]\nENDED 1\n" },
        { &m_list, HEAD("00", "01", "03", "01"), "MESSAGE 1\n  took 1 [0 811c9dc5]\nENDED 1\n" },
        { &m_list, HEAD("00", "01", "03", "00") T_OK("01"), "MESSAGE 1\n  took 1 [0 811c9dc5]\nENDED 1\n" },
        { &m_list, HEAD("00", "01", "03", "00") HEAD("04", "01", "02", "00") "0a 02 08 05", "MESSAGE 1\n  took 1 [0 811c9dc5]\nENDED 1 NOT_FOUND\n" },
        { &m_list, DATA_END("01") HEAD("00", "01", "03", "00") T_OK("01"), "ENDED 1\n" },
    };
    // clang-format on
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        peer p;
        bytes sent = { 0 };
        peer_init(&p, IDL__CLIENT, &ttrpc);
        peer_open(&p, cases[i].method, 0, 0);
        peer_drain(&p);
        bytes_add(&sent, p.out.data, p.out.len);
        expect_out(&p, "", &sent);
        receive_hex(&p, cases[i].in);
        expect_log(&p, cases[i].log);
        expect_out(&p, "", NULL); /* no cancel, no goodbye */
        assert_false(idl__conn_closing(p.conn));
        peer_fini(&p);
    }
}

/* ---- Too much at once ---- */

/* A side that does not take what it got is not to be read from; taking, or the end, makes room. */
static void test_blocked(void **state)
{
    (void)state;
    peer p;
    peer_init(&p, IDL__SERVER, &ttrpc);
    p.hold = true;
    receive_hex(&p, T_SUM("01", "02") T_SUM("03", "02"));
    bytes in = { 0 };
    add_frame(&in, 100000, 1, 3);
    uint8_t *zeros = calloc(1, 100000);
    bytes_add(&in, zeros, 100000);
    free(zeros);
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    assert_false(idl__conn_blocked(p.conn));
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    assert_true(idl__conn_blocked(p.conn));
    idl_bytes payload;
    idl__block *block;
    assert_true(idl__conn_take(&p.calls[0].stream, &payload, &block));
    idl__block_release(block);
    assert_false(idl__conn_blocked(p.conn));
    peer_receive(&p, (idl_bytes){ in.data, in.len });
    assert_true(idl__conn_blocked(p.conn));
    /* Nobody took any: that call ends, the other one does not. */
    expect_out(&p, "", NULL);
    idl__conn_overflow(p.conn);
    peer_events(&p);
    assert_false(idl__conn_blocked(p.conn));
    bytes b = { 0 };
    add_status(&b, 1, IDL_RESOURCE_EXHAUSTED,
               "its messages were not taken, and held up other calls");
    expect_out(&p, "", &b);
    assert_true(log_has(&p, "CANCELLED 1 RESOURCE_EXHAUSTED"));
    bytes_free(&in);
    peer_fini(&p);
}

/* A drain can't be told. New calls are taken until its last step, and answered after it. */
static void test_drain(void **state)
{
    (void)state;
    peer p;
    bytes b = { 0 };
    peer_init(&p, IDL__SERVER, &ttrpc);
    receive_hex(&p, T_LATER("01"));
    idl__conn_goaway(p.conn, false, IDL_OK, NULL);
    receive_hex(&p, T_ECHO("03"));
    expect_out(&p, T_OK("03"), NULL);
    idl__conn_goaway(p.conn, true, IDL_OK, NULL);
    receive_hex(&p, T_ECHO("05"));
    add_status(&b, 5, IDL_UNAVAILABLE, "the server is going away");
    expect_out(&p, "", &b);
    assert_false(idl__conn_closing(p.conn));
    idl__conn_respond(p.conn, &p.calls[0].stream, IDL_OK, idl_cstr(""), NULL, NULL);
    expect_out(&p, T_OK("01"), NULL);
    assert_true(idl__conn_closing(p.conn));
    peer_fini(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_answers),
        cmocka_unit_test(test_ids),
        cmocka_unit_test(test_data_on_unary),
        cmocka_unit_test(test_last_with_data),
        cmocka_unit_test(test_data_after_end),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_too_large_to_send),
        cmocka_unit_test(test_client),
        cmocka_unit_test(test_blocked),
        cmocka_unit_test(test_drain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
