/* SPDX-License-Identifier: MIT */
/* str.h: counted strings that own nothing, and text that grows.
 *
 * A struct str points into memory of somebody else: a source, an arena, a literal. It need not
 * end in NUL. A struct text owns its bytes (heap) and is what outputs are rendered into. */
#ifndef IDLC_STR_H
#define IDLC_STR_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

struct str {
    const char *ptr;
    size_t len;
};

/* For printf: "%.*s" with STR_ARG(s). Longer than INT_MAX is cut. s is evaluated twice. */
#define STR_ARG(s)   str_width(s), str_chars(s)
#define STR(literal) ((struct str){ "" literal, sizeof(literal) - 1 })

static inline int str_width(struct str s)
{
    return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

/* Never NULL. */
static inline const char *str_chars(struct str s)
{
    return s.len != 0 ? s.ptr : "";
}

/* Ends the program: what every allocation of the compiler does when it fails. */
_Noreturn void out_of_memory(void);
/* fn(arg) runs before that; NULL: nothing does. One for the process, as its end is. */
void before_out_of_memory(void (*fn)(void *arg), void *arg);

struct str str_from(const char *cstring);
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *cstring);
int str_cmp(struct str a, struct str b); /* by bytes, like memcmp; shorter first */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

struct text {
    char *ptr; /* always NUL-terminated once anything was added */
    size_t len, cap;
};

void text_free(struct text *t);
void text_add(struct text *t, struct str s);
void text_addc(struct text *t, char c);
void text_addf(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct str text_str(const struct text *t);

#endif
