/* SPDX-License-Identifier: MIT */
/* sample_types.c: the codec of sample_types.h, as the compiler writes it. */
#include "sample_types.h"

// clang-format off
static const sample_all empty_all = {
    .f_str = IDL_EMPTY_STR,
    .f_bytes = IDL_EMPTY_BYTES,
    .l_bool = IDL_EMPTY_LIST,
    .l_int8 = IDL_EMPTY_LIST,
    .l_int16 = IDL_EMPTY_LIST,
    .l_int32 = IDL_EMPTY_LIST,
    .l_int64 = IDL_EMPTY_LIST,
    .l_uint8 = IDL_EMPTY_LIST,
    .l_uint16 = IDL_EMPTY_LIST,
    .l_uint32 = IDL_EMPTY_LIST,
    .l_uint64 = IDL_EMPTY_LIST,
    .l_sint32 = IDL_EMPTY_LIST,
    .l_sint64 = IDL_EMPTY_LIST,
    .l_fixed32 = IDL_EMPTY_LIST,
    .l_fixed64 = IDL_EMPTY_LIST,
    .l_sfixed32 = IDL_EMPTY_LIST,
    .l_sfixed64 = IDL_EMPTY_LIST,
    .l_float = IDL_EMPTY_LIST,
    .l_double = IDL_EMPTY_LIST,
    .l_str = IDL_EMPTY_LIST,
    .l_bytes = IDL_EMPTY_LIST,
    .l_color = IDL_EMPTY_LIST,
    .l_all = IDL_EMPTY_LIST,
    .o_str = IDL_EMPTY_STR,
    .o_bytes = IDL_EMPTY_BYTES,
    .m_str = IDL_EMPTY_LIST,
    .m_int32 = IDL_EMPTY_LIST,
    .m_bool = IDL_EMPTY_LIST,
    .m_uint8 = IDL_EMPTY_LIST,
    .m_fixed64 = IDL_EMPTY_LIST,
    .m_sint32 = IDL_EMPTY_LIST
};

static void put_all(idl_writer *w, const void *message)
{
    const sample_all *m = message;
    switch (m->choice) {
    case SAMPLE_ALL_CHOICE_NOT_SET: break;
    case SAMPLE_ALL_CHOICE_TEXT: idl_put_str(w, IDL_TAG(81, IDL_LEN), m->text); break;
    case SAMPLE_ALL_CHOICE_NUMBER: idl_put_varint(w, IDL_TAG(82, IDL_VARINT), (uint64_t)m->number); break;
    case SAMPLE_ALL_CHOICE_CHILD:
        if (m->child != NULL)
            idl_put_message(w, IDL_TAG(83, IDL_LEN), put_all, m->child);
        break;
    case SAMPLE_ALL_CHOICE_KIND: idl_put_varint(w, IDL_TAG(84, IDL_VARINT), (uint64_t)(int32_t)m->kind); break;
    }
    for (size_t i = m->m_sint32.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_double(w, IDL_TAG(2, IDL_I64), m->m_sint32.items[i].value);
        idl_put_sint32(w, IDL_TAG(1, IDL_VARINT), m->m_sint32.items[i].key);
        idl_put_length(w, IDL_TAG(76, IDL_LEN), mark);
    }
    for (size_t i = m->m_fixed64.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_bytes(w, IDL_TAG(2, IDL_LEN), m->m_fixed64.items[i].value);
        idl_put_fixed64(w, IDL_TAG(1, IDL_I64), (uint64_t)m->m_fixed64.items[i].key);
        idl_put_length(w, IDL_TAG(75, IDL_LEN), mark);
    }
    for (size_t i = m->m_uint8.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_varint(w, IDL_TAG(2, IDL_VARINT), (uint64_t)(int32_t)m->m_uint8.items[i].value);
        idl_put_varint(w, IDL_TAG(1, IDL_VARINT), m->m_uint8.items[i].key);
        idl_put_length(w, IDL_TAG(74, IDL_LEN), mark);
    }
    for (size_t i = m->m_bool.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_message(w, IDL_TAG(2, IDL_LEN), put_all, &m->m_bool.items[i].value);
        idl_put_varint(w, IDL_TAG(1, IDL_VARINT), m->m_bool.items[i].key);
        idl_put_length(w, IDL_TAG(73, IDL_LEN), mark);
    }
    for (size_t i = m->m_int32.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_str(w, IDL_TAG(2, IDL_LEN), m->m_int32.items[i].value);
        idl_put_varint(w, IDL_TAG(1, IDL_VARINT), (uint64_t)m->m_int32.items[i].key);
        idl_put_length(w, IDL_TAG(72, IDL_LEN), mark);
    }
    for (size_t i = m->m_str.count; i-- > 0;) {
        size_t mark = idl_put_mark(w);
        idl_put_varint(w, IDL_TAG(2, IDL_VARINT), (uint64_t)m->m_str.items[i].value);
        idl_put_str(w, IDL_TAG(1, IDL_LEN), m->m_str.items[i].key);
        idl_put_length(w, IDL_TAG(71, IDL_LEN), mark);
    }
    if (m->has_o_double)
        idl_put_double(w, IDL_TAG(65, IDL_I64), m->o_double);
    if (m->has_o_color)
        idl_put_varint(w, IDL_TAG(64, IDL_VARINT), (uint64_t)(int32_t)m->o_color);
    if (m->has_o_bytes)
        idl_put_bytes(w, IDL_TAG(63, IDL_LEN), m->o_bytes);
    if (m->has_o_str)
        idl_put_str(w, IDL_TAG(62, IDL_LEN), m->o_str);
    if (m->has_o_int32)
        idl_put_varint(w, IDL_TAG(61, IDL_VARINT), (uint64_t)m->o_int32);
    idl_put_message_list(w, IDL_TAG(51, IDL_LEN), &sample_all_type, m->l_all.items, m->l_all.count);
    idl_put_enum_list(w, IDL_TAG(50, IDL_LEN), m->l_color.items, m->l_color.count);
    idl_put_bytes_list(w, IDL_TAG(49, IDL_LEN), m->l_bytes);
    idl_put_str_list(w, IDL_TAG(48, IDL_LEN), m->l_str);
    idl_put_double_list(w, IDL_TAG(47, IDL_LEN), m->l_double);
    idl_put_float_list(w, IDL_TAG(46, IDL_LEN), m->l_float);
    idl_put_sfixed64_list(w, IDL_TAG(45, IDL_LEN), m->l_sfixed64);
    idl_put_sfixed32_list(w, IDL_TAG(44, IDL_LEN), m->l_sfixed32);
    idl_put_fixed64_list(w, IDL_TAG(43, IDL_LEN), m->l_fixed64);
    idl_put_fixed32_list(w, IDL_TAG(42, IDL_LEN), m->l_fixed32);
    idl_put_sint64_list(w, IDL_TAG(41, IDL_LEN), m->l_sint64);
    idl_put_sint32_list(w, IDL_TAG(40, IDL_LEN), m->l_sint32);
    idl_put_uint64_list(w, IDL_TAG(39, IDL_LEN), m->l_uint64);
    idl_put_uint32_list(w, IDL_TAG(38, IDL_LEN), m->l_uint32);
    idl_put_uint16_list(w, IDL_TAG(37, IDL_LEN), m->l_uint16);
    idl_put_uint8_list(w, IDL_TAG(36, IDL_LEN), m->l_uint8);
    idl_put_int64_list(w, IDL_TAG(35, IDL_LEN), m->l_int64);
    idl_put_int32_list(w, IDL_TAG(34, IDL_LEN), m->l_int32);
    idl_put_int16_list(w, IDL_TAG(33, IDL_LEN), m->l_int16);
    idl_put_int8_list(w, IDL_TAG(32, IDL_LEN), m->l_int8);
    idl_put_bool_list(w, IDL_TAG(31, IDL_LEN), m->l_bool);
    if (m->f_all != NULL)
        idl_put_message(w, IDL_TAG(21, IDL_LEN), put_all, m->f_all);
    if (m->f_color != 0)
        idl_put_varint(w, IDL_TAG(20, IDL_VARINT), (uint64_t)(int32_t)m->f_color);
    if (m->f_bytes.len != 0)
        idl_put_bytes(w, IDL_TAG(19, IDL_LEN), m->f_bytes);
    if (m->f_str.len != 0)
        idl_put_str(w, IDL_TAG(18, IDL_LEN), m->f_str);
    if (idl_double_is_set(m->f_double))
        idl_put_double(w, IDL_TAG(17, IDL_I64), m->f_double);
    if (idl_float_is_set(m->f_float))
        idl_put_float(w, IDL_TAG(16, IDL_I32), m->f_float);
    if (m->f_sfixed64 != 0)
        idl_put_fixed64(w, IDL_TAG(15, IDL_I64), (uint64_t)m->f_sfixed64);
    if (m->f_sfixed32 != 0)
        idl_put_fixed32(w, IDL_TAG(14, IDL_I32), (uint32_t)m->f_sfixed32);
    if (m->f_fixed64 != 0)
        idl_put_fixed64(w, IDL_TAG(13, IDL_I64), (uint64_t)m->f_fixed64);
    if (m->f_fixed32 != 0)
        idl_put_fixed32(w, IDL_TAG(12, IDL_I32), (uint32_t)m->f_fixed32);
    if (m->f_sint64 != 0)
        idl_put_sint64(w, IDL_TAG(11, IDL_VARINT), m->f_sint64);
    if (m->f_sint32 != 0)
        idl_put_sint32(w, IDL_TAG(10, IDL_VARINT), m->f_sint32);
    if (m->f_uint64 != 0)
        idl_put_varint(w, IDL_TAG(9, IDL_VARINT), m->f_uint64);
    if (m->f_uint32 != 0)
        idl_put_varint(w, IDL_TAG(8, IDL_VARINT), m->f_uint32);
    if (m->f_uint16 != 0)
        idl_put_varint(w, IDL_TAG(7, IDL_VARINT), m->f_uint16);
    if (m->f_uint8 != 0)
        idl_put_varint(w, IDL_TAG(6, IDL_VARINT), m->f_uint8);
    if (m->f_int64 != 0)
        idl_put_varint(w, IDL_TAG(5, IDL_VARINT), (uint64_t)m->f_int64);
    if (m->f_int32 != 0)
        idl_put_varint(w, IDL_TAG(4, IDL_VARINT), (uint64_t)m->f_int32);
    if (m->f_int16 != 0)
        idl_put_varint(w, IDL_TAG(3, IDL_VARINT), (uint64_t)m->f_int16);
    if (m->f_int8 != 0)
        idl_put_varint(w, IDL_TAG(2, IDL_VARINT), (uint64_t)m->f_int8);
    if (m->f_bool)
        idl_put_varint(w, IDL_TAG(1, IDL_VARINT), m->f_bool);
}

static void get_all(idl_reader *r, void *message);

static void get_m_str(idl_reader *r, void *entry)
{
    idl_int64_by_str_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_LEN): e->key = idl_get_str(r); break;
        case IDL_TAG(2, IDL_VARINT): e->value = idl_get_int64(r); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_m_int32(idl_reader *r, void *entry)
{
    idl_str_by_int32_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): e->key = idl_get_int32(r); break;
        case IDL_TAG(2, IDL_LEN): e->value = idl_get_str(r); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_m_bool(idl_reader *r, void *entry)
{
    sample_all_by_bool_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): e->key = idl_get_bool(r); break;
        case IDL_TAG(2, IDL_LEN): idl_get_into(r, get_all, &e->value); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_m_uint8(idl_reader *r, void *entry)
{
    sample_color_by_uint8_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): e->key = idl_get_uint8(r); break;
        case IDL_TAG(2, IDL_VARINT): e->value = (enum sample_color)idl_get_int32(r); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_m_fixed64(idl_reader *r, void *entry)
{
    idl_bytes_by_uint64_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_I64): e->key = idl_get_fixed64(r); break;
        case IDL_TAG(2, IDL_LEN): e->value = idl_get_bytes(r); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_m_sint32(idl_reader *r, void *entry)
{
    idl_double_by_int32_entry *e = entry;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): e->key = idl_get_sint32(r); break;
        case IDL_TAG(2, IDL_I64): e->value = idl_get_double(r); break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

static void get_all(idl_reader *r, void *message)
{
    sample_all *m = message;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_VARINT): m->f_bool = idl_get_bool(r); break;
        case IDL_TAG(2, IDL_VARINT): m->f_int8 = idl_get_int8(r); break;
        case IDL_TAG(3, IDL_VARINT): m->f_int16 = idl_get_int16(r); break;
        case IDL_TAG(4, IDL_VARINT): m->f_int32 = idl_get_int32(r); break;
        case IDL_TAG(5, IDL_VARINT): m->f_int64 = idl_get_int64(r); break;
        case IDL_TAG(6, IDL_VARINT): m->f_uint8 = idl_get_uint8(r); break;
        case IDL_TAG(7, IDL_VARINT): m->f_uint16 = idl_get_uint16(r); break;
        case IDL_TAG(8, IDL_VARINT): m->f_uint32 = idl_get_uint32(r); break;
        case IDL_TAG(9, IDL_VARINT): m->f_uint64 = idl_get_uint64(r); break;
        case IDL_TAG(10, IDL_VARINT): m->f_sint32 = idl_get_sint32(r); break;
        case IDL_TAG(11, IDL_VARINT): m->f_sint64 = idl_get_sint64(r); break;
        case IDL_TAG(12, IDL_I32): m->f_fixed32 = idl_get_fixed32(r); break;
        case IDL_TAG(13, IDL_I64): m->f_fixed64 = idl_get_fixed64(r); break;
        case IDL_TAG(14, IDL_I32): m->f_sfixed32 = (int32_t)idl_get_fixed32(r); break;
        case IDL_TAG(15, IDL_I64): m->f_sfixed64 = (int64_t)idl_get_fixed64(r); break;
        case IDL_TAG(16, IDL_I32): m->f_float = idl_get_float(r); break;
        case IDL_TAG(17, IDL_I64): m->f_double = idl_get_double(r); break;
        case IDL_TAG(18, IDL_LEN): m->f_str = idl_get_str(r); break;
        case IDL_TAG(19, IDL_LEN): m->f_bytes = idl_get_bytes(r); break;
        case IDL_TAG(20, IDL_VARINT): m->f_color = (enum sample_color)idl_get_int32(r); break;
        case IDL_TAG(21, IDL_LEN): m->f_all = idl_get_message(r, &sample_all_type, m->f_all); break;
        case IDL_TAG(31, IDL_VARINT):
        case IDL_TAG(31, IDL_LEN): idl_get_bool_list(r, tag, &m->l_bool); break;
        case IDL_TAG(32, IDL_VARINT):
        case IDL_TAG(32, IDL_LEN): idl_get_int8_list(r, tag, &m->l_int8); break;
        case IDL_TAG(33, IDL_VARINT):
        case IDL_TAG(33, IDL_LEN): idl_get_int16_list(r, tag, &m->l_int16); break;
        case IDL_TAG(34, IDL_VARINT):
        case IDL_TAG(34, IDL_LEN): idl_get_int32_list(r, tag, &m->l_int32); break;
        case IDL_TAG(35, IDL_VARINT):
        case IDL_TAG(35, IDL_LEN): idl_get_int64_list(r, tag, &m->l_int64); break;
        case IDL_TAG(36, IDL_VARINT):
        case IDL_TAG(36, IDL_LEN): idl_get_uint8_list(r, tag, &m->l_uint8); break;
        case IDL_TAG(37, IDL_VARINT):
        case IDL_TAG(37, IDL_LEN): idl_get_uint16_list(r, tag, &m->l_uint16); break;
        case IDL_TAG(38, IDL_VARINT):
        case IDL_TAG(38, IDL_LEN): idl_get_uint32_list(r, tag, &m->l_uint32); break;
        case IDL_TAG(39, IDL_VARINT):
        case IDL_TAG(39, IDL_LEN): idl_get_uint64_list(r, tag, &m->l_uint64); break;
        case IDL_TAG(40, IDL_VARINT):
        case IDL_TAG(40, IDL_LEN): idl_get_sint32_list(r, tag, &m->l_sint32); break;
        case IDL_TAG(41, IDL_VARINT):
        case IDL_TAG(41, IDL_LEN): idl_get_sint64_list(r, tag, &m->l_sint64); break;
        case IDL_TAG(42, IDL_I32):
        case IDL_TAG(42, IDL_LEN): idl_get_fixed32_list(r, tag, &m->l_fixed32); break;
        case IDL_TAG(43, IDL_I64):
        case IDL_TAG(43, IDL_LEN): idl_get_fixed64_list(r, tag, &m->l_fixed64); break;
        case IDL_TAG(44, IDL_I32):
        case IDL_TAG(44, IDL_LEN): idl_get_sfixed32_list(r, tag, &m->l_sfixed32); break;
        case IDL_TAG(45, IDL_I64):
        case IDL_TAG(45, IDL_LEN): idl_get_sfixed64_list(r, tag, &m->l_sfixed64); break;
        case IDL_TAG(46, IDL_I32):
        case IDL_TAG(46, IDL_LEN): idl_get_float_list(r, tag, &m->l_float); break;
        case IDL_TAG(47, IDL_I64):
        case IDL_TAG(47, IDL_LEN): idl_get_double_list(r, tag, &m->l_double); break;
        case IDL_TAG(48, IDL_LEN): idl_get_str_list(r, tag, &m->l_str); break;
        case IDL_TAG(49, IDL_LEN): idl_get_bytes_list(r, tag, &m->l_bytes); break;
        case IDL_TAG(50, IDL_VARINT):
        case IDL_TAG(50, IDL_LEN): m->l_color.items = idl_get_enum_list(r, tag, m->l_color.items, &m->l_color.count); break;
        case IDL_TAG(51, IDL_LEN): m->l_all.items = idl_get_message_list(r, &sample_all_type, m->l_all.items, &m->l_all.count); break;
        case IDL_TAG(61, IDL_VARINT): m->o_int32 = idl_get_int32(r); m->has_o_int32 = true; break;
        case IDL_TAG(62, IDL_LEN): m->o_str = idl_get_str(r); m->has_o_str = true; break;
        case IDL_TAG(63, IDL_LEN): m->o_bytes = idl_get_bytes(r); m->has_o_bytes = true; break;
        case IDL_TAG(64, IDL_VARINT): m->o_color = (enum sample_color)idl_get_int32(r); m->has_o_color = true; break;
        case IDL_TAG(65, IDL_I64): m->o_double = idl_get_double(r); m->has_o_double = true; break;
        case IDL_TAG(71, IDL_LEN): {
            idl_int64_by_str_entry *items = idl_get_more(r, m->m_str.items, m->m_str.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_str.count] = (idl_int64_by_str_entry){ .key = IDL_EMPTY_STR };
            idl_get_into(r, get_m_str, &items[m->m_str.count]);
            m->m_str.items = items;
            m->m_str.count++;
            break;
        }
        case IDL_TAG(72, IDL_LEN): {
            idl_str_by_int32_entry *items = idl_get_more(r, m->m_int32.items, m->m_int32.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_int32.count] = (idl_str_by_int32_entry){ .value = IDL_EMPTY_STR };
            idl_get_into(r, get_m_int32, &items[m->m_int32.count]);
            m->m_int32.items = items;
            m->m_int32.count++;
            break;
        }
        case IDL_TAG(73, IDL_LEN): {
            sample_all_by_bool_entry *items = idl_get_more(r, m->m_bool.items, m->m_bool.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_bool.count] = (sample_all_by_bool_entry){ .value = empty_all };
            idl_get_into(r, get_m_bool, &items[m->m_bool.count]);
            m->m_bool.items = items;
            m->m_bool.count++;
            break;
        }
        case IDL_TAG(74, IDL_LEN): {
            sample_color_by_uint8_entry *items = idl_get_more(r, m->m_uint8.items, m->m_uint8.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_uint8.count] = (sample_color_by_uint8_entry){ .key = 0 };
            idl_get_into(r, get_m_uint8, &items[m->m_uint8.count]);
            m->m_uint8.items = items;
            m->m_uint8.count++;
            break;
        }
        case IDL_TAG(75, IDL_LEN): {
            idl_bytes_by_uint64_entry *items = idl_get_more(r, m->m_fixed64.items, m->m_fixed64.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_fixed64.count] = (idl_bytes_by_uint64_entry){ .value = IDL_EMPTY_BYTES };
            idl_get_into(r, get_m_fixed64, &items[m->m_fixed64.count]);
            m->m_fixed64.items = items;
            m->m_fixed64.count++;
            break;
        }
        case IDL_TAG(76, IDL_LEN): {
            idl_double_by_int32_entry *items = idl_get_more(r, m->m_sint32.items, m->m_sint32.count, sizeof *items);
            if (items == NULL)
                return;
            items[m->m_sint32.count] = (idl_double_by_int32_entry){ .key = 0 };
            idl_get_into(r, get_m_sint32, &items[m->m_sint32.count]);
            m->m_sint32.items = items;
            m->m_sint32.count++;
            break;
        }
        case IDL_TAG(81, IDL_LEN): m->text = idl_get_str(r); m->choice = SAMPLE_ALL_CHOICE_TEXT; break;
        case IDL_TAG(82, IDL_VARINT): m->number = idl_get_int64(r); m->choice = SAMPLE_ALL_CHOICE_NUMBER; break;
        case IDL_TAG(83, IDL_LEN):
            m->child = idl_get_message(r, &sample_all_type, m->choice == SAMPLE_ALL_CHOICE_CHILD ? m->child : NULL);
            m->choice = SAMPLE_ALL_CHOICE_CHILD;
            break;
        case IDL_TAG(84, IDL_VARINT): m->kind = (enum sample_color)idl_get_int32(r); m->choice = SAMPLE_ALL_CHOICE_KIND; break;
        default: idl_get_skip(r, tag); break;
        }
    }
}

const idl_message sample_all_type = { sizeof(sample_all), &empty_all, put_all, get_all };
