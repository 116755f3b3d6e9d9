/* SPDX-License-Identifier: MIT */
/* health.h: the service grpc.health.v1.Health, which tells load balancers, probes and clients whether
 * services are in order.
 *
 *     idl_health *health = idl_health_serve(server);
 *     idl_health_set(health, "demo.Store", IDL_HEALTH_NOT_SERVING);    until the database answers
 *     ...
 *     idl_health_set(health, "demo.Store", IDL_HEALTH_SERVING);
 *
 * The service "", the server as a whole, is SERVING from the start; others are known once they are set.
 * When the server drains everything becomes NOT_SERVING for good: who watches is told so, and its
 * stream ends with IDL_UNAVAILABLE.
 *
 * Clients: idlc generates their stubs from health.idl, which is installed in share/idlc. */
#ifndef IDL_HEALTH_H
#define IDL_HEALTH_H

#include <idl/base.h>
#include <idl/server.h>

IDL_BEGIN_DECLS

typedef struct idl_health idl_health;

/* As numbered on the wire. */
typedef enum idl_health_status {
    IDL_HEALTH_UNKNOWN = 0,
    IDL_HEALTH_SERVING = 1,
    IDL_HEALTH_NOT_SERVING = 2,
    IDL_HEALTH_SERVICE_UNKNOWN = 3 /* the service is as if it never had been set */
} idl_health_status;

/* Adds the service to a server that does not run yet, once. The result lives as long as the server. NULL:
 * no memory, or the service is there already; the error sticks in the server, and idl_health_set accepts
 * NULL. */
IDL_API idl_health *idl_health_serve(idl_server *server);

/* Sets what clients are told about a service ("demo.Store"; "": the server as a whole), and tells those that
 * watch it if that is a change. A client that does not read gets the last status when it does. Never
 * waits. Any thread, also handlers; a thread that is not the server's own has to be done before
 * idl_server_free. False: no memory, or no server; nothing is changed. */
IDL_API bool idl_health_set(idl_health *health, const char *service, idl_health_status status);

IDL_END_DECLS
#endif
