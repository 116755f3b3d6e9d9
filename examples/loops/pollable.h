/* SPDX-License-Identifier: MIT */
/* pollable.h: what a loop has to know of a channel or of a server: the same three things. */
#ifndef POLLABLE_H
#define POLLABLE_H

#include <idl/channel.h>
#include <idl/server.h>

typedef struct pollable {
    void *what;
    int (*fd)(const struct pollable *self);
    int (*timeout)(const struct pollable *self);
    bool (*process)(const struct pollable *self); /* false: it is over */
} pollable;

static inline int pollable_channel_fd(const pollable *self)
{
    return idl_channel_fd(self->what);
}

static inline int pollable_channel_timeout(const pollable *self)
{
    return idl_channel_timeout(self->what);
}

static inline bool pollable_channel_process(const pollable *self)
{
    idl_channel_process(self->what, 0);
    return true;
}

static inline pollable pollable_channel(idl_channel *channel)
{
    return (pollable){ channel, pollable_channel_fd, pollable_channel_timeout,
                       pollable_channel_process };
}

static inline int pollable_server_fd(const pollable *self)
{
    return idl_server_fd(self->what);
}

static inline int pollable_server_timeout(const pollable *self)
{
    return idl_server_timeout(self->what);
}

static inline bool pollable_server_process(const pollable *self)
{
    return idl_server_process(self->what, 0);
}

/* After idl_server_start. */
static inline pollable pollable_server(idl_server *server)
{
    return (pollable){ server, pollable_server_fd, pollable_server_timeout,
                       pollable_server_process };
}

#endif
