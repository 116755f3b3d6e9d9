/* SPDX-License-Identifier: MIT */
/* fight.h: one attack: a victim, an honest client beside it, and what the attack has cost. */
#ifndef FIGHT_H
#define FIGHT_H

#include "victim.h"

struct fight {
    struct victim victim;
    struct honest honest;
    size_t descriptors, peak;
};

/* What the command line asks for: --threads, a server with two workers and two threads for handlers;
 * --full, attacks as long as they are described, also where that takes minutes. */
struct fight_style {
    bool threads, full;
};
extern struct fight_style fight_style;
/* False: other arguments, and the usage is printed. */
bool fight_arguments(int argc, char **argv);

/* options: NULL: the defaults. descriptors: as in victim_start. */
void fight_begin(struct fight *fight, const idl_server_options *options, unsigned descriptors);
/* Nothing of the attacker is left, the honest client was answered, and the server has taken at most
 * memory KiB at any time since it began. */
void fight_end(struct fight *fight, const char *name, size_t memory);
/* The default options, with timeouts of 300 ms. */
idl_server_options fight_quick(void);

/* Sends what can be sent; false: the server has closed. */
bool fight_push(struct wire *wire, const struct wire_out *out);

#endif
