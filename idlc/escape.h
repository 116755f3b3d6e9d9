/* SPDX-License-Identifier: MIT */
/* escape.h: text made harmless for the place in C where it will stand.
 *
 * Each function appends s, changed as it says, to out. They take any bytes; none can fail. The
 * templates' filters are these functions, and the view may use them as well. */
#ifndef IDLC_ESCAPE_H
#define IDLC_ESCAPE_H

#include "str.h"

/* ASCII letters only. */
void escape_upper(struct text *out, struct str s);
void escape_lower(struct text *out, struct str s);

/* The inside of a C string literal: octal escapes of three digits for what is not printable ASCII,
 * and every '?' as "\?", so that no trigraph comes about, not even between two literals. */
void escape_cstring(struct text *out, struct str s);

/* The inside of a C comment of either kind: comment marks and trigraphs are broken by a blank, a
 * line does not end in a backslash, control characters and bidirectional controls are named
 * ("<U+202E>") instead of obeyed. */
void escape_comment(struct text *out, struct str s);

#endif
