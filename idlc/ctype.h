/* SPDX-License-Identifier: MIT */
/* ctype.h: how each scalar of the IDL is written in C, and which codec calls carry it. */
#ifndef IDLC_CTYPE_H
#define IDLC_CTYPE_H

#include <stdbool.h>

#include "schema.h"

struct ctype {
    const char *word;  /* in names: idl_int32_list, item_by_str */
    const char *type;  /* int32_t */
    const char *codec; /* the wire's kind: idl_put_sint32_list */
    const char *wire;  /* IDL_VARINT */
    const char *put;   /* idl_put_varint */
    const char *out;   /* what casts a value for put: "(uint64_t)" */
    const char *get;   /* idl_get_fixed32 */
    const char *in;    /* what casts get's result */
};

/* Bool to bytes, and enums, whose word and type are their own. NULL for all others. */
const struct ctype *ctype_of(enum type_kind kind);

/* The scalar of a call's message that has nothing else: the runtime has the code of those. NULL for
 * all other messages. */
const struct ctype *ctype_of_one(const struct structure *s);

/* Maps that are one type in C; on_the_wire: that are also written alike. */
bool ctype_same_map(const struct type *a, const struct type *b, bool on_the_wire);

bool ctype_is_packed(enum type_kind kind); /* in lists: numbers, bools and enums */

#endif
