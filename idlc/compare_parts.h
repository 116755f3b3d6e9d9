/* SPDX-License-Identifier: MIT */
/* compare_parts.h: what the files of the comparison share. Private to them. */
#ifndef IDLC_COMPARE_PARTS_H
#define IDLC_COMPARE_PARTS_H

#include "compare.h"
#include "table.h"

enum rule {
    WIRE_PACKAGE,
    WIRE_SERVICE_NAME,
    WIRE_SERVICE_REMOVED,
    WIRE_METHOD_REMOVED,
    WIRE_METHOD_KIND,
    WIRE_METHOD_REQUEST,
    WIRE_METHOD_REPLY,
    WIRE_PARAMETER_ORDER,
    WIRE_FIELD_NUMBER,
    WIRE_FIELD_TYPE,
    WIRE_FIELD_RANGE,
    WIRE_FIELD_CARDINALITY,
    WIRE_FIELD_ONEOF,
    WIRE_NUMBER_REUSED,
    WIRE_RESERVED_NUMBER,
    WIRE_ENUM_NUMBER,
    SOURCE_PACKAGE,
    SOURCE_TYPE_REMOVED,
    SOURCE_TYPE_NAME,
    SOURCE_FIELD_REMOVED,
    SOURCE_FIELD_NAME,
    SOURCE_FIELD_TYPE,
    SOURCE_FIELD_CARDINALITY,
    SOURCE_FIELD_OPTIONAL,
    SOURCE_FIELD_ONEOF,
    SOURCE_ONEOF_NAME,
    SOURCE_ENUM_REMOVED,
    SOURCE_ENUM_NAME,
    SOURCE_METHOD_REQUEST,
    SOURCE_METHOD_REPLY,
    SOURCE_CONSTANT_REMOVED,
    SOURCE_CONSTANT_TYPE,
    SOURCE_C_NAME,
    RISK_FIELD_REMOVED,
    RISK_RESERVED_DROPPED,
    RISK_RESERVED_NAME,
    RISK_PARAMETER_NAME,
    RISK_CONSTANT_VALUE,
    RISK_IDEMPOTENT,
    SAFE_ADDED,
    SAFE_MOVED,
    SAFE_DEPRECATED,
    RULE_COUNT
};

/* A message of the old version and the one of the new that takes its place. */
struct message_pair {
    const struct structure *before, *now;
    struct message_pair *next;
};

struct compare {
    struct arena *arena;
    struct diag *diag;
    struct compare_counts counts;
    struct table *partners;  /* address of what was declared -> what continues it */
    struct table *continued; /* the same, to its struct declaration */
    struct table *partnered; /* addresses of what continues something */
    struct table *indexes;   /* address of a structure -> struct index */

    /* While contents are compared on behalf of something else: */
    bool silent;
    struct str reason;         /* the first change that breaks the wire; empty: none yet */
    struct table *seen;        /* pairs that are or were in todo */
    struct message_pair *todo; /* messages that fields of those seen are of */
};

/* compare_report.c: one change. now is the nearest thing that is left of it in the new version; a
 * source of NULL in before: it was not there. */
void compare_report(struct compare *c, enum rule rule, struct span now, struct span before,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));
/* 'list<string>', types of the IDL in full. */
struct str compare_type_text(struct arena *arena, const struct type *type);
/* What C calls a thing that kept its name: what happens where a neighbour has taken the old one. */
struct c_name_pair {
    struct str before, now;
};
void compare_c_names(struct compare *c, struct span now, struct span before, struct str name,
                     const struct c_name_pair *pairs, size_t count);
/* what: "field"; owner: the struct it is of, empty for a declaration. */
void compare_deprecation(struct compare *c, const char *what, struct str owner, struct str name,
                         struct span now, const struct annotations *before_annotations,
                         const struct annotations *now_annotations);
/* A pointer as a table's key, by what it points to. */
struct str compare_key(struct arena *arena, const void *pointer);

/* compare_type.c: how a value of the one type is read as the other. */
struct fit {
    bool same;      /* nothing to report */
    enum rule rule; /* else */
    struct str why; /* may be empty */
};
struct fit compare_types(struct compare *c, const struct type *before, const struct type *now);

/* compare_struct.c */
void compare_structures(struct compare *c, const struct structure *before,
                        const struct structure *now);
/* Why programs that have the one message can't read the other; empty: they can. */
struct str compare_contents(struct compare *c, const struct structure *before,
                            const struct structure *now);
/* Puts a pair on the list of those that compare_contents works off. */
void compare_later(struct compare *c, const struct structure *before, const struct structure *now);
/* number and name -> field; those without a name have none. */
struct index {
    struct table *numbers, *names;
};
const struct index *compare_index(struct compare *c, const struct structure *structure);
struct field *compare_by_number(const struct index *index, uint32_t number);
struct field *compare_by_name(const struct index *index, struct str name);

/* "field 'Item.count'", "parameter 'name' of 'Shop.get'", "result of 'Shop.get'". */
const char *compare_shown(struct compare *c, const struct structure *structure,
                          const struct field *field);

/* compare_oneof.c */
void compare_oneofs(struct compare *c, const struct structure *before, const struct structure *now);
void compare_membership(struct compare *c, const struct structure *before_structure,
                        const struct field *before, const struct field *now,
                        const struct structure *now_structure);

/* compare_enum.c */
void compare_enums(struct compare *c, const struct enumeration *before,
                   const struct enumeration *now);
void compare_constants(struct compare *c, const struct constant *before,
                       const struct constant *now);

/* compare_service.c */
void compare_services(struct compare *c, const struct service *before, const struct service *now);

#endif
