/* SPDX-License-Identifier: MIT */
/* format_pieces.c: cuts a text without losing any of it but blanks. */
#include "format_pieces.h"

#include <string.h>

struct cutter {
    struct arena *arena;
    struct str text;
    size_t at, line;
    size_t new_lines;  /* since the last token or comment */
    size_t token_line; /* where the last token ended; of no meaning without one */
    bool has_token;
    struct piece *pieces;
    size_t count, cap;
    struct comment *comments; /* all */
    size_t comment_count, comment_cap;
    size_t given_count; /* those that belong to a piece already */
};

static char char_at(const struct cutter *c, size_t i)
{
    return i < c->text.len ? c->text.ptr[i] : '\0';
}

static bool is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

static bool is_word(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || is_digit(ch) || ch == '_';
}

static void *grow(struct arena *arena, void *items, size_t count, size_t *cap, size_t size)
{
    if (count < *cap)
        return items;
    size_t more = *cap ? 2 * *cap : 16;
    void *grown = arena_array(arena, more, size);
    if (count)
        memcpy(grown, items, count * size);
    *cap = more;
    return grown;
}

static void skip_blanks(struct cutter *c)
{
    for (; c->at < c->text.len && strchr(" \t\r\n\f\v", c->text.ptr[c->at]); c->at++)
        if (c->text.ptr[c->at] == '\n') {
            c->line++;
            c->new_lines++;
        }
}

/* ---- Comments ---- */

static size_t end_of_line(const struct cutter *c)
{
    const char *end = memchr(c->text.ptr + c->at, '\n', c->text.len - c->at);
    return end ? (size_t)(end - c->text.ptr) : c->text.len;
}

static size_t end_of_block(const struct cutter *c)
{
    size_t i = c->at + 2;
    while (i + 1 < c->text.len && !(c->text.ptr[i] == '*' && c->text.ptr[i + 1] == '/'))
        i++;
    return i + 2 < c->text.len ? i + 2 : c->text.len;
}

static struct str trim(struct str s)
{
    while (s.len && strchr(" \t\r", s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* Whether another line begins, or the text ends, before the next token or comment. */
static bool line_ends(const struct cutter *c)
{
    size_t i = c->at;
    while (i < c->text.len && strchr(" \t\r\f\v", c->text.ptr[i]))
        i++;
    return i == c->text.len || c->text.ptr[i] == '\n';
}

static void add_comment(struct cutter *c)
{
    struct comment comment = {
        .kind = char_at(c, c->at + 1) == '*'                                   ? COMMENT_BLOCK
                : char_at(c, c->at + 2) == '/' && char_at(c, c->at + 3) != '/' ? COMMENT_DOC
                                                                               : COMMENT_LINE,
        .trailing = c->has_token && c->token_line == c->line,
        .fresh = c->new_lines > 0,
        .gap = c->new_lines > 1,
    };
    size_t end = comment.kind == COMMENT_BLOCK ? end_of_block(c) : end_of_line(c);
    comment.text = trim((struct str){ c->text.ptr + c->at, end - c->at });
    for (size_t i = c->at; i < end; i++)
        if (c->text.ptr[i] == '\n') {
            c->line++;
            comment.many_lines = true;
        }
    c->at = end;
    comment.ends_line = line_ends(c);
    c->new_lines = 0;
    c->comments = grow(c->arena, c->comments, c->comment_count, &c->comment_cap, sizeof comment);
    c->comments[c->comment_count++] = comment;
}

/* ---- Tokens ---- */

/* The sign in 1e-5 is the number's. */
static size_t end_of_number(const struct cutter *c)
{
    size_t i = c->at;
    bool hex = char_at(c, i) == '0' && (char_at(c, i + 1) == 'x' || char_at(c, i + 1) == 'X');
    for (;; i++) {
        char ch = char_at(c, i);
        bool sign = (ch == '+' || ch == '-') && !hex && i > c->at &&
                    (c->text.ptr[i - 1] == 'e' || c->text.ptr[i - 1] == 'E') &&
                    is_digit(char_at(c, i + 1));
        if (!is_word(ch) && ch != '.' && !sign)
            return i;
    }
}

static size_t end_of_string(const struct cutter *c)
{
    size_t i = c->at + 1;
    while (i < c->text.len && c->text.ptr[i] != '"')
        i += c->text.ptr[i] == '\\' ? 2 : 1;
    return i < c->text.len ? i + 1 : c->text.len;
}

static size_t end_of_token(const struct cutter *c, char *mark)
{
    char ch = c->text.ptr[c->at];
    *mark = 0;
    if (is_digit(ch))
        return end_of_number(c);
    if (ch == '"')
        return end_of_string(c);
    if (is_word(ch)) {
        size_t i = c->at;
        while (is_word(char_at(c, i)))
            i++;
        return i;
    }
    *mark = ch == '{' ? '<' : ch == '}' ? '>' : ch;
    if (ch == '-' && char_at(c, c->at + 1) == '>') {
        *mark = 'a';
        return c->at + 2;
    }
    return c->at + 1;
}

static void add_piece(struct cutter *c, bool end)
{
    struct piece piece = {
        .end = end,
        .line = c->line,
        .same_line = c->has_token && c->token_line == c->line,
        .gap = c->new_lines > 1,
        .comment_count = c->comment_count - c->given_count,
    };
    if (!end) {
        size_t begin = c->at;
        c->at = end_of_token(c, &piece.mark);
        piece.text = (struct str){ c->text.ptr + begin, c->at - begin };
        if (piece.mark == '<')
            piece.text = STR("<");
        else if (piece.mark == '>')
            piece.text = STR(">");
    }
    c->pieces = grow(c->arena, c->pieces, c->count, &c->cap, sizeof piece);
    c->pieces[c->count++] = piece;
    c->given_count = c->comment_count;
    c->new_lines = 0;
    c->token_line = c->line;
    c->has_token = true;
}

/* ---- Brackets ---- */

/* Behind a name behind a keyword, where no type can stand. */
static bool opens_block(struct pieces pieces, size_t i)
{
    static const char *const keywords[] = { "enum", "struct", "service", "oneof" };
    for (size_t k = 0; i >= 2 && k < sizeof keywords / sizeof *keywords; k++)
        if (str_is(pieces.items[i - 2].text, keywords[k]) && pieces.items[i - 1].mark == 0)
            return true;
    return false;
}

/* They match: the text was parsed. */
static void match_brackets(struct arena *arena, struct pieces pieces)
{
    size_t *open = arena_array(arena, pieces.count, sizeof *open), depth = 0;
    for (size_t i = 0; i < pieces.count; i++) {
        struct piece *piece = &pieces.items[i];
        if (piece->mark == '<') {
            open[depth++] = i;
            piece->block = opens_block(pieces, i);
        } else if (piece->mark == '>' && depth > 0) {
            pieces.items[open[--depth]].close = i;
            piece->block = pieces.items[open[depth]].block;
        }
    }
}

/* ---- ';' that end nothing ---- */

/* before: the piece before it that stays; NULL at the start. */
static bool is_idle(const struct piece *before, const struct piece *piece)
{
    bool ends_nothing = !before || before->mark == ';' || before->block;
    return piece->mark == ';' && ends_nothing && !piece->doc && !piece[1].misplaced_doc;
}

/* Gives what stands before a piece that is left out to the next one. */
static void merge(const struct piece *piece, struct piece *next)
{
    size_t count = piece->comment_count;
    bool ends_line = next->comment_count ? next->comments[0].fresh : next->end || !next->same_line;
    bool fresh = count ? piece->comments[count - 1].ends_line : !piece->same_line;
    if (count)
        piece->comments[count - 1].ends_line |= ends_line;
    if (next->comment_count) {
        next->comments[0].fresh |= fresh;
        next->comments[0].gap |= piece->gap;
    } else {
        next->gap |= piece->gap;
    }
    next->same_line &= piece->same_line;
    next->doc |= piece->doc;
    next->misplaced_doc |= piece->misplaced_doc;
    next->comments = piece->comments; /* the next one's stand behind them */
    next->comment_count += count;
}

static void drop_idle(struct pieces *pieces)
{
    size_t kept = 0;
    for (size_t i = 0; i < pieces->count; i++) {
        struct piece *piece = &pieces->items[i];
        if (is_idle(kept ? &pieces->items[kept - 1] : NULL, piece))
            merge(piece, piece + 1);
        else
            pieces->items[kept++] = *piece;
    }
    pieces->count = kept;
}

/* To the pieces that they stand before. */
static void give_comments(struct pieces pieces, struct comment *comments)
{
    for (size_t i = 0; i < pieces.count; i++) {
        struct piece *piece = &pieces.items[i];
        piece->comments = comments;
        for (size_t k = 0; k < piece->comment_count; k++, comments++) {
            bool is_doc = comments->kind == COMMENT_DOC;
            piece->doc |= is_doc && !comments->trailing;
            piece->misplaced_doc |= is_doc && comments->trailing;
        }
    }
}

struct pieces format_pieces(struct arena *arena, struct str text)
{
    struct cutter c = { .arena = arena, .text = text };
    for (;;) {
        skip_blanks(&c);
        if (c.at == text.len)
            break;
        if (text.ptr[c.at] == '/')
            add_comment(&c);
        else
            add_piece(&c, false);
    }
    add_piece(&c, true);
    struct pieces pieces = { c.pieces, c.count };
    give_comments(pieces, c.comments);
    match_brackets(arena, pieces);
    drop_idle(&pieces);
    match_brackets(arena, pieces);
    return pieces;
}
