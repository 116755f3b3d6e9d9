/* SPDX-License-Identifier: MIT */
/* words.h: names as unfortunate as can be, that the language still lets stand side by side. */
#ifndef FUZZ_WORDS_H
#define FUZZ_WORDS_H

#include "arena.h"
#include "chance.h"

enum { WORDS_MAX = 128 };

/* The names of one scope. */
struct words {
    struct arena *arena;
    struct str given[WORDS_MAX], folded[WORDS_MAX];
    size_t count;
};

/* A new one: a keyword, a name of the system or of the stubs, one of them made longer, or what
 * would be derived from a name given before. Empty when the scope is full. */
struct str words_new(struct words *words, struct chance *chance);

#endif
