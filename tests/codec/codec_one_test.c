/* SPDX-License-Identifier: MIT */
/* codec_one_test.c: messages of one scalar: byte for byte what a field's own calls write and read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include <idl/codec.h>

enum choice { CHOICE_NONE, CHOICE_FAR = INT32_MIN };

/* Kind, type, wire type, a value to send, what a field's put is called with. */
#define KINDS(X)                                                       \
    X(bool, bool, VARINT, true, put_varint, v)                         \
    X(int8, int8_t, VARINT, INT8_MIN, put_varint, (uint64_t)v)         \
    X(int16, int16_t, VARINT, INT16_MIN, put_varint, (uint64_t)v)      \
    X(int32, int32_t, VARINT, INT32_MIN, put_varint, (uint64_t)v)      \
    X(int64, int64_t, VARINT, INT64_MIN, put_varint, (uint64_t)v)      \
    X(uint8, uint8_t, VARINT, UINT8_MAX, put_varint, v)                \
    X(uint16, uint16_t, VARINT, UINT16_MAX, put_varint, v)             \
    X(uint32, uint32_t, VARINT, UINT32_MAX, put_varint, v)             \
    X(uint64, uint64_t, VARINT, UINT64_MAX, put_varint, v)             \
    X(sint32, int32_t, VARINT, INT32_MIN, put_sint32, v)               \
    X(sint64, int64_t, VARINT, INT64_MIN, put_sint64, v)               \
    X(fixed32, uint32_t, I32, UINT32_MAX - 1, put_fixed32, v)          \
    X(fixed64, uint64_t, I64, UINT64_MAX - 1, put_fixed64, v)          \
    X(sfixed32, int32_t, I32, INT32_MIN + 1, put_fixed32, (uint32_t)v) \
    X(sfixed64, int64_t, I64, INT64_MIN + 1, put_fixed64, (uint64_t)v) \
    X(float, float, I32, -0.0F, put_float, v)                          \
    X(double, double, I64, -0.0, put_double, v)                        \
    X(str, idl_str, LEN, IDL_STR("h\xc3\xa9"), put_str, v)             \
    X(bytes, idl_bytes, LEN, value_bytes, put_bytes, v)                \
    X(enum, enum choice, VARINT, CHOICE_FAR, put_varint, (uint64_t)(int32_t)v)

static const idl_bytes value_bytes = { (const uint8_t *)"\0\xff", 2 };
static const union {
    uint64_t number;
    idl_str str;
    idl_bytes bytes;
} nothing;

static idl_message message_of(size_t size, idl_put_fn *put, idl_get_fn *get)
{
    return (idl_message){ .size = size, .empty = &nothing, .put = put, .get = get };
}

/* Sent as its field is, read back as it was; zero is not sent. */
static void check(const idl_message *one, const idl_message *by_field, const void *value)
{
    idl_arena *arena = idl_arena_new();
    idl_bytes bytes, expected, again;
    union {
        uint64_t number;
        idl_str str;
    } back;
    assert_int_equal(idl_encode(one, value, arena, &bytes), IDL_OK);
    assert_int_equal(idl_encode(by_field, value, arena, &expected), IDL_OK);
    assert_true(bytes.len > 1);
    assert_int_equal(bytes.len, expected.len);
    assert_memory_equal(bytes.data, expected.data, bytes.len);
    assert_int_equal(idl_decode(one, bytes, arena, &back), IDL_OK);
    assert_int_equal(idl_encode(one, &back, arena, &again), IDL_OK);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.data, bytes.data, bytes.len);
    assert_int_equal(idl_encode(one, &nothing, arena, &bytes), IDL_OK);
    assert_int_equal(bytes.len, 0);
    idl_arena_free(arena);
}

#define PUT(name, T, wire, value, put, given)                        \
    static void put_field_##name(idl_writer *w, const void *message) \
    {                                                                \
        T v;                                                         \
        memcpy(&v, message, sizeof v);                               \
        idl_##put(w, IDL_TAG(1, IDL_##wire), given);                 \
    }
KINDS(PUT)

static void each_kind_is_as_its_field(void **state)
{
    (void)state;
#define CHECK(name, T, wire, value, put, given)                                               \
    {                                                                                         \
        const T v = value;                                                                    \
        const idl_message one = message_of(sizeof v, idl_put_one_##name, idl_get_one_##name); \
        const idl_message field = message_of(sizeof v, put_field_##name, NULL);               \
        check(&one, &field, &v);                                                              \
    }
    KINDS(CHECK)
}

static idl_code decode(idl_get_fn *get, const void *bytes, size_t len, void *value, size_t size)
{
    idl_arena *arena = idl_arena_new();
    const idl_message one = message_of(size, NULL, get);
    idl_code code = idl_decode(&one, (idl_bytes){ bytes, len }, arena, value);
    idl_arena_free(arena);
    return code;
}

static void strangers_are_skipped_and_the_last_counts(void **state)
{
    (void)state;
    int32_t value = 1;
    /* Field 30; field 1 with another wire type; field 1 twice. */
    static const uint8_t mixed[] = { 0xf0, 0x01, 5, 0x0a, 1, 9, 0x08, 7, 0x08, 8, 0x10, 3 };
    assert_int_equal(decode(idl_get_one_int32, mixed, sizeof mixed, &value, sizeof value), IDL_OK);
    assert_int_equal(value, 8);
}

static void bad_values_leave_the_empty_message(void **state)
{
    (void)state;
    static const struct {
        idl_get_fn *get;
        uint8_t bytes[4];
        size_t len, size;
    } bad[] = {
        { idl_get_one_int8, { 0x08, 0x80, 0x01 }, 3, sizeof(int8_t) },
        { idl_get_one_str, { 0x0a, 0x01, 0xff }, 3, sizeof(idl_str) },
        { idl_get_one_fixed32, { 0x0d, 0x01 }, 2, sizeof(uint32_t) },
        { idl_get_one_int64, { 0x08 }, 1, sizeof(int64_t) },
        { idl_get_one_bool, { 0x08, 0x01, 0x07 }, 3, sizeof(bool) },
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        uint8_t value[sizeof(idl_str)];
        memset(value, 0xAA, sizeof value);
        assert_int_equal(decode(bad[i].get, bad[i].bytes, bad[i].len, value, bad[i].size),
                         IDL_INVALID_ARGUMENT);
        assert_memory_equal(value, &nothing, bad[i].size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_is_as_its_field),
        cmocka_unit_test(strangers_are_skipped_and_the_last_counts),
        cmocka_unit_test(bad_values_leave_the_empty_message),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
