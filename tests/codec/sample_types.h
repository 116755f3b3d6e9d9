/* SPDX-License-Identifier: MIT */
/* sample_types.h: a message with everything in it, as the compiler writes it, but written by hand:
 * the unit tests of the codec stand on codec.h alone. */
#ifndef SAMPLE_TYPES_H
#define SAMPLE_TYPES_H

#include <idl/codec.h>

#ifdef __cplusplus
extern "C" {
#endif

// clang-format off
typedef enum sample_color IDL_OPEN_ENUM {
    SAMPLE_COLOR_RED = 0,
    SAMPLE_COLOR_GREEN = 1,
    SAMPLE_COLOR_BLUE = 2
} sample_color;
IDL_STATIC_ASSERT(sizeof(sample_color) == 4, "idlc needs 32-bit enums: no -fshort-enums");
typedef struct sample_color_list { const enum sample_color *items; size_t count; } sample_color_list;

typedef struct sample_all sample_all;
typedef struct sample_all_list { const struct sample_all *items; size_t count; } sample_all_list;

typedef struct sample_all_by_bool { const struct sample_all_by_bool_entry *items; size_t count; } sample_all_by_bool;
typedef struct sample_color_by_uint8_entry { uint8_t key; enum sample_color value; } sample_color_by_uint8_entry;
typedef struct sample_color_by_uint8 { const struct sample_color_by_uint8_entry *items; size_t count; } sample_color_by_uint8;

typedef enum sample_all_choice {
    SAMPLE_ALL_CHOICE_NOT_SET = 0,
    SAMPLE_ALL_CHOICE_TEXT = 81,
    SAMPLE_ALL_CHOICE_NUMBER = 82,
    SAMPLE_ALL_CHOICE_CHILD = 83,
    SAMPLE_ALL_CHOICE_KIND = 84
} sample_all_choice;

struct sample_all {
    bool f_bool; /* = 1 */
    int8_t f_int8; /* = 2 */
    int16_t f_int16; /* = 3 */
    int32_t f_int32; /* = 4 */
    int64_t f_int64; /* = 5 */
    uint8_t f_uint8; /* = 6 */
    uint16_t f_uint16; /* = 7 */
    uint32_t f_uint32; /* = 8 */
    uint64_t f_uint64; /* = 9 */
    int32_t f_sint32; /* = 10 */
    int64_t f_sint64; /* = 11 */
    uint32_t f_fixed32; /* = 12 */
    uint64_t f_fixed64; /* = 13 */
    int32_t f_sfixed32; /* = 14 */
    int64_t f_sfixed64; /* = 15 */
    float f_float; /* = 16 */
    double f_double; /* = 17 */
    idl_str f_str; /* = 18 */
    idl_bytes f_bytes; /* = 19 */
    enum sample_color f_color; /* = 20 */
    const struct sample_all *f_all; /* = 21; NULL: absent */
    idl_bool_list l_bool; /* = 31 */
    idl_int8_list l_int8; /* = 32 */
    idl_int16_list l_int16; /* = 33 */
    idl_int32_list l_int32; /* = 34 */
    idl_int64_list l_int64; /* = 35 */
    idl_uint8_list l_uint8; /* = 36 */
    idl_uint16_list l_uint16; /* = 37 */
    idl_uint32_list l_uint32; /* = 38 */
    idl_uint64_list l_uint64; /* = 39 */
    idl_int32_list l_sint32; /* = 40 */
    idl_int64_list l_sint64; /* = 41 */
    idl_uint32_list l_fixed32; /* = 42 */
    idl_uint64_list l_fixed64; /* = 43 */
    idl_int32_list l_sfixed32; /* = 44 */
    idl_int64_list l_sfixed64; /* = 45 */
    idl_float_list l_float; /* = 46 */
    idl_double_list l_double; /* = 47 */
    idl_str_list l_str; /* = 48 */
    idl_bytes_list l_bytes; /* = 49 */
    struct sample_color_list l_color; /* = 50 */
    struct sample_all_list l_all; /* = 51 */
    bool has_o_int32;
    int32_t o_int32; /* = 61 */
    bool has_o_str;
    idl_str o_str; /* = 62 */
    bool has_o_bytes;
    idl_bytes o_bytes; /* = 63 */
    bool has_o_color;
    enum sample_color o_color; /* = 64 */
    bool has_o_double;
    double o_double; /* = 65 */
    idl_int64_by_str m_str; /* = 71 */
    idl_str_by_int32 m_int32; /* = 72 */
    struct sample_all_by_bool m_bool; /* = 73 */
    struct sample_color_by_uint8 m_uint8; /* = 74 */
    idl_bytes_by_uint64 m_fixed64; /* = 75, of fixed64 keys */
    idl_double_by_int32 m_sint32; /* = 76, of sint32 keys */
    enum sample_all_choice choice; /* which of these is set */
    union {
        idl_str text; /* = 81 */
        int64_t number; /* = 82 */
        const struct sample_all *child; /* = 83 */
        enum sample_color kind; /* = 84 */
    };
};

typedef struct sample_all_by_bool_entry { bool key; struct sample_all value; } sample_all_by_bool_entry;
// clang-format on

extern const idl_message sample_all_type;

#ifdef __cplusplus
}
#endif
#endif
