/* SPDX-License-Identifier: MIT */
/* load.c: see load.h. */
#include "load.h"

#include <stdatomic.h>
#include <string.h>

/* ---- Failing ---- */

static void (*blame)(void);

void load_blame(void (*fn)(void))
{
    blame = fn;
}

void load_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    if (blame != NULL)
        blame();
    abort();
}

/* ---- The service ---- */

static idl_code on_text(idl_call *call, idl_str text, idl_str *reply)
{
    (void)call;
    *reply = text;
    return IDL_OK;
}

static idl_code on_note(idl_call *call, uint32_t number)
{
    (void)call;
    (void)number;
    return IDL_OK;
}

static idl_code on_count(idl_call *call, uint32_t count)
{
    idl_code code = IDL_OK;
    for (uint32_t i = 0; i < count && code == IDL_OK; i++)
        code = load_load_count_emit(call, i);
    return code;
}

static void sum_next(idl_call *call, const int32_t *item, void *arg)
{
    int64_t *sum = arg;
    if (item != NULL)
        *sum += *item;
    else
        load_load_sum_complete(call, *sum);
}

static idl_code on_sum(idl_call *call, int64_t *reply)
{
    (void)reply;
    int64_t *sum = idl_call_alloc(call, sizeof *sum);
    if (sum == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *sum = 0;
    load_load_sum_on_next(call, sum_next, sum);
    return idl_call_defer(call);
}

static void echo_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    idl_code code = item != NULL ? load_load_echo_emit(call, *item) : IDL_OK;
    if (item == NULL || code != IDL_OK)
        idl_call_end(call, code);
}

static idl_code on_echo(idl_call *call)
{
    load_load_echo_on_next(call, echo_next, NULL);
    return idl_call_defer(call);
}

const load_load_handlers load_handlers = {
    .text = on_text,
    .note = on_note,
    .count = on_count,
    .sum = on_sum,
    .echo = on_echo,
};

/* ---- Calls ---- */

static idl_call *ready(idl_call *call)
{
    idl_call_reset(call);
    idl_call_set_timeout(call, LOAD_TIMEOUT_MS);
    return call;
}

static idl_code text(idl_channel *channel, idl_call *call)
{
    idl_str reply;
    idl_code code = load_load_text(channel, ready(call), idl_cstr("Ada"), &reply);
    REQUIRE(strcmp(reply.data, code == IDL_OK ? "Ada" : "") == 0);
    return code;
}

static idl_code count(idl_channel *channel, idl_call *call)
{
    uint32_t item, got = 0;
    load_load_count(channel, ready(call), 5);
    while (load_load_count_recv(call, &item))
        REQUIRE(item == got++);
    idl_code code = load_load_count_finish(call);
    REQUIRE(code != IDL_OK || got == 5);
    return code;
}

static idl_code sum(idl_channel *channel, idl_call *call)
{
    int64_t total;
    load_load_sum(channel, ready(call));
    for (int32_t i = 1; i <= 4; i++)
        load_load_sum_send(call, i);
    idl_code code = load_load_sum_finish(call, &total);
    REQUIRE(total == (code == IDL_OK ? 10 : 0));
    return code;
}

/* One small message and one that has a block of its own. */
static idl_code echo(idl_channel *channel, idl_call *call)
{
    size_t size = 60000;
    char *large = malloc(size);
    REQUIRE(large != NULL);
    memset(large, 'x', size - 1);
    large[size - 1] = '\0';
    const char *texts[] = { "Ada", large };
    load_load_echo(channel, ready(call));
    for (int i = 0; i < 2; i++) {
        idl_str heard;
        if (load_load_echo_send(call, idl_cstr(texts[i])) != IDL_OK)
            break;
        if (load_load_echo_recv(call, &heard))
            REQUIRE(strcmp(heard.data, texts[i]) == 0);
    }
    free(large);
    return load_load_echo_finish(call);
}

/* Two threads may run them. */
struct ends {
    atomic_int count, worst;
};

static void text_done(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct ends *ends = arg;
    (void)call;
    REQUIRE(strcmp(reply.data, code == IDL_OK ? "Bob" : "") == 0);
    ends->count++;
    if (code != IDL_OK)
        ends->worst = code;
}

static void count_done(idl_call *call, idl_code code, void *arg)
{
    struct ends *ends = arg;
    (void)call;
    ends->count++;
    if (code != IDL_OK)
        ends->worst = code;
}

static void count_item(idl_call *call, const uint32_t *item, void *arg)
{
    (void)call;
    (void)item;
    (void)arg;
}

/* Three at once; the call itself has the first. */
static idl_code several(idl_channel *channel, idl_call *call)
{
    struct ends ends;
    atomic_init(&ends.count, 0);
    atomic_init(&ends.worst, IDL_OK);
    idl_call *more[2] = { idl_call_new(), idl_call_new() };
    load_load_text_async(channel, ready(call), idl_cstr("Bob"), text_done, &ends);
    load_load_text_async(channel, ready(more[0]), idl_cstr("Bob"), text_done, &ends);
    load_load_count_async(channel, ready(more[1]), 3, count_done, &ends);
    load_load_count_on_recv(more[1], count_item, NULL);
    load_load_note(channel, NULL, 1); /* sent with the next call */
    idl_channel_run(channel);
    REQUIRE(ends.count == 3);
    idl_call_free(more[0]);
    idl_call_free(more[1]);
    return (idl_code)ends.worst;
}

/* Its thread has to be able to wake up for a cancellation. */
static idl_code cancellable(idl_channel *channel, idl_call *call)
{
    idl_token token = idl_call_token(ready(call));
    idl_str reply;
    idl_code code = load_load_text(channel, call, idl_cstr("Cleo"), &reply);
    REQUIRE(strcmp(reply.data, code == IDL_OK ? "Cleo" : "") == 0);
    idl_call_cancel(channel, token); /* it is over: nothing happens */
    return code;
}

idl_code load_call(int kind, idl_channel *channel, idl_call *call)
{
    static idl_code (*const kinds[LOAD_KINDS])(idl_channel * channel, idl_call * call) = {
        text, count, sum, echo, several, cancellable,
    };
    return kinds[kind](channel, call);
}

static idl_code talk(idl_call *call)
{
    idl_str heard;
    idl_code code = load_load_echo_send(call, idl_cstr("hello"));
    if (code == IDL_OK && load_load_echo_recv(call, &heard))
        REQUIRE(strcmp(heard.data, "hello") == 0);
    return code;
}

idl_code load_talk_begin(idl_channel *channel, idl_call *call)
{
    load_load_echo(channel, ready(call));
    return talk(call);
}

idl_code load_talk_end(idl_call *call)
{
    talk(call);
    return load_load_echo_finish(call);
}
