/* SPDX-License-Identifier: MIT */
/* compare.h: what has changed from one version of a schema to the next, and whom it breaks.
 *
 * Every change is reported through diag at its place in the new text, with a note at its place in
 * the old one: what breaks as an error, what is risky as a warning, the rest as a remark. The
 * rules and their ids, which never change their meaning, are in docs/evolution.md. */
#ifndef IDLC_COMPARE_H
#define IDLC_COMPARE_H

#include "diag.h"
#include "schema.h"

/* Whom a change breaks. */
enum impact {
    IMPACT_WIRE,   /* programs of the old version and of the new one misunderstand each other */
    IMPACT_SOURCE, /* code written against the old generated headers does not compile, or not
                      to the same */
    IMPACT_RISK,   /* nobody now, but somebody later, or not in a way that a schema shows */
    IMPACT_SAFE,   /* nobody */
    IMPACT_COUNT
};

struct compare_counts {
    size_t changes[IMPACT_COUNT];
};

/* Both schemas were checked and have their C names; the first file of each that was on the command
 * line is the other's counterpart, whatever they are called. */
struct compare_counts compare_schemas(struct arena *arena, struct diag *diag,
                                      const struct schema *before, const struct schema *now);

/* "2 changes break the wire, 1 breaks sources, 1 is risky, 3 are safe", or "no changes". */
void compare_summary(struct text *out, const struct compare_counts *counts);

#endif
