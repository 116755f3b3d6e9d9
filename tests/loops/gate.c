/* SPDX-License-Identifier: MIT */
/* gate.c: see gate.h. */
#include "gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "gate_client.h"

static idl_code meet(idl_call *call, uint32_t n, uint32_t *reply)
{
    gate *g = idl_call_user(call);
    idl_code code = IDL_RESOURCE_EXHAUSTED;
    (void)reply;
    pthread_mutex_lock(&g->lock);
    if (g->count < GATE_WAITING_MAX) {
        g->waiting[g->count++] = call;
        code = idl_call_defer(call);
    }
    for (uint32_t i = 0; g->count >= n && i < g->count; i++)
        gate_gate_meet_complete(g->waiting[i], i);
    if (g->count >= n)
        g->count = 0;
    pthread_mutex_unlock(&g->lock);
    return code;
}

static idl_code stay(idl_call *call, uint32_t ms, uint64_t *reply)
{
    (void)call;
    if (ms > 0)
        nanosleep(&(struct timespec){ (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 }, NULL);
    *reply = (uint64_t)gettid();
    return IDL_OK;
}

/* Waits for its own server, where a handler may wait. */
static idl_code ask(idl_call *call, idl_str text, idl_str *reply)
{
    const gate *g = idl_call_user(call);
    idl_channel *channel = idl_channel_open(g->address, NULL);
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_code code = gate_gate_echo(channel, made, text, reply);
    *reply = idl_call_str(call, *reply);
    idl_call_free(made);
    idl_channel_close(channel);
    return code;
}

static void on_hang_over(idl_call *call, void *arg)
{
    (void)arg;
    idl_call_end(call, IDL_CANCELLED);
}

static idl_code hang(idl_call *call)
{
    idl_call_on_cancel(call, on_hang_over, NULL);
    return idl_call_defer(call);
}

static idl_code echo(idl_call *call, idl_str text, idl_str *reply)
{
    (void)call;
    *reply = text;
    return IDL_OK;
}

struct counter {
    uint32_t next, end;
};

static void go_on(idl_call *call, void *arg)
{
    struct counter *c = arg;
    for (; c->next < c->end; c->next++) {
        idl_code code = gate_gate_count_emit(call, c->next);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK)
            break;
    }
    idl_call_end(call, c->next == c->end ? IDL_OK : IDL_CANCELLED);
}

static idl_code count(idl_call *call, uint32_t n)
{
    struct counter *c = idl_call_alloc(call, sizeof *c);
    if (c == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *c = (struct counter){ 0, n };
    idl_call_on_writable(call, go_on, c);
    idl_code code = idl_call_defer(call);
    go_on(call, c);
    return code;
}

static const gate_gate_handlers handlers = {
    .meet = meet, .hang = hang, .echo = echo, .stay = stay, .ask = ask, .count = count
};

void gate_open(gate *g, const char *address, const idl_server_options *options)
{
    idl_server_options mine = IDL_SERVER_OPTIONS;
    if (options != NULL)
        mine = *options;
    mine.drain_timeout_ms = 2000;
    g->count = 0;
    pthread_mutex_init(&g->lock, NULL);
    g->server = idl_server_new(&mine);
    gate_gate_serve(g->server, &handlers, g);
    assert_int_equal(idl_server_listen(g->server, address), IDL_OK);
    snprintf(g->address, sizeof g->address, "%s", idl_server_address(g->server, 0));
}

void gate_close(gate *g)
{
    idl_server_free(g->server);
    pthread_mutex_destroy(&g->lock);
}

static void *run(void *arg)
{
    const gate *g = arg;
    idl_server_run(g->server);
    return NULL;
}

void gate_start(gate *g, const char *address)
{
    gate_open(g, address, NULL);
    assert_int_equal(pthread_create(&g->thread, NULL, run, g), 0);
}

void gate_stop(gate *g)
{
    idl_server_stop(g->server);
    pthread_join(g->thread, NULL);
    gate_close(g);
}
