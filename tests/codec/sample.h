/* SPDX-License-Identifier: MIT */
/* sample.h: bytes in hexadecimal, and the sample message to and from them. */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sample_types.h"

/* Exactly the bytes that "0a 03 ..." names, so that reading beyond them is seen by ASan; free()
 * data. */
idl_bytes hex(const char *digits);

/* Decodes the digits into *m, from memory of exactly that size, which stays until the arena is
 * reset. */
idl_code decode_hex(const char *digits, idl_arena *arena, sample_all *m);

/* Fails the test unless *m encodes as the digits say. */
void assert_encodes(const sample_all *m, const char *digits);
/* Fails the test unless the digits decode, and encode again as the others say. */
void assert_recodes(const char *digits, const char *again);
void assert_decode_fails(const char *digits);

void assert_bytes(idl_bytes bytes, const char *digits);

/* An empty message with all its empty lists. */
sample_all sample_empty(void);

/* Random numbers from a seed: the same everywhere. */
typedef struct rng {
    uint64_t state;
} rng;
uint64_t rng_next(rng *r);
uint64_t rng_below(rng *r, uint64_t limit);

/* A random message: each field is set with the probability of percent; at most depth levels of
 * messages below it. */
void sample_random(rng *r, idl_arena *arena, unsigned percent, int depth, sample_all *m);

#endif
