/* SPDX-License-Identifier: MIT */
/* client_libevent.c: many calls at once, in a loop of libevent.
 * usage: loops_libevent [ADDRESS [CALLS [MS]]] */
#include <stdio.h>

#include "crowd.h"
#include "with_libevent.h"

static void stop(void *base)
{
    event_base_loopbreak(base);
}

int main(int argc, char **argv)
{
    crowd c;
    with_libevent events;
    struct event_base *base = event_base_new();
    if (base == NULL)
        return fputs("no loop\n", stderr), 1;
    if (!crowd_start(&c, argc, argv, stop, base))
        return event_base_free(base), 2;
    if (with_libevent_add(base, &events, pollable_channel(c.channel)))
        event_base_dispatch(base);
    with_libevent_remove(&events);
    event_base_free(base);
    return crowd_end(&c);
}
