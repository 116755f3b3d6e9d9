/* SPDX-License-Identifier: MIT */
/* template_nodes.h: a parsed template. Private to template*.c. */
#ifndef IDLC_TEMPLATE_NODES_H
#define IDLC_TEMPLATE_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "source.h"
#include "str.h"
#include "template.h"

enum { FILTERS_MAX = 4 };

typedef void filter_fn(struct text *out, struct str s);

struct step {
    struct str name;
    struct span span;
    size_t hint; /* where the last record had it: those of one type are laid out alike */
};

/* m.request.c_name */
struct path {
    struct span span;
    struct step *steps;
    size_t count;
};

enum node_kind { NODE_TEXT, NODE_SUBSTITUTION, NODE_FOR, NODE_IF, NODE_INCLUDE };

/* The first whose condition holds is rendered. */
struct branch {
    struct path path; /* no steps: else, which always holds */
    bool negated;
    struct node *body;
    struct branch *next;
};

struct node {
    enum node_kind kind;
    uint64_t decided_in; /* the renderer's context in which every name in it was decided */
    struct node *next;
    union {
        struct str text;
        struct {
            struct path path;
            filter_fn *filters[FILTERS_MAX];
            size_t filter_count;
            bool alone;         /* on its line; then */
            struct str indent;  /* the blanks before it */
            struct str newline; /* the line's end */
        } substitution;
        struct {
            struct str variable;
            struct path list;
            struct node *body;
        } loop;
        struct branch *branches;
        struct {
            const struct template *template;
            struct span span;
        } include;
    };
};

enum template_state { TEMPLATE_LOADING, TEMPLATE_READY, TEMPLATE_BROKEN };

struct template
{
    struct str name;
    enum template_state state;
    struct node *nodes;
    size_t height;         /* how many templates deep its includes go */
    struct template *next; /* in the set */
    /* While it is loading: who includes it, and where. */
    const struct template *includer;
    struct span include_span;
};

struct template_set {
    struct arena *arena;
    struct diag *diag;
    struct store *store;
    struct template *templates;
    uint64_t render_count;
};

/* Sets the template's nodes and state. */
void template_parse(struct template_set *set, struct template *template,
                    const struct source *source);

/* Finds or parses what includer (NULL: nobody) includes at from. NULL after errors, reported now
 * or earlier. */
struct template *template_include(struct template_set *set, struct str name, struct span from,
                                  const struct template *includer);

/* "included from here", for a template that is being parsed and each that it is in. */
void template_note_includers(const struct template_set *set, const struct template *template);

#endif
