/* SPDX-License-Identifier: MIT */
/* meta.c: the metadata and details of calls, different for each attempt and part. */
#include <string.h>

#include "sim.h"

enum { VALUE_MAX = 1800 };

static const uint32_t fields[IDL__LISTS] = { [IDL_META_INITIAL] = 4, [IDL_META_TRAILING] = 3 };

/* ---- What it is ---- */

/* A number for that, for each use of it. */
static uint32_t draw(const sim_call *call, uint32_t attempt, size_t part, uint32_t use)
{
    uint64_t z = call->sim->seed + call->number * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30) ^ attempt) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27) ^ part << 24 ^ use) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(z >> 33);
}

/* The same for all attempts. */
static uint32_t count_of(const sim_call *call, size_t part)
{
    uint32_t r = draw(call, 0, part, 0);
    return r % 4 == 0 ? 1 + (r >> 2) % 4 : 0;
}

bool sim_has_metadata(const sim_call *call, size_t part)
{
    return count_of(call, part) != 0;
}

static idl_str key_of(size_t part, uint32_t index)
{
    if (part == IDL__DETAILS)
        return idl_cstr("type.googleapis.com/sim.Detail");
    return idl_cstr(index % 2 == 0 ? "some.key" : "some-key-bin");
}

/* Bytes, or printable ones, which say whose they are as long as there is room. */
static idl_bytes value_of(const sim_call *call, uint32_t attempt, size_t part, uint32_t index)
{
    static uint8_t bytes[VALUE_MAX];
    bool any = part == IDL__DETAILS || index % 2 != 0;
    uint32_t r = draw(call, attempt, part, index + 1);
    size_t len = (r >> 3) % (r % 8 == 0 ? VALUE_MAX : 60);
    for (size_t i = 0; i < len; i++) {
        if (i % 3 == 0)
            r = r * 1664525 + 1013904223;
        uint8_t byte = (uint8_t)(r >> (8 + 8 * (i % 3)));
        bytes[i] = any ? byte : (uint8_t)('!' + byte % 94);
    }
    return (idl_bytes){ bytes, len };
}

void sim_metadata(const sim_call *call, uint32_t attempt, size_t part, idl__pairs *pairs,
                  idl_arena *arena)
{
    sim_memory_spare(true);
    for (uint32_t i = 0; i < count_of(call, part); i++)
        idl__pairs_add(pairs, arena, key_of(part, i), value_of(call, attempt, part, i));
    sim_memory_spare(false);
}

/* ---- What has come ---- */

static bool is_expected(const sim_call *call, uint32_t attempt, size_t part,
                        const idl__pairs *pairs)
{
    uint32_t i = 0;
    for (const idl__pair *pair = pairs->first; pair != NULL; pair = pair->next, i++) {
        idl_bytes value = value_of(call, attempt, part, i);
        if (!idl_str_equal(pair->meta.key, key_of(part, i)) || pair->meta.value.len != value.len ||
            (value.len != 0 && memcmp(pair->meta.value.data, value.data, value.len) != 0))
            return false;
        call->sim->counts->pairs++;
    }
    return i == count_of(call, part);
}

static void expect(const sim_call *call, uint32_t attempt, size_t part, idl_bytes envelope,
                   uint32_t field, bool any)
{
    static const char *const names[] = { "request", "first", "last", "error's" };
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 };
    idl_code code = IDL_OK;
    sim_memory_spare(true);
    if (envelope.len != 0 && part == IDL__DETAILS)
        code = idl__pairs_take_details(&pairs, &arena, envelope);
    else if (envelope.len != 0)
        code = idl__pairs_take(&pairs, &arena, envelope, field);
    sim_memory_spare(false);
    bool right = any ? is_expected(call, attempt, part, &pairs) : pairs.first == NULL;
    idl__arena_fini(&arena);
    if (code != IDL_OK || !right)
        sim_fail(call->sim, "call %u: its %s metadata is not what was sent", (unsigned)call->number,
                 names[part]);
}

void sim_expect_metadata(const sim_call *call, uint32_t attempt, size_t part, idl_bytes envelope,
                         uint32_t field)
{
    expect(call, attempt, part, envelope, field, true);
}

void sim_expect_end(const sim_call *call, const idl__event *event)
{
    if (call->early_initial && !call->got_initial)
        sim_fail(call->sim, "call %u: its first metadata is missing", (unsigned)call->number);
    bool pairs = call->adorned && !call->sim->wire->plain;
    for (size_t part = IDL_META_INITIAL; part < IDL__LISTS; part++) {
        bool any = part == IDL__DETAILS
                       ? call->adorned && event->code != IDL_OK
                       : pairs && !(part == IDL_META_INITIAL && call->early_initial);
        expect(call, call->attempt, part, event->metadata, fields[part], any);
    }
}
