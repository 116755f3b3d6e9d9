/* SPDX-License-Identifier: MIT */
/* template.c: the set of parsed templates, and who includes whom. */
#include "template.h"

#include "template_nodes.h"

void template_note_includers(const struct template_set *set, const struct template *template)
{
    for (; template && template->includer; template = template->includer)
        diag_note(set->diag, template->include_span, "included from here");
}

static void report_missing(struct template_set *set, struct str name, struct span from,
                           struct str error)
{
    struct str closest = store_closest(set->store, name);
    if (error.len)
        diag_error(set->diag, from, "template-name", "cannot read template '%.*s': %.*s",
                   STR_ARG(name), STR_ARG(error));
    else if (closest.len)
        diag_error(set->diag, from, "template-name", "no template '%.*s'; did you mean '%.*s'?",
                   STR_ARG(name), STR_ARG(closest));
    else
        diag_error(set->diag, from, "template-name", "no template '%.*s'", STR_ARG(name));
}

/* May a template be included from there? Not by itself, nor by what it includes. */
static bool may_include(struct template_set *set, const struct template *template,
                        const struct template *includer, struct span from)
{
    size_t depth = template ? template->height : 0;
    for (const struct template *t = includer; t; t = t->includer)
        depth++;
    if (template && template->state == TEMPLATE_LOADING)
        diag_error(set->diag, from, "template-include", "template '%.*s' includes itself",
                   STR_ARG(template->name));
    else if (depth > TEMPLATE_INCLUDES_MAX)
        diag_error(set->diag, from, "template-include", "too many templates inside each other");
    else
        return true;
    template_note_includers(set, includer);
    return false;
}

struct template *template_include(struct template_set *set, struct str name, struct span from,
                                  const struct template *includer)
{
    struct template *template = set->templates;
    while (template && !str_eq(template->name, name))
        template = template->next;
    if (!may_include(set, template, includer, from))
        return NULL;
    if (template)
        return template->state == TEMPLATE_READY ? template : NULL;
    struct str error = { 0 };
    const struct source *source = store_find(set->store, name, &error);
    if (!source) {
        report_missing(set, name, from, error);
        template_note_includers(set, includer);
        return NULL;
    }
    template = ARENA_NEW(set->arena, struct template);
    *template = (struct template){
        .name = arena_str(set->arena, name),
        .next = set->templates,
        .includer = includer,
        .include_span = from,
    };
    set->templates = template;
    template_parse(set, template, source);
    template->includer = NULL;
    return template->state == TEMPLATE_READY ? template : NULL;
}

struct template_set *template_set_new(struct arena *arena, struct diag *diag, struct store *store)
{
    struct template_set *set = ARENA_NEW(arena, struct template_set);
    *set = (struct template_set){ .arena = arena, .diag = diag, .store = store };
    return set;
}

const struct template *template_load(struct template_set *set, struct str name)
{
    return template_include(set, name, (struct span){ 0 }, NULL);
}
