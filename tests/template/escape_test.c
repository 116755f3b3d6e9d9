/* SPDX-License-Identifier: MIT */
/* escape_test.c: hostile text made harmless. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "escape.h"

typedef void escape_fn(struct text *out, struct str s);

static void expect_bytes(escape_fn *escape, const char *in, size_t len, const char *wanted)
{
    struct text out = { 0 };
    text_add(&out, STR("<"));
    escape(&out, (struct str){ in, len });
    text_add(&out, STR(">"));
    struct text all = { 0 };
    text_addf(&all, "<%s>", wanted);
    assert_string_equal(out.ptr, all.ptr);
    text_free(&out);
    text_free(&all);
}

static void expect(escape_fn *escape, const char *in, const char *wanted)
{
    expect_bytes(escape, in, strlen(in), wanted);
}

static void test_case(void **state)
{
    (void)state;
    expect(escape_upper, "abzAZ09_\xc3\xa4", "ABZAZ09_\xc3\xa4");
    expect(escape_lower, "abzAZ09_@[\xc3\x84", "abzaz09_@[\xc3\x84");
    expect(escape_upper, "", "");
}

static void test_cstring(void **state)
{
    (void)state;
    expect(escape_cstring, "plain / * ' text ~", "plain / * ' text ~");
    expect(escape_cstring, "a\"b\\c", "a\\\"b\\\\c");
    expect(escape_cstring, "?\?/", "\\?\\?/");
    expect(escape_cstring, "\n\r\t\x7f\x01", "\\n\\015\\011\\177\\001");
    expect(escape_cstring,
           "\xc3\xa9"
           "1",
           "\\303\\2511");
    expect_bytes(escape_cstring,
                 "a\0"
                 "1",
                 3, "a\\0001");
}

static void test_comment_marks(void **state)
{
    (void)state;
    expect(escape_comment, "a / * b", "a / * b");
    expect(escape_comment, "*/", "* /");
    expect(escape_comment, "/*", "/ *");
    expect(escape_comment, "/*/*/", "/ * / * /");
    expect(escape_comment, "**//**", "** // **");
    expect(escape_comment, "//", "//");
}

static void test_comment_trigraphs(void **state)
{
    (void)state;
    expect(escape_comment, "what??", "what??");
    expect(escape_comment, "what?\?/", "what? ?/");
    expect(escape_comment, "??\?/", "?? ?/");
    expect(escape_comment, "?\?=?\?(?\?'?\?a", "? ?=? ?(? ?'?\?a");
}

static void test_comment_line_ends(void **state)
{
    (void)state;
    expect(escape_comment, "a\\\nb", "a\\.\nb");
    expect(escape_comment, "a\\ \t\nb", "a\\. \t\nb");
    expect(escape_comment, "a\\\r\nb", "a\\.\r\nb");
    expect(escape_comment, "C:\\", "C:\\.");
    expect(escape_comment, "C:\\dir", "C:\\dir");
}

static void test_comment_controls(void **state)
{
    (void)state;
    expect(escape_comment, "a\tb\nc\r\n", "a\tb\nc\r\n");
    expect(escape_comment, "\x1b[1m\x7f\r", "<U+001B>[1m<U+007F><U+000D>");
    expect_bytes(escape_comment, "\0", 1, "<U+0000>");
    expect(escape_comment,
           "\xe2\x80\xae"
           "x\xe2\x81\xa6\xe2\x81\xa9",
           "<U+202E>x<U+2066><U+2069>");
    expect(escape_comment, "\xd8\x9c\xe2\x80\x8e\xe2\x80\x8f", "<U+061C><U+200E><U+200F>");
    expect(escape_comment, "\xe2\x80\x94 \xe2\x82\xac", "\xe2\x80\x94 \xe2\x82\xac");
    expect(escape_comment, "\xe2\x80", "\xe2\x80");
    expect(escape_comment, "*\xe2\x80\xae/", "*<U+202E>/");
}

static void test_html(void **state)
{
    (void)state;
    expect(escape_html, "plain \xc3\xa9\n\ttext", "plain \xc3\xa9\n\ttext");
    expect(escape_html, "<a href=\"x\" id='y'>&amp;",
           "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;");
    expect(escape_html, "\x1b\xe2\x80\xaex\xd8\x9c\x7f",
           "&lt;U+001B&gt;&lt;U+202E&gt;x&lt;U+061C&gt;&lt;U+007F&gt;");
    expect_bytes(escape_html, "\0", 1, "&lt;U+0000&gt;");
}

static void test_markdown(void **state)
{
    (void)state;
    expect(escape_markdown, "plain text, a-b 1+1=2", "plain text, a-b 1+1=2");
    expect(escape_markdown, "*a* [b](c) `d` <e> f|g \\ ~h~ &amp; #",
           "\\*a\\* \\[b\\](c) \\`d\\` \\<e\\> f\\|g \\\\ \\~h\\~ &amp;amp; \\#");
    expect(escape_markdown, "snake_case_2 _a_", "snake_case_2 \\_a\\_");
    expect(escape_markdown, "- a\n+ b\n=== c - d", "\\- a\n\\+ b\n\\=== c - d");
    expect(escape_markdown, "\xe2\x80\xae\x01", "\\<U+202E\\>\\<U+0001\\>");
    expect(escape_markdown_code, "a `b` <c> \\ |", "a 'b' <c> \\ |");
    expect(escape_markdown_code, "\xe2\x81\xa6\n\r", "<U+2066>\n<U+000D>");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_case),
        cmocka_unit_test(test_cstring),
        cmocka_unit_test(test_comment_marks),
        cmocka_unit_test(test_comment_trigraphs),
        cmocka_unit_test(test_comment_line_ends),
        cmocka_unit_test(test_comment_controls),
        cmocka_unit_test(test_html),
        cmocka_unit_test(test_markdown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
