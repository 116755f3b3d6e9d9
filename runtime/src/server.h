/* SPDX-License-Identifier: MIT */
/* server.h: what idl_server is. */
#ifndef IDL__SERVER_H
#define IDL__SERVER_H

#include <uv.h>

#include <idl/server.h>

#include "listener.h"
#include "method_table.h"
#include "worker.h"

/* A service of the runtime's own: hears, on the first worker's thread, that the server takes no more
 * calls, and is freed with it. self NULL: there is none. */
typedef struct idl__companion {
    void *self;
    void (*on_leaving)(void *self);
    void (*free)(void *self);
} idl__companion;

struct idl_server {
    idl_server_options options; /* with the defaults filled in */
    idl__method_table methods;
    struct idl__chain *chain; /* NULL: no interceptors */
    idl__listener **listeners;
    size_t listener_count;
    void (*on_drain)(idl_server *server, void *arg); /* NULL: nobody asked */
    void *drain_arg;
    idl__companion companion; /* its health */
    idl_code code;            /* the first error */
    char error[IDL__ERROR_MAX];
    uv_mutex_t mutex; /* guards what follows */
    bool ran, stopping;
    idl__worker *first; /* while it runs */
    struct run *run;    /* in a loop of the caller's; NULL: not started, or over */
};

/* The first error sticks. Returns that one. */
idl_code idl__server_fail(idl_server *server, idl_code code, const char *format, ...)
    IDL_PRINTF(3, 4);

/* What idl_server_run does with a server that can run: 0 or 1. */
int idl__server_serve(idl_server *server);

/* The same in a loop of the caller's. False: it is over, and server->run is NULL. */
bool idl__server_begin(idl_server *server);
bool idl__server_step(idl_server *server, int timeout_ms);
int idl__server_fd(const idl_server *server);
int idl__server_timeout(const idl_server *server);
/* Ends it at once. */
void idl__server_abort(idl_server *server);

#endif
