/* SPDX-License-Identifier: MIT */
/* meta.c: lists of pairs, and their form on the wire. */
#include "meta.h"

#include <string.h>

#include "codec.h"

/* ---- What is legal ---- */

static bool has_prefix(idl_str s, const char *prefix)
{
    size_t len = strlen(prefix);
    return s.len >= len && memcmp(s.data, prefix, len) == 0;
}

static bool is_binary(idl_str key)
{
    return key.len >= 4 && memcmp(key.data + key.len - 4, "-bin", 4) == 0;
}

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

const char *idl__meta_wrong(idl_str key, idl_bytes value, bool given)
{
    if (key.len == 0)
        return "its key is empty";
    for (size_t i = 0; i < key.len; i++)
        if (!is_key_char(key.data[i]))
            return "keys are made of a-z, 0-9, '-', '_' and '.'";
    if (given && has_prefix(key, "grpc-"))
        return "keys that begin with grpc- are reserved";
    if (is_binary(key))
        return NULL;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < ' ' || value.data[i] > '~')
            return "its value is not printable ASCII, and its key does not end in -bin";
    if (given && value.len > 0 && (value.data[0] == ' ' || value.data[value.len - 1] == ' '))
        return "its value begins or ends with a space";
    return NULL;
}

/* ---- Base64 ---- */

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static size_t encoded_length(size_t len)
{
    return len / 3 * 4 + (len % 3 != 0 ? len % 3 + 1 : 0);
}

static void encode(uint8_t *to, idl_bytes from)
{
    for (size_t i = 0; i < from.len; i += 3) {
        size_t left = from.len - i;
        uint32_t v = (uint32_t)from.data[i] << 16;
        v |= left > 1 ? (uint32_t)from.data[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)from.data[i + 2] : 0;
        for (size_t k = 0; k < 4 && k <= left; k++)
            *to++ = (uint8_t)digits[(v >> (18 - 6 * k)) & 63];
    }
}

static int value_of(uint8_t digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '+' ? 62 : digit == '/' ? 63 : -1;
}

/* Into bytes of at least three quarters of the length. Padding is taken; bits that are left over
 * have to be 0. False: this is not base64. */
static bool decode(uint8_t *to, size_t *len, idl_bytes from)
{
    if (from.len % 4 == 0)
        for (int i = 0; i < 2 && from.len > 0 && from.data[from.len - 1] == '='; i++)
            from.len--;
    uint32_t bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < from.len; i++) {
        int v = value_of(from.data[i]);
        if (v < 0)
            return false;
        bits = bits << 6 | (uint32_t)v;
        if (i % 4 != 0)
            to[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
    }
    *len = n;
    unsigned over = from.len % 4 == 2 ? 15 : from.len % 4 == 3 ? 3 : 0;
    return from.len % 4 != 1 && (bits & over) == 0;
}

/* ---- Lists ---- */

static size_t varint_length(size_t v)
{
    size_t n = 1;
    while ((v >>= 7) != 0)
        n++;
    return n;
}

static size_t field_length(size_t len)
{
    return len != 0 ? 1 + varint_length(len) + len : 0;
}

/* As idl__get_pair counts it at the other side. */
static size_t cost(const idl_meta *meta)
{
    size_t len = meta->value.len;
    if (is_binary(meta->key))
        len = encoded_length(len);
    return field_length(meta->key.len) + field_length(len) + IDL__PAIR_COST;
}

/* A pair with room for a key and a value, and a NUL behind each. */
static idl__pair *new_pair(idl_arena *arena, idl_str key, size_t len)
{
    idl__pair *pair = idl__arena_object(arena, sizeof *pair);
    uint8_t *text = pair != NULL ? idl__arena_text(arena, key.len + 1 + len + 1) : NULL;
    if (text == NULL)
        return NULL;
    if (key.len != 0)
        memcpy(text, key.data, key.len);
    text[key.len] = '\0';
    *pair = (idl__pair){ .meta = { .key = { (const char *)text, key.len },
                                   .value = { text + key.len + 1, len } } };
    return pair;
}

static uint8_t *room_of(idl__pair *pair)
{
    return idl__mutable(pair->meta.value.data);
}

static void append(idl__pairs *pairs, idl__pair *pair)
{
    room_of(pair)[pair->meta.value.len] = '\0';
    pair->prev = pairs->last;
    *(pairs->last != NULL ? &pairs->last->next : &pairs->first) = pair;
    pairs->last = pair;
    pairs->size += cost(&pair->meta);
}

bool idl__pairs_add(idl__pairs *pairs, idl_arena *arena, idl_str key, idl_bytes value)
{
    idl__pair *pair = new_pair(arena, key, value.len);
    if (pair == NULL)
        return false;
    if (value.len != 0)
        memcpy(room_of(pair), value.data, value.len);
    append(pairs, pair);
    return true;
}

const idl__pair *idl__pairs_find(const idl__pairs *pairs, idl_str key, const idl_meta *after)
{
    const idl__pair *pair = after != NULL ? ((const idl__pair *)after)->next : pairs->first;
    while (pair != NULL && !idl_str_equal(pair->meta.key, key))
        pair = pair->next;
    return pair;
}

void idl__pairs_remove(idl__pairs *pairs, idl_str key)
{
    for (idl__pair *pair = pairs->first; pair != NULL; pair = pair->next) {
        if (!idl_str_equal(pair->meta.key, key))
            continue;
        *(pair->prev != NULL ? &pair->prev->next : &pairs->first) = pair->next;
        *(pair->next != NULL ? &pair->next->prev : &pairs->last) = pair->prev;
        pairs->size -= cost(&pair->meta);
    }
}

/* ---- Out ---- */

static void put_value(idl_writer *w, const idl_meta *meta, bool raw)
{
    if (meta->value.len == 0)
        return;
    size_t len = meta->value.len;
    if (raw || !is_binary(meta->key)) {
        idl__put_raw(w, meta->value);
    } else if (idl__writer_room(w, len = encoded_length(len))) {
        w->p -= len;
        encode(w->p, meta->value);
    }
    idl_put_varint(w, IDL_TAG(2, IDL_LEN), len);
}

void idl__put_pairs(idl_writer *w, uint32_t tag, const idl__pairs *pairs, bool raw)
{
    for (const idl__pair *pair = pairs->last; pair != NULL; pair = pair->prev) {
        size_t mark = idl_put_mark(w);
        put_value(w, &pair->meta, raw);
        if (pair->meta.key.len != 0)
            idl_put_bytes(w, IDL_TAG(1, IDL_LEN),
                          (idl_bytes){ (const uint8_t *)pair->meta.key.data, pair->meta.key.len });
        idl_put_length(w, tag, mark);
    }
}

/* ---- In ---- */

static idl_str as_text(idl_bytes bytes)
{
    return (idl_str){ (const char *)bytes.data, bytes.len };
}

bool idl__get_pair(idl_reader *outer, idl_meta *pair, size_t *size)
{
    const idl_bytes empty = IDL_EMPTY_BYTES;
    idl_bytes body = idl_get_bytes(outer);
    *pair = (idl_meta){ as_text(empty), empty };
    *size += body.len + IDL__PAIR_COST;
    idl_reader r;
    idl__reader_init(&r, body, NULL);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_LEN): pair->key = as_text(idl_get_bytes(&r)); break;
        case IDL_TAG(2, IDL_LEN): pair->value = idl_get_bytes(&r); break;
        default: idl_get_skip(&r, tag); break;
        }
    }
    if (r.status != IDL_OK)
        idl__reader_fail(outer, r.status);
    return outer->status == IDL_OK;
}

static idl_code take_binary(idl__pairs *pairs, idl_arena *arena, const idl_meta *got)
{
    idl__pair *pair = new_pair(arena, got->key, got->value.len / 4 * 3 + 3);
    if (pair == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (!decode(room_of(pair), &pair->meta.value.len, got->value))
        return IDL_INVALID_ARGUMENT;
    append(pairs, pair);
    return IDL_OK;
}

/* Keys of gRPC's own are nothing for applications. */
static idl_code take(idl__pairs *pairs, idl_arena *arena, const idl_meta *got)
{
    if (has_prefix(got->key, "grpc-"))
        return IDL_OK;
    if (idl__meta_wrong(got->key, got->value, false) != NULL)
        return IDL_INVALID_ARGUMENT;
    if (is_binary(got->key))
        return take_binary(pairs, arena, got);
    return idl__pairs_add(pairs, arena, got->key, got->value) ? IDL_OK : IDL_RESOURCE_EXHAUSTED;
}

idl_code idl__pairs_take(idl__pairs *pairs, idl_arena *arena, idl_bytes envelope, uint32_t field)
{
    idl_code code = IDL_OK;
    idl_meta got;
    size_t size = 0;
    idl_reader r;
    idl__reader_init(&r, envelope, NULL);
    for (uint32_t tag; code == IDL_OK && (tag = idl_get_tag(&r)) != 0;) {
        if (tag != IDL_TAG(field, IDL_LEN))
            idl_get_skip(&r, tag);
        else if (idl__get_pair(&r, &got, &size))
            code = take(pairs, arena, &got);
    }
    return code;
}

static idl_code take_from_status(idl__pairs *pairs, idl_arena *arena, idl_bytes status)
{
    idl_meta got;
    size_t size = 0;
    idl_reader r;
    idl__reader_init(&r, status, NULL);
    for (uint32_t tag; (tag = idl_get_tag(&r)) != 0;) {
        if (tag != IDL_TAG(3, IDL_LEN))
            idl_get_skip(&r, tag);
        else if (idl__get_pair(&r, &got, &size) &&
                 !idl__pairs_add(pairs, arena, got.key, got.value))
            return IDL_RESOURCE_EXHAUSTED;
    }
    return IDL_OK;
}

idl_code idl__pairs_take_details(idl__pairs *pairs, idl_arena *arena, idl_bytes response)
{
    idl_code code = IDL_OK;
    idl_reader r;
    idl__reader_init(&r, response, NULL);
    for (uint32_t tag; code == IDL_OK && (tag = idl_get_tag(&r)) != 0;) {
        if (tag != IDL_TAG(1, IDL_LEN))
            idl_get_skip(&r, tag);
        else
            code = take_from_status(pairs, arena, idl_get_bytes(&r));
    }
    return code;
}
