/* SPDX-License-Identifier: MIT */
/* heap.h: what is to happen at some time, the soonest first: a pairing heap of runs.
 *
 * A node that is not to come before the one that was added last, as when all have the same time from
 * when they begin, joins its run: adding and removing take a few steps then, whatever else there is.
 *
 * Its nodes are embedded in what they stand for, so adding one takes no memory and can't fail. */
#ifndef IDL__HEAP_H
#define IDL__HEAP_H

#include <stdbool.h>
#include <stdint.h>

typedef struct idl__timed {
    uint64_t at;
    bool listed;                        /* in a heap */
    struct idl__timed *earlier, *later; /* in its run; NULL the one: the run's first, for whom: */
    struct idl__timed *child;           /* the first of those that come after this one */
    struct idl__timed *next;            /* of the same parent */
    struct idl__timed *prev;            /* or the parent, of its first child */
} idl__timed;

typedef struct idl__heap {
    idl__timed *first; /* NULL: empty */
    idl__timed *last;  /* of the run that was added to last; NULL: it is gone */
} idl__heap;

/* node->at is set, and stays as it is while the node is in the heap. */
void idl__heap_add(idl__heap *heap, idl__timed *node);
/* One that is in no heap is left alone. */
void idl__heap_take_out(idl__heap *heap, idl__timed *node);
static inline void idl__heap_remove(idl__heap *heap, idl__timed *node)
{
    if (node->listed)
        idl__heap_take_out(heap, node);
}

#endif
