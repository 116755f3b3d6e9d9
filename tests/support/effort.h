/* SPDX-License-Identifier: MIT */
/* effort.h: how often a test that repeats itself does so. Under valgrind, which is thirty times
 * slower, the environment's TEST_EFFORT=30 asks for one thirtieth. */
#ifndef TEST_EFFORT_H
#define TEST_EFFORT_H

#include <stdlib.h>

/* The divisor: 1 unless the environment says otherwise. */
static inline int test_effort(void)
{
    const char *text = getenv("TEST_EFFORT");
    int divisor = text ? atoi(text) : 1;
    return divisor > 0 ? divisor : 1;
}

/* One part of rounds, but never none. */
static inline int test_rounds(int rounds)
{
    int part = rounds / test_effort();
    return part > 0 ? part : 1;
}

#endif
