/* SPDX-License-Identifier: MIT */
/* worker.c: the loop of one server thread, and how it ends. */
#include "worker.h"

#include <pthread.h>
#include <sched.h>

#include "clock.h"
#include "loop_thread.h"
#include "mem.h"
#include "peer.h"
#include "server_call.h"
#include "server_stream.h"
#include "spin.h"
#include "worker_mail.h"

enum {
    STEPS_MAX = 8,        /* turns of the loop, then others in the caller's have theirs */
    POOL_MAX = 64,        /* calls kept for reuse */
    TICK_MS = 100,        /* how exact the times of waiting peers are */
    GOAWAY_AGAIN_MS = 500 /* for clients that don't answer between calls (conn.h) */
};

/* What it does at some time. */
enum {
    TICK,  /* while peers wait for something until a time */
    DRAIN, /* the next step of a drain */
    ALARM, /* the first deadline */
    SWEEP, /* looks for idle connections */
    PULSE  /* and for dead ones */
};

/* ---- Calls ---- */

idl_call *idl__worker_take_call(idl__worker *worker)
{
    idl_call *call = worker->pool;
    if (call != NULL) {
        worker->pool = call->next;
        worker->pooled--;
    } else if ((call = idl_call_new()) == NULL) {
        return NULL;
    } else {
        call->server.on_writable = idl__server_on_writable;
    }
    call->next = NULL;
    call->role = IDL__CALL_SERVER;
    call->deferred = false;
    call->server.worker = worker;
    call->server.reply = (idl_bytes){ NULL, 0 };
    call->server.hooks.item_fn = NULL;
    call->server.hooks.writable.fn = call->server.hooks.cancel.fn = NULL;
    call->server.running = call->server.answered = call->server.waited = false;
    call->server.away = call->server.ending = false;
    call->server.half_closed = call->server.writable = false;
    call->server.cancel_told = call->server.end_told = false;
    atomic_init(&call->server.cancelled, IDL_OK);
    atomic_init(&call->server.ended, false);
    worker->open_calls++;
    return call;
}

void idl__worker_remind(idl__worker *worker, idl_call *call)
{
    if (call->server.due)
        return;
    call->server.due = true;
    call->server.due_next = worker->due;
    worker->due = call;
    idl__mail_wake(worker);
}

static void forget_due(idl__worker *worker, idl_call *call)
{
    idl_call **link = &worker->due;
    if (!call->server.due)
        return;
    while (*link != call)
        link = &(*link)->server.due_next;
    *link = call->server.due_next;
    call->server.due = false;
}

void idl__worker_put_call(idl__worker *worker, idl_call *call)
{
    worker->open_calls--;
    idl__heap_remove(&worker->deadlines, &call->timed);
    forget_due(worker, call);
    idl__worker_forget_others(call);
    idl__call_reset(call);
    if (worker->pooled == POOL_MAX) {
        idl__call_free(call);
        return;
    }
    if (worker->pooled >
        0) /* the next to be taken is enough to hold the memory of large messages */
        idl__arena_trim(&call->arena);
    call->next = worker->pool;
    worker->pool = call;
    worker->pooled++;
}

/* ---- Stages ---- */

static void on_drain(void *arg, uint64_t now);

static void announce_end(idl__worker *worker, bool final)
{
    for (idl__peer *peer = worker->peers; peer != NULL; peer = peer->next) {
        idl__conn_goaway(peer->conn, final, IDL_OK, "the server is shutting down");
        idl__peer_touch(peer);
    }
}

/* Handlers that wait on the loop hear of it; the others find that nobody listens. */
static void end_at_once(idl__worker *worker)
{
    worker->lost_calls = worker->open_calls;
    if (worker->lost_calls > 0)
        idl__log(&worker->logger, IDL_LOG_WARNING, "ends with calls still open: %zu",
                 worker->lost_calls);
    for (idl__peer *peer = worker->peers; peer != NULL; peer = peer->next)
        idl__peer_abort(peer);
    while (worker->peers != NULL)
        idl__peer_close(worker->peers);
}

static void start_drain(idl__worker *worker)
{
    uint64_t now = idl__clock_now(), again = now + GOAWAY_AGAIN_MS * IDL__MS;
    worker->drain_end = now + worker->options.drain_timeout_ms * IDL__MS;
    announce_end(worker, false);
    idl__alarm_set(&worker->alarms, DRAIN, again < worker->drain_end ? again : worker->drain_end,
                   on_drain);
}

static void enter_stage(idl__worker *worker, enum idl__stage stage)
{
    if (stage <= worker->stage)
        return;
    worker->stage = stage;
    if (worker->options.on_stage != NULL)
        worker->options.on_stage(worker->options.arg, stage);
    if (stage == IDL__DRAINING)
        start_drain(worker);
    else
        end_at_once(worker);
}

static void on_drain(void *arg, uint64_t now)
{
    idl__worker *worker = arg;
    if (now >= worker->drain_end) {
        enter_stage(worker, IDL__ENDING);
    } else {
        announce_end(worker, true);
        idl__alarm_set(&worker->alarms, DRAIN, worker->drain_end, on_drain);
    }
    idl__worker_settle(worker);
}

/* ---- What comes from other threads ---- */

static void take_connection(idl__worker *worker, const idl__arrival *arrival)
{
    idl__peer_open(worker, arrival);
    if (worker->stage != IDL__SERVING && worker->peers != NULL)
        announce_end(worker, false);
}

size_t idl__worker_connections(const idl__worker *worker)
{
    return atomic_load_explicit(&worker->connections, memory_order_relaxed);
}

bool idl__worker_give_connection(idl__worker *worker, const idl__arrival *arrival)
{
    atomic_fetch_add_explicit(&worker->connections, 1, memory_order_relaxed);
    if (idl__worker_is_current(worker)) {
        take_connection(worker, arrival);
        idl__mail_wake(worker); /* settles it */
        return true;
    }
    bool taken = idl__mail_connection(worker, arrival);
    if (!taken)
        atomic_fetch_sub_explicit(&worker->connections, 1, memory_order_relaxed);
    return taken;
}

static void empty_mailbox(idl__worker *worker)
{
    unsigned what;
    idl__post mail = idl__mail_collect(worker);
    while (mail.calls != NULL) {
        idl_call *call = idl__mail_next(worker, &mail.calls, &what);
        idl__server_mail(call, what);
    }
    for (size_t i = 0; i < mail.arrival_count; i++)
        take_connection(worker, &mail.arrivals[i]);
    idl__free(mail.arrivals);
    enter_stage(worker, mail.stage);
}

static void on_wake(uv_async_t *wake)
{
    idl__worker *worker = wake->data;
    empty_mailbox(worker);
    idl__worker_settle(worker);
}

/* ---- The loop ---- */

static void on_tick(void *arg, uint64_t now)
{
    idl__worker *worker = arg;
    for (idl__peer *peer = worker->waiting, *next; peer != NULL; peer = next) {
        next = peer->wait_next;
        if (now >= peer->deadline)
            idl__peer_expire(peer);
    }
    idl__worker_settle(worker);
}

static uint64_t sweep_interval(const idl__worker *worker)
{
    return (worker->options.idle_timeout_ms / IDL__SWEEPS + 1) * IDL__MS;
}

/* A connection is idle when none of SWEEPS looks in a row has seen a call on it: the calls
 * themselves have nothing to keep up but a flag. */
static void on_sweep(void *arg, uint64_t now)
{
    idl__worker *worker = arg;
    idl__alarm_set(&worker->alarms, SWEEP, now + sweep_interval(worker), on_sweep);
    for (idl__peer *peer = worker->peers; peer != NULL; peer = peer->next)
        idl__peer_sweep(peer);
    idl__worker_settle(worker);
}

static uint64_t pulse_interval(const idl__worker *worker)
{
    uint32_t ms = worker->options.keepalive_ms, timeout = worker->options.keepalive_timeout_ms;
    return ((ms < timeout ? ms : timeout) / 4 + 1) * IDL__MS;
}

static void on_pulse(void *arg, uint64_t now)
{
    idl__worker *worker = arg;
    idl__alarm_set(&worker->alarms, PULSE, now + pulse_interval(worker), on_pulse);
    for (idl__peer *peer = worker->peers; peer != NULL; peer = peer->next)
        idl__peer_keep_alive(peer, now);
    idl__worker_settle(worker);
}

/* ---- Deadlines ---- */

static void on_alarm(void *arg, uint64_t now)
{
    idl__worker *worker = arg;
    for (idl__timed *first; (first = worker->deadlines.first) != NULL && first->at <= now;) {
        idl__heap_remove(&worker->deadlines, first);
        idl__server_expire(idl__call_of(first));
    }
    idl__worker_settle(worker);
}

/* An alarm that is set is left alone when its call has ended: it finds nothing then, and most calls
 * end long before their time is over. */
static void set_alarm(idl__worker *worker)
{
    const idl__timed *first = worker->deadlines.first;
    if (first != NULL && first->at < idl__alarm_at(&worker->alarms, ALARM))
        idl__alarm_set(&worker->alarms, ALARM, first->at, on_alarm);
}

/* A drain waits for handlers too, even those whose clients are gone. */
static bool is_done(const idl__worker *worker)
{
    return worker->stage != IDL__SERVING && worker->peers == NULL && worker->holds == 0 &&
           (worker->open_calls == 0 || worker->stage == IDL__ENDING);
}

void idl__worker_settle(idl__worker *worker)
{
    worker->stirred = true;
    for (idl_call *call; (call = worker->due) != NULL;) {
        forget_due(worker, call);
        idl__server_stream_advance(call);
    }
    for (idl__peer *peer; (peer = worker->dirty) != NULL;) {
        worker->dirty = peer->dirty_next;
        idl__peer_settle(peer);
    }
    if (worker->waiting != NULL && idl__alarm_at(&worker->alarms, TICK) == IDL__ALARM_OFF)
        idl__alarm_set(&worker->alarms, TICK, idl__clock_now() + TICK_MS * IDL__MS, on_tick);
    set_alarm(worker);
    if (is_done(worker))
        uv_stop(&worker->loop);
}

/* As uv_run, but it looks for a while before it sleeps. */
static void run_spinning(idl__worker *worker)
{
    idl__spin spin = { .most = worker->options.spin_ns };
    uint64_t at = idl__clock_now(); /* when there was something to do last */
    bool alive = true;
    while (alive && !is_done(worker)) {
        bool sleep = !idl__spin_pays(&spin) || idl__clock_now() - at >= spin.most;
        worker->stirred = false;
        alive = uv_run(&worker->loop, sleep ? UV_RUN_ONCE : UV_RUN_NOWAIT) != 0;
        if (worker->stirred) {
            uint64_t now = idl__clock_now();
            spin.last = now - at;
            at = now;
        } else if (!sleep) {
            sched_yield();
        }
    }
}

/* The thread may be in another worker's loop already. */
static void run_loop(idl__worker *worker, bool waits)
{
    bool nested = idl__loop_thread();
    worker->inside = true;
    idl__loop_thread_enter();
    if (!waits || worker->options.spin_ns == 0)
        uv_run(&worker->loop, waits ? UV_RUN_DEFAULT : UV_RUN_NOWAIT);
    else
        run_spinning(worker);
    if (!nested)
        idl__loop_thread_leave();
    worker->inside = false;
}

void idl__worker_begin(idl__worker *worker)
{
    atomic_store_explicit(&worker->thread, uv_thread_self(), memory_order_relaxed);
}

void idl__worker_run(idl__worker *worker)
{
    idl__worker_begin(worker);
    run_loop(worker, true);
    idl__mail_close(worker);
}

/* What callbacks want to be polled reaches the descriptor when the loop runs next. */
bool idl__worker_step(idl__worker *worker)
{
    worker->busy = !worker->inside;
    for (int i = 0; i < STEPS_MAX && worker->busy; i++) {
        worker->stirred = false;
        run_loop(worker, false);
        worker->busy = worker->stirred;
        if (is_done(worker)) {
            idl__mail_close(worker);
            return false;
        }
    }
    return true;
}

int idl__worker_fd(const idl__worker *worker)
{
    return uv_backend_fd(&worker->loop);
}

int idl__worker_timeout(idl__worker *worker)
{
    if (worker->busy)
        return 0;
    uv_update_time(&worker->loop);
    return uv_backend_timeout(&worker->loop);
}

/* ---- Life ---- */

static void close_loop(idl__worker *worker)
{
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    uv_loop_close(&worker->loop);
}

static bool init_loop(idl__worker *worker)
{
    if (uv_loop_init(&worker->loop) != 0)
        return false;
    if (!idl__alarms_init(&worker->alarms, &worker->loop, worker))
        goto no_alarms;
    if (uv_async_init(&worker->loop, &worker->wake, on_wake) != 0)
        goto no_wake;
    worker->wake.data = worker;
    return true;

no_wake:
    idl__alarms_close(&worker->alarms);
no_alarms:
    close_loop(worker);
    return false;
}

static void set_rounds(idl__worker *worker)
{
    uint64_t now = idl__clock_now();
    if (worker->options.idle_timeout_ms != UINT32_MAX)
        idl__alarm_set(&worker->alarms, SWEEP, now + sweep_interval(worker), on_sweep);
    if (worker->options.keepalive_ms != 0)
        idl__alarm_set(&worker->alarms, PULSE, now + pulse_interval(worker), on_pulse);
}

idl__worker *idl__worker_new(const idl__worker_options *options)
{
    idl__worker *worker = idl__calloc(1, sizeof *worker);
    if (worker == NULL)
        return NULL;
    worker->options = *options;
    worker->logger.log = options->log;
    worker->shared = idl__shared_new();
    if (worker->shared == NULL)
        goto no_shared;
    if (uv_mutex_init(&worker->mail.mutex) != 0)
        goto no_mutex;
    if (!init_loop(worker))
        goto no_loop;
    set_rounds(worker);
    return worker;

no_loop:
    uv_mutex_destroy(&worker->mail.mutex);
no_mutex:
    idl__shared_free(worker->shared);
no_shared:
    idl__free(worker);
    return NULL;
}

void idl__worker_free(idl__worker *worker)
{
    if (worker == NULL)
        return;
    if (!worker->finished)
        idl__mail_close(worker);
    uv_close((uv_handle_t *)&worker->wake, NULL);
    idl__alarms_close(&worker->alarms);
    close_loop(worker);
    for (idl_call *call = worker->pool, *next; call != NULL; call = next) {
        next = call->next;
        idl__call_free(call);
    }
    idl__shared_free(worker->shared);
    idl__mail_abandon(worker);
}
