/* SPDX-License-Identifier: MIT */
/* census.h: how many connections a server has, in all and from each address.
 *
 * A connection is counted from when it is admitted until it leaves. One that is one too many is
 * refused: it is still told why, if not too many others are being told. */
#ifndef IDL__CENSUS_H
#define IDL__CENSUS_H

#include <stdbool.h>
#include <stdint.h>

#include <uv.h>

#include "address.h"

struct idl__source;

typedef struct idl__census {
    uv_mutex_t mutex; /* guards what follows */
    uint32_t max, max_per_source;
    uint32_t count, refused; /* refused: not in count */
    struct idl__source **sources;
} idl__census;

/* One connection's place. All zeros: it has none, and leaves nothing. */
typedef struct idl__ticket {
    idl__census *census;
    struct idl__source *source; /* NULL: not counted by address */
    const char *refusal;        /* NULL: it is admitted; else what to tell it */
} idl__ticket;

/* max_per_source counts IPv4 addresses and IPv6 networks of 64 bits; other sockets only count in
 * all. False: no memory. */
bool idl__census_init(idl__census *census, uint32_t max, uint32_t max_per_source);
/* All connections have left. */
void idl__census_fini(idl__census *census);

/* Any thread. False: close it without a word. Else a ticket, to be given back by leave. */
bool idl__census_admit(idl__census *census, const idl__endpoint *from, idl__ticket *ticket);
void idl__census_leave(idl__ticket *ticket);

#endif
