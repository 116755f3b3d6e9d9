/* SPDX-License-Identifier: MIT */
/* reader.h: what the scanner, the parser and the layer between them share.
 *
 *     text -lexer.l-> tokens -reader.c-> tokens, repaired -parser.y-> syntax tree
 *
 * reader.c is what makes one mistake one message. After a syntax error it drops tokens up to
 * where the text makes sense again, and it closes blocks whose closing bracket is missing. */
#ifndef IDLC_READER_H
#define IDLC_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ast.h"
#include "diag.h"

struct token {
    int kind; /* of parser.y; TOK_BAD: reported by the scanner */
    struct span span;
    struct str doc;          /* the /// comments before it */
    struct ast_value *value; /* of numbers and strings */
    uint32_t column;         /* bytes from the start of its line */
    bool first;              /* on its line */
    bool made_up;            /* not in the text: by reader.c */
};

/* A block that is open: its bracket, and how far its first line is indented. */
struct block {
    char bracket;  /* '<' or '{'; 0: was missing */
    bool reported; /* that it is never closed */
    struct span span;
    uint32_t column;
    size_t errors_before; /* error_count when it was opened */
};

enum { LOOK_AHEAD = 4, IDENTIFIER_MAX = 255, DOTTED_MAX = 511, TYPE_DEPTH_MAX = 32 };

struct reader {
    struct arena *arena;
    struct diag *diag;
    const struct source *source;
    struct ast_file *file;

    char *buffer;           /* what it reads */
    void *scanner;          /* flex's */
    uint32_t begin, end;    /* of the text the scanner matched last */
    uint32_t line_begin;    /* of the line it is in */
    bool line_has_token;    /* before the place it is at */
    bool doc_open;          /* a line of documentation was read and no token since */
    struct text doc;        /* of it */
    bool encoding_reported; /* invalid UTF-8: once a file */
    bool comment_open;      /* the file ends in a comment: the rest is no surprise */

    struct token ahead[LOOK_AHEAD]; /* read, not given to the parser yet */
    size_t ahead_count;
    struct token last, previous; /* given to the parser */
    uint32_t indent;             /* column of the first token of last's line */

    struct block *blocks;
    size_t block_count, block_cap;
    size_t type_depth;    /* of list< and map< */
    uint32_t comma_block; /* where the block begins whose ',' was reported */
    size_t error_count;
    bool closed_broken; /* the block closed last had errors */
    bool lost;          /* something that is no declaration was reported, and none seen since */
    bool long_name_reported; /* a dotted one: once a file */

    bool skipping;       /* after an error, to the end of what is wrong */
    bool skip_line;      /* ... which is the end of the line at the latest */
    bool skip_none;      /* ... or the token itself */
    size_t skip_depth;   /* brackets opened while skipping */
    size_t skip_types;   /* list< and map< open when the error came */
    size_t closers_owed; /* block_count when a closing bracket was made up; 0: none was */
};

/* lexer.l. Gives TOK_EOF for ever at the end. */
void scanner_open(struct reader *reader);
void scanner_close(struct reader *reader);
struct token scanner_next(struct reader *reader);

/* literal.c: values of tokens; what is wrong with them is reported. */
struct ast_value *literal_integer(struct reader *reader, struct span span);
struct ast_value *literal_string(struct reader *reader, struct span span);

/* For parser.y and the scanner. Sets file->broken. */
void reader_error(struct reader *reader, struct span span, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The parser is outside of every block. */
void reader_at_top(struct reader *reader);
/* The documentation of the token given last, or of the one that comes next. */
struct str reader_doc(struct reader *reader, bool of_last);
void reader_open(struct reader *reader, char bracket, struct span span);
/* Where a block should open: false when that is not all that is wrong. */
bool reader_open_missing(struct reader *reader);
void reader_close(struct reader *reader, char bracket, struct span span);
/* Where a ';' may be left out: before a closing bracket. Where it must not be but is: reports it,
 * and false when what follows on the line is to be skipped. what: "field",
 * name: its own, may be empty. */
bool reader_end(struct reader *reader, const char *what, struct str name);
/* ',' where an enum's ';' should be: said once a block. */
void reader_comma(struct reader *reader, struct span span);
/* A syntax error at the token given last. expected are names of symbols of parser.y. */
void reader_unexpected(struct reader *reader, const char *const *expected, size_t count);

/* For expected.c: begins to skip from the token given last. */
void reader_skip(struct reader *reader);
/* expected.c: reports it. */
void report_unexpected(struct reader *reader, const char *const *expected, size_t count);

#endif
