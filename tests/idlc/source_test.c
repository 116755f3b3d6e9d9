/* SPDX-License-Identifier: MIT */
/* source_test.c: texts, lines and columns. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "source.h"

static int setup(void **state)
{
    *state = arena_new();
    return 0;
}

static int teardown(void **state)
{
    arena_free(*state);
    return 0;
}

static void expect_place(const struct source *source, uint32_t offset, size_t line, size_t column)
{
    struct position place = source_position(source, offset);
    assert_int_equal(place.line, line);
    assert_int_equal(place.column, column);
}

static void places_count_characters(void **state)
{
    struct source *source = source_from(*state, STR("x"), STR("a\n\tä\xe2\x82\xac;\r\n\nz"));
    expect_place(source, 0, 1, 1);
    expect_place(source, 1, 1, 2);
    expect_place(source, 2, 2, 1);
    expect_place(source, 3, 2, 2); /* behind the tab */
    expect_place(source, 5, 2, 3); /* behind two bytes of one letter */
    expect_place(source, 8, 2, 4);
    expect_place(source, 11, 3, 1);
    expect_place(source, 12, 4, 1);
    expect_place(source, 13, 4, 2);   /* the end of the file */
    expect_place(source, 9999, 4, 2); /* and what lies behind it */
}

static void lines_come_without_their_ends(void **state)
{
    struct source *source = source_from(*state, STR("x"), STR("one\r\ntwo\n\n"));
    assert_int_equal(source->line_count, 4);
    assert_true(str_is(source_line(source, 1), "one"));
    assert_true(str_is(source_line(source, 2), "two"));
    assert_true(str_is(source_line(source, 3), ""));
    assert_true(str_is(source_line(source, 4), ""));
    assert_true(str_is(source_line(source, 5), ""));
    assert_true(str_is(source_line(source, 0), ""));
}

static void spans_outside_are_empty(void **state)
{
    struct source *source = source_from(*state, STR("x"), STR("hello"));
    assert_true(str_is(span_text((struct span){ source, 1, 3 }), "el"));
    assert_true(str_is(span_text((struct span){ source, 3, 3 }), ""));
    assert_true(str_is(span_text((struct span){ source, 3, 9 }), ""));
    assert_true(str_is(span_text((struct span){ NULL, 0, 0 }), ""));
}

static void loads_a_file_without_its_byte_order_mark(void **state)
{
    char path[] = "/tmp/source_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "\xEF\xBB\xBFhi\0!", 7), 7);
    close(fd);
    struct str error = STR("");
    struct source *source = source_load(*state, str_from(path), &error);
    unlink(path);
    assert_non_null(source);
    assert_true(str_eq(source->text, STR("hi\0!")));
    assert_true(str_is(source->name, path));
}

static void says_why_it_cannot_load(void **state)
{
    struct str error = STR("");
    assert_null(source_load(*state, STR("/nonexistent/x.idl"), &error));
    assert_true(str_is(error, "No such file or directory"));
    assert_null(source_load(*state, STR("/tmp"), &error));
    assert_true(str_is(error, "Is a directory"));
    assert_null(source_load(*state, STR("/tmp\0/x"), &error));
    assert_true(str_is(error, "the path contains a NUL byte"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(places_count_characters), TEST(lines_come_without_their_ends),
        TEST(spans_outside_are_empty), TEST(loads_a_file_without_its_byte_order_mark),
        TEST(says_why_it_cannot_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
