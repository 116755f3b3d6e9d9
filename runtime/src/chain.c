/* SPDX-License-Identifier: MIT */
/* chain.c: the interceptors of a channel or server. */
#include "chain.h"

#include <stdatomic.h>

#include "clock.h"
#include "mem.h"

struct idl__chain {
    atomic_uint refs;
    size_t count;
    struct {
        const idl_interceptor *interceptor;
        void *arg;
    } links[];
};

bool idl__chain_add(idl__chain **chain, const idl_interceptor *interceptor, void *arg)
{
    size_t count = *chain != NULL ? (*chain)->count : 0;
    idl__chain *grown = idl__realloc(*chain, sizeof *grown + (count + 1) * sizeof *(*chain)->links);
    if (grown == NULL)
        return false;
    if (count == 0)
        atomic_init(&grown->refs, 1);
    grown->links[count].interceptor = interceptor;
    grown->links[count].arg = arg;
    grown->count = count + 1;
    *chain = grown;
    return true;
}

void idl__chain_release(idl__chain *chain)
{
    if (chain != NULL && atomic_fetch_sub(&chain->refs, 1) == 1)
        idl__free(chain);
}

idl_code idl__chain_begin(idl__chain *chain, idl_call *call)
{
    atomic_fetch_add(&chain->refs, 1);
    call->chain = chain;
    call->chain_at = idl__clock_now();
    call->stream.bytes_in = call->stream.bytes_out = 0;
    call->chain_open = true;
    idl_code code = IDL_OK;
    for (call->chain_begun = 0; call->chain_begun < chain->count; call->chain_begun++) {
        const idl_interceptor *interceptor = chain->links[call->chain_begun].interceptor;
        if (interceptor->begin != NULL)
            code = interceptor->begin(call, chain->links[call->chain_begun].arg);
        if (code != IDL_OK)
            break;
    }
    call->chain_open = false;
    return code;
}

void idl__chain_end(idl_call *call, idl_code code, const char *message)
{
    idl__chain *chain = call->chain;
    const idl_outcome outcome = { .code = code,
                                  .message = message,
                                  .duration_ns = idl__clock_now() - call->chain_at,
                                  .bytes_in = call->stream.bytes_in,
                                  .bytes_out = call->stream.bytes_out };
    for (size_t i = call->chain_begun; i-- > 0;)
        if (chain->links[i].interceptor->end != NULL)
            chain->links[i].interceptor->end(call, &outcome, chain->links[i].arg);
    call->chain = NULL;
    idl__chain_release(chain);
}
