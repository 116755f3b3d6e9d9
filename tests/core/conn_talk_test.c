/* SPDX-License-Identifier: MIT */
/* conn_talk_test.c: conversations between a client and a server connection; the same events and
 * the same bytes however the bytes are cut. */
#include "effort.h"
#include "expect.h"

#include <stdlib.h>
#include <string.h>

static size_t whole(void *arg)
{
    (void)arg;
    return SIZE_MAX;
}

static size_t random_slice(void *arg)
{
    return 1 + (size_t)(rnd(arg) % 2000);
}

/* The same over the other wire: only heads and lengths differ. */
static void test_unary_ttrpc(void **state)
{
    peer c, s;
    peer_init(&c, IDL__CLIENT, *state);
    peer_init(&s, IDL__SERVER, *state);
    peer_call *echo = peer_open(&c, &m_echo, 3, 0);
    peer_open(&c, &m_note, 0, 0);
    peers_run(&c, &s, whole, NULL);
    assert_true(echo->ended);
    expect_out(
        &c,
        "00 00 00 12 00 00 00 01 01 00 0a 03 74 2e 54 12 04 65 63 68 6f 1a 05 0a 03 00 07 0e "
        "00 00 00 0b 00 00 00 03 01 00 0a 03 74 2e 54 12 04 6e 6f 74 65 ",
        NULL);
    expect_out(
        &s,
        "00 00 00 07 00 00 00 01 02 00 12 05 0a 03 00 07 0e 00 00 00 0e 00 00 00 03 02 00 0a 0c 08 05 12 08 6e 6f 74 20 68 65 72 65",
        NULL);
    expect_log(&s, "REQUEST 1 echo flags 00 [5 60b96f3f]\nREQUEST 3 note flags 00\n");
    expect_log(&c, "open note: OK\nENDED 1 [5 60b96f3f]\n");
    peer_fini(&c);
    peer_fini(&s);
}

static void test_unary(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    peer_call *echo = peer_open(&c, &m_echo, 3, 0);
    peers_run(&c, &s, whole, NULL);
    assert_true(echo->ended);
    expect_out(
        &c, "00 00 00 18 00 00 00 01 01 00 0a 03 74 2e 54 12 04 65 63 68 6f 1a 05 0a 03 00 07 0e",
        NULL);
    expect_out(&s, "00 00 00 0d 00 00 00 01 02 00 12 05 0a 03 00 07 0e", NULL);
    expect_log(&s, "REQUEST 1 echo flags 00 [5 60b96f3f]\n");
    expect_log(&c, "ENDED 1 [5 60b96f3f]\n");
    peer_fini(&c);
    peer_fini(&s);
}

/* All kinds of calls at once. */
static void talk(peer *c, bool large)
{
    peer_open(c, &m_echo, 10, 0);
    peer_open(c, &m_fail, 0, 0);
    peer_open(c, &m_later, 1, 0);
    peer_open(c, &m_note, 5, 0);
    peer_open(c, &m_none, 5, 0);
    peer_open(c, &m_sum, 100, 20);
    peer_open(c, &m_list, 30, 0);
    peer_open(c, &m_chat, 50, 10);
    peer_open(c, &m_sum, 0, 3);
    peer_open(c, &m_sum, 0, 0);
    peer_open(c, &m_later, 2, 0);
    peer_call *cancelled = peer_open(c, &m_later, 3, 0);
    idl__conn_cancel(c->conn, &cancelled->stream);
    cancelled->ended = true;
    cancelled->code = IDL_OK;
    if (large) {
        peer_open(c, &m_echo, 1000000, 0);
        peer_open(c, &m_chat, 70000, 12);
        peer_open(c, &m_list, 1500, 0);
        peer_open(c, &m_sum, 300000, 5);
        peer_open(c, &m_sum, 20000, 50);
    }
    peer_open(c, &m_now, 4, 0);
    peer_open(c, &m_echo, 5000, 0);
}

static void check_ends(const peer *c)
{
    for (size_t i = 0; i < PEER_CALLS; i++) {
        const peer_call *call = &c->calls[i];
        if (!call->used)
            continue;
        idl_code expected = call->method == &m_fail   ? IDL_NOT_FOUND
                            : call->method == &m_none ? IDL_UNIMPLEMENTED
                                                      : IDL_OK;
        assert_true(call->ended);
        assert_int_equal(call->code, expected);
        if (call->method == &m_list)
            assert_int_equal(call->messages, call->size);
    }
}

static void test_all_kinds(void **state)
{
    for (uint64_t seed = 0; seed < 30; seed++) {
        peer c, s;
        uint64_t rng = seed;
        peer_init(&c, IDL__CLIENT, *state);
        peer_init(&s, IDL__SERVER, *state);
        talk(&c, true);
        peers_run(&c, &s, seed == 0 ? whole : random_slice, &rng);
        check_ends(&c);
        assert_int_equal(idl__conn_streams(c.conn), 0);
        assert_int_equal(idl__conn_streams(s.conn), 0);
        peer_fini(&c);
        peer_fini(&s);
    }
}

/* One side again, with recorded bytes from the other, in slices. */
static void replay(enum idl__role role, const idl__limits *limits, bool large, const peer *was,
                   const bytes *in, size_t (*slice)(void *arg), void *arg)
{
    peer p;
    peer_init(&p, role, limits);
    p.few = true;
    if (role == IDL__CLIENT)
        talk(&p, large);
    peer_drain(&p);
    for (size_t i = 0; i < in->len;) {
        size_t n = slice(arg);
        if (n > in->len - i)
            n = in->len - i;
        /* Exactly these bytes, so that looking beyond them is seen. */
        uint8_t *piece = malloc(n + 1);
        memcpy(piece, in->data + i, n);
        peer_receive(&p, (idl_bytes){ piece, n });
        free(piece);
        i += n;
    }
    assert_int_equal(p.log.len, was->log.len);
    assert_memory_equal(p.log.data, was->log.data, was->log.len);
    assert_int_equal(p.out.len, was->out.len);
    assert_memory_equal(p.out.data, was->out.data, was->out.len);
    peer_fini(&p);
}

/* The first slice ends at *arg, the second at the end. */
static size_t cut_once(void *arg)
{
    size_t *at = arg;
    size_t n = *at;
    *at = SIZE_MAX;
    return n;
}

static size_t one_byte(void *arg)
{
    (void)arg;
    return 1;
}

/* A conversation in which each side hears the other only when it is quiet: what it does depends on
 * the bytes alone, so it can be repeated. */
static void record(peer *c, peer *s, const idl__limits *limits, bool large)
{
    peer_init(c, IDL__CLIENT, limits);
    peer_init(s, IDL__SERVER, limits);
    c->few = s->few = true;
    talk(c, large);
    peers_run(c, s, whole, NULL);
    check_ends(c);
}

static void test_every_cut(void **state)
{
    peer c, s;
    record(&c, &s, *state, false);
    for (size_t i = 1; i < c.out.len; i += (size_t)test_effort()) {
        size_t at = i;
        replay(IDL__SERVER, *state, false, &s, &c.out, cut_once, &at);
    }
    for (size_t i = 1; i < s.out.len; i += (size_t)test_effort()) {
        size_t at = i;
        replay(IDL__CLIENT, *state, false, &c, &s.out, cut_once, &at);
    }
    replay(IDL__SERVER, *state, false, &s, &c.out, one_byte, NULL);
    replay(IDL__CLIENT, *state, false, &c, &s.out, one_byte, NULL);
    peer_fini(&c);
    peer_fini(&s);
}

/* What has come when the connection is closed counts, all else has one end. */
static void close_at(enum idl__role role, const idl__limits *limits, const peer *was,
                     const bytes *in, size_t at)
{
    peer p;
    peer_init(&p, role, limits);
    p.few = true;
    if (role == IDL__CLIENT)
        talk(&p, false);
    peer_drain(&p);
    peer_receive(&p, (idl_bytes){ in->data, at });
    assert_true(p.log.len <= was->log.len);
    assert_memory_equal(p.log.data, was->log.data, p.log.len);
    idl__conn_lost(p.conn, IDL_OK, "closed");
    peer_events(&p);
    assert_true(p.closed);
    for (size_t i = 0; i < PEER_CALLS; i++) {
        if (p.calls[i].used && role == IDL__CLIENT)
            assert_true(p.calls[i].ended);
        else if (p.calls[i].used)
            idl__conn_release(p.conn, &p.calls[i].stream);
    }
    assert_int_equal(idl__conn_streams(p.conn), 0);
    peer_fini(&p);
}

/* All kinds of calls and ends, then a drain: two GOAWAYs, and a PING between them. */
static void test_closed_at_every_byte(void **state)
{
    peer c, s;
    record(&c, &s, *state, false);
    idl__conn_goaway(s.conn, false, IDL_OK, "leaving");
    peers_run(&c, &s, whole, NULL);
    for (size_t at = 0; at <= c.out.len; at += (size_t)test_effort())
        close_at(IDL__SERVER, *state, &s, &c.out, at);
    for (size_t at = 0; at <= s.out.len; at += (size_t)test_effort())
        close_at(IDL__CLIENT, *state, &c, &s.out, at);
    peer_fini(&c);
    peer_fini(&s);
}

static size_t any_slice(void *arg)
{
    uint64_t r = rnd(arg);
    return 1 + (size_t)((r >> 8) % (r % 4 == 0 ? 20 : r % 4 == 1 ? 5000 : 200000));
}

static void test_random_cuts(void **state)
{
    peer c, s;
    record(&c, &s, *state, true);
    for (uint64_t seed = 1; seed <= (uint64_t)test_rounds(40); seed++) {
        uint64_t rng = seed;
        replay(IDL__SERVER, *state, true, &s, &c.out, any_slice, &rng);
        replay(IDL__CLIENT, *state, true, &c, &s.out, any_slice, &rng);
    }
    peer_fini(&c);
    peer_fini(&s);
}

int main(void)
{
    idl__limits framed = { 0 }, ttrpc = { .protocol = IDL__TTRPC };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unary),
        cmocka_unit_test_prestate(test_all_kinds, &framed),
        cmocka_unit_test_prestate(test_every_cut, &framed),
        cmocka_unit_test_prestate(test_closed_at_every_byte, &framed),
        cmocka_unit_test_prestate(test_random_cuts, &framed),
        cmocka_unit_test_prestate(test_unary_ttrpc, &ttrpc),
        { "all kinds, ttrpc", test_all_kinds, NULL, NULL, &ttrpc },
        { "every cut, ttrpc", test_every_cut, NULL, NULL, &ttrpc },
        { "closed at every byte, ttrpc", test_closed_at_every_byte, NULL, NULL, &ttrpc },
        { "random cuts, ttrpc", test_random_cuts, NULL, NULL, &ttrpc },
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
