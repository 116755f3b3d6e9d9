/* SPDX-License-Identifier: MIT */
/* template_parse.c: a template's text -> nodes, line by line, with every error of the text. */
#include <string.h>

#include "escape.h"
#include "template_nodes.h"

struct filter {
    struct str name;
    filter_fn *apply;
};

static const struct filter filters[] = {
    { { "upper", 5 }, escape_upper },
    { { "lower", 5 }, escape_lower },
    { { "cstring", 7 }, escape_cstring },
    { { "comment", 7 }, escape_comment },
    { { "html", 4 }, escape_html },
};
enum { FILTER_COUNT = sizeof filters / sizeof filters[0] };

enum keyword { KEY_FOR, KEY_IF, KEY_ELIF, KEY_ELSE, KEY_ENDIF, KEY_ENDFOR, KEY_COUNT };

static const struct str keywords[KEY_COUNT] = {
    { "for", 3 }, { "if", 2 }, { "elif", 4 }, { "else", 4 }, { "endif", 5 }, { "endfor", 6 },
};

/* A '% for' or '% if' that is not closed yet. */
struct block {
    struct node *node;
    struct branch *branch; /* the last one of an if */
    struct span span;      /* of the keyword that opened it */
    struct span otherwise; /* of its else; no source: none yet */
    struct node **tail;    /* what follows the block goes there */
};

/* One line is looked at at a time: line <= at <= end <= next_line, offsets in text. */
struct parser {
    struct template_set *set;
    struct template *template;
    const struct source *source;
    struct str text;
    size_t line, at, end, next_line; /* end: without the newline */
    struct node **tail;              /* where the next node goes */
    struct node *last;               /* the node before it in the same body, or NULL */
    struct block blocks[TEMPLATE_BLOCKS_MAX];
    size_t depth, too_deep; /* blocks open; and those beyond the limit */
    bool broken;            /* something that was included is */
};

/* ---- Places, messages, nodes ---- */

static struct span span_of(const struct parser *p, size_t begin, size_t end)
{
    return (struct span){ p->source, (uint32_t)begin, (uint32_t)end };
}

static struct str slice(const struct parser *p, size_t begin, size_t end)
{
    return (struct str){ p->text.ptr + begin, end - begin };
}

static void syntax_error(struct parser *p, struct span span, const char *message)
{
    diag_error(p->set->diag, span, "template-syntax", "%s", message);
    template_note_includers(p->set, p->template);
}

static void name_error(struct parser *p, struct span span, const char *what, struct str closest)
{
    struct str name = span_text(span);
    if (closest.len)
        diag_error(p->set->diag, span, "template-name", "unknown %s '%.*s'; did you mean '%.*s'?",
                   what, STR_ARG(name), STR_ARG(closest));
    else
        diag_error(p->set->diag, span, "template-name", "unknown %s '%.*s'", what, STR_ARG(name));
    template_note_includers(p->set, p->template);
}

static struct node *add_node(struct parser *p, enum node_kind kind)
{
    struct node *node = ARENA_NEW(p->set->arena, struct node);
    node->kind = kind;
    *p->tail = node;
    p->tail = &node->next;
    p->last = node;
    return node;
}

/* Texts that touch in the template become one node. */
static void add_text(struct parser *p, size_t begin, size_t end)
{
    struct str text = slice(p, begin, end);
    if (text.len == 0)
        return;
    if (p->last && p->last->kind == NODE_TEXT && p->last->text.ptr + p->last->text.len == text.ptr)
        p->last->text.len += text.len;
    else
        add_node(p, NODE_TEXT)->text = text;
}

/* ---- Words of a line ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static size_t skip_blanks(const struct parser *p, size_t at)
{
    while (at < p->end && is_blank(p->text.ptr[at]))
        at++;
    return at;
}

static bool looking_at(const struct parser *p, size_t at, const char *what)
{
    size_t len = strlen(what);
    return p->end - at >= len && memcmp(p->text.ptr + at, what, len) == 0;
}

/* A name or, in its absence, an empty span. */
static struct span take_name_here(struct parser *p)
{
    size_t begin = p->at;
    while (p->at < p->end && is_name_char(p->text.ptr[p->at]))
        p->at++;
    return span_of(p, begin, p->at);
}

static struct span take_name(struct parser *p)
{
    p->at = skip_blanks(p, p->at);
    return take_name_here(p);
}

static bool take(struct parser *p, const char *what)
{
    size_t at = skip_blanks(p, p->at);
    if (!looking_at(p, at, what))
        return false;
    p->at = at + strlen(what);
    return true;
}

/* The character at which the line can't be read on, or its end. */
static struct span here(struct parser *p)
{
    p->at = skip_blanks(p, p->at);
    return span_of(p, p->at, p->at < p->end ? p->at + 1 : p->at);
}

static size_t count_steps(const struct parser *p, size_t at)
{
    size_t count = 1;
    for (; at < p->end && (is_name_char(p->text.ptr[at]) || p->text.ptr[at] == '.'); at++)
        count += p->text.ptr[at] == '.';
    return count;
}

/* Names with dots between them, no blanks. */
static bool parse_path(struct parser *p, struct path *path)
{
    p->at = skip_blanks(p, p->at);
    size_t begin = p->at, count = count_steps(p, begin);
    struct step *steps = arena_array(p->set->arena, count, sizeof *steps);
    for (size_t i = 0; i < count; i++) {
        p->at += i > 0; /* the dot */
        struct span span = take_name_here(p);
        if (span.begin == span.end) {
            syntax_error(p, here(p), "expected a name");
            return false;
        }
        steps[i] = (struct step){ .name = span_text(span), .span = span };
    }
    *path = (struct path){ span_of(p, begin, p->at), steps, count };
    return true;
}

/* ---- Text lines ---- */

static bool parse_filter(struct parser *p, struct node *node)
{
    struct span span = take_name(p);
    if (span.begin == span.end) {
        syntax_error(p, here(p), "expected the name of a filter");
        return false;
    }
    struct str names[FILTER_COUNT];
    for (size_t i = 0; i < FILTER_COUNT; i++) {
        names[i] = filters[i].name;
        if (!str_eq(names[i], span_text(span)))
            continue;
        if (node->substitution.filter_count == FILTERS_MAX) {
            syntax_error(p, span, "too many filters");
            return false;
        }
        node->substitution.filters[node->substitution.filter_count++] = filters[i].apply;
        return true;
    }
    name_error(p, span, "filter", diag_closest(span_text(span), names, FILTER_COUNT));
    return true;
}

/* What is between "${" and "}". */
static bool parse_expression(struct parser *p, struct node *node)
{
    if (!parse_path(p, &node->substitution.path))
        return false;
    if (take(p, "|")) {
        do {
            if (!parse_filter(p, node))
                return false;
        } while (take(p, ","));
        if (take(p, "}"))
            return true;
        syntax_error(p, here(p), "expected ',' or '}' after the filter");
        return false;
    }
    if (take(p, "}"))
        return true;
    syntax_error(p, here(p), "expected '|' or '}' after the name");
    return false;
}

/* p->at is on "${" and comes to stand behind its "}". NULL when there is none. */
static struct node *parse_substitution(struct parser *p)
{
    size_t begin = p->at;
    const char *close = memchr(p->text.ptr + begin, '}', p->end - begin);
    if (!close) {
        syntax_error(p, span_of(p, begin, begin + 2), "'${' without '}' on the same line");
        p->at = p->end;
        return NULL;
    }
    struct node *node = add_node(p, NODE_SUBSTITUTION);
    p->at += 2;
    if (!parse_expression(p, node))
        p->at = (size_t)(close - p->text.ptr) + 1;
    return node;
}

/* Is "${x}" at p->at the last thing on the line? */
static bool ends_line(const struct parser *p)
{
    const char *close = memchr(p->text.ptr + p->at, '}', p->end - p->at);
    return close && skip_blanks(p, (size_t)(close - p->text.ptr) + 1) == p->end;
}

static void parse_text(struct parser *p)
{
    size_t begin = p->at;
    while (p->at < p->end) {
        if (looking_at(p, p->at, "${")) {
            add_text(p, begin, p->at);
            parse_substitution(p);
            begin = p->at;
        } else if (looking_at(p, p->at, "$$")) {
            add_text(p, begin, p->at + 1);
            begin = p->at += 2;
        } else if (looking_at(p, p->at, "<%") || looking_at(p, p->at, "</%")) {
            syntax_error(p, span_of(p, p->at, p->at + 2),
                         "the only tag is '<%include file=\"NAME\"/>', on a line of its own");
            p->at += 2;
        } else {
            p->at++;
        }
    }
    add_text(p, begin, p->next_line);
}

static void parse_lone_substitution(struct parser *p)
{
    size_t begin = p->at;
    struct node *node = parse_substitution(p);
    if (!node)
        return;
    node->substitution.alone = true;
    node->substitution.indent = slice(p, p->line, begin);
    node->substitution.newline = slice(p, p->end, p->next_line);
}

/* ---- Includes ---- */

/* Nothing but blanks may follow. */
static bool expect_end(struct parser *p)
{
    struct span rest = here(p);
    if (rest.begin == p->end)
        return true;
    rest.end = (uint32_t)p->end;
    syntax_error(p, rest, "expected the end of the line");
    return false;
}

static void parse_include(struct parser *p)
{
    size_t begin = p->at;
    p->at += strlen("<%include");
    bool fine = take(p, "file") && take(p, "=") && take(p, "\"");
    size_t name = p->at;
    const char *quote = fine ? memchr(p->text.ptr + name, '"', p->end - name) : NULL;
    if (quote)
        p->at = (size_t)(quote - p->text.ptr) + 1;
    if (!quote || !take(p, "/>")) {
        syntax_error(p, span_of(p, begin, p->end), "expected '<%include file=\"NAME\"/>'");
        return;
    }
    struct span span = span_of(p, name, (size_t)(quote - p->text.ptr));
    if (!expect_end(p))
        return;
    const struct template *included = template_include(p->set, span_text(span), span, p->template);
    if (!included) {
        p->broken = true;
        return;
    }
    if (p->template->height <= included->height)
        p->template->height = included->height + 1;
    struct node *node = add_node(p, NODE_INCLUDE);
    node->include.template = included;
    node->include.span = span;
}

/* ---- Control lines ---- */

static void expect_colon(struct parser *p, const char *message)
{
    if (take(p, ":"))
        expect_end(p);
    else
        syntax_error(p, here(p), message);
}

static struct block *open_block(struct parser *p, enum node_kind kind, struct span keyword)
{
    if (p->depth == TEMPLATE_BLOCKS_MAX) {
        if (p->too_deep++ == 0)
            syntax_error(p, keyword, "too many blocks inside each other");
        return NULL;
    }
    struct node *node = add_node(p, kind);
    struct block *block = &p->blocks[p->depth++];
    *block = (struct block){ .node = node, .span = keyword, .tail = &node->next };
    return block;
}

static void enter(struct parser *p, struct node **body)
{
    p->tail = body;
    p->last = NULL;
}

static void open_for(struct parser *p, struct span keyword)
{
    struct block *block = open_block(p, NODE_FOR, keyword);
    if (!block)
        return;
    struct node *node = block->node;
    enter(p, &node->loop.body);
    struct span variable = take_name(p);
    struct str name = node->loop.variable = span_text(variable);
    if (name.len == 0 || str_is(name, "in")) {
        syntax_error(p, here(p), "expected 'for NAME in LIST:'");
        return;
    }
    if (str_is(name, "loop") || str_is(name, "not"))
        syntax_error(p, variable, "a loop variable cannot be called 'loop' or 'not'");
    if (!str_is(span_text(take_name(p)), "in")) {
        p->at = variable.end;
        syntax_error(p, here(p), "expected 'in'");
        return;
    }
    if (parse_path(p, &node->loop.list))
        expect_colon(p, "expected ':' after the list");
}

/* Adds a branch to the block and enters it. */
static struct branch *add_branch(struct parser *p, struct block *block)
{
    struct branch *branch = ARENA_NEW(p->set->arena, struct branch);
    if (block->branch)
        block->branch->next = branch;
    else
        block->node->branches = branch;
    block->branch = branch;
    enter(p, &branch->body);
    return branch;
}

static void parse_condition(struct parser *p, struct branch *branch)
{
    size_t begin = p->at;
    branch->negated = str_is(span_text(take_name(p)), "not");
    if (!branch->negated)
        p->at = begin;
    if (parse_path(p, &branch->path))
        expect_colon(p, "expected ':' after the condition, a name or 'not' and a name");
}

static void open_if(struct parser *p, struct span keyword)
{
    struct block *block = open_block(p, NODE_IF, keyword);
    if (block)
        parse_condition(p, add_branch(p, block));
}

/* The keyword fits no open block; or it would leave out the end of the innermost one. */
static void report_unmatched(struct parser *p, struct span keyword, const char *opener, bool early)
{
    struct span open = { 0 };
    if (p->depth)
        open = p->blocks[p->depth - 1].span;
    if (early)
        diag_error(p->set->diag, keyword, "template-syntax",
                   "expected '%% end%.*s' before '%% %.*s'", STR_ARG(span_text(open)),
                   STR_ARG(span_text(keyword)));
    else
        diag_error(p->set->diag, keyword, "template-syntax", "'%% %.*s' without '%% %s'",
                   STR_ARG(span_text(keyword)), opener);
    if (p->depth)
        diag_note(p->set->diag, open, "'%% %.*s' is open here", STR_ARG(span_text(open)));
    template_note_includers(p->set, p->template);
}

static void next_branch(struct parser *p, struct span keyword, bool conditional)
{
    if (p->too_deep)
        return;
    struct block *block = p->depth ? &p->blocks[p->depth - 1] : NULL;
    if (!block || block->node->kind != NODE_IF) {
        report_unmatched(p, keyword, "if", false);
        return;
    }
    if (block->otherwise.source) {
        diag_error(p->set->diag, keyword, "template-syntax", "'%% %.*s' after '%% else'",
                   STR_ARG(span_text(keyword)));
        diag_note(p->set->diag, block->otherwise, "'%% else' is here");
        template_note_includers(p->set, p->template);
    }
    struct branch *branch = add_branch(p, block);
    if (conditional) {
        parse_condition(p, branch);
    } else {
        block->otherwise = keyword;
        expect_colon(p, "expected ':'");
    }
}

static void close_block(struct parser *p, struct span keyword, enum node_kind kind)
{
    expect_end(p);
    if (p->too_deep) {
        p->too_deep--;
        return;
    }
    size_t depth = p->depth;
    while (depth && p->blocks[depth - 1].node->kind != kind)
        depth--;
    if (depth != p->depth || depth == 0)
        report_unmatched(p, keyword, kind == NODE_IF ? "if" : "for", depth != 0);
    if (depth == 0)
        return;
    p->depth = depth - 1; /* what was open inside is closed with it, to go on sensibly */
    enter(p, p->blocks[p->depth].tail);
}

static void parse_control(struct parser *p)
{
    size_t percent = p->at++;
    struct span keyword = take_name(p);
    size_t key = 0;
    while (key < KEY_COUNT && !str_eq(keywords[key], span_text(keyword)))
        key++;
    switch (key) {
    case KEY_FOR: open_for(p, keyword); break;
    case KEY_IF: open_if(p, keyword); break;
    case KEY_ELIF: next_branch(p, keyword, true); break;
    case KEY_ELSE: next_branch(p, keyword, false); break;
    case KEY_ENDIF: close_block(p, keyword, NODE_IF); break;
    case KEY_ENDFOR: close_block(p, keyword, NODE_FOR); break;
    default:
        if (keyword.begin == keyword.end) {
            syntax_error(p, span_of(p, percent, percent + 1),
                         "expected a control word after '%'; a line of text begins with '%%'");
            return;
        }
        name_error(p, keyword, "control word",
                   diag_closest(span_text(keyword), keywords, KEY_COUNT));
    }
}

/* ---- Lines ---- */

static void parse_line(struct parser *p)
{
    p->at = skip_blanks(p, p->line);
    if (looking_at(p, p->at, "%%")) {
        add_text(p, p->line, p->at);
        p->at++;
        parse_text(p);
    } else if (looking_at(p, p->at, "%")) {
        parse_control(p);
    } else if (looking_at(p, p->at, "<%include")) {
        parse_include(p);
    } else if (looking_at(p, p->at, "${") && ends_line(p)) {
        parse_lone_substitution(p);
    } else if (!looking_at(p, p->at, "##")) {
        p->at = p->line;
        parse_text(p);
    }
}

void template_parse(struct template_set *set, struct template *template,
                    const struct source *source)
{
    size_t errors = diag_errors(set->diag);
    struct parser p = { .set = set, .template = template, .source = source, .text = source->text };
    enter(&p, &template->nodes);
    while (p.next_line < p.text.len) {
        p.line = p.next_line;
        const char *newline = memchr(p.text.ptr + p.line, '\n', p.text.len - p.line);
        p.end = newline ? (size_t)(newline - p.text.ptr) : p.text.len;
        p.next_line = newline ? p.end + 1 : p.end;
        if (newline && p.end > p.line && p.text.ptr[p.end - 1] == '\r')
            p.end--;
        parse_line(&p);
    }
    while (p.depth) {
        struct span open = p.blocks[--p.depth].span;
        diag_error(set->diag, open, "template-syntax", "'%% %.*s' is never closed",
                   STR_ARG(span_text(open)));
        template_note_includers(set, template);
    }
    bool broken = p.broken || diag_errors(set->diag) != errors;
    template->state = broken ? TEMPLATE_BROKEN : TEMPLATE_READY;
}
