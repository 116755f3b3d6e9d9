/* SPDX-License-Identifier: MIT */
/* escape.h: text made harmless for the place where it will stand: in C, in a web page.
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

/* Text or a quoted attribute's value in HTML. Controls are named as in comments. */
void escape_html(struct text *out, struct str s);

/* Text in Markdown that means nothing there, at the start of a line neither. */
void escape_markdown(struct text *out, struct str s);
/* The inside of a code span of one backtick or of a code block; backticks become "'". */
void escape_markdown_code(struct text *out, struct str s);

#endif
