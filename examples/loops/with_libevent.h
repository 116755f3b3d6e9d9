/* SPDX-License-Identifier: MIT */
/* with_libevent.h: a channel or a server in a libevent loop. */
#ifndef WITH_LIBEVENT_H
#define WITH_LIBEVENT_H

#include <event2/event.h>

#include "pollable.h"

typedef struct with_libevent {
    struct event *event; /* NULL: it is over */
    pollable item;
} with_libevent;

/* The time is asked for once a round: what becomes due sooner makes the descriptor readable. */
static inline void with_libevent_wait(with_libevent *self)
{
    int ms = self->item.timeout(&self->item);
    struct timeval left = { ms / 1000, ms % 1000 * 1000 };
    if (ms < 0)
        event_remove_timer(self->event);
    event_add(self->event, ms < 0 ? NULL : &left);
}

/* Before the channel is closed. */
static inline void with_libevent_remove(with_libevent *self)
{
    if (self->event != NULL)
        event_free(self->event);
    self->event = NULL;
}

static inline void with_libevent_ready(evutil_socket_t fd, short events, void *arg)
{
    with_libevent *self = arg;
    (void)fd;
    (void)events;
    if (self->item.process(&self->item))
        with_libevent_wait(self);
    else
        with_libevent_remove(self);
}

/* self stays where it is until it is removed, or over. False: no memory. */
static inline bool with_libevent_add(struct event_base *base, with_libevent *self, pollable item)
{
    self->item = item;
    self->event = event_new(base, item.fd(&item), EV_READ | EV_PERSIST, with_libevent_ready, self);
    if (self->event == NULL)
        return false;
    with_libevent_wait(self);
    return true;
}

#endif
