/* SPDX-License-Identifier: MIT */
/* closest_test.c: hints are what was meant, or nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diag.h"

static void expect(const char *name, const char *hint)
{
    const struct str types[] = { STR("string"), STR("uint32"), STR("uint64"), STR("int32"),
                                 STR("bool"),   STR("Item"),   STR("Person") };
    struct str got = diag_closest(str_from(name), types, sizeof types / sizeof *types);
    assert_true(str_is(got, hint));
}

static void finds_slips_of_the_hand(void **state)
{
    (void)state;
    expect("strng", "string");
    expect("stirng", "string");
    expect("String", "string");
    expect("item", "Item");
    expect("uint46", "uint64");
    expect("Preson", "Person");
    expect("bol", "bool");
}

static void says_nothing_where_nothing_is_close(void **state)
{
    (void)state;
    expect("Customer", "");
    expect("xyz", "");
    expect("", "");
    char far[400];
    for (size_t i = 0; i < sizeof far; i++)
        far[i] = 's';
    far[sizeof far - 1] = '\0';
    expect(far, "");
    assert_int_equal(diag_closest(STR("x"), NULL, 0).len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_slips_of_the_hand),
        cmocka_unit_test(says_nothing_where_nothing_is_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
