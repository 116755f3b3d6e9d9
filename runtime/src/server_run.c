/* SPDX-License-Identifier: MIT */
/* server_run.c: a running server: its workers, and what the first of them does for all.
 *
 * The first worker is the thread that called idl_server_run, or that carries the server on in a loop of
 * its own. It accepts, deals the connections
 * out, hears the signals, passes each stage on to the others, and ends after them. */
#include "server.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "acceptor.h"
#include "census.h"
#include "mem.h"
#include "server_away.h"
#include "server_pool.h"
#include "signals.h"
#include "spin.h"
#include "systemd.h"

struct run {
    idl_server *server;
    size_t count; /* of workers */
    idl__worker **workers;
    uv_thread_t *threads; /* of all but the first */
    size_t started;       /* threads */
    idl__server_pool *pool;
    idl__acceptor *acceptors;
    size_t accepting;
    idl__signals signals;
    idl__census census;
    size_t turn;
    bool leaving; /* a stage behind serving was reached */
};

/* ---- On the first worker's thread ---- */

/* The worker with the fewest connections; of several, each in turn. */
static idl__worker *choose(struct run *run)
{
    size_t first = run->turn++ % run->count, fewest = SIZE_MAX;
    idl__worker *chosen = NULL;
    for (size_t i = 0; i < run->count; i++) {
        idl__worker *worker = run->workers[(first + i) % run->count];
        size_t connections = idl__worker_connections(worker);
        if (connections < fewest) {
            fewest = connections;
            chosen = worker;
        }
    }
    return chosen;
}

/* Of the server itself: they go with the first worker's. */
static idl__logger *logger_of(const struct run *run)
{
    return &run->workers[0]->logger;
}

static void log_refused(struct run *run, const idl__endpoint *from, const char *why)
{
    char place[IDL__ENDPOINT_TEXT];
    if (!idl__logs(logger_of(run), IDL_LOG_WARNING))
        return;
    idl__endpoint_text(from, place);
    idl__log_peer(logger_of(run), IDL_LOG_WARNING, "%s: refused: %s", place, why);
}

static void deal(void *arg, const idl__listener *listener, int fd, const idl__endpoint *from)
{
    struct run *run = arg;
    idl__arrival arrival = { .fd = fd, .protocol = listener->protocol, .from = *from };
    if (!idl__census_admit(&run->census, from, &arrival.ticket)) {
        log_refused(run, from, "too many connections, or no memory");
        close(fd);
        return;
    }
    if (arrival.ticket.refusal != NULL)
        log_refused(run, from, arrival.ticket.refusal);
    idl__worker *worker = choose(run);
    if (!idl__worker_give_connection(worker, &arrival)) {
        log_refused(run, from, "no memory");
        idl__census_leave(&arrival.ticket);
        close(fd);
    }
}

static void tell_manager(struct run *run, const char *state)
{
    if (run->server->options.notify && !idl__notify(state))
        idl__log(logger_of(run), IDL_LOG_WARNING, "the service manager can't be told %s", state);
}

/* Behind serving, whatever comes next: once. */
static void leave(struct run *run)
{
    const idl__companion *companion = &run->server->companion;
    run->leaving = true;
    idl__log(logger_of(run), IDL_LOG_INFO, "takes no new connections and calls");
    tell_manager(run, "STOPPING=1");
    if (companion->self != NULL)
        companion->on_leaving(companion->self);
}

static void on_stage(void *arg, enum idl__stage stage)
{
    struct run *run = arg;
    if (!run->leaving)
        leave(run);
    while (run->accepting > 0) {
        run->accepting--;
        idl__acceptor_stop(&run->acceptors[run->accepting]);
        idl__listener_close(run->server->listeners[run->accepting]);
    }
    for (size_t i = 1; i < run->count && run->workers[i] != NULL; i++)
        idl__worker_advance(run->workers[i], stage);
    if (stage == IDL__DRAINING && run->server->on_drain != NULL)
        run->server->on_drain(run->server, run->server->drain_arg);
}

static void on_signal(void *arg)
{
    struct run *run = arg;
    idl__worker *first = run->workers[0];
    idl__worker_advance(first, first->stage == IDL__SERVING ? IDL__DRAINING : IDL__ENDING);
}

/* ---- The other threads ---- */

struct thread_arg {
    idl__worker *worker, *first;
};

static void thread_main(void *arg)
{
    struct thread_arg *mine = arg;
    idl__worker_run(mine->worker);
    idl__worker_release(mine->first);
    idl__free(mine);
}

/* Signals are for the program's own threads. */
static bool start_threads(struct run *run)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (run->started + 1 < run->count) {
        struct thread_arg *arg = idl__malloc(sizeof *arg);
        if (arg == NULL)
            break;
        *arg = (struct thread_arg){ run->workers[run->started + 1], run->workers[0] };
        run->workers[0]->holds++;
        if (uv_thread_create(&run->threads[run->started], thread_main, arg) != 0) {
            run->workers[0]->holds--;
            idl__free(arg);
            break;
        }
        run->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return run->started + 1 == run->count;
}

/* ---- Setting up and taking down ---- */

static bool make_workers(struct run *run)
{
    const idl_server_options *options = &run->server->options;
    idl__worker_options each = {
        .methods = &run->server->methods,
        .chain = run->server->chain,
        .limits = { .max_message = options->max_message,
                    .max_streams = options->max_streams,
                    .max_unsent = options->max_unsent,
                    .max_metadata = options->max_metadata },
        .max_decoded = options->max_decoded,
        .drain_timeout_ms = options->drain_timeout_ms,
        .io_timeout_ms = options->io_timeout_ms,
        .handshake_timeout_ms = options->handshake_timeout_ms,
        .idle_timeout_ms = options->idle_timeout_ms,
        .keepalive_ms = options->keepalive_ms,
        .keepalive_timeout_ms = options->keepalive_timeout_ms,
        .spin_ns = idl__spin_ns(options->spin_us),
        .log = options->log,
        .pool = run->pool,
    };
    for (size_t i = 0; i < run->count; i++) {
        each.on_stage = i == 0 ? on_stage : NULL;
        each.arg = run;
        run->workers[i] = idl__worker_new(&each);
        if (run->workers[i] == NULL)
            return false;
    }
    return true;
}

/* True: there is one, or none is wanted. */
static bool make_pool(struct run *run)
{
    const idl_server_options *options = &run->server->options;
    if (options->handler_threads == 0)
        return true;
    run->pool =
        idl__server_pool_new(options->handler_threads, options->max_queued, idl__server_run_away);
    return run->pool != NULL;
}

static bool start_accepting(struct run *run)
{
    for (; run->accepting < run->server->listener_count; run->accepting++) {
        const idl__listener *listener = run->server->listeners[run->accepting];
        if (idl__acceptor_start(&run->acceptors[run->accepting], &run->workers[0]->loop, listener,
                                logger_of(run), deal, run) != 0)
            return false;
        idl__log(logger_of(run), IDL_LOG_INFO, "listens on %s%s", listener->text,
                 listener->passed ? ", which was passed to it" : "");
    }
    return true;
}

/* The defaults leave descriptors to the rest of the program, and connections to other addresses. */
static bool make_census(struct run *run)
{
    const idl_server_options *options = &run->server->options;
    uint32_t max = options->max_connections, each = options->max_connections_per_peer;
    struct rlimit files = { .rlim_cur = RLIM_INFINITY };
    getrlimit(RLIMIT_NOFILE, &files);
    if (max == 0)
        max = files.rlim_cur < UINT32_MAX ? (uint32_t)(files.rlim_cur - files.rlim_cur / 4)
                                          : UINT32_MAX;
    if (each == 0)
        each = max - max / 2;
    return idl__census_init(&run->census, max, each);
}

static bool make_room(struct run *run)
{
    run->workers = idl__calloc(run->count, sizeof *run->workers);
    run->threads = idl__calloc(run->count, sizeof *run->threads);
    run->acceptors = idl__calloc(run->server->listener_count, sizeof *run->acceptors);
    return run->workers != NULL && run->threads != NULL && run->acceptors != NULL;
}

/* From here on idl_server_stop reaches the workers; one that came before counts too. */
static void publish(struct run *run)
{
    uv_mutex_lock(&run->server->mutex);
    run->server->first = run->workers[0];
    if (run->server->stopping)
        idl__worker_advance(run->workers[0], IDL__DRAINING);
    uv_mutex_unlock(&run->server->mutex);
}

static void retract(struct run *run)
{
    uv_mutex_lock(&run->server->mutex);
    run->server->first = NULL;
    uv_mutex_unlock(&run->server->mutex);
}

static void begin(struct run *run)
{
    if (!start_threads(run)) {
        idl__server_fail(run->server, IDL_RESOURCE_EXHAUSTED, "a worker's thread can't be started");
        idl__worker_advance(run->workers[0], IDL__ENDING);
    }
    publish(run);
    tell_manager(run, "READY=1");
}

static void end(struct run *run)
{
    retract(run);
    for (size_t i = 0; i < run->started; i++)
        uv_thread_join(&run->threads[i]);
}

static void serve(struct run *run)
{
    idl__signals_start(&run->signals, &run->workers[0]->loop, on_signal, run);
    begin(run);
    idl__worker_run(run->workers[0]);
    end(run);
    idl__signals_stop(&run->signals);
}

static void take_down(struct run *run)
{
    size_t lost = 0;
    if (run->workers != NULL && run->workers[0] != NULL)
        on_stage(run, IDL__ENDING);
    for (size_t i = 0; i < run->server->listener_count; i++)
        idl__listener_close(run->server->listeners[i]); /* nobody will accept any more */
    idl__server_pool_free(run->pool); /* its handlers may still have calls of the workers */
    for (size_t i = run->count; run->workers != NULL && i-- > 0;) {
        lost += run->workers[i] != NULL ? run->workers[i]->lost_calls : 0;
        idl__worker_free(run->workers[i]);
    }
    if (lost > 0)
        idl__server_fail(run->server, IDL_UNAVAILABLE, "ended with calls still open: %zu", lost);
    idl__free(run->workers);
    idl__free(run->threads);
    idl__free(run->acceptors);
    idl__census_fini(&run->census);
}

static bool set_up(struct run *run)
{
    if (make_census(run) && make_room(run) && make_pool(run) && make_workers(run) &&
        start_accepting(run))
        return true;
    idl__server_fail(run->server, IDL_RESOURCE_EXHAUSTED,
                     "no memory, no threads, or no descriptors, for the workers");
    return false;
}

int idl__server_serve(idl_server *server)
{
    struct run run = { .server = server, .count = server->options.workers };
    if (set_up(&run))
        serve(&run);
    take_down(&run);
    return server->code == IDL_OK ? 0 : 1;
}

/* ---- In a loop of the caller's, which stands for the first worker's thread ---- */

bool idl__server_begin(idl_server *server)
{
    struct run *run = idl__calloc(1, sizeof *run);
    if (run == NULL) {
        idl__server_fail(server, IDL_RESOURCE_EXHAUSTED, "no memory for the workers");
        return false;
    }
    *run = (struct run){ .server = server, .count = server->options.workers };
    if (!set_up(run)) {
        take_down(run);
        idl__free(run);
        return false;
    }
    server->run = run;
    idl__worker_begin(run->workers[0]);
    begin(run);
    return true;
}

static void wait_for(idl_server *server, int timeout_ms)
{
    struct pollfd poller = { .fd = idl__server_fd(server), .events = POLLIN };
    int due = idl__server_timeout(server);
    poll(&poller, 1, due >= 0 && (timeout_ms < 0 || due < timeout_ms) ? due : timeout_ms);
}

bool idl__server_step(idl_server *server, int timeout_ms)
{
    struct run *run = server->run;
    if (timeout_ms != 0 && !run->workers[0]->inside)
        wait_for(server, timeout_ms);
    if (idl__worker_step(run->workers[0]))
        return true;
    end(run);
    take_down(run);
    idl__free(run);
    server->run = NULL;
    return false;
}

int idl__server_fd(const idl_server *server)
{
    return idl__worker_fd(server->run->workers[0]);
}

int idl__server_timeout(const idl_server *server)
{
    return idl__worker_timeout(server->run->workers[0]);
}

void idl__server_abort(idl_server *server)
{
    if (server->run == NULL)
        return;
    idl__worker_advance(server->run->workers[0], IDL__ENDING);
    while (idl__server_step(server, -1))
        continue;
}
