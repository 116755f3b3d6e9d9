/* SPDX-License-Identifier: MIT */
/* codec_protobuf_c.c: protobuf-c's generated code, of the .proto that idlc writes for codec.idl. */
#include "codec_peer.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.pb-c.h"

struct peer {
    ProtobufCMessage *message;
    idl_bytes wire;
    uint8_t *buffer;
};

static const ProtobufCMessageDescriptor *const descriptors[] = {
    &bench__point__descriptor, &bench__book__descriptor,   &bench__flat__descriptor,
    &bench__ints__descriptor,  &bench__floats__descriptor, &bench__text__descriptor,
    &bench__blob__descriptor,
};

static const ProtobufCMessageDescriptor *descriptor_of(const char *name)
{
    for (size_t i = 0; i < sizeof descriptors / sizeof *descriptors; i++)
        if (strcmp(descriptors[i]->short_name, name) == 0)
            return descriptors[i];
    return NULL;
}

static void expect(bool right, const char *name)
{
    if (right)
        return;
    fprintf(stderr, "protobuf-c reads another %s than was written\n", name);
    exit(1);
}

/* Maps keep their order in both, so the bytes are the same. */
struct peer *peer_new(const char *name, idl_bytes wire)
{
    const ProtobufCMessageDescriptor *descriptor = descriptor_of(name);
    struct peer *peer = calloc(1, sizeof *peer);
    expect(descriptor != NULL && peer != NULL, name);
    peer->wire = wire;
    peer->message = protobuf_c_message_unpack(descriptor, NULL, wire.len, wire.data);
    expect(peer->message != NULL, name);
    peer->buffer = malloc(wire.len);
    expect(peer->buffer != NULL, name);
    expect(protobuf_c_message_get_packed_size(peer->message) == wire.len, name);
    peer_encode(peer);
    expect(memcmp(peer->buffer, wire.data, wire.len) == 0, name);
    return peer;
}

void peer_free(struct peer *peer)
{
    if (peer == NULL)
        return;
    protobuf_c_message_free_unpacked(peer->message, NULL);
    free(peer->buffer);
    free(peer);
}

void peer_encode(struct peer *peer)
{
    if (protobuf_c_message_get_packed_size(peer->message) != peer->wire.len)
        exit(1);
    protobuf_c_message_pack(peer->message, peer->buffer);
}

void peer_decode(struct peer *peer)
{
    ProtobufCMessage *message =
        protobuf_c_message_unpack(peer->message->descriptor, NULL, peer->wire.len, peer->wire.data);
    if (message == NULL)
        exit(1);
    protobuf_c_message_free_unpacked(message, NULL);
}
