/* SPDX-License-Identifier: MIT */
/* crowd.h: what the clients have in common: many calls at once. Nothing here knows of loops. */
#ifndef CROWD_H
#define CROWD_H

#include <idl/channel.h>

typedef struct crowd {
    idl_channel *channel;
    unsigned long count, left, failed;
    uint32_t most; /* that the server had waiting */
    void (*over)(void *arg);
    void *arg;
} crowd;

/* Opens the channel and starts the calls as the arguments say. over runs when the last of them has
 * ended. False: the arguments are wrong, and the user has been told. */
bool crowd_start(crowd *c, int argc, char **argv, void (*over)(void *arg), void *arg);

/* Says how it went and closes the channel, which has left the loop before. The exit status. */
int crowd_end(crowd *c);

#endif
