/* SPDX-License-Identifier: MIT */
/* peer.h: one connection of a server: the socket that drives a protocol core.
 *
 * All that one read brought is worked off, then all replies leave in one write. A peer that does
 * not read what it asked for is not read from either, until it does. */
#ifndef IDL__PEER_H
#define IDL__PEER_H

#include <uv.h>

#include "address.h"
#include "conn.h"
#include "worker.h"

typedef struct idl__peer {
    idl__worker *worker;
    idl__conn *conn; /* NULL: closed */
    uv_poll_t poll;
    int fd;
    int events;      /* that poll watches */
    bool handle;     /* poll is not closed yet */
    bool dirty;      /* in the worker's list */
    bool stalled;    /* too much unsent: events wait in conn */
    bool mute;       /* what is written would not arrive */
    bool eof;        /* nothing more will arrive */
    bool greeted;    /* its first frame has arrived */
    bool active;     /* it has made a call since the last sweep */
    bool got;        /* bytes have come since read_at was set */
    uint8_t quiet;   /* sweeps that saw no call */
    unsigned worked; /* events since others had their turn */
    bool shut;       /* all is said; what arrives is dropped, until EOF or the deadline */
    bool waiting;    /* in the worker's list, until deadline */
    uint64_t deadline;
    uint64_t opened;
    uint64_t asked;               /* when it was asked for a sign of life; 0: it was not */
    uint64_t read_at, read_since; /* the last progress; from when on the frame counts as begun */
    uint64_t blocked_at;          /* since when a full stream keeps it from being read; 0: not */
    uint64_t write_at;            /* the last progress */
    uint64_t write_since;         /* since when something waits to be written; 0: nothing does */
    size_t wrote;                 /* bytes since write_at was set ... */
    size_t written;               /* ... and from write_since until then */
    idl__ticket ticket;
    idl_credentials credentials;
    const struct idl__target *recent; /* what it called last; NULL: nothing yet */
    size_t calls;                     /* that point here */
    struct idl__peer *prev, *next;    /* of all */
    struct idl__peer *dirty_next;
    struct idl__peer *wait_prev, *wait_next;
    char address[]; /* as long as it is */
} idl__peer;

/* A connection is idle after so many sweeps. */
enum { IDL__SWEEPS = 8 };

/* Takes the connection over, whatever happens; drops it when there is no memory. */
void idl__peer_open(idl__worker *worker, const idl__arrival *arrival);

/* Something was sent or has changed: the worker will settle it. */
void idl__peer_touch_first(idl__peer *peer);
static inline void idl__peer_touch(idl__peer *peer)
{
    if (!peer->dirty)
        idl__peer_touch_first(peer);
}
/* Sends, and does what the connection's state asks for. May close it. */
void idl__peer_settle(idl__peer *peer);
/* Says goodbye to a connection without calls for so many sweeps. */
void idl__peer_sweep(idl__peer *peer);
/* Asks for a sign of life when it is time to, and loses a connection that has given none. */
void idl__peer_keep_alive(idl__peer *peer, uint64_t now);
/* Its time is over. */
void idl__peer_expire(idl__peer *peer);
/* The connection is lost for its calls; it is still to be closed. */
void idl__peer_abort(idl__peer *peer);
/* At once. Calls that are open on it stay until their handlers end them. */
void idl__peer_close(idl__peer *peer);

/* One of the calls that point to it is gone. */
void idl__peer_forget_call(idl__peer *peer);

#endif
