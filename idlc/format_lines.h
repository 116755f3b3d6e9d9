/* SPDX-License-Identifier: MIT */
/* format_lines.h: the line that is being written, and comments. Private to the formatter.
 *
 * Lines end lazily: what comes next says whether a line or an empty line goes before it, so that a
 * comment can still join the line of what it stands behind. */
#ifndef IDLC_FORMAT_LINES_H
#define IDLC_FORMAT_LINES_H

#include "format_pieces.h"
#include "str.h"

enum { INDENT = 2, CONTINUATION = 4, COLUMNS = 100 };

struct layout {
    const struct piece *pieces;
    size_t at; /* the next piece */
    struct text *out;
    size_t column;  /* characters on the line so far */
    size_t indent;  /* of the block that is open */
    bool flat;      /* everything on one line: a block that fits */
    bool has_token; /* on the line */
    bool must_end;  /* the line: it has a comment that does */
    bool no_gap;    /* a block was just opened: no empty line */
    bool want_gap;  /* before what comes next */
};

/* Characters, of a text without line ends. */
size_t line_width(struct str s);
/* The first line of a comment, as it will be written. */
struct str line_first(struct str text);

void line_add(struct layout *l, struct str s);
void line_token(struct layout *l, struct str s);
/* Begins a line at an indentation, behind an empty one when gap; the file's first begins itself. */
void line_begin(struct layout *l, bool gap, size_t indent);

/* Comments before a piece that begins a line, and the begin of that line. Those that stand on the
 * line before stay there, unless the piece stood on that line as well. */
void line_comments_begin(struct layout *l, const struct piece *piece, bool gap);
/* Comments before a piece in the middle of an item. */
void line_comments(struct layout *l, const struct piece *piece);
/* Whether the piece can go before its comments, to the end of the line that they are on. Behind it
 * may be documentation in the wrong place, which must not get to the right one by that. */
bool line_comments_may_wait(const struct piece *piece);

#endif
