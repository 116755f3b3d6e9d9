/* SPDX-License-Identifier: MIT */
/* streams.h: what stubs of streaming methods call, for compiling them where <idl/stub.h> does not
 * declare it yet. */
#ifndef TESTS_GOLDEN_STREAMS_H
#define TESTS_GOLDEN_STREAMS_H

#include <idl/stub.h>

IDL_BEGIN_DECLS

typedef void idl_item_fn(idl_call *call, const void *item, void (*user)(void), void *arg);

idl_code idl_client_open(idl_channel *channel, idl_call *call, const idl_method *method,
                         const void *request);
idl_code idl_client_send(idl_call *call, const idl_method *method, const void *item);
bool idl_client_recv(idl_call *call, const idl_method *method, void *item);
idl_code idl_client_finish(idl_call *call, const idl_method *method, void *reply);
void idl_client_on_recv(idl_call *call, const idl_method *method, idl_item_fn *fn,
                        void (*user)(void), void *arg);
idl_code idl_server_emit(idl_call *call, const idl_method *method, const void *item);
bool idl_server_next(idl_call *call, const idl_method *method, void *item);
void idl_server_on_next(idl_call *call, const idl_method *method, idl_item_fn *fn,
                        void (*user)(void), void *arg);

IDL_END_DECLS
#endif
