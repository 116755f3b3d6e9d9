/* SPDX-License-Identifier: MIT */
/* format.h: IDL text in its canonical layout, docs/format.md.
 *
 * Works on tokens with the comments between them, not on the syntax tree: every token and every
 * comment comes out in its order, so the meaning stays. What is changed besides blanks: brackets
 * of blocks become '<' and '>', ';' is added where it may be left out and dropped where it is
 * empty. The result formatted again is itself. */
#ifndef IDLC_FORMAT_H
#define IDLC_FORMAT_H

#include <stdbool.h>

#include "diag.h"
#include "source.h"
#include "str.h"

/* False, and out as it was, when the source has syntax errors, which are reported. */
bool format_source(struct arena *arena, struct diag *diag, const struct source *source,
                   struct text *out);

#endif
