/* SPDX-License-Identifier: MIT */
/* frame_test.c: the frame decoder: what it returns does not depend on the cuts, and its memory not
 * on what is claimed. */
#include <stdlib.h>
#include <string.h>

#include <idl/frame.h>

#include "alloc_fail.h"
#include "peer.h"

static void test_ada(void **state)
{
    (void)state;
    idl_frame_decoder *d = idl_frame_decoder_new(0);
    static const uint8_t ada[] = { 0, 0, 0, 3, 'A', 'd', 'a' };
    idl_bytes frame;
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_AGAIN);
    assert_non_null(frame.data);
    for (size_t i = 0; i < sizeof ada; i++) {
        assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_AGAIN);
        assert_int_equal(idl_frame_decoder_pending(d), i);
        assert_int_equal(idl_frame_decoder_feed(d, (idl_bytes){ ada + i, 1 }), IDL_OK);
    }
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_OK);
    assert_int_equal(frame.len, 3);
    assert_memory_equal(frame.data, "Ada", 3);
    assert_int_equal(idl_frame_decoder_pending(d), 0);
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_AGAIN);
    idl_frame_decoder_free(d);
}

static void test_header(void **state)
{
    (void)state;
    uint8_t header[IDL_FRAME_HEADER];
    idl_frame_header(header, 0x01020304);
    assert_memory_equal(header, "\x01\x02\x03\x04", 4);
}

static void add_frame(bytes *b, size_t len)
{
    uint8_t header[IDL_FRAME_HEADER];
    idl_frame_header(header, (uint32_t)len);
    bytes_add(b, header, sizeof header);
    for (size_t i = 0; i < len; i++) {
        uint8_t byte = peer_byte(i + len);
        bytes_add(b, &byte, 1);
    }
}

/* Takes all whole frames and checks that they go on where *at is. */
static void take(idl_frame_decoder *d, const size_t *lens, size_t count, size_t *at)
{
    idl_bytes frame;
    while (idl_frame_decoder_next(d, &frame) == IDL_OK) {
        assert_true(*at < count);
        assert_int_equal(frame.len, lens[*at]);
        for (size_t i = 0; i < frame.len; i++)
            assert_true(frame.data[i] == peer_byte(i + frame.len));
        ++*at;
    }
}

static void feed(idl_frame_decoder *d, const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len + 1);
    memcpy(copy, data, len);
    assert_int_equal(idl_frame_decoder_feed(d, (idl_bytes){ copy, len }), IDL_OK);
    free(copy);
}

static const size_t lens[] = { 3, 0, 1, 0, 0, 100, 5, 4096, 2, 1000, 0 };
enum { LENS = sizeof lens / sizeof *lens };

static bytes sample(void)
{
    bytes b = { 0 };
    for (size_t i = 0; i < LENS; i++)
        add_frame(&b, lens[i]);
    return b;
}

static void test_every_cut(void **state)
{
    (void)state;
    bytes b = sample();
    for (size_t cut = 0; cut <= b.len; cut++) {
        idl_frame_decoder *d = idl_frame_decoder_new(4096);
        size_t at = 0;
        feed(d, b.data, cut);
        if (cut % 2 == 0) /* taken between, or all at the end */
            take(d, lens, LENS, &at);
        feed(d, b.data + cut, b.len - cut);
        take(d, lens, LENS, &at);
        assert_int_equal(at, LENS);
        assert_int_equal(idl_frame_decoder_pending(d), 0);
        idl_frame_decoder_free(d);
    }
    bytes_free(&b);
}

static void test_random_cuts(void **state)
{
    (void)state;
    bytes b = { 0 };
    size_t many[60];
    uint64_t rng = 7;
    for (size_t i = 0; i < 60; i++) {
        many[i] = (size_t)(rnd(&rng) % (i % 10 == 0 ? 200000 : 300));
        add_frame(&b, many[i]);
    }
    for (int run = 0; run < 30; run++) {
        idl_frame_decoder *d = idl_frame_decoder_new(0);
        size_t at = 0;
        for (size_t i = 0; i < b.len;) {
            size_t n = 1 + (size_t)(rnd(&rng) % (run % 3 == 0 ? 50 : 70000));
            n = n < b.len - i ? n : b.len - i;
            feed(d, b.data + i, n);
            i += n;
            if (rnd(&rng) % 3 != 0)
                take(d, many, 60, &at);
        }
        take(d, many, 60, &at);
        assert_int_equal(at, 60);
        idl_frame_decoder_free(d);
    }
    bytes_free(&b);
}

static void test_limit(void **state)
{
    (void)state;
    static const uint8_t fits[] = { 0, 0, 0, 2, 'o', 'k' }, over[] = { 0, 0, 0, 3 };
    static const uint8_t huge[] = { 0xff, 0xff, 0xff, 0xff };
    idl_frame_decoder *d = idl_frame_decoder_new(2);
    idl_bytes frame;
    feed(d, fits, sizeof fits);
    feed(d, over, 3);
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_OK);
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_AGAIN);
    feed(d, over + 3, 1);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_RESOURCE_EXHAUSTED);
        assert_int_equal(frame.len, 0);
        assert_int_equal(idl_frame_decoder_feed(d, (idl_bytes){ fits, sizeof fits }),
                         IDL_RESOURCE_EXHAUSTED);
    }
    idl_frame_decoder_free(d);
    /* The default limit, and the highest; nothing is allocated for a claim. */
    static const size_t limits[] = { 0, SIZE_MAX };
    for (int i = 0; i < 2; i++) {
        d = idl_frame_decoder_new(limits[i]);
        feed(d, huge, 4);
        alloc_fail_at(0);
        assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_RESOURCE_EXHAUSTED);
        assert_int_equal(alloc_count(), 0);
        idl_frame_decoder_free(d);
    }
    d = idl_frame_decoder_new(0);
    uint8_t header[4];
    idl_frame_header(header, IDL_FRAME_LIMIT_DEFAULT);
    feed(d, header, 4);
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_AGAIN);
    idl_frame_decoder_free(d);
    d = idl_frame_decoder_new(0);
    idl_frame_header(header, IDL_FRAME_LIMIT_DEFAULT + 1);
    feed(d, header, 4);
    assert_int_equal(idl_frame_decoder_next(d, &frame), IDL_RESOURCE_EXHAUSTED);
    idl_frame_decoder_free(d);
}

/* A failed feed leaves everything as it was, so it may be repeated. */
static void test_no_memory(void **state)
{
    (void)state;
    bytes b = sample();
    alloc_fail_at(1);
    assert_null(idl_frame_decoder_new(0));
    for (size_t n = 1, failed = 1; failed != 0; n++) {
        alloc_fail_at(0);
        idl_frame_decoder *d = idl_frame_decoder_new(0);
        size_t at = 0;
        failed = 0;
        alloc_fail_at(n);
        for (size_t i = 0; i < b.len;) {
            size_t len = 700 < b.len - i ? 700 : b.len - i;
            size_t pending = idl_frame_decoder_pending(d);
            idl_code code = idl_frame_decoder_feed(d, (idl_bytes){ b.data + i, len });
            if (code == IDL_OK) {
                i += len;
            } else {
                failed++;
                assert_int_equal(code, IDL_RESOURCE_EXHAUSTED);
                assert_int_equal(idl_frame_decoder_pending(d), pending);
            }
            if (i % 3 == 0)
                take(d, lens, LENS, &at);
        }
        take(d, lens, LENS, &at);
        assert_int_equal(at, LENS);
        idl_frame_decoder_free(d);
    }
    alloc_fail_at(0);
    bytes_free(&b);
}

static void test_null(void **state)
{
    (void)state;
    idl_bytes frame;
    idl_frame_decoder_free(NULL);
    assert_int_equal(idl_frame_decoder_feed(NULL, (idl_bytes){ NULL, 0 }), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_frame_decoder_next(NULL, &frame), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_frame_decoder_pending(NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ada),       cmocka_unit_test(test_header),
        cmocka_unit_test(test_every_cut), cmocka_unit_test(test_random_cuts),
        cmocka_unit_test(test_limit),     cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
