/* SPDX-License-Identifier: MIT */
/* messages_test.c: generated structs go over the wire and come back, of every type in every
 * place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "everything_types.h"

static int set_up(void **state)
{
    *state = idl_arena_new();
    return *state == NULL;
}

static int tear_down(void **state)
{
    idl_arena_free(*state);
    return 0;
}

/* Decodes what message is encoded to; encoded again it must be the same bytes. */
static const void *round_trip(idl_arena *arena, const idl_message *type, const void *message)
{
    idl_bytes bytes, again;
    void *copy = idl_arena_alloc(arena, type->size);
    assert_int_equal(idl_encode(type, message, arena, &bytes), IDL_OK);
    assert_int_equal(idl_decode(type, bytes, arena, copy), IDL_OK);
    assert_int_equal(idl_encode(type, copy, arena, &again), IDL_OK);
    assert_int_equal(bytes.len, again.len);
    assert_memory_equal(bytes.data, again.data, bytes.len);
    return copy;
}

static idl_str str(const char *s)
{
    return idl_cstr(s);
}

static idl_bytes bytes(const char *s)
{
    return (idl_bytes){ (const uint8_t *)s, strlen(s) };
}

static void assert_str(idl_str s, const char *expected)
{
    assert_non_null(s.data);
    assert_string_equal(s.data, expected);
    assert_int_equal(s.len, strlen(expected));
}

/* Each number type with its least value, or the greatest where that is zero. */
// clang-format off
#define NUMBERS(X) \
    X(int8, int8_t, INT8_MIN) X(uint8, uint8_t, UINT8_MAX) \
    X(int16, int16_t, INT16_MIN) X(uint16, uint16_t, UINT16_MAX) \
    X(int32, int32_t, INT32_MIN) X(uint32, uint32_t, UINT32_MAX) \
    X(int64, int64_t, INT64_MIN) X(uint64, uint64_t, UINT64_MAX) \
    X(sint32, int32_t, INT32_MIN) X(sint64, int64_t, INT64_MIN) \
    X(fixed32, uint32_t, UINT32_MAX) X(fixed64, uint64_t, UINT64_MAX) \
    X(sfixed32, int32_t, INT32_MIN) X(sfixed64, int64_t, INT64_MIN) \
    X(bool, bool, true)
// clang-format on

static void test_fields(void **state)
{
    const test_everything_point point = { .x = -1, .y = 7 };
    const test_everything_empty empty = { 0 };
#define SET(name, type, value) .f_##name = value,
    const test_everything_singular m = {
        NUMBERS(SET).f_float = -0.0f,
        .f_double = 1e300,
        .f_string = str("h\xc3\xa9"),
        .f_bytes = bytes("\xff"),
        .f_color = TEST_EVERYTHING_COLOR_BLUE,
        .f_point = &point,
        .f_empty = &empty,
    };
    const test_everything_singular *got = round_trip(*state, &test_everything_singular_type, &m);
#define SAME(name, type, value) assert_true(got->f_##name == value);
    NUMBERS(SAME)
    assert_memory_equal(&got->f_float, &m.f_float, sizeof m.f_float);
    assert_true(got->f_double == m.f_double);
    assert_str(got->f_string, "h\xc3\xa9");
    assert_int_equal(got->f_bytes.len, 1);
    assert_int_equal(got->f_color, TEST_EVERYTHING_COLOR_BLUE);
    assert_int_equal(got->f_point->x, -1);
    assert_int_equal(got->f_point->y, 7);
    assert_non_null(got->f_empty);
}

static void test_nothing_is_null_in_an_empty_message(void **state)
{
    test_everything_singular m;
    test_everything_lists lists;
    test_everything_values values;
    assert_int_equal(test_everything_singular_decode(&m, *state, bytes("")), IDL_OK);
    assert_str(m.f_string, "");
    assert_non_null(m.f_bytes.data);
    assert_null(m.f_point);
    assert_int_equal(m.f_color, TEST_EVERYTHING_COLOR_RED);
    assert_int_equal(test_everything_lists_decode(&lists, *state, bytes("")), IDL_OK);
    assert_non_null(lists.f_int8.items);
    assert_non_null(lists.f_point.items);
    assert_non_null(lists.f_string.items);
    assert_int_equal(test_everything_values_decode(&values, *state, bytes("")), IDL_OK);
    assert_non_null(values.f_empty.items);
}

static void test_presence(void **state)
{
#define HAS(name, type, value) .has_f_##name = true,
    const test_everything_optional m = {
        NUMBERS(HAS).has_f_float = true,
        .has_f_string = true,
        .has_f_bytes = true,
        .has_f_color = true,
    };
    const test_everything_optional *got = round_trip(*state, &test_everything_optional_type, &m);
#define PRESENT(name, type, value) assert_true(got->has_f_##name && got->f_##name == 0);
    NUMBERS(PRESENT)
    assert_true(got->has_f_float && got->has_f_string && got->has_f_bytes && got->has_f_color);
    assert_false(got->has_f_double);
    assert_str(got->f_string, "");
    const test_everything_optional none = { 0 };
    got = round_trip(*state, &test_everything_optional_type, &none);
    assert_false(got->has_f_int8 || got->has_f_string || got->has_f_color);
}

static void test_lists(void **state)
{
#define ARRAY(name, type, value) static const type name##_items[] = { 0, value };
    NUMBERS(ARRAY)
    const idl_str strings[] = { str(""), str("b") };
    const enum test_everything_color colors[] = { TEST_EVERYTHING_COLOR_RED,
                                                  TEST_EVERYTHING_COLOR_DARK };
    const test_everything_point points[] = { { .x = 1 }, { .y = 2 } };
#define LIST(name, type, value) .f_##name = { name##_items, 2 },
    const test_everything_lists m = {
        NUMBERS(LIST).f_string = { strings, 2 },
        .f_color = { colors, 2 },
        .f_point = { points, 2 },
    };
    const test_everything_lists *got = round_trip(*state, &test_everything_lists_type, &m);
#define SAME_LIST(name, type, value)          \
    assert_int_equal(got->f_##name.count, 2); \
    assert_true(got->f_##name.items[1] == value);
    NUMBERS(SAME_LIST)
    assert_str(got->f_string.items[1], "b");
    assert_int_equal(got->f_color.items[1], TEST_EVERYTHING_COLOR_DARK);
    assert_int_equal(got->f_point.items[1].y, 2);
    assert_int_equal(got->f_bytes.count, 0);
}

static void test_oneofs(void **state)
{
    test_everything_point point = { .x = 3 };
    test_everything_one_of m = { .one = TEST_EVERYTHING_ONE_OF_ONE_F_POINT, .f_point = &point };
    const test_everything_one_of *got = round_trip(*state, &test_everything_one_of_type, &m);
    assert_int_equal(got->one, TEST_EVERYTHING_ONE_OF_ONE_F_POINT);
    assert_int_equal(got->f_point->x, 3);
    assert_int_equal(got->two, TEST_EVERYTHING_ONE_OF_TWO_NOT_SET);

    m.one = TEST_EVERYTHING_ONE_OF_ONE_F_INT8; /* set, to its default */
    m.f_int8 = 0;
    m.two = TEST_EVERYTHING_ONE_OF_TWO_A;
    m.a = str("two");
    got = round_trip(*state, &test_everything_one_of_type, &m);
    assert_int_equal(got->one, TEST_EVERYTHING_ONE_OF_ONE_F_INT8);
    assert_int_equal(got->two, TEST_EVERYTHING_ONE_OF_TWO_A);
    assert_str(got->a, "two");

    m.one = TEST_EVERYTHING_ONE_OF_ONE_F_POINT; /* but there is none */
    m.f_point = NULL;
    got = round_trip(*state, &test_everything_one_of_type, &m);
    assert_int_equal(got->one, TEST_EVERYTHING_ONE_OF_ONE_NOT_SET);
}

static void test_the_last_of_a_oneof_counts(void **state)
{
    const test_everything_one_of first = { .one = TEST_EVERYTHING_ONE_OF_ONE_F_STRING,
                                           .f_string = str("first") };
    const test_everything_one_of last = { .one = TEST_EVERYTHING_ONE_OF_ONE_F_BOOL,
                                          .f_bool = true };
    uint8_t both[64];
    idl_bytes a, b;
    test_everything_one_of got;
    assert_int_equal(test_everything_one_of_encode(&first, *state, &a), IDL_OK);
    assert_int_equal(test_everything_one_of_encode(&last, *state, &b), IDL_OK);
    assert_true(a.len + b.len <= sizeof both);
    memcpy(both, a.data, a.len);
    memcpy(both + a.len, b.data, b.len);
    assert_int_equal(
        test_everything_one_of_decode(&got, *state, (idl_bytes){ both, a.len + b.len }), IDL_OK);
    assert_int_equal(got.one, TEST_EVERYTHING_ONE_OF_ONE_F_BOOL);
    assert_true(got.f_bool);
}

static void test_maps(void **state)
{
    const idl_int32_by_bool_entry bools[] = { { true, 1 }, { false, 2 } };
    const idl_int32_by_int64_entry longs[] = { { INT64_MIN, 1 }, { 0, 0 } };
    const test_everything_point_by_str_entry points[] = { { str("k"), { .x = 5 } } };
    const test_everything_keys keys = { .f_bool = { bools, 2 },
                                        .f_sint64 = { longs, 2 },
                                        .f_sfixed64 = { longs, 2 },
                                        .p_string = { points, 1 } };
    const test_everything_keys *got = round_trip(*state, &test_everything_keys_type, &keys);
    assert_int_equal(got->f_bool.count, 2);
    assert_int_equal(got->f_bool.items[1].value, 2);
    assert_true(got->f_sint64.items[0].key == INT64_MIN);
    assert_true(got->f_sfixed64.items[0].key == INT64_MIN);
    assert_int_equal(got->p_string.items[0].value.x, 5);
    assert_str(got->p_string.items[0].key, "k");
}

static void test_an_entry_without_key_and_value_is_empty(void **state)
{
    test_everything_values got;
    const uint8_t wire[] = { 0x92, 0x01, 0x00 }; /* field 18, f_string, of length 0 */
    assert_int_equal(test_everything_values_decode(&got, *state, (idl_bytes){ wire, 3 }), IDL_OK);
    assert_int_equal(got.f_string.count, 1);
    assert_str(got.f_string.items[0].key, "");
    assert_str(got.f_string.items[0].value, "");
}

static void test_recursion(void **state)
{
    const test_everything_node leaf = { 0 };
    const test_everything_other other = { .node = &leaf };
    const test_everything_node children[] = { { .other = &other }, { 0 } };
    const test_everything_node_by_int8_entry by_id[] = { { -5, { .next = &leaf } } };
    const test_everything_node m = { .next = &leaf,
                                     .children = { children, 2 },
                                     .by_id = { by_id, 1 } };
    const test_everything_node *got = round_trip(*state, &test_everything_node_type, &m);
    assert_non_null(got->next);
    assert_null(got->next->next);
    assert_int_equal(got->children.count, 2);
    assert_non_null(got->children.items[0].other->node);
    assert_int_equal(got->by_id.items[0].key, -5);
    assert_non_null(got->by_id.items[0].value.next);
    assert_non_null(got->by_id.items[0].value.children.items);
}

static void test_fields_go_out_in_the_order_of_their_numbers(void **state)
{
    const enum test_everything_color colors[] = { TEST_EVERYTHING_COLOR_BLUE };
    const test_everything_numbers m = {
        .c = 1, .o = TEST_EVERYTHING_NUMBERS_O_D, .d = 2, .a = 3, .e = { colors, 1 }
    };
    const uint8_t expected[] = { 0x2a, 0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                 0xff, 0x01, 0x50, 0x03, 0xf0, 0x01, 0x01, 0xc0, 0x02, 0x02 };
    idl_bytes got;
    assert_int_equal(test_everything_numbers_encode(&m, *state, &got), IDL_OK);
    assert_int_equal(got.len, sizeof expected);
    assert_memory_equal(got.data, expected, sizeof expected);
}

static void test_names_of_values(void **state)
{
    (void)state;
    assert_string_equal(test_everything_color_name(TEST_EVERYTHING_COLOR_DARK), "DARK");
    assert_null(test_everything_color_name((enum test_everything_color)12345));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(test_fields),
        TEST(test_nothing_is_null_in_an_empty_message),
        TEST(test_presence),
        TEST(test_lists),
        TEST(test_oneofs),
        TEST(test_the_last_of_a_oneof_counts),
        TEST(test_maps),
        TEST(test_an_entry_without_key_and_value_is_empty),
        TEST(test_recursion),
        TEST(test_fields_go_out_in_the_order_of_their_numbers),
        TEST(test_names_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
