/* SPDX-License-Identifier: MIT */
/* parser.h: text -> syntax tree. Hides flex and bison. */
#ifndef IDLC_PARSER_H
#define IDLC_PARSER_H

#include "arena.h"
#include "ast.h"
#include "diag.h"
#include "source.h"

/* Always returns a tree: of what could be read when there were errors (file->broken is set then,
 * and every error of the source has been reported). */
struct ast_file *parse_source(struct arena *arena, struct diag *diag, const struct source *source);

#endif
