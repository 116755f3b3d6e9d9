/* SPDX-License-Identifier: MIT */
/* wire.h: bytes that are mostly a message of a structure, for its decoder. */
#ifndef FUZZ_WIRE_H
#define FUZZ_WIRE_H

#include "chance.h"
#include "schema.h"

/* Adds fields of s with the wire types that they have, values by chance, now and then one that is
 * unknown or of another wire type. */
void wire_message(struct text *out, struct chance *chance, const struct structure *s);

#endif
