/* SPDX-License-Identifier: MIT */
/* literal.c: what integers and strings stand for. */
#include <string.h>

#include "reader.h"
#include "utf8.h"

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

struct ast_value *literal_integer(struct reader *reader, struct span span)
{
    struct ast_value *value = ast_value(reader->arena, AST_INT, span);
    struct str text = span_text(span);
    uint64_t base = 10;
    if (text.len > 2 && (text.ptr[1] == 'x' || text.ptr[1] == 'X')) {
        base = 16;
        text = (struct str){ text.ptr + 2, text.len - 2 };
    } else if (text.len > 1 && *text.ptr == '0') {
        reader_error(reader, span, "bad-number",
                     "decimal number begins with 0, and there are no octal ones");
        value->bad = true;
        return value;
    }
    for (size_t i = 0; i < text.len; i++) {
        uint64_t digit = (uint64_t)digit_of(text.ptr[i]);
        if (value->integer > (UINT64_MAX - digit) / base) {
            reader_error(reader, span, "int-overflow", "number does not fit into 64 bits");
            value->bad = true;
            return value;
        }
        value->integer = value->integer * base + digit;
    }
    return value;
}

static void add_utf8(struct text *out, uint32_t c)
{
    if (c < 0x80) {
        text_addc(out, (char)c);
    } else if (c < 0x800) {
        text_addc(out, (char)(0xC0 | c >> 6));
        text_addc(out, (char)(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        text_addc(out, (char)(0xE0 | c >> 12));
        text_addc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        text_addc(out, (char)(0x80 | (c & 0x3F)));
    } else {
        text_addc(out, (char)(0xF0 | c >> 18));
        text_addc(out, (char)(0x80 | (c >> 12 & 0x3F)));
        text_addc(out, (char)(0x80 | (c >> 6 & 0x3F)));
        text_addc(out, (char)(0x80 | (c & 0x3F)));
    }
}

/* Up to max digits of base at *i; how many there were. */
static size_t digits(struct str s, size_t *i, int base, size_t max, uint32_t *number)
{
    size_t count = 0;
    *number = 0;
    while (count < max && *i < s.len && digit_of(s.ptr[*i]) < base) {
        *number = *number * (uint32_t)base + (uint32_t)digit_of(s.ptr[(*i)++]);
        count++;
    }
    return count;
}

/* \uXXXX or \u{X...}; *i is behind the u. */
static bool unicode_escape(struct text *out, struct str s, size_t *i)
{
    uint32_t c;
    if (*i < s.len && s.ptr[*i] == '{') {
        ++*i;
        if (digits(s, i, 16, 6, &c) == 0 || *i >= s.len || s.ptr[*i] != '}')
            return false;
        ++*i;
    } else if (digits(s, i, 16, 4, &c) != 4) {
        return false;
    }
    if (c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return false;
    add_utf8(out, c);
    return true;
}

/* *i is behind the backslash; false leaves it behind what was looked at. */
static bool escape(struct text *out, struct str s, size_t *i)
{
    static const char letters[] = "ntr\\\"'abfv";
    static const char meanings[] = "\n\t\r\\\"'\a\b\f\v";
    uint32_t number;
    if (digits(s, i, 8, 3, &number) > 0) {
        if (number > 0xFF)
            return false;
        text_addc(out, (char)number);
        return true;
    }
    char c = s.ptr[(*i)++];
    const char *letter = c ? strchr(letters, c) : NULL;
    if (letter) {
        text_addc(out, meanings[letter - letters]);
        return true;
    }
    if (c == 'u')
        return unicode_escape(out, s, i);
    if (c != 'x' || digits(s, i, 16, 2, &number) != 2)
        return false;
    text_addc(out, (char)number);
    return true;
}

static bool is_utf8(struct str s)
{
    uint32_t code;
    size_t len = 1;
    for (; s.len && len; s = (struct str){ s.ptr + len, s.len - len })
        len = utf8_next(s, &code);
    return len > 0;
}

struct ast_value *literal_string(struct reader *reader, struct span span)
{
    struct ast_value *value = ast_value(reader->arena, AST_STRING, span);
    struct str s = span_text(span);
    struct text out = { 0 };
    size_t i = 1;
    s.len--; /* the quotes */
    while (i < s.len) {
        size_t begin = i;
        if (s.ptr[i] != '\\') {
            text_addc(&out, s.ptr[i++]);
            continue;
        }
        i++;
        if (!escape(&out, s, &i)) {
            struct span at = { span.source, span.begin + (uint32_t)begin,
                               span.begin + (uint32_t)i };
            reader_error(reader, at, "bad-escape",
                         "unknown escape; there are \\n \\t \\r \\\\ \\\" \\' \\a \\b \\f \\v, "
                         "octal \\0, \\xHH, \\uXXXX and \\u{X...}");
            value->bad = true;
        }
    }
    if (reader->encoding_reported && !is_utf8(s))
        value->bad = true;
    value->text = arena_str(reader->arena, text_str(&out));
    text_free(&out);
    return value;
}
