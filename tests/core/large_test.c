/* SPDX-License-Identifier: MIT */
/* large_test.c: memory of large messages is used again by the next ones, and given back when none
 * come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alloc_fail.h"
#include "arena.h"
#include "block.h"
#include "cut.h"

enum { LARGE = 1 << 20 };

static idl__spare spare;

/* A frame of LARGE bytes arrives in pieces as a socket would give them. */
static void receive(idl__cut *cut, idl__block **common)
{
    size_t left = LARGE + 4;
    idl_bytes frame;
    while (left > 0) {
        size_t len;
        uint8_t *space = idl__cut_space(cut, common, &len);
        assert_non_null(space);
        len = len < left ? len : left;
        memset(space, 7, len);
        if (left == LARGE + 4)
            memcpy(space, "\0\x10\0\0", 4);
        idl__cut_received(cut, len);
        left -= len;
        assert_int_equal(idl__cut_next(cut, 0, &frame), left == 0 ? IDL__CUT_FRAME : IDL__CUT_NONE);
        if (left > 0)
            assert_true(idl__cut_settle(cut));
    }
    assert_int_equal(frame.len, LARGE);
    assert_int_equal(frame.data[0], 7);
    assert_int_equal(frame.data[LARGE - 1], 7);
    assert_int_equal(idl__cut_next(cut, 0, &frame), IDL__CUT_NONE);
    assert_true(idl__cut_settle(cut));
}

static void the_next_large_frame_takes_no_memory(void **state)
{
    (void)state;
    idl__cut cut;
    idl__block *common = NULL;
    idl__cut_init(&cut, 4 << 20, 4 << 20);
    cut.spare = &spare;
    receive(&cut, &common);
    assert_non_null(spare.block);
    for (int i = 0; i < 3; i++) {
        alloc_fail_at(0);
        receive(&cut, &common);
        assert_int_equal(alloc_count(), 0);
    }
    for (int i = 0; i < IDL__PATIENCE; i++)
        idl__spare_age(&spare);
    assert_null(spare.block);
    idl__cut_fini(&cut);
    idl__block_release(common);
}

static void a_block_that_is_in_use_is_not_taken(void **state)
{
    (void)state;
    idl__block *held = idl__block_new(LARGE);
    idl__block_retain(held);
    idl__spare_put(&spare, held);
    assert_null(idl__spare_take(&spare, LARGE));
    idl__block_release(held);
    assert_null(idl__spare_take(&spare, LARGE + 1));
    assert_ptr_equal(idl__spare_take(&spare, LARGE), held);
    assert_null(spare.block);
    idl__block_release(held);
}

static void the_larger_one_stays_and_none_that_is_too_large(void **state)
{
    (void)state;
    idl__block *large = idl__block_new(LARGE);
    idl__spare_put(&spare, idl__block_new(LARGE / 2));
    idl__spare_put(&spare, large);
    idl__spare_put(&spare, idl__block_new(LARGE / 4));
    idl__spare_put(&spare, idl__block_new(IDL__LARGE_MAX + 1));
    assert_ptr_equal(spare.block, large);
    idl__block_release(spare.block);
    spare.block = NULL;
}

/* The memory of an arena after a reset is what it takes for the next message. */
static void an_arena_keeps_what_is_needed_again(void **state)
{
    (void)state;
    idl_arena arena;
    idl__arena_init(&arena);
    for (int i = 0; i < 4; i++) {
        if (i >= 2)
            alloc_fail_at(0);
        assert_non_null(idl_arena_alloc(&arena, 100));
        assert_non_null(idl_arena_alloc(&arena, LARGE));
        idl_arena_reset(&arena);
    }
    assert_int_equal(alloc_count(), 0);
    assert_true(arena.taken > LARGE);
    assert_non_null(idl_arena_alloc(&arena, 100));
    idl_arena_reset(&arena);
    assert_true(arena.taken < LARGE / 8);
    assert_non_null(idl_arena_alloc(&arena, LARGE));
    idl_arena_reset(&arena);
    idl__arena_trim(&arena);
    assert_int_equal(arena.taken, 0);
    assert_non_null(idl_arena_alloc(&arena, 100));
    idl__arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_large_frame_takes_no_memory),
        cmocka_unit_test(a_block_that_is_in_use_is_not_taken),
        cmocka_unit_test(the_larger_one_stays_and_none_that_is_too_large),
        cmocka_unit_test(an_arena_keeps_what_is_needed_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
