/* SPDX-License-Identifier: MIT */
/* conn_out_test.c: the output queue: order, bytes that stay where they are, memory that goes back. */
#include <string.h>

#include "alloc_fail.h"
#include "codec.h"
#include "effort.h"
#include "out.h"
#include "peer.h"

static void put(idl__out *out, idl__pool *pool, idl_writer *w, size_t len, bytes *all)
{
    bytes b = { 0 };
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = peer_byte(i + all->len);
        bytes_add(&b, &byte, 1);
    }
    idl__writer_reset(w);
    idl__put_raw(w, (idl_bytes){ b.data, b.len });
    assert_true(idl__out_put_writer(out, pool, w));
    bytes_add(all, b.data, b.len);
    bytes_free(&b);
}

static void test_order(void **state)
{
    (void)state;
    idl__pool pool = { 0 };
    idl__out out = { 0 };
    idl_writer w;
    idl__writer_init(&w);
    bytes all = { 0 }, got = { 0 };
    uint64_t rng = 3;
    for (int run = 0; run < test_rounds(300); run++) {
        for (uint64_t n = rnd(&rng) % 6; n != 0; n--)
            put(&out, &pool, &w, (size_t)(rnd(&rng) % (n % 3 == 0 ? 40000 : 300)), &all);
        assert_int_equal(idl__out_unsent(&out), all.len - got.len);
        struct iovec iov[4];
        size_t count = idl__out_iov(&out, iov, 1 + (size_t)(rnd(&rng) % 4)), total = 0;
        /* A write that is under way sees the same bytes whatever is queued meanwhile. */
        size_t shown = 0;
        for (size_t i = 0; i < count; i++) {
            assert_true(iov[i].iov_len != 0);
            shown += iov[i].iov_len;
        }
        size_t send = run % 2 != 0 ? shown : shown - shown / 3;
        put(&out, &pool, &w, 200, &all);
        put(&out, &pool, &w, 20000, &all);
        for (size_t i = 0; i < count && total < send; i++) {
            size_t part = iov[i].iov_len < send - total ? iov[i].iov_len : send - total;
            bytes_add(&got, iov[i].iov_base, part);
            total += part;
        }
        idl__out_sent(&out, &pool, send);
        if (run % 10 == 0) {
            while ((count = idl__out_iov(&out, iov, 4)) != 0) {
                bytes_add(&got, iov[0].iov_base, iov[0].iov_len);
                idl__out_sent(&out, &pool, iov[0].iov_len);
            }
            assert_null(out.first);
            assert_null(out.last);
        }
        assert_memory_equal(all.data, got.data, got.len);
    }
    assert_true(got.len > 1000000 / (size_t)test_effort());
    idl__out_fini(&out, &pool);
    idl__pool_fini(&pool);
    idl__writer_fini(&w);
    bytes_free(&all);
    bytes_free(&got);
}

/* Large messages are handed over, not copied; small ones take no memory again and again. */
static void test_memory(void **state)
{
    (void)state;
    idl__pool pool = { 0 };
    idl__out out = { 0 };
    idl_writer w;
    struct iovec iov[2];
    idl__writer_init(&w);
    bytes all = { 0 };
    put(&out, &pool, &w, 100000, &all);
    assert_int_equal(idl__out_iov(&out, iov, 2), 1);
    assert_null(w.buffer);
    idl__writer_reset(&w);
    idl__put_raw(&w, (idl_bytes){ all.data, 100000 });
    const uint8_t *where = w.p;
    assert_true(idl__out_put_writer(&out, &pool, &w));
    assert_int_equal(idl__out_iov(&out, iov, 2), 2);
    assert_ptr_equal(iov[1].iov_base, where);
    idl__out_sent(&out, &pool, 200000);
    assert_int_equal(pool.count, 0);
    for (int i = 0; i < 100; i++) {
        alloc_fail_at(0);
        put(&out, &pool, &w, 1000, &all);
        idl__out_sent(&out, &pool, 1000);
        assert_null(out.first);
        if (i > 0)
            assert_int_equal(alloc_count(), 0);
    }
    /* Without memory nothing is queued. */
    idl__pool_fini(&pool);
    alloc_fail_at(1);
    assert_false(idl__out_put(&out, &pool, (idl_bytes){ all.data, 10 }));
    alloc_fail_at(0);
    assert_int_equal(idl__out_unsent(&out), 0);
    assert_int_equal(idl__out_iov(&out, iov, 2), 0);
    idl__out_fini(&out, &pool);
    idl__pool_fini(&pool);
    idl__writer_fini(&w);
    bytes_free(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
