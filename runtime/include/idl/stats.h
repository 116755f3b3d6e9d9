/* SPDX-License-Identifier: MIT */
/* stats.h: what the calls of channels and servers came to, by method; also as text for Prometheus.
 *
 *     idl_stats *stats = idl_stats_new();
 *     idl_stats_server(stats, server);
 *     ...
 *     idl_stats_prometheus(stats, write_to_socket, socket);        at any time, from any thread
 *
 * One object may watch any number of both. Without memory for a method's counters its calls are not
 * counted. */
#ifndef IDL_STATS_H
#define IDL_STATS_H

#include <idl/base.h>
#include <idl/channel.h>
#include <idl/server.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

typedef struct idl_stats idl_stats;

/* NULL when there is no memory. */
IDL_API idl_stats *idl_stats_new(void);
/* When the servers and channels that it watches are gone. NULL is fine. */
IDL_API void idl_stats_free(idl_stats *stats);

/* As idl_server_intercept and idl_channel_intercept: before the server runs, before the channel's first
 * call. Interceptors that were installed before see a call earlier, and calls that one of them refuses are not
 * counted. */
IDL_API idl_code idl_stats_server(idl_stats *stats, idl_server *server);
IDL_API idl_code idl_stats_channel(idl_stats *stats, idl_channel *channel);

enum { IDL_STATS_CODES = IDL_UNAUTHENTICATED + 1, IDL_STATS_BUCKETS = 18 };

/* One method. Calls that are under way: started less all that have ended. */
typedef struct idl_method_stats {
    uint64_t started;
    uint64_t ended[IDL_STATS_CODES]; /* by code */
    uint64_t bytes_in, bytes_out;    /* of calls that have ended; as of idl_outcome */
    uint64_t duration_ns;            /* their sum */
    /* How many took at most 100 us, 200 us, and so on to 13.1072 s; what took longer is in none. */
    uint64_t buckets[IDL_STATS_BUCKETS];
} idl_method_stats;

/* False: no such call has begun. server: of the servers, or the channels. Any thread. */
IDL_API bool idl_stats_get(const idl_stats *stats, bool server, const char *service,
                           const char *method, idl_method_stats *out);

/* All of them in Prometheus's text format: write gets it piece by piece. Any thread. The metrics are
 * idl_server_started_total, _handled_total, _in_flight, _received_bytes_total, _sent_bytes_total and
 * _duration_seconds, and idl_client_ with the same endings, each labelled with service and method. */
IDL_API void idl_stats_prometheus(const idl_stats *stats,
                                  void (*write)(const char *text, size_t len, void *arg),
                                  void *arg);

IDL_END_DECLS
#endif
