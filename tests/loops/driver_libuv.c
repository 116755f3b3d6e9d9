/* SPDX-License-Identifier: MIT */
/* driver_libuv.c: a libuv loop of the caller's. */
#include <stdlib.h>

#include "driver.h"
#include "with_libuv.h"

struct driver {
    uv_loop_t loop;
    uv_timer_t end;
    uv_prepare_t turn;
    const bool *done;
    unsigned turns;
    with_libuv items[DRIVER_ITEMS_MAX];
    size_t count;
};

driver *driver_open(void)
{
    driver *d = calloc(1, sizeof *d);
    uv_loop_init(&d->loop);
    uv_timer_init(&d->loop, &d->end);
    uv_prepare_init(&d->loop, &d->turn);
    d->end.data = d->turn.data = d;
    return d;
}

void driver_close(driver *d)
{
    for (size_t i = 0; i < d->count; i++)
        with_libuv_remove(&d->items[i]);
    uv_close((uv_handle_t *)&d->end, NULL);
    uv_close((uv_handle_t *)&d->turn, NULL);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    if (uv_loop_close(&d->loop) != 0)
        abort();
    free(d);
}

void driver_add(driver *d, pollable item)
{
    if (with_libuv_add(&d->loop, &d->items[d->count++], item) != 0)
        abort();
}

void driver_remove(driver *d, const void *what)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].item.what == what)
            with_libuv_remove(&d->items[i]);
    }
}

static void on_end(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Before it sleeps: a timer of this turn may have been what it waited for. */
static void on_turn(uv_prepare_t *prepare)
{
    driver *d = prepare->data;
    d->turns++;
    if (d->done != NULL && *d->done)
        uv_stop(prepare->loop);
}

unsigned driver_run(driver *d, const bool *done, int ms)
{
    d->turns = 0;
    d->done = done;
    uv_update_time(&d->loop);
    uv_timer_start(&d->end, on_end, (uint64_t)ms, 0);
    uv_prepare_start(&d->turn, on_turn);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_prepare_stop(&d->turn);
    uv_timer_stop(&d->end);
    return d->turns;
}
