/* SPDX-License-Identifier: MIT */
/* histogram_test.c: what percentiles say is right to 1/64, at any size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "histogram.h"

static histogram *fresh(void)
{
    histogram *h = calloc(1, sizeof *h);
    assert_non_null(h);
    return h;
}

static void near(uint64_t got, uint64_t wanted)
{
    if (got < wanted || got - wanted > wanted / 64)
        fail_msg("%llu is not %llu", (unsigned long long)got, (unsigned long long)wanted);
}

static void every_size_is_kept_to_a_64th(void **state)
{
    (void)state;
    for (unsigned bit = 0; bit < 64; bit++) {
        for (int step = -1; step <= 1; step++) {
            uint64_t value = (UINT64_C(1) << bit) + (uint64_t)step;
            histogram *h = fresh();
            histogram_add(h, value);
            histogram_add(h, UINT64_MAX);
            near(histogram_at(h, 0.5), value);
            assert_true(histogram_at(h, 1) == UINT64_MAX);
            free(h);
        }
    }
}

static void percentiles_of_a_ramp(void **state)
{
    (void)state;
    histogram *h = fresh();
    for (uint64_t value = 1; value <= 100000; value++)
        histogram_add(h, value);
    near(histogram_at(h, 0.5), 50000);
    near(histogram_at(h, 0.99), 99000);
    near(histogram_at(h, 0.0001), 10);
    assert_int_equal(histogram_at(h, 1), 100000);
    assert_true(histogram_mean(h) == 50000.5);
    free(h);
}

static void sums_are_of_both(void **state)
{
    (void)state;
    histogram *a = fresh(), *b = fresh();
    for (int i = 0; i < 90; i++)
        histogram_add(a, 10);
    for (int i = 0; i < 10; i++)
        histogram_add(b, 1000000);
    histogram_merge(a, b);
    assert_int_equal(a->count, 100);
    assert_int_equal(histogram_at(a, 0.9), 10);
    near(histogram_at(a, 0.91), 1000000);
    assert_int_equal(a->max, 1000000);
    free(a);
    free(b);
}

static void nothing_has_no_percentile(void **state)
{
    (void)state;
    histogram *h = fresh();
    assert_int_equal(histogram_at(h, 0.5), 0);
    assert_true(histogram_mean(h) == 0);
    free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_size_is_kept_to_a_64th),
        cmocka_unit_test(percentiles_of_a_ramp),
        cmocka_unit_test(sums_are_of_both),
        cmocka_unit_test(nothing_has_no_percentile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
