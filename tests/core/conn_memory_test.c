/* SPDX-License-Identifier: MIT */
/* conn_memory_test.c: conversations in which each allocation fails once: a status, no leak. */
#include <string.h>

#include "alloc_fail.h"
#include "effort.h"
#include "peer.h"

static size_t slices(void *arg)
{
    return 1 + (size_t)(rnd(arg) % 30000);
}

static void talk(peer *c)
{
    peer_open(c, &m_echo, 10, 0);
    peer_open(c, &m_fail, 0, 0);
    peer_open(c, &m_later, 1, 0);
    peer_open(c, &m_note, 5, 0);
    peer_open(c, &m_sum, 100, 5);
    peer_open(c, &m_sum, 20000, 20);
    peer_open(c, &m_list, 40, 0);
    peer_open(c, &m_chat, 5000, 80);
    peer_open(c, &m_echo, 200000, 0);
    for (int i = 0; i < 20; i++)
        peer_open(c, &m_later, 1, 0);
    peer_open(c, &m_now, 4, 0);
}

/* A driver that finds no memory gives the connection up. */
static void give_up(peer *p)
{
    if (p->no_memory)
        idl__conn_lost(p->conn, IDL_RESOURCE_EXHAUSTED, "no memory");
    else
        idl__conn_lost(p->conn, IDL_UNAVAILABLE, "the other side is gone");
    peer_events(p);
}

/* True when the n-th allocation was never reached. */
static bool run(size_t n, uint64_t seed)
{
    const idl__limits limits = { .connection_credit = 100000 };
    peer c, s;
    alloc_fail_at(n);
    if (!peer_init(&c, IDL__CLIENT, &limits))
        return false;
    if (!peer_init(&s, IDL__SERVER, NULL)) {
        peer_fini(&c);
        return false;
    }
    talk(&c);
    peers_run(&c, &s, slices, &seed);
    give_up(&c);
    give_up(&s);
    bool all = !alloc_fail_happened();
    assert_true(c.closed && s.closed);
    for (size_t i = 0; i < PEER_CALLS; i++) {
        peer_call *call = &c.calls[i];
        if (!call->used)
            continue;
        assert_true(call->ended);
        if (all)
            assert_int_equal(call->code, call->method == &m_fail ? IDL_NOT_FOUND : IDL_OK);
    }
    for (size_t i = 0; i < PEER_CALLS; i++) {
        if (s.calls[i].used)
            idl__conn_release(s.conn, &s.calls[i].stream);
    }
    assert_int_equal(idl__conn_streams(c.conn), 0);
    assert_int_equal(idl__conn_streams(s.conn), 0);
    peer_fini(&c);
    peer_fini(&s);
    return all;
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    size_t n = 1;
    while (!run(n, 1))
        n += (size_t)test_effort();
    alloc_fail_at(0);
    assert_true(n > 50); /* as many were made to fail */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_allocation_fails) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
