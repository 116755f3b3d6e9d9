/* SPDX-License-Identifier: MIT */
/* chain.h: the interceptors of a channel or server. A call that has begun holds the chain, as it may
 * outlive both. */
#ifndef IDL__CHAIN_H
#define IDL__CHAIN_H

#include <idl/intercept.h>

#include "call.h"

typedef struct idl__chain idl__chain;

/* Appends; nobody may be using *chain, which may be NULL. False: no memory. */
bool idl__chain_add(idl__chain **chain, const idl_interceptor *interceptor, void *arg);
void idl__chain_release(idl__chain *chain); /* NULL is fine */

/* The call begins; chain is not NULL. What it gives but IDL_OK is to end the call. */
idl_code idl__chain_begin(idl__chain *chain, idl_call *call);
/* It is over; call->chain is not NULL, and NULL afterwards. */
void idl__chain_end(idl_call *call, idl_code code, const char *message);

#endif
