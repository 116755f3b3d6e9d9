/* SPDX-License-Identifier: MIT */
/* client_glib.c: many calls at once, in GLib's main loop.
 * usage: loops_glib [ADDRESS [CALLS [MS]]] */
#include "crowd.h"
#include "with_glib.h"

static void stop(void *loop)
{
    g_main_loop_quit(loop);
}

int main(int argc, char **argv)
{
    crowd c;
    GMainLoop *loop = g_main_loop_new(NULL, FALSE);
    if (!crowd_start(&c, argc, argv, stop, loop))
        return g_main_loop_unref(loop), 2;
    GSource *source = with_glib_add(NULL, pollable_channel(c.channel));
    g_main_loop_run(loop);
    g_source_destroy(source);
    g_source_unref(source);
    g_main_loop_unref(loop);
    return crowd_end(&c);
}
