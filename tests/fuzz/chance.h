/* SPDX-License-Identifier: MIT */
/* chance.h: choices that bytes make. Equal bytes make equal choices, few bytes few of them: when
 * they are used up every choice is the first one. */
#ifndef FUZZ_CHANCE_H
#define FUZZ_CHANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct chance {
    const uint8_t *bytes;
    size_t left;
};

/* 0 to count - 1; count is 1 to 256. */
static inline size_t chance_pick(struct chance *chance, size_t count)
{
    if (chance->left == 0)
        return 0;
    chance->left--;
    return *chance->bytes++ % count;
}

/* true in one of count cases. */
static inline bool chance_one_in(struct chance *chance, size_t count)
{
    return chance_pick(chance, count) == 1;
}

#endif
