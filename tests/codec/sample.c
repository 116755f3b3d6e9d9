/* SPDX-License-Identifier: MIT */
/* sample.c: see sample.h. */
#include "sample.h"

#include <stdlib.h>
#include <string.h>

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    assert_true(c >= 'a' && c <= 'f');
    return c - 'a' + 10;
}

idl_bytes hex(const char *digits)
{
    size_t len = 0;
    for (const char *p = digits; *p != '\0'; p++)
        len += *p != ' ';
    assert_true(len % 2 == 0);
    len /= 2;
    uint8_t *data = malloc(len != 0 ? len : 1);
    assert_non_null(data);
    for (size_t i = 0; i < len; i++) {
        while (*digits == ' ')
            digits++;
        data[i] = (uint8_t)(digit(digits[0]) << 4 | digit(digits[1]));
        digits += 2;
    }
    return (idl_bytes){ data, len };
}

idl_code decode_hex(const char *digits, idl_arena *arena, sample_all *m)
{
    idl_bytes bytes = hex(digits);
    idl_bytes exact = { NULL, bytes.len };
    if (bytes.len != 0) { /* the arena keeps it as long as the message */
        uint8_t *copy = idl_arena_alloc(arena, bytes.len);
        memcpy(copy, bytes.data, bytes.len);
        exact.data = copy;
    }
    free((void *)(uintptr_t)bytes.data);
    return idl_decode(&sample_all_type, exact, arena, m);
}

void assert_bytes(idl_bytes bytes, const char *digits)
{
    idl_bytes expected = hex(digits);
    for (size_t i = 0; i < bytes.len && i < expected.len; i++) {
        if (bytes.data[i] != expected.data[i])
            fail_msg("byte %zu is %02x, not %02x: %s", i, bytes.data[i], expected.data[i], digits);
    }
    assert_int_equal(bytes.len, expected.len);
    free((void *)(uintptr_t)expected.data);
}

void assert_encodes(const sample_all *m, const char *digits)
{
    idl_arena *arena = idl_arena_new();
    idl_bytes bytes;
    assert_int_equal(idl_encode(&sample_all_type, m, arena, &bytes), IDL_OK);
    assert_bytes(bytes, digits);
    idl_arena_free(arena);
}

void assert_recodes(const char *digits, const char *again)
{
    idl_arena *arena = idl_arena_new();
    sample_all m;
    if (decode_hex(digits, arena, &m) != IDL_OK)
        fail_msg("does not decode: %s", digits);
    assert_encodes(&m, again);
    idl_arena_free(arena);
}

void assert_decode_fails(const char *digits)
{
    idl_arena *arena = idl_arena_new();
    sample_all m;
    if (decode_hex(digits, arena, &m) != IDL_INVALID_ARGUMENT)
        fail_msg("decodes, but must not: %s", digits);
    assert_memory_equal(&m, sample_all_type.empty, sizeof m);
    idl_arena_free(arena);
}

sample_all sample_empty(void)
{
    sample_all m;
    memcpy(&m, sample_all_type.empty, sizeof m);
    return m;
}

uint64_t rng_next(rng *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = r->state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint64_t rng_below(rng *r, uint64_t limit)
{
    return rng_next(r) % limit;
}

/* Of any length in bits, so that varints of every size come up. */
static uint64_t number(rng *r)
{
    uint64_t v = rng_next(r) >> rng_below(r, 64);
    return rng_below(r, 8) == 0 ? 0 - v : v;
}

static idl_bytes random_bytes(rng *r, idl_arena *arena)
{
    size_t len = (size_t)rng_below(r, rng_below(r, 8) == 0 ? 300 : 12);
    uint8_t *data = idl_arena_alloc(arena, len);
    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)rng_next(r);
    return (idl_bytes){ data, len };
}

static idl_str random_str(rng *r, idl_arena *arena)
{
    static const char *const parts[] = {
        "a",
        "word",
        " ",
        "0123456789",
        "\303\244",
        "\342\202\254",
        "\360\237\230\200",
        "~",
        "\355\237\277",
        "\364\217\277\277",
    };
    size_t count = (size_t)rng_below(r, rng_below(r, 8) == 0 ? 60 : 5), len = 0;
    char *data = idl_arena_alloc(arena, 10 * count + 1);
    for (size_t i = 0; i < count; i++) {
        const char *part = parts[rng_below(r, sizeof parts / sizeof *parts)];
        memcpy(data + len, part, strlen(part));
        len += strlen(part);
    }
    return (idl_str){ data, len };
}

static float random_float(rng *r)
{
    uint32_t bits = (uint32_t)rng_next(r);
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static double random_double(rng *r)
{
    uint64_t bits = rng_next(r);
    double v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static bool set(rng *r, unsigned percent)
{
    return rng_below(r, 100) < percent;
}

static size_t list_size(rng *r, unsigned percent)
{
    if (!set(r, percent))
        return 0;
    return 1 + (size_t)rng_below(r, rng_below(r, 16) == 0 ? 200 : 4);
}

static const sample_all *random_child(rng *r, idl_arena *arena, unsigned percent, int depth)
{
    if (depth == 0 || !set(r, percent))
        return NULL;
    sample_all *child = idl_arena_alloc(arena, sizeof *child);
    sample_random(r, arena, percent / 2, depth - 1, child);
    return child;
}

#define FILL(list, T, value)                                  \
    do {                                                      \
        size_t n = list_size(r, percent);                     \
        T *items = idl_arena_alloc(arena, n * sizeof *items); \
        for (size_t i = 0; i < n; i++)                        \
            items[i] = value;                                 \
        if (n != 0) {                                         \
            (list).items = items;                             \
            (list).count = n;                                 \
        }                                                     \
    } while (0)

static void random_scalars(rng *r, unsigned percent, sample_all *m)
{
    if (set(r, percent))
        m->f_bool = true;
    if (set(r, percent))
        m->f_int8 = (int8_t)number(r);
    if (set(r, percent))
        m->f_int16 = (int16_t)number(r);
    if (set(r, percent))
        m->f_int32 = (int32_t)number(r);
    if (set(r, percent))
        m->f_int64 = (int64_t)number(r);
    if (set(r, percent))
        m->f_uint8 = (uint8_t)number(r);
    if (set(r, percent))
        m->f_uint16 = (uint16_t)number(r);
    if (set(r, percent))
        m->f_uint32 = (uint32_t)number(r);
    if (set(r, percent))
        m->f_uint64 = (uint64_t)number(r);
    if (set(r, percent))
        m->f_sint32 = (int32_t)number(r);
    if (set(r, percent))
        m->f_sint64 = (int64_t)number(r);
    if (set(r, percent))
        m->f_fixed32 = (uint32_t)number(r);
    if (set(r, percent))
        m->f_fixed64 = (uint64_t)number(r);
    if (set(r, percent))
        m->f_sfixed32 = (int32_t)number(r);
    if (set(r, percent))
        m->f_sfixed64 = (int64_t)number(r);
    if (set(r, percent))
        m->f_float = random_float(r);
    if (set(r, percent))
        m->f_double = random_double(r);
    if (set(r, percent))
        m->f_color = (enum sample_color)(int32_t)number(r);
}

static void random_lists(rng *r, idl_arena *arena, unsigned percent, sample_all *m)
{
    FILL(m->l_bool, bool, set(r, 50));
    FILL(m->l_int8, int8_t, (int8_t)number(r));
    FILL(m->l_int16, int16_t, (int16_t)number(r));
    FILL(m->l_int32, int32_t, (int32_t)number(r));
    FILL(m->l_int64, int64_t, (int64_t)number(r));
    FILL(m->l_uint8, uint8_t, (uint8_t)number(r));
    FILL(m->l_uint16, uint16_t, (uint16_t)number(r));
    FILL(m->l_uint32, uint32_t, (uint32_t)number(r));
    FILL(m->l_uint64, uint64_t, (uint64_t)number(r));
    FILL(m->l_sint32, int32_t, (int32_t)number(r));
    FILL(m->l_sint64, int64_t, (int64_t)number(r));
    FILL(m->l_fixed32, uint32_t, (uint32_t)number(r));
    FILL(m->l_fixed64, uint64_t, (uint64_t)number(r));
    FILL(m->l_sfixed32, int32_t, (int32_t)number(r));
    FILL(m->l_sfixed64, int64_t, (int64_t)number(r));
    FILL(m->l_float, float, random_float(r));
    FILL(m->l_double, double, random_double(r));
    FILL(m->l_str, idl_str, random_str(r, arena));
    FILL(m->l_bytes, idl_bytes, random_bytes(r, arena));
    FILL(m->l_color, enum sample_color, (enum sample_color)(int32_t)number(r));
}

/* An entry of a map: its type in the sample, a key and a value. */
#define ENTRY(T, k, v) ((T){ .key = k, .value = v })

static void random_maps(rng *r, idl_arena *arena, unsigned percent, sample_all *m)
{
    FILL(m->m_str, idl_int64_by_str_entry,
         ENTRY(idl_int64_by_str_entry, random_str(r, arena), (int64_t)number(r)));
    FILL(m->m_int32, idl_str_by_int32_entry,
         ENTRY(idl_str_by_int32_entry, (int32_t)number(r), random_str(r, arena)));
    FILL(m->m_uint8, sample_color_by_uint8_entry,
         ENTRY(sample_color_by_uint8_entry, (uint8_t)number(r), SAMPLE_COLOR_BLUE));
    FILL(m->m_fixed64, idl_bytes_by_uint64_entry,
         ENTRY(idl_bytes_by_uint64_entry, number(r), random_bytes(r, arena)));
    FILL(m->m_sint32, idl_double_by_int32_entry,
         ENTRY(idl_double_by_int32_entry, (int32_t)number(r), random_double(r)));
}

static void random_children(rng *r, idl_arena *arena, unsigned percent, int depth, sample_all *m)
{
    m->f_all = random_child(r, arena, percent, depth);
    if (depth == 0)
        return;
    size_t count = list_size(r, percent) % 5;
    sample_all *items = idl_arena_alloc(arena, count * sizeof *items);
    for (size_t i = 0; i < count; i++)
        sample_random(r, arena, percent / 2, depth - 1, &items[i]);
    m->l_all = (sample_all_list){ items, count };
    count = list_size(r, percent) % 3;
    sample_all_by_bool_entry *entries = idl_arena_alloc(arena, count * sizeof *entries);
    for (size_t i = 0; i < count; i++) {
        entries[i].key = set(r, 50);
        sample_random(r, arena, percent / 2, depth - 1, &entries[i].value);
    }
    m->m_bool = (sample_all_by_bool){ entries, count };
}

static void random_choice(rng *r, idl_arena *arena, unsigned percent, int depth, sample_all *m)
{
    if (!set(r, percent))
        return;
    switch (rng_below(r, 4)) {
    case 0:
        m->text = random_str(r, arena);
        m->choice = SAMPLE_ALL_CHOICE_TEXT;
        break;
    case 1:
        m->number = (int64_t)number(r);
        m->choice = SAMPLE_ALL_CHOICE_NUMBER;
        break;
    case 2:
        m->child = random_child(r, arena, percent, depth);
        m->choice = m->child != NULL ? SAMPLE_ALL_CHOICE_CHILD : SAMPLE_ALL_CHOICE_NOT_SET;
        break;
    default:
        m->kind = SAMPLE_COLOR_GREEN;
        m->choice = SAMPLE_ALL_CHOICE_KIND;
        break;
    }
}

void sample_random(rng *r, idl_arena *arena, unsigned percent, int depth, sample_all *m)
{
    *m = sample_empty();
    random_scalars(r, percent, m);
    if (set(r, percent))
        m->f_str = random_str(r, arena);
    if (set(r, percent))
        m->f_bytes = random_bytes(r, arena);
    random_lists(r, arena, percent, m);
    if ((m->has_o_int32 = set(r, percent)))
        m->o_int32 = (int32_t)number(r);
    if ((m->has_o_str = set(r, percent)))
        m->o_str = random_str(r, arena);
    if ((m->has_o_bytes = set(r, percent)))
        m->o_bytes = random_bytes(r, arena);
    if ((m->has_o_color = set(r, percent)))
        m->o_color = SAMPLE_COLOR_RED;
    if ((m->has_o_double = set(r, percent)))
        m->o_double = random_double(r);
    random_maps(r, arena, percent, m);
    random_children(r, arena, percent, depth, m);
    random_choice(r, arena, percent, depth, m);
}
