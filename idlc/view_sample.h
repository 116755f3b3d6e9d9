/* SPDX-License-Identifier: MIT */
/* view_sample.h: values that a sample sends and prints, in C. */
#ifndef IDLC_VIEW_SAMPLE_H
#define IDLC_VIEW_SAMPLE_H

#include "view.h"

/* Text of C with the types' shorter names: "demo_item *", not "struct demo_item *". */
struct str sample_types(struct view *v, struct str text);

/* A value as an initialiser that is a constant: "{ .x = 1.5 }". name is what strings say, number
 * what integers are. */
struct str sample_constant(struct view *v, const struct type *type, struct str name,
                           uint32_t number);

/* A value as an argument. What needs memory for it stands in a variable, whose declaration is empty
 * otherwise. */
struct sample_value {
    struct str declaration, expression;
};
struct sample_value sample_argument(struct view *v, const struct type *type, struct str name,
                                    uint32_t number, struct str variable);
/* A list or map whose items are static. */
struct sample_value sample_static(struct view *v, const struct type *type, struct str name,
                                  struct str variable);

enum { SAMPLE_FIELDS_MAX = 4 }; /* of a struct that are set: enough to see how it is done */

/* The fields that sample values set, the first of their oneofs; returns how many there are. */
size_t sample_fields(const struct structure *s, const struct field *fields[SAMPLE_FIELDS_MAX]);

/* "printf(...);" for the value of that type that stands at place. */
struct str sample_show(struct view *v, const struct type *type, const char *place, struct str label,
                       size_t indent);

#endif
