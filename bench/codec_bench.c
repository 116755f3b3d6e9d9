/* SPDX-License-Identifier: MIT */
/* codec_bench.c: time per message encoded and decoded: codec_bench [MILLISECONDS per figure].
 *
 * The best batch counts, in processor time: other work on the machine can only add to it. Arenas
 * are reset between messages, as a server's are between calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec_types.h"

enum { PEOPLE = 100, PHONES = 3, ATTRIBUTES = 5, NUMBERS = 1000000, TEXT = 1 << 20 };

/* One kind of message: what is encoded, and a place to decode into. */
struct subject {
    const char *name;
    const idl_message *type;
    const void *message;
    idl_arena *arena;
    idl_bytes bytes;
    void *decoded;
};

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state >> 16;
}

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL) {
        fputs("no memory\n", stderr);
        exit(1);
    }
    return memory;
}

static idl_str text(const char *format, uint64_t number)
{
    char *data = allocate(1, 64);
    int len = snprintf(data, 64, "%s%06u%s", format, (unsigned)(number % 1000000), "@example.com");
    return (idl_str){ data, (size_t)len };
}

static const bench_person *people(uint64_t *state)
{
    bench_person *list = allocate(PEOPLE, sizeof *list);
    for (int i = 0; i < PEOPLE; i++) {
        bench_phone *phones = allocate(PHONES, sizeof *phones);
        idl_str_by_str_entry *attributes = allocate(ATTRIBUTES, sizeof *attributes);
        for (int k = 0; k < PHONES; k++)
            phones[k] = (bench_phone){ text("+1-", next_random(state)), (bench_phone_type)k };
        for (int k = 0; k < ATTRIBUTES; k++)
            attributes[k] =
                (idl_str_by_str_entry){ IDL_STR("department"), text("", next_random(state)) };
        list[i] = (bench_person){ .name = text("Person ", next_random(state)),
                                  .id = i * 7919,
                                  .email = text("user", next_random(state)),
                                  .phones = { phones, (size_t)(2 + i % 2) },
                                  .attributes = { attributes, ATTRIBUTES } };
    }
    return list;
}

/* Half of them take one byte, the others up to ten. */
static const int32_t *numbers(uint64_t *state)
{
    int32_t *list = allocate(NUMBERS, sizeof *list);
    for (int i = 0; i < NUMBERS; i++) {
        const uint64_t kind = next_random(state) % 100, value = next_random(state);
        const int bits = kind < 50 ? 7 : kind < 70 ? 14 : kind < 85 ? 21 : kind < 95 ? 28 : 31;
        list[i] = (int32_t)(value & ((UINT64_C(1) << bits) - 1));
        if (kind >= 98)
            list[i] = -list[i];
    }
    return list;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void encode(struct subject *s)
{
    idl_arena_reset(s->arena);
    if (idl_encode(s->type, s->message, s->arena, &s->bytes) != IDL_OK)
        exit(1);
}

static void decode(struct subject *s)
{
    idl_arena_reset(s->arena);
    if (idl_decode(s->type, s->bytes, s->arena, s->decoded) != IDL_OK)
        exit(1);
}

/* Nanoseconds for one, of the best of batches that take a twentieth of the time each. */
static double measure(void (*operation)(struct subject *), struct subject *s, double milliseconds)
{
    const double batch = milliseconds * 1e6 / 20;
    double best = 1e300, taken = 0;
    long times = 1;
    for (int batches = 0; batches < 20;) {
        const double begin = now();
        for (long i = 0; i < times; i++)
            operation(s);
        taken = now() - begin;
        if (taken < batch / 2 && batches == 0) {
            times *= 2;
            continue;
        }
        best = taken / (double)times < best ? taken / (double)times : best;
        batches++;
    }
    return best;
}

static void run(const char *name, const idl_message *type, const void *message, double milliseconds)
{
    idl_arena *own = idl_arena_new();
    struct subject s = { .name = name,
                         .type = type,
                         .message = message,
                         .arena = own,
                         .decoded = allocate(1, type->size) };
    const double encoding = measure(encode, &s, milliseconds);
    encode(&s);
    uint8_t *wire = allocate(1, s.bytes.len);
    memcpy(wire, s.bytes.data, s.bytes.len);
    s.bytes.data = wire;
    const double decoding = measure(decode, &s, milliseconds);
    const double size = (double)s.bytes.len;
    printf("%-8s %9zu bytes   encode %11.0f ns %7.0f MB/s   decode %11.0f ns %7.0f MB/s\n", name,
           s.bytes.len, encoding, size * 1e3 / encoding, decoding, size * 1e3 / decoding);
    free(wire);
    free(s.decoded);
    idl_arena_free(own);
}

int main(int argc, char **argv)
{
    const double milliseconds = argc > 1 ? atof(argv[1]) : 200;
    uint64_t state = UINT64_C(0x243f6a8885a308d3);
    const bench_point point = { .x = -1234, .y = 98765, .label = IDL_STR("label-08") };
    const bench_book book = { { people(&state), PEOPLE } };
    const bench_ints ints = { { numbers(&state), NUMBERS } };
    const bench_floats floats = { { allocate(NUMBERS, sizeof(float)), NUMBERS } };
    const bench_text prose = { { memset(allocate(1, TEXT), 'x', TEXT), TEXT } };
    const bench_flat flat = { 1,
                              150,
                              30000,
                              2000000,
                              300000000,
                              -1,
                              7,
                              77,
                              -3,
                              100,
                              -70000,
                              2000000000,
                              5,
                              300,
                              100000,
                              4000000000,
                              9,
                              1 << 20,
                              INT64_C(1) << 40,
                              -5,
                              3,
                              1 << 30,
                              UINT64_C(1) << 50,
                              UINT64_MAX / 2,
                              true,
                              true,
                              true,
                              true,
                              1.5F,
                              -2.25F,
                              1.5,
                              -1e100,
                              0xdeadbeef,
                              UINT64_C(1) << 60,
                              BENCH_PHONE_TYPE_WORK };
    run("point", &bench_point_type, &point, milliseconds);
    run("book", &bench_book_type, &book, milliseconds);
    run("flat", &bench_flat_type, &flat, milliseconds);
    run("ints", &bench_ints_type, &ints, milliseconds);
    run("floats", &bench_floats_type, &floats, milliseconds);
    run("text", &bench_text_type, &prose, milliseconds);
    return 0;
}
