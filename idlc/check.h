/* SPDX-License-Identifier: MIT */
/* check.h: what the checks share. Each is small, has a name, and looks at one thing; the table in
 * check.c says which there are and what they are shown. */
#ifndef IDLC_CHECK_H
#define IDLC_CHECK_H

#include "diag.h"
#include "schema.h"
#include "table.h"

struct checker {
    struct arena *arena; /* not longer than the checks */
    struct diag *diag;
    const struct schema *schema;
    const struct file *file; /* being checked; or whose imports meet, in checks of the schema */
};

/* Names that stand side by side. */
struct scope {
    struct checker *checker;
    struct table *exact, *folded;
};

struct scope scope_new(struct checker *checker);
/* Reports a name that is there already, or differs from one in case and '_' only. what: "field",
 * key: what makes the name unlike the same one elsewhere, mostly the name itself. */
void scope_add(struct scope *scope, const char *what, struct str key, struct str name,
               struct span span);

/* check_names.c */
void check_packages(struct checker *checker);
void check_base_names(struct checker *checker);
void check_declared_names(struct checker *checker);
void check_implicit_names(struct checker *checker);
void check_unused_imports(struct checker *checker);
void check_identifiers(struct checker *checker);

/* check_enum.c */
void check_enum_empty(struct checker *checker, const struct enumeration *e);
void check_enum_names(struct checker *checker, const struct enumeration *e);
void check_enum_mixed(struct checker *checker, const struct enumeration *e);
void check_enum_numbers(struct checker *checker, const struct enumeration *e);
void check_enum_zero(struct checker *checker, const struct enumeration *e);

/* check_struct.c */
void check_field_names(struct checker *checker, const struct structure *s);
void check_field_mixed(struct checker *checker, const struct structure *s);
void check_field_numbers(struct checker *checker, const struct structure *s);
void check_reserved(struct checker *checker, const struct structure *s);
void check_reserved_use(struct checker *checker, const struct structure *s);
void check_oneofs(struct checker *checker, const struct structure *s);
void check_field_types(struct checker *checker, const struct structure *s);

/* check_service.c */
void check_method_names(struct checker *checker, const struct service *s);
void check_parameters(struct checker *checker, const struct method *m);
void check_oneway(struct checker *checker, const struct method *m);
void check_result(struct checker *checker, const struct method *m);

/* check_struct.c: list and map, and optional on them; parameters and results too. */
void check_type(struct checker *checker, const struct type *type);
void check_optional(struct checker *checker, const struct field *field);

#endif
