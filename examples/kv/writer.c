/* SPDX-License-Identifier: MIT */
/* writer.c: see writer.h.
 *
 * A watch is nothing but a revision: how far its client has been told. The thread reads the store from
 * there on, and stops where the client does not read. So a slow client costs no memory, and holds up
 * nobody. Watches begin and end on the loop, under their mutex; the thread only emits. */
#include "writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct watch {
    kv_writer *writer;
    idl_call *call; /* its memory holds this */
    idl_str prefix;
    uint64_t after; /* the client knows all up to here */
    bool full;      /* until on_writable */
    struct watch *next, **link;
};

struct kv_writer {
    pthread_t thread;
    kv_store *store;
    idl_arena *arena; /* the thread's */

    pthread_mutex_t mutex; /* of what follows */
    pthread_cond_t wake;
    kv_job *first, **last;
    bool look; /* a watch may go on */
    bool stopping;

    pthread_mutex_t watch_mutex; /* of the watches; never with the other one */
    struct watch *watches;
};

/* ---- Jobs ---- */

/* Runs them all. An error: the transaction is worth nothing. */
static idl_code run_all(kv_writer *w, kv_job *jobs)
{
    bool broken = false;
    for (kv_job *j = jobs; j != NULL; j = j->next) {
        j->code = j->run(j, w->store, &broken);
        if (broken)
            return j->code;
    }
    return IDL_OK;
}

static void write_batch(kv_writer *w, kv_job *jobs)
{
    idl_code code = store_begin(w->store);
    if (code == IDL_OK)
        code = run_all(w, jobs);
    if (code == IDL_OK)
        code = store_commit(w->store);
    if (code != IDL_OK)
        for (kv_job *j = jobs; j != NULL; j = j->next)
            j->code = idl_call_fail(j->call, code, "nothing is changed: %s", store_error(w->store));
    store_rollback(w->store);
    for (kv_job *next; jobs != NULL; jobs = next) {
        next = jobs->next; /* the job is gone with its call */
        if (jobs->code == IDL_OK)
            jobs->complete(jobs);
        else
            idl_call_end(jobs->call, jobs->code);
    }
}

/* ---- Watches ---- */

static bool starts_with(idl_str s, idl_str prefix)
{
    return s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0;
}

static bool tell(const demo_kv_change *change, void *arg)
{
    struct watch *watch = arg;
    if (starts_with(change->key, watch->prefix)) {
        idl_code code = demo_kv_kv_watch_emit(watch->call, change);
        if (code != IDL_OK) { /* IDL_AGAIN; or its on_cancel is on the way */
            watch->full = true;
            return false;
        }
    }
    watch->after = change->revision;
    return true;
}

static void tell_all(kv_writer *w)
{
    pthread_mutex_lock(&w->watch_mutex);
    for (struct watch *watch = w->watches; watch != NULL; watch = watch->next)
        if (!watch->full)
            store_changes(w->store, watch->after, w->arena, tell, watch);
    pthread_mutex_unlock(&w->watch_mutex);
}

static void look_again(kv_writer *w)
{
    pthread_mutex_lock(&w->mutex);
    w->look = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

static void on_writable(idl_call *call, void *arg)
{
    struct watch *watch = arg;
    kv_writer *w = watch->writer;
    (void)call;
    pthread_mutex_lock(&w->watch_mutex);
    watch->full = false;
    pthread_mutex_unlock(&w->watch_mutex);
    look_again(w);
}

/* With the mutex. */
static void end_watch(struct watch *watch, idl_code code)
{
    *watch->link = watch->next;
    if (watch->next != NULL)
        watch->next->link = watch->link;
    idl_call_end(watch->call, code); /* and watch is gone */
}

static void on_cancel(idl_call *call, void *arg)
{
    struct watch *watch = arg;
    kv_writer *w = watch->writer;
    (void)call;
    pthread_mutex_lock(&w->watch_mutex);
    end_watch(watch, IDL_CANCELLED);
    pthread_mutex_unlock(&w->watch_mutex);
}

bool writer_watch(kv_writer *w, idl_call *call, idl_str prefix, uint64_t after)
{
    struct watch *watch = idl_call_alloc(call, sizeof *watch);
    if (watch == NULL)
        return false;
    *watch = (struct watch){ .writer = w, .call = call, .prefix = prefix, .after = after };
    idl_call_on_writable(call, on_writable, watch);
    idl_call_on_cancel(call, on_cancel, watch);
    pthread_mutex_lock(&w->watch_mutex);
    watch->next = w->watches;
    watch->link = &w->watches;
    if (watch->next != NULL)
        watch->next->link = &watch->next;
    w->watches = watch;
    pthread_mutex_unlock(&w->watch_mutex);
    look_again(w);
    return true;
}

void writer_end_watches(kv_writer *w)
{
    pthread_mutex_lock(&w->watch_mutex);
    while (w->watches != NULL) {
        idl_call_fail(w->watches->call, IDL_UNAVAILABLE, "the server is shutting down");
        end_watch(w->watches, IDL_UNAVAILABLE);
    }
    pthread_mutex_unlock(&w->watch_mutex);
}

/* ---- The thread ---- */

static void *writer_main(void *arg)
{
    kv_writer *w = arg;
    pthread_mutex_lock(&w->mutex);
    while (!w->stopping || w->first != NULL) {
        if (w->first == NULL && !w->look) {
            pthread_cond_wait(&w->wake, &w->mutex);
            continue;
        }
        kv_job *jobs = w->first;
        w->first = NULL;
        w->last = &w->first;
        w->look = false;
        pthread_mutex_unlock(&w->mutex);
        if (jobs != NULL)
            write_batch(w, jobs);
        tell_all(w);
        pthread_mutex_lock(&w->mutex);
    }
    pthread_mutex_unlock(&w->mutex);
    return NULL;
}

void writer_do(kv_writer *w, kv_job *job)
{
    pthread_mutex_lock(&w->mutex);
    job->next = NULL;
    *w->last = job;
    w->last = &job->next;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
}

kv_writer *writer_start(kv_store *store)
{
    kv_writer *w = calloc(1, sizeof *w);
    if (w == NULL)
        return NULL;
    w->store = store;
    w->last = &w->first;
    w->arena = idl_arena_new();
    pthread_mutex_init(&w->mutex, NULL);
    pthread_mutex_init(&w->watch_mutex, NULL);
    pthread_cond_init(&w->wake, NULL);
    if (w->arena != NULL && pthread_create(&w->thread, NULL, writer_main, w) == 0)
        return w;
    idl_arena_free(w->arena);
    free(w);
    return NULL;
}

void writer_stop(kv_writer *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->mutex);
    w->stopping = true;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->mutex);
    pthread_join(w->thread, NULL);
    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->watch_mutex);
    pthread_mutex_destroy(&w->mutex);
    idl_arena_free(w->arena);
    free(w);
}
