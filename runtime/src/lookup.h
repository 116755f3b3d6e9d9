/* SPDX-License-Identifier: MIT */
/* lookup.h: names of hosts looked up on a thread of their own, because nothing interrupts that.
 *
 * The thread owns all that it touches: who asked may stop waiting at any time, and what was found is
 * given up when the thread is done with it. */
#ifndef IDL__LOOKUP_H
#define IDL__LOOKUP_H

#include "address.h"

typedef struct idl__lookup idl__lookup;

/* Begins to look an address up. NULL: no memory, descriptor or thread is left. */
idl__lookup *idl__lookup_start(const char *address);

/* Polls as hung up once it is done. */
int idl__lookup_fd(const idl__lookup *lookup);

/* IDL_AGAIN: not done; else as idl__address_resolve. */
idl_code idl__lookup_result(idl__lookup *lookup, idl__endpoint endpoints[IDL__ENDPOINTS_MAX],
                            size_t *count, char error[IDL__ERROR_MAX]);

/* Done or not. Never waits. NULL is fine. */
void idl__lookup_drop(idl__lookup *lookup);

#endif
