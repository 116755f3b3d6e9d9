/* SPDX-License-Identifier: MIT */
/* writer.h: the thread that changes the store, and tells the watchers.
 *
 * The server's loop must not wait for the disk. It gives changes to this thread as jobs and goes on; the
 * thread writes all that have gathered in one transaction, so that the disk is waited for once for all
 * of them, and ends their calls when that has been committed. */
#ifndef KV_WRITER_H
#define KV_WRITER_H

#include "kv_server.h"
#include "store.h"

typedef struct kv_writer kv_writer;

/* A change that a deferred call asks for; the first member of what the handler keeps of it, in the
 * call's memory. Both functions run on the writer's thread. */
typedef struct kv_job {
    idl_call *call;
    /* Makes the change. An error that it returns ends the call and leaves the other jobs alone, unless
     * the store failed: *broken. */
    idl_code (*run)(struct kv_job *job, kv_store *store, bool *broken);
    void (*complete)(struct kv_job *job); /* ends the call: all is on the disk */
    idl_code code;
    struct kv_job *next;
} kv_job;

/* Takes the store. NULL: no thread, or no memory. */
kv_writer *writer_start(kv_store *store);

/* Finishes the jobs that there are. Then nobody may use the writer any more. NULL is fine. */
void writer_stop(kv_writer *w);

void writer_do(kv_writer *w, kv_job *job);

/* Takes a deferred call of watch: sends it what changes behind the revision after, until it is
 * cancelled. On the loop. False: no memory. */
bool writer_watch(kv_writer *w, idl_call *call, idl_str prefix, uint64_t after);

/* Ends all watches. On the loop. */
void writer_end_watches(kv_writer *w);

#endif
