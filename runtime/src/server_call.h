/* SPDX-License-Identifier: MIT */
/* server_call.h: from a request to its reply.
 *
 * A call is taken from its worker's pool, decoded into its arena, given to the handler, and answered
 * from what the handler left; or it is deferred, and answered when somebody completes it. A thread
 * that is not the worker's encodes the reply itself and gives the call back through the worker's
 * mailbox: only the worker touches connections. With a pool, decoding and the handler are one of its
 * threads' work too (server_away.h). */
#ifndef IDL__SERVER_CALL_H
#define IDL__SERVER_CALL_H

#include "call.h"
#include "conn.h"

struct idl__peer;

/* What a connection reports, on the worker's thread. */
void idl__server_event(struct idl__peer *peer, const idl__event *event);

/* What another thread has done for a call, or with it. */
void idl__server_mail(idl_call *call, unsigned what);

/* Back to its worker's pool: it is over, and nobody has it. */
void idl__call_recycle(idl_call *call);
/* The same once the mailbox has nothing of it: for calls that other threads may have had. */
void idl__call_retire(idl_call *call);

/* Answers a call that another thread has completed. */
void idl__call_answer(idl_call *call);

/* The request in the call's arena; NULL: code and message say why not. */
const void *idl__call_decode(idl_call *call, idl_bytes payload);

/* On another thread than the worker's: encodes the reply, unless that is NULL, and makes code final;
 * it remains to be mailed. */
void idl__call_prepare(idl_call *call, idl_code code, const idl_message *type, const void *reply);

/* A message that is encoded already: an idl_bytes. */
extern const idl_message idl__encoded;

#endif
