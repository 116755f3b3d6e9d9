/* SPDX-License-Identifier: MIT */
/* schema.c: the names of types. */
#include "schema.h"

const char *type_kind_name(enum type_kind kind)
{
    static const char *const names[] = {
        [TYPE_ERROR] = "error",       [TYPE_BOOL] = "bool",         [TYPE_INT8] = "int8",
        [TYPE_INT16] = "int16",       [TYPE_INT32] = "int32",       [TYPE_INT64] = "int64",
        [TYPE_UINT8] = "uint8",       [TYPE_UINT16] = "uint16",     [TYPE_UINT32] = "uint32",
        [TYPE_UINT64] = "uint64",     [TYPE_SINT32] = "sint32",     [TYPE_SINT64] = "sint64",
        [TYPE_FIXED32] = "fixed32",   [TYPE_FIXED64] = "fixed64",   [TYPE_SFIXED32] = "sfixed32",
        [TYPE_SFIXED64] = "sfixed64", [TYPE_FLOAT] = "float",       [TYPE_DOUBLE] = "double",
        [TYPE_STRING] = "string",     [TYPE_BYTES] = "bytes",       [TYPE_ENUM] = "enum",
        [TYPE_STRUCT] = "struct",     [TYPE_LIST] = "list",         [TYPE_MAP] = "map",
    };
    return names[kind];
}
