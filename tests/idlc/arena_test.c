/* SPDX-License-Identifier: MIT */
/* arena_test.c: memory given back at once. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "arena.h"

static void memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    unsigned char *before = NULL;
    for (size_t size = 0; size < 70000; size += 977) {
        unsigned char *p = arena_alloc(arena, size);
        assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            assert_int_equal(p[i], 0);
            p[i] = 0xAA;
        }
        assert_ptr_not_equal(p, before);
        before = p;
    }
    arena_free(arena);
    arena_free(NULL);
}

static void copies_end_in_nul(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct str copy = arena_str(arena, (struct str){ "abcdef", 3 });
    assert_string_equal(copy.ptr, "abc");
    assert_int_equal(copy.len, 3);
    assert_string_equal(arena_str(arena, (struct str){ NULL, 0 }).ptr, "");
    struct str printed = arena_printf(arena, "%s-%05d", "x", 42);
    assert_string_equal(printed.ptr, "x-00042");
    assert_int_equal(printed.len, 7);
    assert_string_equal(arena_printf(arena, "%s", "").ptr, "");
    arena_free(arena);
}

static void what_is_reset_is_zeroed_again(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    for (int round = 0; round < 3; round++) {
        for (size_t size = 1; size < 100000; size = size * 3 + 1) {
            unsigned char *p = arena_alloc(arena, size);
            for (size_t i = 0; i < size; i++)
                assert_int_equal(p[i], 0);
            memset(p, 0xAA, size);
            memset(arena_bytes(arena, 3), 0xAA, 3);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

static void plain_formats_are_those_of_printf(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(arena_printf(arena, "%s(%.*s, %u)", "f", 2, "abc", 4294967295U).ptr,
                        "f(ab, 4294967295)");
    assert_string_equal(arena_printf(arena, "%u%.*s%s", 0U, 0, "", "").ptr, "0");
    assert_string_equal(arena_printf(arena, "%.*s|", 9, "ab").ptr, "ab|"); /* up to the NUL */
    assert_string_equal(arena_printf(arena, "%s %zu%%", "x", (size_t)5).ptr, "x 5%");
    assert_string_equal(arena_printf(arena, "%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u%u",
                                     1U, 2U, 3U, 4U, 5U, 6U, 7U, 8U, 9U, 1U, 2U, 3U, 4U, 5U, 6U, 7U,
                                     8U, 9U, 1U, 2U, 3U, 4U, 5U, 6U, 7U)
                            .ptr,
                        "1234567891234567891234567");
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(copies_end_in_nul),
        cmocka_unit_test(what_is_reset_is_zeroed_again),
        cmocka_unit_test(plain_formats_are_those_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
