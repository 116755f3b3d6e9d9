/* SPDX-License-Identifier: MIT */
/* codec_put_test.c: which bytes are written, exactly, and what is refused. */
#include "sample.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The code of encoding *m; on failure the bytes must be empty. */
static idl_code encode(const sample_all *m)
{
    idl_arena *arena = idl_arena_new();
    idl_bytes bytes;
    idl_code code = idl_encode(&sample_all_type, m, arena, &bytes);
    if (code != IDL_OK)
        assert_int_equal(bytes.len, 0);
    assert_non_null(bytes.data);
    idl_arena_free(arena);
    return code;
}

static void test_defaults_are_left_out(void **state)
{
    (void)state;
    sample_all m = sample_empty();
    assert_encodes(&m, "");
    m = (sample_all){ 0 }; /* {NULL, 0} is empty everywhere */
    assert_encodes(&m, "");
}

static void test_scalars(void **state)
{
    (void)state;
    sample_all m = { .f_bool = true,
                     .f_int8 = -128,
                     .f_int16 = 300,
                     .f_int32 = -1,
                     .f_int64 = INT64_MIN,
                     .f_uint8 = 255,
                     .f_uint16 = 65535,
                     .f_uint32 = UINT32_MAX,
                     .f_uint64 = UINT64_MAX,
                     .f_sint32 = INT32_MIN,
                     .f_sint64 = INT64_MIN };
    assert_encodes(&m, "08 01 10 80ffffffffffffffff01 18 ac02 20 ffffffffffffffffff01"
                       "28 80808080808080808001 30 ff01 38 ffff03 40 ffffffff0f"
                       "48 ffffffffffffffffff01 50 ffffffff0f 58 ffffffffffffffffff01");
    m = (sample_all){ .f_sint32 = INT32_MAX, .f_sint64 = INT64_MAX };
    assert_encodes(&m, "50 feffffff0f 58 feffffffffffffffff01");
    m = (sample_all){ .f_sint32 = -1, .f_sint64 = -64 };
    assert_encodes(&m, "50 01 58 7f");
    m = (sample_all){ .f_fixed32 = 0x84030201,
                      .f_fixed64 = UINT64_C(0x8807060504030201),
                      .f_sfixed32 = -2,
                      .f_sfixed64 = -2,
                      .f_float = 1.5F,
                      .f_double = -1.5 };
    assert_encodes(&m, "65 01020384 69 0102030405060788 75 feffffff 79 feffffffffffffff"
                       "8501 0000c03f 8901 000000000000f8bf");
    m = (sample_all){ .f_str = IDL_STR("Ada"),
                      .f_bytes = { (const uint8_t *)"\0\xff", 2 },
                      .f_color = (sample_color)-1 };
    assert_encodes(&m, "9201 03 416461 9a01 02 00ff a001 ffffffffffffffffff01");
}

static void test_every_size_of_varint(void **state)
{
    (void)state;
    for (int bits = 0; bits < 64; bits++) {
        for (int less = 0; less < 2; less++) {
            uint64_t v = (UINT64_C(1) << bits) - (uint64_t)less;
            char digits[64] = "";
            if (v != 0)
                strcpy(digits, "48 ");
            for (uint64_t rest = v; rest != 0;) {
                unsigned byte = rest & 0x7f;
                rest >>= 7;
                char two[3];
                snprintf(two, sizeof two, "%02x", byte | (rest != 0 ? 0x80U : 0U));
                strcat(digits, two);
            }
            sample_all m = { .f_uint64 = v };
            assert_encodes(&m, digits);
        }
    }
}

static void test_negative_zero_and_nan_are_sent(void **state)
{
    (void)state;
    sample_all m = { .f_float = -0.0F, .f_double = -0.0 };
    assert_encodes(&m, "8501 00000080 8901 0000000000000080");
    m = (sample_all){ .f_double = (double)NAN };
    assert_encodes(&m, "8901 000000000000f87f");
}

static void test_presence_sends_defaults(void **state)
{
    (void)state;
    sample_all m = { .has_o_int32 = true,
                     .has_o_str = true,
                     .has_o_bytes = true,
                     .has_o_color = true,
                     .has_o_double = true };
    assert_encodes(&m, "e803 00 f203 00 fa03 00 8004 00 8904 0000000000000000");
    m = (sample_all){ .o_int32 = 5 }; /* has_ rules */
    assert_encodes(&m, "");
}

static void test_oneof(void **state)
{
    (void)state;
    sample_all m = { .choice = SAMPLE_ALL_CHOICE_TEXT };
    assert_encodes(&m, "8a05 00");
    m = (sample_all){ .choice = SAMPLE_ALL_CHOICE_NUMBER, .number = 0 };
    assert_encodes(&m, "9005 00");
    const sample_all child = { .f_bool = true };
    m = (sample_all){ .choice = SAMPLE_ALL_CHOICE_CHILD, .child = &child };
    assert_encodes(&m, "9a05 02 0801");
    m = (sample_all){ .choice = SAMPLE_ALL_CHOICE_KIND, .kind = SAMPLE_COLOR_BLUE };
    assert_encodes(&m, "a005 02");
}

static void test_lists(void **state)
{
    (void)state;
    static const bool bools[] = { true, false, true };
    static const int8_t int8s[] = { -1, 1 };
    static const uint16_t uint16s[] = { 0, 65535 };
    static const int32_t int32s[] = { 1, -1, 300 };
    static const int64_t sint64s[] = { -1, 1, INT64_MIN };
    static const int32_t sint32s[] = { -1, 1, INT32_MIN };
    static const int32_t sfixed32s[] = { -1, 1 };
    static const double doubles[] = { 0, 1.5 };
    static const idl_str strs[] = { IDL_STR("a"), { NULL, 0 }, IDL_STR("c") };
    static const idl_bytes blobs[] = { { NULL, 0 }, { (const uint8_t *)"\xff", 1 } };
    static const sample_color colors[] = { SAMPLE_COLOR_BLUE, SAMPLE_COLOR_RED };
    static const sample_all alls[] = { { .f_bool = true }, { .f_bool = false } };
    sample_all m = { .l_bool = { bools, 3 },
                     .l_int8 = { int8s, 2 },
                     .l_int32 = { int32s, 3 },
                     .l_uint16 = { uint16s, 2 },
                     .l_sint32 = { sint32s, 3 },
                     .l_sint64 = { sint64s, 3 },
                     .l_sfixed32 = { sfixed32s, 2 },
                     .l_double = { doubles, 2 },
                     .l_str = { strs, 3 },
                     .l_bytes = { blobs, 2 },
                     .l_color = { colors, 2 },
                     .l_all = { alls, 2 } };
    assert_encodes(&m, "fa01 03 010001 8202 0b ffffffffffffffffff01 01"
                       "9202 0d 01 ffffffffffffffffff01 ac02 aa02 04 00 ffff03"
                       "c202 07 01 02 ffffffff0f ca02 0c 01 02 ffffffffffffffffff01"
                       "e202 08 ffffffff 01000000 fa02 10 0000000000000000 000000000000f83f"
                       "8203 01 61 8203 00 8203 01 63 8a03 00 8a03 01 ff 9203 02 0200"
                       "9a03 02 0801 9a03 00");
}

static void test_maps(void **state)
{
    (void)state;
    static const idl_int64_by_str_entry entries[] = { { IDL_STR("a"), -1 }, { { NULL, 0 }, 0 } };
    static const sample_all_by_bool_entry alls[] = { { true, { .f_int32 = 5 } } };
    static const idl_double_by_int32_entry doubles[] = { { -1, 0 } };
    sample_all m = { .m_str = { entries, 2 }, .m_bool = { alls, 1 }, .m_sint32 = { doubles, 1 } };
    assert_encodes(&m, "ba04 0e 0a 01 61 10 ffffffffffffffffff01 ba04 04 0a00 1000"
                       "ca04 06 0801 12 02 2005 e204 0b 08 01 11 0000000000000000");
}

static void test_strings_must_be_utf8(void **state)
{
    (void)state;
    const idl_str bad = IDL_STR("0123456789\xed\xa0\x80"), good = IDL_STR("0123456789\xed\x9f\xbf");
    const idl_int64_by_str_entry entry = { bad, 1 };
    const sample_all wrong[] = {
        { .f_str = bad },
        { .o_str = bad, .has_o_str = true },
        { .l_str = { &bad, 1 } },
        { .m_str = { &entry, 1 } },
        { .choice = SAMPLE_ALL_CHOICE_TEXT, .text = bad },
        { .f_str = IDL_STR("\xff") },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(encode(&wrong[i]), IDL_INVALID_ARGUMENT);
    const sample_all right[] = { { .f_str = good }, { .o_str = bad }, { .l_str = { &good, 1 } } };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        assert_int_equal(encode(&right[i]), IDL_OK);
}

/* Lengths around each border of the length prefix, with data that must arrive whole. */
static void test_lengths(void **state)
{
    (void)state;
    static const size_t lengths[] = { 1,    2,     3,     4,     7,     8,       9,      31,
                                      32,   33,    125,   126,   127,   128,     129,    255,
                                      1000, 16381, 16383, 16384, 70000, 2097151, 2097152 };
    idl_arena *arena = idl_arena_new();
    char *text = malloc(2097152);
    for (size_t i = 0; i < 2097152; i++)
        text[i] = (char)('a' + i % 26);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        const idl_str strs[] = { IDL_STR("before"), { text, lengths[i] }, IDL_STR("after") };
        sample_all child = { .f_str = strs[1], .l_str = { strs, 3 } };
        sample_all m = { .f_all = &child, .f_bytes = { (const uint8_t *)text, lengths[i] } }, copy;
        idl_bytes bytes;
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        assert_int_equal(idl_decode(&sample_all_type, bytes, arena, &copy), IDL_OK);
        assert_true(idl_str_equal(copy.f_all->f_str, strs[1]));
        assert_int_equal(copy.f_all->l_str.count, 3);
        for (int k = 0; k < 3; k++)
            assert_true(idl_str_equal(copy.f_all->l_str.items[k], strs[k]));
        assert_int_equal(copy.f_bytes.len, lengths[i]);
        assert_memory_equal(copy.f_bytes.data, text, lengths[i]);
        idl_arena_reset(arena);
    }
    free(text);
    idl_arena_free(arena);
}

static void test_too_large(void **state)
{
    (void)state;
    static const uint8_t byte[1];
    const idl_bytes huge = { byte, (size_t)INT32_MAX + 1 };
    const idl_uint64_list many = { (const uint64_t *)(const void *)idl_nothing, SIZE_MAX / 8 };
    sample_all m = { .f_bytes = huge };
    assert_int_equal(encode(&m), IDL_RESOURCE_EXHAUSTED);
    m = (sample_all){ .f_str = { "", SIZE_MAX } };
    assert_int_equal(encode(&m), IDL_RESOURCE_EXHAUSTED);
    m = (sample_all){ .l_fixed64 = many };
    assert_int_equal(encode(&m), IDL_RESOURCE_EXHAUSTED);
    /* What takes a byte each is looked at where an array can have that many. */
    m = (sample_all){ .l_uint64 = many };
    if (many.count > INT32_MAX)
        assert_int_equal(encode(&m), IDL_RESOURCE_EXHAUSTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults_are_left_out),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_every_size_of_varint),
        cmocka_unit_test(test_negative_zero_and_nan_are_sent),
        cmocka_unit_test(test_presence_sends_defaults),
        cmocka_unit_test(test_oneof),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_maps),
        cmocka_unit_test(test_strings_must_be_utf8),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
