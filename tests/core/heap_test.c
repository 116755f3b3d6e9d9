/* SPDX-License-Identifier: MIT */
/* heap_test.c: the first is always the soonest, whatever comes and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>

#include "heap.h"

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static uint64_t soonest(const idl__timed *nodes, size_t count)
{
    uint64_t at = UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        if (nodes[i].listed && nodes[i].at < at)
            at = nodes[i].at;
    return at;
}

static void the_first_is_the_soonest(void **state)
{
    enum { COUNT = 300, STEPS = 20000 };
    static idl__timed nodes[COUNT];
    idl__heap heap = { NULL, NULL };
    uint64_t seed = 1;
    (void)state;
    for (int step = 0; step < STEPS; step++) {
        idl__timed *node = &nodes[next_random(&seed) % COUNT];
        if (node->listed) {
            idl__heap_remove(&heap, node);
        } else {
            node->at = next_random(&seed) % 500; /* some at the same time */
            idl__heap_add(&heap, node);
        }
        uint64_t expected = soonest(nodes, COUNT);
        assert_true((heap.first != NULL ? heap.first->at : UINT64_MAX) == expected);
    }
    for (uint64_t last = 0; heap.first != NULL; idl__heap_remove(&heap, heap.first)) {
        assert_true(heap.first->at >= last);
        last = heap.first->at;
    }
    assert_true(soonest(nodes, COUNT) == UINT64_MAX);
}

/* Runs that grow, lose nodes at both ends and in the middle, and begin beside each other. */
static void runs_keep_the_order(void **state)
{
    enum { COUNT = 200, STEPS = 20000 };
    static idl__timed nodes[COUNT];
    idl__heap heap = { NULL, NULL };
    uint64_t seed = 2;
    (void)state;
    for (uint64_t step = 0; step < STEPS; step++) {
        idl__timed *node = &nodes[next_random(&seed) % COUNT];
        if (node->listed) {
            idl__heap_remove(&heap, step % 3 == 0 ? heap.first : node);
        } else {
            node->at = step + (next_random(&seed) % 20 == 0 ? 0 : 100);
            idl__heap_add(&heap, node);
        }
        uint64_t expected = soonest(nodes, COUNT);
        assert_true((heap.first != NULL ? heap.first->at : UINT64_MAX) == expected);
    }
}

/* The worst shape: everything below one. */
static void many_in_order_and_against_it(void **state)
{
    enum { COUNT = 100000 };
    idl__timed *nodes = calloc(COUNT, sizeof *nodes);
    idl__heap heap = { NULL, NULL };
    (void)state;
    for (int way = 0; way < 2; way++) {
        for (size_t i = 0; i < COUNT; i++) {
            nodes[i].at = way == 0 ? i : COUNT - i;
            idl__heap_add(&heap, &nodes[i]);
        }
        for (size_t i = 0; i < COUNT; i++) {
            assert_ptr_equal(heap.first, &nodes[way == 0 ? i : COUNT - 1 - i]);
            idl__heap_remove(&heap, heap.first);
        }
        assert_null(heap.first);
    }
    free(nodes);
}

static void what_is_in_no_heap_is_left_alone(void **state)
{
    idl__heap heap = { NULL, NULL };
    idl__timed node = { .at = 1 };
    (void)state;
    idl__heap_remove(&heap, &node);
    idl__heap_add(&heap, &node);
    idl__heap_remove(&heap, &node);
    idl__heap_remove(&heap, &node);
    assert_null(heap.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_is_the_soonest),
        cmocka_unit_test(runs_keep_the_order),
        cmocka_unit_test(many_in_order_and_against_it),
        cmocka_unit_test(what_is_in_no_heap_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
