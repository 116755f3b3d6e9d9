/* SPDX-License-Identifier: MIT */
/* server.c: a server before and after it runs: options, services, listeners, errors. */
#include "server.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "chain.h"
#include "codec.h"
#include "log.h"
#include "mem.h"
#include "systemd.h"

enum {
    WORKERS_MAX = 1024,
    THREADS_MAX = 4096,
    QUEUED_MAX = 1000,
    KEEPALIVE_TIMEOUT_MS = 20000,
    DRAIN_MS = 30000,
    IO_MS = 30000,
    HANDSHAKE_MS = 20000,
    IDLE_MS = 30 * 60 * 1000,
    UNSENT_MAX = 64 << 20,
    MESSAGE_MAX = 4 << 20,
    STREAMS_MAX = 1000
};

static const char no_server[] = "there was no memory for the server";

/* ---- Life ---- */

/* Options may come from a caller who was compiled when the struct was smaller. */
static idl_server_options with_defaults(const idl_server_options *given)
{
    idl_server_options options = { 0 };
    if (given != NULL)
        memcpy(&options, given, given->size < sizeof options ? given->size : sizeof options);
    if (options.workers == 0)
        options.workers = 1;
    if (options.workers > WORKERS_MAX)
        options.workers = WORKERS_MAX;
    if (options.max_message == 0)
        options.max_message = MESSAGE_MAX;
    options.max_metadata = idl__meta_limit(options.max_metadata);
    if (options.max_streams == 0)
        options.max_streams = STREAMS_MAX;
    if (options.drain_timeout_ms == 0)
        options.drain_timeout_ms = DRAIN_MS;
    if (options.io_timeout_ms == 0)
        options.io_timeout_ms = IO_MS;
    if (options.handshake_timeout_ms == 0)
        options.handshake_timeout_ms = HANDSHAKE_MS;
    if (options.idle_timeout_ms == 0)
        options.idle_timeout_ms = IDLE_MS;
    if (options.keepalive_timeout_ms == 0)
        options.keepalive_timeout_ms = KEEPALIVE_TIMEOUT_MS;
    if (options.max_unsent == 0)
        options.max_unsent = UNSENT_MAX;
    if (options.max_decoded == 0)
        options.max_decoded = options.max_message < SIZE_MAX / IDL__DECODED_FACTOR
                                  ? options.max_message * IDL__DECODED_FACTOR
                                  : SIZE_MAX;
    if (options.handler_threads > THREADS_MAX)
        options.handler_threads = THREADS_MAX;
    if (options.max_queued == 0)
        options.max_queued = QUEUED_MAX;
    return options;
}

idl_server *idl_server_new(const idl_server_options *options)
{
    idl_server *server = idl__calloc(1, sizeof *server);
    if (server == NULL)
        return NULL;
    if (uv_mutex_init(&server->mutex) != 0) {
        idl__free(server);
        return NULL;
    }
    server->options = with_defaults(options);
    return server;
}

void idl_server_free(idl_server *server)
{
    if (server == NULL)
        return;
    idl__server_abort(server);
    for (size_t i = 0; i < server->listener_count; i++) {
        idl__listener_close(server->listeners[i]);
        idl__free(server->listeners[i]);
    }
    if (server->companion.self != NULL)
        server->companion.free(server->companion.self);
    idl__free(server->listeners);
    idl__method_table_fini(&server->methods);
    idl__chain_release(server->chain);
    uv_mutex_destroy(&server->mutex);
    idl__free(server);
}

/* ---- Errors ---- */

idl_code idl__server_fail(idl_server *server, idl_code code, const char *format, ...)
{
    if (server->code != IDL_OK)
        return server->code;
    va_list args;
    va_start(args, format);
    vsnprintf(server->error, sizeof server->error, format, args);
    va_end(args);
    server->code = code;
    idl__log(&(idl__logger){ .log = server->options.log }, IDL_LOG_ERROR, "%s", server->error);
    return code;
}

const char *idl_server_error(const idl_server *server)
{
    return server != NULL ? server->error : no_server;
}

/* ---- Listeners ---- */

static bool append_listener(idl_server *server, const idl__listener *listener)
{
    idl__listener *copy = idl__malloc(sizeof *copy);
    idl__listener **list =
        idl__realloc(server->listeners, (server->listener_count + 1) * sizeof(*list));
    if (list != NULL)
        server->listeners = list;
    if (list == NULL || copy == NULL) {
        idl__free(copy);
        return false;
    }
    *copy = *listener;
    server->listeners[server->listener_count++] = copy;
    return true;
}

static bool has_descriptor(const idl_server *server, int fd)
{
    for (size_t i = 0; i < server->listener_count; i++)
        if (server->listeners[i]->fd == fd)
            return true;
    return false;
}

/* Each socket that was passed as a listener of its own. The address was checked. */
static idl_code listen_passed(idl_server *server, const char *address)
{
    idl__listener listener;
    char error[IDL__ERROR_MAX];
    for (int fd = -1;;) {
        idl_code code = idl__passed_next(address, &fd, error);
        if (code == IDL_OK && fd < 0)
            return IDL_OK;
        if (code == IDL_OK && has_descriptor(server, fd))
            return idl__server_fail(server, IDL_ALREADY_EXISTS,
                                    "%.192s: the server listens on descriptor %d already", address,
                                    fd);
        if (code == IDL_OK)
            code = idl__listener_adopt(&listener, address, fd, error);
        if (code != IDL_OK)
            return idl__server_fail(server, code, "%s", error);
        if (!append_listener(server, &listener))
            return idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "%.192s: out of memory",
                                    address);
    }
}

idl_code idl_server_listen(idl_server *server, const char *address)
{
    idl__listener listener;
    char error[IDL__ERROR_MAX];
    if (server == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (server->code != IDL_OK)
        return server->code;
    if (server->ran)
        return idl__server_fail(server, IDL_FAILED_PRECONDITION, "a server listens before it runs");
    idl_code code = idl__address_check(address, IDL__LISTEN, error);
    if (code == IDL_OK && idl__address_is_passed(address))
        return listen_passed(server, address);
    if (code == IDL_OK)
        code = idl__listener_open(&listener, address, server->options.socket_mode, error);
    if (code != IDL_OK)
        return idl__server_fail(server, code, "%s", error);
    if (append_listener(server, &listener))
        return IDL_OK;
    idl__listener_close(&listener);
    return idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "%.192s: out of memory", address);
}

const char *idl_server_address(const idl_server *server, size_t i)
{
    if (server == NULL || i >= server->listener_count)
        return NULL;
    return server->listeners[i]->text;
}

/* ---- Services ---- */

idl_code idl_server_add(idl_server *server, const idl_method *methods, size_t count,
                        idl_enter_fn *enter, const void *handlers, void *user)
{
    if (server == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (count == 0)
        return server->code;
    const char *service = methods[0].service;
    if (server->ran)
        return idl__server_fail(server, IDL_FAILED_PRECONDITION,
                                "service '%.192s': added after the server ran", service);
    switch (idl__method_table_add(&server->methods, methods, count, enter, handlers, user)) {
    case IDL_OK: return server->code;
    case IDL_ALREADY_EXISTS:
        return idl__server_fail(server, IDL_ALREADY_EXISTS, "service '%.192s' is served already",
                                service);
    case IDL_INVALID_ARGUMENT:
        return idl__server_fail(server, IDL_INVALID_ARGUMENT, "service '%.192s': no handlers",
                                service);
    default:
        return idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "service '%.192s': out of memory",
                                service);
    }
}

idl_code idl_server_intercept(idl_server *server, const idl_interceptor *interceptor, void *arg)
{
    if (server == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (server->ran)
        return idl__server_fail(server, IDL_FAILED_PRECONDITION,
                                "an interceptor: after the server ran");
    if (idl__chain_add(&server->chain, interceptor, arg))
        return server->code;
    return idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "an interceptor: out of memory");
}

/* ---- Running ---- */

static bool may_run(idl_server *server)
{
    if (server->ran)
        idl__server_fail(server, IDL_FAILED_PRECONDITION, "a server runs once");
    else if (server->listener_count == 0)
        idl__server_fail(server, IDL_FAILED_PRECONDITION, "the server listens nowhere");
    if (server->code != IDL_OK)
        return false;
    server->ran = true;
    return true;
}

int idl_server_run(idl_server *server)
{
    if (server == NULL || !may_run(server))
        return 1;
    return idl__server_serve(server);
}

void idl_server_on_drain(idl_server *server, void (*fn)(idl_server *server, void *arg), void *arg)
{
    if (server == NULL)
        return;
    server->on_drain = fn;
    server->drain_arg = arg;
}

idl_code idl_server_start(idl_server *server)
{
    if (server == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    if (!may_run(server) || !idl__server_begin(server))
        return server->code;
    return IDL_OK;
}

bool idl_server_process(idl_server *server, int timeout_ms)
{
    return server != NULL && server->run != NULL && idl__server_step(server, timeout_ms);
}

int idl_server_fd(const idl_server *server)
{
    return server != NULL && server->run != NULL ? idl__server_fd(server) : -1;
}

int idl_server_timeout(const idl_server *server)
{
    return server != NULL && server->run != NULL ? idl__server_timeout(server) : -1;
}

void idl_server_stop(idl_server *server)
{
    if (server == NULL)
        return;
    uv_mutex_lock(&server->mutex);
    server->stopping = true;
    if (server->first != NULL)
        idl__worker_advance(server->first, IDL__DRAINING);
    uv_mutex_unlock(&server->mutex);
}
