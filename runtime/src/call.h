/* SPDX-License-Identifier: MIT */
/* call.h: what idl_call is, for client and server. */
#ifndef IDL__CALL_H
#define IDL__CALL_H

#include <idl/call.h>
#include <idl/stub.h>

#include "arena.h"
#include "block.h"
#include "conn.h"

struct idl__client_call; /* client_call.h */
struct idl__server_call; /* server_call.h */

enum { IDL__CALL_BLOCKS = 2 };

struct idl_call {
    idl__stream stream; /* first: a stream of the connection is its call */
    idl_arena arena;
    const idl_method *method;
    idl_code code;
    idl_str message;      /* in the arena, or static; ends in NUL */
    idl__block *block;    /* what views of the request or reply point into; NULL: none */
    void *user;           /* of the service */
    const char *peer;     /* the other side's address; lives as long as the connection */
    enum { IDL__CALL_IDLE, IDL__CALL_CLIENT, IDL__CALL_SERVER } role;
    bool deferred;
    struct idl_call *next; /* in its owner's lists: pool, done, completed */
    /* The two sides' own parts. */
    struct {
        struct idl_channel *channel;
        const void *reply_type;
        void *reply;
        idl_done_fn *done;
        void (*done_user)(void);
        void *done_arg;
        void *waiter; /* the thread that sleeps for it */
        bool pooled, over;
    } client;
    struct {
        struct idl__worker *worker;
        struct idl__peer *peer;
        void *reply;
        atomic_bool ended;
    } server;
};

/* Sets code and message; the message is copied to the arena. */
void idl__call_status(idl_call *call, idl_code code, idl_str message);

#endif
