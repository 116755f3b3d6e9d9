/* SPDX-License-Identifier: MIT */
/* codec_writer.c: the buffer that messages are written into, from its end down.
 *
 * A writer begins without memory, or in the free part of an arena; when that is full, what was
 * written moves to the end of a chunk of twice the size. A writer without memory and one that has
 * failed look alike: p is below lo, so that every write comes here first. */
#include "codec.h"

#include <string.h>

#include "arena.h"

enum { BUFFER_MIN = 1024, FRONT = 16 * IDL_SLACK };

/* No byte, and no room for one. The address is never written to. */
static void set_empty(idl_writer *w)
{
    w->p = (uint8_t *)w;
    w->end = w->p;
    w->lo = w->p + 1;
}

void idl__writer_init(idl_writer *w)
{
    *w = (idl_writer){ .status = IDL_OK };
    set_empty(w);
}

void idl__writer_fini(idl_writer *w)
{
    idl__chunk_free(w->buffer);
    idl__writer_init(w);
}

void idl__writer_renew(idl_writer *w)
{
    struct idl__chunk *chunk = w->buffer;
    if (chunk != NULL && chunk->size <= IDL__WRITER_KEEP) {
        idl__writer_set(w, idl__chunk_begin(chunk), idl__chunk_end(chunk));
        w->depth = 0;
        w->status = IDL_OK;
    } else {
        idl__writer_fini(w);
    }
}

void idl__writer_use(idl_writer *w, struct idl__chunk *chunk)
{
    idl__writer_set(w, idl__chunk_begin(chunk), idl__chunk_end(chunk));
    w->buffer = chunk;
}

void idl__writer_fail(idl_writer *w, idl_code code)
{
    if (w->status == IDL_OK)
        w->status = code;
    set_empty(w);
}

bool idl__writer_grow(idl_writer *w, size_t size)
{
    if (w->status != IDL_OK)
        return false;
    size_t used = (size_t)(w->end - w->p);
    if (used > INT32_MAX || size > INT32_MAX - used) {
        idl__writer_fail(w, IDL_RESOURCE_EXHAUSTED);
        return false;
    }
    size_t wanted = used + (size > used ? size : used);
    if (wanted < BUFFER_MIN)
        wanted = BUFFER_MIN;
    else if (wanted > INT32_MAX)
        wanted = INT32_MAX;
    /* What goes in front of one large value is short: names and lengths. */
    struct idl__chunk *chunk = idl__chunk_new(wanted + FRONT);
    if (chunk == NULL) {
        idl__writer_fail(w, IDL_RESOURCE_EXHAUSTED);
        return false;
    }
    const uint8_t *from = w->p;
    idl__writer_set(w, idl__chunk_begin(chunk), idl__chunk_end(chunk));
    if (used != 0) {
        w->p -= used;
        memcpy(w->p, from, used);
    }
    idl__chunk_free(w->buffer);
    w->buffer = chunk;
    return true;
}

void idl__put_raw(idl_writer *w, idl_bytes bytes)
{
    if (bytes.len == 0 || !idl__writer_room(w, bytes.len))
        return;
    w->p -= bytes.len;
    memcpy(w->p, bytes.data, bytes.len);
}
