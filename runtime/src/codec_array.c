/* SPDX-License-Identifier: MIT */
/* codec_array.c: lists that grow in the arena while they are read.
 *
 * The first element of a run looks ahead over the run, which is one step per element: memory is
 * taken once and of the right size. A list that is taken up again after other fields grows in
 * place if nothing came behind it, else it moves, and at least doubles, so that a hostile order of
 * fields costs no more than a constant factor. An array's capacity stands before its elements. */
#include "codec.h"

#include <string.h>

#include "arena.h"

enum { HEADER = 8 }; /* where the capacity is; elements behind it are aligned to 8 as well */

_Static_assert(sizeof(size_t) <= HEADER, "a capacity fits");

static void set_capacity(void *items, size_t capacity)
{
    memcpy((uint8_t *)items - HEADER, &capacity, sizeof capacity);
}

static size_t capacity_of(const void *items)
{
    size_t capacity;
    memcpy(&capacity, (const uint8_t *)items - HEADER, sizeof capacity);
    return capacity;
}

/* A larger array for count elements and more, or NULL. */
static void *grow(idl_arena *arena, void *items, size_t count, size_t more, size_t size)
{
    const size_t limit = (SIZE_MAX / 4 - HEADER) / size;
    if (more > limit || count > limit / 2 - more / 2)
        return NULL;
    size_t capacity = count + more;
    if (count != 0) {
        const size_t old = HEADER + capacity_of(items) * size;
        if (idl__arena_extend(arena, (uint8_t *)items - HEADER, old, HEADER + capacity * size)) {
            set_capacity(items, capacity);
            return items;
        }
        if (capacity < 2 * count)
            capacity = 2 * count;
    }
    uint8_t *memory = idl__arena_object(arena, HEADER + capacity * size);
    if (memory == NULL)
        return NULL;
    if (count != 0)
        memcpy(memory + HEADER, items, count * size);
    set_capacity(memory + HEADER, capacity);
    return memory + HEADER;
}

/* What idl__get_room does when there is no room. */
static void *get_larger(idl_reader *r, const void *items, size_t count, size_t more, size_t size)
{
    void *larger = grow(r->arena, idl__mutable(items), count, more, size);
    if (IDL_UNLIKELY(larger == NULL)) {
        idl__arena_fail(r->arena);
        idl__reader_fail(r, IDL_RESOURCE_EXHAUSTED);
    }
    return larger;
}

void *idl__get_room(idl_reader *r, const void *items, size_t count, size_t more, size_t size)
{
    if (count != 0 && capacity_of(items) - count >= more)
        return idl__mutable(items);
    return get_larger(r, items, count, more, size);
}

/* The tag before r->p is known by its last byte if that is 8 or more, as then nearly all tags have
 * no other, else by its last two; taken for another field's tag, the run only ends early. */
size_t idl__get_run(const idl_reader *r)
{
    const uint8_t *p = r->p;
    const uint8_t *end = r->end;
    const uint8_t second = p[-1];
    const bool two = second < 8;
    const uint8_t first = two ? p[-2] : second;
    size_t run = 0;
    for (;;) {
        run++;
        if (end - p < 2)
            return run;
        size_t length = *p++;
        if (length >= 0x80)
            length = (length & 0x7f) | (size_t)*p++ << 7;
        if (length >= (size_t)(end - p))
            return run;
        p += length;
        if (*p++ != first || (two && (p == end || *p++ != second)))
            return run;
    }
}

void *idl_get_more(idl_reader *r, const void *items, size_t count, size_t size)
{
    if (IDL_LIKELY(count != 0 && capacity_of(items) > count))
        return idl__mutable(items);
    return get_larger(r, items, count, idl__get_run(r), size);
}

void *idl_get_message_list(idl_reader *r, const idl_message *type, const void *items, size_t *count)
{
    uint8_t *array = idl_get_more(r, items, *count, type->size);
    if (IDL_UNLIKELY(array == NULL))
        return idl__mutable(items);
    void *element = array + *count * type->size;
    memcpy(element, type->empty, type->size);
    idl_get_into(r, type->get, element);
    *count += 1;
    return array;
}
