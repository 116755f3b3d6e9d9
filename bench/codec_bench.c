/* SPDX-License-Identifier: MIT */
/* codec_bench.c: time per message encoded and decoded, beside protobuf-c where it is installed:
 * codec_bench [MILLISECONDS per figure]. Prints the table of docs/performance.md.
 *
 * The best batch counts, in processor time: other work on the machine can only add to it. Batches
 * of all that is compared are made in turn. Arenas are reset between messages, as a server's are
 * between calls. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "codec_peer.h"
#include "codec_types.h"

enum { PEOPLE = 100, PHONES = 3, ATTRIBUTES = 5, NUMBERS = 1000000, BATCHES = 20, LARGE = 1 << 20 };

/* One kind of message: what is encoded, and a place to decode into. */
struct subject {
    const idl_message *type;
    const void *message;
    idl_arena *arena;
    idl_bytes bytes;   /* in memory of their own */
    idl_bytes encoded; /* in the arena */
    void *decoded;
    struct peer *peer; /* NULL: none */
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

static idl_str text_of(const char *format, uint64_t number)
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
            phones[k] = (bench_phone){ text_of("+1-", next_random(state)), (bench_phone_type)k };
        for (int k = 0; k < ATTRIBUTES; k++)
            attributes[k] =
                (idl_str_by_str_entry){ IDL_STR("department"), text_of("", next_random(state)) };
        list[i] = (bench_person){ .name = text_of("Person ", next_random(state)),
                                  .id = i * 7919,
                                  .email = text_of("user", next_random(state)),
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
    if (idl_encode(s->type, s->message, s->arena, &s->encoded) != IDL_OK)
        exit(1);
}

static void decode(struct subject *s)
{
    idl_arena_reset(s->arena);
    if (idl_decode(s->type, s->bytes, s->arena, s->decoded) != IDL_OK)
        exit(1);
}

static void encode_peer(struct subject *s)
{
    peer_encode(s->peer);
}

static void decode_peer(struct subject *s)
{
    peer_decode(s->peer);
}

/* What is timed. */
struct operation {
    void (*run)(struct subject *);
    long times;  /* in a batch */
    double best; /* nanoseconds for one */
};

static double time_of(const struct operation *o, struct subject *s)
{
    const double begin = now();
    for (long i = 0; i < o->times; i++)
        o->run(s);
    return now() - begin;
}

static void measure(struct operation *operations, size_t count, struct subject *s, double batch)
{
    for (size_t i = 0; i < count; i++)
        while (time_of(&operations[i], s) < batch / 2)
            operations[i].times *= 2;
    for (int b = 0; b < BATCHES; b++) {
        for (size_t i = 0; i < count; i++) {
            struct operation *o = &operations[i];
            const double each = time_of(o, s) / (double)o->times;
            o->best = each < o->best ? each : o->best;
        }
    }
}

/* Beside protobuf-c: what it takes, and our part of that. */
static void print_side(const struct operation *ours, const struct operation *theirs)
{
    if (theirs != NULL)
        printf(" %.0f | %.0f | **%.2f** |", ours->best, theirs->best, ours->best / theirs->best);
    else
        printf(" %.0f | - | - |", ours->best);
}

static void run(const char *name, const idl_message *type, const void *message, double milliseconds)
{
    idl_arena *own = idl_arena_new();
    struct subject s = {
        .type = type, .message = message, .arena = own, .decoded = allocate(1, type->size)
    };
    struct operation operations[] = {
        { encode, 1, 1e300 },
        { decode, 1, 1e300 },
        { encode_peer, 1, 1e300 },
        { decode_peer, 1, 1e300 },
    };
    encode(&s);
    uint8_t *wire = allocate(1, s.encoded.len);
    memcpy(wire, s.encoded.data, s.encoded.len);
    s.bytes = (idl_bytes){ wire, s.encoded.len };
    s.peer = peer_new(name, s.bytes);
    measure(operations, s.peer != NULL ? 4 : 2, &s, milliseconds * 1e6 / BATCHES);
    printf("| %s | %zu |", name, s.bytes.len);
    print_side(&operations[0], s.peer != NULL ? &operations[2] : NULL);
    print_side(&operations[1], s.peer != NULL ? &operations[3] : NULL);
    printf("\n");
    fflush(stdout);
    peer_free(s.peer);
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
    void *large = memset(allocate(1, LARGE), 'x', LARGE);
    const bench_text text = { { large, LARGE } };
    const bench_blob blob = { { large, LARGE } };
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
                              BENCH_PHONE_TYPE_WORK,
                              -4,
                              -(INT64_C(1) << 50),
                              0.5F,
                              3.25,
                              17 };
    puts("| message | bytes | encode, ns | protobuf-c | of it | decode, ns | protobuf-c | of it |\n"
         "|---|---:|---:|---:|---:|---:|---:|---:|");
    run("Point", &bench_point_type, &point, milliseconds);
    run("Book", &bench_book_type, &book, milliseconds);
    run("Flat", &bench_flat_type, &flat, milliseconds);
    run("Ints", &bench_ints_type, &ints, milliseconds);
    run("Floats", &bench_floats_type, &floats, milliseconds);
    run("Text", &bench_text_type, &text, milliseconds);
    run("Blob", &bench_blob_type, &blob, milliseconds);
    return 0;
}
