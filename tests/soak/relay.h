/* SPDX-License-Identifier: MIT */
/* relay.h: a bad network on one thread: passes on what it gets in pieces, late, and cuts connections. */
#ifndef TEST_RELAY_H
#define TEST_RELAY_H

#include <stddef.h>
#include <stdint.h>

/* Chance, from a seed. */
struct chance {
    uint64_t state;
};

/* A number below end. */
uint32_t chance_below(struct chance *chance, uint32_t end);

/* A relay to a port of 127.0.0.1, and its own port. One at a time. */
uint16_t relay_start(uint16_t to, uint64_t seed);

/* Cuts what is open. */
void relay_stop(void);

/* Since the process began. */
size_t relay_cuts(void);
size_t relay_delays(void);

#endif
