/* SPDX-License-Identifier: MIT */
/* template.h: the template language: parse once, render often. It knows nothing of the IDL.
 *
 * The language is a strict subset of Mako's, line by line:
 *
 *     ## a comment
 *     % for m in service.methods:          loop.first loop.last loop.index loop.comma
 *     %   if m.oneway:                     % if not ...:, % elif ...:, % else:
 *     ${m.doc}
 *     void ${m.c_name | upper}(void);      filters: upper lower cstring comment html; | a, b
 *     %   endif
 *     % endfor
 *     <%include file="part.mako"/>         on a line of its own; it sees the loops' names
 *
 * "$$" is "$", "%%" at the start of a line is "%"; a lone "$" and a backslash stay what they are.
 *
 * Names. The first name of a path is the innermost loop variable of that name, else a member of
 * the root record; the others are members of the record before them, never of its parents. A name
 * that is not there is an error, never an empty text, and so is a value of the wrong kind: only
 * texts are substituted, only lists are looped over. A condition takes a flag, or a text or list
 * (true unless empty), or a record (true: where a record may be missing the view hands out a false
 * flag in its place).
 *
 * Branches that are not taken are checked as well, with the values at hand: each name in the body
 * of a loop with the first items of its list, until one of them decides: 32 at most, half as many in
 * a loop within that one, and so on. What none of these decides (the items of a list that is empty,
 * what is behind the flag of a missing record) is let pass, and is an error where it is rendered.
 *
 * Whitespace. A control line leaves nothing, not even its newline. A substitution alone on its
 * line drops the line when it is empty, and gives its own indentation to each line of its text
 * when it has several. All else stays as it is.
 *
 * Errors are diagnostics at the template's line and column; they say where the value came from in
 * the IDL and where the template was included from. */
#ifndef IDLC_TEMPLATE_H
#define IDLC_TEMPLATE_H

#include <stdbool.h>

#include "arena.h"
#include "diag.h"
#include "store.h"
#include "str.h"
#include "value.h"

enum {
    TEMPLATE_BLOCKS_MAX = 32,  /* blocks open in one template */
    TEMPLATE_INCLUDES_MAX = 16 /* includes open below one template */
};

struct template;
struct template_set;

/* Templates that were parsed, by name. */
struct template_set *template_set_new(struct arena *arena, struct diag *diag, struct store *store);

/* Parses the template, and all that it includes, if that was not done yet. NULL after errors. */
const struct template *template_load(struct template_set *set, struct str name);

/* Checks every name of the template against root, a record, and appends the rendered text to out.
 * False after errors; out is then of no use. */
bool template_render(struct template_set *set, const struct template *template,
                     const struct value *root, struct text *out);

#endif
