/* SPDX-License-Identifier: MIT */
/* loop_thread.h: what this thread is to a server. One that runs a loop must not wait: what it waited
 * for might be its own to do. One that runs handlers for a loop is there to wait. */
#ifndef IDL__LOOP_THREAD_H
#define IDL__LOOP_THREAD_H

#include <stdbool.h>

void idl__loop_thread_enter(void);
void idl__loop_thread_leave(void);
bool idl__loop_thread(void);

/* For a while a thread must not wait, whatever it is; end makes it what it was. */
typedef enum idl__thread_kind {
    IDL__THREAD_OTHER,
    IDL__THREAD_LOOP,
    IDL__THREAD_HANDLERS
} idl__thread_kind;
idl__thread_kind idl__loop_thread_begin(void);
void idl__loop_thread_end(idl__thread_kind before);

/* For the thread's whole life. */
void idl__handler_thread_enter(void);
bool idl__handler_thread(void);

#endif
