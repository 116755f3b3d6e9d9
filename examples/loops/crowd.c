/* SPDX-License-Identifier: MIT */
/* crowd.c: see crowd.h. */
#include "crowd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loops_client.h"

static void rung(idl_call *call, idl_code code, uint32_t waiting, void *arg)
{
    crowd *c = arg;
    if (code != IDL_OK && c->failed++ == 0)
        fprintf(stderr, "ring: %s: %s\n", idl_code_name(code), idl_call_message(call));
    if (waiting > c->most)
        c->most = waiting;
    if (--c->left == 0)
        c->over(c->arg);
}

bool crowd_start(crowd *c, int argc, char **argv, void (*over)(void *arg), void *arg)
{
    unsigned long count = argc > 2 ? strtoul(argv[2], NULL, 10) : 1000;
    unsigned long ms = argc > 3 ? strtoul(argv[3], NULL, 10) : 2000;
    if (argc > 4 || (argc > 1 && argv[1][0] == '-') || count == 0 || ms > UINT32_MAX)
        return fprintf(stderr, "usage: %s [ADDRESS [CALLS [MS]]]\n", argv[0]), false;
    const char *address = argc > 1 ? argv[1] : "tcp://127.0.0.1:50056";
    *c = (crowd){
        .channel = idl_channel_open(address, NULL),
        .count = count,
        .left = count,
        .over = over,
        .arg = arg,
    };
    for (unsigned long i = 0; i < count; i++)
        demo_loops_alarm_ring_async(c->channel, NULL, (uint32_t)ms, rung, c);
    return true;
}

int crowd_end(crowd *c)
{
    printf("%lu calls answered, %" PRIu32 " of them waited at once\n", c->count - c->failed,
           c->most);
    idl_channel_close(c->channel);
    return c->failed == 0 ? 0 : 1;
}
