/* SPDX-License-Identifier: MIT */
/* client_poll.c: many calls at once, in a loop made of poll().
 * usage: loops_poll [ADDRESS [CALLS [MS]]] */
#include <poll.h>

#include "crowd.h"

static void stop(void *over)
{
    *(bool *)over = true;
}

int main(int argc, char **argv)
{
    crowd c;
    bool over = false;
    if (!crowd_start(&c, argc, argv, stop, &over))
        return 2;
    struct pollfd fd = { .fd = idl_channel_fd(c.channel), .events = POLLIN };
    while (!over) {
        poll(&fd, 1, idl_channel_timeout(c.channel)); /* with whatever else the program waits for */
        idl_channel_process(c.channel, 0);
    }
    return crowd_end(&c);
}
