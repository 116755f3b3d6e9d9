/* SPDX-License-Identifier: MIT */
/* client_call.h: what blocking and async calls have in common: how a call begins and how it is
 * settled. */
#ifndef IDL__CLIENT_CALL_H
#define IDL__CLIENT_CALL_H

#include <stdbool.h>
#include <stddef.h>

#include "channel.h"

/* Takes the call for an RPC. False: another one is using it, or a handler is. */
bool idl__client_begin(idl_call *call, const idl_method *method);

/* Encodes the request and opens the call on a link of the channel, with the lock held. An error is
 * in client.code, as if the call had ended with it. IDL_OK: *link has the call. */
idl_code idl__client_open(idl_channel *channel, idl_call *call, const void *request,
                          idl__link **link);

/* Ends a call that is on no link with code; the message is formatted. */
idl_code idl__client_fail(idl_call *call, idl_code code, const char *format, ...) IDL_PRINTF(3, 4);

/* Gives back what the RPC before has handed out. */
void idl__client_clear(idl_call *call);

/* After idl__client_clear: how the call ended becomes its code and message, and the reply is
 * decoded, NULL: is not wanted. The call is free for another RPC. Needs no lock. */
idl_code idl__client_settle(idl_call *call, void *reply);

/* Runs the callbacks of all calls that are over, without the lock meanwhile; their number. */
size_t idl__client_run_done(idl_channel *channel);

#endif
