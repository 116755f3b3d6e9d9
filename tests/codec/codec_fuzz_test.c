/* SPDX-License-Identifier: MIT */
/* codec_fuzz_test.c: random messages there and back, and damaged ones. Seeded: the same every time. */
#include "effort.h"
#include "sample.h"

#include <stdlib.h>
#include <string.h>

/* Decodes and encodes; what comes out must be a fixed point. False if it does not decode. */
static bool settles(idl_bytes bytes, idl_arena *arena)
{
    sample_all m;
    idl_bytes once, twice;
    if (idl_decode(&sample_all_type, bytes, arena, &m) != IDL_OK)
        return false;
    assert_int_equal(idl_encode(&sample_all_type, &m, arena, &once), IDL_OK);
    assert_int_equal(idl_decode(&sample_all_type, once, arena, &m), IDL_OK);
    assert_int_equal(idl_encode(&sample_all_type, &m, arena, &twice), IDL_OK);
    assert_int_equal(once.len, twice.len);
    assert_memory_equal(once.data, twice.data, once.len);
    return true;
}

static void test_round_trips(void **state)
{
    (void)state;
    rng r = { 1 };
    idl_arena *arena = idl_arena_new();
    for (int i = 0; i < test_rounds(2000); i++) {
        sample_all m, copy;
        idl_bytes bytes, again;
        sample_random(&r, arena, (unsigned)(i % 100), i % 4, &m);
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        assert_int_equal(idl_decode(&sample_all_type, bytes, arena, &copy), IDL_OK);
        assert_int_equal(idl_encode(&sample_all_type, &copy, arena, &again), IDL_OK);
        assert_int_equal(bytes.len, again.len);
        assert_memory_equal(bytes.data, again.data, bytes.len);
        idl_arena_reset(arena);
    }
    idl_arena_free(arena);
}

/* One to four changes: a byte, a bit, a cut, a repeated piece, a piece left out. */
static size_t damage(rng *r, uint8_t *data, size_t len, size_t capacity)
{
    for (uint64_t n = 1 + rng_below(r, 4); n > 0 && len > 0; n--) {
        size_t at = (size_t)rng_below(r, len);
        size_t piece = (size_t)rng_below(r, len - at < 16 ? len - at + 1 : 16);
        switch (rng_below(r, 6)) {
        case 0: data[at] = (uint8_t)rng_next(r); break;
        case 1: data[at] ^= (uint8_t)(1 << rng_below(r, 8)); break;
        case 2: data[at] = (uint8_t)(0xff << rng_below(r, 8)); break;
        case 3: len = at; break;
        case 4:
            if (len + piece > capacity)
                break;
            memmove(data + at + piece, data + at, len - at);
            len += piece;
            break;
        default:
            memmove(data + at, data + at + piece, len - at - piece);
            len -= piece;
            break;
        }
    }
    return len;
}

static void test_damaged_bytes(void **state)
{
    (void)state;
    rng r = { 2 };
    idl_arena *arena = idl_arena_new(), *scratch = idl_arena_new();
    unsigned decoded = 0;
    for (int i = 0; i < test_rounds(1500); i++) {
        sample_all m;
        idl_bytes bytes;
        sample_random(&r, arena, 5 + (unsigned)(i % 40), 2, &m);
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        for (int k = 0; k < 100; k++) {
            size_t capacity = bytes.len + 64;
            uint8_t *copy = malloc(capacity);
            memcpy(copy, bytes.data, bytes.len);
            size_t len = damage(&r, copy, bytes.len, capacity);
            uint8_t *exact = malloc(len != 0 ? len : 1); /* the heap watches its end */
            memcpy(exact, copy, len);
            free(copy);
            decoded += settles((idl_bytes){ exact, len }, scratch);
            free(exact);
            idl_arena_reset(scratch);
        }
        idl_arena_reset(arena);
    }
    assert_true(decoded > 1000 / (unsigned)test_effort()); /* else the damage says nothing about what is accepted */
    idl_arena_free(scratch);
    idl_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_damaged_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
