/* SPDX-License-Identifier: MIT */
/* stub.h: what generated stubs call. Not for applications: the stubs are typed, this is not. */
#ifndef IDL_STUB_H
#define IDL_STUB_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/channel.h>
#include <idl/codec.h>
#include <idl/server.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

/* Flags of idl_method.kind. */
enum { IDL_ONEWAY = 1, IDL_STREAM_IN = 2, IDL_STREAM_OUT = 4, IDL_IDEMPOTENT = 8 };

/* The typed callbacks of users travel as user; these (generated) know the type. One is enough for all
 * callbacks of a type. reply is a message of the method's reply type. item is a message of the stream's
 * type and lives until the next one (but idl_call_keep), NULL: there are no more. */
typedef void idl_done_fn(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                         void *arg);
typedef void idl_item_fn(idl_call *call, const void *item, void (*user)(void), void *arg);

typedef struct idl_method {
    const char *service, *name; /* as on the wire: "demo.store.Store", "get" */
    uint32_t kind;
    const idl_message *request, *reply; /* never NULL */
    idl_done_fn *done;                  /* on the client */
} idl_method;

/* Descriptors are the last parameters: what users call takes the same ones before them, in the same
 * order, and so a stub is little more than a jump. Stubs for a call that is there already need only the
 * type of a message and are inline. */

/* ---- Client ---- */

/* One unary or oneway call, start to end, on the calling thread. request is a message of
 * method->request. reply is filled with a message of method->reply, the empty one on failure; it
 * may be NULL. Oneway: IDL_OK when the bytes are with the kernel or in the channel's queue. */
IDL_API idl_code idl_client_call(idl_channel *channel, idl_call *call, const void *request,
                                 void *reply, const idl_method *method);

/* method->done calls user, with a reply that is never NULL, empty on failure, and valid until it
 * returns (the call is reused by its owner after that). call may be NULL: then the channel's pool lends
 * one. It runs exactly once, from idl_channel_process, _run or _close, never from inside this (but when
 * there is no channel that could run it later, or no memory for a call to lend:
 * IDL_RESOURCE_EXHAUSTED).
 *
 * Streams need a call of their own, and no request with client streaming. Their done comes after
 * the last message, and idl_client_send gives IDL_AGAIN instead of waiting: idl_call_on_writable
 * tells when to try again. */
IDL_API void idl_client_async(idl_channel *channel, idl_call *call, const void *request,
                              void (*user)(void), void *arg, const idl_method *method);

/* Async calls: fn gets the messages that the server sends, from idl_channel_process, _run or
 * _close, and never NULL: done tells the end. Those that come before there is an fn wait for it. */
IDL_API void idl_client_on_recv(idl_call *call, void (*user)(void), void *arg, idl_item_fn *fn);

/* Streams, on a thread that may wait; type is that of the message. open sends the request (NULL with client streaming) and
 * returns once it is with the kernel. After IDL_OK the call is open until finish, which closes the
 * client's direction, drops what was not received, waits for the end and fills reply (with client
 * streaming without server streaming; it may be NULL). After an error the call is over, and finish
 * gives that error again.
 *
 * send waits for credit; an error other than that of the message itself means that the call is
 * over: finish tells why. recv gives the next message, which lives until the next recv; false and
 * an empty one at the end, and when the call has failed. */
IDL_API idl_code idl_client_open(idl_channel *channel, idl_call *call, const void *request,
                                 const idl_method *method);
IDL_API idl_code idl_client_send(idl_call *call, const void *item, const idl_message *type);
IDL_API bool idl_client_recv(idl_call *call, void *item, const idl_message *type);
IDL_API idl_code idl_client_finish(idl_call *call, void *reply, const idl_message *type);

/* ---- Server ---- */

/* Unpacks request (a message of the method's request type), calls the handler in handlers, and
 * puts what it gives into reply (the empty message of the reply type before). method is its place in
 * the service's table; that handler is not NULL. */
typedef idl_code idl_enter_fn(idl_call *call, const void *request, void *reply,
                              const void *handlers, size_t method);

/* Adds a service of count methods, all of one name. methods is static; handlers, a struct of a function
 * pointer for each method in the same order, is copied. A NULL handler answers IDL_UNIMPLEMENTED. The
 * same service twice: IDL_ALREADY_EXISTS, which sticks in the server as every error here does. Before
 * idl_server_run. */
IDL_API idl_code idl_server_add(idl_server *server, const idl_method *methods, size_t count,
                                idl_enter_fn *enter, const void *handlers, void *user);

/* Ends a deferred call with IDL_OK and reply, a message of the type, which is encoded before this
 * returns; NULL: the empty message. Any thread; messages that were emitted before are sent before. */
IDL_API void idl_server_complete(idl_call *call, const void *reply, const idl_message *type);

/* Streams. A handler either sets callbacks and defers its call, or it runs on a thread of the pool
 * (handler_threads) and waits. All of these may be called on any thread, by one at a time for one
 * call; docs/threads.md says more. */

/* Sends one message of the type, which is encoded before this returns. On a thread of the pool
 * it waits for room, else it gives IDL_AGAIN then: nothing was taken, the client has to read first,
 * idl_call_on_writable tells when. Others: IDL_OK; IDL_INVALID_ARGUMENT, IDL_RESOURCE_EXHAUSTED: not
 * this message; IDL_CANCELLED, IDL_DEADLINE_EXCEEDED, IDL_UNAVAILABLE: nobody listens any more. */
IDL_API idl_code idl_server_emit(idl_call *call, const void *item, const idl_message *type);

/* fn gets each message of the client, then NULL, once: the client has sent its last one, or the call
 * is cancelled (idl_call_is_cancelled tells). It runs on the loop, never from inside this. Messages
 * that arrive before wait, and the client with them. */
IDL_API void idl_server_on_next(idl_call *call, void (*user)(void), void *arg, idl_item_fn *fn);

/* Waits for the next message, which lives until the next one is asked for (but idl_call_keep). False,
 * and an empty one, after the last, and when the call is cancelled or its time is over. Not for calls
 * with an on_next. On a loop, which must not wait, it returns false at once, and the call ends with
 * IDL_FAILED_PRECONDITION. */
IDL_API bool idl_server_next(idl_call *call, void *item, const idl_message *type);

IDL_END_DECLS
#endif
