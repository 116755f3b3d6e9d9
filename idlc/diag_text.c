/* SPDX-License-Identifier: MIT */
/* diag_text.c: a diagnostic as compilers print it, with its source line and a caret line. */
#include <stdint.h>

#include "diag_entry.h"
#include "utf8.h"

/* Longer source lines are cut to a window around the place. */
enum { LINE_MAX_SHOWN = 240, LINE_BEFORE = 60 };

#define BOLD    "\033[1m"
#define RED     "\033[1;31m"
#define MAGENTA "\033[1;35m"
#define CYAN    "\033[1;36m"
#define GREEN   "\033[1;32m"
#define PLAIN   "\033[0m"

/* Columns that a terminal gives to a character. */
static size_t width_of(uint32_t c)
{
    static const struct {
        uint32_t first, last;
        size_t width;
    } ranges[] = {
        { 0x0300, 0x036F, 0 },   { 0x200B, 0x200D, 0 },   { 0xFE00, 0xFE0F, 0 },
        { 0x1100, 0x115F, 2 },   { 0x2E80, 0xA4CF, 2 },   { 0xAC00, 0xD7A3, 2 },
        { 0xF900, 0xFAFF, 2 },   { 0xFE30, 0xFE6F, 2 },   { 0xFF00, 0xFF60, 2 },
        { 0xFFE0, 0xFFE6, 2 },   { 0x1F300, 0x1F64F, 2 }, { 0x1F680, 0x1F6FF, 2 },
        { 0x1F900, 0x1F9FF, 2 }, { 0x20000, 0x3FFFD, 2 },
    };
    if (c < ranges[0].first) /* most of what there is */
        return 1;
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (c >= ranges[i].first && c <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

/* Controls, and the characters that change the direction of what follows them. */
static bool is_hidden(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C ||
           c == 0x2028 || c == 0x2029 || c == 0xFEFF;
}

/* Adds the first character of s as it may be shown; its length in s, and its width. */
static size_t add_char(struct text *out, struct str s, size_t *width)
{
    uint32_t c;
    size_t len = utf8_next(s, &c);
    size_t before = out->len;
    if (len == 0) {
        text_addf(out, "<%02X>", (unsigned char)s.ptr[0]);
        len = 1;
    } else if (is_hidden(c)) {
        text_addf(out, "<U+%04X>", (unsigned)c);
    } else {
        text_add(out, (struct str){ s.ptr, len });
        *width = width_of(c);
        return len;
    }
    *width = out->len - before;
    return len;
}

static void add_visible(struct text *out, struct str s)
{
    size_t width;
    while (s.len) {
        size_t len = add_char(out, s, &width);
        s = (struct str){ s.ptr + len, s.len - len };
    }
}

static bool is_continuation(struct str s, size_t i)
{
    return i < s.len && ((unsigned char)s.ptr[i] & 0xC0) == 0x80;
}

/* What of a long line is shown; [*begin, *end) is narrowed to it. */
static struct str window(struct str line, size_t *begin, size_t *end, bool *cut_before,
                         bool *cut_after)
{
    size_t from = 0, to = line.len;
    if (line.len > LINE_MAX_SHOWN) {
        from = *begin > LINE_BEFORE ? *begin - LINE_BEFORE : 0;
        for (int i = 0; i < 3 && is_continuation(line, from); i++)
            from++;
        to = line.len - from > LINE_MAX_SHOWN ? from + LINE_MAX_SHOWN : line.len;
        for (int i = 0; i < 3 && is_continuation(line, to); i++)
            to--;
    }
    *cut_before = from > 0;
    *cut_after = to < line.len;
    *begin -= from;
    *end = (*end > to ? to : *end) - from;
    return (struct str){ line.ptr + from, to - from };
}

/* The source line into out and the line of carets under it into carets. [begin, end) are bytes
 * of the line; an empty range, or one at the end of the line, gets one caret. */
static void add_line(struct text *out, struct text *carets, struct str line, size_t begin,
                     size_t end)
{
    bool cut_before, cut_after;
    line = window(line, &begin, &end, &cut_before, &cut_after);
    if (cut_before) {
        text_add(out, STR("..."));
        text_add(carets, STR("   "));
    }
    size_t i = 0;
    bool begun = false;
    while (i < line.len) {
        struct str rest = { line.ptr + i, line.len - i };
        bool inside = i >= begin && (i < end || !begun);
        size_t width = 1, len = 1;
        if (*rest.ptr == '\t')
            text_addc(out, '\t');
        else
            len = add_char(out, rest, &width);
        if (*rest.ptr == '\t' && !inside && i < begin) {
            text_addc(carets, '\t');
        } else if (inside || i < begin) {
            for (size_t w = 0; w < width; w++)
                text_addc(carets, !inside ? ' ' : !begun && w == 0 ? '^' : '~');
        }
        begun |= inside;
        i += len;
    }
    if (!begun)
        text_addc(carets, '^');
    if (cut_after)
        text_add(out, STR("..."));
}

static void add_excerpt(struct text *out, struct span span, size_t line_number, bool color)
{
    size_t first = span.source->lines[line_number - 1];
    struct str line = source_line(span.source, line_number);
    size_t begin = span.begin - first;
    if (begin > line.len)
        begin = line.len;
    size_t end = span.end > span.begin ? span.end - first : begin;
    if (end > line.len)
        end = line.len;

    struct text carets = { 0 };
    text_addf(out, "%5zu | ", line_number);
    add_line(out, &carets, line, begin, end);
    text_addf(out, "\n      | %s", color ? GREEN : "");
    text_add(out, text_str(&carets));
    text_addf(out, "%s\n", color ? PLAIN : "");
    text_free(&carets);
}

static void add_place(struct text *out, struct span span)
{
    if (!span.source) {
        text_add(out, STR("idlc: "));
        return;
    }
    struct position place = source_position(span.source, span.begin);
    add_visible(out, span.source->name);
    text_addf(out, ":%zu:%zu: ", place.line, place.column);
}

void diag_text_entry(struct text *out, const struct entry *entry, bool color)
{
    static const char *const names[] = { "error: ", "warning: ", "note: " };
    static const char *const colors[] = { RED, MAGENTA, CYAN };
    if (color)
        text_add(out, STR(BOLD));
    add_place(out, entry->span);
    if (color)
        text_addf(out, PLAIN "%s", colors[entry->severity]);
    bool is_remark = entry->severity == SEVERITY_NOTE && entry->id;
    text_add(out, is_remark ? STR("remark: ") : str_from(names[entry->severity]));
    if (color)
        text_addf(out, PLAIN "%s", entry->severity == SEVERITY_NOTE ? "" : BOLD);
    add_visible(out, entry->message);
    if (entry->severity == SEVERITY_WARNING)
        text_addf(out, " [-W%s]", entry->id);
    else if (entry->promoted)
        text_addf(out, " [-Werror=%s]", entry->id);
    else if (entry->show_id && entry->id)
        text_addf(out, " [%s]", entry->id);
    if (color)
        text_add(out, STR(PLAIN));
    text_addc(out, '\n');
    if (entry->span.source && entry->span.source->text.len)
        add_excerpt(out, entry->span, source_position(entry->span.source, entry->span.begin).line,
                    color);
}
