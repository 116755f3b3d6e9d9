/* SPDX-License-Identifier: MIT */
/* table_test.c: names and what they stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "table.h"

static void keeps_the_first_of_a_name(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct table *table = table_new(arena);
    int first, second;
    assert_null(table_get(table, STR("a")));
    assert_null(table_put(table, STR("a"), &first));
    assert_ptr_equal(table_put(table, STR("a"), &second), &first);
    assert_ptr_equal(table_get(table, STR("a")), &first);
    assert_null(table_get(table, STR("a\0")));
    assert_null(table_put(table, STR(""), &second));
    assert_ptr_equal(table_get(table, STR("")), &second);
    arena_free(arena);
}

static void grows(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct table *table = table_new(arena);
    static int values[5000];
    for (int i = 0; i < 5000; i++)
        assert_null(table_put(table, arena_printf(arena, "name%d", i), &values[i]));
    for (int i = 0; i < 5000; i++)
        assert_ptr_equal(table_get(table, arena_printf(arena, "name%d", i)), &values[i]);
    assert_null(table_get(table, STR("name5000")));
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_first_of_a_name),
        cmocka_unit_test(grows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
