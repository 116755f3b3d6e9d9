/* SPDX-License-Identifier: MIT */
/* warnings.h: the names of warnings, and which of them are wanted (-W of the command line).
 *
 * docs/lints.md describes each. A name keeps its meaning for ever. */
#ifndef IDLC_WARNINGS_H
#define IDLC_WARNINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"

enum warning_effect { EFFECT_OFF, EFFECT_ON, EFFECT_ERROR, EFFECT_NO_ERROR };

struct warning_switch {
    struct str name; /* of a warning or a class */
    enum warning_effect effect;
};

/* What was given; later ones count more, and a warning's own name more than that of its class.
 * Zeroed: nothing was. */
struct warning_set {
    struct warning_switch *items;
    size_t count, cap;
    bool all;    /* -Wall */
    bool werror; /* all that are shown are errors, other than those of EFFECT_NO_ERROR */
};

/* What stands behind -W: "all", "error", or a name with "no-", "error=" or "no-error=" before it or
 * nothing. False for a name that there is not; *closest is one that may have been meant then, or
 * empty. */
bool warning_set_add(struct arena *arena, struct warning_set *set, struct str spec,
                     struct str *closest);

struct warning_state {
    bool shown, is_error;
};

struct warning_state warning_state(const struct warning_set *set, const char *name);

#endif
