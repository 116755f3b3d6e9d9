/* SPDX-License-Identifier: MIT */
/* client_retry.c: calls of @idempotent methods, which may run more than once: those that a server or its
 * connection has failed are tried again after a while. */
#include "client_call.h"

#include "clock.h"

enum {
    TOKENS_MAX = 10000, /* thousandths: a failure costs 1, ... */
    FAILURE_COSTS = 1000,
    SUCCESS_GIVES = 100,
    GROWTH_MAX = 10 /* the longest pause, in first ones */
};

/* A channel whose calls fail one after another does not send each of them several times: that would
 * keep down a server that has too much to do. */
static bool may_spend(idl_channel *channel)
{
    uint32_t spent = channel->spent + FAILURE_COSTS;
    channel->spent = spent < TOKENS_MAX ? spent : TOKENS_MAX;
    return channel->spent < TOKENS_MAX / 2;
}

static uint64_t pause_ns(idl_channel *channel, const idl_call *call)
{
    unsigned growth = 1U << (call->client.repeats < 4 ? call->client.repeats : 4);
    uint64_t first = channel->retry_backoff_ms * IDL__MS;
    return first * (growth < GROWTH_MAX ? growth : GROWTH_MAX) / 1000 *
           idl__channel_jitter(channel);
}

uint64_t idl__client_repeat_at(const idl__link *link, const idl_call *call)
{
    idl_channel *channel = link->channel;
    if (call->client.code != IDL_UNAVAILABLE) {
        channel->spent -= channel->spent < SUCCESS_GIVES ? channel->spent : SUCCESS_GIVES;
        return 0;
    }
    uint32_t once = IDL_ONEWAY | IDL_STREAM_IN | IDL_STREAM_OUT;
    if (link->fd < 0 || (call->method->kind & once) != 0 || !may_spend(channel) ||
        call->client.repeats + 1U >= channel->retry_attempts)
        return 0;
    uint64_t at = idl__clock_now() + pause_ns(channel, call);
    return call->deadline == 0 || at < call->deadline ? at : 0;
}

static void begin_again(idl_call *call)
{
    idl__client_again(call);
    call->client.tries = 0;
    call->client.repeats++;
}

/* ---- A thread that waits ---- */

bool idl__client_pause(idl_channel *channel, idl_call *call)
{
    uint64_t until = call->client.repeat_at;
    begin_again(call);
    idl__client_expose(channel, call);
    while (!call->client.over && idl__clock_now() < until)
        idl__channel_sleep(channel, NULL, call, until);
    idl__client_hide(call);
    return !call->client.over;
}

/* ---- Async calls ---- */

bool idl__client_park(idl_channel *channel, idl_call *call)
{
    if (!call->client.kept)
        return false;
    begin_again(call);
    call->client.link = NULL;
    call->client.parked = true;
    idl__heap_remove(&channel->deadlines, &call->timed);
    call->timed.at = call->client.repeat_at;
    idl__heap_add(&channel->deadlines, &call->timed);
    idl__client_look_sooner(channel, call);
    return true;
}

void idl__client_unpark(idl_channel *channel, idl_call *call)
{
    call->client.parked = false;
    idl__heap_remove(&channel->deadlines, &call->timed);
    if (!idl__client_reopen(channel, call)) {
        idl__channel_over(channel, call);
    } else if (call->deadline != 0) {
        call->timed.at = call->deadline;
        idl__heap_add(&channel->deadlines, &call->timed);
    }
}
