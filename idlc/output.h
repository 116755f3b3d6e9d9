/* SPDX-License-Identifier: MIT */
/* output.h: files that are written whole, all or none.
 *
 * Each text is compared with the file that is there; those that differ are written to temporary
 * files in the same folders, which output_write renames only when all could be written; a file that
 * is replaced keeps its mode. A file whose content is the same is not touched, so that nothing
 * that depends on it is built again. */
#ifndef IDLC_OUTPUT_H
#define IDLC_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "diag.h"
#include "str.h"

struct output_set;

struct output_set *output_new(struct arena *arena);
/* Frees the texts and removes temporary files; the rest is the arena's. */
void output_free(struct output_set *set);

/* The empty text of a file that is to be written; it stays where it is until
 * output_stage or output_write. */
struct text *output_add(struct output_set *set, struct str path);

/* The same, of a file that is never written over: when one of other content is there, that is an
 * error. */
struct text *output_add_kept(struct output_set *set, struct str path);

/* Of texts that are whole: takes them to temporary files, which spares the memory. As output_write,
 * which does it for those that are left. */
bool output_stage(struct output_set *set, struct diag *diag);

/* Folders are made as needed. What is there and is no plain file (/dev/stdout, a pipe) is written
 * to in place. False after an error, which was reported with path and reason; no temporary file
 * is left then. */
bool output_write(struct output_set *set, struct diag *diag);

/* A rule of Make and Ninja: targets depend on needs. */
void output_depfile(struct text *out, const struct str *targets, size_t target_count,
                    const struct str *needs, size_t need_count);

/* Rules that say nothing, for needs that may go away: without one, Make stops at a file that was
 * an import once and is deleted. */
void output_depfile_may_go(struct text *out, const struct str *needs, size_t need_count);

#endif
