/* SPDX-License-Identifier: MIT */
/* codec_kinds_test.c: lists of each kind of number, which the codec compiles one by one: long ones,
 * numbers written longer than they need be, numbers out of range, chunks cut anywhere, no memory. */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "arena.h"
#include "codec.h"

/* What every typed list is. */
struct list {
    const void *items;
    size_t count;
};

enum wire { VARINT = 0, FIXED64 = 1, CHUNK = 2, FIXED32 = 5 };

static const struct kind {
    const char *name;
    uint8_t field;
    enum wire wire; /* of one element */
    bool narrow;    /* a number may be too large for an element */
    uint8_t size;   /* of an element in memory */
    size_t offset;  /* of the list in a sample_all */
} kinds[] = {
    // clang-format off
    { "bool",     31, VARINT,  false, sizeof(bool), offsetof(sample_all, l_bool) },
    { "int8",     32, VARINT,  true,  1, offsetof(sample_all, l_int8) },
    { "int16",    33, VARINT,  true,  2, offsetof(sample_all, l_int16) },
    { "int32",    34, VARINT,  false, 4, offsetof(sample_all, l_int32) },
    { "int64",    35, VARINT,  false, 8, offsetof(sample_all, l_int64) },
    { "uint8",    36, VARINT,  true,  1, offsetof(sample_all, l_uint8) },
    { "uint16",   37, VARINT,  true,  2, offsetof(sample_all, l_uint16) },
    { "uint32",   38, VARINT,  false, 4, offsetof(sample_all, l_uint32) },
    { "uint64",   39, VARINT,  false, 8, offsetof(sample_all, l_uint64) },
    { "sint32",   40, VARINT,  false, 4, offsetof(sample_all, l_sint32) },
    { "sint64",   41, VARINT,  false, 8, offsetof(sample_all, l_sint64) },
    { "fixed32",  42, FIXED32, false, 4, offsetof(sample_all, l_fixed32) },
    { "fixed64",  43, FIXED64, false, 8, offsetof(sample_all, l_fixed64) },
    { "sfixed32", 44, FIXED32, false, 4, offsetof(sample_all, l_sfixed32) },
    { "sfixed64", 45, FIXED64, false, 8, offsetof(sample_all, l_sfixed64) },
    { "float",    46, FIXED32, false, 4, offsetof(sample_all, l_float) },
    { "double",   47, FIXED64, false, 8, offsetof(sample_all, l_double) },
    { "enum",     50, VARINT,  false, 4, offsetof(sample_all, l_color) },
    // clang-format on
};
enum { KINDS = sizeof kinds / sizeof *kinds, LONG = 3000, VARINT_MAX = 10 };

static idl_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = idl_arena_new();
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    alloc_fail_at(0);
    idl_arena_free(arena);
    return 0;
}

static struct list list_of(const struct kind *kind, const sample_all *m)
{
    struct list list;
    memcpy(&list, (const char *)m + kind->offset, sizeof list);
    return list;
}

/* A message with nothing but this list. */
static sample_all message_of(const struct kind *kind, struct list list)
{
    sample_all m = sample_empty();
    memcpy((char *)&m + kind->offset, &list, sizeof list);
    return m;
}

/* Elements of all magnitudes. */
static struct list random_list(const struct kind *kind, rng *r, size_t count)
{
    uint8_t *items = idl_arena_alloc(arena, (count + 1) * kind->size);
    for (size_t i = 0; i < count; i++) {
        uint64_t bits = rng_next(r) >> rng_below(r, 64);
        bool truth = bits & 1;
        uint8_t low8 = (uint8_t)bits;
        uint16_t low16 = (uint16_t)bits;
        uint32_t low32 = (uint32_t)bits;
        const void *from = kind->offset == offsetof(sample_all, l_bool) ? (const void *)&truth
                           : kind->size == 1                            ? (const void *)&low8
                           : kind->size == 2                            ? (const void *)&low16
                           : kind->size == 4                            ? (const void *)&low32
                                                                        : (const void *)&bits;
        memcpy(items + i * kind->size, from, kind->size);
    }
    return (struct list){ items, count };
}

static void assert_same(const struct kind *kind, struct list expected, const sample_all *m)
{
    struct list got = list_of(kind, m);
    if (got.count != expected.count ||
        (got.count != 0 && memcmp(got.items, expected.items, got.count * kind->size) != 0))
        fail_msg("%s: another list", kind->name);
}

/* Decodes from memory that ends with the bytes. */
static idl_code decode(const void *bytes, size_t len, idl_arena *into, sample_all *m)
{
    uint8_t *exact = malloc(len + (len == 0));
    memcpy(exact, bytes, len);
    idl_code code = idl_decode(&sample_all_type, (idl_bytes){ exact, len }, into, m);
    free(exact);
    return code;
}

/* One number after its tag, or a chunk of it. */
static idl_code decode_one(const struct kind *kind, bool chunk, const uint8_t *number, size_t len,
                           sample_all *m)
{
    uint8_t bytes[32];
    const unsigned tag = kind->field * 8U + (chunk ? CHUNK : kind->wire);
    size_t n = 0;
    bytes[n++] = (uint8_t)(tag | 0x80);
    bytes[n++] = (uint8_t)(tag >> 7);
    if (chunk)
        bytes[n++] = (uint8_t)len;
    memcpy(bytes + n, number, len);
    return decode(bytes, n + len, arena, m);
}

/* More elements than any buffer of the start has room for. */
static void test_long_lists(void **state)
{
    (void)state;
    rng r = { 11 };
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct list list = random_list(kind, &r, LONG);
        sample_all m = message_of(kind, list), again;
        idl_bytes bytes;
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        assert_int_equal(decode(bytes.data, bytes.len, arena, &again), IDL_OK);
        assert_same(kind, list, &again);
        idl_arena_reset(arena);
    }
}

/* Ten bytes hold any number, also one that fits in one; eleven are none. */
static void test_numbers_longer_than_they_need_be(void **state)
{
    (void)state;
    static const uint8_t one[] = { 1 };
    static const uint8_t long_one[] = { 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0 };
    static const uint8_t endless[] = {
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0
    };
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        if (kind->wire != VARINT)
            continue;
        for (int chunk = 0; chunk < 2; chunk++) {
            sample_all m, same;
            assert_int_equal(decode_one(kind, chunk, one, sizeof one, &m), IDL_OK);
            assert_int_equal(decode_one(kind, chunk, long_one, sizeof long_one, &same), IDL_OK);
            assert_same(kind, list_of(kind, &m), &same);
            assert_int_equal(decode_one(kind, chunk, endless, sizeof endless, &m),
                             IDL_INVALID_ARGUMENT);
        }
    }
}

/* 2^35 + 1: 32 bits of it are taken, as protobuf does; elements of 8 and 16 bits have a range. */
static void test_numbers_too_large(void **state)
{
    (void)state;
    static const uint8_t large[] = { 0x81, 0x80, 0x80, 0x80, 0x80, 1 };
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        sample_all m;
        if (kind->wire != VARINT)
            continue;
        for (int chunk = 0; chunk < 2; chunk++)
            assert_int_equal(decode_one(kind, chunk, large, sizeof large, &m),
                             kind->narrow ? IDL_INVALID_ARGUMENT : IDL_OK);
    }
}

/* A chunk, and a single number, that end before they should. */
static void test_cut_anywhere(void **state)
{
    (void)state;
    rng r = { 12 };
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        sample_all m = message_of(kind, random_list(kind, &r, 20));
        idl_bytes bytes;
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        for (size_t len = 1; len < bytes.len; len++)
            assert_int_equal(decode(bytes.data, len, arena, &m), IDL_INVALID_ARGUMENT);

        static const uint8_t number[VARINT_MAX] = { 0x80, 0x80, 0x80, 0x80 };
        const size_t whole = kind->wire == FIXED64 ? 8 : kind->wire == FIXED32 ? 4 : 5;
        assert_int_equal(decode_one(kind, false, number, whole, &m), IDL_OK);
        for (size_t len = 0; len < whole; len++)
            assert_int_equal(decode_one(kind, false, number, len, &m), IDL_INVALID_ARGUMENT);
        idl_arena_reset(arena);
    }
}

/* The n-th allocation fails; false: there was no n-th. */
static bool fails_to_decode(const struct kind *kind, size_t n, idl_bytes bytes, struct list list)
{
    struct idl_arena scratch;
    sample_all m;
    idl__arena_init(&scratch);
    alloc_fail_at(n);
    idl_code code = idl_decode(&sample_all_type, bytes, &scratch, &m);
    bool failed = alloc_fail_happened();
    alloc_fail_at(0);
    assert_int_equal(code, failed ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
    assert_same(kind, failed ? (struct list){ NULL, 0 } : list, &m);
    idl__arena_fini(&scratch);
    return failed;
}

static bool fails_to_encode(size_t n, const sample_all *m, idl_bytes expected)
{
    struct idl_arena scratch;
    idl_bytes bytes;
    idl__arena_init(&scratch);
    alloc_fail_at(n);
    idl_code code = idl_encode(&sample_all_type, m, &scratch, &bytes);
    bool failed = alloc_fail_happened();
    alloc_fail_at(0);
    assert_int_equal(code, failed ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
    assert_int_equal(bytes.len, failed ? 0 : expected.len);
    idl__arena_fini(&scratch);
    return failed;
}

static void test_no_memory(void **state)
{
    (void)state;
    rng r = { 13 };
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        struct list list = random_list(kind, &r, LONG);
        sample_all m = message_of(kind, list);
        idl_bytes bytes;
        assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes), IDL_OK);
        size_t decoding = 1, encoding = 1;
        while (fails_to_decode(kind, decoding, bytes, list))
            decoding++;
        while (fails_to_encode(encoding, &m, bytes))
            encoding++;
        assert_true(decoding > 1 && encoding > 1);
        idl_arena_reset(arena);
    }
}

/* Refused before an element is looked at. */
static void test_more_elements_than_a_message_may_have(void **state)
{
    (void)state;
    static const uint8_t nothing[8];
    for (const struct kind *kind = kinds; kind < kinds + KINDS; kind++) {
        const size_t eight_in_bytes = SIZE_MAX / 8 * 5 + 6; /* of eight each, as size_t counts */
        const size_t counts[] = { (size_t)INT32_MAX + 1, eight_in_bytes, SIZE_MAX };
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
            sample_all m = message_of(kind, (struct list){ nothing, counts[i] });
            idl_bytes bytes;
            assert_int_equal(idl_encode(&sample_all_type, &m, arena, &bytes),
                             IDL_RESOURCE_EXHAUSTED);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_long_lists),        TEST(test_numbers_longer_than_they_need_be),
        TEST(test_numbers_too_large), TEST(test_cut_anywhere),
        TEST(test_no_memory),         TEST(test_more_elements_than_a_message_may_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
