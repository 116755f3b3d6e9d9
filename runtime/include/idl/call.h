/* SPDX-License-Identifier: MIT */
/* call.h: one call, on either side: its memory, its status, and what a handler does with it.
 *
 * Ownership in one sentence: what a call hands out lives in the call's arena.
 *
 * On the client you make a call object once and use it for one RPC after another: each RPC gives
 * back the memory of the one before. On the server the runtime makes one for each request; it
 * lives until the call has ended.
 *
 * A call belongs to one thread at a time, but for what is said of any thread below. Every function
 * here accepts NULL for the call. */
#ifndef IDL_CALL_H
#define IDL_CALL_H

#include <idl/arena.h>
#include <idl/base.h>
#include <idl/status.h>
#include <idl/values.h>

IDL_BEGIN_DECLS

typedef struct idl_call idl_call;

/* ---- Client ---- */

/* NULL when there is no memory; the stubs then report IDL_RESOURCE_EXHAUSTED. */
IDL_API idl_call *idl_call_new(void);

/* NULL is fine. Not while an RPC is using it. */
IDL_API void idl_call_free(idl_call *call);

/* Gives back the memory of the last RPC: what it handed out is invalid from here on. The next RPC
 * with this call does it too. */
IDL_API void idl_call_reset(idl_call *call);

/* When the next RPC of this call has to be over, by idl_now; 0: never, or when the channel's
 * timeout_ms says; IDL_NEVER: never. The server is told, and both sides end the RPC by themselves then,
 * with IDL_DEADLINE_EXCEEDED. Applies to one RPC and is cleared when that ends. No effect while one is
 * using the call.
 *
 * Blocking calls return at their deadline whatever they wait for, but looking a host's name up: that
 * is not interrupted. Async calls end in idl_channel_process. What an RPC had received by its deadline
 * is not taken back: a stream's messages can still be read, a reply that has come counts. */
IDL_API void idl_call_set_deadline(idl_call *call, uint64_t monotonic_ns);
#define IDL_NEVER UINT64_MAX

/* The same, from now on; 0: it is over already, nothing is sent. */
IDL_API void idl_call_set_timeout(idl_call *call, uint32_t ms);

/* Does the next RPC of this call wait for a connection, until its deadline or until it is cancelled,
 * or does it fail as soon as the server is known not to be reachable? Without this the channel's
 * wait_for_ready says. Applies to one RPC, as a deadline does. An RPC that has reached a server fails
 * with its connection, either way. */
IDL_API void idl_call_set_wait_for_ready(idl_call *call, bool wait);

/* For a call that is made to serve another: its next RPC has to be over when served has to be, if
 * that is sooner than its own deadline, and ends with IDL_CANCELLED when served is cancelled, however
 * it is made (blocking on a thread of the pool, or async). It is in the trace that served is in (trace.h).
 * When served is over the RPC goes on. To be called by who has both calls, after setting a deadline. */
IDL_API void idl_call_inherit(idl_call *call, idl_call *served);

/* Names one RPC: the one that is using the call, or the next. It stays valid, and harmless, when that
 * is over and when the call is freed. To be asked for by who owns the call, and given to others. A
 * call that waits can be cancelled only if it was asked for before. */
typedef struct idl_token {
    uintptr_t call;
    uint64_t number; /* 0: names nothing */
} idl_token;
IDL_API idl_token idl_call_token(idl_call *call);

/* Client streaming: no more messages will be sent; the call goes on. finish does it too. */
IDL_API void idl_call_close_send(idl_call *call);

/* ---- Both sides ---- */

/* How the last RPC of this call ended, on the client. IDL_RESOURCE_EXHAUSTED for NULL. */
IDL_API idl_code idl_call_code(const idl_call *call);

/* What its status said, for people; never NULL, "" for IDL_OK. Ends in NUL, and lives until the
 * call is used again or freed. */
IDL_API const char *idl_call_message(const idl_call *call);

/* Nanoseconds of CLOCK_MONOTONIC: what deadlines are compared with. Never 0. */
IDL_API uint64_t idl_now(void);

/* When the RPC has to be over; 0: no limit. On the server: what the client has asked for, counted from
 * when the request's first byte was read. */
IDL_API uint64_t idl_call_deadline(const idl_call *call);

/* Memory that lives as long as what the call hands out; as idl_arena_alloc. When one of these
 * fails, the failure sticks and the call ends with IDL_RESOURCE_EXHAUSTED, so a handler need not
 * check each one: idl_call_printf and idl_call_str never give NULL data. */
IDL_API idl_arena *idl_call_arena(idl_call *call);
IDL_API void *idl_call_alloc(idl_call *call, size_t size);
IDL_API idl_str idl_call_printf(idl_call *call, const char *format, ...) IDL_PRINTF(2, 3);
IDL_API idl_str idl_call_str(idl_call *call, idl_str s); /* a copy */

/* ---- Handlers ---- */

/* What was given to <service>_serve as user. */
IDL_API void *idl_call_user(const idl_call *call);

/* The other side, as an address ("tcp://192.0.2.7:40312", "unix:"). Never NULL. */
IDL_API const char *idl_call_peer(const idl_call *call);

/* Which process is on the other side of a unix:// connection, and whose it is, as the kernel saw it
 * when it connected. False, and all of them -1: the connection is another one. */
typedef struct idl_credentials {
    int64_t pid, uid, gid;
} idl_credentials;
IDL_API bool idl_call_peer_credentials(const idl_call *call, idl_credentials *credentials);

/* Sets the message that the client gets with code, and returns code:
 *     return idl_call_fail(call, IDL_NOT_FOUND, "no item '%s'", name.data); */
IDL_API idl_code idl_call_fail(idl_call *call, idl_code code, const char *format, ...)
    IDL_PRINTF(3, 4);

/* The call is not over when its handler returns: return idl_call_defer(call). Arguments and arena
 * stay valid until it ends, which any thread may do, once: with <service>_<method>_complete, or
 * with idl_call_end. */
IDL_API idl_code idl_call_defer(idl_call *call);

/* Ends a deferred call without a reply: with an error, or IDL_OK and an empty reply. Any thread. The
 * call is gone when this returns. */
IDL_API void idl_call_end(idl_call *call, idl_code code);

/* The client has cancelled this call, or is gone, or the call's deadline has passed: nobody waits for
 * its end, which still has to come. Any thread. On the loop a handler that has not returned learns of
 * its deadline only. */
IDL_API bool idl_call_is_cancelled(const idl_call *call);

/* fn runs once, on the server's loop, when the call is cancelled or its deadline has passed; NULL:
 * nothing does. It may end the call. Any thread. With handler_threads it may run while the handler
 * does: then it leaves the call's memory alone, and wakes the handler, say, by other means (next and
 * emit wake by themselves). */
IDL_API void idl_call_on_cancel(idl_call *call, void (*fn)(idl_call *call, void *arg), void *arg);

/* ---- Streams, both sides ---- */

/* fn runs when a send or emit that gave IDL_AGAIN may be tried again, and when there is no more
 * sense in it because the call is cancelled or over. NULL: nothing does. On the server it runs on the
 * loop, after the handler has returned, and may be set on any thread. On the client it is for
 * one RPC, the one that is open or else the next, and is forgotten when that ends. */
IDL_API void idl_call_on_writable(idl_call *call, void (*fn)(idl_call *call, void *arg), void *arg);

/* The message that was received last stays valid until the call is reset, used again or over; else
 * it lives until the next one is received. */
IDL_API void idl_call_keep(idl_call *call);

IDL_END_DECLS
#endif
