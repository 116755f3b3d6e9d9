/* SPDX-License-Identifier: MIT */
/* target.h: where a channel's calls may go: one target for each link that it keeps.
 *
 * With pick_first there is one, the whole address: its places are tried in turn, and the first that
 * answers is kept. With round_robin each place that was found is a target, and calls go to those in
 * turn whose link is up.
 *
 * A target that could not be reached is left alone for a while, longer each time: calls that do not
 * wait fail at once, with what went wrong the last time. A link that is made meanwhile, for calls
 * that do wait, begins to connect when that time is over. */
#ifndef IDL__TARGET_H
#define IDL__TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "address.h"
#include "block.h"

struct idl__link; /* link.h */
struct idl_channel;

typedef struct idl__target {
    struct idl__link *link; /* where its calls are opened; NULL: none */
    bool used;              /* round_robin: the slot is */
    bool known;             /* round_robin: endpoint is */
    idl__endpoint endpoint;
    /* Attempts that failed, one after another. */
    uint64_t delay;     /* the last time that it was left alone; 0: the last attempt succeeded */
    uint64_t retry_at;  /* not to be tried before */
    idl_code code;      /* how the last one failed ... */
    idl__block *reason; /* ... and in words; NULL: it did not, or there was no memory */
} idl__target;

/* All with the channel's lock held. */

/* The channel's targets to begin with. False: no memory. */
bool idl__targets_init(struct idl_channel *channel, bool spread);
void idl__targets_fini(struct idl_channel *channel);

/* The link on which to open a call. patient: for a call that waits for one. may_io: the lock may be
 * given up for a look at what arrived. NULL: *failed cannot be reached (else NULL: no memory). */
struct idl__link *idl__target_pick(struct idl_channel *channel, bool patient, bool may_io,
                                   const idl__target **failed);

/* Why the last attempt at one of them failed, in words; NULL: none did. */
const struct idl__block *idl__target_reason(const struct idl_channel *channel);

/* Some target may take a call now: it is up, or connecting. */
bool idl__target_any(const struct idl_channel *channel);

/* round_robin: begins with the targets whose time has come. The first time of the others. */
uint64_t idl__targets_tend(struct idl_channel *channel, uint64_t now);

/* round_robin: the link's attempt has found its endpoints: they become the targets, and the attempt
 * goes on with its own. */
void idl__targets_found(struct idl__link *link);

/* How an attempt ended. */
void idl__target_failed(struct idl__link *link, idl_code code, const char *error);
void idl__target_reached(struct idl__link *link);

#endif
