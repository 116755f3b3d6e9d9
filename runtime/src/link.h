/* SPDX-License-Identifier: MIT */
/* link.h: one connection of a channel: its socket, its protocol state, and whose turn it is.
 *
 * A channel opens calls on the links of its targets. A link that takes no new call (the server is
 * leaving, or writing failed) is detached: it lives on until the calls on it have ended.
 *
 * No thread belongs to a link. Those that wait for something on it take two roles in turns, the
 * reader's and the writer's; one thread may have both. Every function here is called with the
 * channel's lock held, gives it up around system calls, and returns with it.
 *
 * Liveness: a thread that sleeps relies on others, so whoever stops doing I/O calls idl__link_nudge,
 * which wakes a sleeper if there is something left to do that nobody does. */
#ifndef IDL__LINK_H
#define IDL__LINK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/channel.h>

#include "call.h"
#include "conn.h"
#include "connect.h"
#include "waiter.h"

typedef struct idl__link {
    struct idl_channel *channel;
    struct idl__target *target; /* whose link it is; NULL: detached */
    struct idl__link *next;     /* in the channel's lists */
    unsigned refs;              /* the channel's, and one of each thread that is using it */
    idl__shared *shared;
    idl__conn *conn;
    int fd;
    enum { IDL__CONNECTING, IDL__UP, IDL__LEAVING, IDL__DOWN } state;
    idl__connect *attempt; /* while connecting; the reader's */
    uint64_t not_before;   /* when that begins */
    uint64_t used;         /* when it was last read, or looked at, or began to leave */
    uint64_t heard;        /* when something arrived last */
    uint64_t waited;       /* how long its reader did, with spin_ns */
    uint64_t asked;        /* when it was asked for a sign of life; 0: it was not */
    uint64_t sent;         /* bytes, since its begin */
    uint64_t blocked_at;   /* since when a stream that nobody takes from holds it up; 0: not */
    size_t async;          /* async calls open on it */
    bool starving;         /* some of these wait for the queue to become short: */
    uint32_t drained;      /* how often it has */
    bool reading;          /* there is a reader */
    bool writing;          /* there is a writer */
    bool led;              /* by a writer that reads next, if nobody does: idl__link_lead */
    bool watching;         /* somebody polls for the socket to be writable */
    short polled;          /* events that the channel's watch looks for; 0: it does not: */
    int polled_fd;         /* where */
    bool full;             /* the socket was not writable when it was last tried */
    bool broken;           /* writing failed: only read it to its end */
    bool oneway;           /* what was sent may still be under way when no call is open */
    idl__waiter *reader;   /* of a reader that sleeps in poll and can be woken; else NULL */
    idl__waiter *sleepers;
    unsigned squeezed;  /* threads that wait for bytes to be written */
    idl_code code;      /* down: why */
    idl__block *reason; /* down: in words; NULL: out of memory */
} idl__link;

/* A link that is to connect to its target, when that may be tried again. One reference. NULL when
 * there is no memory. */
idl__link *idl__link_new(struct idl_channel *channel, struct idl__target *target);
void idl__link_unref(idl__link *link);
/* For the channel, when nobody can see it any more. Without the lock. */
void idl__link_free(idl__link *link);

/* Something is unsent and may be written now: the writer's role is free. */
bool idl__link_can_write(const idl__link *link);
/* Writes what is unsent, whoever queued it, as far as the socket takes it. */
void idl__link_write(idl__link *link);

/* The same for many: first lets those threads run that were woken a moment ago, as their next calls
 * may go with the same write. Nobody else reads or writes meanwhile, so whoever calls this goes on
 * with idl__link_read, or idl__link_nudge. */
void idl__link_lead(idl__link *link);

/* An async call could not send, for want of credit or because too much is queued. */
void idl__link_starve(idl__link *link, idl_call *call);

/* Takes the reader's role, which is free, for one round: connects or reads, and hands out what
 * arrived. Waits until there is something, the thread is woken, or that time has come; 0: only takes
 * what is there, IDL_NEVER: for as long as it takes. Wakes when call, which may be NULL, has a token
 * and is cancelled. */
void idl__link_read(idl__link *link, idl_call *call, uint64_t until);

/* A full stream of a wire without flow control keeps it from being read, at most until then; that
 * stream is ended, by idl__link_read, if it is not taken from before. */
bool idl__link_is_blocked(idl__link *link, uint64_t *until);

/* Keepalive, for whoever is about to read it: asks for a sign of life when it is time to, and loses a
 * link that gives none. When to call this again; IDL_NEVER: there is nothing to watch over. */
uint64_t idl__link_keep_alive(idl__link *link);

/* For a thread whose bytes are unsent while the socket is full and the reader can't be bothered:
 * waits for the socket. */
bool idl__link_wants_watch(const idl__link *link);
void idl__link_watch(idl__link *link, idl_call *call, uint64_t until);

/* Sleeps until the call is over, there is something to do, or that time has come. */
void idl__link_sleep(idl__link *link, idl_call *call, uint64_t until);
void idl__link_nudge(idl__link *link);

/* A call has ended before its time: holds back nothing that nobody wants any more. */
void idl__link_relieve(idl__link *link);

/* Takes no new call any more, and is closed once no call is open on it. */
void idl__link_detach(idl__link *link);
/* The text that a reason's block holds; NULL: there was no memory for it. */
idl_str idl__link_text(const idl__block *block);

/* Ends it, and all calls on it with code. */
IDL_COLD void idl__link_lose(idl__link *link, idl_code code, const char *reason);
/* Takes it from its channel; no call is open on it. */
void idl__link_close(idl__link *link);

#endif
