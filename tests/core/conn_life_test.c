/* SPDX-License-Identifier: MIT */
/* conn_life_test.c: how connections and calls end, HELLO, time, and what they hold meanwhile. */
#include <stdlib.h>
#include <string.h>

#include <idl/frame.h>

#include "alloc_fail.h"
#include "conn_impl.h"
#include "expect.h"

static size_t whole(void *arg)
{
    (void)arg;
    return SIZE_MAX;
}

/* A client with some open calls whose requests were written, unless keep says otherwise. */
static void busy_client(peer *c, bool keep)
{
    peer_init(c, IDL__CLIENT, NULL);
    peer_open(c, &m_later, 0, 0);
    peer_open(c, &m_sum, 5, 1);
    if (keep)
        return;
    peer_drain(c);
    c->out.len = 0;
}

/* ---- The connection is lost ---- */

static void test_client_lost(void **state)
{
    (void)state;
    peer c;
    busy_client(&c, false);
    /* What arrived before counts, and half a frame does not. */
    receive_hex(&c, EMPTY_REPLY("03") "00 00 00");
    idl__conn_lost(c.conn, IDL_UNAVAILABLE, "tcp://h:1: connection reset by peer");
    peer_events(&c);
    expect_log(&c, "ENDED 3\n"
                   "ENDED 1 UNAVAILABLE 'tcp://h:1: connection reset by peer'\n"
                   "CLOSED UNAVAILABLE 'tcp://h:1: connection reset by peer'\n");
    assert_true(idl__conn_closing(c.conn));
    peer_call *call = peer_open(&c, &m_echo, 0, 0);
    assert_int_equal(call->code, IDL_UNAVAILABLE);
    peer_fini(&c);
}

/* Replies that have arrived but were not looked at win over the end that came behind them. */
static void test_reply_wins(void **state)
{
    (void)state;
    peer c;
    busy_client(&c, false);
    bytes in = { 0 };
    bytes_hex(&in, EMPTY_REPLY("01") EMPTY_REPLY("03"));
    size_t room;
    memcpy(idl__conn_space(c.conn, &room), in.data, in.len);
    idl__conn_received(c.conn, in.len);
    bytes_free(&in);
    idl__conn_lost(c.conn, IDL_OK, NULL);
    peer_events(&c);
    expect_log(&c, "ENDED 1\nENDED 3\nCLOSED 'the peer closed the connection'\n");
    peer_fini(&c);
}

static void test_never_started(void **state)
{
    (void)state;
    peer c;
    /* Not a byte of the requests was shown to the driver. */
    busy_client(&c, true);
    idl__conn_lost(c.conn, IDL_UNAVAILABLE, "refused");
    peer_events(&c);
    expect_log(&c, "ENDED 1 UNAVAILABLE 'refused' never started\n"
                   "ENDED 3 UNAVAILABLE 'refused' never started\n"
                   "CLOSED UNAVAILABLE 'refused'\n");
    struct iovec iov[2];
    assert_int_equal(idl__conn_output(c.conn, iov, 2), 0); /* nor will be */
    peer_fini(&c);
    /* Shown is enough: a write may be under way. */
    busy_client(&c, true);
    assert_int_equal(idl__conn_output(c.conn, iov, 2), 1);
    idl__conn_lost(c.conn, IDL_UNAVAILABLE, "refused");
    peer_events(&c);
    assert_false(log_has(&c, "never"));
    peer_fini(&c);
    /* Only what was queued behind it has not been. */
    busy_client(&c, false);
    peer_open(&c, &m_echo, 0, 0);
    assert_int_equal(idl__conn_output(c.conn, iov, 2), 1);
    peer_open(&c, &m_fail, 0, 0);
    idl__conn_lost(c.conn, IDL_UNAVAILABLE, "gone");
    peer_events(&c);
    expect_log(&c, "ENDED 1 UNAVAILABLE 'gone'\nENDED 3 UNAVAILABLE 'gone'\n"
                   "ENDED 5 UNAVAILABLE 'gone'\nENDED 7 UNAVAILABLE 'gone' never started\n"
                   "CLOSED UNAVAILABLE 'gone'\n");
    peer_fini(&c);
    /* The server's word. */
    busy_client(&c, false);
    receive_hex(&c, HEAD("0a", "01", "02", "08") "0a 02 08 08" HEAD("06", "03", "02", "08"));
    expect_log(&c, "ENDED 1 RESOURCE_EXHAUSTED never started\nENDED 3\n");
    peer_fini(&c);
}

static void test_server_lost(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01") SUM("03") LATER("05") HEAD("06", "05", "04", "00"));
    s.log.len = 0;
    idl__conn_lost(s.conn, IDL_OK, NULL);
    peer_events(&s);
    expect_log(&s, "CANCELLED 1 UNAVAILABLE 'the peer closed the connection'\n"
                   "CANCELLED 3 UNAVAILABLE 'the peer closed the connection'\n"
                   "CLOSED 'the peer closed the connection'\n");
    /* A handler that ends later. */
    assert_int_equal(idl__conn_streams(s.conn), 2);
    assert_int_equal(idl__conn_respond(s.conn, &s.calls[0].stream, IDL_OK, (idl_str)IDL_STR(""),
                                       &text_type, NULL),
                     IDL_CANCELLED);
    assert_int_equal(idl__conn_streams(s.conn), 1);
    expect_out(&s, "", NULL);
    peer_fini(&s);
}

/* A command fails the connection while another thread is inside recv: its memory stays. */
static void test_over_while_reading(void **state)
{
    (void)state;
    peer s;
    size_t room;
    idl__event e;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01") "00 00 40 00 00 00 00 03 01 00");
    uint8_t *space = idl__conn_space(s.conn, &room);
    alloc_fail_at(1);
    idl__conn_goaway(s.conn, true, IDL_OK, NULL);
    alloc_fail_at(0);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__CANCELLED);
    memset(space, 1, room);
    idl__conn_received(s.conn, room);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__CLOSED);
    assert_int_equal(e.code, IDL_RESOURCE_EXHAUSTED);
    idl__conn_release(s.conn, &s.calls[0].stream);
    peer_fini(&s);
}

/* ---- Cancel ---- */

static void test_cancel(void **state)
{
    (void)state;
    peer c, s;
    busy_client(&c, false);
    idl__conn_cancel(c.conn, &c.calls[0].stream);
    assert_null(c.calls[0].stream.conn);
    idl__conn_cancel(c.conn, &c.calls[0].stream); /* it is over: nothing */
    expect_out(&c, HEAD("06", "01", "04", "00"), NULL);
    receive_hex(&c, EMPTY_REPLY("01"));
    expect_log(&c, "");
    assert_int_equal(idl__conn_streams(c.conn), 1);
    peer_fini(&c);

    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01") HEAD("06", "01", "04", "00"));
    expect_log(&s, "REQUEST 1 later flags 00\n"
                   "CANCELLED 1 CANCELLED 'the client has cancelled the call'\n");
    peer_text item = { { NULL, 0 } };
    assert_int_equal(idl__conn_send(s.conn, &s.calls[0].stream, &text_type, &item, false),
                     IDL_CANCELLED);
    assert_int_equal(idl__conn_respond(s.conn, &s.calls[0].stream, IDL_OK, (idl_str)IDL_STR(""),
                                       &text_type, NULL),
                     IDL_CANCELLED);
    expect_out(&s, "", NULL);
    peer_fini(&s);
}

/* ---- GOAWAY ---- */

#define GOAWAY_PING      HEAD("0e", "00", "06", "00") "00 67 6f 61 77 61 79 00 "
#define GOAWAY_PONG      HEAD("0e", "00", "07", "00") "00 67 6f 61 77 61 79 00 "
#define GOAWAY_ALL       HEAD("0c", "00", "08", "00") "08 ff ff ff ff 0f "
#define GOAWAY_UP_TO(id) HEAD("08", "00", "08", "00") "08 " id " "

static void test_goaway_in_two_steps(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01"));
    idl__conn_goaway(s.conn, false, IDL_OK, NULL);
    idl__conn_goaway(s.conn, false, IDL_OK, NULL);
    expect_out(&s, GOAWAY_ALL GOAWAY_PING, NULL);
    /* What was on its way is taken. */
    receive_hex(&s, ECHO("03"));
    expect_out(&s, EMPTY_REPLY("03"), NULL);
    receive_hex(&s, GOAWAY_PONG);
    expect_out(&s, GOAWAY_UP_TO("03"), NULL);
    assert_false(idl__conn_closing(s.conn));
    /* What comes now is not seen. */
    receive_hex(&s, ECHO("05") SUM("07") HEAD("06", "07", "03", "05") HEAD("06", "07", "04", "00"));
    expect_out(&s, "", NULL);
    idl__conn_goaway(s.conn, true, IDL_OK, NULL);
    receive_hex(&s, GOAWAY_PONG);
    expect_out(&s, "", NULL);
    idl__conn_respond(s.conn, &s.calls[0].stream, IDL_OK, (idl_str)IDL_STR(""), &text_type, NULL);
    s.calls[0].used = false;
    expect_out(&s, EMPTY_REPLY("01"), NULL);
    assert_true(idl__conn_closing(s.conn));
    peer_fini(&s);
    /* At once, and with a reason. */
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    idl__conn_goaway(s.conn, true, IDL_UNAVAILABLE, "maintenance");
    add_goaway(&more, 0, IDL_UNAVAILABLE, "maintenance");
    expect_out(&s, "", &more);
    assert_true(idl__conn_closing(s.conn));
    peer_fini(&s);
}

static void test_goaway_at_client(void **state)
{
    (void)state;
    peer c;
    busy_client(&c, false);
    peer_open(&c, &m_later, 0, 0);
    receive_hex(&c, GOAWAY_ALL GOAWAY_PING);
    expect_log(&c, "GOAWAY\n");
    peer_drain(&c);
    assert_true(c.out.len > 18);
    c.out.len = 0;
    peer_call *call = peer_open(&c, &m_echo, 0, 0);
    assert_int_equal(call->code, IDL_UNAVAILABLE);
    c.log.len = 0;
    assert_false(idl__conn_closing(c.conn));
    receive_hex(&c, GOAWAY_UP_TO("01"));
    expect_log(&c, "ENDED 5 UNAVAILABLE 'the server is going away' never started\n"
                   "ENDED 3 UNAVAILABLE 'the server is going away' never started\n");
    receive_hex(&c, EMPTY_REPLY("01"));
    expect_log(&c, "ENDED 1\n");
    assert_true(idl__conn_closing(c.conn));
    peer_fini(&c);
    /* With a reason, which calls are told when the connection goes. */
    bytes in = { 0 };
    busy_client(&c, false);
    add_goaway(&in, 1, 3, "this looks like x");
    peer_receive(&c, (idl_bytes){ in.data, in.len });
    bytes_free(&in);
    idl__conn_lost(c.conn, IDL_OK, NULL);
    peer_events(&c);
    expect_log(&c, "GOAWAY INVALID_ARGUMENT 'this looks like x'\n"
                   "ENDED 3 UNAVAILABLE 'this looks like x' never started\n"
                   "ENDED 1 UNAVAILABLE 'this looks like x'\n"
                   "CLOSED 'this looks like x'\n");
    peer_fini(&c);
}

/* ---- Status ---- */

static void test_status(void **state)
{
    (void)state;
    peer c;
    busy_client(&c, false);
    /* 99, and -1 in 10 bytes; a message that is not UTF-8. */
    receive_hex(&c, HEAD("0f", "01", "02", "00") "0a 07 08 63 12 03 77 68 79" HEAD(
                        "15", "03", "02", "00") "0a 0d 08 ff ff ff ff ff ff ff ff ff 01 12 00");
    expect_log(&c, "ENDED 1 UNKNOWN 'status code 99: why'\nENDED 3 UNKNOWN 'status code -1: '\n");
    peer_fini(&c);
    busy_client(&c, false);
    receive_hex(&c, HEAD("10", "01", "02", "00") "0a 08 08 05 12 04 61 c3 ff 7a"
                /* code 0 with a message, and a payload: fine */
                HEAD("0f", "03", "02", "00") "0a 03 12 01 78 12 02 0a 00");
    expect_log(&c, "ENDED 1 NOT_FOUND 'a??z'\nENDED 3 'x' [2 8d8f5fe7]\n");
    peer_fini(&c);

    peer s;
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01"));
    idl__conn_respond(s.conn, &s.calls[0].stream, IDL_ABORTED, (idl_str){ "\xffok", 3 }, &text_type,
                      NULL);
    s.calls[0].used = false;
    add_error(&more, 1, 0, 10, "?ok");
    expect_out(&s, "", &more);
    peer_fini(&s);
}

/* ---- HELLO ---- */

static void test_hello(void **state)
{
    (void)state;
    peer c, s;
    const idl__limits cl = {
        .max_message = 1000, .stream_credit = 50, .connection_credit = 4096, .features = 2
    };
    const idl__limits sl = { .max_message = 100, .max_streams = 3, .stream_credit = 300000 };
    peer_init(&c, IDL__CLIENT, &cl);
    peer_init(&s, IDL__SERVER, &sl);
    peers_run(&c, &s, whole, NULL);
    expect_out(&c, HEAD("12", "00", "0a", "00") "08 01 10 e8 07 20 32 28 02 30 80 20", NULL);
    expect_out(&s, HEAD("10", "00", "0a", "00") "08 01 10 64 18 03 20 e0 a7 12", NULL);
    /* The client knows the server's limits. */
    assert_int_equal(peer_open(&c, &m_echo, 99, 0)->code, IDL_RESOURCE_EXHAUSTED);
    peer_open(&c, &m_later, 0, 0);
    peer_open(&c, &m_later, 0, 0);
    peer_open(&c, &m_later, 0, 0);
    assert_int_equal(peer_open(&c, &m_later, 0, 0)->code, IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(c.calls[1].stream.send_credit, 300000);
    assert_int_equal(c.calls[1].stream.recv_credit, 50);
    peers_run(&c, &s, whole, NULL);
    assert_int_equal(s.calls[0].stream.send_credit, 50);
    peer_fini(&c);
    peer_fini(&s);
    /* The server says more after the client has begun: open calls get the difference. */
    const idl__limits ask = { .features = 2 };
    peer_init(&c, IDL__CLIENT, &ask);
    peer_open(&c, &m_sum, 0, 0);
    peer_open(&c, &m_chat, 0, 0);
    int64_t credit = c.calls[1].stream.send_credit;
    receive_hex(&c, HEAD("0f", "00", "0a", "00") "08 01 20 e0 a7 12 30 80 20");
    assert_int_equal(c.calls[1].stream.send_credit - credit, 300000 - 262144);
    assert_int_equal(c.conn->send_credit, 4096 - 20); /* two DATA frames were sent */
    peer_fini(&c);
    /* None is sent or expected by default. */
    const idl__limits usual = { .max_message = 4 << 20 };
    peer_init(&c, IDL__CLIENT, &usual);
    peer_drain(&c);
    assert_int_equal(c.out.len, 0);
    peer_fini(&c);
}

/* ---- Credit ---- */

/* All streams of a connection together, too. */
static void test_connection_credit(void **state)
{
    (void)state;
    peer c, s;
    const idl__limits limits = { .connection_credit = 1000 };
    peer_init(&c, IDL__CLIENT, &limits);
    peer_init(&s, IDL__SERVER, NULL);
    for (int i = 0; i < 5; i++)
        peer_open(&c, &m_list, 300, 0);
    peers_run(&c, &s, whole, NULL);
    for (int i = 0; i < 5; i++) {
        assert_true(c.calls[i].ended);
        assert_int_equal(c.calls[i].code, IDL_OK);
        assert_int_equal(c.calls[i].messages, 300);
    }
    assert_true(log_has(&s, "WRITABLE"));
    peer_fini(&c);
    peer_fini(&s);
}

/* An application that takes nothing stops its sender, and what is stored stays within the window;
 * when it takes, the sender goes on. */
static void test_slow_reader(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    c.hold = true;
    peer_call *list = peer_open(&c, &m_list, 1000, 0);
    peers_run(&c, &s, whole, NULL);
    assert_false(list->ended);
    assert_in_range(s.out.len, 262144, 262144 + 2000);
    /* Another call is not held up. */
    peer_call *echo = peer_open(&c, &m_echo, 0, 0);
    size_t from = c.out.len;
    peer_drain(&c);
    peer_receive(&s, (idl_bytes){ c.out.data + from, c.out.len - from });
    peer_receive(&c, (idl_bytes){ s.out.data + s.out.len - 10, 10 });
    assert_true(echo->ended);
    c.hold = false;
    c.out.len = s.out.len = 0;
    size_t taken = 0;
    idl_bytes payload;
    for (idl__block *block; idl__conn_take(&list->stream, &payload, &block); taken++)
        idl__block_release(block);
    peers_run(&c, &s, whole, NULL);
    assert_true(list->ended);
    assert_int_equal(list->code, IDL_OK);
    assert_int_equal(taken + list->messages, 1000);
    peer_fini(&c);
    peer_fini(&s);
}

/* ---- Time ---- */

static uint64_t timeout_of(const char *hex, size_t first, uint64_t pause)
{
    peer s;
    idl__event e;
    bytes in = { 0 };
    size_t room;
    peer_init(&s, IDL__SERVER, NULL);
    bytes_hex(&in, hex);
    idl__conn_time(s.conn, 1000);
    memcpy(idl__conn_space(s.conn, &room), in.data, first);
    idl__conn_received(s.conn, first);
    assert_false(first < in.len && idl__conn_next(s.conn, &e));
    idl__conn_time(s.conn, 1000 + pause);
    memcpy(idl__conn_space(s.conn, &room), in.data + first, in.len - first);
    idl__conn_received(s.conn, in.len - first);
    assert_true(idl__conn_next(s.conn, &e) && e.kind == IDL__REQUEST);
    bytes_free(&in);
    peer_fini(&s);
    return e.timeout_ns;
}

static void test_timeouts(void **state)
{
    (void)state;
    assert_int_equal(timeout_of(HEAD("09", "01", "01", "00") "20 88 27", 5, 0), 5000);
    assert_int_equal(timeout_of(HEAD("09", "01", "01", "00") "20 88 27", 5, 200), 4800);
    assert_int_equal(timeout_of(HEAD("09", "01", "01", "00") "20 88 27", 1, 9999), 1);
    assert_int_equal(timeout_of(HEAD("08", "01", "01", "00") "20 00", 5, 9999), 0);
    assert_int_equal(timeout_of(HEAD("06", "01", "01", "00"), 5, 9999), 0);
    assert_int_equal(
        timeout_of(HEAD("11", "01", "01", "00") "20 ff ff ff ff ff ff ff ff ff 01", 5, 0), 1);
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    idl__open open = { .method = &m_sum, .request = NULL, .timeout_ns = 5000 };
    idl__stream stream = { 0 };
    assert_int_equal(idl__conn_open(c.conn, &stream, &open), IDL_OK);
    expect_out(&c, "00 00 00 13 00 00 00 01 01 06 " SERVICE "12 03 73 75 6d 20 88 27", NULL);
    peer_fini(&c);
}

/* ---- Metadata ---- */

static void test_headers(void **state)
{
    (void)state;
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_list, 0, 0);
    receive_hex(&c, HEAD("0e", "01", "09", "00") "0a 06 0a 01 6b 12 01 76");
    expect_log(&c, "HEADERS 1\n");
    receive_hex(&c, HEAD("06", "01", "09", "00")); /* once, and before the first DATA */
    expect_log(&c, "");
    peer_fini(&c);
}

/* ---- What they hold ---- */

static void test_no_allocation_per_call(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    for (int run = 0; run < 50; run++) {
        alloc_fail_at(0);
        for (int i = 0; i < 10; i++)
            peer_open(&c, &m_echo, 100, 0);
        c.out.len = s.out.len = 0;
        peers_run(&c, &s, whole, NULL);
        for (int i = 0; i < 10; i++) {
            assert_true(c.calls[i].ended);
            c.calls[i].used = false;
        }
        if (run > 1)
            assert_int_equal(alloc_count(), 0);
    }
    peer_fini(&c);
    peer_fini(&s);
}

static void test_idle_holds_nothing(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    for (int i = 0; i < 10; i++)
        peer_open(&c, &m_echo, 300000, 0);
    peers_run(&c, &s, whole, NULL);
    assert_null(c.conn->cut.block);
    assert_null(s.conn->cut.block);
    assert_null(c.conn->out.first);
    assert_null(s.conn->out.first);
    /* A frame that is begun holds what has come of it, not what it claims. */
    receive_hex(&s, "00 40 00");
    assert_int_equal(s.conn->cut.block->cap, 3);
    receive_hex(&s, "00 00 00 00 03 01");
    assert_in_range(s.conn->cut.block->cap, 9, 16 << 10);
    peer_fini(&c);
    peer_fini(&s);
}

/* A large payload is read straight to where it stays. */
static void test_large_in_place(void **state)
{
    (void)state;
    peer s;
    const size_t len = 1000000;
    uint8_t head[] = { 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0x1a, 0, 0, 0 };
    size_t size = len;
    for (int i = 11; i < 14; i++, size >>= 7)
        head[i] = (uint8_t)((size & 0x7f) | (i < 13 ? 0x80 : 0));
    idl_frame_header(head, (uint32_t)(sizeof head - 4 + len));
    peer_init(&s, IDL__SERVER, NULL);
    size_t room;
    idl__event e;
    memcpy(idl__conn_space(s.conn, &room), head, sizeof head);
    idl__conn_received(s.conn, sizeof head);
    assert_false(idl__conn_next(s.conn, &e));
    size_t reads = 0;
    for (size_t got = 0; got < len; reads++) {
        uint8_t *space = idl__conn_space(s.conn, &room);
        assert_true(room <= len - got); /* to its end, not beyond */
        for (size_t i = 0; i < room; i++)
            space[i] = peer_byte(got + i);
        idl__conn_received(s.conn, room);
        got += room;
        assert_int_equal(idl__conn_next(s.conn, &e), got == len);
    }
    assert_true(reads < 12);
    idl_bytes payload = e.payload;
    idl__block *block = e.block;
    assert_int_equal(payload.len, len);
    idl__block_retain(block);
    assert_false(idl__conn_next(s.conn, &e));
    peer_fini(&s); /* the views outlive it */
    for (size_t i = 0; i < len; i++)
        assert_true(payload.data[i] == peer_byte(i));
    idl__block_release(block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_client_lost),
        cmocka_unit_test(test_reply_wins),
        cmocka_unit_test(test_never_started),
        cmocka_unit_test(test_server_lost),
        cmocka_unit_test(test_over_while_reading),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_goaway_in_two_steps),
        cmocka_unit_test(test_goaway_at_client),
        cmocka_unit_test(test_status),
        cmocka_unit_test(test_hello),
        cmocka_unit_test(test_connection_credit),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_timeouts),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_no_allocation_per_call),
        cmocka_unit_test(test_idle_holds_nothing),
        cmocka_unit_test(test_large_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
