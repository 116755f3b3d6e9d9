/* SPDX-License-Identifier: MIT */
/* with_glib.h: a channel or a server as a source of a GLib main loop. */
#ifndef WITH_GLIB_H
#define WITH_GLIB_H

#include <glib.h>

#include "pollable.h"

typedef struct with_glib {
    GSource source;
    pollable item;
    gpointer tag; /* of the descriptor */
} with_glib;

static inline gboolean with_glib_prepare(GSource *source, gint *timeout)
{
    const with_glib *self = (const with_glib *)source;
    *timeout = self->item.timeout(&self->item);
    return *timeout == 0;
}

static inline gboolean with_glib_check(GSource *source)
{
    with_glib *self = (with_glib *)source;
    return g_source_query_unix_fd(source, self->tag) != 0 || self->item.timeout(&self->item) == 0;
}

static inline gboolean with_glib_dispatch(GSource *source, GSourceFunc callback, gpointer data)
{
    const with_glib *self = (const with_glib *)source;
    (void)callback;
    (void)data;
    return self->item.process(&self->item) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Attaches it to a context; NULL: the main one. Before the channel is closed: g_source_destroy and
 * g_source_unref. */
static inline GSource *with_glib_add(GMainContext *context, pollable item)
{
    static GSourceFuncs functions = { .prepare = with_glib_prepare,
                                      .check = with_glib_check,
                                      .dispatch = with_glib_dispatch };
    GSource *source = g_source_new(&functions, sizeof(with_glib));
    with_glib *self = (with_glib *)source;
    self->item = item;
    self->tag = g_source_add_unix_fd(source, item.fd(&item), G_IO_IN);
    g_source_attach(source, context);
    return source;
}

#endif
