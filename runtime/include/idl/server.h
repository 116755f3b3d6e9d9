/* SPDX-License-Identifier: MIT */
/* server.h: the server's side: listeners, services, and the loop that serves them.
 *
 *     idl_server *server = idl_server_new(NULL);
 *     greeter_serve(server, &(greeter_handlers){ .greet = greet }, NULL);
 *     if (idl_server_listen(server, "tcp://127.0.0.1:50051") != IDL_OK) ...
 *     int status = idl_server_run(server);
 *     idl_server_free(server);
 *
 * Handlers run on the loop of the worker that owns the connection: with one worker, never two at
 * the same time. Such a handler must not block; one that has to wait defers its call (call.h). Replies
 * to the requests that arrived together leave together, in one write.
 *
 * With handler_threads they run on a pool of threads, any number at the same time and in no order
 * that connections or clients could count on, and may block: in what they like, in stream
 * operations (next, emit), and in client calls. Each call is touched by one thread at a time.
 *
 * A handler's *reply starts empty and is encoded after the handler returns: what it points to is
 * static, the request's, or the call's (idl_call_alloc, idl_call_printf), never a local. */
#ifndef IDL_SERVER_H
#define IDL_SERVER_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/log.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

typedef struct idl_server idl_server;

/* IDL_SERVER_OPTIONS is the start of every one. Zero means the default. */
typedef struct idl_server_options {
    size_t size;
    uint32_t workers;          /* threads, each with a loop of its own and about as many
                                  connections as the others; default 1: the caller's */
    size_t max_message;        /* bytes of one message, either way; default 4 MiB */
    uint32_t max_streams;      /* calls open at once on one connection; default 1000 */
    uint32_t drain_timeout_ms; /* how long a drain waits for calls to end; default 30000 */
    uint32_t io_timeout_ms;    /* without a byte in the middle of a message, either way, until the
                                  connection is closed; default 30000. After that long a message
                                  must also have moved at 1 KiB a second */

    /* What peers may take. A connection over a limit is told so and closed (GOAWAY with
     * RESOURCE_EXHAUSTED: its calls never ran), a call ends with RESOURCE_EXHAUSTED. */
    uint32_t max_connections;          /* at once; default: three quarters of the descriptors that
                                          the process may have when the server runs */
    uint32_t max_connections_per_peer; /* from one IPv4 address or IPv6 network (64 bits), for
                                          tcp://; default: half of max_connections */
    uint32_t handshake_timeout_ms;     /* from connecting to the first frame; default 20000 */
    uint32_t idle_timeout_ms; /* without a call, until the connection is closed (GOAWAY first;
                                      the time is kept to an eighth); default 30 minutes */
    size_t max_unsent;        /* bytes of replies that wait for one client to read them;
                                      further replies become RESOURCE_EXHAUSTED; default 64 MiB.
                                      Far below, at 1 MiB or half of this, the server takes
                                      nothing more from that client until it has read */
    size_t max_decoded;       /* memory that one message may take once it is decoded: a list of
                                      empty structs is small only on the wire; default 16 times
                                      max_message */

    uint32_t handler_threads; /* that run the handlers, which may block then; default 0: the loops
                                 run them */
    uint32_t max_queued;      /* calls that wait for one of those; one more is answered with
                                 RESOURCE_EXHAUSTED; default 1000 */

    uint32_t socket_mode;     /* permissions of unix:///path sockets, 0600 say: who may write to
                                 the file may connect; default: as the umask says */
    size_t max_metadata; /* of one call, either way (metadata.h); default 16 KiB, at most 1 MiB */

    /* Event-driven clients (channel.h) that have sent nothing for keepalive_ms (default: this is not
     * done) are asked for a sign of life, and closed when none comes within keepalive_timeout_ms
     * (default 20000); both are kept to a quarter of the shorter one. Others read nothing between
     * calls, and are not asked. */
    uint32_t keepalive_ms, keepalive_timeout_ms;

    uint32_t notify; /* 1: tells the service manager when the server is ready and when it stops, for
                        units of Type=notify (sd_notify(3): READY=1, STOPPING=1), if the process was
                        started by one that wants to hear; default 0: it does not */

    uint32_t spin_us; /* how long a worker with nothing to do looks for more before it sleeps, as
                         clients may (channel.h): at most 100000; default 0 */

    const idl_log *log; /* is told of connections, limits and what goes wrong; default: nobody is */
} idl_server_options;

/* For a timeout above: never. */
#define IDL_NO_TIMEOUT UINT32_MAX

// clang-format off
#define IDL_SERVER_OPTIONS \
    { sizeof(idl_server_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL }
// clang-format on

/* NULL only when there is no memory, and every function accepts that. options may be NULL. */
IDL_API idl_server *idl_server_new(const idl_server_options *options);

/* Closes what is open and frees the server. Not while idl_server_run is running, nor in a handler. NULL
 * is fine. */
IDL_API void idl_server_free(idl_server *server);

/* Listens on an address: tcp://host:port (host: a name, of which the first address is taken, IPv4
 * before IPv6; an IPv4 or [IPv6] address; or * for all interfaces; port 0: any free one),
 * unix:///path (a stale socket file is replaced, a live one is not), unix://@abstract. ttrpc+ before
 * it: for clients that speak ttrpc, which lacks a few things (docs/wire.md). Connections wait until
 * idl_server_run. May be called several times, before run.
 *
 * Sockets that the process was started with: systemd://NAME, those that a service manager has passed to it
 * under that name (socket activation, as sd_listen_fds(3) says: LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES; the
 * unit's FileDescriptorName=), systemd:// all of them, fd://3 the one with that number. They have to listen
 * already (Accept=no), are the server's from here on, and are not inherited by programs that it starts.
 * Connections that nobody has accepted when the server drains stay in the queue, for the next process
 * that gets the socket.
 *
 * IDL_OK; IDL_INVALID_ARGUMENT: the address can't be right; IDL_UNAVAILABLE: in use, or no such
 * host or interface; IDL_PERMISSION_DENIED; IDL_RESOURCE_EXHAUSTED. idl_server_error says it in
 * words, with the address. IDL_UNAVAILABLE is also: no socket of that name was passed. */
IDL_API idl_code idl_server_listen(idl_server *server, const char *address);

/* The address of the i-th listener (of systemd:// there may be several), with the port that it really has ("tcp://127.0.0.1:43123").
 * NULL beyond the last. Lives as long as the server. */
IDL_API const char *idl_server_address(const idl_server *server, size_t i);

/* The first error of this server, for people; "" when there was none. Lives as long as the
 * server. Errors of <service>_serve stick as well: idl_server_listen and _run report them. */
IDL_API const char *idl_server_error(const idl_server *server);

/* Serves on the calling thread (and workers - 1 others) until SIGINT, SIGTERM or idl_server_stop.
 * Then it drains: stops listening, takes no new call, finishes those that are open, sends what is
 * left and closes. A second signal, or drain_timeout_ms, ends it at once: calls that are deferred
 * then have lost their clients, and are still to be ended, by whoever has them. Handlers on the pool
 * are waited for in any case: next and emit wake them. Signals that the
 * process ignores stay ignored; afterwards they do what they did before. A server runs once.
 *
 * 0 after a drain, 1 after an error (idl_server_error), and when calls were open at the end. */
IDL_API int idl_server_run(idl_server *server);

/* fn runs once, when a drain begins, on the loop of the first worker: the place to end the calls that
 * would go on for ever, such as streams of news (idl_call_end), which a drain else waits for until
 * drain_timeout_ms. Calls that were on their way may still come after it. Before idl_server_run. */
IDL_API void idl_server_on_drain(idl_server *server, void (*fn)(idl_server *server, void *arg),
                                 void *arg);

/* Makes idl_server_run drain and return. Any thread, also a handler; not a signal handler. */
IDL_API void idl_server_stop(idl_server *server);

/* ---- In a loop of your own ----
 *
 * Instead of idl_server_run, for a program that has a loop already:
 *
 *     if (idl_server_start(server) != IDL_OK) ...
 *     wait until idl_server_fd is readable, but not for longer than idl_server_timeout;
 *     if (!idl_server_process(server, 0)) it is over: take the descriptor out of the loop;
 *
 * All this, and idl_server_free, on one thread: the loop's. It is worker 1, whose handlers run in
 * idl_server_process; workers beyond it and handler_threads are threads of the server's own, and the last
 * idl_server_process waits for the handlers that are still there. Signals are left alone: call
 * idl_server_stop when yours says so. Replies that are given outside of idl_server_process, on any thread,
 * make the descriptor readable. */

/* Begins to serve. Codes as idl_server_listen; IDL_FAILED_PRECONDITION: it listens nowhere, or ran
 * before. */
IDL_API idl_code idl_server_start(idl_server *server);

/* One descriptor for all connections and listeners, as long as it serves; only to be polled, for being
 * readable. -1: it does not serve. */
IDL_API int idl_server_fd(const idl_server *server);

/* Milliseconds until something is due; 0: now, -1: nothing is. To be asked just before waiting, each
 * time. */
IDL_API int idl_server_timeout(const idl_server *server);

/* Serves what there is to serve. Waits for that at most timeout_ms (0: not at all, -1: as long as it
 * takes). False once it has drained, after idl_server_stop: idl_server_error is empty then, or says what
 * went wrong. In a handler it does nothing. */
IDL_API bool idl_server_process(idl_server *server, int timeout_ms);

IDL_END_DECLS
#endif
