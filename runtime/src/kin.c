/* SPDX-License-Identifier: MIT */
/* kin.c: a list of calls, cancelled together.
 *
 * A channel's lock may be held when this one is taken, never the other way round: a call that is
 * being cancelled is out of the list, and marked instead, so that its thread waits for that before
 * the channel may go. */
#include "kin.h"

#include <pthread.h>

#include "mem.h"

typedef struct idl__kin {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t refs;
    bool cancelled;
    uint64_t deadline; /* calls that end by then are left alone; 0: none are */
    idl_call *first;   /* linked by client.kin_next */
} idl__kin;

static idl__kin *new_kin(void)
{
    idl__kin *kin = idl__calloc(1, sizeof *kin);
    if (kin == NULL)
        return NULL;
    kin->refs = 1;
    pthread_mutex_init(&kin->lock, NULL);
    pthread_cond_init(&kin->changed, NULL);
    return kin;
}

static void destroy(idl__kin *kin)
{
    pthread_cond_destroy(&kin->changed);
    pthread_mutex_destroy(&kin->lock);
    idl__free(kin);
}

/* Gives the lock up, and one reference. */
static void unlock_and_drop(idl__kin *kin)
{
    bool last = --kin->refs == 0;
    pthread_mutex_unlock(&kin->lock);
    if (last)
        destroy(kin);
}

/* deadline: of an RPC. */
static bool is_doomed(const idl__kin *kin, uint64_t deadline)
{
    return kin->cancelled && (kin->deadline == 0 || deadline == 0 || deadline > kin->deadline);
}

static void unlink_call(idl_call *call)
{
    if (call->client.kin_at == NULL)
        return;
    *call->client.kin_at = call->client.kin_next;
    if (call->client.kin_next != NULL)
        call->client.kin_next->client.kin_at = call->client.kin_at;
    call->client.kin_at = NULL;
}

/* ---- The call that is served ---- */

void idl__kin_cancel(idl_call *served, uint64_t deadline)
{
    idl__kin *kin = atomic_load(&served->server.kin);
    if (kin == NULL)
        return;
    pthread_mutex_lock(&kin->lock);
    kin->cancelled = true;
    kin->deadline = deadline;
    for (idl_call *call = kin->first; call != NULL;) {
        if (!is_doomed(kin, call->client.kin_deadline)) {
            call = call->client.kin_next;
            continue;
        }
        unlink_call(call);
        call->client.kin_busy = true;
        pthread_mutex_unlock(&kin->lock);
        call->client.kin_cancel(call->client.kin_channel, call->client.kin_token);
        pthread_mutex_lock(&kin->lock);
        call->client.kin_busy = false;
        pthread_cond_broadcast(&kin->changed);
        call = kin->first; /* others may have come and gone */
    }
    pthread_mutex_unlock(&kin->lock);
}

void idl__kin_forget_all(idl_call *served)
{
    idl__kin *kin = atomic_load_explicit(&served->server.kin, memory_order_relaxed);
    atomic_store(&served->server.kin, NULL);
    pthread_mutex_lock(&kin->lock);
    unlock_and_drop(kin);
}

/* ---- A call that is made for it ---- */

/* Several threads may be here at once. */
static idl__kin *get_kin(idl_call *served)
{
    idl__kin *kin = atomic_load(&served->server.kin), *expected = NULL;
    if (kin != NULL || (kin = new_kin()) == NULL)
        return kin;
    if (atomic_compare_exchange_strong(&served->server.kin, &expected, kin))
        return kin;
    destroy(kin);
    return expected;
}

void idl__kin_adopt(idl_call *served, idl_call *call)
{
    idl__kin_leave(call);
    idl__kin *kin = get_kin(served);
    if (kin == NULL)
        return;
    pthread_mutex_lock(&kin->lock);
    kin->refs++;
    /* A cancel that came before there was anything to cancel. */
    kin->cancelled |= atomic_load(&served->server.cancelled) != IDL_OK;
    pthread_mutex_unlock(&kin->lock);
    call->client.kin = kin;
}

bool idl__kin_join(idl_call *call, struct idl_channel *channel,
                   void (*cancel)(struct idl_channel *channel, idl_token token), idl_token token)
{
    idl__kin *kin = call->client.kin;
    pthread_mutex_lock(&kin->lock);
    bool doomed = is_doomed(kin, call->deadline);
    if (!doomed && call->client.kin_at == NULL) {
        call->client.kin_channel = channel;
        call->client.kin_cancel = cancel;
        call->client.kin_token = token;
        call->client.kin_deadline = call->deadline;
        call->client.kin_next = kin->first;
        call->client.kin_at = &kin->first;
        if (kin->first != NULL)
            kin->first->client.kin_at = &call->client.kin_next;
        kin->first = call;
    }
    pthread_mutex_unlock(&kin->lock);
    return !doomed;
}

void idl__kin_leave_it(idl_call *call)
{
    idl__kin *kin = call->client.kin;
    pthread_mutex_lock(&kin->lock);
    unlink_call(call);
    while (call->client.kin_busy)
        pthread_cond_wait(&kin->changed, &kin->lock);
    unlock_and_drop(kin);
    call->client.kin = NULL;
}
