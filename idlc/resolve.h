/* SPDX-License-Identifier: MIT */
/* resolve.h: what the parts of the resolver share. Its one public function is frontend_load.
 *
 * Two passes: every declaration gets its place in the schema and its name in the tables
 * (resolve.c), then what they contain is filled in, by which time every name is known. */
#ifndef IDLC_RESOLVE_H
#define IDLC_RESOLVE_H

#include "ast.h"
#include "diag.h"
#include "import.h"
#include "schema.h"
#include "table.h"

enum constant_state { CONSTANT_UNSEEN, CONSTANT_OPEN, CONSTANT_DONE, CONSTANT_FAILED };

/* A declared name. */
struct symbol {
    struct declaration declaration;
    struct str name, full_name;
    struct unit *unit;
    const struct ast_node *node;
    enum constant_state state;
    struct symbol *next; /* of the same full name, in another file or by mistake */
};

struct resolver {
    struct arena *arena;
    struct diag *diag;
    struct units units;
    struct table *types;     /* full name -> symbol: enums, structs and services share a scope */
    struct table *constants; /* full name -> symbol */
    struct symbol **symbols; /* all, in the order of declaration */
    size_t symbol_count;
    struct unit *unit; /* being filled in */
    bool *visible;     /* by unit index: unit itself and what it imports */
    size_t hints;      /* given so far: they cost time, and few are read */
};

/* resolve.c */
/* Names are looked up in that file from now on. */
void resolve_enter(struct resolver *resolver, struct unit *unit);
struct annotations resolve_annotations(struct resolver *resolver, const struct ast_node *node);
/* Sets *number when it is within what is legal; reports it when not. */
bool resolve_number(struct resolver *resolver, const struct ast_value *value, int64_t least,
                    int64_t most, const char *what, int64_t *number);
/* A string's escapes may make anything; reports it when that is no UTF-8. */
bool resolve_utf8(struct resolver *resolver, const struct ast_value *value);

/* resolve_type.c */
/* The visible declaration of that name: in the unit's package, or in full. NULL: none. */
struct symbol *resolve_name(struct resolver *resolver, const struct table *table, struct str name);
/* Says that there is no such name, and which was meant or what to import. */
void report_unknown(struct resolver *resolver, const struct table *table, struct span span,
                    struct str name, const char *what);
/* Never NULL. */
const struct type *resolve_type(struct resolver *resolver, const struct ast_type *type);

/* resolve_lost.c */
/* Whether a visible file that could not be read right, or at all, may have declared a type of that
 * name, which is at span. Reads the texts of those files. */
bool resolve_is_lost(struct resolver *resolver, struct span span, struct str name);

/* resolve_constant.c */
void resolve_constant(struct resolver *resolver, struct symbol *symbol);

/* resolve_struct.c */
void resolve_enum(struct resolver *resolver, struct enumeration *target,
                  const struct ast_node *node);
void resolve_struct(struct resolver *resolver, struct structure *target,
                    const struct ast_node *node);
void resolve_field(struct resolver *resolver, struct field *target, const struct ast_node *node);

/* resolve_service.c */
void resolve_service(struct resolver *resolver, struct service *target,
                     const struct ast_node *node);

#endif
