/* SPDX-License-Identifier: MIT */
/* sim.c: one run: chance decides what happens next, then all has to come to rest. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { STEPS_MAX = 4000, ROUNDS_MAX = 200000 };

const sim_wire sim_wires[] = {
    { "framed", IDL__FRAMED, false, sim_watch_framed },
    { "ttrpc", IDL__TTRPC, true, sim_watch_ttrpc },
};
const size_t sim_wire_count = sizeof sim_wires / sizeof *sim_wires;

/* ---- Chance, and what is said ---- */

uint64_t sim_random(sim_world *sim)
{
    uint64_t z = sim->rng += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

bool sim_percent(sim_world *sim, unsigned percent)
{
    return sim_below(sim, 100) < percent;
}

bool sim_is_hungry(const sim_world *sim)
{
    return sim->hungry || sim_memory_failed();
}

static void print_time(const sim_world *sim)
{
    printf("%3u.%09u ", (unsigned)(sim->now / 1000000000), (unsigned)(sim->now % 1000000000));
}

void sim_trace(sim_world *sim, const char *format, ...)
{
    if (!sim->trace)
        return;
    va_list args;
    va_start(args, format);
    print_time(sim);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

void sim_fail(sim_world *sim, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    print_time(sim);
    vprintf(format, args);
    va_end(args);
    printf("\nseed %llu has failed: sim_test --wire %s --seed %llu --trace\n",
           (unsigned long long)sim->seed, sim->wire->name, (unsigned long long)sim->seed);
    fflush(stdout);
    _Exit(1);
}

/* ---- Time ---- */

static void expire(sim_world *sim)
{
    for (idl__timed *first; (first = sim->deadlines[0].first) != NULL && first->at <= sim->now;) {
        idl__heap_remove(&sim->deadlines[0], first);
        sim_client_expire((sim_call *)(void *)((char *)first - offsetof(sim_call, timed)));
    }
    for (idl__timed *first; (first = sim->deadlines[1].first) != NULL && first->at <= sim->now;) {
        idl__heap_remove(&sim->deadlines[1], first);
        sim_handler_expire((sim_handler *)(void *)((char *)first - offsetof(sim_handler, timed)));
    }
    for (size_t i = 0; i < sim->call_count; i++) {
        const sim_call *call = &sim->calls[i];
        if (call->state == SIM_OPEN && call->deadline != 0 && call->deadline <= sim->now)
            sim_fail(sim, "call %u has a deadline that was forgotten", (unsigned)call->number);
    }
}

static void pass_time(sim_world *sim)
{
    size_t kind = sim_below(sim, 100);
    sim->now += sim_below(sim, kind < 70 ? 20000 : kind < 97 ? 5000000 : 400000000);
    expire(sim);
}

/* ---- What goes wrong ---- */

static sim_link *some_link(sim_world *sim)
{
    size_t count = 0;
    for (sim_link *link = sim->links; link != NULL; link = link->next)
        count += link->ends[0].conn != NULL || link->ends[1].conn != NULL;
    size_t which = count != 0 ? sim_below(sim, count) : 0;
    for (sim_link *link = sim->links; link != NULL; link = link->next) {
        bool open = link->ends[0].conn != NULL || link->ends[1].conn != NULL;
        if (open && which-- == 0)
            return link;
    }
    return NULL;
}

static void drain(sim_world *sim, uint32_t server)
{
    sim->counts->drains++;
    for (sim_link *link = sim->links; link != NULL; link = link->next) {
        if (link->server != server || link->draining || link->ends[1].conn == NULL)
            continue;
        link->draining = true;
        sim_link_goaway(link, sim_percent(sim, 20));
    }
}

static void restart(sim_world *sim, uint32_t server)
{
    sim->counts->restarts++;
    for (sim_link *link = sim->links; link != NULL; link = link->next)
        if (link->server == server)
            sim_link_drop(link, sim_percent(sim, 50));
}

static void trouble(sim_world *sim)
{
    sim_link *link = some_link(sim);
    if (link == NULL)
        return;
    switch (sim->faults & (1u << sim_below(sim, 7))) {
    case SIM_DROP:
        sim->counts->drops++;
        sim_link_drop(link, sim_percent(sim, 70));
        break;
    case SIM_STALL:
        link->ends[sim_below(sim, 2)].stalled = sim->now + sim_below(sim, 300000000);
        break;
    case SIM_MEMORY:
        if (sim_percent(sim, 40))
            sim_memory_fail(1 + sim_below(sim, 30));
        break;
    case SIM_DRAIN: drain(sim, link->server); break;
    case SIM_RESTART:
        if (sim_percent(sim, 30))
            restart(sim, link->server);
        break;
    default: break;
    }
}

/* ---- What happens ---- */

static bool act_handler(sim_world *sim)
{
    size_t count = 0;
    for (sim_handler *h = sim->handlers; h != NULL; h = h->next)
        count++;
    if (count == 0)
        return false;
    sim_handler *handler = sim->handlers;
    for (size_t which = sim_below(sim, count); which != 0; which--)
        handler = handler->next;
    return sim_handler_act(handler);
}

static void step(sim_world *sim)
{
    size_t kind = sim_below(sim, 1000);
    pass_time(sim);
    sim->counts->steps++;
    if (kind < 550) {
        sim_link *link = some_link(sim);
        if (link != NULL)
            sim_end_act(link, (int)sim_below(sim, 2));
    } else if (kind < 780) {
        sim_client_act(&sim->calls[sim_below(sim, sim->call_count)]);
    } else if (kind < 990) {
        act_handler(sim);
    } else {
        trouble(sim);
    }
    if (!sim->hungry && sim_memory_failed()) {
        sim->hungry = true;
        sim->counts->failed_allocations++;
    }
}

/* ---- Rest ---- */

static bool everybody_acts(sim_world *sim)
{
    bool any = false;
    for (sim_link *link = sim->links; link != NULL; link = link->next)
        for (int end = 0; end < 2; end++)
            any |= sim_end_act(link, end);
    for (size_t i = 0; i < sim->call_count; i++)
        any |= sim_client_act(&sim->calls[i]);
    for (sim_handler *handler = sim->handlers, *next; handler != NULL; handler = next) {
        next = handler->next;
        any |= sim_handler_act(handler);
    }
    return any;
}

static void sooner(uint64_t *soonest, uint64_t at)
{
    if (at != 0 && (*soonest == 0 || at < *soonest))
        *soonest = at;
}

/* False: there is nothing left to wait for. */
static bool wait_for_time(sim_world *sim)
{
    uint64_t soonest = 0;
    for (int i = 0; i < 2; i++)
        if (sim->deadlines[i].first != NULL)
            sooner(&soonest, sim->deadlines[i].first->at);
    for (sim_link *link = sim->links; link != NULL; link = link->next) {
        if (link->ends[1].conn == NULL)
            continue;
        sooner(&soonest, link->final_at);
        sooner(&soonest, link->ends[1].linger);
    }
    if (soonest == 0)
        return false;
    if (soonest > sim->now)
        sim->now = soonest;
    expire(sim);
    return true;
}

static void come_to_rest(sim_world *sim)
{
    for (int round = 0; everybody_acts(sim) || wait_for_time(sim); round++)
        if (round == ROUNDS_MAX)
            sim_fail(sim, "the world does not come to rest");
}

/* On a plain wire one that nobody hears any more does not know it before its connection ends. */
static void check_handlers(sim_world *sim)
{
    for (sim_handler *handler = sim->handlers; handler != NULL; handler = handler->next)
        if (!sim->wire->plain || sim_handler_is_heard(handler))
            sim_fail(sim, "the handler of call %u waits for ever", (unsigned)handler->call->number);
}

static size_t handlers_on(const sim_link *link)
{
    size_t count = 0;
    for (sim_handler *handler = link->sim->handlers; handler != NULL; handler = handler->next)
        count += handler->link == link;
    return count;
}

static void check_rest(sim_world *sim)
{
    for (size_t i = 0; i < sim->call_count; i++) {
        const sim_call *call = &sim->calls[i];
        if (call->state != SIM_OVER)
            sim_fail(sim, "call %u (%s) waits for ever: sent %u of %u%s, got %u%s",
                     (unsigned)call->number, call->method->name, (unsigned)call->sent,
                     (unsigned)call->messages[0], call->waits ? ", waits to send" : "",
                     (unsigned)call->got, call->answered ? ", was answered" : "");
    }
    check_handlers(sim);
    for (sim_link *link = sim->links; link != NULL; link = link->next)
        for (int end = 0; end < 2; end++)
            if (link->ends[end].conn != NULL &&
                idl__conn_streams(link->ends[end].conn) != (end == 1 ? handlers_on(link) : 0))
                sim_fail(sim, "link %u has calls that nobody knows", link->number);
}

/* ---- A run ---- */

static void choose(sim_world *sim)
{
    sim->faults = (unsigned)(sim_random(sim) & sim_random(sim) & 2047);
    if (sim_percent(sim, 30))
        sim->faults = (unsigned)(sim_random(sim) & 2047);
    sim->largest = 400 << 10;
    sim->limits[0].protocol = sim->limits[1].protocol = sim->wire->protocol;
    if ((sim->faults & SIM_LIMITS) == 0)
        return;
    for (int i = 0; i < 2; i++) {
        idl__limits *l = &sim->limits[i];
        if (sim_percent(sim, 50))
            l->stream_credit = (uint32_t)(1 + sim_below(sim, sim_percent(sim, 50) ? 3000 : 600000));
        if (sim_percent(sim, 30))
            l->connection_credit = (uint32_t)(1 + sim_below(sim, 100000));
        if (sim_percent(sim, 30))
            l->max_message = 200 + sim_below(sim, 100000);
        if (l->max_message != 0 && l->max_message - 8 < sim->largest)
            sim->largest = l->max_message - 8;
    }
    if (sim_percent(sim, 30))
        sim->limits[1].max_streams = (uint32_t)(1 + sim_below(sim, 8));
    sim->crowded = sim->limits[1].max_streams != 0;
}

static void free_world(sim_world *sim)
{
    while (sim->handlers != NULL)
        sim_handler_free(sim->handlers);
    while (sim->links != NULL) {
        sim_link *next = sim->links->next;
        sim_link_free(sim->links);
        sim->links = next;
    }
    for (size_t i = 0; i < SIM_SERVERS; i++)
        idl__shared_free(sim->shared[i]);
}

void sim_run(uint64_t seed, const sim_wire *wire, bool trace, sim_counts *counts)
{
    static sim_world world;
    sim_world *sim = &world;
    *sim = (sim_world){ .seed = seed, .rng = seed, .wire = wire, .trace = trace };
    sim->counts = counts;
    sim->now = 1;
    sim_memory_fail(0);
    choose(sim);
    sim_plan(sim);
    for (size_t i = 0; i < SIM_SERVERS; i++)
        sim->shared[i] = idl__shared_new();
    sim_trace(sim, "faults %03x, %zu calls", sim->faults, sim->call_count);
    for (size_t steps = 500 + sim_below(sim, STEPS_MAX); steps != 0; steps--)
        step(sim);
    sim_memory_fail(0);
    sim->healing = true;
    sim_trace(sim, "the world is healed");
    come_to_rest(sim);
    check_rest(sim);
    memset(sim->current, 0, sizeof sim->current);
    come_to_rest(sim);
    for (sim_link *link = sim->links; link != NULL; link = link->next)
        if (link->ends[0].conn != NULL || link->ends[1].conn != NULL)
            sim_fail(sim, "link %u never closes", link->number);
    if (sim->handlers != NULL)
        sim_fail(sim, "the handler of call %u outlives its connection",
                 (unsigned)sim->handlers->call->number);
    free_world(sim);
    if (sim_memory_used() != 0)
        sim_fail(sim, "%zu bytes are never given back", sim_memory_used());
    counts->seeds++;
}
