/* SPDX-License-Identifier: MIT */
/* streams.h: what stubs of streaming methods call, for compiling them where <idl/stub.h> does not
 * declare it yet. Included before everything, so it must not include the runtime's headers: what
 * generated code defines ahead of them would come too late. */
#ifndef TESTS_GOLDEN_STREAMS_H
#define TESTS_GOLDEN_STREAMS_H

#include <stdbool.h>

typedef struct idl_call idl_call;
typedef struct idl_channel idl_channel;
typedef struct idl_method idl_method;
typedef void idl_item_fn(idl_call *call, const void *item, void (*user)(void), void *arg);

int idl_client_open(idl_channel *channel, idl_call *call, const idl_method *method,
                    const void *request);
int idl_client_send(idl_call *call, const idl_method *method, const void *item);
bool idl_client_recv(idl_call *call, const idl_method *method, void *item);
int idl_client_finish(idl_call *call, const idl_method *method, void *reply);
void idl_client_on_recv(idl_call *call, const idl_method *method, idl_item_fn *fn,
                        void (*user)(void), void *arg);
int idl_server_emit(idl_call *call, const idl_method *method, const void *item);
bool idl_server_next(idl_call *call, const idl_method *method, void *item);
void idl_server_on_next(idl_call *call, const idl_method *method, idl_item_fn *fn,
                        void (*user)(void), void *arg);

#endif
