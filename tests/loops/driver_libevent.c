/* SPDX-License-Identifier: MIT */
/* driver_libevent.c: libevent's. */
#include <stdlib.h>

#include "driver.h"
#include "with_libevent.h"

struct driver {
    struct event_base *base;
    with_libevent items[DRIVER_ITEMS_MAX];
    size_t count;
};

driver *driver_open(void)
{
    driver *d = calloc(1, sizeof *d);
    d->base = event_base_new();
    return d;
}

void driver_close(driver *d)
{
    for (size_t i = 0; i < d->count; i++)
        with_libevent_remove(&d->items[i]);
    event_base_free(d->base);
    libevent_global_shutdown();
    free(d);
}

void driver_add(driver *d, pollable item)
{
    if (!with_libevent_add(d->base, &d->items[d->count++], item))
        abort();
}

void driver_remove(driver *d, const void *what)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].item.what == what)
            with_libevent_remove(&d->items[i]);
    }
}

static void on_end(evutil_socket_t fd, short events, void *arg)
{
    (void)fd;
    (void)events;
    *(bool *)arg = true;
}

unsigned driver_run(driver *d, const bool *done, int ms)
{
    unsigned turns = 0;
    bool end = false;
    struct timeval left = { ms / 1000, ms % 1000 * 1000 };
    struct event *timer = evtimer_new(d->base, on_end, &end);
    evtimer_add(timer, &left);
    for (; !end && (done == NULL || !*done); turns++)
        event_base_loop(d->base, EVLOOP_ONCE);
    event_free(timer);
    return turns;
}
