/* SPDX-License-Identifier: MIT */
/* conn_edge_test.c: exact bounds of limits and credit, and frames that come together oddly. */
#include <stdlib.h>
#include <string.h>

#include <idl/frame.h>

#include "conn_impl.h"
#include "expect.h"

static const idl_str nothing = IDL_STR("");

/* A frame of len bytes behind its length, with a head and zeros. */
static bytes frame_of(size_t len, uint8_t id, uint8_t type, uint8_t flags)
{
    bytes b = { 0 };
    uint8_t head[10] = { 0, 0, 0, 0, 0, 0, 0, id, type, flags };
    idl_frame_header(head, (uint32_t)len);
    bytes_add(&b, head, sizeof head);
    for (size_t i = 6; i < len; i++)
        bytes_add(&b, "", 1);
    return b;
}

static void receive_frame(peer *p, size_t len, uint8_t id, uint8_t type, uint8_t flags)
{
    bytes b = frame_of(len, id, type, flags);
    peer_receive(p, (idl_bytes){ b.data, b.len });
    bytes_free(&b);
}

/* Bytes arrive, and no event is taken. */
static void arrive(peer *p, const char *hex)
{
    bytes b = { 0 };
    size_t room;
    bytes_hex(&b, hex);
    memcpy(idl__conn_space(p->conn, &room), b.data, b.len);
    assert_true(b.len <= room);
    idl__conn_received(p->conn, b.len);
    bytes_free(&b);
}

static idl__event next(peer *p, enum idl__event_kind kind)
{
    idl__event e;
    assert_true(idl__conn_next(p->conn, &e));
    assert_int_equal(e.kind, kind);
    return e;
}

static void no_event(peer *p)
{
    idl__event e;
    assert_false(idl__conn_next(p->conn, &e));
}

/* ---- Cuts ---- */

/* A frame that is to be dropped, cut in its head; and what follows it. */
static void test_long_frame_cut(void **state)
{
    (void)state;
    const idl__limits limits = { .max_message = 10 };
    bytes all = frame_of(10 + 65536 + 1, 1, 1, 0);
    bytes_hex(&all, ECHO("03"));
    for (size_t cut = 1; cut < 14; cut++) {
        peer s;
        bytes more = { 0 };
        peer_init(&s, IDL__SERVER, &limits);
        uint8_t *head = malloc(cut);
        memcpy(head, all.data, cut);
        peer_receive(&s, (idl_bytes){ head, cut });
        free(head);
        peer_receive(&s, (idl_bytes){ all.data + cut, all.len - cut });
        add_error(&more, 1, 0, 8, "the message is larger than the receiver's limit");
        bytes_hex(&more, EMPTY_REPLY("03"));
        expect_out(&s, "", &more);
        peer_fini(&s);
    }
    bytes_free(&all);
}

/* A connection that was not looked at for a while, so that the others got another common block, does
 * not keep the old one for a few bytes. */
static void test_few_bytes_in_a_large_block(void **state)
{
    (void)state;
    peer s;
    size_t room;
    peer_init(&s, IDL__SERVER, NULL);
    idl__conn *other = idl__conn_new(IDL__SERVER, NULL, s.shared);
    arrive(&s, NOTE("01") "00 00");
    idl__block *was = s.conn->cut.block;
    assert_non_null(idl__conn_space(other, &room));
    assert_ptr_not_equal(s.shared->input, was);
    next(&s, IDL__REQUEST);
    no_event(&s);
    assert_int_equal(s.conn->cut.block->cap, 2);
    idl__conn_free(other);
    peer_fini(&s);
}

/* Wherever the last read ended, the kernel copies the next one to the beginning of a page. */
static void test_reads_begin_pages(void **state)
{
    (void)state;
    peer s;
    size_t room;
    peer_init(&s, IDL__SERVER, NULL);
    assert_int_equal((uintptr_t)idl__conn_space(s.conn, &room) % 4096, 0);
    arrive(&s, NOTE("01") "00 00 00");
    next(&s, IDL__REQUEST);
    no_event(&s);
    assert_int_equal((uintptr_t)idl__conn_space(s.conn, &room) % 4096, 0);
    assert_true(room >= 64 << 10);
    idl__conn_received(s.conn, 0);
    arrive(&s, "11 00 00 00 03 01 10 " SERVICE "12 04 6e 6f 74 65");
    next(&s, IDL__REQUEST);
    no_event(&s);
    peer_fini(&s);
}

/* The time of a call counts from its own first byte, not from that of the frame before it. */
static void test_time_of_second_frame(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    idl__conn_time(s.conn, 1000);
    arrive(&s, HEAD("09", "01", "01", "10"));
    no_event(&s);
    idl__conn_time(s.conn, 2000);
    arrive(&s, "20 88 27" HEAD("09", "03", "01", "10"));
    assert_int_equal(next(&s, IDL__REQUEST).timeout_ns, 4000);
    no_event(&s);
    idl__conn_time(s.conn, 2500);
    arrive(&s, "20 88 27" HEAD("09", "05", "01", "10") "20 88 27");
    assert_int_equal(next(&s, IDL__REQUEST).timeout_ns, 4500);
    assert_int_equal(next(&s, IDL__REQUEST).timeout_ns, 5000);
    peer_fini(&s);
}

/* ---- Messages with the REQUEST ---- */

#define SUM_WITH(flags) \
    "00 00 00 14 00 00 00 01 01 " flags " " SERVICE "12 03 73 75 6d 1a 02 0a 00 "

static void test_first_message_in_request(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, SUM_WITH("03"));
    expect_log(&s, "REQUEST 1 sum flags 03 [2 8d8f5fe7]\nMESSAGE 1\n  took 1 [2 8d8f5fe7]\n"
                   "HALF_CLOSED 1\n");
    expect_out(&s, HEAD("0e", "01", "02", "00") "12 06 0a 04 31 3a 20 32", NULL);
    peer_fini(&s);
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, SUM_WITH("07"));
    expect_log(&s, "REQUEST 1 sum flags 07 [2 8d8f5fe7]\nHALF_CLOSED 1\n");
    peer_fini(&s);
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, SUM_WITH("00"));
    expect_log(&s, "REQUEST 1 sum flags 00 [2 8d8f5fe7]\nMESSAGE 1\n  took 1 [2 8d8f5fe7]\n");
    peer_fini(&s);
}

/* An end that was due is not told of a stream that is over. */
static void test_answered_before_half_closed(void **state)
{
    (void)state;
    peer s;
    idl__stream stream = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    arrive(&s, SUM_WITH("03"));
    idl__event e = next(&s, IDL__REQUEST);
    idl__conn_accept(s.conn, &stream, &e, IDL_STREAM_IN);
    idl__conn_respond(s.conn, &stream, IDL_ABORTED, nothing, &text_type, NULL);
    no_event(&s);
    idl__stream_drop(&stream);
    peer_fini(&s);
}

/* ---- Exact limits ---- */

static void test_message_of_exactly_the_limit(void **state)
{
    (void)state;
    const idl__limits limits = { .max_message = 12 };
    peer c, s;
    peer_init(&c, IDL__CLIENT, &limits);
    peer_init(&s, IDL__SERVER, &limits);
    peer_drain(&c);
    peer_receive(&s, (idl_bytes){ c.out.data, c.out.len });
    c.out.len = s.out.len = 0;
    peer_call *fits = peer_open(&c, &m_echo, 10, 0);
    peer_call *list = peer_open(&c, &m_list, 10, 0);
    peer_call *sum = peer_open(&c, &m_sum, 10, 3);
    assert_int_equal(peer_open(&c, &m_echo, 11, 0)->code, IDL_RESOURCE_EXHAUSTED);
    peer_call *too_large = peer_open(&c, &m_chat, 0, 0);
    peer_drain(&c);
    peer_receive(&s, (idl_bytes){ c.out.data, c.out.len });
    peer_receive(&c, (idl_bytes){ s.out.data, s.out.len });
    assert_int_equal(fits->code, IDL_OK);
    assert_true(fits->ended && list->ended && sum->ended && too_large->ended);
    assert_int_equal(list->code, IDL_OK);
    assert_int_equal(list->messages, 10);
    assert_int_equal(sum->code, IDL_OK);
    peer_fini(&c);
    peer_fini(&s);
}

static void test_message_that_can_not_be_sent(void **state)
{
    (void)state;
    const idl__limits limits = { .max_message = 12 };
    peer c;
    idl__stream stream = { 0 };
    idl__open open = { .method = &m_chat, .request = NULL, .timeout_ns = 0 };
    peer_init(&c, IDL__CLIENT, &limits);
    assert_int_equal(idl__conn_open(c.conn, &stream, &open), IDL_OK);
    peer_text item = { { (const uint8_t *)"12345678901", 11 } };
    peer_drain(&c);
    c.out.len = 0;
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false),
                     IDL_RESOURCE_EXHAUSTED);
    expect_out(&c, "", NULL);
    item.data.len = 0;
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, true), IDL_OK);
    expect_out(&c, HEAD("06", "01", "03", "01"), NULL);
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false),
                     IDL_FAILED_PRECONDITION);
    assert_int_equal(idl__conn_close_send(c.conn, &stream), IDL_FAILED_PRECONDITION);
    idl__conn_free(c.conn);
    assert_null(stream.conn);
    assert_int_equal(idl__conn_send(NULL, &stream, &text_type, &item, false), IDL_UNAVAILABLE);
    c.conn = NULL;
    peer_fini(&c);
}

/* Messages go only where the method has a stream. */
static void test_no_stream_to_send_on(void **state)
{
    (void)state;
    peer c, s;
    peer_text item = { { NULL, 0 } };
    peer_init(&c, IDL__CLIENT, NULL);
    peer_call *list = peer_open(&c, &m_list, 0, 0);
    assert_int_equal(idl__conn_send(c.conn, &list->stream, &text_type, &item, false),
                     IDL_FAILED_PRECONDITION);
    assert_int_equal(idl__conn_close_send(c.conn, &list->stream), IDL_FAILED_PRECONDITION);
    idl__conn_cancel(c.conn, &list->stream);
    peer_fini(&c);
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, SUM("01"));
    assert_int_equal(idl__conn_send(s.conn, &s.calls[0].stream, &text_type, &item, false),
                     IDL_FAILED_PRECONDITION);
    expect_out(&s, "", NULL);
    peer_fini(&s);
}

static void test_ids_used_up(void **state)
{
    (void)state;
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    c.conn->next_id = UINT32_MAX;
    peer_call *last = peer_open(&c, &m_echo, 0, 0);
    assert_int_equal(last->id, UINT32_MAX);
    assert_int_equal(peer_open(&c, &m_echo, 0, 0)->code, IDL_UNAVAILABLE);
    receive_hex(&c, "00 00 00 06 ff ff ff ff 02 00");
    assert_true(last->ended);
    peer_fini(&c);
}

/* ---- Replies that can't be encoded ---- */

static void put_latin1(idl_writer *w, const void *message)
{
    (void)message;
    idl_put_str(w, IDL_TAG(1, IDL_LEN), (idl_str){ "\xe9", 1 });
}

static void test_reply_not_utf8(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    const idl_message latin1 = { text_type.size, text_type.empty, put_latin1, text_type.get };
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01"));
    assert_int_equal(idl__conn_respond(s.conn, &s.calls[0].stream, IDL_OK, nothing, &latin1, "x"),
                     IDL_INTERNAL);
    s.calls[0].used = false;
    add_error(&more, 1, 0, 13, "the reply can't be encoded: text that is not UTF-8, or too deep");
    expect_out(&s, "", &more);
    peer_fini(&s);
}

static void test_long_status_text(void **state)
{
    (void)state;
    peer s;
    char *text = calloc(1, 20000);
    memset(text, 'x', 20000);
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, LATER("01"));
    idl__conn_respond(s.conn, &s.calls[0].stream, IDL_ABORTED, (idl_str){ text, 20000 }, &text_type,
                      NULL);
    s.calls[0].used = false;
    peer_drain(&s);
    assert_int_equal(s.out.len, 10 + 4 + 2 + 4 + (16 << 10));
    free(text);
    peer_fini(&s);
}

/* ---- ttrpc, or merely broken ---- */

static void test_not_ttrpc(void **state)
{
    (void)state;
    static const char *const bodies[] = { "0a 07 78", "0a 09 78 78", "0a 08 78", "08 80" };
    for (size_t i = 0; i < 4; i++) {
        peer s;
        bytes in = { 0 };
        bytes_hex(&in, HEAD("00", "01", "01", "00"));
        bytes_hex(&in, bodies[i]);
        in.data[3] = (uint8_t)(in.len - 4);
        peer_init(&s, IDL__SERVER, NULL);
        peer_receive(&s, (idl_bytes){ in.data, in.len });
        assert_int_equal(log_has(&s, "ttrpc"), i == 0);
        assert_true(s.closed);
        bytes_free(&in);
        peer_fini(&s);
    }
}

/* ---- HELLO ---- */

static void test_hello_twice(void **state)
{
    (void)state;
    peer c;
    const idl__limits ask = { .features = 2 };
    peer_init(&c, IDL__CLIENT, &ask);
    receive_hex(&c, HEAD("08", "00", "0a", "00") "08 01");
    assert_false(c.closed);
    receive_hex(&c, HEAD("08", "00", "0a", "00") "08 01");
    assert_true(log_has(&c, "CLOSED INTERNAL 'HELLO out of place'"));
    peer_fini(&c);
}

static void test_server_never_lowers_credit(void **state)
{
    (void)state;
    peer c, s;
    const idl__limits ask = { .features = 2 }, low = { .stream_credit = 10 };
    peer_init(&c, IDL__CLIENT, &ask);
    peer_open(&c, &m_sum, 0, 0);
    int64_t credit = c.calls[0].stream.send_credit;
    receive_hex(&c, HEAD("0a", "00", "0a", "00") "08 01 20 0a");
    assert_int_equal(c.calls[0].stream.send_credit, credit);
    peer_fini(&c);
    peer_init(&s, IDL__SERVER, &low);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    receive_frame(&s, 100000, 1, 3, 0);
    receive_frame(&s, 100000, 1, 3, 0);
    expect_out(&s, "", NULL);
    peer_fini(&s);
}

/* ---- GOAWAY ---- */

static void test_stray_goaway_pong(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, HEAD("0e", "00", "07", "00") "00 67 6f 61 77 61 79 00");
    expect_out(&s, "", NULL);
    assert_false(idl__conn_closing(s.conn));
    /* Behind the last id even what is too long is not answered. */
    idl__conn_goaway(s.conn, true, IDL_OK, NULL);
    peer_drain(&s);
    s.out.len = 0;
    receive_frame(&s, (4 << 20) + 65537, 1, 1, 0);
    expect_out(&s, "", NULL);
    assert_false(s.closed);
    peer_fini(&s);
}

/* ---- Credit ---- */

static void test_credit_used_up_exactly(void **state)
{
    (void)state;
    peer s;
    bytes more = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    receive_frame(&s, 262140, 1, 3, 0);
    expect_out(&s, "", NULL);
    receive_frame(&s, 6, 1, 3, 0);
    add_error(&more, 1, 0, 8, "DATA without credit");
    expect_out(&s, "", &more);
    peer_fini(&s);
}

static void take_one(peer *p, idl__stream *stream)
{
    (void)p;
    idl_bytes payload;
    idl__block *block;
    assert_true(idl__conn_take(stream, &payload, &block));
    idl__block_release(block);
}

static void test_credit_goes_back_by_halves(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    for (int round = 0; round < 3; round++) {
        receive_frame(&s, 65532, 1, 3, 0);
        receive_frame(&s, 65532, 1, 3, 0);
        take_one(&s, &s.calls[0].stream);
        expect_out(&s, "", NULL);
        take_one(&s, &s.calls[0].stream);
        expect_out(&s, HEAD("0a", "01", "05", "00") "00 02 00 00", NULL);
    }
    /* Nothing goes back behind the last message. */
    receive_frame(&s, 65532, 1, 3, 0);
    receive_frame(&s, 65532, 1, 3, 0);
    receive_frame(&s, 65532, 1, 3, 0);
    s.log.len = 0;
    arrive(&s, HEAD("06", "01", "03", "05"));
    next(&s, IDL__HALF_CLOSED);
    take_one(&s, &s.calls[0].stream);
    take_one(&s, &s.calls[0].stream);
    take_one(&s, &s.calls[0].stream);
    expect_out(&s, "", NULL);
    peer_fini(&s);
}

static void test_connection_credit_goes_back(void **state)
{
    (void)state;
    peer c;
    const idl__limits limits = { .max_message = 1000, .connection_credit = 1000 };
    peer_init(&c, IDL__CLIENT, &limits);
    c.hold = true;
    peer_open(&c, &m_list, 0, 0);
    peer_drain(&c);
    c.out.len = 0;
    /* When it is stored, when it is dropped, and when it is too long. */
    receive_frame(&c, 246, 1, 3, 0);
    expect_out(&c, "", NULL);
    receive_frame(&c, 246, 1, 3, 0);
    expect_out(&c, HEAD("0a", "00", "05", "00") "00 00 01 f4", NULL);
    receive_frame(&c, 1000 + 65536 + 1, 1, 3, 0);
    expect_out(&c, HEAD("0a", "00", "05", "00") "00 01 03 ed" HEAD("06", "01", "04", "00"), NULL);
    receive_frame(&c, 746, 1, 3, 0);
    expect_out(&c, HEAD("0a", "00", "05", "00") "00 00 02 ee", NULL);
    peer_fini(&c);
}

static void test_credit_of_unlimited_connection(void **state)
{
    (void)state;
    peer s;
    peer_init(&s, IDL__SERVER, NULL);
    for (int i = 0; i < 3; i++)
        receive_hex(&s, HEAD("0a", "00", "05", "00") "ff ff ff ff");
    assert_false(s.closed);
    peer_fini(&s);
}

static void test_too_much_unsent(void **state)
{
    (void)state;
    peer s;
    idl__stream *stream = &s.calls[0].stream;
    uint8_t data[1000] = { 0 };
    peer_text item = { { data, sizeof data } };
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    /* All credit there is, and a handler that does not stop. */
    arrive(&s, LATER("01") HEAD("0a", "01", "05", "00") "7f f0 00 00");
    idl__event e = next(&s, IDL__REQUEST);
    idl__conn_accept(s.conn, stream, &e, IDL_STREAM_OUT);
    no_event(&s);
    size_t sent = 0;
    idl_code code;
    /* A server never sets 0x01. */
    while ((code = idl__conn_send(s.conn, stream, &text_type, &item, true)) == IDL_OK)
        sent++;
    assert_int_equal(code, IDL_AGAIN);
    assert_in_range(idl__conn_unsent(s.conn), IDL__UNSENT_HIGH, IDL__UNSENT_HIGH + 2000);
    no_event(&s);
    struct iovec iov[1];
    size_t out = 0;
    while (idl__conn_unsent(s.conn) > IDL__UNSENT_LOW) {
        no_event(&s);
        assert_int_equal(idl__conn_output(s.conn, iov, 1), 1);
        for (size_t i = 0; out == 0 && i < 10; i++)
            assert_int_equal(((uint8_t *)iov[0].iov_base)[i], i == 7   ? 1
                                                              : i == 8 ? 3
                                                              : i == 2 ? 3
                                                              : i == 3 ? 0xf1
                                                                       : 0);
        idl__conn_sent(s.conn, iov[0].iov_len);
        out += iov[0].iov_len;
    }
    assert_ptr_equal(next(&s, IDL__WRITABLE).stream, stream);
    no_event(&s);
    assert_int_equal(idl__conn_send(s.conn, stream, &text_type, &item, false), IDL_OK);
    idl__conn_respond(s.conn, stream, IDL_OK, nothing, &text_type, NULL);
    peer_fini(&s);
}

/* Who has sent in the meantime is not told that he may. */
static void test_no_stale_writable(void **state)
{
    (void)state;
    peer c;
    idl__stream stream = { 0 };
    idl__open open = { .method = &m_chat, .request = NULL, .timeout_ns = 0 };
    const idl__limits ask = { .features = 2 };
    peer_text item = { { NULL, 0 } };
    peer_init(&c, IDL__CLIENT, &ask);
    arrive(&c, HEAD("0a", "00", "0a", "00") "08 01 30 01"); /* 1 byte for all streams */
    no_event(&c);
    assert_int_equal(idl__conn_open(c.conn, &stream, &open), IDL_OK);
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false), IDL_OK);
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false), IDL_AGAIN);
    /* Credit for the stream is not enough, */
    arrive(&c, HEAD("0a", "01", "05", "00") "00 00 00 09");
    no_event(&c);
    /* for the connection it is; but somebody asks first. */
    arrive(&c, HEAD("0a", "00", "05", "00") "00 00 01 00" HEAD("06", "01", "09", "00"));
    next(&c, IDL__WRITABLE);
    next(&c, IDL__HEADERS);
    c.conn->send_credit = 0;
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false), IDL_AGAIN);
    c.conn->send_credit = 100;
    assert_int_equal(idl__conn_send(c.conn, &stream, &text_type, &item, false), IDL_OK);
    peer_drain(&c);
    no_event(&c);
    idl__conn_cancel(c.conn, &stream);
    peer_fini(&c);
}

/* ---- Messages stored ---- */

static void test_large_message_is_not_copied(void **state)
{
    (void)state;
    peer s;
    size_t room;
    idl_bytes payload;
    idl__block *block;
    idl__stream *stream = &s.calls[0].stream;
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    bytes b = frame_of(100000, 1, 3, 0);
    const uint8_t *end = NULL;
    for (size_t i = 0; i < b.len;) {
        uint8_t *space = idl__conn_space(s.conn, &room);
        room = room < b.len - i ? room : b.len - i;
        room = i == 0 && room > 20 ? 20 : room;
        memcpy(space, b.data + i, room);
        idl__conn_received(s.conn, room);
        end = space + room;
        i += room;
        if (i < b.len)
            no_event(&s);
    }
    next(&s, IDL__MESSAGE);
    assert_true(idl__conn_take(stream, &payload, &block));
    assert_int_equal(payload.len, 99994);
    assert_ptr_equal(payload.data + payload.len, end);
    idl__block_release(block);
    bytes_free(&b);
    peer_fini(&s);
}

static void feed(peer *p, const bytes *b)
{
    size_t room;
    uint8_t *space = idl__conn_space(p->conn, &room);
    assert_true(b->len <= room);
    memcpy(space, b->data, b->len);
    idl__conn_received(p->conn, b->len);
}

/* Messages that arrive together are told together, an eighth of the window at most, taken in their
 * order, alone or a few together; what they were read into is theirs until the last one goes. */
static void test_messages_together(void **state)
{
    enum { COUNT = 3000 };
    (void)state;
    peer s;
    bytes b = { 0 };
    idl_bytes payload;
    size_t room;
    idl__block *block, *first = NULL;
    idl__stream *stream = &s.calls[0].stream;
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01"));
    for (unsigned i = 0; i < COUNT; i++) {
        const uint8_t frame[12] = { 0, 0, 0, 8, 0, 0, 0, 1, 3, 0, (uint8_t)(i >> 8), (uint8_t)i };
        bytes_add(&b, frame, sizeof frame);
    }
    const uint8_t *space = idl__conn_space(s.conn, &room);
    feed(&s, &b);
    next(&s, IDL__MESSAGE);
    next(&s, IDL__MESSAGE);
    no_event(&s);
    idl__run *list = NULL;
    unsigned fetches = 0;
    for (unsigned taken = 0; taken < COUNT; taken++) {
        block = NULL;
        if (taken % 5 == 0 && list == NULL) {
            assert_true(idl__conn_take(stream, &payload, &block));
        } else if (!idl__runs_next(&list, &payload)) {
            list = idl__conn_fetch(stream);
            fetches++;
            assert_true(idl__runs_next(&list, &payload));
        }
        assert_int_equal(payload.len, 2);
        assert_int_equal(payload.data[0] << 8 | payload.data[1], taken);
        if (first == NULL)
            first = block; /* it holds what is in it until it is given up */
        else
            idl__block_release(block);
    }
    idl__runs_free(&list); /* the last message lived until here */
    assert_in_range(fetches, 2, 4);
    assert_false(idl__conn_take(stream, &payload, &block));
    assert_null(idl__conn_fetch(stream));
    assert_ptr_not_equal(idl__conn_space(s.conn, &room), space);
    idl__conn_received(s.conn, 0);
    idl__block_release(first);
    bytes_free(&b);
    peer_fini(&s);
}

/* What is not a message like the one before it is worked on by itself. */
static void test_messages_together_end(void **state)
{
    (void)state;
    peer s;
    bytes b = { 0 };
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true;
    receive_hex(&s, SUM("01") SUM("03"));
    static const uint8_t frames[] = {
        0, 0, 0, 7, 0, 0, 0, 1, 3, 0, 'a', /* two together, */
        0, 0, 0, 7, 0, 0, 0, 1, 3, 0, 'b',
        0, 0, 0, 7, 0, 0, 0, 3, 3, 0, 'c', /* one of another stream, */
        0, 0, 0, 7, 0, 0, 0, 1, 3, 1, 'd', /* the last one, */
        0, 0, 0, 7, 0, 0, 0, 1, 3, 0, 'e', /* and one too many */
    };
    bytes_add(&b, frames, sizeof frames);
    feed(&s, &b);
    next(&s, IDL__MESSAGE);
    next(&s, IDL__MESSAGE);
    next(&s, IDL__MESSAGE);
    next(&s, IDL__HALF_CLOSED);
    next(&s, IDL__CANCELLED);
    for (int i = 0; i < 3; i++)
        take_one(&s, &s.calls[0].stream);
    take_one(&s, &s.calls[1].stream);
    bytes_free(&b);
    peer_fini(&s);
}

static void test_headers_after_data(void **state)
{
    (void)state;
    peer c;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_list, 0, 0);
    receive_hex(&c, HEAD("06", "01", "03", "00") HEAD("06", "01", "09", "00"));
    assert_false(log_has(&c, "HEADERS"));
    peer_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_long_frame_cut),
        cmocka_unit_test(test_few_bytes_in_a_large_block),
        cmocka_unit_test(test_reads_begin_pages),
        cmocka_unit_test(test_time_of_second_frame),
        cmocka_unit_test(test_first_message_in_request),
        cmocka_unit_test(test_answered_before_half_closed),
        cmocka_unit_test(test_message_of_exactly_the_limit),
        cmocka_unit_test(test_message_that_can_not_be_sent),
        cmocka_unit_test(test_no_stream_to_send_on),
        cmocka_unit_test(test_ids_used_up),
        cmocka_unit_test(test_reply_not_utf8),
        cmocka_unit_test(test_long_status_text),
        cmocka_unit_test(test_not_ttrpc),
        cmocka_unit_test(test_hello_twice),
        cmocka_unit_test(test_server_never_lowers_credit),
        cmocka_unit_test(test_stray_goaway_pong),
        cmocka_unit_test(test_credit_used_up_exactly),
        cmocka_unit_test(test_credit_goes_back_by_halves),
        cmocka_unit_test(test_connection_credit_goes_back),
        cmocka_unit_test(test_credit_of_unlimited_connection),
        cmocka_unit_test(test_too_much_unsent),
        cmocka_unit_test(test_no_stale_writable),
        cmocka_unit_test(test_large_message_is_not_copied),
        cmocka_unit_test(test_messages_together),
        cmocka_unit_test(test_messages_together_end),
        cmocka_unit_test(test_headers_after_data),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
