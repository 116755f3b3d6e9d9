/* SPDX-License-Identifier: MIT */
/* client_meta.c: metadata at the client.
 *
 * What arrives is kept as it is, with its block, by whichever thread reads; the call's own thread
 * makes metadata of it. */
#include "client_call.h"

#include "call_meta.h"

/* ---- Out ---- */

bool idl__client_add_metadata(const idl_channel *channel, idl_call *call, idl__open *open)
{
    const char *why;
    idl_code code = idl__call_metadata_code(call, &why);
    const idl__pairs *pairs = call->meta != NULL ? &call->meta->lists[IDL_META_REQUEST] : NULL;
    if (code != IDL_OK) {
        idl__client_fail(call, code, "%s", why);
    } else if (pairs != NULL && pairs->size > channel->limits.max_metadata) {
        code = IDL_RESOURCE_EXHAUSTED;
        idl__client_fail(call, code, "the metadata of %s/%s is larger than the limit of %zu",
                         call->method->service, call->method->name, channel->limits.max_metadata);
    }
    open->metadata = pairs;
    return code == IDL_OK;
}

/* ---- In ---- */

void idl__client_keep_envelope(struct idl__envelope *kept, const idl__event *event)
{
    idl__block_release(kept->block);
    kept->bytes = event->metadata;
    kept->block = event->block;
    idl__block_retain(kept->block);
}

static void drop(struct idl__envelope *kept)
{
    idl__block_release(kept->block);
    kept->block = NULL;
}

void idl__client_drop_envelopes(idl_call *call)
{
    drop(&call->client.headers);
    drop(&call->client.response);
}

void idl__client_take_headers(idl_call *call)
{
    if (call->client.headers.block == NULL)
        return;
    idl__call_take_metadata(call, IDL_META_INITIAL, call->client.headers.bytes, 1);
    drop(&call->client.headers);
}

void idl__client_settle_metadata(idl_call *call)
{
    idl_bytes response = call->client.response.bytes;
    bool had_headers = call->client.headers.block != NULL ||
                       (call->meta != NULL && call->meta->lists[IDL_META_INITIAL].first != NULL);
    idl__client_take_headers(call);
    if (call->client.response.block != NULL) {
        if (!had_headers)
            idl__call_take_metadata(call, IDL_META_INITIAL, response, 4);
        idl__call_take_metadata(call, IDL_META_TRAILING, response, 3);
        idl__call_take_details(call, response);
    }
    idl__client_drop_envelopes(call);
    const char *why;
    idl_code code = idl__call_metadata_code(call, &why);
    if (code == IDL_OK || call->client.code != IDL_OK)
        return;
    call->client.code = code == IDL_INVALID_ARGUMENT ? IDL_INTERNAL : code;
    call->client.message = idl_cstr(why);
}

bool idl_meta_wait_initial(idl_call *call)
{
    if (call == NULL || call->role != IDL__CALL_CLIENT || !call->client.busy ||
        call->client.done != NULL)
        return false;
    idl_channel *channel = call->client.channel;
    if (channel == NULL) { /* it was closed */
        idl__client_take_headers(call);
        return idl__stream_answered(&call->stream);
    }
    idl__channel_lock(channel);
    idl__link *link = call->client.link;
    while (!idl__stream_answered(&call->stream) && !call->client.over)
        idl__client_work(link, call);
    bool answered = idl__stream_answered(&call->stream);
    idl__link_nudge(link);
    idl__client_take_headers(call);
    idl__channel_unlock(channel);
    return answered;
}
