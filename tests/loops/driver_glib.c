/* SPDX-License-Identifier: MIT */
/* driver_glib.c: GLib's. */
#include "driver.h"
#include "with_glib.h"

struct driver {
    GMainContext *context;
    struct {
        GSource *source;
        const void *what;
    } items[DRIVER_ITEMS_MAX];
    size_t count;
};

driver *driver_open(void)
{
    driver *d = g_new0(driver, 1);
    d->context = g_main_context_new();
    return d;
}

void driver_close(driver *d)
{
    while (d->count > 0)
        driver_remove(d, d->items[0].what);
    g_main_context_unref(d->context);
    g_free(d);
}

void driver_add(driver *d, pollable item)
{
    d->items[d->count].what = item.what;
    d->items[d->count++].source = with_glib_add(d->context, item);
}

void driver_remove(driver *d, const void *what)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].what != what)
            continue;
        g_source_destroy(d->items[i].source);
        g_source_unref(d->items[i].source);
        d->items[i--] = d->items[--d->count];
    }
}

static gboolean on_end(gpointer data)
{
    *(bool *)data = true;
    return G_SOURCE_CONTINUE;
}

unsigned driver_run(driver *d, const bool *done, int ms)
{
    unsigned turns = 0;
    bool end = false;
    GSource *timer = g_timeout_source_new((guint)ms);
    g_source_set_callback(timer, on_end, &end, NULL);
    g_source_attach(timer, d->context);
    for (; !end && (done == NULL || !*done); turns++)
        g_main_context_iteration(d->context, TRUE);
    g_source_destroy(timer);
    g_source_unref(timer);
    return turns;
}
