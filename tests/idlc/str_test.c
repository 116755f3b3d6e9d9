/* SPDX-License-Identifier: MIT */
/* str_test.c: counted strings and growing text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "str.h"

static void compares_by_bytes_then_length(void **state)
{
    (void)state;
    assert_true(str_eq(STR("abc"), str_from("abc")));
    assert_false(str_eq(STR("abc"), STR("abcd")));
    assert_true(str_eq((struct str){ NULL, 0 }, STR("")));
    assert_true(str_cmp(STR("ab"), STR("abc")) < 0);
    assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
    assert_int_equal(str_cmp(STR("a\0b"), STR("a\0b")), 0);
    assert_true(str_cmp(STR("a\0b"), STR("a\0c")) < 0);
}

static void knows_both_ends(void **state)
{
    (void)state;
    assert_true(str_starts(STR("idl_x"), STR("idl_")));
    assert_false(str_starts(STR("id"), STR("idl_")));
    assert_true(str_starts(STR("x"), STR("")));
    assert_true(str_ends(STR("a.idl"), STR(".idl")));
    assert_false(str_ends(STR("idl"), STR(".idl")));
    assert_true(str_ends(STR(""), STR("")));
}

static void text_grows_and_stays_terminated(void **state)
{
    (void)state;
    struct text text = { 0 };
    assert_string_equal(text_str(&text).ptr, "");
    for (int i = 0; i < 1000; i++)
        text_addf(&text, "%d,", i);
    text_addc(&text, '!');
    text_add(&text, (struct str){ NULL, 0 });
    assert_int_equal(text.len, 10 * 2 + 90 * 3 + 900 * 4 + 1);
    assert_int_equal(text.ptr[text.len], '\0');
    assert_true(str_ends(text_str(&text), STR("998,999,!")));
    text_free(&text);
    assert_int_equal(text.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_by_bytes_then_length),
        cmocka_unit_test(knows_both_ends),
        cmocka_unit_test(text_grows_and_stays_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
