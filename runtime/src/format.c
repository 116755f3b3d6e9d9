/* SPDX-License-Identifier: MIT */
/* format.c: a format is cut into pieces, which are copied once, to where they stay. What is not
 * understood here is left to vsnprintf, the whole format with its arguments. */
#include "format.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PIECES = 16, DIGITS = 21 }; /* of 64 bits, and a sign */

/* The format, cut: pieces point into it, into the arguments, or into digits. */
struct text {
    idl_str pieces[PIECES];
    char digits[PIECES][DIGITS];
    size_t count, len;
};

static void add(struct text *t, const char *data, size_t len)
{
    t->pieces[t->count++] = (idl_str){ data, len };
    t->len += len;
}

static void add_number(struct text *t, uint64_t value, unsigned base, bool negative)
{
    char *end = t->digits[t->count] + DIGITS, *p = end;
    do {
        *--p = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0);
    if (negative)
        *--p = '-';
    add(t, p, (size_t)(end - p));
}

static void add_signed(struct text *t, int64_t value)
{
    const uint64_t bits = (uint64_t)value;
    add_number(t, value < 0 ? UINT64_C(0) - bits : bits, 10, value < 0);
}

static void add_str(struct text *t, const char *string, size_t most)
{
    if (string == NULL)
        string = "(null)";
    const char *end = most == SIZE_MAX ? NULL : memchr(string, '\0', most);
    add(t, string, most == SIZE_MAX ? strlen(string) : end != NULL ? (size_t)(end - string) : most);
}

/* C has no pointer to a va_list that is a parameter: an array there decays. */
struct arguments {
    va_list list;
};

enum size { INT, LONG, LONG_LONG, SIZE, MAXIMUM };

static enum size take_size(const char **at)
{
    const char c = **at;
    if (c != 'l' && c != 'z' && c != 'j')
        return INT;
    ++*at;
    if (c == 'l' && **at == 'l') {
        ++*at;
        return LONG_LONG;
    }
    return c == 'l' ? LONG : c == 'z' ? SIZE : MAXIMUM;
}

static int64_t take_signed(enum size size, struct arguments *args)
{
    switch (size) {
    case LONG: return va_arg(args->list, long);
    case LONG_LONG: return va_arg(args->list, long long);
    case SIZE: return va_arg(args->list, ptrdiff_t);
    case MAXIMUM: return va_arg(args->list, intmax_t);
    default: return va_arg(args->list, int);
    }
}

static uint64_t take_unsigned(enum size size, struct arguments *args)
{
    switch (size) {
    case LONG: return va_arg(args->list, unsigned long);
    case LONG_LONG: return va_arg(args->list, unsigned long long);
    case SIZE: return va_arg(args->list, size_t);
    case MAXIMUM: return va_arg(args->list, uintmax_t);
    default: return va_arg(args->list, unsigned);
    }
}

/* One conversion, after its '%'; returns what follows it, NULL: it is not one of ours. */
static const char *convert(struct text *t, const char *at, struct arguments *args)
{
    size_t most = SIZE_MAX;
    if (strncmp(at, ".*s", 3) == 0) {
        const int precision = va_arg(args->list, int);
        most = precision >= 0 ? (size_t)precision : SIZE_MAX;
        at += 2;
    }
    const enum size size = take_size(&at);
    if (size != INT && strchr("diux", *at) == NULL)
        return NULL;
    switch (*at) {
    case 's': add_str(t, va_arg(args->list, const char *), most); break;
    case 'd':
    case 'i': add_signed(t, take_signed(size, args)); break;
    case 'u': add_number(t, take_unsigned(size, args), 10, false); break;
    case 'x': add_number(t, take_unsigned(size, args), 16, false); break;
    case '%': add(t, at, 1); break;
    case 'c':
        t->digits[t->count][0] = (char)va_arg(args->list, int);
        add(t, t->digits[t->count], 1);
        break;
    default: return NULL;
    }
    return at + 1;
}

static bool cut(struct text *t, const char *format, struct arguments *args)
{
    while (*format != '\0') {
        const char *percent = strchr(format, '%');
        if (t->count + 2 > PIECES)
            return false;
        add(t, format, percent != NULL ? (size_t)(percent - format) : strlen(format));
        if (percent == NULL)
            return true;
        format = convert(t, percent + 1, args);
        if (format == NULL)
            return false;
    }
    return true;
}

static idl_str join(idl_arena *arena, const struct text *t)
{
    idl_str text = { "", 0 };
    char *to = (char *)idl__arena_text(arena, t->len + 1);
    if (to == NULL)
        return text;
    text = (idl_str){ to, t->len };
    for (size_t i = 0; i < t->count; i++) {
        memcpy(to, t->pieces[i].data, t->pieces[i].len);
        to += t->pieces[i].len;
    }
    *to = '\0';
    return text;
}

static idl_str format_rest(idl_arena *arena, const char *format, va_list args) IDL_PRINTF(2, 0);

/* Most texts are short: they are formatted once, and copied. */
static idl_str format_rest(idl_arena *arena, const char *format, va_list args)
{
    idl_str text = { "", 0 };
    char small[256];
    va_list again;
    va_copy(again, args);
    const int len = vsnprintf(small, sizeof small, format, args);
    if (len > 0 && (size_t)len < sizeof small) {
        text = idl_arena_str(arena, (idl_str){ small, (size_t)len });
    } else if (len > 0) {
        char *memory = (char *)idl__arena_text(arena, (size_t)len + 1);
        if (memory != NULL) {
            vsnprintf(memory, (size_t)len + 1, format, again);
            text = (idl_str){ memory, (size_t)len };
        }
    }
    va_end(again);
    return text;
}

idl_str idl__format(idl_arena *arena, const char *format, va_list args)
{
    struct text t;
    struct arguments copy;
    idl_str text = { "", 0 };
    if (arena->failed)
        return text;
    t.count = t.len = 0;
    va_copy(copy.list, args);
    if (!cut(&t, format, &copy))
        text = format_rest(arena, format, args);
    else if (t.len > 0)
        text = join(arena, &t);
    va_end(copy.list);
    return text;
}
