/* SPDX-License-Identifier: MIT */
/* format_pieces.h: a text as tokens with what stands between them. Private to the formatter.
 *
 * A ';' that ends nothing is left out, and its comments go to the token behind it, unless it keeps
 * documentation from what it would belong to otherwise.
 *
 * The text has been parsed without errors, so there is nothing to report here. */
#ifndef IDLC_FORMAT_PIECES_H
#define IDLC_FORMAT_PIECES_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "str.h"

enum comment_kind { COMMENT_LINE, COMMENT_DOC, COMMENT_BLOCK };

struct comment {
    enum comment_kind kind;
    struct str text;
    bool trailing;   /* a token stands before it on the line where it begins */
    bool fresh;      /* it is the first on its line */
    bool gap;        /* an empty line stands before it */
    bool ends_line;  /* nothing follows on the line where it ends */
    bool many_lines; /* it has more than one */
};

struct piece {
    char mark; /* ';', '<' ...; '>' and '<' for curly ones too; 'a' for "->"; 0: none of these */
    bool end;  /* of the text: no token, but has comments */
    struct str text;
    size_t line;              /* counted from 0 */
    bool same_line;           /* as the token before it, with no line between them */
    bool gap;                 /* an empty line stands before it, behind its comments */
    struct comment *comments; /* between the token before it and this one */
    size_t comment_count;
    bool doc;           /* documentation is among the comments */
    bool misplaced_doc; /* ... behind another token, where it documents nothing */
    bool block;         /* a bracket of a block, not of a type */
    size_t close;       /* of an opening bracket: the index of the one that closes it */
};

struct pieces {
    struct piece *items; /* the last is the end */
    size_t count;
};

struct pieces format_pieces(struct arena *arena, struct str text);

#endif
