/* SPDX-License-Identifier: MIT */
/* worker_mail.c: the mailbox of a worker. */
#include "worker_mail.h"

#include <unistd.h>

#include "kin.h"
#include "mem.h"
#include "peer.h"
#include "server_lane.h"

void idl__mail_wake(idl__worker *worker)
{
    uv_async_send(&worker->wake);
}

void idl__worker_forget_others(idl_call *call)
{
    idl__lane_free(call);
    idl__kin_forget(call);
}

/* ---- From outside ---- */

static void destroy(idl__worker *worker)
{
    uv_mutex_destroy(&worker->mail.mutex);
    idl__free(worker->mail.arrivals);
    idl__free(worker);
}

/* The worker ended before the call did: nobody is left to answer it. True: it is gone. */
static bool bury(idl_call *call, unsigned what)
{
    call->server.answered |= (what & IDL__MAIL_END) != 0;
    call->server.away &= (what & IDL__MAIL_RETURN) == 0;
    if (!call->server.answered || call->server.away)
        return false;
    idl__worker_forget_others(call);
    idl__peer_forget_call(call->server.peer);
    idl__call_free(call);
    return true;
}

void idl__worker_mail(idl__worker *worker, idl_call *call, unsigned what)
{
    if (worker->mail.closed)
        return;
    call->server.mail |= what;
    if (call->server.mailed)
        return;
    call->server.mailed = true;
    call->next = NULL;
    if (worker->mail.last != NULL)
        worker->mail.last->next = call;
    else
        worker->mail.first = call;
    worker->mail.last = call;
    idl__mail_wake(worker);
}

void idl__worker_give_call(idl__worker *worker, idl_call *call, unsigned what)
{
    bool last = false;
    uv_mutex_lock(&worker->mail.mutex);
    if (!worker->mail.closed)
        idl__worker_mail(worker, call, what);
    else if (bury(call, what))
        last = --worker->mail.orphans == 0 && worker->mail.abandoned;
    uv_mutex_unlock(&worker->mail.mutex);
    if (last)
        destroy(worker);
}

void idl__worker_advance(idl__worker *worker, enum idl__stage stage)
{
    uv_mutex_lock(&worker->mail.mutex);
    if (stage > worker->mail.stage)
        worker->mail.stage = stage;
    if (!worker->mail.closed)
        idl__mail_wake(worker);
    uv_mutex_unlock(&worker->mail.mutex);
}

void idl__worker_release(idl__worker *worker)
{
    uv_mutex_lock(&worker->mail.mutex);
    worker->mail.released++;
    if (!worker->mail.closed)
        idl__mail_wake(worker);
    uv_mutex_unlock(&worker->mail.mutex);
}

static bool store(idl__worker *worker, const idl__arrival *arrival)
{
    if (worker->mail.closed)
        return false;
    if (worker->mail.arrival_count == worker->mail.arrival_cap) {
        size_t cap = worker->mail.arrival_cap ? 2 * worker->mail.arrival_cap : 16;
        idl__arrival *arrivals = idl__realloc(worker->mail.arrivals, cap * sizeof *arrivals);
        if (arrivals == NULL)
            return false;
        worker->mail.arrivals = arrivals;
        worker->mail.arrival_cap = cap;
    }
    worker->mail.arrivals[worker->mail.arrival_count++] = *arrival;
    return true;
}

bool idl__mail_connection(idl__worker *worker, const idl__arrival *arrival)
{
    uv_mutex_lock(&worker->mail.mutex);
    bool taken = store(worker, arrival);
    if (taken)
        idl__mail_wake(worker);
    uv_mutex_unlock(&worker->mail.mutex);
    return taken;
}

/* ---- The worker's thread ---- */

idl__post idl__mail_collect(idl__worker *worker)
{
    uv_mutex_lock(&worker->mail.mutex);
    idl__post mail = { .stage = worker->mail.stage,
                       .calls = worker->mail.first,
                       .arrivals = worker->mail.arrivals,
                       .arrival_count = worker->mail.arrival_count };
    worker->holds -= worker->mail.released;
    worker->mail.released = 0;
    worker->mail.first = worker->mail.last = NULL;
    worker->mail.arrivals = NULL;
    worker->mail.arrival_count = worker->mail.arrival_cap = 0;
    uv_mutex_unlock(&worker->mail.mutex);
    return mail;
}

idl_call *idl__mail_next(idl__worker *worker, idl_call **list, unsigned *what)
{
    idl_call *call = *list;
    uv_mutex_lock(&worker->mail.mutex);
    *what = call->server.mail;
    call->server.mail = 0;
    call->server.mailed = false;
    *list = call->next;
    uv_mutex_unlock(&worker->mail.mutex);
    return call;
}

void idl__mail_close(idl__worker *worker)
{
    uv_mutex_lock(&worker->mail.mutex);
    worker->mail.closed = true;
    worker->finished = true;
    while (worker->mail.first != NULL) {
        idl_call *call = worker->mail.first;
        worker->mail.first = call->next;
        call->server.mailed = false;
        worker->open_calls -= bury(call, call->server.mail);
    }
    while (worker->mail.arrival_count > 0) {
        idl__arrival *arrival = &worker->mail.arrivals[--worker->mail.arrival_count];
        close(arrival->fd);
        idl__census_leave(&arrival->ticket);
    }
    worker->mail.orphans = worker->open_calls;
    uv_mutex_unlock(&worker->mail.mutex);
}

void idl__mail_abandon(idl__worker *worker)
{
    uv_mutex_lock(&worker->mail.mutex);
    worker->mail.abandoned = true;
    bool unused = worker->mail.orphans == 0;
    uv_mutex_unlock(&worker->mail.mutex);
    if (unused)
        destroy(worker);
}
