/* SPDX-License-Identifier: MIT */
/* channel.h: the client's side: an address, and the connection to it.
 *
 * A blocking call does its I/O on the calling thread: no hidden thread, no hop. Any number of
 * threads may call through one channel at once; they take turns at reading for each other. The
 * stubs' _async functions start calls that idl_channel_process or idl_channel_run carry on.
 *
 * A thread that runs a server's loop must not wait: blocking calls that handlers make end with
 * IDL_FAILED_PRECONDITION.
 *
 * The connection is made by the first call, and made again by the first call after it was lost. */
#ifndef IDL_CHANNEL_H
#define IDL_CHANNEL_H

#include <idl/base.h>
#include <idl/call.h>
#include <idl/status.h>

IDL_BEGIN_DECLS

typedef struct idl_channel idl_channel;

/* IDL_CHANNEL_OPTIONS is the start of every one: it tells the runtime how large the struct was
 * when you compiled. Zero means the default. */
typedef struct idl_channel_options {
    size_t size;
    size_t max_message;          /* bytes of one message, either way; default 4 MiB */
    uint32_t connect_timeout_ms; /* for one connection attempt; default 20000 */
    uint32_t timeout_ms;         /* for calls without a deadline of their own; default: none */
} idl_channel_options;

#define IDL_CHANNEL_OPTIONS                  \
    {                                        \
        sizeof(idl_channel_options), 0, 0, 0 \
    }

/* Addresses: tcp://host:port (IPv6 in brackets: tcp://[::1]:50051), unix:///path/to/socket,
 * unix://@abstract. Does not connect. Never waits. options may be NULL.
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

IDL_END_DECLS
#endif
