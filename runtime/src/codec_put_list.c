/* SPDX-License-Identifier: MIT */
/* codec_put_list.c: writes lists, from the last element to the first. */
#include "codec.h"

#include "codec_kinds.h"

#define LOAD(T)                               \
    do {                                      \
        T element;                            \
        memcpy(&element, at, sizeof element); \
        v = (uint64_t)element;                \
    } while (0)

/* The varint of the element at. */
IDL__ALWAYS_INLINE uint64_t load(const uint8_t *at, enum idl__kind kind)
{
    uint64_t v = 0;
    switch (kind) {
    case IDL__BOOL: LOAD(bool); break;
    case IDL__INT8: LOAD(int8_t); break;
    case IDL__INT16: LOAD(int16_t); break;
    case IDL__INT32: LOAD(int32_t); break;
    case IDL__INT64: LOAD(uint64_t); break;
    case IDL__UINT8: LOAD(uint8_t); break;
    case IDL__UINT16: LOAD(uint16_t); break;
    case IDL__UINT32: LOAD(uint32_t); break;
    case IDL__SINT32:
        LOAD(uint32_t);
        v = (uint32_t)(v << 1) ^ (v >> 31 != 0 ? UINT32_MAX : 0);
        break;
    case IDL__SINT64:
        LOAD(uint64_t);
        v = v << 1 ^ (v >> 63 != 0 ? UINT64_MAX : 0);
        break;
    }
    return v;
}

/* Room for the elements that are left, if they are as long as those so far. */
static bool put_more(idl_writer *w, size_t mark, size_t done, size_t left)
{
    const size_t each = ((size_t)(w->end - w->p) - mark) / (done + 1) + 1;
    return idl__writer_grow(w, left > INT32_MAX / each ? left : left * each);
}

IDL__ALWAYS_INLINE void put_varints(idl_writer *w, uint32_t tag, const void *items, size_t count,
                                    enum idl__kind kind)
{
    if (count == 0 || !idl__writer_room(w, count)) /* each takes a byte at least */
        return;
    const size_t size = idl__kind_size(kind);
    const size_t mark = (size_t)(w->end - w->p);
    const uint8_t *at = (const uint8_t *)items + count * size;
    uint8_t *p = w->p;
    while (at != items) {
        at -= size;
        if (IDL_UNLIKELY(p < w->lo)) {
            const size_t left = (size_t)(at - (const uint8_t *)items) / size + 1;
            w->p = p;
            if (!put_more(w, mark, count - left, left))
                return;
            p = w->p;
        }
        p = idl__varint_before(p, load(at, kind));
    }
    w->p = p;
    idl__put_prefix(w, tag, (size_t)(w->end - p) - mark);
}

/* Fixed-width elements of size bytes: as they are in memory, or turned around. */
IDL__ALWAYS_INLINE void put_fixed(idl_writer *w, uint32_t tag, const void *items, size_t count,
                                  size_t size)
{
    if (count == 0)
        return;
    if (count > INT32_MAX / size) {
        idl__writer_fail(w, IDL_RESOURCE_EXHAUSTED);
        return;
    }
    if (!idl__writer_room(w, count * size))
        return;
    w->p -= count * size;
    idl__copy_fixed(w->p, items, count * size, size);
    idl__put_prefix(w, tag, count * size);
}

// clang-format off
#define PUT_VARINTS(name, T, kind) \
    void idl_put_##name##_list(idl_writer *w, uint32_t tag, T list) \
    { \
        put_varints(w, tag, list.items, list.count, kind); \
    }
#define PUT_FIXED(name, T, size) \
    void idl_put_##name##_list(idl_writer *w, uint32_t tag, T list) \
    { \
        put_fixed(w, tag, list.items, list.count, size); \
    }
PUT_VARINTS(bool, idl_bool_list, IDL__BOOL)
PUT_VARINTS(int8, idl_int8_list, IDL__INT8)
PUT_VARINTS(int16, idl_int16_list, IDL__INT16)
PUT_VARINTS(int32, idl_int32_list, IDL__INT32)
PUT_VARINTS(int64, idl_int64_list, IDL__INT64)
PUT_VARINTS(uint8, idl_uint8_list, IDL__UINT8)
PUT_VARINTS(uint16, idl_uint16_list, IDL__UINT16)
PUT_VARINTS(uint32, idl_uint32_list, IDL__UINT32)
PUT_VARINTS(uint64, idl_uint64_list, IDL__INT64)
PUT_VARINTS(sint32, idl_int32_list, IDL__SINT32)
PUT_VARINTS(sint64, idl_int64_list, IDL__SINT64)
PUT_FIXED(fixed32, idl_uint32_list, 4)
PUT_FIXED(fixed64, idl_uint64_list, 8)
PUT_FIXED(sfixed32, idl_int32_list, 4)
PUT_FIXED(sfixed64, idl_int64_list, 8)
PUT_FIXED(float, idl_float_list, 4)
PUT_FIXED(double, idl_double_list, 8)
// clang-format on

void idl_put_enum_list(idl_writer *w, uint32_t tag, const void *items, size_t count)
{
    idl_put_int32_list(w, tag, (idl_int32_list){ items, count });
}

void idl_put_str_list(idl_writer *w, uint32_t tag, idl_str_list list)
{
    for (size_t i = list.count; i-- > 0;)
        idl_put_str(w, tag, list.items[i]);
}

void idl_put_bytes_list(idl_writer *w, uint32_t tag, idl_bytes_list list)
{
    for (size_t i = list.count; i-- > 0;)
        idl_put_bytes(w, tag, list.items[i]);
}

void idl_put_message_list(idl_writer *w, uint32_t tag, const idl_message *type, const void *items,
                          size_t count)
{
    const uint8_t *at = items;
    for (size_t i = count; i-- > 0;)
        idl_put_message(w, tag, type->put, at + i * type->size);
}
