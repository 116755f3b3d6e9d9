/* SPDX-License-Identifier: MIT */
/* str.c: counted strings, and text that grows. */
#include "str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory may run out anywhere, and ends the process: what has to be done before can't be handed
 * down to everywhere. */
static struct {
    void (*fn)(void *arg);
    void *arg;
} last_words;

void before_out_of_memory(void (*fn)(void *arg), void *arg)
{
    last_words.fn = fn;
    last_words.arg = arg;
}

void out_of_memory(void)
{
    if (last_words.fn)
        last_words.fn(last_words.arg);
    fputs("idlc: error: out of memory\n", stderr);
    exit(1);
}

struct str str_from(const char *cstring)
{
    return (struct str){ cstring, strlen(cstring) };
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

bool str_is(struct str a, const char *cstring)
{
    return str_eq(a, str_from(cstring));
}

int str_cmp(struct str a, struct str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order != 0)
        return order;
    return (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq((struct str){ s.ptr, prefix.len }, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    if (s.len < suffix.len)
        return false;
    return suffix.len == 0 ||
           str_eq((struct str){ s.ptr + (s.len - suffix.len), suffix.len }, suffix);
}

/* Room for more bytes and the NUL. */
static void text_reserve(struct text *t, size_t more)
{
    if (more > SIZE_MAX / 2 - t->len - 1)
        out_of_memory();
    size_t need = t->len + more + 1;
    if (need <= t->cap)
        return;
    size_t cap = t->cap ? t->cap : 64;
    while (cap < need)
        cap *= 2;
    char *grown = realloc(t->ptr, cap);
    if (!grown)
        out_of_memory();
    t->ptr = grown;
    t->cap = cap;
}

void text_free(struct text *t)
{
    free(t->ptr);
    *t = (struct text){ 0 };
}

void text_add(struct text *t, struct str s)
{
    text_reserve(t, s.len);
    if (s.len)
        memcpy(t->ptr + t->len, s.ptr, s.len);
    t->len += s.len;
    t->ptr[t->len] = '\0';
}

void text_addc(struct text *t, char c)
{
    text_add(t, (struct str){ &c, 1 });
}

void text_addf(struct text *t, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len > 0) {
        text_reserve(t, (size_t)len);
        vsnprintf(t->ptr + t->len, (size_t)len + 1, format, args);
        t->len += (size_t)len;
    }
    va_end(args);
}

struct str text_str(const struct text *t)
{
    return (struct str){ t->ptr ? t->ptr : "", t->len };
}
