/* SPDX-License-Identifier: MIT */
/* printf_test.c: idl_call_printf says what printf says. */
#include <inttypes.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <idl/call.h>

#include "alloc_fail.h"

static void alike(idl_str text, const char *wanted)
{
    assert_string_equal(text.data, wanted);
    assert_int_equal(text.len, strlen(wanted));
}

#define SAME(...)                                          \
    do {                                                   \
        char wanted[1024];                                 \
        snprintf(wanted, sizeof wanted, __VA_ARGS__);      \
        alike(idl_call_printf(call, __VA_ARGS__), wanted); \
    } while (0)

static void conversions(void **state)
{
    idl_call *call = *state;
    SAME("plain");
    SAME("%s", "");
    SAME("Hello, %s", "Ada");
    SAME("%s%s%s", "a", "", "c");
    SAME("100%% of %s%%", "it");
    SAME("%d %i %u %x", -1, 42, 7U, 0xbeefU);
    SAME("%d %d %u", INT_MIN, INT_MAX, UINT_MAX);
    SAME("%ld %lu %lx", LONG_MIN, ULONG_MAX, 0xfeedUL);
    SAME("%lld %llu %llx", LLONG_MIN, ULLONG_MAX, 1ULL);
    SAME("%zu %zx %zd", SIZE_MAX, (size_t)0, (ptrdiff_t)-5);
    SAME("%jd %ju", INTMAX_MIN, UINTMAX_MAX);
    SAME("%" PRIu64 "/%" PRId64, UINT64_MAX, INT64_MIN);
    SAME("%c%c", 'x', '%');
    SAME("%.*s|%.*s|%.*s", 3, "abcdef", 9, "abc", 0, "abc");
}

static void what_printf_alone_understands(void **state)
{
    idl_call *call = *state;
    SAME("%5d|%-5d|%05d|%+d|% d", 1, 2, 3, 4, 5);
    SAME("%s: %.2f %g %e", "numbers", 1.5, 1e100, -2.0);
    SAME("%10s|%-10s|%.2s", "right", "left", "cut");
    SAME("%X %o %#x %hhd %hu", 255U, 8U, 16U, (signed char)-3, (unsigned short)7);
    SAME("%d then %5s then %d", 1, "x", 2);
    SAME("%s %p", "at", (void *)call);
}

static void more_pieces_than_are_kept(void **state)
{
    idl_call *call = *state;
    SAME("%d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7);
    SAME("%d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8);
    SAME("%d %d %d %d %d %d %d %d %d %d %d %d", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12);
}

static void text_without_an_end(void **state)
{
    const char letters[3] = { 'a', 'b', 'c' };
    alike(idl_call_printf(*state, "%.*s", 3, letters), "abc");
}

static void any_length(void **state)
{
    for (size_t len = 1; len < 200000; len = 3 * len + 1) {
        char *text = malloc(len + 1);
        assert_non_null(text);
        memset(text, 'x', len);
        text[len] = '\0';
        idl_str plain = idl_call_printf(*state, "%s!", text);
        idl_str padded = idl_call_printf(*state, "%3d%s", 1, text);
        assert_int_equal(plain.len, len + 1);
        assert_memory_equal(plain.data, text, len);
        assert_string_equal(plain.data + len, "!");
        assert_int_equal(padded.len, len + 3);
        assert_string_equal(padded.data + 3, text);
        free(text);
    }
}

/* Without memory the text is empty, and the call remembers it. */
static void no_memory(void **state)
{
    static char text[100000];
    memset(text, 'x', sizeof text - 1);
    alloc_fail_at(1);
    idl_str got = idl_call_printf(*state, "%s", text);
    assert_true(alloc_fail_happened());
    alloc_fail_at(0);
    alike(got, "");
    alike(idl_call_printf(*state, "%d", 1), "");
}

static int begin(void **state)
{
    *state = idl_call_new();
    return *state == NULL;
}

static int end(void **state)
{
    idl_call_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(conversions, begin, end),
        cmocka_unit_test_setup_teardown(what_printf_alone_understands, begin, end),
        cmocka_unit_test_setup_teardown(more_pieces_than_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(text_without_an_end, begin, end),
        cmocka_unit_test_setup_teardown(any_length, begin, end),
        cmocka_unit_test_setup_teardown(no_memory, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
