/* SPDX-License-Identifier: MIT */
/* out.h: what is to be written: one queue of bytes per connection.
 *
 * Bytes stay at their place from when they are queued until they are sent, so a write may be under
 * way while more is queued. Small frames are copied behind each other; what a writer holds of a
 * large one is handed over as it is. An empty queue holds no memory: its last segment goes to a
 * pool that the connections of a thread share. */
#ifndef IDL__OUT_H
#define IDL__OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/uio.h>

#include <idl/codec.h>
#include <idl/values.h>

#include "codec.h"

struct idl__segment {
    struct idl__segment *next;
    uint8_t *begin, *end;     /* not yet sent */
    uint8_t *limit;           /* new bytes may go from end to here */
    struct idl__chunk *chunk; /* a writer's buffer; NULL: the bytes are in data */
    uint8_t data[];
};

typedef struct idl__pool {
    struct idl__segment *spare;
    unsigned count;
    struct idl__chunk *large; /* a writer's buffer that was sent: for the next large frame */
    unsigned patience;        /* messages that may pass before it is given back */
} idl__pool;

typedef struct idl__out {
    struct idl__segment *first, *last;
    uint64_t queued, sent; /* bytes ever: positions in the stream */
} idl__out;

void idl__pool_fini(idl__pool *pool);

/* A message passes, and writer is to write the next one: it gets the buffer of a large frame before
 * it, while such a one may be expected. */
void idl__pool_age(idl__pool *pool, idl_writer *writer);

void idl__out_fini(idl__out *out, idl__pool *pool);
/* False: no memory, nothing was queued. */
bool idl__out_put(idl__out *out, idl__pool *pool, idl_bytes bytes);
/* Where size bytes can be written behind the others; NULL: there is no room. What was written there is
 * queued then. */
static inline uint8_t *idl__out_room(const idl__out *out, size_t size)
{
    const struct idl__segment *last = out->last;
    return last != NULL && size <= (size_t)(last->limit - last->end) ? last->end : NULL;
}
/* The same, in a segment of its own if need be: size is at most IDL__OUT_SEGMENT. NULL: no memory. */
enum { IDL__OUT_SEGMENT = 16 << 10 };
uint8_t *idl__out_reserve(idl__out *out, idl__pool *pool, size_t size);
static inline void idl__out_fill(idl__out *out, size_t size)
{
    out->last->end += size;
    out->queued += size;
}
/* Bytes that there is room for behind the others; nothing is queued else. Short frames are copied by
 * words that overlap: a call would take as long again. */
static inline bool idl__out_append(idl__out *out, idl_bytes bytes)
{
    uint8_t *to = idl__out_room(out, bytes.len);
    if (IDL_UNLIKELY(to == NULL))
        return false;
    if (IDL_LIKELY(bytes.len - 16 <= 16)) {
        memcpy(to, bytes.data, 16);
        memcpy(to + bytes.len - 16, bytes.data + bytes.len - 16, 16);
    } else {
        memcpy(to, bytes.data, bytes.len);
    }
    idl__out_fill(out, bytes.len);
    return true;
}
/* What the writer has written; it may be without its buffer afterwards. */
bool idl__out_take_writer(idl__out *out, idl__pool *pool, idl_writer *writer);
static inline bool idl__out_put_writer(idl__out *out, idl__pool *pool, idl_writer *writer)
{
    return idl__out_append(out, idl__writer_bytes(writer)) ||
           idl__out_take_writer(out, pool, writer);
}

size_t idl__out_iov(const idl__out *out, struct iovec *iov, size_t max);
void idl__out_sent(idl__out *out, idl__pool *pool, size_t len);

static inline size_t idl__out_unsent(const idl__out *out)
{
    return (size_t)(out->queued - out->sent);
}

#endif
