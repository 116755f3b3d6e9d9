/* SPDX-License-Identifier: MIT */
/* escape.c: text made harmless for the place where it will stand. */
#include "escape.h"

#include <stdint.h>
#include <string.h>

void escape_upper(struct text *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        text_addc(out, c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
    }
}

void escape_lower(struct text *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        text_addc(out, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
}

void escape_cstring(struct text *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '"' || c == '\\' || c == '?')
            text_addf(out, "\\%c", c);
        else if (c == '\n')
            text_add(out, STR("\\n"));
        else if (c < 0x20 || c > 0x7e)
            text_addf(out, "\\%03o", c);
        else
            text_addc(out, (char)c);
    }
}

/* The code point of a bidirectional control at the start of s, or 0. All of them are two or three
 * bytes long in UTF-8. */
static uint32_t bidi_control(struct str s, size_t *size)
{
    const unsigned char *p = (const unsigned char *)s.ptr;
    if (s.len >= 2 && p[0] == 0xd8 && p[1] == 0x9c) {
        *size = 2;
        return 0x61c;
    }
    if (s.len < 3 || p[0] != 0xe2 || (p[1] != 0x80 && p[1] != 0x81))
        return 0;
    *size = 3;
    uint32_t code = 0x2000u | (uint32_t)(p[1] & 0x3f) << 6 | (uint32_t)(p[2] & 0x3f);
    bool mark = code == 0x200e || code == 0x200f;
    bool embedding = code >= 0x202a && code <= 0x202e;
    bool isolate = code >= 0x2066 && code <= 0x2069;
    return mark || embedding || isolate ? code : 0;
}

/* Nothing but blanks up to the end of the line: gcc splices lines even then. */
static bool ends_line(struct str rest)
{
    size_t i = 0;
    while (i < rest.len && strchr(" \t\r\v\f", rest.ptr[i]) && rest.ptr[i])
        i++;
    return i == rest.len || rest.ptr[i] == '\n';
}

/* Would c, written behind before and in front of after, be read as something else? */
static bool must_part(char before, char c, char after)
{
    if ((before == '/' && c == '*') || (before == '*' && c == '/'))
        return true;
    return before == '?' && c == '?' && after && strchr("=/'()!<>-", after);
}

void escape_comment(struct text *out, struct str s)
{
    char before = 0;
    for (size_t i = 0; i < s.len; i++) {
        struct str rest = { s.ptr + i + 1, s.len - i - 1 };
        char c = s.ptr[i], after = rest.len ? rest.ptr[0] : 0;
        size_t size = 1;
        uint32_t bidi = bidi_control((struct str){ s.ptr + i, s.len - i }, &size);
        bool newline = c == '\n' || (c == '\r' && after == '\n');
        bool control = (unsigned char)c < 0x20 || c == 0x7f;
        if (bidi || (control && c != '\t' && !newline)) {
            text_addf(out, "<U+%04X>", (unsigned)(bidi ? bidi : (unsigned char)c));
            before = '>';
            i += size - 1;
            continue;
        }
        if (must_part(before, c, after))
            text_addc(out, ' ');
        text_addc(out, c);
        if (c == '\\' && ends_line(rest))
            text_addc(out, '.');
        before = c;
    }
}

/* What is neither to be seen nor to be obeyed, by its name. Returns its size, 0 for all else. */
static size_t name_control(struct text *out, struct str s, const char *open, const char *close)
{
    size_t size = 1;
    uint32_t bidi = bidi_control(s, &size);
    unsigned char c = (unsigned char)s.ptr[0];
    if (!bidi && (c == '\n' || c == '\t' || (c >= 0x20 && c != 0x7f)))
        return 0;
    text_addf(out, "%sU+%04X%s", open, (unsigned)(bidi ? bidi : c), close);
    return size;
}

void escape_html(struct text *out, struct str s)
{
    for (size_t i = 0, size; i < s.len; i += size) {
        size = name_control(out, (struct str){ s.ptr + i, s.len - i }, "&lt;", "&gt;");
        if (size)
            continue;
        size = 1;
        switch (s.ptr[i]) {
        case '&': text_add(out, STR("&amp;")); break;
        case '<': text_add(out, STR("&lt;")); break;
        case '>': text_add(out, STR("&gt;")); break;
        case '"': text_add(out, STR("&quot;")); break;
        case '\'': text_add(out, STR("&#39;")); break;
        default: text_addc(out, s.ptr[i]);
        }
    }
}

static bool is_word(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

void escape_markdown(struct text *out, struct str s)
{
    for (size_t i = 0, size; i < s.len; i += size) {
        size = name_control(out, (struct str){ s.ptr + i, s.len - i }, "\\<", "\\>");
        if (size)
            continue;
        size = 1;
        char c = s.ptr[i], before = i ? s.ptr[i - 1] : '\n',
             after = i + 1 < s.len ? s.ptr[i + 1] : 0;
        bool inside = is_word(before) && is_word(after);
        bool begins = before == '\n' && strchr("-+=", c);
        if (c == '&')
            text_add(out, STR("&amp;"));
        else if (begins || (c == '_' && !inside) || strchr("\\`*[]<>|~#$", c))
            text_addf(out, "\\%c", c);
        else
            text_addc(out, c);
    }
}

void escape_markdown_code(struct text *out, struct str s)
{
    for (size_t i = 0, size; i < s.len; i += size) {
        size = name_control(out, (struct str){ s.ptr + i, s.len - i }, "<", ">");
        if (size)
            continue;
        size = 1;
        text_addc(out, s.ptr[i] == '`' ? '\'' : s.ptr[i]);
    }
}
