/* SPDX-License-Identifier: MIT */
/* arena_test.c: memory given back at once. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(copies_end_in_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
