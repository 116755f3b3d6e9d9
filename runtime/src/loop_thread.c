/* SPDX-License-Identifier: MIT */
/* loop_thread.c: one mark a thread. A handler and the client calls that it makes share no object
 * that could carry it. */
#include "loop_thread.h"

static _Thread_local enum { OTHER, RUNS_LOOP, RUNS_HANDLERS } kind;

void idl__loop_thread_enter(void)
{
    kind = RUNS_LOOP;
}

void idl__loop_thread_leave(void)
{
    kind = OTHER;
}

bool idl__loop_thread(void)
{
    return kind == RUNS_LOOP;
}

void idl__handler_thread_enter(void)
{
    kind = RUNS_HANDLERS;
}

bool idl__handler_thread(void)
{
    return kind == RUNS_HANDLERS;
}
