/* SPDX-License-Identifier: MIT */
/* format_lines.c: lines, and the comments on them. */
#include "format_lines.h"

#include <string.h>

/* ---- Lines ---- */

size_t line_width(struct str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.len; i++)
        width += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return width;
}

void line_add(struct layout *l, struct str s)
{
    text_add(l->out, s);
    l->column += line_width(s);
}

void line_token(struct layout *l, struct str s)
{
    line_add(l, s);
    l->has_token = true;
}

void line_begin(struct layout *l, bool gap, size_t indent)
{
    if (l->out->len > 0) {
        text_addc(l->out, '\n');
        if ((gap || l->want_gap) && !l->no_gap)
            text_addc(l->out, '\n');
    }
    l->no_gap = l->want_gap = l->must_end = l->has_token = false;
    l->column = 0;
    for (size_t i = 0; i < indent; i++)
        line_add(l, STR(" "));
}

/* ---- Comments ---- */

static struct str trim_end(struct str line)
{
    while (line.len && strchr(" \t\r", line.ptr[line.len - 1]))
        line.len--;
    return line;
}

struct str line_first(struct str text)
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
        line_add(l, trim_end(line));
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
            line_add(l, STR(" "));
        text = (struct str){ text.ptr + blanks, text.len - blanks };
    }
}

static void add_comment(struct layout *l, const struct comment *comment)
{
    add_lines(l, comment->text, l->column);
    l->must_end |= comment->kind != COMMENT_BLOCK;
}

void line_comments_begin(struct layout *l, const struct piece *piece, bool gap)
{
    bool leads = piece->same_line && !piece->end && piece->mark != '>';
    bool begun = false;
    for (size_t i = 0; i < piece->comment_count; i++) {
        const struct comment *comment = &piece->comments[i];
        if (comment->trailing && !leads && !begun && !l->must_end && l->has_token) {
            line_add(l, STR(" "));
            add_comment(l, comment);
            continue;
        }
        if (begun)
            line_add(l, STR(" "));
        else
            line_begin(l, comment->gap, l->indent);
        add_comment(l, comment);
        begun = !comment->ends_line && !comment->many_lines && piece->mark != '>' && !piece->end;
    }
    if (begun)
        line_add(l, STR(" "));
    else if (!piece->end)
        line_begin(l, gap && piece->gap && piece->mark != '>', l->indent);
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

void line_comments(struct layout *l, const struct piece *piece)
{
    for (size_t i = 0; i < piece->comment_count; i++) {
        const struct comment *comment = &piece->comments[i];
        if (begins_line(comment) || l->must_end)
            line_begin(l, false, l->indent + CONTINUATION);
        else if (piece[-1].mark != '(' || comment->kind != COMMENT_BLOCK)
            line_add(l, STR(" "));
        add_comment(l, comment);
    }
}

bool line_comments_may_wait(const struct piece *piece)
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
    return !piece[1].misplaced_doc;
}
