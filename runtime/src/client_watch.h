/* SPDX-License-Identifier: MIT */
/* client_watch.h: a channel in a loop of the caller's: one descriptor for all its connections, and a
 * time.
 *
 * While nobody is in idl_channel_process the watch stands for a thread that sleeps in there: its waiter
 * is among channel->pollers, and an epoll descriptor has the waiter's socket beside those of the links.
 * It takes no role of a link, so that threads that wait are not kept waiting by a loop that is busy.
 *
 * Always one of these holds: a thread is inside; the waiter is asleep, and every link that wants I/O is
 * in the epoll set; or the waiter was woken, and the descriptor is readable. All with the lock held. */
#ifndef IDL__CLIENT_WATCH_H
#define IDL__CLIENT_WATCH_H

struct idl_channel;
struct idl__link;

/* Around idl_channel_process. */
void idl__watch_enter(struct idl_channel *channel);
void idl__watch_leave(struct idl_channel *channel);

/* The link's descriptor may be closed: what is closed elsewhere too, after a fork, would stay in an
 * epoll set. */
void idl__watch_forget(struct idl_channel *channel, struct idl__link *link);

void idl__watch_free(struct idl_channel *channel);

#endif
