/* SPDX-License-Identifier: MIT */
/* conn_regression_test.c: what the simulation (tests/sim) has found, each in as few steps as it
 * takes. */
#include "alloc_fail.h"
#include "expect.h"

static size_t whole(void *arg)
{
    (void)arg;
    return SIZE_MAX;
}

/* The last message may take more credit than there is; the end behind it goes all the same. */
static void test_end_without_credit(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    s.hold = true; /* no credit comes back */
    peer_call *sum = peer_open(&c, &m_sum, 300000, 1);
    peers_run(&c, &s, whole, NULL);
    expect_log(&s, "REQUEST 1 sum flags 06\nMESSAGE 1\nHALF_CLOSED 1\n");
    assert_int_equal(sum->code, IDL_OK);
    peer_fini(&c);
    peer_fini(&s);
}

/* A client that does not say HELLO knows nothing of a server's large window, and waits for credit
 * when it has used up the usual one. */
static void test_window_that_was_not_told(void **state)
{
    (void)state;
    const idl__limits limits = { .stream_credit = 1000000 };
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, &limits);
    peer_call *sum = peer_open(&c, &m_sum, 10000, 100);
    peers_run(&c, &s, whole, NULL);
    assert_true(sum->ended);
    assert_int_equal(sum->code, IDL_OK);
    peer_fini(&c);
    peer_fini(&s);
}

/* What ended it is told, not what the server said before. */
static void test_no_memory_after_goaway(void **state)
{
    (void)state;
    peer c;
    bytes goaway = { 0 };
    peer_init(&c, IDL__CLIENT, NULL);
    peer_open(&c, &m_later, 1, 0);
    add_goaway(&goaway, UINT32_MAX, 0, "leaving");
    peer_receive(&c, (idl_bytes){ goaway.data, goaway.len });
    bytes_free(&goaway);
    c.log.len = 0;
    alloc_fail_at(1); /* for what is under way */
    receive_hex(&c, "00 00 00");
    alloc_fail_at(0);
    expect_log(&c,
               "ENDED 1 RESOURCE_EXHAUSTED 'no memory'\nCLOSED RESOURCE_EXHAUSTED 'no memory'\n");
    peer_fini(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_end_without_credit),
        cmocka_unit_test(test_window_that_was_not_told),
        cmocka_unit_test(test_no_memory_after_goaway),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
