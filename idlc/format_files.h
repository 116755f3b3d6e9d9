/* SPDX-License-Identifier: MIT */
/* format_files.h: idlc --format. */
#ifndef IDLC_FORMAT_FILES_H
#define IDLC_FORMAT_FILES_H

#include "output.h"

struct format_job {
    struct arena *arena;
    struct diag *diag;                  /* for files that cannot be read */
    const struct diag_options *options; /* for what is wrong in them */
    const struct str *paths;            /* "-" alone: the standard input, to the standard output */
    size_t path_count;
    bool check; /* write nothing, but print the names of the files that would change */
};

/* Adds the files that change to outputs, and what is to be printed to out. Files with syntax
 * errors are reported and left as they are. False then, and when
 * check found something. */
bool format_files(const struct format_job *job, struct output_set *outputs, struct text *out);

#endif
