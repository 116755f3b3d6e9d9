/* SPDX-License-Identifier: MIT */
/* actions.h: what the rules of parser.y do, one call each. */
#ifndef IDLC_ACTIONS_H
#define IDLC_ACTIONS_H

#include "reader.h"

struct ast_name name_at(struct span span);
/* A parameter or result without a name: the place of its type. */
struct ast_name no_name(struct span span);
struct ast_name join(struct reader *reader, struct ast_name left, struct ast_name right);

struct ast_value *name_value(struct reader *reader, struct ast_name name);
/* span: with the sign. */
struct ast_value *negate(struct ast_value *value, struct span span);

struct ast_prefix annotate(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                           struct ast_value *arguments, bool has_arguments);
/* Unless it has documentation already. */
struct ast_prefix document(struct ast_prefix prefix, struct str doc);
struct ast_list append(struct ast_list list, struct ast_node *node);

/* Declarations go to the file at once: what was read stays when an error follows. */
void add_package(struct reader *reader, struct ast_prefix prefix, struct span keyword,
                 struct ast_name name);
void add_import(struct reader *reader, struct ast_prefix prefix, struct ast_value *path);
void add_constant(struct reader *reader, struct ast_prefix prefix, struct ast_type *type,
                  struct ast_name name, struct ast_value *value);
void add_block(struct reader *reader, enum ast_kind kind, struct ast_prefix prefix,
               struct ast_name name, struct ast_list members);

struct ast_node *oneof(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                       struct ast_list members);
struct ast_node *enum_value(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                            struct ast_value *number);
struct ast_node *field(struct reader *reader, struct ast_prefix prefix, struct ast_type *type,
                       struct ast_name name, struct ast_value *number);
struct ast_node *reserved(struct reader *reader, struct ast_prefix prefix, struct span keyword,
                          struct ast_list ranges);
struct ast_node *range(struct reader *reader, struct ast_value *first, struct ast_value *last,
                       struct span span);
struct ast_node *method(struct reader *reader, struct ast_prefix prefix, struct ast_name name,
                        struct ast_list parameters, struct ast_node *result);

#endif
