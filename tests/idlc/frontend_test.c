/* SPDX-License-Identifier: MIT */
/* frontend_test.c: the whole language against the schema that it means, and chance texts.
 *
 * store.schema is what store.idl and what it imports come to; UPDATE=1 rewrites it. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "effort.h"
#include "parser.h"
#include "schema_dump.h"
#include "stages.h"

static struct schema *load(struct arena *arena, struct diag *diag, const char *path)
{
    struct str paths[] = { str_from(path) };
    struct frontend_options options = { .paths = paths, .path_count = 1 };
    struct schema *schema = frontend_load(arena, diag, &options);
    check_schema(diag, schema);
    return schema;
}

static void write_file(const char *path, struct str text)
{
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    assert_int_equal(fwrite(text.ptr, 1, text.len, out), text.len);
    assert_int_equal(fclose(out), 0);
}

/* Fails at the first line that differs. */
static void assert_same_lines(struct arena *arena, struct str got, struct str expected)
{
    const struct source *a = source_from(arena, STR("got"), got);
    const struct source *b = source_from(arena, STR("expected"), expected);
    for (size_t i = 1; i <= a->line_count || i <= b->line_count; i++)
        assert_string_equal(arena_str(arena, source_line(a, i)).ptr,
                            arena_str(arena, source_line(b, i)).ptr);
    assert_true(str_eq(got, expected));
}

static void every_construct_means_what_it_says(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    struct schema *schema = load(arena, diag, TEST_DIR "/store.idl");
    diag_flush(diag, stderr);
    assert_int_equal(diag_errors(diag), 0);

    struct text dump = { 0 };
    schema_dump(&dump, schema);
    if (getenv("UPDATE"))
        write_file(TEST_DIR "/store.schema", text_str(&dump));
    struct str error;
    const struct source *expected = source_load(arena, STR(TEST_DIR "/store.schema"), &error);
    assert_non_null(expected);
    assert_same_lines(arena, text_str(&dump), expected->text);
    text_free(&dump);
    arena_free(arena);
}

static struct str read_file(struct arena *arena, const char *path)
{
    struct str error;
    struct source *source = source_load(arena, str_from(path), &error);
    assert_non_null(source);
    return source->text;
}

/* What grammar/README.md shows is right. */
static void examples_of_the_reference_compile(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str readme = read_file(arena, GRAMMAR_DIR "/README.md");
    int count = 0;
    for (const char *p = readme.ptr; (p = strstr(p, "```idl\n")) != NULL; count++) {
        p += strlen("```idl\n");
        const char *end = strstr(p, "```");
        assert_non_null(end);
        struct diag *diag = diag_new(arena, NULL);
        write_file("example.idl", (struct str){ p, (size_t)(end - p) });
        load(arena, diag, "example.idl");
        diag_flush(diag, stderr);
        assert_int_equal(diag_errors(diag), 0);
        p = end + 3;
    }
    assert_true(count >= 5);
    arena_free(arena);
}

/* A step of xorshift: the same texts in every run. */
static uint32_t chance(uint64_t *seed, size_t below)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return (uint32_t)(*seed % (below ? below : 1));
}

/* One to four changes: bytes dropped, doubled, replaced, moved, or a piece of the language put in. */
static void mutate(struct text *text, struct str original, uint64_t *seed)
{
    static const char *const pieces[] = {
        "<",
        ">",
        "{",
        "}",
        ";",
        "(",
        ")",
        ",",
        "=",
        "->",
        "-",
        ".",
        "@",
        "\"",
        "/*",
        "*/",
        "//",
        "///",
        "\n",
        "struct X <",
        "list<",
        "map<string,",
        "stream ",
        "optional ",
        "oneof x <",
        "reserved 1-",
        "\xff",
        "\x80",
        "0x",
        "99999999999999999999",
        "const int32 x = ",
        "import ",
        "enum E {",
        "service S <",
        "package p;",
        "oneway ",
        "\\",
        "'",
        "\r\n",
        "\t",
        "1.5e",
        "_",
    };
    text->len = 0;
    text_add(text, original);
    for (uint32_t changes = 1 + chance(seed, 4); changes > 0; changes--) {
        size_t at = chance(seed, text->len);
        size_t len = 1 + chance(seed, 12);
        if (len > text->len - at)
            len = text->len - at;
        struct text changed = { 0 };
        text_add(&changed, (struct str){ text->ptr, at });
        uint32_t kind = chance(seed, 4);
        if (kind == 0) { /* dropped */
        } else if (kind == 1) {
            text_add(&changed, (struct str){ text->ptr + at, len });
            text_add(&changed, (struct str){ text->ptr + at, len });
        } else if (kind == 2) {
            text_add(&changed, str_from(pieces[chance(seed, sizeof pieces / sizeof *pieces)]));
            len = 0;
        } else {
            text_addc(&changed, (char)chance(seed, 256));
            len = 1;
        }
        if (at + len < text->len)
            text_add(&changed, (struct str){ text->ptr + at + len, text->len - at - len });
        text_free(text);
        *text = changed;
    }
}

/* Chance texts are refused or read, never worse, and a broken one is never taken for a good one. */
static void chance_texts_do_no_harm(void **state)
{
    (void)state;
    struct arena *keep = arena_new();
    struct str original = read_file(keep, TEST_DIR "/store.idl");
    struct text text = { 0 };
    uint64_t seed = 88172645463325252u;
    FILE *null = fopen("/dev/null", "w");
    assert_non_null(null);
    write_file("common.idl", read_file(keep, TEST_DIR "/common.idl"));
    for (int i = 0; i < test_rounds(4000); i++) {
        struct arena *arena = arena_new();
        struct diag *diag = diag_new(arena, NULL);
        mutate(&text, original, &seed);
        write_file("chance.idl", text_str(&text));
        struct schema *schema = load(arena, diag, "chance.idl");
        assert_true(schema->file_count >= 1);
        if (schema->files[0]->broken)
            assert_true(diag_errors(diag) > 0);
        struct text dump = { 0 };
        schema_dump(&dump, schema);
        text_free(&dump);
        diag_flush(diag, null);
        arena_free(arena);
    }
    fclose(null);
    text_free(&text);
    arena_free(keep);
}

/* The end of the token that begins at i; i itself where there is none. */
static size_t token_end(struct str s, size_t i)
{
    static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t end = i;
    if (s.ptr[i] == '/') { /* a comment is no token */
        return i;
    } else if (s.ptr[i] == '"') {
        for (end++; s.ptr[end] != '"'; end++)
            end += s.ptr[end] == '\\';
        return end + 1;
    }
    while (end < s.len && strchr(word, s.ptr[end]))
        end++;
    if (end == i && !strchr(" \t\n", s.ptr[i]))
        end += s.ptr[i] == '-' && s.ptr[i + 1] == '>' ? 2 : 1;
    return end;
}

static size_t errors_without(struct str s, size_t begin, size_t end, bool twice)
{
    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    struct text text = { 0 };
    text_add(&text, (struct str){ s.ptr, twice ? end : begin });
    text_addc(&text, ' ');
    text_add(&text, (struct str){ s.ptr + (twice ? begin : end), s.len - (twice ? begin : end) });
    parse_source(arena, diag, source_from(arena, STR("x"), text_str(&text)));
    size_t errors = diag_errors(diag);
    text_free(&text);
    arena_free(arena);
    return errors;
}

/* Each token of the text left out, then written twice: what is wrong is said once, with few
 * exceptions, and those are no avalanche. */
static void one_mistake_is_one_message(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str s = read_file(arena, TEST_DIR "/store.idl");
    size_t tokens = 0, more = 0;
    const char *body = strstr(s.ptr, "struct Item <"); /* behind the comments */
    for (size_t i = (size_t)(body - s.ptr), end; i<s.len; i = end> i ? end : i + 1) {
        if (s.ptr[i] == '/') {
            end = i + strcspn(s.ptr + i, "\n");
            continue;
        }
        end = token_end(s, i);
        for (int twice = 0; end > i && twice < 2; twice++) {
            size_t errors = errors_without(s, i, end, twice);
            assert_true(errors <= 4);
            tokens++;
            more += errors > 1;
        }
    }
    assert_true(tokens > 700);
    assert_true(more * 50 <= tokens);
    arena_free(arena);
}

/* Cut after every byte: the parser always comes to an end, and says so. */
static void every_beginning_is_read(void **state)
{
    (void)state;
    struct arena *keep = arena_new();
    struct str original = read_file(keep, TEST_DIR "/store.idl");
    for (size_t len = 0; len < original.len; len++) {
        struct arena *arena = arena_new();
        struct diag *diag = diag_new(arena, NULL);
        struct source *source =
            source_from(arena, STR("cut"), arena_str(arena, (struct str){ original.ptr, len }));
        struct ast_file *file = parse_source(arena, diag, source);
        assert_int_equal(file->broken, diag_errors(diag) > 0);
        arena_free(arena);
    }
    arena_free(keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_construct_means_what_it_says),
        cmocka_unit_test(examples_of_the_reference_compile),
        cmocka_unit_test(chance_texts_do_no_harm),
        cmocka_unit_test(one_mistake_is_one_message),
        cmocka_unit_test(every_beginning_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
