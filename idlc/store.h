/* SPDX-License-Identifier: MIT */
/* store.h: from a template's name to its text.
 *
 * A template of the user's folder stands in for the built-in one of the same name; the rest stay
 * built in. The folder may also hold templates of names of its own, for its templates to include.
 * Names are plain file names: a template can't reach out of its folder. */
#ifndef IDLC_STORE_H
#define IDLC_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "diag.h"
#include "embed.h"
#include "source.h"
#include "str.h"

struct store;

/* folder is empty when there is none. */
struct store *store_new(struct arena *arena, const struct embedded_file *files, size_t count,
                        struct str folder);

/* NULL with *error empty: there is no such template; else *error says why its file can't be read. Each file
 * is read once; the same name gives the same source. */
const struct source *store_find(struct store *store, struct str name, struct str *error);

/* The closest name of a template, or an empty string. */
struct str store_closest(const struct store *store, struct str name);

/* The files of the user's folder that store_find gave out, in that order. */
const struct str *store_used(const struct store *store, size_t *count);

/* Reports a folder that can't be read, and each *.mako in it that nothing used and whose name is
 * nearly that of a built-in template: it was meant to stand in for it. */
void store_check_folder(const struct store *store, struct diag *diag);

#endif
