/* SPDX-License-Identifier: MIT */
/* closest.c: which of the known names was meant by one that is not known. */
#include <stdlib.h>

#include "diag.h"

enum { NAME_MAX_COMPARED = 64 };

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Characters to insert, drop, change or swap with their neighbour; case counts for nothing. Both
 * are at most NAME_MAX_COMPARED long. */
static size_t distance(struct str a, struct str b)
{
    size_t rows[3][NAME_MAX_COMPARED + 1];
    size_t *before = rows[0], *above = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        above[j] = before[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = lower(a.ptr[i - 1]) == lower(b.ptr[j - 1]);
            row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && lower(a.ptr[i - 1]) == lower(b.ptr[j - 2]) &&
                lower(a.ptr[i - 2]) == lower(b.ptr[j - 1]))
                row[j] = least(row[j], before[j - 2] + 1);
        }
        size_t *free_row = before;
        before = above;
        above = row;
        row = free_row;
    }
    return above[b.len];
}

struct str diag_closest(struct str name, const struct str *candidates, size_t count)
{
    struct str best = STR("");
    size_t best_distance = (name.len + 2) / 3 + 1;
    if (name.len > NAME_MAX_COMPARED)
        return best;
    for (size_t i = 0; i < count; i++) {
        struct str candidate = candidates[i];
        size_t gap = candidate.len > name.len ? candidate.len - name.len : name.len - candidate.len;
        if (candidate.len > NAME_MAX_COMPARED || gap >= best_distance)
            continue;
        size_t d = distance(name, candidate);
        /* All of a name changed is another name. */
        if (d < best_distance && d < candidate.len && !str_eq(name, candidate)) {
            best = candidate;
            best_distance = d;
        }
    }
    return best;
}
