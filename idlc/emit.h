/* SPDX-License-Identifier: MIT */
/* emit.h: what --emit can make of a file: a table row each. */
#ifndef IDLC_EMIT_H
#define IDLC_EMIT_H

#include <stdbool.h>

enum { EMIT_OUTPUTS_MAX = 3 };

/* <stem><suffix> is rendered from the template. What is kept belongs to the user from then on: it is
 * never written over. */
struct emit_output {
    const char *suffix, *template;
    bool is_kept;
};

struct emit_kind {
    const char *name; /* for --emit */
    bool is_default;
    struct emit_output outputs[EMIT_OUTPUTS_MAX]; /* those behind have no suffix */
};

enum { EMIT_COUNT = 6 };
extern const struct emit_kind emit_kinds[EMIT_COUNT];

#endif
