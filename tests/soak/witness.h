/* SPDX-License-Identifier: MIT */
/* witness.h: tells calls that are lost from calls that are late.
 *
 * On a machine that is busy enough any deadline passes. So calls get one that is far off: one that takes
 * long is counted, and only one that never ends meets it. Of that the witness says what the server has
 * seen, and which sockets have bytes that nobody reads. */
#ifndef TEST_WITNESS_H
#define TEST_WITNESS_H

#include <stddef.h>
#include <stdint.h>

#include <idl/channel.h>
#include <idl/server.h>

enum { WITNESS_LATE_MS = 10000, WITNESS_LOST_MS = 100000 };

/* Watches its calls. Most of them carry their number to the server. */
void witness_channel(idl_channel *channel);
void witness_server(idl_server *server);

/* Calls that took longer than WITNESS_LATE_MS, and the longest. */
size_t witness_late(void);
uint64_t witness_longest_ms(void);

#endif
