/* SPDX-License-Identifier: MIT */
/* ctype.c: how each scalar of the IDL is written in C, and which codec calls carry it. */
#include "ctype.h"

#include <stddef.h>
#include <string.h>

// clang-format off
static const struct ctype ctypes[] = {
    [TYPE_BOOL] = { "bool", "bool", "bool", "IDL_VARINT", "idl_put_varint", "", "idl_get_bool", "" },
    [TYPE_INT8] = { "int8", "int8_t", "int8", "IDL_VARINT", "idl_put_varint", "(uint64_t)", "idl_get_int8", "" },
    [TYPE_INT16] = { "int16", "int16_t", "int16", "IDL_VARINT", "idl_put_varint", "(uint64_t)", "idl_get_int16", "" },
    [TYPE_INT32] = { "int32", "int32_t", "int32", "IDL_VARINT", "idl_put_varint", "(uint64_t)", "idl_get_int32", "" },
    [TYPE_INT64] = { "int64", "int64_t", "int64", "IDL_VARINT", "idl_put_varint", "(uint64_t)", "idl_get_int64", "" },
    [TYPE_UINT8] = { "uint8", "uint8_t", "uint8", "IDL_VARINT", "idl_put_varint", "", "idl_get_uint8", "" },
    [TYPE_UINT16] = { "uint16", "uint16_t", "uint16", "IDL_VARINT", "idl_put_varint", "", "idl_get_uint16", "" },
    [TYPE_UINT32] = { "uint32", "uint32_t", "uint32", "IDL_VARINT", "idl_put_varint", "", "idl_get_uint32", "" },
    [TYPE_UINT64] = { "uint64", "uint64_t", "uint64", "IDL_VARINT", "idl_put_varint", "", "idl_get_uint64", "" },
    [TYPE_SINT32] = { "int32", "int32_t", "sint32", "IDL_VARINT", "idl_put_sint32", "", "idl_get_sint32", "" },
    [TYPE_SINT64] = { "int64", "int64_t", "sint64", "IDL_VARINT", "idl_put_sint64", "", "idl_get_sint64", "" },
    [TYPE_FIXED32] = { "uint32", "uint32_t", "fixed32", "IDL_I32", "idl_put_fixed32", "", "idl_get_fixed32", "" },
    [TYPE_FIXED64] = { "uint64", "uint64_t", "fixed64", "IDL_I64", "idl_put_fixed64", "", "idl_get_fixed64", "" },
    [TYPE_SFIXED32] = { "int32", "int32_t", "sfixed32", "IDL_I32", "idl_put_fixed32", "(uint32_t)", "idl_get_fixed32", "(int32_t)" },
    [TYPE_SFIXED64] = { "int64", "int64_t", "sfixed64", "IDL_I64", "idl_put_fixed64", "(uint64_t)", "idl_get_fixed64", "(int64_t)" },
    [TYPE_FLOAT] = { "float", "float", "float", "IDL_I32", "idl_put_float", "", "idl_get_float", "" },
    [TYPE_DOUBLE] = { "double", "double", "double", "IDL_I64", "idl_put_double", "", "idl_get_double", "" },
    [TYPE_STRING] = { "str", "idl_str", "str", "IDL_LEN", "idl_put_str", "", "idl_get_str", "" },
    [TYPE_BYTES] = { "bytes", "idl_bytes", "bytes", "IDL_LEN", "idl_put_bytes", "", "idl_get_bytes", "" },
    [TYPE_ENUM] = { "", "", "enum", "IDL_VARINT", "idl_put_varint", "(uint64_t)(int32_t)", "idl_get_int32", "" },
};
// clang-format on

const struct ctype *ctype_of(enum type_kind kind)
{
    if ((size_t)kind >= sizeof ctypes / sizeof *ctypes || !ctypes[kind].word)
        return NULL;
    return &ctypes[kind];
}

const struct ctype *ctype_of_one(const struct structure *s)
{
    if (s->role == STRUCTURE_DECLARED || s->field_count != 1 || s->fields[0].optional)
        return NULL;
    return ctype_of(s->fields[0].type->kind);
}

bool ctype_is_packed(enum type_kind kind)
{
    return ctype_of(kind) && kind != TYPE_STRING && kind != TYPE_BYTES;
}

static bool same_type(const struct type *a, const struct type *b, bool on_the_wire)
{
    const struct ctype *x = ctype_of(a->kind), *y = ctype_of(b->kind);
    if (!x || !y || a->kind == TYPE_ENUM || b->kind == TYPE_ENUM)
        return a->kind == b->kind && a->enumeration == b->enumeration &&
               a->structure == b->structure;
    return strcmp(on_the_wire ? x->codec : x->word, on_the_wire ? y->codec : y->word) == 0;
}

bool ctype_same_map(const struct type *a, const struct type *b, bool on_the_wire)
{
    return same_type(a->key, b->key, on_the_wire) && same_type(a->value, b->value, on_the_wire);
}
