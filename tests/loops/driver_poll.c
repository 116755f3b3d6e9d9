/* SPDX-License-Identifier: MIT */
/* driver_poll.c: a loop made of poll(). */
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "driver.h"

struct driver {
    pollable items[DRIVER_ITEMS_MAX];
    size_t count;
};

driver *driver_open(void)
{
    return calloc(1, sizeof(driver));
}

void driver_close(driver *d)
{
    free(d);
}

void driver_add(driver *d, pollable item)
{
    d->items[d->count++] = item;
}

void driver_remove(driver *d, const void *what)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].what == what)
            d->items[i--] = d->items[--d->count];
    }
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void turn(driver *d, int ms)
{
    struct pollfd fds[DRIVER_ITEMS_MAX];
    int timeouts[DRIVER_ITEMS_MAX];
    size_t count = d->count;
    for (size_t i = 0; i < count; i++) {
        fds[i] = (struct pollfd){ .fd = d->items[i].fd(&d->items[i]), .events = POLLIN };
        timeouts[i] = d->items[i].timeout(&d->items[i]);
        if (timeouts[i] >= 0 && timeouts[i] < ms)
            ms = timeouts[i];
    }
    poll(fds, count, ms);
    for (size_t i = count; i-- > 0;) {
        const pollable item = d->items[i];
        if ((fds[i].revents != 0 || item.timeout(&item) == 0) && !item.process(&item))
            driver_remove(d, item.what);
    }
}

unsigned driver_run(driver *d, const bool *done, int ms)
{
    unsigned turns = 0;
    for (long long end = now_ms() + ms, left;
         (done == NULL || !*done) && (left = end - now_ms()) > 0; turns++)
        turn(d, (int)left);
    return turns;
}
