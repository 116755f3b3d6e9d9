/* SPDX-License-Identifier: MIT */
/* alloc_fail.h: makes the runtime's n-th allocation fail. Link test-alloc-fail, which wraps
 * idl__malloc and idl__realloc; it needs the static runtime. Threads share the count.
 *
 *     for (size_t n = 1; ; n++) {
 *         alloc_fail_at(n);
 *         ... what is tested ...
 *         if (!alloc_fail_happened())
 *             break;                   // every allocation has failed once
 *     }
 *     alloc_fail_at(0);
 */
#ifndef TEST_ALLOC_FAIL_H
#define TEST_ALLOC_FAIL_H

#include <stdbool.h>
#include <stddef.h>

/* The n-th allocation from now on fails, once; 0: none does. */
void alloc_fail_at(size_t n);
bool alloc_fail_happened(void);

/* Allocations since alloc_fail_at was called last. */
size_t alloc_count(void);

#endif
