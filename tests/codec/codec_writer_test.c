/* SPDX-License-Identifier: MIT */
/* codec_writer_test.c: writers that are kept and used again, as a connection does. */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "codec.h"

static void put_u8(idl_writer *w, uint8_t v)
{
    idl__put_raw(w, (idl_bytes){ &v, 1 });
}

static void put_be32(idl_writer *w, uint32_t v)
{
    const uint8_t bytes[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                              (uint8_t)v };
    idl__put_raw(w, (idl_bytes){ bytes, sizeof bytes });
}

static void test_a_frame_from_its_end(void **state)
{
    (void)state;
    idl_writer w;
    idl__writer_init(&w);
    assert_int_equal(idl__writer_bytes(&w).len, 0);
    for (int round = 0; round < 3; round++) {
        const sample_all m = { .f_bool = true };
        idl_put_message(&w, IDL_TAG(3, IDL_LEN), sample_all_type.put, &m);
        idl_put_str(&w, IDL_TAG(1, IDL_LEN), (idl_str)IDL_STR("svc"));
        idl__put_raw(&w, (idl_bytes){ (const uint8_t *)"\xaa\xbb", 2 });
        idl__put_raw(&w, (idl_bytes){ NULL, 0 });
        put_u8(&w, 1);
        put_be32(&w, 0x01020304);
        assert_bytes(idl__writer_bytes(&w), "01020304 01 aabb 0a 03 737663 1a 02 0801");
        assert_int_equal(w.status, IDL_OK);
        idl__writer_reset(&w);
        assert_int_equal(idl__writer_bytes(&w).len, 0);
    }
    idl__writer_fini(&w);
}

/* Every kind of write at every fill of the buffer: each must come upon its end. */
static void test_growing_at_every_byte(void **state)
{
    (void)state;
    rng r = { 6 };
    for (int round = 0; round < 400; round++) {
        idl_writer w;
        idl__writer_init(&w);
        uint8_t expected[4096], *e = expected + sizeof expected;
        while (e - expected > 100) {
            static const uint8_t raw[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13 };
            size_t len = (size_t)rng_below(&r, 13);
            switch (rng_below(&r, 7)) {
            case 0:
                put_u8(&w, 9);
                *--e = 9;
                break;
            case 1:
                put_be32(&w, 7);
                e -= 4;
                memcpy(e, "\0\0\0\7", 4);
                break;
            case 2:
                idl_put_varint(&w, 8, 1);
                e -= 2;
                memcpy(e, "\x08\x01", 2);
                break;
            case 3:
                idl_put_varint(&w, UINT32_MAX, UINT64_MAX);
                e -= 15;
                memcpy(e, "\xff\xff\xff\xff\x0f\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 15);
                break;
            case 4:
                idl_put_fixed64(&w, 0x80, 1);
                e -= 10;
                memcpy(e, "\x80\x01\1\0\0\0\0\0\0\0", 10);
                break;
            case 5:
                idl_put_fixed32(&w, 8, 1);
                e -= 5;
                memcpy(e, "\x08\1\0\0\0", 5);
                break;
            default:
                idl_put_bytes(&w, 10, (idl_bytes){ raw, len });
                e -= len;
                memcpy(e, raw, len);
                *--e = (uint8_t)len;
                *--e = 10;
                break;
            }
        }
        idl_bytes bytes = idl__writer_bytes(&w);
        assert_int_equal(bytes.len, expected + sizeof expected - e);
        assert_memory_equal(bytes.data, e, bytes.len);
        idl__writer_fini(&w);
    }
}

static void test_a_huge_buffer_is_given_back(void **state)
{
    (void)state;
    idl_writer w;
    idl__writer_init(&w);
    const size_t size = 4 << 20;
    uint8_t *data = calloc(1, size);
    idl__put_raw(&w, (idl_bytes){ data, 1000 });
    idl__writer_reset(&w);
    assert_non_null(w.buffer);
    alloc_fail_at(0);
    idl__put_raw(&w, (idl_bytes){ data, 1000 });
    assert_int_equal(alloc_count(), 0); /* kept */
    idl__put_raw(&w, (idl_bytes){ data, size });
    assert_int_equal(idl__writer_bytes(&w).len, size + 1000);
    idl__writer_reset(&w);
    assert_null(w.buffer); /* given back */
    put_u8(&w, 1);
    assert_bytes(idl__writer_bytes(&w), "01");
    idl__writer_fini(&w);
    free(data);
}

static void test_errors_stick_until_the_reset(void **state)
{
    (void)state;
    idl_writer w;
    idl__writer_init(&w);
    idl_put_varint(&w, 8, 1);
    idl_put_str(&w, 10, (idl_str)IDL_STR("\xff"));
    assert_int_equal(w.status, IDL_INVALID_ARGUMENT);
    const sample_all m = { .f_str = IDL_STR("x") };
    const uint32_t number = 1;
    for (int i = 0; i < 100; i++) { /* whatever comes now, nothing is written */
        idl_put_varint(&w, 8, 1);
        idl_put_fixed32(&w, 13, 1);
        idl_put_fixed64(&w, 9, 1);
        idl_put_message(&w, 10, sample_all_type.put, &m);
        idl_put_bytes(&w, 10, (idl_bytes){ (const uint8_t *)&number, 4 });
        idl_put_uint32_list(&w, 10, (idl_uint32_list){ &number, 1 });
        idl_put_fixed32_list(&w, 10, (idl_uint32_list){ &number, 1 });
        put_u8(&w, 1);
        put_be32(&w, 1);
    }
    assert_int_equal(w.status, IDL_INVALID_ARGUMENT);
    assert_int_equal(idl__writer_bytes(&w).len, 0);
    idl__writer_reset(&w);
    idl_put_varint(&w, 8, 1);
    assert_int_equal(w.status, IDL_OK);
    assert_bytes(idl__writer_bytes(&w), "0801");
    idl__writer_fini(&w);
}

static void test_no_memory(void **state)
{
    (void)state;
    idl_writer w;
    idl__writer_init(&w);
    alloc_fail_at(1);
    put_u8(&w, 1);
    put_u8(&w, 1);
    alloc_fail_at(0);
    assert_int_equal(w.status, IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl__writer_bytes(&w).len, 0);
    idl__writer_reset(&w);
    put_u8(&w, 1);
    assert_bytes(idl__writer_bytes(&w), "01");
    static const uint64_t many[5000];
    alloc_fail_at(1); /* while a list is under way */
    idl_put_uint64_list(&w, 10, (idl_uint64_list){ many, 5000 });
    alloc_fail_at(0);
    assert_int_equal(w.status, IDL_RESOURCE_EXHAUSTED);
    idl__writer_fini(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_frame_from_its_end),
        cmocka_unit_test(test_growing_at_every_byte),
        cmocka_unit_test(test_a_huge_buffer_is_given_back),
        cmocka_unit_test(test_errors_stick_until_the_reset),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
