/* SPDX-License-Identifier: MIT */
/* out.c: the queue of bytes to be written. */
#include "out.h"

#include <string.h>

#include "arena.h"
#include "block.h"
#include "codec.h"
#include "mem.h"

enum {
    HAND_OVER = IDL__OUT_SEGMENT, /* from this size on a writer's buffer is not copied */
    SPARE_MAX = 4
};

static void keep_large(idl__pool *pool, struct idl__chunk *chunk)
{
    if (chunk == NULL)
        return;
    if (pool->large == NULL && chunk->size <= IDL__LARGE_MAX) {
        pool->large = chunk;
        pool->patience = IDL__PATIENCE;
    } else {
        idl__chunk_free(chunk);
    }
}

void idl__pool_age(idl__pool *pool, idl_writer *writer)
{
    struct idl__chunk *unused = writer->buffer;
    idl__writer_init(writer);
    if (pool->large == NULL)
        pool->large = unused;
    else
        idl__chunk_free(unused);
    if (--pool->patience == 0)
        idl__chunk_free(pool->large);
    else if (pool->large != NULL)
        idl__writer_use(writer, pool->large);
    pool->large = NULL;
}

static void give_back(idl__pool *pool, struct idl__segment *segment)
{
    if (segment->chunk == NULL && pool->count < SPARE_MAX) {
        segment->next = pool->spare;
        pool->spare = segment;
        pool->count++;
        return;
    }
    keep_large(pool, segment->chunk);
    idl__free(segment);
}

static struct idl__segment *standard_segment(idl__pool *pool)
{
    struct idl__segment *segment = pool->spare;
    if (segment != NULL) {
        pool->spare = segment->next;
        pool->count--;
    } else {
        segment = idl__malloc(sizeof *segment + IDL__OUT_SEGMENT);
        if (segment == NULL)
            return NULL;
    }
    *segment = (struct idl__segment){ .limit = segment->data + IDL__OUT_SEGMENT };
    segment->begin = segment->end = segment->data;
    return segment;
}

static void append(idl__out *out, struct idl__segment *segment)
{
    if (out->last != NULL)
        out->last->next = segment;
    else
        out->first = segment;
    out->last = segment;
}

void idl__pool_fini(idl__pool *pool)
{
    while (pool->spare != NULL) {
        struct idl__segment *next = pool->spare->next;
        idl__free(pool->spare);
        pool->spare = next;
    }
    idl__chunk_free(pool->large);
    *pool = (idl__pool){ 0 };
}

void idl__out_fini(idl__out *out, idl__pool *pool)
{
    while (out->first != NULL) {
        struct idl__segment *next = out->first->next;
        give_back(pool, out->first);
        out->first = next;
    }
    *out = (idl__out){ 0 };
}

uint8_t *idl__out_reserve(idl__out *out, idl__pool *pool, size_t size)
{
    uint8_t *room = idl__out_room(out, size);
    if (room != NULL)
        return room;
    struct idl__segment *segment = standard_segment(pool);
    if (segment == NULL)
        return NULL;
    append(out, segment);
    return segment->end;
}

/* All or nothing: the memory first. A frame is at most HAND_OVER long here. */
bool idl__out_put(idl__out *out, idl__pool *pool, idl_bytes bytes)
{
    return idl__out_reserve(out, pool, bytes.len) != NULL && idl__out_append(out, bytes);
}

bool idl__out_take_writer(idl__out *out, idl__pool *pool, idl_writer *writer)
{
    idl_bytes bytes = idl__writer_bytes(writer);
    if (bytes.len < HAND_OVER)
        return idl__out_put(out, pool, bytes);
    struct idl__segment *segment = idl__malloc(sizeof *segment);
    if (segment == NULL)
        return false;
    *segment = (struct idl__segment){
        .begin = writer->p, .end = writer->end, .limit = writer->end, .chunk = writer->buffer
    };
    idl__writer_init(writer);
    append(out, segment);
    out->queued += bytes.len;
    return true;
}

size_t idl__out_iov(const idl__out *out, struct iovec *iov, size_t max)
{
    size_t n = 0;
    for (struct idl__segment *s = out->first; s != NULL && n < max; s = s->next) {
        if (s->begin != s->end)
            iov[n++] = (struct iovec){ s->begin, (size_t)(s->end - s->begin) };
    }
    return n;
}

void idl__out_sent(idl__out *out, idl__pool *pool, size_t len)
{
    out->sent += len;
    for (struct idl__segment *s = out->first; s != NULL; s = out->first) {
        size_t here = (size_t)(s->end - s->begin);
        if (len < here) {
            s->begin += len;
            return;
        }
        len -= here;
        out->first = s->next;
        if (out->first == NULL)
            out->last = NULL;
        give_back(pool, s);
    }
}
