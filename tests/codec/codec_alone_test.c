/* SPDX-License-Identifier: MIT */
/* codec_alone_test.c: the short way of messages of one text or bytes: what it takes is byte for byte,
 * and value for value, what the codec makes of it; what it does not take is left as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "codec.h"
#include "codec_alone.h"

static const idl_str empty_str = IDL_EMPTY_STR;
static const idl_bytes empty_bytes = IDL_EMPTY_BYTES;
static const idl_message text_type = { sizeof(idl_str), &empty_str, idl_put_one_str,
                                       idl_get_one_str };
static const idl_message bytes_type = { sizeof(idl_bytes), &empty_bytes, idl_put_one_bytes,
                                        idl_get_one_bytes };
static const idl_message number_type = { sizeof(idl_bytes), &empty_bytes, idl_put_one_int64,
                                         idl_get_one_int64 };

/* bytes stand for text too: the members are the same. */
static bool puts_as_the_codec(const idl_message *type, idl_bytes value)
{
    uint8_t frame[IDL__ALONE_MAX + 1];
    idl_arena *arena = idl_arena_new();
    idl_bytes expected;
    memset(frame, 0x5a, sizeof frame);
    size_t size = idl__put_alone(frame, type, &value);
    assert_int_equal(frame[IDL__ALONE_MAX], 0x5a);
    if (size != 0) {
        assert_int_equal(idl_encode(type, &value, arena, &expected), IDL_OK);
        assert_int_equal(size, expected.len);
        assert_memory_equal(frame, expected.data, size);
    }
    idl_arena_free(arena);
    return size != 0;
}

/* An arena from which something was taken, so that it has memory. */
static idl_arena *warm_arena(void)
{
    idl_arena *arena = idl_arena_new();
    assert_non_null(idl_arena_alloc(arena, 8));
    return arena;
}

/* What the codec gives; true: and the short way as well. */
static bool gets_as_the_codec(const idl_message *type, idl_bytes in)
{
    idl_arena *arena = warm_arena(), *other = warm_arena();
    idl_bytes value = { in.data, 99 }, expected, within;
    idl_code code = idl_decode(type, in, other, &expected);
    bool taken = idl__get_alone(type, in, arena, &value);
    if (taken) {
        assert_int_equal(code, IDL_OK);
        assert_int_equal(value.len, expected.len);
        assert_memory_equal(value.data, expected.data, value.len);
        if (type == &text_type)
            assert_int_equal(value.data[value.len], 0);
        else
            assert_ptr_equal(value.data, expected.data);
    } else {
        assert_true(value.data == in.data && value.len == 99);
    }
    assert_int_equal(idl__decode_within(type, in, arena, &within, 1 << 20), code);
    assert_int_equal(within.len, expected.len);
    assert_memory_equal(within.data, expected.data, within.len);
    idl_arena_free(arena);
    idl_arena_free(other);
    return taken;
}

static void every_length_is_as_the_codec_writes_it(void **state)
{
    (void)state;
    uint8_t data[200];
    memset(data, 'a', sizeof data);
    for (size_t len = 0; len < sizeof data; len++) {
        const bool is_short = len > 0 && len <= IDL__TEXT_SHORT;
        idl_bytes value = { data, len };
        assert_int_equal(puts_as_the_codec(&bytes_type, value), is_short);
        assert_int_equal(puts_as_the_codec(&text_type, value), is_short);
        assert_false(puts_as_the_codec(&number_type, value));
        for (size_t i = 0; i < len && is_short; i++) { /* not ASCII, anywhere */
            data[i] = 0xff;
            assert_true(puts_as_the_codec(&bytes_type, value));
            assert_false(puts_as_the_codec(&text_type, value));
            data[i] = 'a';
        }
    }
}

static void every_length_is_as_the_codec_reads_it(void **state)
{
    (void)state;
    uint8_t in[202];
    memset(in, 'b', sizeof in);
    in[0] = 0x0a;
    for (size_t len = 0; len < 128; len++) {
        const bool is_short = len > 0 && len <= IDL__TEXT_SHORT;
        idl_bytes message = { in, 2 + len };
        in[1] = (uint8_t)len;
        assert_int_equal(gets_as_the_codec(&bytes_type, message), is_short);
        assert_int_equal(gets_as_the_codec(&text_type, message), is_short && !IDL__ASAN);
        for (size_t i = 2; i < 2 + len && is_short; i++) {
            in[i] = 0xff;
            assert_true(gets_as_the_codec(&bytes_type, message));
            assert_false(gets_as_the_codec(&text_type, message));
            in[i] = 'b';
        }
        for (int off = -1; off <= 1; off += 2) { /* cut short, or with more behind it */
            in[1] = (uint8_t)(len + (size_t)off);
            assert_false(gets_as_the_codec(&bytes_type, message));
            assert_false(gets_as_the_codec(&text_type, message));
        }
    }
}

static void other_messages_are_left_to_the_codec(void **state)
{
    (void)state;
    static const uint8_t strangers[][6] = {
        { 0x12, 4, 'a', 'b', 'c', 'd' }, /* another field */
        { 0x08, 4, 0x10, 1, 0x10, 2 },   /* another wire type */
        { 0x0a, 1, 'a', 0x0a, 1, 'b' },  /* the field twice */
        { 0x8a, 0x00, 3, 'a', 'b', 'c' } /* a tag of two bytes */
    };
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        idl_bytes in = { strangers[i], sizeof strangers[i] };
        assert_false(gets_as_the_codec(&bytes_type, in));
        assert_false(gets_as_the_codec(&text_type, in));
    }
    assert_false(gets_as_the_codec(&text_type, (idl_bytes){ NULL, 0 }));
}

/* Messages one after another, as long as there is room and beyond. */
static void an_arena_that_fills_up_goes_on(void **state)
{
    (void)state;
    static const uint8_t in[] = { 0x0a, 5, 'h', 'e', 'l', 'l', 'o' };
    idl_arena *arena = idl_arena_new();
    idl_str first, next;
    assert_int_equal(
        idl__decode_within(&text_type, (idl_bytes){ in, sizeof in }, arena, &first, 1 << 20),
        IDL_OK);
    for (int i = 0; i < 2000; i++) {
        assert_int_equal(
            idl__decode_within(&text_type, (idl_bytes){ in, sizeof in }, arena, &next, 1 << 20),
            IDL_OK);
        assert_string_equal(next.data, "hello");
        assert_ptr_not_equal(next.data, first.data);
    }
    assert_string_equal(first.data, "hello");
    idl__arena_fail(arena);
    assert_int_equal(
        idl__decode_within(&text_type, (idl_bytes){ in, sizeof in }, arena, &next, 1 << 20),
        IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(next.len, 0);
    idl_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length_is_as_the_codec_writes_it),
        cmocka_unit_test(every_length_is_as_the_codec_reads_it),
        cmocka_unit_test(other_messages_are_left_to_the_codec),
        cmocka_unit_test(an_arena_that_fills_up_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
