/* SPDX-License-Identifier: MIT */
/* codec_get_test.c: what is read from which bytes: the rules of proto3, one by one. */
#include "decoded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_scalars(void **state)
{
    (void)state;
    get("08 01 10 80ffffffffffffffff01 18 80ff01 20 ffffffffffffffffff01 28 ffffffffffffffff7f"
        "30 ff01 38 ffff03 40 ffffffff0f 48 ffffffffffffffffff01");
    assert_true(m.f_bool);
    assert_int_equal(m.f_int8, -128);
    assert_int_equal(m.f_int16, 32640);
    assert_int_equal(m.f_int32, -1);
    assert_int_equal(m.f_int64, INT64_MAX);
    assert_int_equal(m.f_uint8, 255);
    assert_int_equal(m.f_uint16, 65535);
    assert_true(m.f_uint32 == UINT32_MAX);
    assert_true(m.f_uint64 == UINT64_MAX);
    get("50 01 58 ffffffffffffffffff01 65 01020384 69 0102030405060788 75 ffffffff"
        "79 0000000000000080 8501 0000c03f 8901 000000000000f8bf");
    assert_int_equal(m.f_sint32, -1);
    assert_int_equal(m.f_sint64, INT64_MIN);
    assert_true(m.f_fixed32 == 0x84030201);
    assert_true(m.f_fixed64 == UINT64_C(0x8807060504030201));
    assert_int_equal(m.f_sfixed32, -1);
    assert_int_equal(m.f_sfixed64, INT64_MIN);
    assert_true(m.f_float == 1.5F);
    assert_true(m.f_double == -1.5);
    get("9201 03 41 64 61 9a01 02 00ff a001 07");
    assert_string_equal(m.f_str.data, "Ada");
    assert_int_equal(m.f_str.len, 3);
    assert_bytes(m.f_bytes, "00ff");
    assert_int_equal((int)m.f_color, 7); /* enums are open */
    get("a001 ffffffffffffffffff01");
    assert_int_equal((int)m.f_color, -1);
}

static void test_absent_is_empty_not_null(void **state)
{
    (void)state;
    get("");
    assert_string_equal(m.f_str.data, "");
    assert_non_null(m.f_bytes.data);
    assert_non_null(m.l_str.items);
    assert_non_null(m.l_all.items);
    assert_non_null(m.m_str.items);
    assert_null(m.f_all);
    assert_int_equal(m.choice, SAMPLE_ALL_CHOICE_NOT_SET);
    get("9201 00 9a01 00"); /* present and empty */
    assert_string_equal(m.f_str.data, "");
    assert_non_null(m.f_bytes.data);
    idl_bytes nothing = { NULL, 0 };
    assert_int_equal(idl_decode(&sample_all_type, nothing, room, &m), IDL_OK);
}

static void test_presence(void **state)
{
    (void)state;
    get("e803 00 f203 00 fa03 00 8004 00 8904 0000000000000000");
    assert_true(m.has_o_int32 && m.has_o_str && m.has_o_bytes && m.has_o_color && m.has_o_double);
    assert_string_equal(m.o_str.data, "");
    get("");
    assert_false(m.has_o_int32 || m.has_o_str || m.has_o_bytes || m.has_o_color || m.has_o_double);
    assert_string_equal(m.o_str.data, "");
}

static void test_narrow_types_are_truncated_as_protobuf_does(void **state)
{
    (void)state;
    get("20 ffffffff1f"); /* 2^33 - 1 */
    assert_int_equal(m.f_int32, -1);
    get("20 81808080808080808001"); /* INT64_MIN + 1 */
    assert_int_equal(m.f_int32, 1);
    get("40 81808080808080808001");
    assert_int_equal(m.f_uint32, 1);
    get("50 8180808010"); /* 2^32 + 1: truncated first, then zigzag */
    assert_int_equal(m.f_sint32, -1);
    get("08 8080808020"); /* 2^33 */
    assert_true(m.f_bool);
    get("08 80808080808080808001"); /* INT64_MIN */
    assert_true(m.f_bool);
    get("08 8000");
    assert_false(m.f_bool);
}

static void test_8_and_16_bits_are_range_checked(void **state)
{
    (void)state;
    get("10 7f 18 ffff01 30 00 38 00");
    assert_int_equal(m.f_int8, 127);
    assert_int_equal(m.f_int16, 32767);
    get("10 80ffffffffffffffff01 18 8080feffffffffffff01");
    assert_int_equal(m.f_int8, -128);
    assert_int_equal(m.f_int16, -32768);
    assert_decode_fails("10 8001");
    assert_decode_fails("10 fffeffffffffffffff01"); /* -129 */
    assert_decode_fails("10 ff01");
    assert_decode_fails("18 808002");
    assert_decode_fails("18 fffffdffffffffffff01"); /* -32769 */
    assert_decode_fails("30 8002");
    assert_decode_fails("30 ffffffffffffffffff01");
    assert_decode_fails("38 808004");
    assert_decode_fails("fa01 01 00 8202 02 8001"); /* lists as well */
    assert_decode_fails("8002 8001");
    assert_decode_fails("aa02 03 808004");
    assert_decode_fails("a202 02 8002");
}

static void test_overlong_varints(void **state)
{
    (void)state;
    get("28 b9e000");
    assert_int_equal(m.f_int64, 12345);
    get("28 b9e0808080808000");
    assert_int_equal(m.f_int64, 12345);
    get("28 b9e08080808080808000");
    assert_int_equal(m.f_int64, 12345);
    get("28 b9e08080808080808000 08 01"); /* with more behind it, another path */
    assert_int_equal(m.f_int64, 12345);
    get("28 81808080808080807f 08 01 08 01 08 01");
    assert_true(m.f_int64 == INT64_C(0x7f00000000000001));
    assert_decode_fails("28 8080808080808080808000");
    assert_decode_fails("28 8080808080808080808000 08 01 08 01");
    assert_decode_fails("28 ffffffffffffffffffff01");
    get("9201 8380808000 41 64 61"); /* an overlong length */
    assert_string_equal(m.f_str.data, "Ada");
}

static void test_tags(void **state)
{
    (void)state;
    get("f8ffffff0f 01"); /* the highest field number: 2^29 - 1 */
    get("8800 01");       /* overlong: field 1 */
    assert_true(m.f_bool);
    get("8880808000 01");
    assert_true(m.f_bool);
    assert_decode_fails("00");
    assert_decode_fails("00 00");
    assert_decode_fails("07 00");
    assert_decode_fails("8000 00");
    assert_decode_fails("888080808000 01"); /* six bytes */
    assert_decode_fails("f8ffffff1f 01");   /* bit 32 */
    assert_decode_fails("0e 00");           /* wire type 6 */
    assert_decode_fails("0f 00");           /* wire type 7 */
    assert_decode_fails("f6ffffff0f 00");
    assert_decode_fails("88");
    assert_decode_fails("8880");
}

static void test_unknown_fields_are_skipped(void **state)
{
    (void)state;
    get("c03e 9601 c13e 0102030405060708 c23e 03 010203 c53e 01020304 08 01");
    assert_true(m.f_bool);
    assert_decode_fails("c03e 96");
    assert_decode_fails("c13e 01020304050607");
    assert_decode_fails("c23e 03 0102");
    assert_decode_fails("c23e ffffffff0f");
    assert_decode_fails("c23e ffffffffffffffffff01");
    assert_decode_fails("c53e 010203");
    assert_decode_fails("c03e 8080808080808080808000");
}

static void test_another_wire_type_is_unknown(void **state)
{
    (void)state;
    get("09 0102030405060708 0a 01 00 0d 01020304"); /* bool */
    assert_false(m.f_bool);
    get("9001 05 9501 01020304"); /* string */
    assert_int_equal(m.f_str.len, 0);
    get("a801 05"); /* a struct */
    assert_null(m.f_all);
    get("9502 01020304 9102 0102030405060708"); /* list<int32>: neither form */
    assert_int_equal(m.l_int32.count, 0);
    get("9805 01"); /* a struct of a oneof */
    assert_int_equal(m.choice, SAMPLE_ALL_CHOICE_NOT_SET);
}

static void test_groups(void **state)
{
    (void)state;
    get("0b 0c 08 01"); /* field 1 as an empty group: unknown */
    get("c33e 08 01 1b 10 05 1c c43e 08 01");
    assert_true(m.f_bool);
    assert_int_equal(m.f_int8, 0); /* the one inside is not ours */
    get("c33e ca3e 02 0c0c c43e");
    assert_decode_fails("0b");
    assert_decode_fails("0b 08");
    assert_decode_fails("0b 08 01");
    assert_decode_fails("0b 14");       /* ends with another number */
    assert_decode_fails("0b 13 0c 14"); /* crossed */
    assert_decode_fails("0c");          /* never begun */
    assert_decode_fails("08 01 c43e");
    assert_decode_fails("aa01 01 0c");
    assert_decode_fails("aa01 01 0b 0c"); /* not across the message's end */
    assert_decode_fails("0b 00 0c");
    assert_decode_fails("0b 0e 0c");
}

static void test_last_one_wins(void **state)
{
    (void)state;
    get("08 01 08 00 9201 01 61 9201 02 62 63 e803 05 e803 00");
    assert_false(m.f_bool);
    assert_string_equal(m.f_str.data, "bc");
    assert_true(m.has_o_int32);
    assert_int_equal(m.o_int32, 0);
}

static void test_lengths(void **state)
{
    (void)state;
    assert_decode_fails("9201 01");
    assert_decode_fails("9201 04 414141");
    assert_decode_fails("9a01 ffffffff07");              /* INT32_MAX */
    assert_decode_fails("9a01 8080808008");              /* and one more */
    assert_decode_fails("9a01 ffffffff0f");              /* UINT32_MAX */
    assert_decode_fails("9a01 ffffffffffffffffff01");    /* UINT64_MAX */
    assert_decode_fails("aa01 ffffffffffffffffff01 08"); /* a message */
    assert_decode_fails("aa01 02 08");
    assert_decode_fails("aa01 01 08 01"); /* the value lies outside */
    assert_decode_fails("d202 ffffffffffffffffff01 01");
    assert_decode_fails("9202 8080808080808080808001");
}

/* Of a string in each place where one can stand. */
static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *digits;
        bool good;
    } cases[] = {
        { "41", true },        { "7f", true },        { "c280", true },      { "dfbf", true },
        { "e0a080", true },    { "ed9fbf", true },    { "ee8080", true },    { "efbfbf", true },
        { "f0908080", true },  { "f48fbfbf", true },  { "00", true },        { "80", false },
        { "bf", false },       { "c0af", false },     { "c1bf", false },     { "c2", false },
        { "c241", false },     { "c2c2", false },     { "e08080", false },   { "e09fbf", false },
        { "eda080", false },   { "edbfbf", false },   { "e282", false },     { "e28241", false },
        { "e24182", false },   { "f0808080", false }, { "f08fbfbf", false }, { "f4908080", false },
        { "f5808080", false }, { "ff", false },       { "fe", false },       { "f09f98", false },
        { "f09f9841", false }, { "f8888080", false },
    };
    static const char *const paddings[] = { "", "61", "6161616161", "61616161616161616161",
                                            "c3a461616161616161616161616161616161616161" };
    static const char *const wraps[] = { "9201", "f203", "8203", "8a05" };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (size_t k = 0; k < 5 * 5 * 4; k++) {
            const char *before = paddings[k % 5], *after = paddings[k / 5 % 5];
            size_t len = (strlen(before) + strlen(cases[i].digits) + strlen(after)) / 2;
            char text[256], entry[300];
            snprintf(text, sizeof text, "%s %02x %s%s%s", wraps[k / 25], (unsigned)len, before,
                     cases[i].digits, after);
            if (cases[i].good)
                get(text);
            else
                assert_decode_fails(text);
            if (k >= 25)
                continue;
            snprintf(entry, sizeof entry, "ba04 %02x 0a %02x %s%s%s", (unsigned)len + 2,
                     (unsigned)len, before, cases[i].digits, after); /* a key */
            if (cases[i].good)
                get(entry);
            else
                assert_decode_fails(entry);
        }
    }
}

static void test_strings_end_in_nul_and_bytes_are_views(void **state)
{
    (void)state;
    uint8_t wire[2 * (3 + 70)];
    for (size_t len = 0; len < 70; len++) {
        idl_arena_reset(room);
        memcpy(wire, "\x92\x01", 2);
        wire[2] = (uint8_t)len;
        memset(wire + 3, 'x', len);
        memcpy(wire + 3 + len, "\x9a\x01", 2);
        wire[5 + len] = (uint8_t)len;
        memset(wire + 6 + len, 'y', len);
        idl_bytes bytes = { wire, 6 + 2 * len };
        assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
        assert_int_equal(strlen(m.f_str.data), len);
        assert_int_equal(m.f_str.len, len);
        assert_memory_equal(m.f_str.data, wire + 3, len);
        assert_true(m.f_str.data[0] == 0 || (const uint8_t *)m.f_str.data != wire + 3);
        assert_ptr_equal(m.f_bytes.data, wire + 6 + len);
        assert_int_equal(m.f_bytes.len, len);
    }
}

static void test_special_floats_survive(void **state)
{
    (void)state;
    static const char *const same[] = {
        "8501 00000080",         /* -0.0 */
        "8501 0100c07f",         /* NaN with a payload */
        "8501 000080ff",         /* -infinity */
        "8901 0000000000000080", /* -0.0 */
        "8901 010000000000f87f", /* NaN */
    };
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_recodes(same[i], same[i]);
    assert_recodes("8501 00000000 8901 0000000000000000", "");
}

static void test_too_much_and_no_arena(void **state)
{
    (void)state;
    static const uint8_t byte[1];
    idl_bytes huge = { byte, (size_t)INT32_MAX + 1 };
    assert_int_equal(idl_decode(&sample_all_type, huge, room, &m), IDL_INVALID_ARGUMENT);
    idl_bytes one = { byte, 0 };
    assert_int_equal(idl_decode(&sample_all_type, one, NULL, &m), IDL_RESOURCE_EXHAUSTED);
    assert_memory_equal(&m, sample_all_type.empty, sizeof m);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scalars),
        TEST(test_absent_is_empty_not_null),
        TEST(test_presence),
        TEST(test_narrow_types_are_truncated_as_protobuf_does),
        TEST(test_8_and_16_bits_are_range_checked),
        TEST(test_overlong_varints),
        TEST(test_tags),
        TEST(test_unknown_fields_are_skipped),
        TEST(test_another_wire_type_is_unknown),
        TEST(test_groups),
        TEST(test_last_one_wins),
        TEST(test_lengths),
        TEST(test_utf8),
        TEST(test_strings_end_in_nul_and_bytes_are_views),
        TEST(test_special_floats_survive),
        TEST(test_too_much_and_no_arena),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
