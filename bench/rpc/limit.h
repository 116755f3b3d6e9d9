/* SPDX-License-Identifier: MIT */
/* limit.h: what the limit programs share: a length, that many bytes, and nothing of an RPC system.
 *
 * They show what the kernel allows: the least work that can carry the comparison's calls. They
 * trust each other, and give up on any error. A frame is a 4-byte big-endian length and the name; the
 * reply is a frame with the greeting. A frame whose first byte is '>' asks for a stream of messages
 * of the size that follows it, in digits. */
#ifndef BENCH_LIMIT_H
#define BENCH_LIMIT_H

#include "measure.h"

enum { CHUNK = 256 << 10, HEADER = 4 };

/* data[begin..end) waits to be worked off or sent. */
typedef struct buffer {
    char *data;
    size_t begin, end, cap;
} buffer;

/* Room for size more bytes after end; what waits may move. */
void buffer_reserve(buffer *b, size_t size);
static inline void buffer_took(buffer *b, size_t size)
{
    b->begin += size;
    if (b->begin == b->end)
        b->begin = b->end = 0;
}

uint32_t get_length(const char *header);
void put_length(char *header, size_t length);

/* The bytes that are missing to the frame at the beginning: 0: it is whole. */
size_t frame_missing(const buffer *in);

/* What a connection reads into: its own buffer while a frame is under way there, else the one
 * that all of the thread share; has room for the rest of the frame, and for CHUNK bytes. */
buffer *input_of(buffer *own, buffer *shared);
/* After the frames were worked off: what is left over goes to the connection's own. */
void input_keep(buffer *own, buffer *from);

/* Server: answers every whole frame; the replies are appended to out. Not 0: a stream of messages
 * of this size was asked for. */
size_t answer(buffer *in, buffer *out);
/* Appends messages of a stream, up to CHUNK bytes. */
void fill_stream(buffer *out, size_t size);

/* Client: the calls of one connection; replies come in the order of the requests. */
typedef struct calls {
    unsigned depth, head, slot; /* slot: the number of the first */
    size_t size, lead, frame;   /* bytes of a name, before it in its frame, of a whole frame */
    char *frames;
    uint64_t *started;
    bool idl; /* the frames are requests of the framed wire (docs/wire.md) */
    uint32_t id;
} calls;

void calls_init(calls *c, const task *t, bool idl, unsigned slot);
/* The call of this slot (0 to depth - 1), to be sent. */
char *calls_next(calls *c, unsigned slot);
/* Appends it to out. */
void calls_put(calls *c, unsigned slot, buffer *out);
/* Takes every whole reply. out: the next request of each is appended; NULL: the caller sends it
 * (calls_next). The number of replies; *over: the time is. */
unsigned calls_take(calls *c, buffer *in, buffer *out, meter *m, bool *over);

/* Client: the messages of a stream, as they come. True: the time is over. *started: when it last
 * looked at the clock. */
bool stream_take(buffer *in, size_t size, meter *m, uint64_t *started);
/* Appends the request for one. */
void stream_ask(buffer *out, size_t size);

#endif
