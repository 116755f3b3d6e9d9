/* SPDX-License-Identifier: MIT */
/* expect.h: frames in hexadecimal, and what a peer must have written and seen. */
#ifndef EXPECT_H
#define EXPECT_H

#include "peer.h"

// clang-format off
#define SERVICE "0a 03 74 2e 54 "
#define ECHO(id)  "00 00 00 11 00 00 00 " id " 01 00 " SERVICE "12 04 65 63 68 6f "
#define LATER(id) "00 00 00 12 00 00 00 " id " 01 00 " SERVICE "12 05 6c 61 74 65 72 "
#define SUM(id)   "00 00 00 10 00 00 00 " id " 01 06 " SERVICE "12 03 73 75 6d "
#define NOTE(id)  "00 00 00 11 00 00 00 " id " 01 10 " SERVICE "12 04 6e 6f 74 65 "
#define EMPTY_REPLY(id) "00 00 00 06 00 00 00 " id " 02 00 "
#define HEAD(length, id, type, flags) "00 00 00 " length " 00 00 00 " id " " type " " flags " "
#define PING HEAD("0e", "00", "06", "00") "01 02 03 04 05 06 07 08 "
#define PONG HEAD("0e", "00", "07", "00") "01 02 03 04 05 06 07 08 "
// clang-format on

/* These bytes arrive. */
void receive_hex(peer *p, const char *hex);

/* What the peer has written is hex and then more; both are forgotten. */
void expect_out(peer *p, const char *hex, bytes *more);
/* What the peer has seen, which is forgotten. */
void expect_log(peer *p, const char *text);
bool log_has(const peer *p, const char *text);

/* Frames: RESPONSE with an error, GOAWAY. */
void add_error(bytes *b, uint8_t id, uint8_t flags, int code, const char *text);
void add_goaway(bytes *b, uint32_t last, int code, const char *text);

#endif
