/* SPDX-License-Identifier: MIT */
/* channel.h: what a channel is: its links, the threads that wait on it, and its async calls. */
#ifndef IDL__CHANNEL_H
#define IDL__CHANNEL_H

#include <pthread.h>

#include <idl/channel.h>

#include "call.h"
#include "conn.h"
#include "heap.h"
#include "link.h"
#include "log.h"
#include "target.h"
#include "waiter.h"

enum { IDL__EARLY_MAX = 16 };

typedef struct idl__call_list {
    idl_call *first, *last;
} idl__call_list;

struct idl_channel {
    /* Fixed. */
    char *address;
    struct idl__chain *chain; /* NULL: no interceptors */
    char *refusal;            /* why the address can't be right; NULL: it can */
    idl__limits limits;
    uint32_t connect_timeout_ms, timeout_ms;
    uint32_t backoff_initial_ms, backoff_max_ms;
    uint32_t keepalive_ms, keepalive_timeout_ms; /* 0, the first: none */
    uint32_t retry_attempts, retry_backoff_ms;
    uint64_t spin_ns;    /* before a reader sleeps; 0: none */
    bool event_driven;   /* somebody reads also while no call is open */
    bool wait_for_ready; /* calls that do not say are patient */
    bool spread;         /* round_robin: a link for each place */

    pthread_mutex_t lock; /* never held during a system call that may wait, or a callback */
    idl__target *targets; /* where calls may go */
    size_t target_count;
    uint32_t turn;   /* round_robin: whose it is */
    uint64_t chance; /* for jitter */
    idl__logger logger;
    uint32_t spent;                  /* of what trying again may cost: client_retry.c */
    idl__link *links;                /* all that are not down */
    size_t async;                    /* async calls whose callback has not returned yet */
    idl__call_list open;             /* calls on links that no thread waits for */
    idl__call_list due;              /* async calls with something to tell */
    idl__heap deadlines;             /* of async calls */
    idl_call *exposed;               /* calls that may be cancelled */
    idl_token early[IDL__EARLY_MAX]; /* cancelled, and not open: perhaps not yet */
    size_t early_next;
    idl_call *pool;            /* calls that wait to be lent */
    idl__room room;            /* where threads sleep */
    unsigned waking;           /* of these, those that were woken and are not back yet */
    idl__waiter *pollers;      /* threads that sleep in idl_channel_process */
    idl__waiter *spare;        /* waiters with a pair, for the next that polls */
    struct idl__round *rounds; /* threads that run callbacks */
    struct idl__watch *watch;  /* for a loop of the caller's; NULL: nobody has asked */
    unsigned inside;           /* how often idl_channel_process runs just now */
    bool closing;
    /* What to do when the lock is given up. */
    idl__waiter *wake;
    idl__link *drop;
};

static inline void idl__channel_lock(idl_channel *channel)
{
    pthread_mutex_lock(&channel->lock);
}
/* Also signals the waiters that were woken meanwhile, and frees links that nobody uses. */
void idl__channel_unlock_and_tell(idl_channel *channel);
static inline void idl__channel_unlock(idl_channel *channel)
{
    if (IDL_UNLIKELY(channel->wake != NULL || channel->drop != NULL))
        idl__channel_unlock_and_tell(channel);
    else
        pthread_mutex_unlock(&channel->lock);
}

/* With the lock from here on. */

/* Wakes a waiter once the lock is given up. Those that are awake, and NULL, are left alone. */
void idl__channel_wake(idl_channel *channel, idl__waiter *waiter);

/* Takes a waiter that woke by itself out of its list; if it was woken too, waits for the signal. */
void idl__channel_withdraw(idl_channel *channel, idl__waiter *waiter);

/* A waiter with a pair; NULL: no descriptors or no memory. */
idl__waiter *idl__channel_take_poller(idl_channel *channel);
void idl__channel_give_poller(idl_channel *channel, idl__waiter *waiter);

/* About one, in thousandths: 800 to 1200. */
uint64_t idl__channel_jitter(idl_channel *channel);

/* Sleeps, in a list that may be NULL, until the call's thread is woken, or that time has come. */
void idl__channel_sleep(idl_channel *channel, idl__waiter **list, idl_call *call, uint64_t until);

/* Closes the links that have been leaving for long enough. */
void idl__channel_reap(idl_channel *channel, uint64_t now);

/* The call is over: client.code and so on are set. Its thread or its callback is next. */
void idl__channel_over(idl_channel *channel, idl_call *call);

/* A message of a stream has come; it has room to send. */
void idl__channel_message(idl_channel *channel, idl_call *call);
void idl__channel_room(idl_channel *channel, idl_call *call);

void idl__call_list_append(idl__call_list *list, idl_call *call);
void idl__call_list_remove(idl__call_list *list, idl_call *call);

#endif
