/* SPDX-License-Identifier: MIT */
/* view_docs.h: texts of the documentation, in HTML and in Markdown at once. */
#ifndef IDLC_VIEW_DOCS_H
#define IDLC_VIEW_DOCS_H

#include "view.h"

/* The record "prose": what HTML, Markdown, and a cell of Markdown's tables make of one text. */
void docs_prose(struct view *v, struct value *record, const char *key, struct str html,
                struct str md, struct str cell);

/* A documentation comment: paragraphs, lists ("- "), code (`x`, and lines indented by four). All
 * else that it may hold is text. What is deprecated says so first. */
void docs_comment(struct view *v, struct value *record, struct str doc,
                  const struct annotations *a);

/* Text that means nothing but itself. */
void docs_plain(struct view *v, struct value *record, const char *key, struct str text);

/* A type or a method's signature, with links to the types' documentation. */
void docs_type(struct view *v, struct value *record, const struct type *type);
void docs_signature(struct view *v, struct value *record, const struct method *m);

/* The inside of a link: "common.html" of an imported file. */
struct str docs_link(struct view *v, struct str stem);

#endif
