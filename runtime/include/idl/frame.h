/* SPDX-License-Identifier: MIT */
/* frame.h: messages over a byte stream: a length, four bytes, big-endian, then that many bytes.
 *
 * TCP keeps no message boundaries: what one send() wrote may arrive in pieces, or glued to what
 * the next one wrote. So each message is preceded by its length, and the receiver loops until it
 * has exactly that many bytes. "Ada" is 00 00 00 03 41 64 61. Length 0 is a legal frame.
 *
 * Two ways to use it, on their own or together:
 * - idl_frame_send and idl_frame_recv do the loops over a descriptor;
 * - idl_frame_decoder does no I/O: feed it whatever arrived, take whole frames.
 * Nothing else of the runtime is needed for either. */
#ifndef IDL_FRAME_H
#define IDL_FRAME_H

#include <idl/arena.h>
#include <idl/base.h>
#include <idl/status.h>
#include <idl/values.h>

IDL_BEGIN_DECLS

enum {
    IDL_FRAME_HEADER = 4,                 /* bytes of length before each frame */
    IDL_FRAME_LIMIT_DEFAULT = 4 << 20,    /* what limit 0 means: 4 MiB */
    IDL_FRAME_LIMIT_MAX = (1 << 28) - 1   /* no limit is ever above this */
};

/* Writes one frame to fd (a socket or a pipe; blocking or not) and returns when the kernel has all
 * of it. Loops over short writes, EINTR and, by poll(), would-block. Never raises SIGPIPE.
 *
 * IDL_OK; IDL_INVALID_ARGUMENT: larger than IDL_FRAME_LIMIT_MAX, nothing was written;
 * IDL_UNAVAILABLE: the peer is gone or the write failed, errno tells: the stream can't be used for
 * another frame, as this one may be there in part. Any thread, but one at a time per descriptor. */
IDL_API idl_code idl_frame_send(int fd, idl_bytes frame);

/* Reads exactly one frame from fd into memory of the arena; *frame lives until the arena is reset.
 * A NUL follows the last byte (not counted). Reads not one byte beyond the frame. Memory is taken
 * as bytes arrive, never by the claimed length alone.
 *
 * IDL_OK; IDL_OUT_OF_RANGE: the stream ended cleanly, before the first byte of a frame;
 * IDL_DATA_LOSS: it ended inside one; IDL_RESOURCE_EXHAUSTED: the length is over limit (0: the
 * default), nothing was allocated for it, or there is no memory; IDL_UNAVAILABLE: the read failed,
 * errno tells. After anything but IDL_OK the stream can't be used. *frame is empty then. */
IDL_API idl_code idl_frame_recv(int fd, idl_arena *arena, size_t limit, idl_bytes *frame);

/* Puts the header of a frame of length bytes into header[0..3]. */
IDL_API void idl_frame_header(uint8_t header[IDL_FRAME_HEADER], uint32_t length);

/* A decoder: bytes in, frames out, no I/O. What it returns does not depend on how the bytes were
 * cut. One thread at a time. */
typedef struct idl_frame_decoder idl_frame_decoder;

/* limit: the longest frame, 0 for the default. NULL when there is no memory. */
IDL_API idl_frame_decoder *idl_frame_decoder_new(size_t limit);
IDL_API void idl_frame_decoder_free(idl_frame_decoder *decoder); /* NULL is fine */

/* Gives the decoder bytes that arrived: any slice of the stream. Copies them.
 * IDL_OK; IDL_RESOURCE_EXHAUSTED: no memory, the decoder is as it was before and the bytes were
 * not taken; or the error that idl_frame_decoder_next has reported: that sticks. */
IDL_API idl_code idl_frame_decoder_feed(idl_frame_decoder *decoder, idl_bytes bytes);

/* The next whole frame. IDL_OK and *frame, a view that is valid until the next feed or free;
 * IDL_AGAIN: none is whole yet; IDL_RESOURCE_EXHAUSTED: its length is over the limit, which sticks,
 * for the stream's boundaries are lost. */
IDL_API idl_code idl_frame_decoder_next(idl_frame_decoder *decoder, idl_bytes *frame);

/* Bytes that were fed and not yet returned, headers included: not 0 at the end of the stream means
 * that it ended inside a frame. */
IDL_API size_t idl_frame_decoder_pending(const idl_frame_decoder *decoder);

IDL_END_DECLS
#endif
