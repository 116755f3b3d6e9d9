/* SPDX-License-Identifier: MIT */
/* server_pool.c: a queue of calls, and the threads that empty it. */
#include "server_pool.h"

#include <pthread.h>
#include <signal.h>

#include <uv.h>

#include "loop_thread.h"
#include "mem.h"

struct idl__server_pool {
    void (*run)(idl_call *call);
    uint32_t max_queued;
    size_t count; /* of threads that were started */
    uv_mutex_t mutex;
    uv_cond_t changed;
    idl_call *first, *last; /* linked by server.queue_next and _prev */
    uint32_t queued;
    size_t idle; /* threads that wait for a call */
    bool closing;
    uv_thread_t threads[];
};

/* ---- The queue, with the mutex ---- */

static void append(idl__server_pool *pool, idl_call *call)
{
    call->server.queued = true;
    call->server.queue_prev = pool->last;
    call->server.queue_next = NULL;
    if (pool->last != NULL)
        pool->last->server.queue_next = call;
    else
        pool->first = call;
    pool->last = call;
    pool->queued++;
}

static void unlink_call(idl__server_pool *pool, idl_call *call)
{
    idl_call *prev = call->server.queue_prev, *next = call->server.queue_next;
    if (prev != NULL)
        prev->server.queue_next = next;
    else
        pool->first = next;
    if (next != NULL)
        next->server.queue_prev = prev;
    else
        pool->last = prev;
    call->server.queued = false;
    pool->queued--;
}

bool idl__server_pool_put(idl__server_pool *pool, idl_call *call)
{
    uv_mutex_lock(&pool->mutex);
    /* Calls that a waiting thread is about to take do not wait. */
    bool room = pool->queued < pool->idle || pool->queued - pool->idle < pool->max_queued;
    if (room) {
        append(pool, call);
        if (pool->idle > 0)
            uv_cond_signal(&pool->changed);
    }
    uv_mutex_unlock(&pool->mutex);
    return room;
}

bool idl__server_pool_take_back(idl__server_pool *pool, idl_call *call)
{
    uv_mutex_lock(&pool->mutex);
    bool queued = call->server.queued;
    if (queued)
        unlink_call(pool, call);
    uv_mutex_unlock(&pool->mutex);
    return queued;
}

/* ---- The threads ---- */

/* NULL: the pool is closing. */
static idl_call *take(idl__server_pool *pool)
{
    uv_mutex_lock(&pool->mutex);
    pool->idle++;
    while (pool->first == NULL && !pool->closing)
        uv_cond_wait(&pool->changed, &pool->mutex);
    pool->idle--;
    idl_call *call = pool->first;
    if (call != NULL)
        unlink_call(pool, call);
    uv_mutex_unlock(&pool->mutex);
    return call;
}

static void thread_main(void *arg)
{
    idl__server_pool *pool = arg;
    idl__handler_thread_enter();
    for (idl_call *call; (call = take(pool)) != NULL;)
        pool->run(call);
}

/* Signals are for the program's own threads. */
static bool start(idl__server_pool *pool, size_t count)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->count < count &&
           uv_thread_create(&pool->threads[pool->count], thread_main, pool) == 0)
        pool->count++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool->count == count;
}

/* ---- Life ---- */

idl__server_pool *idl__server_pool_new(uint32_t threads, uint32_t max_queued,
                                       void (*run)(idl_call *call))
{
    idl__server_pool *pool = idl__calloc(1, sizeof *pool + threads * sizeof *pool->threads);
    if (pool == NULL)
        return NULL;
    pool->run = run;
    pool->max_queued = max_queued;
    if (uv_mutex_init(&pool->mutex) != 0)
        goto no_mutex;
    if (uv_cond_init(&pool->changed) != 0)
        goto no_cond;
    if (start(pool, threads))
        return pool;
    idl__server_pool_free(pool);
    return NULL;

no_cond:
    uv_mutex_destroy(&pool->mutex);
no_mutex:
    idl__free(pool);
    return NULL;
}

void idl__server_pool_free(idl__server_pool *pool)
{
    if (pool == NULL)
        return;
    uv_mutex_lock(&pool->mutex);
    pool->closing = true;
    uv_cond_broadcast(&pool->changed);
    uv_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < pool->count; i++)
        uv_thread_join(&pool->threads[i]);
    uv_cond_destroy(&pool->changed);
    uv_mutex_destroy(&pool->mutex);
    idl__free(pool);
}
