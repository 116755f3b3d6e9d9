/* SPDX-License-Identifier: MIT */
/* codec_peer.h: the messages of codec.idl in protobuf-c, where that is installed. */
#ifndef BENCH_CODEC_PEER_H
#define BENCH_CODEC_PEER_H

#include <stddef.h>

#include <idl/values.h>

struct peer;

/* The message of this name ("Point"), decoded from wire, which stays the caller's. NULL: there is no
 * peer. Ends the program when the two codecs do not understand each other. */
struct peer *peer_new(const char *name, idl_bytes wire);
void peer_free(struct peer *peer);

/* What a program does: into a buffer that is kept, after asking for the size. */
void peer_encode(struct peer *peer);
/* And makes a message of the wire's bytes, and frees it. */
void peer_decode(struct peer *peer);

#endif
