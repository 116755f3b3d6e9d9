/* SPDX-License-Identifier: MIT */
/* loop_thread.h: does this thread run a server's loop? Such a thread must not wait: what it waited
 * for might be its own to do. */
#ifndef IDL__LOOP_THREAD_H
#define IDL__LOOP_THREAD_H

#include <stdbool.h>

void idl__loop_thread_enter(void);
void idl__loop_thread_leave(void);
bool idl__loop_thread(void);

#endif
