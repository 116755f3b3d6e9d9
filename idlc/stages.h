/* SPDX-License-Identifier: MIT */
/* stages.h: the pipeline's arrows, one function each. driver.c calls them from top to bottom.
 *
 *     paths -load-> syntax trees -resolve-> schema -check-> -cname-> schema, now trusted
 *     schema -view-> value tree -template-> text -output-> files */
#ifndef IDLC_STAGES_H
#define IDLC_STAGES_H

#include <stddef.h>

#include "arena.h"
#include "diag.h"
#include "schema.h"
#include "str.h"
#include "value.h"

struct frontend_options {
    const struct str *paths; /* IDL files of the command line */
    size_t path_count;
    const struct str *import_dirs;
    size_t import_dir_count;
    /* Files in memory. With any, paths and imports are names among these, and no disk is read. */
    const struct source *const *sources;
    size_t source_count;
};

/* Reads, parses and resolves the files and their imports, each file once. Always returns a
 * schema; diag tells whether it may be used. */
struct schema *frontend_load(struct arena *arena, struct diag *diag,
                             const struct frontend_options *options);

/* Every check of the language, by name (check.c's table). */
void check_schema(struct diag *diag, struct schema *schema);

/* What is right but not wise: warnings, for the files of the command line. */
void lint_schema(struct arena *arena, struct diag *diag, const struct schema *schema);

/* Fills in every c_name; two declared names that give one C identifier are errors at both places.
 * After errors it looks for nothing but these, and the schema stays of no use. */
void cname_assign(struct arena *arena, struct diag *diag, struct schema *schema);

/* What the templates see of one file. templates/README.md is its contract. */
const struct value *view_file(struct arena *arena, const struct schema *schema,
                              const struct file *file);

#endif
