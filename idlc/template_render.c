/* SPDX-License-Identifier: MIT */
/* template_render.c: nodes and values -> text, after a check of every name in every branch. */
#include <stdio.h>
#include <string.h>

#include "template_nodes.h"

enum {
    CHECKED_MAX = 32, /* items of a loop that the check asks, half of them within another loop: its
                       * time must not grow with the input, nor as a power of the nesting */
    SPARES_MAX = 4
};

/* A loop that is being run. item NULL: its list is empty, the body is only checked. */
struct scope {
    const struct scope *outer;
    struct str variable;
    const struct value *item;
    size_t index, count;
};

/* An include that is being followed. */
struct frame {
    const struct frame *outer;
    struct span span;
};

struct renderer {
    struct arena *arena;
    struct diag *diag;
    const struct value *root;
    const struct scope *scope;
    const struct frame *frame;
    struct text *out;
    bool checking;
    uint64_t context;        /* names this rendering and the includes on the way here */
    struct text filtered[2]; /* one is read while the other is written */
    struct value loop;       /* what the last loop.first, loop.index ... stands for */
    char digits[24];
    struct arena *spares[SPARES_MAX]; /* for the items of loops to come */
    size_t spare_count;
};

/* ---- Names ---- */

enum lookup {
    FOUND,
    UNDECIDED, /* only while checking: no value at hand can tell */
    WRONG      /* reported */
};

static const struct str loop_names[] = {
    { "first", 5 },
    { "last", 4 },
    { "index", 5 },
    { "comma", 5 },
};
enum { LOOP_FIRST, LOOP_LAST, LOOP_INDEX, LOOP_COMMA, LOOP_NAME_COUNT };

static void note_includers(struct renderer *r)
{
    for (const struct frame *frame = r->frame; frame; frame = frame->outer)
        diag_note(r->diag, frame->span, "included from here");
}

/* The path up to and without its step i. */
static struct str path_before(const struct path *path, size_t i)
{
    struct span span = path->span;
    span.end = path->steps[i - 1].span.end;
    return span_text(span);
}

/* Reports the step's name, which is not among names. where is empty for a path's first name. */
static enum lookup report_unknown(struct renderer *r, const struct step *step, struct str where,
                                  const struct str *names, size_t count)
{
    struct str closest = diag_closest(step->name, names, count);
    struct str hint = { 0 };
    if (closest.len)
        hint = arena_printf(r->arena, "; did you mean '%.*s'?", STR_ARG(closest));
    if (where.len)
        diag_error(r->diag, step->span, "template-name", "no '%.*s' in '%.*s'%.*s",
                   STR_ARG(step->name), STR_ARG(where), STR_ARG(hint));
    else
        diag_error(r->diag, step->span, "template-name", "unknown name '%.*s'%.*s",
                   STR_ARG(step->name), STR_ARG(hint));
    return WRONG;
}

static enum lookup report_member(struct renderer *r, const struct path *path, size_t i,
                                 const struct value *record)
{
    struct str where = path_before(path, i);
    size_t count = record->record.count;
    struct str *names = arena_array(r->arena, count, sizeof *names);
    for (size_t n = 0; n < count; n++)
        names[n] = record->record.members[n].name;
    report_unknown(r, &path->steps[i], where, names, count);
    if (record->origin.source)
        diag_note(r->diag, record->origin, "'%.*s' is this %s", STR_ARG(where),
                  record->record.type);
    note_includers(r);
    return WRONG;
}

static enum lookup report_root(struct renderer *r, const struct path *path)
{
    size_t count = r->root->record.count;
    for (const struct scope *scope = r->scope; scope; scope = scope->outer)
        count++;
    struct str *names = arena_array(r->arena, count, sizeof *names);
    count = 0;
    for (const struct scope *scope = r->scope; scope; scope = scope->outer)
        names[count++] = scope->variable;
    for (size_t n = 0; n < r->root->record.count; n++)
        names[count++] = r->root->record.members[n].name;
    report_unknown(r, &path->steps[0], (struct str){ 0 }, names, count);
    note_includers(r);
    return WRONG;
}

static const char *kind_name(const struct value *value)
{
    static const char *const names[] = { "text", "flag", "list", "record" };
    return names[value->kind];
}

static enum lookup report_kind(struct renderer *r, struct span span, const struct value *value,
                               const char *wanted)
{
    diag_error(r->diag, span, "template-kind", "'%.*s' is a %s, not a %s", STR_ARG(span_text(span)),
               kind_name(value), wanted);
    if (value->origin.source)
        diag_note(r->diag, value->origin, "it comes from here");
    note_includers(r);
    return WRONG;
}

/* A false flag stands for a record that is missing; record is what it is a member of, or NULL. */
static enum lookup report_missing(struct renderer *r, const struct path *path, size_t i,
                                  const struct value *record)
{
    struct span span = path->span;
    span.end = path->steps[i - 1].span.end;
    struct str what = span_text(span);
    diag_error(r->diag, span, "template-kind",
               "'%.*s' is false here, not a record; ask first with '%% if %.*s:'", STR_ARG(what),
               STR_ARG(what));
    if (record && record->origin.source)
        diag_note(r->diag, record->origin, "'%.*s' is this %s", STR_ARG(path_before(path, i - 1)),
                  record->record.type);
    note_includers(r);
    return WRONG;
}

/* As str_eq, for names, which are not empty: this is where rendering spends its time. */
static inline bool same_name(struct str a, struct str b)
{
    return a.len == b.len && a.ptr[0] == b.ptr[0] && memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* NULL when the record has no such member. */
static const struct value *member(const struct value *record, struct step *step)
{
    const struct value_member *members = record->record.members;
    size_t count = record->record.count;
    if (step->hint < count && same_name(members[step->hint].name, step->name))
        return value_at(record, step->hint);
    for (size_t i = 0; i < count; i++) {
        if (same_name(members[i].name, step->name)) {
            step->hint = i;
            return value_at(record, i);
        }
    }
    return NULL;
}

/* loop.first and its like, of the innermost loop. */
static enum lookup look_up_loop(struct renderer *r, struct path *path, const struct value **value)
{
    const struct scope *scope = r->scope;
    if (!scope || path->count != 2) {
        diag_error(r->diag, path->span, "template-name",
                   scope ? "expected loop.first, loop.last, loop.index or loop.comma"
                         : "'loop' outside of a loop");
        note_includers(r);
        return WRONG;
    }
    size_t which = 0;
    while (which < LOOP_NAME_COUNT && !str_eq(path->steps[1].name, loop_names[which]))
        which++;
    bool last = scope->index + 1 == scope->count;
    r->loop = (struct value){ .kind = VALUE_TEXT };
    switch (which) {
    case LOOP_FIRST:
    case LOOP_LAST:
        r->loop.kind = VALUE_FLAG;
        r->loop.flag = which == LOOP_LAST ? last : scope->index == 0;
        break;
    case LOOP_INDEX:
        r->loop.text.ptr = r->digits;
        r->loop.text.len = (size_t)snprintf(r->digits, sizeof r->digits, "%zu", scope->index);
        break;
    case LOOP_COMMA: r->loop.text = last ? STR("") : STR(","); break;
    default:
        report_unknown(r, &path->steps[1], STR("loop"), loop_names, LOOP_NAME_COUNT);
        note_includers(r);
        return WRONG;
    }
    *value = &r->loop;
    return FOUND;
}

/* The path's first name. *value is NULL where a loop has no item. */
static enum lookup look_up_first(struct renderer *r, struct path *path, const struct value **value)
{
    for (const struct scope *scope = r->scope; scope; scope = scope->outer) {
        if (same_name(scope->variable, path->steps[0].name)) {
            *value = scope->item;
            return FOUND;
        }
    }
    *value = member(r->root, &path->steps[0]);
    return *value ? FOUND : report_root(r, path);
}

/* *value stays good until the next look_up; NULL when there is none. */
static enum lookup look_up(struct renderer *r, struct path *path, const struct value **value)
{
    *value = NULL;
    if (same_name(path->steps[0].name, STR("loop")))
        return look_up_loop(r, path, value);
    const struct value *at, *record = NULL;
    if (look_up_first(r, path, &at) == WRONG)
        return WRONG;
    for (size_t i = 1; at && i < path->count; i++) {
        if (at->kind == VALUE_FLAG && !at->flag) /* while checking: the record would know */
            return r->checking ? UNDECIDED : report_missing(r, path, i, record);
        if (at->kind != VALUE_RECORD) {
            struct span before = path->span;
            before.end = path->steps[i - 1].span.end;
            return report_kind(r, before, at, "record");
        }
        record = at;
        at = member(record, &path->steps[i]);
        if (!at)
            return report_member(r, path, i, record);
    }
    *value = at;
    return at ? FOUND : UNDECIDED;
}

/* NULL when there is none, or it is of another kind. */
static const struct value *look_up_kind(struct renderer *r, struct path *path, enum value_kind kind)
{
    const struct value *value;
    look_up(r, path, &value);
    if (!value || value->kind == kind)
        return value;
    report_kind(r, path->span, value, kind == VALUE_TEXT ? "text" : "list");
    return NULL;
}

/* ---- Loops ---- */

/* What holds the item of a list that makes its items; NULL for other lists. */
static struct arena *take_scratch(struct renderer *r, const struct value *list)
{
    if (!list->list.make)
        return NULL;
    return r->spare_count > 0 ? r->spares[--r->spare_count] : arena_new();
}

static void give_scratch(struct renderer *r, struct arena *scratch)
{
    if (scratch && r->spare_count < SPARES_MAX)
        r->spares[r->spare_count++] = scratch;
    else
        arena_free(scratch);
}

/* The item before is given back. */
static void next_item(struct scope *scope, const struct value *list, struct arena *scratch)
{
    if (scratch)
        arena_reset(scratch);
    scope->item = value_item(list, scope->index, scratch);
}

/* ---- Checking: each returns whether every name could be decided ---- */

static bool check_nodes(struct renderer *r, struct node *nodes);

static bool check_body(struct renderer *r, struct node *node, struct scope *scope)
{
    r->scope = scope;
    bool decided = check_nodes(r, node->loop.body);
    r->scope = scope->outer;
    return decided;
}

/* How many of count items are asked by a loop within those that are open. */
static size_t checked_items(const struct renderer *r, size_t count)
{
    size_t max = CHECKED_MAX;
    for (const struct scope *scope = r->scope; scope && max > 1; scope = scope->outer)
        max /= 2;
    return count < max ? count : max;
}

static bool check_loop(struct renderer *r, struct node *node)
{
    struct scope scope = { r->scope, node->loop.variable, NULL, 0, 1 };
    const struct value *list = look_up_kind(r, &node->loop.list, VALUE_LIST);
    if (!list || list->list.count == 0) {
        check_body(r, node, &scope);
        return false;
    }
    size_t errors = diag_errors(r->diag);
    bool decided = false;
    scope.count = list->list.count;
    size_t checked = checked_items(r, scope.count);
    struct arena *scratch = take_scratch(r, list);
    for (; !decided && scope.index < checked; scope.index++) {
        next_item(&scope, list, scratch);
        decided = check_body(r, node, &scope);
        if (diag_errors(r->diag) != errors)
            break;
    }
    give_scratch(r, scratch);
    return decided;
}

static bool check_branches(struct renderer *r, struct node *node)
{
    bool decided = true;
    for (struct branch *branch = node->branches; branch; branch = branch->next) {
        const struct value *value;
        if (branch->path.count)
            decided &= look_up(r, &branch->path, &value) == FOUND;
        decided &= check_nodes(r, branch->body);
    }
    return decided;
}

static bool check_include(struct renderer *r, struct node *node)
{
    struct frame frame = { r->frame, node->include.span };
    uint64_t context = r->context;
    r->frame = &frame;
    r->context = (context ^ (uintptr_t)node) * UINT64_C(0x9e3779b97f4a7c15);
    bool decided = check_nodes(r, node->include.template->nodes);
    r->context = context;
    r->frame = frame.outer;
    return decided;
}

static bool check_node(struct renderer *r, struct node *node)
{
    switch (node->kind) {
    case NODE_TEXT: return true;
    case NODE_SUBSTITUTION: return look_up_kind(r, &node->substitution.path, VALUE_TEXT) != NULL;
    case NODE_FOR: return check_loop(r, node);
    case NODE_IF: return check_branches(r, node);
    case NODE_INCLUDE: return check_include(r, node);
    }
    return true;
}

/* What one item of a loop has decided is not asked of the others: so the check costs little even
 * where some name is never decided. */
static bool check_nodes(struct renderer *r, struct node *nodes)
{
    bool decided = true;
    for (struct node *node = nodes; node; node = node->next) {
        if (node->decided_in == r->context)
            continue;
        if (check_node(r, node))
            node->decided_in = r->context;
        else
            decided = false;
    }
    return decided;
}

/* ---- Rendering: each returns false at the first error ---- */

static bool render_nodes(struct renderer *r, struct node *nodes);

/* With its indentation on each line that has something on it. */
static void add_lines(struct renderer *r, struct str text, struct node *node)
{
    if (text.len == 0)
        return;
    size_t begin = 0;
    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.ptr[i] != '\n')
            continue;
        if (i > begin)
            text_add(r->out, node->substitution.indent);
        bool more = i < text.len;
        text_add(r->out, (struct str){ text.ptr + begin, i - begin + more });
        begin = i + 1;
    }
    text_add(r->out, node->substitution.newline);
}

static bool render_substitution(struct renderer *r, struct node *node)
{
    const struct value *value = look_up_kind(r, &node->substitution.path, VALUE_TEXT);
    if (!value)
        return false;
    struct str text = value->text;
    for (size_t i = 0; i < node->substitution.filter_count; i++) {
        struct text *filtered = &r->filtered[i % 2];
        filtered->len = 0;
        node->substitution.filters[i](filtered, text);
        text = text_str(filtered);
    }
    if (node->substitution.alone)
        add_lines(r, text, node);
    else
        text_add(r->out, text);
    return true;
}

static bool render_loop(struct renderer *r, struct node *node)
{
    const struct value *list = look_up_kind(r, &node->loop.list, VALUE_LIST);
    if (!list)
        return false;
    struct scope scope = { r->scope, node->loop.variable, NULL, 0, list->list.count };
    struct arena *scratch = take_scratch(r, list);
    bool fine = true;
    r->scope = &scope;
    for (; fine && scope.index < scope.count; scope.index++) {
        next_item(&scope, list, scratch);
        fine = render_nodes(r, node->loop.body);
    }
    give_scratch(r, scratch);
    r->scope = scope.outer;
    return fine;
}

static bool is_true(const struct value *value)
{
    switch (value->kind) {
    case VALUE_TEXT: return value->text.len != 0;
    case VALUE_FLAG: return value->flag;
    case VALUE_LIST: return value->list.count != 0;
    case VALUE_RECORD: return true;
    }
    return false;
}

static bool render_branches(struct renderer *r, struct node *node)
{
    for (struct branch *branch = node->branches; branch; branch = branch->next) {
        bool holds = true;
        if (branch->path.count) {
            const struct value *value;
            look_up(r, &branch->path, &value);
            if (!value)
                return false;
            holds = is_true(value) != branch->negated;
        }
        if (holds)
            return render_nodes(r, branch->body);
    }
    return true;
}

static bool render_nodes(struct renderer *r, struct node *nodes)
{
    bool fine = true;
    for (struct node *node = nodes; fine && node; node = node->next) {
        switch (node->kind) {
        case NODE_TEXT: text_add(r->out, node->text); break;
        case NODE_SUBSTITUTION: fine = render_substitution(r, node); break;
        case NODE_FOR: fine = render_loop(r, node); break;
        case NODE_IF: fine = render_branches(r, node); break;
        case NODE_INCLUDE: {
            struct frame frame = { r->frame, node->include.span };
            r->frame = &frame;
            fine = render_nodes(r, node->include.template->nodes);
            r->frame = frame.outer;
            break;
        }
        }
    }
    return fine;
}

bool template_render(struct template_set *set, const struct template *template,
                     const struct value *root, struct text *out)
{
    struct renderer r = {
        .arena = set->arena,
        .diag = set->diag,
        .root = root,
        .out = out,
        .checking = true,
        .context = ++set->render_count,
    };
    size_t errors = diag_errors(set->diag);
    check_nodes(&r, template->nodes);
    r.checking = false;
    bool fine = diag_errors(set->diag) == errors && render_nodes(&r, template->nodes);
    text_free(&r.filtered[0]);
    text_free(&r.filtered[1]);
    while (r.spare_count > 0)
        arena_free(r.spares[--r.spare_count]);
    return fine;
}
