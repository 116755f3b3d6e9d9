/* SPDX-License-Identifier: MIT */
/* with_libuv.h: a channel or a server in a libuv loop of your own. */
#ifndef WITH_LIBUV_H
#define WITH_LIBUV_H

#include <uv.h>

#include "pollable.h"

typedef struct with_libuv {
    uv_poll_t poll;
    uv_timer_t timer;
    pollable item;
    bool over;
} with_libuv;

/* Before the channel is closed; the loop has self until it has run once more. */
static inline void with_libuv_remove(with_libuv *self)
{
    if (self->over)
        return;
    self->over = true;
    uv_close((uv_handle_t *)&self->poll, NULL);
    uv_close((uv_handle_t *)&self->timer, NULL);
}

static inline void with_libuv_round(with_libuv *self);

static inline void with_libuv_timer(uv_timer_t *timer)
{
    with_libuv_round(timer->data);
}

static inline void with_libuv_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    with_libuv_round(poll->data);
}

/* The time is asked for once a round: what becomes due sooner makes the descriptor readable. */
static inline void with_libuv_wait(with_libuv *self)
{
    int ms = self->item.timeout(&self->item);
    uv_update_time(self->timer.loop);
    if (ms < 0)
        uv_timer_stop(&self->timer);
    else
        uv_timer_start(&self->timer, with_libuv_timer, (uint64_t)ms, 0);
}

static inline void with_libuv_round(with_libuv *self)
{
    if (self->item.process(&self->item))
        with_libuv_wait(self);
    else
        with_libuv_remove(self);
}

/* 0, or libuv's error. */
static inline int with_libuv_add(uv_loop_t *loop, with_libuv *self, pollable item)
{
    self->item = item;
    self->over = false;
    int failed = uv_poll_init(loop, &self->poll, item.fd(&item));
    if (failed != 0)
        return failed;
    uv_timer_init(loop, &self->timer);
    self->poll.data = self->timer.data = self;
    uv_poll_start(&self->poll, UV_READABLE, with_libuv_ready);
    with_libuv_wait(self);
    return 0;
}

#endif
