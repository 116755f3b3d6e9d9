/* SPDX-License-Identifier: MIT */
/* value_test.c: building and reading the tree that templates see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "value.h"

static void members_are_found_by_name(void **state)
{
    (void)state;
    static char names[100][8];
    struct arena *arena = arena_new();
    struct value *record = value_record(arena, "thing", (struct span){ 0 });
    assert_null(value_get(record, STR("n0")));
    for (unsigned i = 0; i < 100; i++) {
        snprintf(names[i], sizeof names[i], "n%u", i);
        value_set(arena, record, names[i], value_number(arena, i));
    }
    assert_int_equal(record->record.count, 100);
    for (unsigned i = 0; i < 100; i++) {
        const struct value *value = value_get(record, str_from(names[i]));
        assert_non_null(value);
        assert_true(str_is(value->text, names[i] + 1));
    }
    assert_null(value_get(record, STR("n")));
    assert_null(value_get(record, STR("n100")));
    assert_null(value_get(record, STR("")));
    arena_free(arena);
}

static void only_records_have_members(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_null(value_get(value_text(arena, STR("a")), STR("a")));
    assert_null(value_get(value_flag(true), STR("a")));
    assert_null(value_get(value_list(arena), STR("a")));
    arena_free(arena);
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct value *list = value_list(arena);
    const struct value *items[1000];
    for (size_t i = 0; i < 1000; i++) {
        items[i] = value_flag(i % 2 != 0);
        value_add(arena, list, items[i]);
    }
    assert_int_equal(list->list.count, 1000);
    for (size_t i = 0; i < 1000; i++)
        assert_ptr_equal(list->list.items[i], items[i]);
    arena_free(arena);
}

static const struct value *make_number(struct arena *arena, const void *context, size_t index)
{
    return value_number(arena, index + *(const size_t *)context);
}

static void a_list_makes_its_items(void **state)
{
    (void)state;
    static const size_t first = 40;
    struct arena *arena = arena_new(), *scratch = arena_new();
    const struct value *list = value_made_list(arena, 3, make_number, &first);
    assert_int_equal(list->list.count, 3);
    const struct value *last = value_item(list, 2, scratch);
    assert_true(str_is(last->text, "42"));
    struct text out = { 0 };
    value_json(list, &out);
    assert_string_equal(out.ptr, "[\n  \"40\",\n  \"41\",\n  \"42\"\n]\n");
    text_free(&out);
    arena_free(scratch);
    arena_free(arena);
}

struct promised {
    struct arena *arena;
    int times;
};

static void keep_both(void *context, struct value *record, const void *object)
{
    struct promised *promised = context;
    promised->times++;
    value_set(promised->arena, record, "b", value_text(promised->arena, str_from(object)));
    value_set(promised->arena, record, "a", value_flag(true));
}

static void promises_are_kept_once_and_in_place(void **state)
{
    (void)state;
    struct promised promised = { arena_new(), 0 };
    struct value *record = value_record(promised.arena, "thing", (struct span){ 0 });
    value_promise(promised.arena, record, (const char *const[]){ "a", "b" }, 2, keep_both,
                  &promised, "text");
    value_set(promised.arena, record, "c", value_flag(false));
    assert_int_equal(record->record.count, 3);
    assert_int_equal(promised.times, 0);
    const struct value *a = value_get(record, STR("a"));
    assert_non_null(a);
    assert_true(a->flag);
    assert_true(str_is(value_at(record, 1)->text, "text"));
    assert_false(value_at(record, 2)->flag);
    assert_int_equal(record->record.count, 3);
    assert_int_equal(promised.times, 1);
    arena_free(promised.arena);
}

static void the_tree_is_shown_as_json(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct value *root = value_record(arena, "file", (struct span){ 0 });
    value_set(arena, root, "text", value_text(arena, STR("a\"b\\\n\t\x01 \xc3\xa9 \xff")));
    value_set(arena, root, "yes", value_flag(true));
    value_set(arena, root, "no", value_flag(false));
    value_set(arena, root, "none", value_list(arena));
    value_set(arena, root, "empty", value_record(arena, "empty", (struct span){ 0 }));
    struct value *list = value_list(arena);
    value_add(arena, list, value_number(arena, 7));
    value_add(arena, list, value_list(arena));
    value_set(arena, root, "list", list);
    struct text out = { 0 };
    value_json(root, &out);
    assert_string_equal(out.ptr, "{\n"
                                 "  \"text\": \"a\\\"b\\\\\\n\\u0009\\u0001 \xc3\xa9 \\ufffd\",\n"
                                 "  \"yes\": true,\n"
                                 "  \"no\": false,\n"
                                 "  \"none\": [],\n"
                                 "  \"empty\": {},\n"
                                 "  \"list\": [\n"
                                 "    \"7\",\n"
                                 "    []\n"
                                 "  ]\n"
                                 "}\n");
    text_free(&out);
    arena_free(arena);
}

static void what_is_too_deep_is_left_out(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct value *inner = value_list(arena);
    for (int i = 0; i < 1000; i++) {
        struct value *outer = value_list(arena);
        value_add(arena, outer, inner);
        inner = outer;
    }
    struct text out = { 0 };
    value_json(inner, &out);
    assert_non_null(strstr(out.ptr, "\"...\""));
    assert_true(out.len < 20000);
    text_free(&out);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_found_by_name),
        cmocka_unit_test(only_records_have_members),
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(a_list_makes_its_items),
        cmocka_unit_test(promises_are_kept_once_and_in_place),
        cmocka_unit_test(the_tree_is_shown_as_json),
        cmocka_unit_test(what_is_too_deep_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
