/* SPDX-License-Identifier: MIT */
/* ast.h: what was written, before names mean anything.
 *
 * One node type for everything that has a name and a place; the kind says which of its parts are
 * in use. The parser lets a little more through than the language has; resolve.c and check.c
 * refuse the rest where they can say why. Everything lives in the arena. */
#ifndef IDLC_AST_H
#define IDLC_AST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "source.h"
#include "str.h"

struct ast_name {
    struct str text; /* dotted ones without blanks */
    struct span span;
};

enum ast_value_kind { AST_INT, AST_FLOAT, AST_STRING, AST_NAME };

struct ast_value {
    enum ast_value_kind kind;
    struct span span;
    bool negative;
    bool bad;         /* malformed, and reported already */
    uint64_t integer; /* AST_INT, without its sign */
    struct str text;  /* AST_FLOAT: as written, no sign; AST_STRING: decoded; AST_NAME: dotted */
    struct ast_value *next; /* among an annotation's arguments, which may be only one: another */
};

struct ast_type {
    struct ast_name name; /* "list", "map", or the name of a type */
    struct span span;     /* with what is in the brackets */
    bool is_list, is_map;
    struct ast_type *key, *value;
};

struct ast_annotation {
    struct ast_name name;
    bool has_arguments; /* brackets were written */
    struct ast_value *arguments;
    struct ast_annotation *next;
};

enum ast_kind {
    AST_CONSTANT,
    AST_ENUM,
    AST_STRUCT,
    AST_SERVICE,
    AST_IMPORT,
    AST_ENUM_VALUE,
    AST_FIELD, /* and a parameter */
    AST_ONEOF,
    AST_RESERVED,
    AST_RANGE, /* one item of reserved */
    AST_METHOD
};

struct ast_node;

struct ast_list {
    struct ast_node *first, *last;
    size_t count;
};

/* A keyword before a type or a method. Its span tells whether it is there. */
struct ast_node {
    enum ast_kind kind;
    struct ast_name name; /* empty text: a parameter without a name */
    struct str doc;
    struct ast_annotation *annotations;
    struct ast_type *type;   /* constant, field, method's result (NULL: none) */
    struct ast_value *value; /* constant, number of a field or enum value, import's path; a range's
                                first number or a name */
    struct ast_value *last;  /* of a range; NULL: the first alone */
    bool broken;             /* a block with syntax errors: members may be missing */
    struct ast_list members; /* of a block; a method's parameters */
    struct span optional, stream, oneway; /* the keyword; for a method stream is the result's */
    struct ast_node *next;
};

struct ast_file {
    const struct source *source;
    struct str doc;
    struct ast_name package; /* empty: none */
    struct ast_list imports, declarations;
    bool broken; /* had syntax errors */
};

/* What stands before an item: its documentation and annotations. */
struct ast_prefix {
    struct str doc;
    struct ast_annotation *first, *last;
};

struct ast_node *ast_node(struct arena *arena, enum ast_kind kind, struct ast_prefix prefix,
                          struct ast_name name);
void ast_append(struct ast_list *list, struct ast_node *node);
struct ast_type *ast_type(struct arena *arena, struct ast_name name);
/* A list when key is NULL, else a map. */
struct ast_type *ast_container(struct arena *arena, struct span keyword, struct span whole,
                               struct ast_type *key, struct ast_type *value);
struct ast_value *ast_value(struct arena *arena, enum ast_value_kind kind, struct span span);

#endif
