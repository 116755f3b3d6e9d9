/* SPDX-License-Identifier: MIT */
/* load.h: a service with calls of every kind, and clients' calls that check what they get. */
#ifndef TEST_LOAD_H
#define TEST_LOAD_H

#include <stdio.h>
#include <stdlib.h>

#include "load_client.h"
#include "load_server.h"

/* Prints what is wrong, and what was done to cause it (load_blame), and ends the process. */
#define REQUIRE(condition)                               \
    do {                                                 \
        if (!(condition))                                \
            load_failed(__FILE__, __LINE__, #condition); \
    } while (0)

void load_failed(const char *file, int line, const char *condition);

/* Runs when something failed, before the process ends. Once, before threads. */
void load_blame(void (*fn)(void));

extern const load_load_handlers load_handlers;

enum { LOAD_TIMEOUT_MS = 10000, LOAD_KINDS = 6 };

/* One call of a kind below LOAD_KINDS: unary, server, client and both streaming, several async ones
 * and a oneway one, one that can be cancelled. It has to end within LOAD_TIMEOUT_MS, and with what
 * was asked for when its code is IDL_OK. */
idl_code load_call(int kind, idl_channel *channel, idl_call *call);

/* Opens a stream and sends a message back and forth; load_talk_end does so again and ends it. */
idl_code load_talk_begin(idl_channel *channel, idl_call *call);
idl_code load_talk_end(idl_call *call);

#endif
