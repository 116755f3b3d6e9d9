/* SPDX-License-Identifier: MIT */
/* channel.h: the client's side: an address, and the connection to it.
 *
 * A blocking call does its I/O on the calling thread, without a hop. Any number of threads may call
 * through one channel at once; they take turns at reading for each other. The stubs' _async functions
 * start calls that idl_channel_process or idl_channel_run carry on.
 *
 * A thread that runs a server's loop must not wait: blocking calls that handlers make end with
 * IDL_FAILED_PRECONDITION.
 *
 * The connection is made by the first call, and made again by the first call after it was lost. When
 * that fails the server is left alone for a while: backoff_initial_ms, then 1.6 times as long after
 * each failure, up to backoff_max_ms, all of it a fifth more or less by chance. Calls meanwhile fail at
 * once with IDL_UNAVAILABLE (or what the reason asks for) and the error of the last attempt, unless
 * they wait (idl_call_set_wait_for_ready). A connection that was made ends all that.
 *
 * Host names are looked up on a thread that lives only for that, the only one that a channel ever starts;
 * waiting for it ends with the call's deadline, with connect_timeout_ms, and when the call is cancelled.
 * Names are looked up again before each attempt to connect.
 *
 * A call that provably no server has seen is tried again by itself: there was no connection, none of its
 * bytes was written, or the server that was leaving says so. That is done for a call whose first message
 * of a stream has not been sent, and that was started by a thread that waits or has a request of at most
 * 256 KiB (or waits for a connection, however large it is).
 *
 * Calls of unary methods that the IDL marks @idempotent may run twice: those that a server has perhaps seen
 * are tried again as well when they end with IDL_UNAVAILABLE, after a pause, and no more once too many
 * calls of the channel have failed: of ten tokens each failure takes one, each success gives a tenth, and
 * there have to be more than five. The same holds for the 256 KiB of async calls. */
#ifndef IDL_CHANNEL_H
#define IDL_CHANNEL_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/log.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

typedef struct idl_channel idl_channel;

/* What a channel does with an address that stands for several places: because it lists them, or
 * because a name does. */
typedef enum idl_policy {
    IDL_PICK_FIRST, /* tries them in turn, and stays with the first that answers */
    IDL_ROUND_ROBIN /* keeps a connection to each, and calls go to those that are up in turn */
} idl_policy;

/* IDL_CHANNEL_OPTIONS is the start of every one: it tells the runtime how large the struct was
 * when you compiled. Zero means the default. */
typedef struct idl_channel_options {
    size_t size;
    size_t max_message;  /* bytes of one message, either way; default 4 MiB */
    size_t max_metadata; /* of one call, either way (metadata.h); default 16 KiB, at most 1 MiB */
    uint32_t connect_timeout_ms; /* for one connection attempt; default 20000 */
    uint32_t timeout_ms;         /* for calls without a deadline of their own; default: none */
    idl_policy policy;           /* for several places; default: pick first */

    /* How long a server is left alone that could not be reached: */
    uint32_t backoff_initial_ms; /* the first time; default 1000 */
    uint32_t backoff_max_ms;     /* at most; default 120000 */

    /* While calls are open: a server that has sent nothing for keepalive_ms (default: this is not
     * done) is asked for a sign of life, and given up, its calls IDL_UNAVAILABLE, when none comes
     * within keepalive_timeout_ms (default 20000). Between calls TCP asks: after keepalive_ms, or
     * 60000. */
    uint32_t keepalive_ms;
    uint32_t keepalive_timeout_ms;

    /* Calls of @idempotent methods that reached a server and are IDL_UNAVAILABLE. There is a
     * budget for it: each failure takes ten times what the end of another call gives back, and where it
     * is spent none is tried again, which would keep down a server that has too much to do. */
    uint32_t retry_attempts;   /* how often they are tried, with the first time; default 3 */
    uint32_t retry_backoff_ms; /* after the first time; doubles, up to ten times this; default 100 */

    bool wait_for_ready; /* for calls that do not say (idl_call_set_wait_for_ready) */
    bool event_driven;   /* a thread is always in idl_channel_process, or soon again, also while no
                            call is open: the server may ask for a sign of life at any time */

    /* How long a thread that waits for the server looks again and again before it sleeps; at most 100000,
     * default 0: not at all. Where the two run on processors of their own, waking takes longer than
     * a short call. It looks only if the wait before was hardly longer than that. */
    uint32_t spin_us;

    const idl_log *log; /* is told of connections and their ends; default: nobody is */
} idl_channel_options;

// clang-format off
#define IDL_CHANNEL_OPTIONS \
    { sizeof(idl_channel_options), 0, 0, 0, 0, IDL_PICK_FIRST, 0, 0, 0, 0, 0, 0, false, false, 0, NULL }
// clang-format on

/* Addresses: tcp://host:port (IPv6 in brackets: tcp://[::1]:50051), unix:///path/to/socket,
 * unix://@abstract. Several: tcp://one:5001,two:5001, or unix:///run/a,unix:///run/b; 16 at most
 * count, with what names stand for. ttrpc+ before that, once: the servers speak ttrpc, which lacks a
 * few things (docs/wire.md). Does not connect. Never waits. options may be NULL.
 *
 * NULL only when there is no memory, and every function accepts that; an address that can't be
 * right makes a channel whose calls all end with IDL_INVALID_ARGUMENT and a message that names
 * it. */
IDL_API idl_channel *idl_channel_open(const char *address, const idl_channel_options *options);

/* Sends what is still queued (oneway calls), closes the connection and frees the channel. Async
 * calls that are still open end with IDL_CANCELLED, their callbacks run in here. No other thread
 * may be using the channel. NULL is fine. */
IDL_API void idl_channel_close(idl_channel *channel);

/* Ends an RPC of this channel with IDL_CANCELLED, from any thread, and tells the server: a thread that
 * waits for it returns (but not while it looks a host's name up), an async call's callback is due.
 * One that is over is left alone. One that has not begun yet ends as soon as it does: the channel
 * remembers the last 16 tokens that it did not know. */
IDL_API void idl_call_cancel(idl_channel *channel, idl_token token);

/* Carries the async calls on: sends, receives, ends those whose deadline has passed, and runs the
 * callbacks of the calls that are over, on the calling thread. Waits at most timeout_ms for the first
 * of them to be over (0: not at all, -1: as long as it takes, unless no async call is open). Returns
 * the number of callbacks that ran.
 *
 * Any thread, several at once too. Requests that callbacks start leave together when the last of
 * them has returned; others with the next idl_channel_process or blocking call, or at once when
 * another thread is in idl_channel_process. */
IDL_API size_t idl_channel_process(idl_channel *channel, int timeout_ms);

/* idl_channel_process until no async call of this channel is open. */
IDL_API void idl_channel_run(idl_channel *channel);

/* ---- In a loop of your own ----
 *
 * One thread may carry any number of channels on beside all else that its loop does. For each channel:
 *
 *     wait until idl_channel_fd is readable, but not for longer than idl_channel_timeout;
 *     idl_channel_process(channel, 0);
 *
 * Nothing that happens meanwhile is missed: the descriptor is readable, and stays so until
 * idl_channel_process, when something has arrived or can be sent, when a callback is due, when an
 * async call or a message of one was started or cancelled, on whichever thread, and when another
 * thread has found something that is due sooner than the loop was told. It is ready at first. What
 * callbacks start needs no further round.
 *
 * examples/loops has it for GLib, libevent and libuv. */

/* A descriptor that stands for all connections of the channel, those that are still to be made
 * included. Always the same one; only to be polled, for being readable, and not to be closed. Gone
 * with the channel: take it out of the loop before idl_channel_close. -1: there were no descriptors;
 * then idl_channel_timeout is never long. Any thread. */
IDL_API int idl_channel_fd(idl_channel *channel);

/* Milliseconds until something is due although nothing arrives: deadlines, attempts to connect, signs
 * of life. 0: now; -1: nothing is. To be asked just before waiting, each time, by the thread that
 * waits. Any thread, but not in a callback of the channel. */
IDL_API int idl_channel_timeout(idl_channel *channel);

IDL_END_DECLS
#endif
