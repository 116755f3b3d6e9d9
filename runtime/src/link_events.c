/* SPDX-License-Identifier: MIT */
/* link_events.c: what a link's connection has to tell, for its calls; and why it went down. */
#include "link_impl.h"

#include <string.h>

#include "channel.h"
#include "client_call.h"

/* ---- Reasons, and how calls end ---- */

static idl__block *text_block(const char *prefix, const char *separator, idl_str text)
{
    size_t lead = strlen(prefix), gap = strlen(separator), len = lead + gap + text.len;
    idl__block *block = idl__block_new(len);
    if (block == NULL)
        return NULL;
    memcpy(block->data, prefix, lead);
    memcpy(block->data + lead, separator, gap);
    memcpy(block->data + lead + gap, text.data, text.len);
    block->data[len] = '\0';
    return block;
}

idl_str idl__link_text(const idl__block *block)
{
    const idl_str no_memory = IDL_STR("out of memory");
    return block != NULL ? (idl_str){ (const char *)block->data, block->cap } : no_memory;
}

/* A reason that no block holds is the link's own, or the protocol core's: that does not know the
 * address. */
static idl__block *reason_block(const idl__link *link, idl_str message)
{
    const char *address = link->channel->address;
    if (link->reason != NULL) {
        idl__block_retain(link->reason);
        return link->reason;
    }
    bool named =
        message.len >= strlen(address) && memcmp(message.data, address, strlen(address)) == 0;
    return named ? text_block("", "", message) : text_block(address, ": ", message);
}

static bool is_inside(const idl__block *block, idl_str text)
{
    uintptr_t begin = (uintptr_t)block->data, at = (uintptr_t)text.data;
    return at >= begin && at - begin <= block->cap;
}

/* What ended it, for its owner: a small reply is copied, so that the block can be read into again;
 * a large one keeps its block. */
static void keep_reply(idl_call *call, const idl__event *event)
{
    call->client.payload = event->payload;
    if (event->payload.len <= sizeof call->client.small) {
        call->client.payload.data = call->client.small;
        if (event->payload.len > 0)
            memcpy(call->client.small, event->payload.data, event->payload.len);
    } else {
        call->client.block = event->block;
        idl__block_retain(event->block);
    }
}

static void keep_message(const idl__link *link, idl_call *call, const idl__event *event)
{
    call->client.message = event->message;
    if (event->message.len == 0)
        return;
    if (event->block != NULL && is_inside(event->block, event->message)) {
        call->client.block = event->block;
        idl__block_retain(event->block);
        return;
    }
    idl__block *block = event->block != NULL ? text_block("", "", event->message)
                                             : reason_block(link, event->message);
    call->client.block = block;
    call->client.message = idl__link_text(block);
}

/* An end without a block was not sent by the server: the link was lost, and knows more about that,
 * or the server has broken a rule. */
static idl_code end_code(const idl__link *link, const idl__event *event)
{
    if (event->block != NULL || event->code == IDL_OK)
        return event->code;
    if (link->code != IDL_OK)
        return link->code;
    return event->code == IDL_INVALID_ARGUMENT ? IDL_INTERNAL : event->code;
}

static void keep_headers(idl__link *link, idl_call *call, const idl__event *event)
{
    idl__client_keep_envelope(&call->client.headers, event);
    idl__channel_message(link->channel, call);
}

static void end_call(idl__link *link, idl_call *call, const idl__event *event)
{
    if (event->metadata.len != 0)
        idl__client_keep_envelope(&call->client.response, event);
    call->client.code = end_code(link, event);
    call->client.never_started = event->never_started;
    if (event->code == IDL_OK)
        keep_reply(call, event);
    else
        keep_message(link, call, event);
    call->client.again = idl__client_may_retry(link, call);
    if (call->client.done != NULL) {
        link->async--;
        if (call->client.again && idl__client_resume(link->channel, call))
            return;
    }
    if ((call->method->kind & IDL_IDEMPOTENT) != 0 && !call->client.again) {
        call->client.repeat_at = idl__client_repeat_at(link, call);
        if (call->client.done != NULL && call->client.repeat_at != 0 &&
            idl__client_park(link->channel, call))
            return;
    }
    idl__channel_over(link->channel, call);
}

/* Keeps why the link went down, for oneway calls: no event tells them. */
void idl__link_keep_reason(idl__link *link, idl_code code, idl_str message)
{
    link->code = code != IDL_OK ? code : IDL_UNAVAILABLE;
    if (link->reason == NULL)
        link->reason = reason_block(link, message);
}

static void leave_server(idl__link *link, const idl__event *event)
{
    idl__log_peer(&link->channel->logger, IDL_LOG_INFO, "%.192s: takes no new calls: %.*s",
                  link->channel->address, (int)event->message.len, event->message.data);
    idl__link_detach(link);
}

/* One that was never made has been told of already. */
static void log_end(const idl__link *link, const idl__event *event)
{
    idl__logger *logger = &link->channel->logger;
    if (link->fd >= 0 && event->code == IDL_OK)
        idl__log_peer(logger, IDL_LOG_INFO, "%.192s: the server closed the connection",
                      link->channel->address);
    else if (link->fd >= 0)
        idl__log_peer(logger, IDL_LOG_WARNING, "%s", idl__link_text(link->reason).data);
}

void idl__link_take_events(idl__link *link)
{
    idl__event event;
    while (idl__conn_next(link->conn, &event)) {
        switch (event.kind) {
        case IDL__ENDED: end_call(link, (idl_call *)event.stream, &event); break;
        case IDL__HEADERS: keep_headers(link, (idl_call *)event.stream, &event); break;
        case IDL__MESSAGE: idl__channel_message(link->channel, (idl_call *)event.stream); break;
        case IDL__WRITABLE: idl__channel_room(link->channel, (idl_call *)event.stream); break;
        case IDL__GOAWAY: leave_server(link, &event); break;
        case IDL__CLOSED:
            idl__link_keep_reason(link, event.code, event.message);
            log_end(link, &event);
            if (link->fd >= 0 && idl__link_can_write(link))
                idl__link_write(link); /* a GOAWAY that says what was wrong */
            idl__link_close(link);
            return;
        default: break; /* requests and cancels are a server's */
        }
    }
}

void idl__link_end_calls(idl__link *link, idl__conn *conn)
{
    idl__event event;
    while (idl__conn_next(conn, &event)) {
        if (event.kind == IDL__ENDED)
            end_call(link, (idl_call *)event.stream, &event);
    }
}

void idl__link_lose(idl__link *link, idl_code code, const char *reason)
{
    if (link->state == IDL__DOWN)
        return;
    idl__link_leave_target(link);
    idl__link_keep_reason(link, code, idl_cstr(reason));
    link->broken = true;
    idl__conn_lost(link->conn, code, reason);
    idl__link_take_events(link);
}
