/* SPDX-License-Identifier: MIT */
/* limits_test.c: texts that are too much, in one way or another, are refused at the place and in
 * time that grows with their size only. Each is large enough for anything worse to be noticed by
 * the test's time limit. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parser.h"
#include "stages.h"

/* begin, count times middle, end: compiled; what comes first of what is said, and how much. */
static void expect(const char *begin, const char *middle, size_t count, const char *end,
                   const char *first, size_t most_errors)
{
    struct text text = { 0 };
    text_add(&text, str_from(begin));
    for (size_t i = 0; i < count; i++)
        text_add(&text, str_from(middle));
    text_add(&text, str_from(end));

    char path[] = "/tmp/limits_test_XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    fclose(file);
    text_free(&text);

    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    struct str paths[] = { str_from(path) };
    struct frontend_options options = { .paths = paths, .path_count = 1 };
    check_schema(diag, frontend_load(arena, diag, &options));
    remove(path);

    char *said = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&said, &size);
    diag_flush(diag, out);
    fclose(out);
    const char *message = strstr(said, "error: ");
    if (*first == '\0')
        assert_null(message);
    else if (!message || strncmp(message + 7, first, strlen(first)) != 0)
        assert_string_equal(said, first);
    assert_true(diag_errors(diag) <= most_errors);
    assert_true(size < 40000);
    free(said);
    arena_free(arena);
}

static void types_have_a_depth(void **state)
{
    (void)state;
    expect("struct A < ", "list<", 100000, " a; >", "'<' is never closed", 2);
    expect("struct A < list<list<string>> a; ", "", 0, ">", "a list cannot hold a list", 1);
}

static void closed_types_have_one_too(void **state)
{
    (void)state;
    struct text closers = { 0 };
    for (int i = 0; i < 100000; i++)
        text_addc(&closers, '>');
    text_add(&closers, STR(" a; string b; >"));
    expect("struct A < ", "map<string,", 100000, closers.ptr, "type is nested too deeply", 1);
    text_free(&closers);
}

static void brackets_do_not_pile_up(void **state)
{
    (void)state;
    expect("", "<", 1000000, "", "expected 'struct'", 1);
    expect("", ">", 1000000, "", "'>' closes nothing", 1);
    expect("service A < f", "(", 1000000, "", "'<' is never closed", 2);
    expect("struct A ", "< oneof x ", 100000, "", "'<' is never closed", 3);
    expect("", "struct A < ", 100000, "", "'<' is never closed", 50000);
    expect("", "@", 1000000, "", "expected a name", 1);
    expect("const int32 A = ", "-", 1000000, "1;", "expected a", 1);
}

static void names_have_a_length(void **state)
{
    (void)state;
    expect("struct ", "A", 1000000, " < >", "name has 1000000 letters, more than 255", 1);
    expect("struct A < ", "b.", 1000000, "c d; >", "dotted name of more than 511 letters", 1);
    expect("struct ", "A", 255, " < >", "", 0);
}

static void bytes_that_are_no_text(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    char *nuls = arena_alloc(arena, 3000000);
    parse_source(arena, diag, source_from(arena, STR("x"), (struct str){ nuls, 3000000 }));
    assert_int_equal(diag_errors(diag), 1);
    arena_free(arena);
    expect("", "\xff", 3000000, "", "invalid UTF-8 byte 0xFF", 1);
    expect("/*", "*", 3000000, "", "comment is never closed", 1);
    expect("", ";", 1000000, "", "", 0);
    expect("", "/// doc\n", 300000, "struct A < >", "", 0);
}

static void many_errors_stay_few_lines(void **state)
{
    (void)state;
    expect("struct A < ", "Strin a; ", 50000, ">", "unknown type 'Strin'", 100000);
    expect("enum A < ", "B, ", 100000, ">", "expected ';' after enum value, found ','", 100000);
    expect("struct A < ", "string a 5; ", 50000, ">", "expected '=' or ';'", 50000);
}

static void files_have_a_size(void **state)
{
    (void)state;
    expect("", "; // nothing here but a very long file ........................\n", 300000, "",
           "cannot read", 1);
}

/* A constant that is taken from the next, a hundred thousand times. */
static void chains_of_constants_are_no_recursion(void **state)
{
    (void)state;
    struct text text = { 0 };
    for (int i = 0; i < 100000; i++)
        text_addf(&text, "const int32 C%d = C%d;\n", i, i + 1);
    expect(text.ptr, "", 0, "const int32 C100000 = 5;", "", 0);
    expect(text.ptr, "", 0, "const int32 C100000 = C7;", "constant 'C7' is defined by itself", 1);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_have_a_depth),
        cmocka_unit_test(closed_types_have_one_too),
        cmocka_unit_test(brackets_do_not_pile_up),
        cmocka_unit_test(names_have_a_length),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(many_errors_stay_few_lines),
        cmocka_unit_test(files_have_a_size),
        cmocka_unit_test(chains_of_constants_are_no_recursion),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
