/* SPDX-License-Identifier: MIT */
/* client_libuv.c: many calls at once, in libuv's loop.
 * usage: loops_libuv [ADDRESS [CALLS [MS]]] */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>

#include "crowd.h"
#include "with_libuv.h"

static void stop(void *loop)
{
    uv_stop(loop);
}

int main(int argc, char **argv)
{
    crowd c;
    with_libuv handles;
    uv_loop_t *loop = uv_default_loop();
    if (!crowd_start(&c, argc, argv, stop, loop))
        return 2;
    int failed = with_libuv_add(loop, &handles, pollable_channel(c.channel));
    if (failed == 0) {
        uv_run(loop, UV_RUN_DEFAULT);
        with_libuv_remove(&handles);
        uv_run(loop, UV_RUN_DEFAULT); /* they are closed in the next round */
    } else {
        fprintf(stderr, "%s\n", uv_strerror(failed));
    }
    uv_loop_close(loop);
    return crowd_end(&c);
}
