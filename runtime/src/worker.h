/* SPDX-License-Identifier: MIT */
/* worker.h: one thread of a server: a loop, its connections, and the calls open on them.
 *
 * Everything but the mailbox belongs to the worker's thread. Through the mailbox other threads give
 * it connections, calls that they have completed, and the order to end. A worker that has ended is
 * kept for as long as calls that were deferred on it are not completed. */
#ifndef IDL__WORKER_H
#define IDL__WORKER_H

#include <pthread.h>
#include <stdatomic.h>

#include <uv.h>

#include "alarms.h"
#include "call.h"
#include "census.h"
#include "conn.h"
#include "heap.h"
#include "log.h"
#include "method_table.h"

struct idl__peer;
struct idl__server_pool;

enum idl__stage {
    IDL__SERVING,
    IDL__DRAINING, /* nothing new; open calls are finished */
    IDL__ENDING    /* at once */
};

/* What a worker is told when it is made. */
typedef struct idl__worker_options {
    const idl__method_table *methods;
    struct idl__chain *chain; /* NULL: no interceptors */
    idl__limits limits;
    size_t max_decoded; /* memory that a message may take */
    uint32_t drain_timeout_ms, io_timeout_ms;
    uint32_t handshake_timeout_ms, idle_timeout_ms; /* UINT32_MAX: never */
    uint32_t keepalive_ms, keepalive_timeout_ms;    /* 0, the first: none */
    uint64_t spin_ns;                               /* before it sleeps; 0: none */
    const idl_log *log;                             /* NULL: none */
    struct idl__server_pool *pool;                  /* runs the handlers; NULL: the loop does */
    /* On the worker's thread, when it has reached a new stage; NULL: nobody asks. */
    void (*on_stage)(void *arg, enum idl__stage stage);
    void *arg;
} idl__worker_options;

/* A connection for a worker. */
typedef struct idl__arrival {
    int fd;
    enum idl__protocol protocol;
    idl__endpoint from;
    idl__ticket ticket; /* given back when the connection is closed */
} idl__arrival;

typedef struct idl__worker {
    idl__worker_options options;
    idl__logger logger;
    uv_loop_t loop;
    uv_async_t wake;
    idl__alarms alarms;
    idl__heap deadlines;         /* of calls */
    _Atomic(uv_thread_t) thread; /* others ask whether they are it */
    bool inside;                 /* the thread is in its loop */
    bool busy;                   /* there is more to be done at once, after a step */
    idl__shared *shared;
    enum idl__stage stage;
    uint64_t drain_end;
    atomic_size_t connections; /* given and not closed */
    size_t holds;              /* reasons to stay although nothing is left to serve */
    struct idl__peer *peers;   /* all */
    struct idl__peer *dirty;   /* with output, or something else to settle */
    struct idl__peer *waiting; /* until a time */
    idl_call *due;             /* with a callback to run */
    idl_call *pool;
    size_t pooled, open_calls;
    size_t lost_calls; /* that were open when it ended at once */
    bool stirred;      /* there was something to do */
    bool finished;

    struct {
        uv_mutex_t mutex;
        bool closed;
        enum idl__stage stage;
        size_t released; /* holds that others have let go */
        idl_call *first, *last;
        idl__arrival *arrivals;
        size_t arrival_count, arrival_cap;
        size_t orphans; /* calls that outlive the worker */
        bool abandoned; /* the last of them frees it */
    } mail;
} idl__worker;

/* NULL when there is no memory, or no descriptors. */
idl__worker *idl__worker_new(const idl__worker_options *options);

/* Serves on the calling thread until it has drained. */
void idl__worker_run(idl__worker *worker);

/* The same in a loop of the caller's: begin, then steps, all on one thread. Never waits. False: it has
 * drained. */
void idl__worker_begin(idl__worker *worker);
bool idl__worker_step(idl__worker *worker);
/* When to step: this is readable, or so many milliseconds have passed; -1: only the first. */
int idl__worker_fd(const idl__worker *worker);
int idl__worker_timeout(idl__worker *worker);

/* After run or the last step, or instead of them. */
void idl__worker_free(idl__worker *worker);

/* ---- Any thread ---- */

/* Connections that it has been given and that are not closed. */
size_t idl__worker_connections(const idl__worker *worker);
/* False: it has ended, or there is no memory; the connection is still the caller's. */
bool idl__worker_give_connection(idl__worker *worker, const idl__arrival *arrival);
/* What has become of a call elsewhere: bits. */
enum {
    IDL__MAIL_LANE = 1,  /* there is something in its lane */
    IDL__MAIL_END = 2,   /* it is completed: code, message and server.reply say how */
    IDL__MAIL_RETURN = 4 /* its handler has returned */
};
/* After an end and, on the pool, a return the call is the worker's alone. */
void idl__worker_give_call(idl__worker *worker, idl_call *call, unsigned what);
/* The same for something in its lane, with the mailbox's mutex held. */
void idl__worker_mail(idl__worker *worker, idl_call *call, unsigned what);
/* Stages only rise. */
void idl__worker_advance(idl__worker *worker, enum idl__stage stage);
/* Lets one of worker->holds go. */
void idl__worker_release(idl__worker *worker);

/* ---- The worker's thread ---- */

static inline bool idl__worker_is_current(const idl__worker *worker)
{
    pthread_t self = pthread_self();
    return pthread_equal(self, atomic_load_explicit(&worker->thread, memory_order_relaxed)) &&
           worker->inside && !worker->finished;
}

/* To be called at the end of every callback of its loop: sends what the callback has made. */
void idl__worker_settle(idl__worker *worker);

/* A call for a request, which counts as open; NULL when there is no memory. */
idl_call *idl__worker_take_call(idl__worker *worker);
void idl__worker_put_call(idl__worker *worker, idl_call *call);

/* Looks, when it settles, whether the call's callbacks have something to be told. */
void idl__worker_remind(idl__worker *worker, idl_call *call);

#endif
