/* SPDX-License-Identifier: MIT */
/* ast_dump.h: everything that a syntax tree means, as text, without places. */
#ifndef IDLC_TESTS_AST_DUMP_H
#define IDLC_TESTS_AST_DUMP_H

#include "ast.h"

void ast_dump(struct text *out, const struct ast_file *file);

#endif
