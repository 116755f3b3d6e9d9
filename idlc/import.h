/* SPDX-License-Identifier: MIT */
/* import.h: files, and what they import, each read once. */
#ifndef IDLC_IMPORT_H
#define IDLC_IMPORT_H

#include "ast.h"
#include "schema.h"
#include "stages.h"

/* A file in both of its forms: what was written, and what it is to become. */
struct unit {
    struct ast_file *tree;
    struct file *file;     /* imports are filled in; declarations are not */
    size_t index;          /* among the units */
    struct unit **imports; /* those that could be had */
    size_t import_count;
    struct str found_by; /* the path that found it in a folder of -I; empty: another way */
    bool missing; /* an import could not be had: names may be missing that are not to blame */
    bool loading; /* its imports are being read: to import it now is a cycle */
    struct unit *importer;
};

struct units {
    struct unit **items; /* in the order of first reading */
    size_t count, cap;
};

struct units import_load(struct arena *arena, struct diag *diag,
                         const struct frontend_options *options);

#endif
