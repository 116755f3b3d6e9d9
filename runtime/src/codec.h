/* SPDX-License-Identifier: MIT */
/* codec.h: the codec from inside: writers that are kept, readers made by hand, raw bytes.
 *
 * The connection core writes a frame as everything is written, from its end: the message by
 * idl_put_message, the envelope's fields before it, the frame's header before those; the bytes
 * never move after that. */
#ifndef IDL__CODEC_H
#define IDL__CODEC_H

#include <idl/codec.h>

/* -- Writers -- */

/* Takes no memory before the first byte is written. */
void idl__writer_init(idl_writer *w);
void idl__writer_fini(idl_writer *w);

/* Empties it and clears its error; the buffer is kept, unless it has become very large. */
void idl__writer_renew(idl_writer *w);
enum { IDL__WRITER_KEEP = 256 << 10 };
static inline void idl__writer_reset(idl_writer *w)
{
    bool keeps = w->buffer != NULL && w->end - w->lo <= IDL__WRITER_KEEP;
    if (IDL_LIKELY(keeps && w->status == IDL_OK)) {
        w->p = w->end;
        w->depth = 0;
    } else {
        idl__writer_renew(w);
    }
}
struct idl__chunk;
/* Gives a writer that has just been initialised a chunk to write into, which is its own then. */
void idl__writer_use(idl_writer *w, struct idl__chunk *chunk);

/* Nothing is written yet: from begin to end is free, and more than IDL_SLACK bytes. */
static inline void idl__writer_set(idl_writer *w, uint8_t *begin, uint8_t *end)
{
    w->lo = begin + IDL_SLACK;
    w->p = w->end = end;
}

/* What was written; valid until the next write, reset or fini. Empty after an error. */
static inline idl_bytes idl__writer_bytes(const idl_writer *w)
{
    idl_bytes bytes = { w->p, (size_t)(w->end - w->p) };
    return bytes;
}

/* Makes the writer fail, unless it has already. */
IDL_COLD void idl__writer_fail(idl_writer *w, idl_code code);

/* Room for size bytes below p, and the slack below those. False: the writer has failed. */
bool idl__writer_grow(idl_writer *w, size_t size);
static inline bool idl__writer_room(idl_writer *w, size_t size)
{
    if (IDL_LIKELY(size <= INT32_MAX && w->p - w->lo >= (ptrdiff_t)size))
        return true;
    return idl__writer_grow(w, size);
}

/* The length and the tag of what was written last. */
void idl__put_prefix(idl_writer *w, uint32_t tag, size_t length);

/* Bytes without a tag, before those already there. */
void idl__put_raw(idl_writer *w, idl_bytes bytes);

/* -- Readers -- */

/* As idl_decode, into at most max bytes of memory beside what the arena holds. IDL_OUT_OF_RANGE
 * beyond that, and the arena has not failed then. */
idl_code idl__decode_within(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                            void *message, size_t max);

enum { IDL__DECODED_FACTOR = 16, IDL__DECODED_MIN = 64 << 20 };

/* The same for replies, within what they are usually allowed: 16 times the bytes, or 64 MiB. */
static inline idl_code idl__decode_reply(const idl_message *type, idl_bytes bytes, idl_arena *arena,
                                         void *message)
{
    size_t max = bytes.len < SIZE_MAX / IDL__DECODED_FACTOR ? bytes.len * IDL__DECODED_FACTOR : 0;
    return idl__decode_within(type, bytes, arena, message,
                              max > IDL__DECODED_MIN ? max : IDL__DECODED_MIN);
}

/* bytes: at most 2 GiB - 1; a reader of more has failed from the start. */
IDL_COLD void idl__reader_fail(idl_reader *r, idl_code code);
static inline void idl__reader_init(idl_reader *r, idl_bytes bytes, idl_arena *arena)
{
    *r = (idl_reader){ .arena = arena, .status = IDL_OK };
    r->p = bytes.len != 0 ? bytes.data : (const uint8_t *)idl_nothing;
    r->end = r->p + bytes.len;
    if (IDL_UNLIKELY(bytes.len > INT32_MAX))
        idl__reader_fail(r, IDL_INVALID_ARGUMENT);
}

/* A length, checked against what is left: *length bytes at the place returned, which the reader
 * has passed. Any address and length 0 after an error. */
const uint8_t *idl__get_chunk_any(idl_reader *r, size_t *length);
static inline const uint8_t *idl__get_chunk(idl_reader *r, size_t *length)
{
    const uint8_t *p = r->p;
    if (IDL_LIKELY(p < r->end && *p < 0x80)) {
        size_t len = *p++;
        if (IDL_LIKELY(len <= (size_t)(r->end - p))) {
            *length = len;
            r->p = p + len;
            return p;
        }
    }
    return idl__get_chunk_any(r, length);
}

/* Room for more elements behind count others, as idl_get_more gives it for one. */
void *idl__get_room(idl_reader *r, const void *items, size_t count, size_t more, size_t size);
/* How many elements of wire type IDL_LEN follow each other here, with r at the first one's length:
 * a guess, to take memory once. */
size_t idl__get_run(const idl_reader *r);

/* What a reader made is not const to that reader. */
static inline void *idl__mutable(const void *ours)
{
    void *p;
    memcpy(&p, &ours, sizeof p);
    return p;
}

/* -- Text -- */

bool idl__utf8_valid(const uint8_t *data, size_t len);

#endif
