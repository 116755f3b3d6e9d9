/* SPDX-License-Identifier: MIT */
/* server_away.c: a call on a thread of the pool. */
#include "server_away.h"

#include <string.h>

#include "method_table.h"
#include "server_call.h"
#include "server_pool.h"
#include "worker.h"

/* ---- The worker's thread ---- */

bool idl__server_send_away(idl_call *call, const idl__target *target, const idl__event *event)
{
    call->server.target = target;
    call->server.request = event->payload;
    call->server.away = true;
    call->block = event->block;
    if (call->block != NULL)
        idl__block_retain(call->block);
    return idl__server_pool_put(call->server.worker->options.pool, call);
}

bool idl__server_call_back(idl_call *call)
{
    if (!call->server.away || !idl__server_pool_take_back(call->server.worker->options.pool, call))
        return false;
    call->server.away = false;
    return true;
}

/* ---- A thread of the pool ---- */

/* From the request to the handler's return. */
static idl_code serve(idl_call *call, void **reply)
{
    const idl_message *type = call->method->reply;
    const idl__target *target = call->server.target;
    *reply = NULL;
    const void *request = idl__call_decode(call, call->server.request);
    if (request == NULL)
        return call->code;
    void *answer = idl__arena_object(&call->arena, type->size);
    if (answer == NULL)
        return IDL_RESOURCE_EXHAUSTED; /* the arena has failed, and says so */
    memcpy(answer, type->empty, type->size);
    idl_code code = target->enter(call, request, answer, target->handlers, target->index);
    if ((call->method->kind & IDL_STREAM_OUT) == 0)
        *reply = answer;
    return code;
}

void idl__server_run_away(idl_call *call)
{
    unsigned what = IDL__MAIL_RETURN;
    void *reply;
    idl_code code = serve(call, &reply);
    bool deferred = call->deferred && code == IDL_AGAIN;
    if (!deferred && !atomic_exchange(&call->server.ended, true)) {
        idl__call_prepare(call, code, call->method->reply, reply);
        what |= IDL__MAIL_END;
    }
    idl__worker_give_call(call->server.worker, call, what);
}
