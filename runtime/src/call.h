/* SPDX-License-Identifier: MIT */
/* call.h: what idl_call is, for client and server.
 *
 * On the server a call belongs to its worker's thread until its handler has deferred it, or is to
 * run on a thread of the pool. From then on what is in the arenas, code, message and server.reply
 * belong to that thread, and to whoever completes the call, and the rest still to the worker;
 * completing it gives everything back to the worker (server_call.h). */
#ifndef IDL__CALL_H
#define IDL__CALL_H

#include <idl/call.h>
#include <idl/stub.h>

#include "arena.h"
#include "block.h"
#include "conn.h"
#include "heap.h"

struct idl__chain;  /* chain.h */
struct idl__kin;    /* kin.h */
struct idl__lane;   /* server_lane.h */
struct idl__link;   /* link.h */
struct idl__peer;   /* peer.h */
struct idl__waiter; /* waiter.h */
struct idl__worker; /* worker.h */

struct idl__target; /* method_table.h */

struct idl__hook {
    void (*fn)(idl_call *call, void *arg);
    void *arg;
};

/* A handler's callbacks. */
typedef struct idl__hooks {
    idl_item_fn *item_fn; /* gets the messages of a stream */
    void (*item_user)(void);
    void *item_arg;
    struct idl__hook writable, cancel;
} idl__hooks;

struct idl_call {
    idl__stream stream; /* first: a stream of the connection is its call */
    idl_arena arena;
    const idl_method *method;
    idl_code code;
    idl_str message;   /* in the arena, or static; ends in NUL */
    idl__block *block; /* what views of the request or reply point into; NULL: none */
    idl_arena items;   /* the message of a stream that was received last, */
    idl__block *item;  /* what views of it point into; NULL: ... */
    idl__run *fetched; /* ... the first of these, messages that were taken off the stream */
    void *user;        /* of the service */
    const char *peer;  /* the other side's address; lives as long as the call */
    enum { IDL__CALL_IDLE, IDL__CALL_CLIENT, IDL__CALL_SERVER } role;
    bool deferred;
    struct idl_call *next;  /* in its owner's lists: pool, done, completed */
    struct idl__held *kept; /* blocks of messages that were kept */
    idl__metadata *meta;    /* what it has got, and sends; NULL: never any */
    bool meta_failed;       /* for want of memory */
    bool chain_open;        /* its interceptors begin */
    uint32_t chain_begun;   /* how many have, and when */
    uint64_t chain_at;
    struct idl__chain *chain; /* of these; NULL: there are none */
    uint64_t deadline;        /* of the RPC; 0: none */
    idl__timed timed;         /* among those of its worker or channel that end by themselves then */
    /* The two sides' own parts. */
    struct {
        struct idl_channel *channel;
        struct idl__link *link;     /* that it is open on */
        struct idl__waiter *waiter; /* of its thread, while that sleeps */
        idl_call *prev, *next;      /* in the channel's lists of async calls */
        idl_done_fn *done;          /* NULL: a thread waits for it */
        void (*user)(void);
        void *arg;
        idl_item_fn *item_fn; /* async: for each message of a stream */
        void (*item_user)(void);
        void *item_arg;
        struct idl__hook on_writable;
        void (*abandon)(idl_call *call); /* ends what its owner did not; NULL: it did */
        uint64_t number;                 /* of the RPC in its token; 0: none was asked for yet */
        struct idl_call **token_at, *token_next; /* among those that the channel may cancel */
        bool has_token;
        struct idl__kin *kin; /* it is made for a call that is served; NULL: it is not */
        struct idl_call **kin_at, *kin_next;
        bool kin_busy; /* it is being cancelled */
        struct idl_channel *kin_channel;
        void (*kin_cancel)(struct idl_channel *channel, idl_token token);
        idl_token kin_token;
        uint64_t kin_deadline; /* of the RPC, for others to read */
        uint64_t begun;        /* when the RPC did; 0: that is of no use */
        uint32_t uses;         /* RPCs so far: tells whether a callback has used its call again */
        bool busy;             /* an RPC is using it */
        bool lent;             /* by the channel's pool */
        bool listed;           /* among the channel's open calls */
        bool due;              /* or among those whose callbacks are due */
        bool running;          /* its callbacks run */
        bool unwanted;         /* messages that arrive are dropped */
        bool starved;          /* a send gave IDL_AGAIN ... */
        uint32_t drained;      /* ... when link->drained was this */
        bool room;             /* on_writable is to be told */
        bool over;
        enum { IDL__UNSAID, IDL__PATIENT, IDL__HASTY } wish; /* whether it waits for a connection */
        bool patient;                                        /* it does */
        uint8_t tries;                                       /* so far, but for the first */
        bool parked;                                         /* it is on no link, until: */
        uint64_t repeat_at; /* when it is to be tried again; 0: it is not */
        uint8_t repeats;    /* so far */
        bool kept;          /* request is what the server was asked, for another try: */
        idl_bytes request;  /* in the arena */
        /* How it ended, until its owner has settled it: views into block or small. */
        bool never_started;
        bool again; /* nobody has seen it: it may be tried once more */
        idl_code code;
        idl_str message;
        idl_bytes payload;
        idl__block *block;
        struct idl__envelope { /* with metadata, not looked at yet */
            idl_bytes bytes;
            idl__block *block; /* NULL: none came */
        } headers, response;
        uint8_t small[256]; /* a reply that fits; what the RPC handed out may point here */
    } client;
    struct {
        struct idl__worker *worker;
        struct idl__peer *peer;
        idl_code undecodable; /* what a message that does not decode ends it with */
        idl_bytes reply;      /* encoded in the arena by the thread that completed it */
        bool running;         /* its handler, or a callback, has not returned */
        bool away;            /* its handler has not on a thread of the pool, or not begun there */
        bool ending;          /* completed by another thread, and not answered yet */
        bool answered;        /* by that, before it returned */
        bool waited;          /* or would have, where nothing may wait */
        bool half_closed;     /* the client has sent its last message */
        bool writable;        /* on_writable is to be told, */
        bool cancel_told;     /* on_cancel was, */
        bool end_told;        /* item_fn was given NULL */
        bool due;             /* in the worker's list of those with something to tell */
        idl__hooks hooks;
        struct idl_call *due_next;
        _Atomic(struct idl__lane *) lane; /* what other threads need; NULL: none did */
        _Atomic(struct idl__kin *) kin;   /* calls made for this one; NULL: none */
        atomic_int cancelled;             /* nobody waits for its end: why; IDL_OK: somebody does */
        atomic_bool ended;                /* the first who ends it counts */
        /* What is to run on the pool. */
        const struct idl__target *target;
        idl_bytes request;
        bool queued;
        struct idl_call *queue_prev, *queue_next;
        /* Guarded by the worker's mailbox. */
        bool mailed;   /* it is in there ... */
        unsigned mail; /* ... because of this */
        /* Runtime's and client's code reach the server's by this only. */
        void (*on_writable)(idl_call *call, struct idl__hook hook);
    } server;
};

static inline idl_call *idl__call_of(idl__timed *timed)
{
    return (idl_call *)(void *)((char *)timed - offsetof(idl_call, timed));
}

/* The RPC is over, or given up: its token is stale. */
static inline void idl__call_end_token(idl_call *call)
{
    call->client.number += call->client.number != 0;
    call->client.has_token = false;
}

/* Sets code and message; the message is copied to the arena. */
void idl__call_status(idl_call *call, idl_code code, idl_str message);

/* What idl_call_reset and idl_call_free do, whoever owns the call. */
void idl__call_reset(idl_call *call);
void idl__call_free(idl_call *call);

/* Gives back all memory that the call has handed out. */
void idl__call_drop_memory(idl_call *call);

/* Gives up the messages of its stream that nobody will take. */
void idl__call_drop_messages(idl_call *call);

/* Gives up the message that was received last; its memory is used again now or soon. Not when
 * call->arena has failed: it may be one that could not be kept, and then the call must end with that. */
static inline void idl__call_drop_item(idl_call *call)
{
    if (!idl__arena_is_roomy(&call->items) && !idl__arena_is_unused(&call->items))
        idl_arena_reset(&call->items);
    if (call->item != NULL)
        idl__block_release(call->item);
    call->item = NULL;
}

#endif
