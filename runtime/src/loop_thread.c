/* SPDX-License-Identifier: MIT */
/* loop_thread.c: one mark a thread. A handler and the client calls that it makes share no object
 * that could carry it. */
#include "loop_thread.h"

static _Thread_local idl__thread_kind kind;

void idl__loop_thread_enter(void)
{
    kind = IDL__THREAD_LOOP;
}

void idl__loop_thread_leave(void)
{
    kind = IDL__THREAD_OTHER;
}

idl__thread_kind idl__loop_thread_begin(void)
{
    idl__thread_kind before = kind;
    kind = IDL__THREAD_LOOP;
    return before;
}

void idl__loop_thread_end(idl__thread_kind before)
{
    kind = before;
}

bool idl__loop_thread(void)
{
    return kind == IDL__THREAD_LOOP;
}

void idl__handler_thread_enter(void)
{
    kind = IDL__THREAD_HANDLERS;
}

bool idl__handler_thread(void)
{
    return kind == IDL__THREAD_HANDLERS;
}
