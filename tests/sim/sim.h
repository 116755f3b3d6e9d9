/* SPDX-License-Identifier: MIT */
/* sim.h: a world of clients, servers and the network between them, in one thread, on the I/O-free
 * core of the runtime, from one seed.
 *
 * There is no clock but sim.now and no chance but sim.rng: a seed is a run. In each step something
 * happens to somebody: bytes are shown, written, carried, read, in any portions; applications open,
 * send, take, answer, cancel, and are slow about it; deadlines pass; connections break, servers
 * drain and go; allocations fail. Then the world is healed and has to come to rest with all calls
 * ended. What must hold is checked all the way (call.c, watch.c); the first thing that does not
 * ends the program and names the seed. */
#ifndef SIM_H
#define SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "arena.h"
#include "conn.h"
#include "heap.h"

enum {
    SIM_CLIENTS = 3,
    SIM_SERVERS = 2,
    SIM_CALLS = 40,
    SIM_TRIES = 4,   /* of a call whose server has never seen it */
    SIM_OPENS = 256, /* calls on one connection, at most */
    SIM_SHOWN = 4,   /* pieces of output that a write shows */
    SIM_HEAD = 16,   /* of a message that is not empty: who, what */
    SIM_COST = 10    /* of a DATA frame besides its message */
};

/* What may go wrong in a run; each seed picks some. */
enum {
    SIM_DROP = 1,   /* connections break, with bytes on their way */
    SIM_STALL = 2,  /* nobody reads for a while */
    SIM_MEMORY = 4, /* allocations fail */
    SIM_CANCEL = 8,
    SIM_DEADLINE = 16,
    SIM_DRAIN = 32,
    SIM_RESTART = 64,
    SIM_LIMITS = 128, /* small ones, told by HELLO */
    SIM_LARGE = 256,  /* large messages */
    SIM_BYTES = 512,  /* tiny portions */
    SIM_EARLY = 1024  /* handlers that end before their clients do, and fail */
};

typedef struct sim_world sim_world;
typedef struct sim_link sim_link;
typedef struct sim_call sim_call;
typedef struct sim_handler sim_handler;

/* A protocol, and who listens to what its connections write. */
typedef struct sim_wire {
    const char *name;
    enum idl__protocol protocol;
    /* It has no CANCEL: a handler may wait for what will never come until its connection ends. No credit:
     * an end that has enough reads nothing more. No GOAWAY: connections just end. No metadata from
     * servers but the details of errors. */
    bool plain;
    /* len bytes that end 0 (client) or 1 (server) of the link has written, in order. */
    void (*heard)(sim_link *link, int end, const uint8_t *bytes, size_t len);
} sim_wire;
extern const sim_wire sim_wires[];
extern const size_t sim_wire_count;

/* ---- Calls: the plan, and what has become of it ---- */

enum sim_state { SIM_PLANNED, SIM_OPEN, SIM_OVER };

struct sim_call {
    idl__stream stream; /* first */
    idl__timed timed;   /* the client's deadline */
    sim_world *sim;
    uint32_t number, client;
    const idl_method *method;
    uint32_t messages[2]; /* of a stream: the client's, the server's */
    idl_code answer;      /* what the handler ends it with */
    uint64_t timeout;     /* 0: none */
    bool early;           /* the handler does not wait for the client's last message */
    bool abort;           /* it ends the call before it is done with it */
    bool refuse;          /* there is no handler */
    bool never;           /* it waits to be cancelled, until the world is healed */
    bool patient;         /* the client takes nothing before the end */

    enum sim_state state;
    sim_link *link;
    uint32_t attempt, ran; /* handlers that have begun */
    bool ran_now;          /* this attempt */
    bool half, waits;      /* no more to send; until WRITABLE */
    uint32_t sent, got;
    uint64_t deadline;
    bool answered; /* this attempt: by its handler, and how: */
    idl_code said;
    uint32_t emitted;   /* this attempt: messages of the handler */
    bool adorned;       /* this attempt: its end says what sim_metadata has for it, */
    bool early_initial; /* but the first ones, which were sent before */
    bool got_initial;
    idl_code code; /* the end */
};

struct sim_handler {
    idl__stream stream; /* first */
    idl__timed timed;
    sim_world *sim;
    sim_call *call;
    uint32_t attempt;
    sim_link *link;
    bool cancelled; /* and to be released */
    bool aborted, half, waits;
    uint32_t sent, got;
    idl__metadata metadata;
    sim_handler *next;
};

/* ---- Connections ---- */

/* Bytes on their way to an end. */
typedef struct sim_pipe {
    uint8_t *bytes;
    size_t begin, end, cap;
    bool eof; /* behind them */
} sim_pipe;

typedef struct sim_end {
    idl__conn *conn; /* NULL: closed */
    sim_pipe in;
    bool shut, eof, over; /* shut: says no more; eof: hears no more; over: had its last event */
    bool stuffed;         /* server: takes no events before what it has said is read */
    bool reading, writing, telling; /* telling: events, which are not told from inside of one */
    uint8_t *space;
    size_t room;
    struct iovec shown[SIM_SHOWN];
    size_t shown_count, shown_len;
    uint8_t *copy;    /* of what was shown: it has to stay */
    uint64_t stalled; /* nothing is read until then */
    uint64_t blocked; /* since when nothing is, as a stream is full; 0: it is */
    uint64_t linger;  /* server: when to close whatever comes; 0: not yet */
} sim_end;

/* What the wire has shown about one call. */
typedef struct sim_watched {
    bool opened, cancelled, answered, closed, oneway;
    int64_t sent[2], granted[2]; /* DATA of each end; CREDIT for that end */
    int64_t taken[2];            /* what the application of the other end has taken of it */
    uint32_t uploads,
        complaints; /* plain: DATA of the client; answers to those that came too late */
} sim_watched;

typedef struct sim_watch {
    uint8_t head[2][SIM_COST], payload[2][512];
    size_t got[2], left[2], payload_len[2]; /* of a head; of its frame's rest; of what is kept */
    bool any[2];
    uint32_t seen; /* the highest id opened */
    uint32_t last; /* that may run: of a final GOAWAY, or what was said to be one */
    int64_t sent[2], granted[2];
    sim_watched calls[SIM_OPENS];
} sim_watch;

struct sim_link {
    sim_world *sim;
    unsigned number;
    uint32_t client, server;
    idl__shared *shared;   /* the client's */
    sim_end ends[2];       /* client, server */
    idl__limits limits[2]; /* of these */
    sim_call *opens[SIM_OPENS];
    uint32_t attempts[SIM_OPENS];
    size_t opened;
    bool detached; /* the client opens nothing more here */
    bool excused;  /* calls on it may end with UNAVAILABLE */
    bool broken;   /* the network is: what is written goes nowhere */
    bool overflow; /* streams that nobody takes from may be ended */
    uint32_t run;  /* the highest id that was */
    bool draining;
    uint64_t final_at; /* when the second step of a drain is due; 0: no drain */
    sim_watch watch;
    sim_link *next;
};

/* ---- The world ---- */

typedef struct sim_counts {
    uint64_t seeds, calls, tries, ok, steps, bytes, links, drops, restarts, drains, cancels,
        expired, failed_allocations, pairs, overflows;
} sim_counts;

struct sim_world {
    uint64_t seed, rng, now;
    const sim_wire *wire;
    unsigned faults;
    bool trace, healing;
    bool hungry;
    bool crowded; /* servers take few calls at once */
    idl__limits limits[2];
    idl__shared *shared[SIM_SERVERS];
    sim_call calls[SIM_CALLS];
    size_t call_count;
    sim_handler *handlers;
    sim_link *links, *current[SIM_CLIENTS];
    unsigned link_count;
    idl__heap deadlines[2]; /* of calls, of handlers */
    size_t largest;         /* message */
    sim_counts *counts;
};

/* sim.c */
void sim_run(uint64_t seed, const sim_wire *wire, bool trace, sim_counts *counts);
uint64_t sim_random(sim_world *sim);
static inline size_t sim_below(sim_world *sim, size_t n)
{
    return (size_t)(sim_random(sim) % n);
}
bool sim_percent(sim_world *sim, unsigned percent);
/* An allocation has failed: anything may end with RESOURCE_EXHAUSTED. */
bool sim_is_hungry(const sim_world *sim);
_Noreturn void sim_fail(sim_world *sim, const char *format, ...) IDL_PRINTF(2, 3);
void sim_trace(sim_world *sim, const char *format, ...) IDL_PRINTF(2, 3);

/* call.c: calls as they should be */
void sim_plan(sim_world *sim);
extern const idl_message sim_text;
/* The index-th message of one end (0: the client's; a request, a reply are 0): data in noise. */
size_t sim_size(const sim_call *call, int end, uint32_t index);
/* A message to send, in memory that lasts until the next one. */
const void *sim_message(const sim_call *call, uint32_t attempt, int end, uint32_t index);
/* Fails unless payload is that message. */
void sim_expect(const sim_call *call, uint32_t attempt, int end, uint32_t index, idl_bytes payload);
/* How an attempt may end, as the client hears it. */
void sim_judge(sim_call *call, const idl__event *event);
/* One that the client has ended itself. */
void sim_over(sim_call *call, idl_code code);

/* meta.c: what travels beside messages: for each part of each attempt its own, or nothing */
/* To be sent, into an arena of the application's, whose memory does not fail. */
void sim_metadata(const sim_call *call, uint32_t attempt, size_t part, idl__pairs *pairs,
                  idl_arena *arena);
/* Fails unless it is that what envelope has in its fields with this number. */
void sim_expect_metadata(const sim_call *call, uint32_t attempt, size_t part, idl_bytes envelope,
                         uint32_t field);
/* Fails unless the end of a call says what it has to. */
void sim_expect_end(const sim_call *call, const idl__event *event);
bool sim_has_metadata(const sim_call *call, size_t part);

/* client.c */
bool sim_client_act(sim_call *call);
void sim_client_event(sim_link *link, const idl__event *event);
void sim_client_expire(sim_call *call);

/* server.c */
bool sim_handler_act(sim_handler *handler);
/* Its client still listens to it. */
bool sim_handler_is_heard(const sim_handler *handler);
void sim_server_event(sim_link *link, const idl__event *event);
void sim_handler_expire(sim_handler *handler);
void sim_handler_free(sim_handler *handler);

/* link.c: connections, and the network */
sim_link *sim_link_new(sim_world *sim, uint32_t client, uint32_t server);
void sim_link_free(sim_link *link);
/* One thing that may happen to an end; false: nothing did. */
bool sim_end_act(sim_link *link, int end);
void sim_link_drop(sim_link *link, bool keep);
void sim_events(sim_link *link, int end);
void sim_link_goaway(sim_link *link, bool final);

/* watch.c: what is written, held against the protocol */
void sim_watch_framed(sim_link *link, int end, const uint8_t *bytes, size_t len);
void sim_watch_ttrpc(sim_link *link, int end, const uint8_t *bytes, size_t len);

/* memory.c: the runtime's heap, counted */
size_t sim_memory_used(void);
size_t sim_memory_count(void); /* allocations so far */
/* The n-th allocation from now on fails; 0: none. */
void sim_memory_fail(size_t n);
bool sim_memory_failed(void); /* since that was said */
/* Until it is over, allocations are not among those that may fail. */
void sim_memory_spare(bool spare);

#endif
