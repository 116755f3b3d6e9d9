/* SPDX-License-Identifier: MIT */
/* intercept.h: functions that run around every call of a channel or a server: for authorisation,
 * logging, measuring.
 *
 *     static idl_code check(idl_call *call, void *arg)
 *     {
 *         const char *token = idl_meta_get(call, IDL_META_REQUEST, "authorization");
 *         return token != NULL && is_valid(token) ? IDL_OK
 *                    : idl_call_fail(call, IDL_UNAUTHENTICATED, "%s: who are you?", idl_call_method(call));
 *     }
 *     static const idl_interceptor authorisation = { .begin = check };
 *     idl_server_intercept(server, &authorisation, NULL);
 *
 * Several form a chain: begin runs in the order in which they were installed, end in the opposite one.
 * Without any, calls cost what they cost before. */
#ifndef IDL_INTERCEPT_H
#define IDL_INTERCEPT_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/channel.h>
#include <idl/server.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

/* How a call ended. */
typedef struct idl_outcome {
    idl_code code;
    const char *message;  /* client: what idl_call_message will say; "" on the server */
    uint64_t duration_ns; /* since begin */
    uint64_t bytes_in;    /* of the call's requests, replies and messages, as on the wire */
    uint64_t bytes_out;
} idl_outcome;

/* Either may be NULL.
 *
 * begin runs before the client sends, or before the server calls a handler, which may be before the
 * request is decoded. It may add metadata, on the client also set a deadline. What it returns but
 * IDL_OK ends the call with that code, and the message of an idl_call_fail: nothing is sent, no
 * handler is called, and no later begin. end runs once for each begin that gave IDL_OK, when the call
 * is over: on the client before its owner sees the result, on the server after the reply was queued.
 * Only calls that are still with their handlers when their server has ended never hear of it.
 *
 * Client: on the threads that make calls, carry them on, or finish them, several at once; no lock is
 * held, so other calls may be made, but not with this one. Server: on the loop of the call's worker,
 * where nothing may wait. */
typedef struct idl_interceptor {
    idl_code (*begin)(idl_call *call, void *arg);
    void (*end)(idl_call *call, const idl_outcome *outcome, void *arg);
} idl_interceptor;

/* Before the channel's first call; before idl_server_run. What interceptor and arg point to has to live
 * as long as the channel or server, and its calls. IDL_OK; IDL_RESOURCE_EXHAUSTED: no memory, or NULL. */
IDL_API idl_code idl_channel_intercept(idl_channel *channel, const idl_interceptor *interceptor,
                                       void *arg);
IDL_API idl_code idl_server_intercept(idl_server *server, const idl_interceptor *interceptor,
                                      void *arg);

/* What is called, as on the wire: "demo.Greeter", "greet". "" before the first RPC of a call. */
IDL_API const char *idl_call_service(const idl_call *call);
IDL_API const char *idl_call_method(const idl_call *call);

IDL_END_DECLS
#endif
