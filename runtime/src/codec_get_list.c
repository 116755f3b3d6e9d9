/* SPDX-License-Identifier: MIT */
/* codec_get_list.c: reads lists of scalars and text, packed or one by one, in any mixture. */
#include "codec.h"

#include "codec_kinds.h"

#define STORE(T, value)                       \
    do {                                      \
        T element = (T)(value);               \
        memcpy(at, &element, sizeof element); \
    } while (0)

/* The element at, from its varint; false when it is out of range. */
IDL__ALWAYS_INLINE bool store(uint8_t *at, uint64_t v, enum idl__kind kind)
{
    switch (kind) {
    case IDL__BOOL: STORE(bool, v != 0); break;
    case IDL__INT8: STORE(int8_t, v); return v + 0x80 <= 0xff;
    case IDL__INT16: STORE(int16_t, v); return v + 0x8000 <= 0xffff;
    case IDL__UINT8: STORE(uint8_t, v); return v <= 0xff;
    case IDL__UINT16: STORE(uint16_t, v); return v <= 0xffff;
    case IDL__INT32:
    case IDL__UINT32: STORE(uint32_t, v); break;
    case IDL__INT64: STORE(uint64_t, v); break;
    case IDL__SINT32: STORE(uint32_t, (uint32_t)v >> 1 ^ (0 - ((uint32_t)v & 1))); break;
    case IDL__SINT64: STORE(uint64_t, v >> 1 ^ (0 - (v & 1))); break;
    }
    return true;
}

/* How many varints end in length bytes: the bytes without a top bit. */
static size_t count_varints(const uint8_t *p, size_t length)
{
    size_t count = 0;
    while (length >= 8) {
        size_t words = length / 8 < 255 ? length / 8 : 255; /* so that no byte of sums overflows */
        uint64_t sums = 0;
        for (size_t i = 0; i < words; i++, p += 8)
            sums += (~idl__load64(p) & IDL__TOP_BITS) >> 7;
        sums = (sums & UINT64_C(0x00ff00ff00ff00ff)) + (sums >> 8 & UINT64_C(0x00ff00ff00ff00ff));
        count += (size_t)(sums * UINT64_C(0x0001000100010001) >> 48);
        length -= words * 8;
    }
    for (; length > 0; length--)
        count += *p++ < 0x80;
    return count;
}

/* The next count varints, to the elements at. */
IDL__ALWAYS_INLINE bool read_varints(idl_reader *r, uint8_t *at, size_t count, enum idl__kind kind)
{
    const size_t size = idl__kind_size(kind);
    const uint8_t *p = r->p;
    bool good = true;
    for (size_t i = 0; i < count; i++, at += size) {
        uint64_t v = 0, ends = 0;
        if (IDL_LIKELY(r->end - p >= 8)) {
            v = idl__load64(p);
            ends = ~v & IDL__TOP_BITS;
        }
        if (IDL_LIKELY(ends != 0)) {
            p += idl__ctz64(ends) / 8 + 1;
            v = idl__pack56(v & (ends ^ (ends - 1)));
        } else {
            r->p = p;
            v = idl_get_uint64(r);
            p = r->p;
        }
        good &= store(at, v, kind);
    }
    r->p = p;
    return good;
}

/* One occurrence of a repeated field: a packed chunk or one element. */
IDL__ALWAYS_INLINE void *get_varints(idl_reader *r, uint32_t tag, const void *items, size_t *count,
                                     enum idl__kind kind)
{
    const size_t size = idl__kind_size(kind);
    const uint8_t *end = r->end;
    size_t more = 1;
    if ((tag & 7) == IDL_LEN) {
        size_t length;
        const uint8_t *chunk = idl__get_chunk(r, &length);
        if (length == 0)
            return idl__mutable(items);
        if (chunk[length - 1] >= 0x80) {
            idl__reader_fail(r, IDL_INVALID_ARGUMENT);
            return idl__mutable(items);
        }
        more = count_varints(chunk, length);
        r->p = chunk;
        r->end = chunk + length;
    }
    uint8_t *array = idl__get_room(r, items, *count, more, size);
    if (array != NULL && !read_varints(r, array + *count * size, more, kind))
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    r->end = end;
    if (IDL_UNLIKELY(r->status != IDL_OK)) {
        r->p = end;
        return idl__mutable(items);
    }
    *count += more;
    return array;
}

/* The same for elements of size bytes, little-endian on the wire. */
IDL__ALWAYS_INLINE void *get_fixed(idl_reader *r, uint32_t tag, const void *items, size_t *count,
                                   size_t size)
{
    const uint8_t *chunk = r->p;
    size_t length = size;
    if ((tag & 7) == IDL_LEN)
        chunk = idl__get_chunk(r, &length);
    else if ((size_t)(r->end - chunk) >= size)
        r->p += size;
    else
        length = 1; /* a part of one */
    if (length % size != 0)
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
    if (length == 0 || length % size != 0)
        return idl__mutable(items);
    uint8_t *array = idl__get_room(r, items, *count, length / size, size);
    if (IDL_UNLIKELY(array == NULL))
        return idl__mutable(items);
    idl__copy_fixed(array + *count * size, chunk, length, size);
    *count += length / size;
    return array;
}

// clang-format off
#define GET_VARINTS(name, T, kind) \
    void idl_get_##name##_list(idl_reader *r, uint32_t tag, T *list) \
    { \
        list->items = get_varints(r, tag, list->items, &list->count, kind); \
    }
#define GET_FIXED(name, T, size) \
    void idl_get_##name##_list(idl_reader *r, uint32_t tag, T *list) \
    { \
        list->items = get_fixed(r, tag, list->items, &list->count, size); \
    }
GET_VARINTS(bool, idl_bool_list, IDL__BOOL)
GET_VARINTS(int8, idl_int8_list, IDL__INT8)
GET_VARINTS(int16, idl_int16_list, IDL__INT16)
GET_VARINTS(int32, idl_int32_list, IDL__INT32)
GET_VARINTS(int64, idl_int64_list, IDL__INT64)
GET_VARINTS(uint8, idl_uint8_list, IDL__UINT8)
GET_VARINTS(uint16, idl_uint16_list, IDL__UINT16)
GET_VARINTS(uint32, idl_uint32_list, IDL__UINT32)
GET_VARINTS(uint64, idl_uint64_list, IDL__INT64)
GET_VARINTS(sint32, idl_int32_list, IDL__SINT32)
GET_VARINTS(sint64, idl_int64_list, IDL__SINT64)
GET_FIXED(fixed32, idl_uint32_list, 4)
GET_FIXED(fixed64, idl_uint64_list, 8)
GET_FIXED(sfixed32, idl_int32_list, 4)
GET_FIXED(sfixed64, idl_int64_list, 8)
GET_FIXED(float, idl_float_list, 4)
GET_FIXED(double, idl_double_list, 8)
// clang-format on

void *idl_get_enum_list(idl_reader *r, uint32_t tag, const void *items, size_t *count)
{
    idl_int32_list list = { items, *count };
    idl_get_int32_list(r, tag, &list);
    *count = list.count;
    return idl__mutable(list.items);
}

/* Text has no packed form: tag is always the same. */
void idl_get_str_list(idl_reader *r, uint32_t tag, idl_str_list *list)
{
    (void)tag;
    idl_str *items = idl_get_more(r, list->items, list->count, sizeof *items);
    if (IDL_UNLIKELY(items == NULL))
        return;
    items[list->count] = idl_get_str(r);
    list->items = items;
    list->count++;
}

void idl_get_bytes_list(idl_reader *r, uint32_t tag, idl_bytes_list *list)
{
    (void)tag;
    idl_bytes *items = idl_get_more(r, list->items, list->count, sizeof *items);
    if (IDL_UNLIKELY(items == NULL))
        return;
    items[list->count] = idl_get_bytes(r);
    list->items = items;
    list->count++;
}
