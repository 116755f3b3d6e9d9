/* SPDX-License-Identifier: MIT */
/* stats.h: the counters of methods. Methods are only ever added, so who reads needs no lock. */
#ifndef IDL__STATS_H
#define IDL__STATS_H

#include <stdatomic.h>

#include <idl/stats.h>

typedef struct idl__counters {
    struct idl__counters *next; /* of its bucket */
    bool server;
    const char *service, *method; /* behind it */
    atomic_ullong started, ended[IDL_STATS_CODES], bytes_in, bytes_out, duration_ns;
    atomic_ullong buckets[IDL_STATS_BUCKETS]; /* each alone, not cumulated */
} idl__counters;

/* The one behind after, NULL: the first, of servers or channels; NULL: no more. */
const idl__counters *idl__stats_next(const idl_stats *stats, bool server,
                                     const idl__counters *after);
void idl__counters_read(const idl__counters *counters, idl_method_stats *out);

#endif
