/* SPDX-License-Identifier: MIT */
/* generate.h: bytes -> an IDL that the compiler mostly accepts, with names as bad as can be. */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* Adds one or two files as input.h has them; the first may import the second. */
void generate(struct text *out, const uint8_t *bytes, size_t size);

#endif
