/* SPDX-License-Identifier: MIT */
/* diag.h: the one door for diagnostics: place, severity, name, message, and a second place.
 *
 * Diagnostics are collected as they are found and printed by diag_flush, sorted by file (in the
 * order in which files were first reported or loaded) and place, so that a file's messages read
 * from top to bottom whichever stage found them. Two with the same place and message are one.
 *
 *     greeter.idl:3:9: error: unknown type 'strng'; did you mean 'string'?
 *         3 |   greet(strng name) -> string;
 *           |         ^~~~~
 *
 * Messages are lower case, without a full stop, names in single quotes.
 *
 * With DIAG_JSON each diagnostic is one JSON object on one line:
 *
 *     {"severity":"error","id":"unknown-type","file":"greeter.idl","line":3,"column":9,
 *      "endLine":3,"endColumn":14,"message":"...","notes":[{"severity":"note",...}]}
 *
 * Columns count characters from 1; the end is exclusive. "file" and the places are missing where
 * there is none, "notes" where there are none. */
#ifndef IDLC_DIAG_H
#define IDLC_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "arena.h"
#include "source.h"
#include "warnings.h"

enum diag_format { DIAG_TEXT, DIAG_JSON };
enum diag_color { DIAG_COLOR_AUTO, DIAG_COLOR_ALWAYS, DIAG_COLOR_NEVER };

struct diag_options {
    enum diag_format format;
    enum diag_color color;
    struct warning_set warnings;
    size_t max_errors; /* 0: the default, 20 */
    bool show_ids;     /* in text, after errors and remarks as well */
};

struct diag;

struct diag *diag_new(struct arena *arena, const struct diag_options *options);

/* id names the kind of message for ever ("unknown-type", "dup-field"); it is printed with warnings
 * ("[-Wunused-import]") and in JSON. A span without a source prints as "idlc: error: ...". */
void diag_error(struct diag *diag, struct span span, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* The id is of warnings.c's table. False when it is switched off: then nothing is reported. */
bool diag_warning(struct diag *diag, struct span span, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A note that stands on its own, "remark" in text: something to know, nothing to do. */
void diag_remark(struct diag *diag, struct span span, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Belongs to the diagnostic before it ("previously defined here"). */
void diag_note(struct diag *diag, struct span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Whether a warning of this id would be reported. */
bool diag_shows(const struct diag *diag, const char *id);

/* Whether an error was reported at a place within span. */
bool diag_has_error(const struct diag *diag, struct span span);

/* Errors so far, with the warnings that are switched to errors. */
size_t diag_errors(const struct diag *diag);
/* Prints what was collected and forgets it; counts stay. */
void diag_flush(struct diag *diag, FILE *out);

/* The closest of candidates to name by edit distance, or an empty string when none is close
 * enough to be what was meant. */
struct str diag_closest(struct str name, const struct str *candidates, size_t count);

#endif
