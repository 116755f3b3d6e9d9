/* SPDX-License-Identifier: MIT */
/* worker_mail.h: a worker's mailbox, through which other threads reach it; what they may call is in
 * worker.h.
 *
 * A call is in it once, however much has become of it, and stays with the worker's memory: a worker
 * that has ended lives on until the calls that were deferred on it are completed. */
#ifndef IDL__WORKER_MAIL_H
#define IDL__WORKER_MAIL_H

#include "worker.h"

/* What was in it. */
typedef struct idl__post {
    idl_call *calls;
    idl__arrival *arrivals; /* the taker frees them */
    size_t arrival_count;
    enum idl__stage stage;
} idl__post;

/* Any thread: the loop finds something to settle. */
void idl__mail_wake(idl__worker *worker);

/* Any thread; false: it is closed, or there is no memory. */
bool idl__mail_connection(idl__worker *worker, const idl__arrival *arrival);

/* ---- The worker's thread ---- */

idl__post idl__mail_collect(idl__worker *worker);

/* Takes the first call of a collected list, and what has become of it: who gives the call from here on
 * puts it into the mailbox anew. */
idl_call *idl__mail_next(idl__worker *worker, idl_call **list, unsigned *what);

/* From here on completed calls bury themselves. */
void idl__mail_close(idl__worker *worker);

/* Frees the closed worker, at once or with the last of its calls. */
void idl__mail_abandon(idl__worker *worker);

/* Those who have worked for a call are done; calls that were made for it go on by themselves. */
void idl__worker_forget_others(idl_call *call);

#endif
