/* SPDX-License-Identifier: MIT */
/* loop_thread.c: one mark a thread. A handler and the client calls that it makes share no object
 * that could carry it. */
#include "loop_thread.h"

static _Thread_local bool runs_loop;

void idl__loop_thread_enter(void)
{
    runs_loop = true;
}

void idl__loop_thread_leave(void)
{
    runs_loop = false;
}

bool idl__loop_thread(void)
{
    return runs_loop;
}
