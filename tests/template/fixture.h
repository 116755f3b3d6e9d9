/* SPDX-License-Identifier: MIT */
/* fixture.h: templates from literals, a tree of values, and what comes of them. */
#ifndef TEMPLATE_FIXTURE_H
#define TEMPLATE_FIXTURE_H

#include <stdbool.h>

#include "diag.h"
#include "template.h"

enum { FIXTURE_TEMPLATES_MAX = 40 };

struct fixture {
    struct arena *arena;
    struct diag *diag;
    struct embedded_file files[FIXTURE_TEMPLATES_MAX];
    size_t count;
    const struct value *root;
    struct template_set *set;
    struct text out;
};

/* The root record is that of an IDL text kept in the fixture:
 *
 *     file.name  "demo.idl"; empty ""; doc "One.\n\nTwo."; evil "a\"b?\\\n\xc3\xa9*" "/"; yes; no
 *     none (an empty list); letters ["a","b","c"]
 *     service {name "Greeter", methods [
 *         {name "greet", oneway no,  doc "Says hello.",  reply {c_name "greet_reply"}, params [
 *             {name "who", last no}, {name "how", last yes}], tags []}
 *         {name "touch", oneway yes, doc "", reply no, params [], tags []} ]} */
void fixture_init(struct fixture *f);
void fixture_free(struct fixture *f);
/* Both stay where they are. */
void fixture_add(struct fixture *f, const char *name, const char *text);
void fixture_add_bytes(struct fixture *f, const char *name, const char *bytes, size_t size);

/* Loads and renders "main.mako"; f->out has the text. */
bool fixture_render(struct fixture *f);
/* What was reported, in the arena. */
const char *fixture_errors(struct fixture *f);

#endif
