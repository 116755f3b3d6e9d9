/* SPDX-License-Identifier: MIT */
/* codec_list_test.c: repeated fields and maps: packed, one by one, mixed, resumed. */
#include "decoded.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "codec.h"
#include "codec_kinds.h"

/* Each kind of number: one element, a packed chunk of two, one element, an empty chunk. */
static void test_packed_and_single_mix(void **state)
{
    (void)state;
    assert_recodes("f801 05 fa01 02 0001 f801 00 fa01 00", "fa01 04 01000100");
    assert_recodes("8002 05 8202 02 0102 8002 00 8202 00", "8202 04 05010200");
    assert_recodes("8802 05 8a02 02 0102 8802 00 8a02 00", "8a02 04 05010200");
    assert_recodes("9002 05 9202 0b 01 ffffffffffffffffff01 9002 00 9202 00",
                   "9202 0d 05 01 ffffffffffffffffff01 00");
    assert_recodes("9802 05 9a02 03 01 8001 9802 00 9a02 00", "9a02 05 05 01 8001 00");
    assert_recodes("a002 05 a202 02 0102 a002 00 a202 00", "a202 04 05010200");
    assert_recodes("a802 05 aa02 02 0102 a802 00 aa02 00", "aa02 04 05010200");
    assert_recodes("b002 05 b202 02 0102 b002 00 b202 00", "b202 04 05010200");
    assert_recodes("b802 05 ba02 02 0102 b802 00 ba02 00", "ba02 04 05010200");
    assert_recodes("c002 05 c202 02 0102 c002 00 c202 00", "c202 04 05010200");
    assert_recodes("c802 05 ca02 02 0102 c802 00 ca02 00", "ca02 04 05010200");
    assert_recodes("d502 01000000 d202 08 0200000003000000 d502 04000000 d202 00",
                   "d202 10 01000000020000000300000004000000");
    assert_recodes("d902 0100000000000000 da02 08 0200000000000000 d902 0300000000000000 da02 00",
                   "da02 18 010000000000000002000000000000000300000000000000");
    assert_recodes("e502 01000000 e202 04 ffffffff", "e202 08 01000000ffffffff");
    assert_recodes("e902 0100000000000000 ea02 08 ffffffffffffffff",
                   "ea02 10 0100000000000000ffffffffffffffff");
    assert_recodes("f502 0000803f f202 04 0000c03f", "f202 08 0000803f0000c03f");
    assert_recodes("f902 000000000000f03f fa02 08 000000000000f83f",
                   "fa02 10 000000000000f03f000000000000f83f");
    assert_recodes("9003 05 9203 02 0102 9003 ffffffffffffffffff01",
                   "9203 0d 050102 ffffffffffffffffff01");
}

static void test_a_chunk_holds_whole_elements(void **state)
{
    (void)state;
    assert_decode_fails("9202 01 80");
    assert_decode_fails("9202 02 0180 01");
    assert_decode_fails("9202 02 0180 9202 01 01");
    assert_decode_fails("9202 0b ffffffffffffffffffff01");
    assert_decode_fails("9202 0c 01ffffffffffffffffffff01");
    assert_decode_fails("d202 03 010203");
    assert_decode_fails("d202 05 0102030405");
    assert_decode_fails("da02 04 01020304");
    assert_decode_fails("f202 01 00");
    assert_decode_fails("fa02 07 00000000000000");
    assert_decode_fails("d502 010203");
    assert_decode_fails("d902 01020304050607");
    assert_decode_fails("9002");
    assert_decode_fails("9002 80");
    assert_decode_fails("9202 02 01");
    assert_decode_fails("fa01 01 80");
    assert_decode_fails("9203 01 80");
}

/* Packed numbers of every length in bytes, at every offset, more than one word of them. */
static void test_long_packed_lists(void **state)
{
    (void)state;
    rng r = { 3 };
    for (int round = 0; round < 300; round++) {
        size_t count = (size_t)rng_below(&r, 3000);
        int64_t *v64 = malloc((count + 1) * sizeof *v64);
        int32_t *v32 = malloc((count + 1) * sizeof *v32);
        for (size_t i = 0; i < count; i++) {
            v64[i] = (int64_t)(rng_next(&r) >> (round % 3 == 0 ? 57 : rng_below(&r, 64)));
            v32[i] = (int32_t)(rng_next(&r) >> (round % 3 == 1 ? 57 : rng_below(&r, 64)));
        }
        sample_all out = { .l_int64 = { v64, count },
                           .l_sint64 = { v64, count },
                           .l_int32 = { v32, count },
                           .l_sint32 = { v32, count },
                           .l_fixed64 = { (const uint64_t *)v64, count } };
        idl_bytes bytes;
        assert_int_equal(idl_encode(&sample_all_type, &out, room, &bytes), IDL_OK);
        assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
        assert_int_equal(m.l_int64.count, count);
        assert_memory_equal(m.l_int64.items, v64, count * 8);
        assert_memory_equal(m.l_sint64.items, v64, count * 8);
        assert_memory_equal(m.l_int32.items, v32, count * 4);
        assert_memory_equal(m.l_sint32.items, v32, count * 4);
        assert_int_equal(m.l_fixed64.count, count);
        assert_memory_equal(m.l_fixed64.items, v64, count * 8);
        free(v64);
        free(v32);
        idl_arena_reset(room);
    }
}

static void test_text_and_messages(void **state)
{
    (void)state;
    get("8203 01 61 8203 00 8203 02 6263 8a03 01 ff 9a03 02 0801 9a03 00 8203 01 64");
    assert_int_equal(m.l_str.count, 4);
    assert_string_equal(m.l_str.items[0].data, "a");
    assert_string_equal(m.l_str.items[1].data, "");
    assert_string_equal(m.l_str.items[2].data, "bc");
    assert_string_equal(m.l_str.items[3].data, "d");
    assert_int_equal(m.l_bytes.count, 1);
    assert_int_equal(m.l_all.count, 2);
    assert_true(m.l_all.items[0].f_bool);
    assert_false(m.l_all.items[1].f_bool);
    assert_non_null(m.l_all.items[1].l_str.items);
}

/* Five lists taken up in turn, so that each must move again and again. */
static void test_interleaved_lists(void **state)
{
    (void)state;
    enum { ROUNDS = 3000 };
    uint8_t *wire = malloc(ROUNDS * 40), *p = wire;
    for (unsigned i = 0; i < ROUNDS; i++) {
        const uint8_t low = (uint8_t)(i & 0x7f), high = (uint8_t)(i >> 7);
        const uint8_t round[] = {
            0x90,
            0x02,
            (uint8_t)(low | 0x80),
            high, /* l_int32 */
            0x82,
            0x03,
            2,
            (uint8_t)('a' + i % 26),
            '.', /* l_str */
            0x9a,
            0x03,
            3,
            0x40,
            (uint8_t)(low | 0x80),
            high, /* l_all { f_uint32 } */
            0xba,
            0x04,
            6,
            0x0a,
            1,
            'k',
            0x10,
            (uint8_t)(low | 0x80),
            high, /* m_str */
            0x92,
            0x03,
            2,
            (uint8_t)(low | 0x80),
            high, /* l_color */
        };
        memcpy(p, round, sizeof round);
        p += sizeof round;
    }
    idl_bytes bytes = { wire, (size_t)(p - wire) };
    assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
    free(wire);
    assert_int_equal(m.l_int32.count, ROUNDS);
    assert_int_equal(m.l_str.count, ROUNDS);
    assert_int_equal(m.l_all.count, ROUNDS);
    assert_int_equal(m.m_str.count, ROUNDS);
    assert_int_equal(m.l_color.count, ROUNDS);
    for (unsigned i = 0; i < ROUNDS; i++) {
        assert_int_equal(m.l_int32.items[i], i);
        assert_int_equal(m.l_str.items[i].data[0], 'a' + (int)(i % 26));
        assert_int_equal(m.l_all.items[i].f_uint32, i);
        assert_int_equal(m.m_str.items[i].value, i);
        assert_string_equal(m.m_str.items[i].key.data, "k");
        assert_int_equal((unsigned)m.l_color.items[i], i);
    }
    assert_true(room->taken < 60 * bytes.len + ROUNDS * sizeof(sample_all) * 5);
}

/* A run of elements takes memory once, of the right size, whatever the tag's length. */
static void test_a_run_is_allocated_once(void **state)
{
    (void)state;
    static const uint8_t elements[] = {
        0x12, 1,    'a', 0x12, 0,    0x12, 0x81, 0x00, 'c', /* field 2 three times; a long length */
        0x92, 0x03, 1,   'd',  0x92, 0x03, 0,               /* field 50 twice */
    };
    idl_reader r;
    idl__reader_init(&r, (idl_bytes){ elements, sizeof elements }, room);
    assert_int_equal(idl_get_tag(&r), 0x12);
    assert_int_equal(idl__get_run(&r), 3);
    idl_get_skip(&r, 0x12);
    idl_get_tag(&r);
    assert_int_equal(idl__get_run(&r), 2);
    idl_get_skip(&r, 0x12);
    idl_get_tag(&r);
    idl_get_skip(&r, 0x12);
    assert_int_equal(idl_get_tag(&r), 0x192);
    assert_int_equal(idl__get_run(&r), 2);
}

/* In order; swapped; without a value; without a key; empty; twice inside; unknown inside. */
static void test_map_entries(void **state)
{
    (void)state;
    get("ba04 05 0a01 61 10 01 ba04 05 10 02 0a01 62 ba04 03 0a01 63 ba04 02 10 04 ba04 00"
        "ba04 0a 0a01 78 10 09 0a01 64 10 05 ba04 07 0a01 65 18 07 10 06");
    static const struct {
        const char *key;
        int64_t value;
    } expected[] = { { "a", 1 }, { "b", 2 }, { "c", 0 }, { "", 4 },
                     { "", 0 },  { "d", 5 }, { "e", 6 } };
    assert_int_equal(m.m_str.count, 7);
    for (size_t i = 0; i < 7; i++) {
        assert_string_equal(m.m_str.items[i].key.data, expected[i].key);
        assert_int_equal(m.m_str.items[i].value, expected[i].value);
    }
    get("ca04 00 ca04 02 0801 ca04 04 1202 0801 ca04 08 1202 0801 1202 1005");
    assert_int_equal(m.m_bool.count, 4);
    assert_non_null(m.m_bool.items[0].value.f_str.data);
    assert_true(m.m_bool.items[1].key);
    assert_true(m.m_bool.items[2].value.f_bool);
    assert_true(m.m_bool.items[3].value.f_bool); /* within one entry a struct merges */
    assert_int_equal(m.m_bool.items[3].value.f_int8, 5);
    assert_recodes("d204 05 08ff01 1002 da04 0c 09 0100000000000000 1201 ff",
                   "d204 05 08ff01 1002 da04 0c 09 0100000000000000 1201 ff");
    assert_decode_fails("d204 05 088002 1002"); /* the key's range */
    assert_decode_fails("ba04 05 0a01 61 10");
    assert_decode_fails("ba04 04 0a01 61 10 01");
    assert_decode_fails("ba04 03 0a01 ff");
}

/* What a big-endian machine does with fixed-width lists. */
static void test_turning_elements_around(void **state)
{
    (void)state;
    const uint8_t from[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    uint8_t to[8];
    idl__copy_turned(to, from, 8, 4);
    assert_memory_equal(to, "\4\3\2\1\10\7\6\5", 8);
    idl__copy_turned(to, from, 8, 8);
    assert_memory_equal(to, "\10\7\6\5\4\3\2\1", 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_packed_and_single_mix), TEST(test_a_chunk_holds_whole_elements),
        TEST(test_long_packed_lists),     TEST(test_text_and_messages),
        TEST(test_interleaved_lists),     TEST(test_a_run_is_allocated_once),
        TEST(test_map_entries),           TEST(test_turning_elements_around),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
