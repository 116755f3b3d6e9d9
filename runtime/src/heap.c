/* SPDX-License-Identifier: MIT */
/* heap.c: a pairing heap: the first node has the others as a tree below it. Those in it are the first
 * ones of runs. */
#include "heap.h"

#include <stddef.h>

/* One heap of two, neither of which has siblings. */
static idl__timed *meld(idl__timed *a, idl__timed *b)
{
    if (a == NULL || b == NULL)
        return a != NULL ? a : b;
    if (b->at < a->at) {
        idl__timed *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child != NULL)
        a->child->prev = b;
    a->child = b;
    return a;
}

/* One heap of all siblings: in pairs from the left, then these from the right. That is what keeps
 * the tree flat. */
static idl__timed *meld_all(idl__timed *list)
{
    idl__timed *pairs = NULL, *whole = NULL;
    while (list != NULL) {
        idl__timed *a = list, *b = a->next;
        list = b != NULL ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b != NULL)
            b->next = b->prev = NULL;
        a = meld(a, b);
        a->next = pairs;
        pairs = a;
    }
    while (pairs != NULL) {
        idl__timed *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        whole = meld(whole, pair);
    }
    return whole;
}

static void insert(idl__heap *heap, idl__timed *node)
{
    node->earlier = node->child = node->next = node->prev = NULL;
    heap->first = meld(heap->first, node);
}

void idl__heap_add(idl__heap *heap, idl__timed *node)
{
    idl__timed *last = heap->last;
    node->listed = true;
    node->later = NULL;
    heap->last = node;
    if (last != NULL && last->at <= node->at) {
        last->later = node;
        node->earlier = last;
    } else {
        insert(heap, node);
    }
}

/* The first of a run: the tree is without it then. */
static void take_from_tree(idl__heap *heap, idl__timed *node)
{
    idl__timed *below = meld_all(node->child);
    if (heap->first == node) {
        heap->first = below;
        return;
    }
    if (node->prev->child == node)
        node->prev->child = node->next;
    else
        node->prev->next = node->next;
    if (node->next != NULL)
        node->next->prev = node->prev;
    heap->first = meld(heap->first, below);
}

void idl__heap_take_out(idl__heap *heap, idl__timed *node)
{
    node->listed = false;
    if (heap->last == node)
        heap->last = node->earlier;
    if (node->earlier != NULL) {
        node->earlier->later = node->later;
        if (node->later != NULL)
            node->later->earlier = node->earlier;
        return;
    }
    take_from_tree(heap, node);
    if (node->later != NULL)
        insert(heap, node->later);
}
