/* SPDX-License-Identifier: MIT */
/* diag_entry.h: what diag.c hands to the two printers. Private to them. */
#ifndef IDLC_DIAG_ENTRY_H
#define IDLC_DIAG_ENTRY_H

#include <stdbool.h>
#include <stdio.h>

#include "source.h"
#include "str.h"

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE };

struct entry {
    enum severity severity;
    bool promoted; /* a warning that is switched to an error */
    struct span span;
    const char *id; /* NULL: a note of another */
    bool show_id;   /* in text too, where it is not a warning's */
    struct str message;
    size_t file;  /* order in which sources were first seen */
    size_t order; /* order of arrival */
    struct entry *notes, *last_note;
    struct entry *next; /* among the notes */
};

/* As in the source, but with what a terminal must not see (controls, broken UTF-8, characters
 * that turn the direction of the text) written as <U+202E> or <FF>; in a source line tabs stay. */
void diag_text_entry(struct text *out, const struct entry *entry, bool color);
/* One line: an object with its notes in an array. */
void diag_json_entry(struct text *out, const struct entry *entry);

#endif
