/* SPDX-License-Identifier: MIT */
/* cname_words_test.c: words, identifiers, and the names that others have taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cname_reserved.h"
#include "cname_words.h"

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

static void assert_str(struct str s, const char *expected)
{
    char copy[256] = "";
    assert_true(s.len < sizeof copy);
    for (size_t i = 0; i < s.len; i++)
        copy[i] = s.ptr[i];
    assert_string_equal(copy, expected);
}

static void test_splits_words(void **state)
{
    static const char *const cases[][2] = {
        { "greet", "greet" },
        { "HTTPServer", "http_server" },
        { "HTTP", "http" },
        { "getURL", "get_url" },
        { "userName", "user_name" },
        { "UserID2", "user_id2" },
        { "v2Beta", "v2_beta" },
        { "UInt32List", "u_int32_list" },
        { "sha256Sum", "sha256_sum" },
        { "A", "a" },
        { "ABc", "a_bc" },
        { "snake_case", "snake_case" },
        { "_leading", "leading" },
        { "trailing_", "trailing" },
        { "dou__ble", "dou_ble" },
        { "MAX_ITEMS", "max_items" },
        { "Mixed_Case_Name", "mixed_case_name" },
        { "demo.store", "demo_store" },
        { "my-file.v2", "my_file_v2" },
        { "_", "" },
        { "", "" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_str(words_split(*state, str_from(cases[i][0])), cases[i][1]);
}

static void test_joins_words(void **state)
{
    assert_str(words_join(*state, STR("demo"), STR("item")), "demo_item");
    assert_str(words_join(*state, STR(""), STR("item")), "item");
    assert_str(words_join(*state, STR("demo"), STR("")), "demo");
}

static void test_drops_a_prefix_of_whole_words(void **state)
{
    (void)state;
    assert_str(words_without(STR("color_red"), STR("color")), "red");
    assert_str(words_without(STR("colorful"), STR("color")), "colorful");
    assert_str(words_without(STR("color"), STR("color")), "color");
    assert_str(words_without(STR("red"), STR("color")), "red");
}

static void test_makes_identifiers(void **state)
{
    assert_str(words_identifier(*state, STR("item"), false), "item");
    assert_str(words_identifier(*state, STR("max_items"), true), "MAX_ITEMS");
    assert_str(words_identifier(*state, STR("1"), false), "x1");
    assert_str(words_identifier(*state, STR(""), false), "x");
    assert_str(words_identifier(*state, STR("idl"), false), "idl");
    assert_str(words_identifier(*state, STR("idl_call"), false), "idlcall");
    assert_str(words_identifier(*state, STR("idl_ok"), true), "IDLOK");
    assert_str(words_identifier(*state, STR("idler_x"), false), "idler_x");
}

static void test_knows_what_is_taken(void **state)
{
    static const char *const words[] = { "int",      "bool",     "class",  "co_await",
                                         "restrict", "errno",    "stdin",  "assert",
                                         "unix",     "linux",    "i386",   "xor_eq",
                                         "nullptr",  "uint32_t", "size_t", "typeof_unqual" };
    static const char *const names[] = { "time",     "move",  "index", "signal",  "y0",
                                         "j1",       "EOF",   "NULL",  "SIGINT",  "EINVAL",
                                         "INT8_MAX", "major", "minor", "environ", "printf",
                                         "stat",     "tm",    "I",     "main",    "a64l",
                                         "std" };
    static const char *const free_names[] = { "item", "greet", "name",  "value", "RED",  "",
                                              "zzz",  "store", "color", "reply", "count" };
    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        assert_true(cname_is_word(str_from(words[i])));
        assert_true(cname_is_taken(str_from(words[i])));
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_false(cname_is_word(str_from(names[i])));
        assert_true(cname_is_taken(str_from(names[i])));
    }
    for (size_t i = 0; i < sizeof free_names / sizeof *free_names; i++)
        assert_false(cname_is_taken(str_from(free_names[i])));
}

static void test_tables_are_in_order(void **state)
{
    (void)state;
    assert_true(cname_tables_are_in_order());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_splits_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_joins_words, set_up, tear_down),
        cmocka_unit_test(test_drops_a_prefix_of_whole_words),
        cmocka_unit_test_setup_teardown(test_makes_identifiers, set_up, tear_down),
        cmocka_unit_test(test_knows_what_is_taken),
        cmocka_unit_test(test_tables_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
