/* SPDX-License-Identifier: MIT */
/* source.h: loaded texts (IDL files and templates alike) and places in them.
 *
 * A place is a span of byte offsets; lines and columns are worked out only to print them. */
#ifndef IDLC_SOURCE_H
#define IDLC_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "str.h"

struct source {
    struct str name; /* as diagnostics show it: the path as the user gave it */
    struct str text;
    const uint32_t *lines; /* offset of each line's first byte */
    size_t line_count;
};

/* Bytes begin <= i < end of source->text. A span with source NULL has no place. */
struct span {
    const struct source *source;
    uint32_t begin, end;
};

/* Columns are 1-based and count characters (UTF-8), a tab as one. */
struct position {
    size_t line, column;
};

/* No interface is that large; a file that is has been taken for one by mistake. */
enum { SOURCE_MAX = 16 << 20 };

/* Reads a file whole. NULL with *error set (arena) when it can't be read, is a directory or is
 * larger than SOURCE_MAX. A UTF-8 byte order mark at the start is skipped. */
struct source *source_load(struct arena *arena, struct str path, struct str *error);
/* The standard input, named "<stdin>"; likewise. */
struct source *source_load_stdin(struct arena *arena, struct str *error);
/* A source of text that is in memory already; text must outlive the arena or be in it. */
struct source *source_from(struct arena *arena, struct str name, struct str text);

struct position source_position(const struct source *source, uint32_t offset);
/* The line's bytes without its end (LF or CRLF); line is 1-based. */
struct str source_line(const struct source *source, size_t line);
struct str span_text(struct span span);

#endif
