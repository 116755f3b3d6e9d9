/* SPDX-License-Identifier: MIT */
/* template_error_test.c: every mistake in a template, with the exact words.
 *
 * The cases are in errors.txt: a title, the template, what it includes as part.mako (if anything),
 * and what is said. `template_error_test update` writes the file anew with what is said now. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define CASES_FILE IDLC_TEST_DIR "/errors.txt"

static const char title_mark[] = "==== ", part_mark[] = "---- part.mako\n",
                  says_mark[] = "---- says\n";

struct example {
    struct str title, template, part, wanted;
    const char *said;
};

static struct str between(const char *begin, const char *end)
{
    return (struct str){ begin, (size_t)(end - begin) };
}

/* Cuts the next case off *rest; false at the end. */
static bool next_example(const char **rest, struct example *example)
{
    const char *at = *rest;
    if (strncmp(at, title_mark, strlen(title_mark)) != 0)
        return false;
    const char *body = strchr(at, '\n') + 1;
    example->title = between(at + strlen(title_mark), body - 1);
    const char *says = strstr(body, says_mark);
    if (!says)
        fail_msg("no '---- says' in '%.*s'", STR_ARG(example->title));
    const char *part = strstr(body, part_mark);
    bool has_part = part && part < says;
    example->template = between(body, has_part ? part : says);
    example->part = has_part ? between(part + strlen(part_mark), says) : (struct str){ 0 };
    const char *wanted = says + strlen(says_mark);
    const char *next = strstr(wanted, "\n==== ");
    next = next ? next + 1 : wanted + strlen(wanted);
    example->wanted = between(wanted, next);
    *rest = next;
    return true;
}

static void run(struct fixture *f, struct example *example)
{
    fixture_init(f);
    fixture_add_bytes(f, "main.mako", example->template.ptr, example->template.len);
    if (example->part.ptr)
        fixture_add_bytes(f, "part.mako", example->part.ptr, example->part.len);
    if (fixture_render(f))
        fail_msg("'%.*s' was rendered", STR_ARG(example->title));
    example->said = fixture_errors(f);
}

static void load(struct arena *arena, struct str *text)
{
    struct str error;
    const struct source *source = source_load(arena, str_from(CASES_FILE), &error);
    if (!source)
        fail_msg("%s: %.*s", CASES_FILE, STR_ARG(error));
    *text = source->text;
}

static void every_mistake_is_named(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str text;
    load(arena, &text);
    const char *rest = text.ptr;
    struct example example;
    size_t count = 0;
    for (; next_example(&rest, &example); count++) {
        struct fixture f;
        run(&f, &example);
        print_message("%.*s\n", STR_ARG(example.title));
        assert_string_equal(example.said, arena_str(arena, example.wanted).ptr);
        fixture_free(&f);
    }
    assert_true(count > 30);
    assert_string_equal(rest, "");
    arena_free(arena);
}

static int update(void)
{
    struct arena *arena = arena_new();
    struct str text;
    load(arena, &text);
    const char *rest = text.ptr;
    struct example example;
    FILE *file = fopen(CASES_FILE, "w");
    if (!file)
        return perror(CASES_FILE), 1;
    while (next_example(&rest, &example)) {
        struct fixture f;
        run(&f, &example);
        fprintf(file, "%s%.*s\n%.*s", title_mark, STR_ARG(example.title),
                STR_ARG(example.template));
        if (example.part.ptr)
            fprintf(file, "%s%.*s", part_mark, STR_ARG(example.part));
        fprintf(file, "%s%s", says_mark, example.said);
        fixture_free(&f);
    }
    arena_free(arena);
    return fclose(file) == 0 ? 0 : 1;
}

/* Blocks in blocks, and templates in templates, beyond what is allowed. */
static void nesting_has_limits(void **state)
{
    (void)state;
    struct text deep = { 0 };
    for (int i = 0; i < 100000; i++)
        text_add(&deep, STR("% if yes:\n"));
    for (int i = 0; i < 100000; i++)
        text_add(&deep, STR("% endif\n"));
    struct fixture f;
    fixture_init(&f);
    fixture_add_bytes(&f, "main.mako", deep.ptr, deep.len);
    assert_false(fixture_render(&f));
    assert_string_equal(fixture_errors(&f),
                        "<built-in>/main.mako:33:3: error: too many blocks inside each other\n"
                        "   33 | % if yes:\n"
                        "      |   ^~\n");
    fixture_free(&f);
    text_free(&deep);
}

static const char *const chain[] = { "main.mako", "b", "c", "d", "e", "f", "g", "h", "i", "j",
                                     "k",         "l", "m", "n", "o", "p", "q", "r", "s" };
enum { CHAIN_COUNT = sizeof chain / sizeof chain[0] };

static void add_chain(struct fixture *f)
{
    for (size_t i = 0; i < CHAIN_COUNT; i++) {
        struct str text = STR("end");
        if (i + 1 < CHAIN_COUNT)
            text = arena_printf(f->arena, "<%%include file=\"%s\"/>", chain[i + 1]);
        fixture_add(f, chain[i], text.ptr);
    }
}

static void includes_have_a_limit(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    add_chain(&f);
    assert_false(fixture_render(&f));
    const char *said = fixture_errors(&f);
    assert_non_null(strstr(said, "<built-in>/q:1:17: error: too many templates inside each other"));
    assert_non_null(strstr(said, "<built-in>/main.mako:1:17: note: included from here"));
    fixture_free(&f);
}

/* What was parsed already brings its own depth. */
static void includes_have_a_limit_from_the_inside_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_render(&f);
    fixture_errors(&f);
    add_chain(&f);
    struct store *store = store_new(f.arena, f.files, f.count, (struct str){ 0 });
    f.set = template_set_new(f.arena, f.diag, store);
    size_t loaded = 0;
    while (loaded < CHAIN_COUNT &&
           template_load(f.set, str_from(chain[CHAIN_COUNT - 1 - loaded])) != NULL)
        loaded++;
    assert_int_equal(loaded, TEMPLATE_INCLUDES_MAX + 1);
    fixture_free(&f);
}

static void a_missing_template_has_no_place(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    fixture_add(&f, "man.mako", "");
    assert_false(fixture_render(&f));
    assert_string_equal(fixture_errors(&f),
                        "idlc: error: no template 'main.mako'; did you mean 'man.mako'?\n");
    fixture_free(&f);
}

/* Only the second record lacks the name: the first has decided, the rendering finds it. */
static void records_that_differ_are_found_out(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct value *root = value_record(f.arena, "file", (struct span){ 0 });
    struct value *list = value_list(f.arena);
    for (size_t i = 0; i < 1000; i++) {
        struct value *record = value_record(f.arena, "item", (struct span){ 0 });
        if (i == 0)
            value_set(f.arena, record, "a", value_text(f.arena, STR("a")));
        value_add(f.arena, list, record);
    }
    value_set(f.arena, root, "list", list);
    f.root = root;
    fixture_add(&f, "main.mako", "% for r in list:\n${r.a}\n% endfor\n");
    assert_false(fixture_render(&f));
    assert_int_equal(diag_errors(f.diag), 1);
    assert_string_equal(fixture_errors(&f), "<built-in>/main.mako:2:5: error: no 'a' in 'r'\n"
                                            "    2 | ${r.a}\n"
                                            "      |     ^\n");
    fixture_free(&f);
}

/* The first item has nothing in its list, the second shows the mistake, in a branch not taken. */
static void a_later_item_may_decide(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f);
    struct value *root = value_record(f.arena, "file", (struct span){ 0 });
    struct value *list = value_list(f.arena);
    for (size_t i = 0; i < 3; i++) {
        struct value *record = value_record(f.arena, "item", (struct span){ 0 });
        struct value *inner = value_list(f.arena);
        if (i == 1)
            value_add(f.arena, inner, value_record(f.arena, "inner", (struct span){ 0 }));
        value_set(f.arena, record, "inner", inner);
        value_set(f.arena, record, "no", value_flag(false));
        value_add(f.arena, list, record);
    }
    value_set(f.arena, root, "list", list);
    f.root = root;
    fixture_add(&f, "main.mako",
                "% for r in list:\n% if r.no:\n% for i in r.inner:\n${i.a}\n% endfor\n% endif\n"
                "% endfor\n");
    assert_false(fixture_render(&f));
    assert_string_equal(fixture_errors(&f), "<built-in>/main.mako:4:5: error: no 'a' in 'i'\n"
                                            "    4 | ${i.a}\n"
                                            "      |     ^\n");
    fixture_free(&f);
}

/* A name that nothing decides, in loops within loops that are not run: looked for, not for ever. */
static void loops_within_loops_are_checked_in_time(void **state)
{
    (void)state;
    enum { DEPTH = 25, ITEMS = 40 };
    struct fixture f;
    fixture_init(&f);
    struct value *root = value_record(f.arena, "file", (struct span){ 0 });
    struct value *list = value_list(f.arena);
    for (size_t i = 0; i < ITEMS; i++) {
        struct value *record = value_record(f.arena, "item", (struct span){ 0 });
        value_set(f.arena, record, "none", value_flag(false));
        value_add(f.arena, list, record);
    }
    value_set(f.arena, root, "list", list);
    value_set(f.arena, root, "no", value_flag(false));
    f.root = root;
    struct text text = { 0 };
    text_add(&text, STR("% if no:\n"));
    for (size_t i = 0; i < DEPTH; i++)
        text_addf(&text, "%% for r%zu in list:\n", i);
    text_addf(&text, "${r%d.none.a}\n", DEPTH - 1);
    for (size_t i = 0; i < DEPTH; i++)
        text_add(&text, STR("% endfor\n"));
    text_add(&text, STR("% endif\n"));
    fixture_add(&f, "main.mako", text.ptr);
    assert_true(fixture_render(&f));
    assert_int_equal(f.out.len, 0);
    text_free(&text);
    fixture_free(&f);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "update") == 0)
        return update();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_is_named),
        cmocka_unit_test(nesting_has_limits),
        cmocka_unit_test(includes_have_a_limit),
        cmocka_unit_test(includes_have_a_limit_from_the_inside_out),
        cmocka_unit_test(a_missing_template_has_no_place),
        cmocka_unit_test(records_that_differ_are_found_out),
        cmocka_unit_test(a_later_item_may_decide),
        cmocka_unit_test(loops_within_loops_are_checked_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
