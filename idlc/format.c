/* SPDX-License-Identifier: MIT */
/* format.c: the layout: which pieces share a line, and where it is broken. */
#include "format.h"

#include <string.h>

#include "format_lines.h"
#include "parser.h"

/* ---- Within an item ---- */

static bool is_number(const struct piece *piece)
{
    return piece->text.len && piece->text.ptr[0] >= '0' && piece->text.ptr[0] <= '9';
}

static bool wants_space(const struct piece *before, const struct piece *piece)
{
    char b = piece->mark, a = before->mark;
    if (piece->comment_count)
        return b != ';' && b != ',' && b != ')';
    if (a == '(' || a == '.' || a == '@' || a == '<' || a == '-')
        return false;
    if (b == '-')
        return !is_number(before);
    return b == 0 || !strchr(";,).>(<", b);
}

/* A place where a long item may go on in another line: behind a ',' that is not within a type. */
struct depth {
    size_t parens, angles;
    bool reserved; /* a list without brackets */
};

static bool may_break(const struct depth *depth, const struct piece *before,
                      const struct piece *piece)
{
    if (piece->mark == 'a')
        return true;
    return before->mark == ',' && depth->angles == 0 && (depth->parens == 1 || depth->reserved);
}

static void count_depth(struct depth *depth, const struct piece *piece)
{
    switch (piece->mark) {
    case '(': depth->parens++; break;
    case ')': depth->parens--; break;
    case '<': depth->angles++; break;
    case '>': depth->angles--; break;
    default: break;
    }
}

/* Adds what of a piece's comments stands on its line; false when the line ends there. */
static bool add_comment_width(const struct piece *piece, size_t *width)
{
    for (size_t i = 0; i < piece->comment_count; i++) {
        const struct comment *comment = &piece->comments[i];
        if (comment->kind != COMMENT_BLOCK)
            return false;
        *width += 1 + line_width(line_first(comment->text));
        if (comment->many_lines)
            return false;
    }
    return true;
}

/* Of what must stay on the line with the piece at index, which is before end. */
static size_t chunk_width(const struct layout *l, size_t index, size_t end, struct depth depth)
{
    size_t width = 0;
    for (size_t i = index; i < end; i++) {
        const struct piece *piece = &l->pieces[i];
        if (i > index && may_break(&depth, &l->pieces[i - 1], piece))
            return width;
        if (piece->mark == ',' && line_comments_may_wait(piece)) {
            width++;
            if (may_break(&depth, piece, piece + 1))
                return width;
        }
        if (i > index && !add_comment_width(piece, &width))
            return width;
        width += line_width(piece->text) + (i > index && wants_space(&l->pieces[i - 1], piece));
        count_depth(&depth, piece);
    }
    return width + 1; /* ';' */
}

/* A piece that is not an item's first. */
static void add_piece(struct layout *l, size_t index, size_t end, struct depth *depth)
{
    const struct piece *before = &l->pieces[index - 1], *piece = &l->pieces[index];
    bool wait = piece->mark == ',' && line_comments_may_wait(piece);
    if (wait)
        line_token(l, piece->text);
    line_comments(l, piece);
    if (!wait) {
        bool space = wants_space(before, piece);
        bool breaks = !l->flat && may_break(depth, before, piece) &&
                      l->column + space + chunk_width(l, index, end, *depth) > COLUMNS;
        if (l->must_end || breaks)
            line_begin(l, false, l->indent + CONTINUATION);
        else if (space)
            line_add(l, STR(" "));
        line_token(l, piece->text);
    }
    count_depth(depth, piece);
}

/* ---- Items ---- */

enum context { IN_FILE, IN_STRUCT, IN_OTHER };

/* Behind the annotation that begins at index. */
static size_t skip_annotation(const struct layout *l, size_t index)
{
    index += 2;
    if (l->pieces[index].mark == '(')
        while (l->pieces[index++].mark != ')')
            ;
    return index;
}

/* Where an item begins that may have annotations before it. */
static size_t skip_annotations(const struct layout *l, size_t index)
{
    while (l->pieces[index].mark == '@')
        index = skip_annotation(l, index);
    return index;
}

static bool is_text(const struct piece *piece, const char *text)
{
    return str_is(piece->text, text);
}

/* The bracket that opens the block of the item that begins at index; 0: it has none. A type
 * without a dot is no keyword, so that the first word tells. */
static size_t find_open(const struct layout *l, size_t index, enum context context)
{
    const struct piece *first = &l->pieces[index];
    bool has_block =
        context == IN_FILE
            ? is_text(first, "enum") || is_text(first, "struct") || is_text(first, "service")
            : context == IN_STRUCT && is_text(first, "oneof") && first[1].mark == 0;
    return has_block ? index + 2 : 0;
}

/* Where an item without a block ends: at its ';' or at what closes the block around it. */
static size_t find_end(const struct layout *l, size_t index)
{
    size_t angles = 0;
    for (;; index++) {
        char mark = l->pieces[index].mark;
        if (l->pieces[index].end || mark == ';' || (mark == '>' && angles == 0))
            return index;
        angles += mark == '<';
        angles -= mark == '>';
    }
}

static void add_items(struct layout *l, enum context context);

/* Nothing in it, and no comment. */
static bool is_empty(const struct layout *l, size_t open)
{
    const struct piece *piece = &l->pieces[open];
    return piece->close == open + 1 && piece->comment_count == 0 && piece[1].comment_count == 0;
}

static void add_flat_block(struct layout *l, enum context context)
{
    bool flat = l->flat;
    l->flat = true;
    line_comments(l, &l->pieces[l->at++]);
    line_token(l, STR(" <"));
    add_items(l, context);
    line_comments(l, &l->pieces[l->at++]);
    line_token(l, STR(" >"));
    l->flat = flat;
}

/* Whether the block that opens at index, which was written on one line, fits on one from column
 * on. */
static bool fits(const struct layout *l, size_t open, size_t column, enum context context)
{
    const struct piece *piece = &l->pieces[open];
    if (is_empty(l, open))
        return true;
    if (piece->line != l->pieces[piece->close].line || piece->comment_count)
        return false;
    struct text text = { 0 };
    struct layout trial = *l;
    trial.at = open;
    trial.out = &text;
    trial.column = column;
    add_flat_block(&trial, context);
    text_free(&text);
    return trial.column <= COLUMNS;
}

static void add_block(struct layout *l, enum context context)
{
    const struct piece *open = &l->pieces[l->at];
    if (l->flat || fits(l, l->at, l->column, context)) {
        add_flat_block(l, context);
        return;
    }
    line_comments(l, open);
    if (l->must_end)
        line_begin(l, false, l->indent + CONTINUATION);
    else
        line_add(l, STR(" "));
    line_token(l, open->text);
    l->at++;
    l->indent += INDENT;
    l->no_gap = true;
    add_items(l, context);
    l->no_gap = false;
    const struct piece *close = &l->pieces[l->at++];
    /* Comments stand deeper than the bracket behind them. */
    struct piece only_comments = *close;
    only_comments.end = true;
    line_comments_begin(l, &only_comments, false);
    l->indent -= INDENT;
    line_begin(l, false, l->indent);
    line_token(l, close->text);
}

/* What stands before the item's own first word, each on a line of its own or as it was. */
static void add_annotations(struct layout *l, enum context context)
{
    while (l->pieces[l->at].mark == '@') {
        size_t end = skip_annotation(l, l->at);
        struct depth depth = { 0 };
        line_token(l, l->pieces[l->at++].text);
        while (l->at < end) {
            add_piece(l, l->at, end, &depth);
            l->at++;
        }
        const struct piece *next = &l->pieces[l->at];
        if (!l->flat && (!next->same_line || context == IN_FILE)) {
            line_comments_begin(l, next, false);
        } else {
            line_comments(l, next);
            line_add(l, STR(" "));
        }
    }
}

/* The pieces up to end, behind the first, which is there. */
static void add_rest(struct layout *l, size_t end)
{
    struct depth depth = { .reserved = is_text(&l->pieces[l->at], "reserved") };
    line_token(l, l->pieces[l->at++].text);
    for (; l->at < end; l->at++)
        add_piece(l, l->at, end, &depth);
}

/* The ';' that ends an item, or is made up where it was left out. */
static void add_end(struct layout *l)
{
    const struct piece *end = &l->pieces[l->at];
    if (end->mark != ';') {
        line_token(l, STR(";"));
        return;
    }
    bool wait = line_comments_may_wait(end);
    if (wait)
        line_token(l, STR(";"));
    line_comments(l, end);
    if (l->must_end && !wait)
        line_begin(l, false, l->indent + CONTINUATION);
    if (!wait)
        line_token(l, STR(";"));
    l->at++;
}

/* In a flat block ';' stands between items. */
static void add_flat_end(struct layout *l)
{
    if (l->pieces[l->at].mark == ';')
        line_comments(l, &l->pieces[l->at++]);
    if (l->pieces[l->at].mark != '>')
        line_token(l, STR(";"));
}

/* What stands in the block of the item that begins at index. */
static enum context inside(const struct layout *l, size_t index, enum context context)
{
    return context == IN_FILE && is_text(&l->pieces[index], "struct") ? IN_STRUCT : IN_OTHER;
}

/* True for an item that takes several lines. */
static bool is_tall(const struct layout *l, enum context context)
{
    size_t first = skip_annotations(l, l->at), open = find_open(l, first, context);
    if (!open)
        return false;
    size_t header = line_width(l->pieces[first].text) + 1 + line_width(l->pieces[first + 1].text);
    return !fits(l, open, header, inside(l, first, context));
}

static void add_item(struct layout *l, enum context context)
{
    const struct piece *first = &l->pieces[l->at];
    if (l->flat) {
        line_comments(l, first);
        line_add(l, STR(" "));
    } else {
        line_comments_begin(l, first, true);
    }
    add_annotations(l, context);
    size_t open = find_open(l, l->at, context);
    if (open) {
        enum context within = inside(l, l->at, context);
        add_rest(l, open);
        add_block(l, within);
        return;
    }
    add_rest(l, find_end(l, l->at));
    if (l->flat)
        add_flat_end(l);
    else
        add_end(l);
}

static void add_items(struct layout *l, enum context context)
{
    bool tall = false;
    while (!l->pieces[l->at].end && l->pieces[l->at].mark != '>') {
        if (l->pieces[l->at].mark == ';') {
            line_comments_begin(l, &l->pieces[l->at], true);
            line_token(l, l->pieces[l->at++].text);
            continue;
        }
        bool next = context == IN_FILE && is_tall(l, context);
        l->want_gap |= tall || next;
        tall = next;
        add_item(l, context);
    }
}

bool format_source(struct arena *arena, struct diag *diag, const struct source *source,
                   struct text *out)
{
    size_t errors = diag_errors(diag);
    parse_source(arena, diag, source);
    if (diag_errors(diag) != errors)
        return false;
    struct pieces pieces = format_pieces(arena, source->text);
    struct text text = { 0 };
    struct layout l = { .pieces = pieces.items, .out = &text };
    add_items(&l, IN_FILE);
    line_comments_begin(&l, &pieces.items[pieces.count - 1], false);
    if (text.len)
        text_addc(&text, '\n');
    text_add(out, text_str(&text));
    text_free(&text);
    return true;
}
