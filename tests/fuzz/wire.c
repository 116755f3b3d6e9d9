/* SPDX-License-Identifier: MIT */
/* wire.c: bytes that are mostly a message of a structure. */
#include "wire.h"

enum { VARINT = 0, I64 = 1, LEN = 2, I32 = 5, DEPTH_MAX = 4, FIELDS_MAX = 8 };

struct writer {
    struct text *out;
    struct chance *chance;
    int depth;
};

static void message(struct writer w, const struct structure *s);

static void varint(struct text *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7)
        text_addc(out, (char)(value | 0x80));
    text_addc(out, (char)value);
}

static uint64_t number(struct chance *chance)
{
    static const uint64_t some[] = {
        0,     1,     2,         127,        128,       255,        256,
        65535, 65536, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX, UINT64_MAX - 127
    };
    return some[chance_pick(chance, sizeof some / sizeof *some)];
}

static void fixed(struct writer w, size_t size)
{
    uint64_t value = number(w.chance);
    for (size_t i = 0; i < size; i++)
        text_addc(w.out, (char)(value >> 8 * i));
}

static int wire_of(const struct type *type)
{
    switch (type->kind) {
    case TYPE_FIXED32:
    case TYPE_SFIXED32:
    case TYPE_FLOAT: return I32;
    case TYPE_FIXED64:
    case TYPE_SFIXED64:
    case TYPE_DOUBLE: return I64;
    case TYPE_STRING:
    case TYPE_BYTES:
    case TYPE_STRUCT:
    case TYPE_LIST:
    case TYPE_MAP: return LEN;
    default: return VARINT;
    }
}

static void tagged(struct writer w, uint32_t field, const struct type *type);

static void plain(struct writer w, int wire)
{
    if (wire == I32)
        fixed(w, 4);
    else if (wire == I64)
        fixed(w, 8);
    else
        varint(w.out, number(w.chance));
}

/* What stands behind the length of type, NULL: of something unknown. */
static void content(struct writer w, const struct type *type)
{
    w.depth++;
    if (type && type->kind == TYPE_STRUCT) {
        message(w, type->structure);
    } else if (type && type->kind == TYPE_MAP) {
        if (chance_pick(w.chance, 4))
            tagged(w, 1, type->key);
        if (chance_pick(w.chance, 4))
            tagged(w, 2, type->value);
    } else if (type && type->kind == TYPE_LIST) { /* packed */
        for (size_t count = chance_pick(w.chance, 4); count; count--)
            plain(w, wire_of(type->value));
    } else {
        static const char *const texts[] = { "", "a", "\xC3\xA9", "text with some length", "\xFF" };
        text_add(w.out, str_from(texts[chance_pick(w.chance, 5)]));
    }
}

static void value(struct writer w, int wire, const struct type *type)
{
    if (wire != LEN) {
        plain(w, wire);
        return;
    }
    struct text inner = { 0 };
    struct writer within = { &inner, w.chance, w.depth };
    if (w.depth < DEPTH_MAX)
        content(within, type);
    varint(w.out, inner.len);
    text_add(w.out, text_str(&inner));
    text_free(&inner);
}

static void tagged(struct writer w, uint32_t field, const struct type *type)
{
    int wire = wire_of(type);
    if (type->kind == TYPE_LIST && (chance_pick(w.chance, 2) || wire_of(type->value) == LEN)) {
        type = type->value; /* one element */
        wire = wire_of(type);
    }
    if (chance_one_in(w.chance, 32))
        wire = (int[]){ VARINT, I64, LEN, I32 }[chance_pick(w.chance, 4)];
    varint(w.out, (uint64_t)field << 3 | (uint64_t)wire);
    value(w, wire, type);
}

static void unknown(struct writer w)
{
    int wire = (int[]){ VARINT, I64, LEN, I32 }[chance_pick(w.chance, 4)];
    varint(w.out, (number(w.chance) % 30000 + 1) << 3 | (uint64_t)wire);
    value(w, wire, NULL);
}

static void message(struct writer w, const struct structure *s)
{
    for (size_t count = chance_pick(w.chance, FIELDS_MAX); count; count--) {
        if (s->field_count == 0 || chance_one_in(w.chance, 16)) {
            unknown(w);
            continue;
        }
        const struct field *field = &s->fields[chance_pick(w.chance, 256) % s->field_count];
        tagged(w, field->number, field->type);
    }
}

void wire_message(struct text *out, struct chance *chance, const struct structure *s)
{
    message((struct writer){ out, chance, 0 }, s);
}
