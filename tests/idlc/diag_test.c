/* SPDX-License-Identifier: MIT */
/* diag_test.c: what a user sees of a diagnostic, byte for byte. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "diag.h"

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void expect_flush(struct diag *diag, const char *expected)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    diag_flush(diag, out);
    fclose(out);
    assert_string_equal(text, expected);
    free(text);
}

static struct diag *plain(void)
{
    return diag_new(arena, NULL);
}

static struct span find(const struct source *source, const char *what)
{
    const char *at = strstr(source->text.ptr, what);
    assert_non_null(at);
    uint32_t begin = (uint32_t)(at - source->text.ptr);
    return (struct span){ source, begin, begin + (uint32_t)strlen(what) };
}

static void prints_line_and_carets(void **state)
{
    (void)state;
    struct source *source =
        source_from(arena, STR("greeter.idl"),
                    STR("package p;\nservice Greeter <\n  greet(strng name) -> string;\n>\n"));
    struct diag *diag = plain();
    diag_error(diag, find(source, "strng"), "unknown-type", "unknown type '%s'; did you mean '%s'?",
               "strng", "string");
    assert_int_equal(diag_errors(diag), 1);
    expect_flush(diag, "greeter.idl:3:9: error: unknown type 'strng'; did you mean 'string'?\n"
                       "    3 |   greet(strng name) -> string;\n"
                       "      |         ^~~~~\n");
    expect_flush(diag, "");
    assert_int_equal(diag_errors(diag), 1);
}

static void sorts_by_place_drops_doubles_keeps_notes(void **state)
{
    (void)state;
    struct source *source = source_from(arena, STR("f"), STR("one\ntwo\n"));
    struct diag *diag = plain();
    diag_error(diag, find(source, "two"), "b", "second");
    diag_note(diag, find(source, "one"), "here");
    diag_warning(diag, find(source, "one"), "unused-import", "first");
    diag_error(diag, find(source, "two"), "b", "second");
    diag_error(diag, (struct span){ 0 }, "open", "cannot open 'x.idl'");
    expect_flush(diag, "f:1:1: warning: first [-Wunused-import]\n"
                       "    1 | one\n"
                       "      | ^~~\n"
                       "f:2:1: error: second\n"
                       "    2 | two\n"
                       "      | ^~~\n"
                       "f:1:1: note: here\n"
                       "    1 | one\n"
                       "      | ^~~\n"
                       "idlc: error: cannot open 'x.idl'\n");
}

static void carets_follow_tabs_and_wide_letters(void **state)
{
    (void)state;
    struct source *source = source_from(arena, STR("f"),
                                        STR("\ta\tb bb\n"
                                            "/*\xc3\xa4\xe6\x97\xa5*/ here\n"));
    struct diag *diag = plain();
    diag_error(diag, find(source, "bb"), "x", "tab");
    diag_error(diag, find(source, "here"), "x", "wide");
    expect_flush(diag, "f:1:6: error: tab\n"
                       "    1 | \ta\tb bb\n"
                       "      | \t \t  ^~\n"
                       "f:2:8: error: wide\n"
                       "    2 | /*\xc3\xa4\xe6\x97\xa5*/ here\n"
                       "      |         ^~~~\n");
}

static void what_harms_a_terminal_is_spelt_out(void **state)
{
    (void)state;
    struct source *source = source_from(arena, STR("f"), STR("\x1b[2J\xff x\xe2\x80\xae\n"));
    struct diag *diag = plain();
    diag_error(diag, find(source, "x"), "x", "bad \x07");
    diag_error(diag, find(source, "\xff"), "x", "byte");
    expect_flush(diag, "f:1:5: error: byte\n"
                       "    1 | <U+001B>[2J<FF> x<U+202E>\n"
                       "      |            ^~~~\n"
                       "f:1:7: error: bad <U+0007>\n"
                       "    1 | <U+001B>[2J<FF> x<U+202E>\n"
                       "      |                 ^\n");
}

static void the_end_of_a_line_and_of_the_file_can_be_shown(void **state)
{
    (void)state;
    struct source *source = source_from(arena, STR("f"), STR("ab\ncd"));
    struct diag *diag = plain();
    diag_error(diag, (struct span){ source, 2, 2 }, "x", "end of line");
    diag_error(diag, (struct span){ source, 1, 4 }, "x", "two lines");
    diag_error(diag, (struct span){ source, 5, 5 }, "x", "end of file");
    expect_flush(diag, "f:1:2: error: two lines\n"
                       "    1 | ab\n"
                       "      |  ^\n"
                       "f:1:3: error: end of line\n"
                       "    1 | ab\n"
                       "      |   ^\n"
                       "f:2:3: error: end of file\n"
                       "    2 | cd\n"
                       "      |   ^\n");
    struct source *empty = source_from(arena, STR("e"), STR(""));
    diag_error(diag, (struct span){ empty, 0, 0 }, "x", "nothing here");
    expect_flush(diag, "e:1:1: error: nothing here\n");
}

static void long_lines_are_cut(void **state)
{
    (void)state;
    struct text text = { 0 };
    for (int i = 0; i < 1000; i++)
        text_addc(&text, 'x');
    text_add(&text, STR("HERE"));
    for (int i = 0; i < 100000; i++)
        text_addc(&text, 'y');
    struct source *source = source_from(arena, STR("f"), text_str(&text));
    struct diag *diag = plain();
    diag_error(diag, find(source, "HERE"), "x", "long");
    char *out = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&out, &size);
    diag_flush(diag, file);
    fclose(file);
    assert_true(size < 600);
    assert_non_null(strstr(out, " | ...xxxx"));
    assert_non_null(strstr(out, "yyyy...\n"));
    const char *here = strchr(strstr(out, " | "), 'H');
    const char *caret = strchr(out, '^');
    assert_int_equal(here - strstr(out, " | "), caret - strstr(strstr(out, " | ...") + 3, " | "));
    free(out);
    text_free(&text);
}

static void stops_after_the_limit_and_says_so(void **state)
{
    (void)state;
    struct diag_options options = { .max_errors = 2 };
    struct source *source = source_from(arena, STR("f"), STR("abcdef"));
    struct diag *diag = diag_new(arena, &options);
    for (uint32_t i = 5; i-- > 0;)
        diag_error(diag, (struct span){ source, i, i + 1 }, "x", "no %c", "abcdef"[i]);
    expect_flush(diag, "f:1:1: error: no a\n"
                       "    1 | abcdef\n"
                       "      | ^\n"
                       "f:1:2: error: no b\n"
                       "    1 | abcdef\n"
                       "      |  ^\n"
                       "idlc: error: too many errors: 3 more not shown\n");
    assert_int_equal(diag_errors(diag), 5);
}

static void werror_turns_warnings_into_errors(void **state)
{
    (void)state;
    struct diag_options options = { .warnings = { .werror = true } };
    struct diag *diag = diag_new(arena, &options);
    diag_warning(diag, (struct span){ 0 }, "unused-import", "import is not used");
    assert_int_equal(diag_errors(diag), 1);
    expect_flush(diag, "idlc: error: import is not used [-Werror=unused-import]\n");
    assert_int_equal(diag_errors(plain()), 0);
}

static void color_on_demand_only(void **state)
{
    (void)state;
    struct diag_options options = { .color = DIAG_COLOR_ALWAYS };
    struct source *source = source_from(arena, STR("f"), STR("ab"));
    struct diag *diag = diag_new(arena, &options);
    diag_error(diag, (struct span){ source, 0, 2 }, "x", "bad");
    expect_flush(diag, "\033[1mf:1:1: \033[0m\033[1;31merror: \033[0m\033[1mbad\033[0m\n"
                       "    1 | ab\n"
                       "      | \033[1;32m^~\033[0m\n");
}

static void json_is_one_object_a_line(void **state)
{
    (void)state;
    struct diag_options options = { .format = DIAG_JSON };
    struct source *source = source_from(arena, STR("a\"b.idl"), STR("x\ny\n"));
    struct diag *diag = diag_new(arena, &options);
    diag_error(diag, (struct span){ source, 2, 3 }, "dup-field", "say \"%s\"\n\xff", "y");
    diag_note(diag, (struct span){ source, 0, 1 }, "first");
    diag_note(diag, (struct span){ 0 }, "second");
    diag_error(diag, (struct span){ 0 }, "open", "none");
    expect_flush(diag,
                 "{\"severity\":\"error\",\"id\":\"dup-field\",\"file\":\"a\\\"b.idl\",\"line\":2,"
                 "\"column\":1,\"endLine\":2,\"endColumn\":2,\"message\":\"say \\\"y\\\"\\n\\ufffd"
                 "\",\"notes\":[{\"severity\":\"note\",\"file\":\"a\\\"b.idl\",\"line\":1,"
                 "\"column\":1,\"endLine\":1,\"endColumn\":2,\"message\":\"first\"},"
                 "{\"severity\":\"note\",\"message\":\"second\"}]}\n"
                 "{\"severity\":\"error\",\"id\":\"open\",\"message\":\"none\"}\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(prints_line_and_carets),
        TEST(sorts_by_place_drops_doubles_keeps_notes),
        TEST(carets_follow_tabs_and_wide_letters),
        TEST(what_harms_a_terminal_is_spelt_out),
        TEST(the_end_of_a_line_and_of_the_file_can_be_shown),
        TEST(long_lines_are_cut),
        TEST(stops_after_the_limit_and_says_so),
        TEST(werror_turns_warnings_into_errors),
        TEST(color_on_demand_only),
        TEST(json_is_one_object_a_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
