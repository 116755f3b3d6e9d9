/* SPDX-License-Identifier: MIT */
/* codec_message_test.c: messages in messages: merging, oneofs, depth; cut anywhere; no memory. */
#include "decoded.h"

#include <stdlib.h>
#include <string.h>

#include "alloc_fail.h"
#include "arena.h"
#include "codec.h"

static void test_a_struct_that_comes_twice_merges(void **state)
{
    (void)state;
    get("aa01 0a 0801 8203 0161 9202 01 01 aa01 0a 1005 8203 0162 9202 01 02 aa01 00");
    assert_true(m.f_all->f_bool);
    assert_int_equal(m.f_all->f_int8, 5);
    assert_int_equal(m.f_all->l_str.count, 2);
    assert_string_equal(m.f_all->l_str.items[1].data, "b");
    assert_int_equal(m.f_all->l_int32.count, 2);
    assert_int_equal(m.f_all->l_int32.items[1], 2);
    /* Two levels down too; other fields between. */
    assert_recodes("aa01 05 aa01 02 0801 10 01 aa01 05 aa01 02 1805",
                   "10 01 aa01 07 aa01 04 0801 1805");
    /* What decode(a b) gives is merge(decode(a), decode(b)): nothing is lost with an error. */
    assert_decode_fails("aa01 02 0801 aa01 02 10ff");
}

static void test_an_empty_struct_is_present(void **state)
{
    (void)state;
    get("aa01 00");
    assert_non_null(m.f_all);
    assert_string_equal(m.f_all->f_str.data, "");
    assert_recodes("aa01 00", "aa01 00");
}

/* Merging many times must not take memory each time: 2 bytes of input would cost a struct. */
static void test_merging_takes_no_memory(void **state)
{
    (void)state;
    enum { TIMES = 20000 };
    static uint8_t wire[TIMES * 3];
    for (size_t i = 0; i < sizeof wire; i += 3)
        memcpy(wire + i, "\xaa\x01\x00", 3);
    idl_bytes bytes = { wire, sizeof wire };
    assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
    assert_true(room->taken < 4 * sizeof(sample_all) + 8192);
}

static void test_oneof(void **state)
{
    (void)state;
    get("8a05 01 61 9005 05"); /* the last one counts */
    assert_int_equal(m.choice, SAMPLE_ALL_CHOICE_NUMBER);
    assert_int_equal(m.number, 5);
    get("9005 05 8a05 00");
    assert_int_equal(m.choice, SAMPLE_ALL_CHOICE_TEXT);
    assert_string_equal(m.text.data, "");
    get("9a05 02 0801 9a05 02 1005"); /* the same struct twice merges */
    assert_int_equal(m.choice, SAMPLE_ALL_CHOICE_CHILD);
    assert_true(m.child->f_bool);
    assert_int_equal(m.child->f_int8, 5);
    get("9a05 02 0801 8a05 0161 9a05 02 1005"); /* but not over another member */
    assert_false(m.child->f_bool);
    assert_int_equal(m.child->f_int8, 5);
    get("9005 ffffffffffffffffff01 9a05 00"); /* nor a number taken for an address */
    assert_non_null(m.child);
    assert_recodes("a005 00", "a005 00");
}

/* Bytes of a message in a message, depth levels below the outermost; free() them. */
static idl_bytes nested(int depth, const char *tag, const char *innermost)
{
    idl_bytes inner = hex(innermost), head = hex(tag);
    for (int i = 0; i < depth; i++) {
        uint8_t *outer = malloc(inner.len + 8), *p = outer;
        memcpy(p, head.data, head.len);
        p += head.len;
        if (inner.len < 128) {
            *p++ = (uint8_t)inner.len;
        } else {
            *p++ = (uint8_t)(inner.len | 0x80);
            *p++ = (uint8_t)(inner.len >> 7);
        }
        memcpy(p, inner.data, inner.len);
        free((void *)(uintptr_t)inner.data);
        inner = (idl_bytes){ outer, (size_t)(p - outer) + inner.len };
    }
    free((void *)(uintptr_t)head.data);
    return inner;
}

static idl_code decode_nested(int depth, const char *tag, const char *innermost)
{
    idl_bytes bytes = nested(depth, tag, innermost);
    idl_code code = idl_decode(&sample_all_type, bytes, room, &m);
    free((void *)(uintptr_t)bytes.data);
    return code;
}

static void test_decoding_depth(void **state)
{
    (void)state;
    static const char *const tags[] = { "aa01", "9a03", "9a05" }; /* a field, a list, a oneof */
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(decode_nested(100, tags[i], "0801"), IDL_OK);
        assert_int_equal(decode_nested(101, tags[i], "0801"), IDL_INVALID_ARGUMENT);
        assert_int_equal(decode_nested(101, tags[i], ""), IDL_INVALID_ARGUMENT);
        assert_int_equal(decode_nested(1000, tags[i], ""), IDL_INVALID_ARGUMENT);
    }
    /* Groups count with the messages around them. */
    assert_int_equal(decode_nested(99, "aa01", "0b 0c"), IDL_OK);
    assert_int_equal(decode_nested(100, "aa01", "0b 0c"), IDL_INVALID_ARGUMENT);
    assert_int_equal(decode_nested(98, "aa01", "0b 0b 0c 0b 0c 0c"), IDL_OK);
    assert_int_equal(decode_nested(98, "aa01", "0b 0b 0b 0c 0c 0c"), IDL_INVALID_ARGUMENT);
    static uint8_t groups[2 * 20000];
    for (int depth = 99; depth <= 20000; depth += depth < 102 ? 1 : 19898) {
        memset(groups, 0x0b, (size_t)depth);
        memset(groups + depth, 0x0c, (size_t)depth);
        idl_bytes bytes = { groups, 2 * (size_t)depth };
        assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m),
                         depth <= 100 ? IDL_OK : IDL_INVALID_ARGUMENT);
    }
}

static idl_code encode_nested(int depth, int kind)
{
    static sample_all chain[200];
    static sample_all_by_bool_entry entries[200];
    for (int i = 0; i < depth; i++) {
        chain[i] = sample_empty();
        entries[i] = (sample_all_by_bool_entry){ .value = sample_empty() };
        if (kind == 0)
            chain[i].f_all = &chain[i + 1];
        else if (kind == 1)
            chain[i].l_all = (sample_all_list){ &chain[i + 1], 1 };
        else
            entries[i].value.m_bool = (sample_all_by_bool){ &entries[i + 1], 1 };
    }
    chain[depth] = entries[depth].value = sample_empty();
    idl_bytes bytes;
    idl_code code =
        idl_encode(&sample_all_type, kind < 2 ? chain : &entries[0].value, room, &bytes);
    if (code == IDL_OK)
        assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
    return code;
}

/* What encodes also decodes; what is deeper does neither. */
static void test_encoding_depth(void **state)
{
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        assert_int_equal(encode_nested(100, kind), IDL_OK);
        assert_int_equal(encode_nested(101, kind), IDL_INVALID_ARGUMENT);
    }
    assert_int_equal(encode_nested(50, 2), IDL_OK); /* an entry and its value: two levels */
    assert_int_equal(encode_nested(51, 2), IDL_INVALID_ARGUMENT);
    sample_all loop = sample_empty();
    loop.f_all = &loop;
    loop.l_all = (sample_all_list){ &loop, 1 };
    loop.l_all.count = 0;
    idl_bytes bytes;
    assert_int_equal(idl_encode(&sample_all_type, &loop, room, &bytes), IDL_INVALID_ARGUMENT);
    /* A list of numbers at the deepest level is not a level. */
    static sample_all chain[101];
    static const int32_t numbers[] = { 1, 2 };
    for (int i = 0; i <= 100; i++) {
        chain[i] = sample_empty();
        chain[i].f_all = i < 100 ? &chain[i + 1] : NULL;
        chain[i].l_int32 = (idl_int32_list){ numbers, 2 };
        chain[i].l_fixed32 = (idl_uint32_list){ (const uint32_t *)numbers, 2 };
    }
    assert_int_equal(idl_encode(&sample_all_type, chain, room, &bytes), IDL_OK);
    assert_int_equal(idl_decode(&sample_all_type, bytes, room, &m), IDL_OK);
}

/* The end of the varint at p, by a reader that shares nothing with the one under test. */
static const uint8_t *plain_varint(const uint8_t *p, uint64_t *v)
{
    *v = 0;
    for (int shift = 0;; shift += 7) {
        *v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p++ < 0x80)
            return p;
    }
}

static const uint8_t *plain_field(const uint8_t *p)
{
    uint64_t tag, v;
    p = plain_varint(p, &tag);
    switch (tag & 7) {
    case 0: return plain_varint(p, &v);
    case 1: return p + 8;
    case 2: p = plain_varint(p, &v); return p + v;
    default: return p + 4;
    }
}

/* A message ends where its bytes end: cut between fields it is the message of the fields before,
 * cut anywhere else it is none. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    rng r = { 4 };
    for (int i = 0; i < 6; i++) {
        sample_all full;
        idl_bytes bytes;
        idl_arena *whole = idl_arena_new();
        sample_random(&r, whole, i < 2 ? 100 : 30, 1, &full);
        assert_int_equal(idl_encode(&sample_all_type, &full, whole, &bytes), IDL_OK);
        const uint8_t *border = bytes.data;
        for (size_t cut = 0; cut <= bytes.len && cut < 6000; cut++) {
            const bool good = bytes.data + cut == border;
            uint8_t *exact = malloc(cut != 0 ? cut : 1);
            memcpy(exact, bytes.data, cut);
            idl_code code = idl_decode(&sample_all_type, (idl_bytes){ exact, cut }, room, &m);
            assert_int_equal(code, good ? IDL_OK : IDL_INVALID_ARGUMENT);
            if (!good)
                assert_memory_equal(&m, sample_all_type.empty, sizeof m);
            if (good && cut < bytes.len)
                border = plain_field(border);
            free(exact);
            idl_arena_reset(room);
        }
        idl_arena_free(whole);
    }
}

/* Each allocation fails once; the result is an error that says so, and nothing else happens. */
static void test_no_memory(void **state)
{
    (void)state;
    rng r = { 5 };
    sample_all full;
    idl_bytes bytes;
    sample_random(&r, room, 100, 2, &full);
    assert_int_equal(idl_encode(&sample_all_type, &full, room, &bytes), IDL_OK);
    size_t n = 1;
    for (;; n++) {
        struct idl_arena scratch;
        idl__arena_init(&scratch);
        alloc_fail_at(n);
        idl_code code = idl_decode(&sample_all_type, bytes, &scratch, &m);
        bool failed = alloc_fail_happened();
        alloc_fail_at(0);
        assert_int_equal(code, failed ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
        assert_int_equal(idl_arena_failed(&scratch), failed);
        if (failed) {
            assert_memory_equal(&m, sample_all_type.empty, sizeof m);
            assert_int_equal(idl_decode(&sample_all_type, bytes, &scratch, &m),
                             IDL_RESOURCE_EXHAUSTED); /* sticks until the reset */
            idl_arena_reset(&scratch);
            assert_int_equal(idl_decode(&sample_all_type, bytes, &scratch, &m), IDL_OK);
        }
        idl__arena_fini(&scratch);
        if (!failed)
            break;
    }
    assert_true(n > 2);
    for (n = 1;; n++) {
        struct idl_arena scratch;
        idl_bytes out;
        idl__arena_init(&scratch);
        alloc_fail_at(n);
        idl_code code = idl_encode(&sample_all_type, &full, &scratch, &out);
        bool failed = alloc_fail_happened();
        alloc_fail_at(0);
        assert_int_equal(code, failed ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
        assert_int_equal(out.len, failed ? 0 : bytes.len);
        idl__arena_fini(&scratch);
        if (!failed)
            break;
    }
    assert_true(n > 2);
}

/* The memory ends at every place in turn: an arena with less and less left in its only chunk. */
static void test_memory_ends_anywhere(void **state)
{
    (void)state;
    rng r = { 7 };
    for (int round = 0; round < 6; round++) {
        sample_all full;
        idl_bytes bytes, out;
        sample_random(&r, room, 60, 1, &full);
        assert_int_equal(idl_encode(&sample_all_type, &full, room, &bytes), IDL_OK);
        int ended = 0;
        for (size_t used = 0; used < 4000; used += 16) {
            struct idl_arena scratch;
            idl__arena_init(&scratch);
            idl_arena_alloc(&scratch, used);
            alloc_fail_at(1);
            idl_code code = idl_decode(&sample_all_type, bytes, &scratch, &m);
            assert_int_equal(code, alloc_fail_happened() ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
            ended += alloc_fail_happened();
            alloc_fail_at(0);
            if (code != IDL_OK)
                assert_memory_equal(&m, sample_all_type.empty, sizeof m);
            idl_arena_reset(&scratch);
            idl_arena_alloc(&scratch, used);
            alloc_fail_at(1);
            code = idl_encode(&sample_all_type, &full, &scratch, &out);
            assert_int_equal(code, alloc_fail_happened() ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
            assert_int_equal(out.len, alloc_fail_happened() ? 0 : bytes.len);
            alloc_fail_at(0);
            idl__arena_fini(&scratch);
        }
        assert_true(ended > 0);
        idl_arena_reset(room);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

/* A list of empty structs: two bytes each there, a large struct here. */
static void test_memory_is_bounded(void **state)
{
    enum { COUNT = 20000, MAX = 1 << 20 };
    (void)state;
    uint8_t *bytes = malloc(3 * COUNT);
    assert_non_null(bytes);
    for (size_t i = 0; i < COUNT; i++)
        memcpy(bytes + 3 * i, "\x9a\x03\x00", 3);
    const idl_bytes input = { bytes, 3 * COUNT }, little = { bytes, 3 * 100 };
    const size_t size = sizeof(sample_all);
    assert_int_equal(idl__decode_within(&sample_all_type, input, room, &m, MAX), IDL_OUT_OF_RANGE);
    assert_in_range(room->taken, 0, MAX);
    assert_int_equal(m.l_all.count, 0);
    assert_false(idl_arena_failed(room)); /* it goes on */
    idl_arena_reset(room);
    assert_int_equal(idl__decode_within(&sample_all_type, little, room, &m, MAX), IDL_OK);
    assert_int_equal(m.l_all.count, 100);
    assert_non_null(idl_arena_alloc(room, 4 * MAX)); /* it was for the message alone */
    idl_arena_reset(room);
    idl__arena_trim(room);
    /* As much as is allowed can be used, besides what was there, whatever chunks would usually be. */
    const size_t kept = room->taken;
    assert_int_equal(idl__decode_within(&sample_all_type, input, room, &m, COUNT * size + 4096),
                     IDL_OK);
    assert_int_equal(m.l_all.count, COUNT);
    assert_in_range(room->taken - kept, COUNT * size, COUNT * size + 4096 + 256);
    idl_arena_reset(room);

    idl_arena_limit(room, MAX); /* for all that goes in, and over a reset */
    for (int i = 0; i < 2; i++) {
        assert_int_equal(idl_decode(&sample_all_type, input, room, &m), IDL_RESOURCE_EXHAUSTED);
        assert_true(idl_arena_failed(room));
        idl_arena_reset(room);
        assert_int_equal(idl_decode(&sample_all_type, little, room, &m), IDL_OK);
        assert_non_null(idl_arena_alloc(room, MAX / 4));
        assert_null(idl_arena_alloc(room, MAX));
        idl_arena_reset(room);
    }
    idl_arena_limit(room, 0);
    assert_int_equal(idl_decode(&sample_all_type, input, room, &m), IDL_OK);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_struct_that_comes_twice_merges),
        TEST(test_an_empty_struct_is_present),
        TEST(test_merging_takes_no_memory),
        TEST(test_oneof),
        TEST(test_decoding_depth),
        TEST(test_encoding_depth),
        TEST(test_cut_at_every_byte),
        TEST(test_no_memory),
        TEST(test_memory_ends_anywhere),
        TEST(test_memory_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
