/* SPDX-License-Identifier: MIT */
/* values.h: the plain values that messages are made of.
 *
 * They own nothing. What a call hands out lives in that call's arena; what you hand in must stay
 * until the function that took it returns (a handler's reply: see server.h).
 *
 * Handed out by the runtime, data is never NULL, and a string's data ends in NUL; len rules, as a
 * string may contain U+0000. Handed in, {NULL, 0} is empty and no NUL is needed. */
#ifndef IDL_VALUES_H
#define IDL_VALUES_H

#include <idl/base.h>

IDL_BEGIN_DECLS

/* Text in UTF-8: len bytes. */
typedef struct idl_str {
    const char *data;
    size_t len;
} idl_str;

typedef struct idl_bytes {
    const uint8_t *data;
    size_t len;
} idl_bytes;

/* An initialiser: static const idl_str hello = IDL_STR("hello"); */
#define IDL_STR(literal) { "" literal, sizeof(literal) - 1 }

/* A view of a C string; NULL gives the empty string. */
IDL_API idl_str idl_cstr(const char *string);
IDL_API bool idl_str_equal(idl_str a, idl_str b);

// clang-format off
/* list<T>: idl_int32_list and so on; sint32 and sfixed32 are int32 here, fixed32 is uint32. */
#define IDL_LIST_(name, type) typedef struct name { const type *items; size_t count; } name
IDL_LIST_(idl_bool_list, bool);
IDL_LIST_(idl_int8_list, int8_t);     IDL_LIST_(idl_int16_list, int16_t);
IDL_LIST_(idl_int32_list, int32_t);   IDL_LIST_(idl_int64_list, int64_t);
IDL_LIST_(idl_uint8_list, uint8_t);   IDL_LIST_(idl_uint16_list, uint16_t);
IDL_LIST_(idl_uint32_list, uint32_t); IDL_LIST_(idl_uint64_list, uint64_t);
IDL_LIST_(idl_float_list, float);     IDL_LIST_(idl_double_list, double);
IDL_LIST_(idl_str_list, idl_str);     IDL_LIST_(idl_bytes_list, idl_bytes);

/* map<K, V>: V_by_K, a list of entries in the order of arrival; of equal keys the last counts. */
#define IDL_MAP_(name, K, V) \
    typedef struct name##_entry { K key; V value; } name##_entry; \
    typedef struct name { const name##_entry *items; size_t count; } name
#define IDL_MAPS_(v, V) \
    IDL_MAP_(idl_##v##_by_bool, bool, V); \
    IDL_MAP_(idl_##v##_by_int8, int8_t, V); \
    IDL_MAP_(idl_##v##_by_int16, int16_t, V); \
    IDL_MAP_(idl_##v##_by_int32, int32_t, V); \
    IDL_MAP_(idl_##v##_by_int64, int64_t, V); \
    IDL_MAP_(idl_##v##_by_uint8, uint8_t, V); \
    IDL_MAP_(idl_##v##_by_uint16, uint16_t, V); \
    IDL_MAP_(idl_##v##_by_uint32, uint32_t, V); \
    IDL_MAP_(idl_##v##_by_uint64, uint64_t, V); \
    IDL_MAP_(idl_##v##_by_str, idl_str, V)
IDL_MAPS_(bool, bool);
IDL_MAPS_(int8, int8_t);
IDL_MAPS_(int16, int16_t);
IDL_MAPS_(int32, int32_t);
IDL_MAPS_(int64, int64_t);
IDL_MAPS_(uint8, uint8_t);
IDL_MAPS_(uint16, uint16_t);
IDL_MAPS_(uint32, uint32_t);
IDL_MAPS_(uint64, uint64_t);
IDL_MAPS_(float, float);
IDL_MAPS_(double, double);
IDL_MAPS_(str, idl_str);
IDL_MAPS_(bytes, idl_bytes);
// clang-format on

IDL_END_DECLS
#endif
