/* SPDX-License-Identifier: MIT */
/* driver.h: what the two halves of a driven connection share: the application on it (drive.c), and
 * the peer at its other end (drive_peer.c). */
#ifndef FUZZ_DRIVER_H
#define FUZZ_DRIVER_H

#include <stdbool.h>

#include "arena.h"
#include "chance.h"
#include "drive.h"

enum { DRIVE_CALLS = 24, DRIVE_INPUT = 8192, DRIVE_IDS = 128, DRIVE_HEAD = 10 };

typedef struct driven {
    idl__stream stream; /* first */
    bool open, dead;    /* dead: server: cancelled, to be released */
    idl__metadata metadata;
} driven;

typedef struct driver {
    enum idl__role role;
    bool ttrpc;
    idl__conn *conn;
    struct chance in;
    uint64_t now;
    driven calls[DRIVE_CALLS];
    idl_arena pairs; /* of all metadata, either way */
    uint32_t opened; /* client: ids so far; server: the highest that was sent to it */
    bool closed;
    uint8_t head[DRIVE_HEAD]; /* of what is written */
    size_t head_len, body_left;
    bool answered[DRIVE_IDS];
    uint8_t input[DRIVE_INPUT]; /* what the peer has sent and was not read */
    size_t input_len;
} driver;

/* Something that the peer may send: a frame, a large one, bytes. */
void peer_send_frame(driver *d);
void peer_send_large(driver *d);
void peer_send_bytes(driver *d);

/* What was written to it: frames of types that this side writes, and one answer to a call. */
void peer_hear(driver *d, const uint8_t *bytes, size_t len);

#endif
