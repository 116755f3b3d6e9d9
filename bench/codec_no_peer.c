/* SPDX-License-Identifier: MIT */
/* codec_no_peer.c: without protobuf-c there is nothing to compare with. */
#include "codec_peer.h"

struct peer *peer_new(const char *name, idl_bytes wire)
{
    (void)name;
    (void)wire;
    return NULL;
}

void peer_free(struct peer *peer)
{
    (void)peer;
}

void peer_encode(struct peer *peer)
{
    (void)peer;
}

void peer_decode(struct peer *peer)
{
    (void)peer;
}
