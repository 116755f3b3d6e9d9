/* SPDX-License-Identifier: MIT */
/* format.c: the layout: which pieces share a line, and where it is broken.
 *
 * Lines end lazily: what comes next says whether a line or an empty line goes before it, so that a
 * comment can still join the line of what it stands behind. */
#include "format.h"

#include <string.h>

#include "format_pieces.h"
#include "parser.h"

enum { INDENT = 2, CONTINUATION = 4, COLUMNS = 100 };

struct layout {
    const struct piece *pieces;
    size_t at; /* the next piece */
    struct text *out;
    size_t column;  /* characters on the line so far */
    size_t indent;  /* of the block that is open */
    bool flat;      /* everything on one line: a block that fits */
    bool has_token; /* on the line */
    bool must_end;  /* the line: it has a comment that does */
    bool no_gap;    /* a block was just opened: no empty line */
    bool want_gap;  /* before what comes next */
};

/* ---- Lines ---- */

static size_t width_of(struct str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; i++)
        width += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return width;
}

static void add(struct layout *l, struct str s)
{
    text_add(l->out, s);
    l->column += width_of(s);
}

static void add_token(struct layout *l, struct str s)
{
    add(l, s);
    l->has_token = true;
}

/* A line at an indentation; nothing before the first of the file. */
static void begin_line(struct layout *l, bool gap, size_t indent)
{
    if (l->out->len > 0) {
        text_addc(l->out, '\n');
        if ((gap || l->want_gap) && !l->no_gap)
            text_addc(l->out, '\n');
    }
    l->no_gap = l->want_gap = l->must_end = l->has_token = false;
    l->column = 0;
    for (size_t i = 0; i < indent; i++)
        add(l, STR(" "));
}

/* ---- Comments ---- */

static struct str trim_end(struct str line)
{
    while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
        line.len--;
    return line;
}

static struct str first_line(struct str text)
{
    const char *end = text.len ? memchr(text.ptr, '\n', text.len) : NULL;
    return trim_end((struct str){ text.ptr, end ? (size_t)(end - text.ptr) : text.len });
}

/* Lines that begin with a star are put under the first one; others stay as they are. */
static void add_lines(struct layout *l, struct str text, size_t indent)
{
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        struct str line = { text.ptr, end ? (size_t)(end - text.ptr) : text.len };
        text = (struct str){ line.ptr + line.len + (end != NULL),
                             text.len - line.len - (end != NULL) };
        add(l, trim_end(line));
        if (!end)
            return;
        text_addc(l->out, '\n');
        l->has_token = false;
        l->column = 0;
        size_t blanks = 0;
        while (blanks < text.len && (text.ptr[blanks] == ' ' || text.ptr[blanks] == '\t'))
            blanks++;
        if (blanks == text.len || text.ptr[blanks] != '*')
            continue;
        for (size_t i = 0; i < indent + 1; i++)
            add(l, STR(" "));
        text = (struct str){ text.ptr + blanks, text.len - blanks };
    }
}

static void add_comment(struct layout *l, const struct comment *comment)
{
    add_lines(l, comment->text, l->column);
    l->must_end |= comment->kind != COMMENT_BLOCK;
}

/* Comments before something that begins a line, and the begin of that line. Those that stand on
 * the line before stay there, unless what comes stood on that line as well. */
static void begin_with_comments(struct layout *l, const struct piece *piece, bool gap)
{
    bool leads = piece->same_line && !piece->end && piece->mark != '>';
    bool begun = false;
    for (size_t i = 0; i < piece->comment_count; i++) {
        const struct comment *comment = &piece->comments[i];
        if (comment->trailing && !leads && !begun && !l->must_end && l->has_token) {
            add(l, STR(" "));
            add_comment(l, comment);
            continue;
        }
        if (begun)
            add(l, STR(" "));
        else
            begin_line(l, comment->gap, l->indent);
        add_comment(l, comment);
        begun = !comment->ends_line && !comment->many_lines && piece->mark != '>' && !piece->end;
    }
    if (begun)
        add(l, STR(" "));
    else if (!piece->end)
        begin_line(l, gap && piece->gap && piece->mark != '>', l->indent);
}

/* In the middle of an item: whether it begins a line, as documentation must to be that. */
static bool begins_line(const struct comment *comment)
{
    switch (comment->kind) {
    case COMMENT_LINE: return comment->fresh;
    case COMMENT_DOC: return !comment->trailing;
    case COMMENT_BLOCK: break;
    }
    return false;
}

/* Comments before a piece in the middle of an item. */
static void add_comments(struct layout *l, const struct piece *piece)
{
    for (size_t i = 0; i < piece->comment_count; i++) {
        const struct comment *comment = &piece->comments[i];
        if (begins_line(comment) || l->must_end)
            begin_line(l, false, l->indent + CONTINUATION);
        else if (piece[-1].mark != '(' || comment->kind != COMMENT_BLOCK)
            add(l, STR(" "));
        add_comment(l, comment);
    }
}

/* Whether the piece can go before its comments, to the end of the line that they are on. Behind it
 * may be documentation in the wrong place, which must not get to the right one by that. */
static bool comments_may_wait(const struct piece *piece)
{
    size_t count = piece->comment_count;
    if (count == 0 || piece->comments[count - 1].kind == COMMENT_BLOCK)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct comment *comment = &piece->comments[i];
        bool is_last = i + 1 == count;
        if (begins_line(comment) || comment->many_lines ||
            (!is_last && comment->kind != COMMENT_BLOCK))
            return false;
    }
    return !piece_has_doc(piece + 1, true);
}

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
        *width += 1 + width_of(first_line(comment->text));
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
        if (piece->mark == ',' && comments_may_wait(piece)) {
            width++;
            if (may_break(&depth, piece, piece + 1))
                return width;
        }
        if (i > index && !add_comment_width(piece, &width))
            return width;
        width += width_of(piece->text) + (i > index && wants_space(&l->pieces[i - 1], piece));
        count_depth(&depth, piece);
    }
    return width + 1; /* ';' */
}

/* A piece that is not an item's first. */
static void add_piece(struct layout *l, size_t index, size_t end, struct depth *depth)
{
    const struct piece *before = &l->pieces[index - 1], *piece = &l->pieces[index];
    bool wait = piece->mark == ',' && comments_may_wait(piece);
    if (wait)
        add_token(l, piece->text);
    add_comments(l, piece);
    if (!wait) {
        bool space = wants_space(before, piece);
        bool breaks = !l->flat && may_break(depth, before, piece) &&
                      l->column + space + chunk_width(l, index, end, *depth) > COLUMNS;
        if (l->must_end || breaks)
            begin_line(l, false, l->indent + CONTINUATION);
        else if (space)
            add(l, STR(" "));
        add_token(l, piece->text);
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
    add_comments(l, &l->pieces[l->at++]);
    add_token(l, STR(" <"));
    add_items(l, context);
    add_comments(l, &l->pieces[l->at++]);
    add_token(l, STR(" >"));
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
    add_comments(l, open);
    if (l->must_end)
        begin_line(l, false, l->indent + CONTINUATION);
    else
        add(l, STR(" "));
    add_token(l, open->text);
    l->at++;
    l->indent += INDENT;
    l->no_gap = true;
    add_items(l, context);
    l->no_gap = false;
    const struct piece *close = &l->pieces[l->at++];
    /* Comments stand deeper than the bracket behind them. */
    struct piece only_comments = *close;
    only_comments.end = true;
    begin_with_comments(l, &only_comments, false);
    l->indent -= INDENT;
    begin_line(l, false, l->indent);
    add_token(l, close->text);
}

/* What stands before the item's own first word, each on a line of its own or as it was. */
static void add_annotations(struct layout *l, enum context context)
{
    while (l->pieces[l->at].mark == '@') {
        size_t end = skip_annotation(l, l->at);
        struct depth depth = { 0 };
        add_token(l, l->pieces[l->at++].text);
        while (l->at < end) {
            add_piece(l, l->at, end, &depth);
            l->at++;
        }
        const struct piece *next = &l->pieces[l->at];
        if (!l->flat && (!next->same_line || context == IN_FILE)) {
            begin_with_comments(l, next, false);
        } else {
            add_comments(l, next);
            add(l, STR(" "));
        }
    }
}

/* The pieces up to end, behind the first, which is there. */
static void add_rest(struct layout *l, size_t end)
{
    struct depth depth = { .reserved = is_text(&l->pieces[l->at], "reserved") };
    add_token(l, l->pieces[l->at++].text);
    for (; l->at < end; l->at++)
        add_piece(l, l->at, end, &depth);
}

/* The ';' that ends an item, or is made up where it was left out. */
static void add_end(struct layout *l)
{
    const struct piece *end = &l->pieces[l->at];
    if (end->mark != ';') {
        add_token(l, STR(";"));
        return;
    }
    bool wait = comments_may_wait(end);
    if (wait)
        add_token(l, STR(";"));
    add_comments(l, end);
    if (l->must_end && !wait)
        begin_line(l, false, l->indent + CONTINUATION);
    if (!wait)
        add_token(l, STR(";"));
    l->at++;
}

/* In a flat block ';' stands between items. */
static void add_flat_end(struct layout *l)
{
    if (l->pieces[l->at].mark == ';')
        add_comments(l, &l->pieces[l->at++]);
    if (l->pieces[l->at].mark != '>')
        add_token(l, STR(";"));
}

/* True for an item that takes several lines. */
static bool is_tall(const struct layout *l, enum context context)
{
    size_t first = skip_annotations(l, l->at), open = find_open(l, first, context);
    if (!open)
        return false;
    size_t header = width_of(l->pieces[first].text) + 1 + width_of(l->pieces[first + 1].text);
    return !fits(l, open, header, IN_OTHER);
}

static void add_item(struct layout *l, enum context context)
{
    const struct piece *first = &l->pieces[l->at];
    if (l->flat) {
        add_comments(l, first);
        add(l, STR(" "));
    } else {
        begin_with_comments(l, first, true);
    }
    add_annotations(l, context);
    size_t open = find_open(l, l->at, context);
    if (open) {
        bool is_struct = context == IN_FILE && is_text(&l->pieces[l->at], "struct");
        add_rest(l, open);
        add_block(l, is_struct ? IN_STRUCT : IN_OTHER);
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
            begin_with_comments(l, &l->pieces[l->at], true);
            add_token(l, l->pieces[l->at++].text);
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
    begin_with_comments(&l, &pieces.items[pieces.count - 1], false);
    if (text.len)
        text_addc(&text, '\n');
    text_add(out, text_str(&text));
    text_free(&text);
    return true;
}
