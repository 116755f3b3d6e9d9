/* SPDX-License-Identifier: MIT */
/* warnings.c: the table of warnings. */
#include "warnings.h"

#include <string.h>

#include "diag.h"

enum group {
    GROUP_ON,    /* always, unless it is switched off */
    GROUP_ALL,   /* with -Wall */
    GROUP_ASKED, /* by its name alone */
    GROUP_ERROR  /* an error, unless it is switched to a warning or off */
};

struct row {
    const char *name;
    enum group group;
};

static const struct row warnings[] = {
    { "deprecated-use", GROUP_ON },
    { "dup-import", GROUP_ON },
    { "misplaced-doc", GROUP_ON },
    { "redundant-optional", GROUP_ON },
    { "unused-import", GROUP_ON },
    { "unused-template", GROUP_ON },
    { "field-numbers", GROUP_ALL },
    { "naming", GROUP_ALL },
    { "missing-package", GROUP_ALL },
    { "docs", GROUP_ASKED },
    { "risk-constant-value", GROUP_ON },
    { "risk-field-removed", GROUP_ON },
    { "risk-idempotent", GROUP_ON },
    { "risk-parameter-name", GROUP_ON },
    { "risk-reserved-dropped", GROUP_ON },
    { "risk-reserved-name", GROUP_ON },
    { "source-c-name", GROUP_ERROR },
    { "source-constant-removed", GROUP_ERROR },
    { "source-constant-type", GROUP_ERROR },
    { "source-enum-name", GROUP_ERROR },
    { "source-enum-removed", GROUP_ERROR },
    { "source-field-cardinality", GROUP_ERROR },
    { "source-field-name", GROUP_ERROR },
    { "source-field-oneof", GROUP_ERROR },
    { "source-field-optional", GROUP_ERROR },
    { "source-field-removed", GROUP_ERROR },
    { "source-field-type", GROUP_ERROR },
    { "source-method-reply", GROUP_ERROR },
    { "source-method-request", GROUP_ERROR },
    { "source-oneof-name", GROUP_ERROR },
    { "source-package", GROUP_ERROR },
    { "source-type-name", GROUP_ERROR },
    { "source-type-removed", GROUP_ERROR },
};

/* Each is a class: of the names that go on with a '-'. */
static const char *const classes[] = { "risk", "source" };

enum { WARNING_COUNT = sizeof warnings / sizeof *warnings, CLASS_COUNT = 2 };

static bool is_class_of(struct str name, const char *warning)
{
    return name.len < strlen(warning) && strncmp(name.ptr, warning, name.len) == 0 &&
           warning[name.len] == '-' && (str_is(name, classes[0]) || str_is(name, classes[1]));
}

static bool is_known(struct str name, struct str *closest)
{
    struct str names[WARNING_COUNT + CLASS_COUNT];
    for (size_t i = 0; i < WARNING_COUNT; i++)
        names[i] = str_from(warnings[i].name);
    for (size_t i = 0; i < CLASS_COUNT; i++)
        names[WARNING_COUNT + i] = str_from(classes[i]);
    for (size_t i = 0; i < WARNING_COUNT + CLASS_COUNT; i++)
        if (str_eq(names[i], name))
            return true;
    *closest = diag_closest(name, names, WARNING_COUNT + CLASS_COUNT);
    return false;
}

static void add(struct arena *arena, struct warning_set *set, struct warning_switch item)
{
    if (set->count == set->cap) {
        size_t cap = set->cap ? 2 * set->cap : 8;
        struct warning_switch *grown = arena_array(arena, cap, sizeof *grown);
        if (set->count)
            memcpy(grown, set->items, set->count * sizeof *grown);
        set->items = grown;
        set->cap = cap;
    }
    set->items[set->count++] = item;
}

bool warning_set_add(struct arena *arena, struct warning_set *set, struct str spec,
                     struct str *closest)
{
    static const struct {
        struct str prefix;
        enum warning_effect effect;
    } forms[] = {
        { { "no-error=", 9 }, EFFECT_NO_ERROR },
        { { "no-", 3 }, EFFECT_OFF },
        { { "error=", 6 }, EFFECT_ERROR },
        { { "", 0 }, EFFECT_ON },
    };
    if (str_is(spec, "all") || str_is(spec, "no-all")) {
        set->all = str_is(spec, "all");
        return true;
    }
    if (str_is(spec, "error") || str_is(spec, "no-error")) {
        set->werror = str_is(spec, "error");
        return true;
    }
    size_t form = 0;
    while (!str_starts(spec, forms[form].prefix))
        form++;
    size_t len = forms[form].prefix.len;
    struct str name = { spec.ptr + len, spec.len - len };
    if (!is_known(name, closest))
        return false;
    add(arena, set, (struct warning_switch){ name, forms[form].effect });
    return true;
}

static void apply(struct warning_state *state, enum warning_effect effect)
{
    switch (effect) {
    case EFFECT_OFF: state->shown = false; break;
    case EFFECT_ON: state->shown = true; break;
    case EFFECT_ERROR: state->shown = state->is_error = true; break;
    case EFFECT_NO_ERROR: state->is_error = false; break;
    }
}

struct warning_state warning_state(const struct warning_set *set, const char *name)
{
    enum group group = GROUP_ON;
    for (size_t i = 0; i < WARNING_COUNT; i++)
        if (strcmp(warnings[i].name, name) == 0)
            group = warnings[i].group;
    struct warning_state state = {
        .shown = group == GROUP_ON || group == GROUP_ERROR || (group == GROUP_ALL && set->all),
        .is_error = set->werror || group == GROUP_ERROR,
    };
    for (size_t i = 0; i < set->count; i++)
        if (is_class_of(set->items[i].name, name))
            apply(&state, set->items[i].effect);
    for (size_t i = 0; i < set->count; i++)
        if (str_is(set->items[i].name, name))
            apply(&state, set->items[i].effect);
    return state;
}
