/* SPDX-License-Identifier: MIT */
/* runtime_arena_test.c: memory that is given back at once; and the plain values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <idl/status.h>

#include "alloc_fail.h"
#include "arena.h"
#include "asan.h"

static void test_objects_are_apart_and_aligned(void **state)
{
    (void)state;
    idl_arena *arena = idl_arena_new();
    enum { COUNT = 500 };
    uint8_t *objects[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        objects[i] = idl_arena_alloc(arena, i);
        assert_non_null(objects[i]);
        assert_int_equal((uintptr_t)objects[i] % _Alignof(max_align_t), 0);
        memset(objects[i], (int)(i & 0xff), i);
        if (i % 3 == 0) { /* text and small objects in between */
            memset(idl__arena_text(arena, 5), 0xee, 5);
            memset(idl__arena_object(arena, 24), 0xdd, 24);
        }
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t k = 0; k < i; k++)
            assert_int_equal(objects[i][k], i & 0xff);
    }
    idl_arena_free(arena);
}

static void test_large_objects(void **state)
{
    (void)state;
    idl_arena *arena = idl_arena_new();
    for (size_t size = 1; size <= (8 << 20); size = size * 2 + 1)
        memset(idl_arena_alloc(arena, size), 1, size);
    assert_null(idl_arena_alloc(arena, SIZE_MAX));
    assert_true(idl_arena_failed(arena));
    idl_arena_reset(arena);
    assert_false(idl_arena_failed(arena));
    assert_null(idl_arena_alloc(arena, SIZE_MAX / 2 + 1));
    idl_arena_free(arena);
}

static void test_reset_keeps_a_little(void **state)
{
    (void)state;
    struct idl_arena arena;
    idl__arena_init(&arena);
    for (int i = 0; i < 10; i++)
        idl_arena_alloc(&arena, 3000);
    idl_arena_reset(&arena);
    size_t kept = arena.taken;
    assert_true(kept > 0 && kept <= 64 << 10);
    idl_arena_alloc(&arena, 10 << 20);
    idl_arena_reset(&arena);
    assert_true(arena.taken <= 64 << 10);
    /* Used again and again for the same it soon takes nothing more. */
    for (int round = 0; round < 12; round++) {
        alloc_fail_at(0);
        for (int i = 0; i < 10; i++)
            idl_arena_alloc(&arena, 3000);
        idl_arena_reset(&arena);
    }
    assert_int_equal(alloc_count(), 0);
    idl__arena_fini(&arena);
    assert_int_equal(arena.taken, 0);
}

static void test_failure_sticks(void **state)
{
    (void)state;
    alloc_fail_at(1);
    assert_null(idl_arena_new());
    idl_arena *arena = idl_arena_new();
    assert_non_null(idl_arena_alloc(arena, 100));
    alloc_fail_at(1);
    assert_null(idl_arena_alloc(arena, 100000));
    alloc_fail_at(0);
    assert_true(idl_arena_failed(arena));
    assert_null(idl_arena_alloc(arena, 1)); /* though there is room */
    assert_null(idl__arena_object(arena, 1));
    assert_null(idl__arena_text(arena, 1));
    idl_str s = idl_arena_str(arena, (idl_str)IDL_STR("text"));
    assert_int_equal(s.len, 0);
    assert_string_equal(s.data, "");
    idl_arena_reset(arena);
    assert_non_null(idl_arena_alloc(arena, 1));
    idl_arena_free(arena);
}

static void test_null_is_an_arena_without_memory(void **state)
{
    (void)state;
    idl_arena_free(NULL);
    idl_arena_reset(NULL);
    assert_null(idl_arena_alloc(NULL, 1));
    assert_true(idl_arena_failed(NULL));
    assert_string_equal(idl_arena_str(NULL, (idl_str)IDL_STR("x")).data, "");
}

static void test_str(void **state)
{
    (void)state;
    idl_arena *arena = idl_arena_new();
    char text[] = "not ended!";
    idl_str s = idl_arena_str(arena, (idl_str){ text, 9 });
    text[0] = 'x';
    assert_string_equal(s.data, "not ended");
    assert_int_equal(s.len, 9);
    assert_string_equal(idl_arena_str(arena, (idl_str){ NULL, 0 }).data, "");
    for (size_t i = 0; i < 3000; i++) {
        idl_str copy = idl_arena_str(arena, s);
        assert_string_equal(copy.data, s.data);
    }
    s.len = SIZE_MAX;
    assert_int_equal(idl_arena_str(arena, s).len, 0);
    assert_true(idl_arena_failed(arena));
    idl_arena_free(arena);
}

static void test_extending_in_place(void **state)
{
    (void)state;
    struct idl_arena arena;
    idl__arena_init(&arena);
    uint8_t *object = idl__arena_object(&arena, 16);
    memset(object, 7, 16);
    idl__arena_text(&arena, 100); /* does not stand in the way */
    assert_true(idl__arena_extend(&arena, object, 16, 64));
    memset(object, 7, 64);
    assert_false(idl__arena_extend(&arena, object, 64, 1 << 20)); /* no room */
    uint8_t *next = idl__arena_object(&arena, 8);
    assert_true(next >= object + 64);
    assert_false(idl__arena_extend(&arena, object, 64, 72)); /* not the last */
    idl__arena_fini(&arena);
}

static void test_memory_after_a_reset_is_poisoned(void **state)
{
    (void)state;
#ifdef __SANITIZE_ADDRESS__
    idl_arena *arena = idl_arena_new();
    uint8_t *object = idl_arena_alloc(arena, 10);
    const char *text = idl_arena_str(arena, (idl_str)IDL_STR("text")).data;
    assert_false(__asan_address_is_poisoned(object + 9));
    assert_true(__asan_address_is_poisoned(object + 10));
    assert_false(__asan_address_is_poisoned(text + 4));
    assert_true(__asan_address_is_poisoned(text - 8));
    idl_arena_reset(arena);
    assert_true(__asan_address_is_poisoned(object));
    assert_true(__asan_address_is_poisoned(text));
    idl_arena_free(arena);
#else
    skip();
#endif
}

static void test_values(void **state)
{
    (void)state;
    assert_int_equal(idl_cstr("Ada").len, 3);
    assert_int_equal(idl_cstr(NULL).len, 0);
    assert_string_equal(idl_cstr(NULL).data, "");
    const idl_str ada = IDL_STR("Ada");
    assert_true(idl_str_equal(ada, idl_cstr("Ada")));
    assert_false(idl_str_equal(ada, idl_cstr("Bob")));
    assert_false(idl_str_equal(ada, idl_cstr("Ad")));
    assert_true(idl_str_equal((idl_str){ NULL, 0 }, idl_cstr("")));
}

static void test_code_names(void **state)
{
    (void)state;
    assert_string_equal(idl_code_name(IDL_OK), "OK");
    assert_string_equal(idl_code_name(IDL_NOT_FOUND), "NOT_FOUND");
    assert_string_equal(idl_code_name(IDL_UNAUTHENTICATED), "UNAUTHENTICATED");
    assert_string_equal(idl_code_name(IDL_AGAIN), "AGAIN");
    assert_string_equal(idl_code_name((idl_code)17), "UNKNOWN");
    assert_string_equal(idl_code_name((idl_code)-2), "UNKNOWN");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_are_apart_and_aligned),
        cmocka_unit_test(test_large_objects),
        cmocka_unit_test(test_reset_keeps_a_little),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_null_is_an_arena_without_memory),
        cmocka_unit_test(test_str),
        cmocka_unit_test(test_extending_in_place),
        cmocka_unit_test(test_memory_after_a_reset_is_poisoned),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_code_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
