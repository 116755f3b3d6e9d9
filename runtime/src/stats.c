/* SPDX-License-Identifier: MIT */
/* stats.c: an interceptor that counts. */
#include "stats.h"

#include <pthread.h>
#include <string.h>

#include <idl/intercept.h>

#include "mem.h"

enum { SLOTS = 64 };

#define FIRST_BUCKET_NS UINT64_C(100000)

struct side {
    idl_stats *stats;
    bool server;
};

struct idl_stats {
    struct side sides[2]; /* channels, servers */
    pthread_mutex_t adding;
    _Atomic(idl__counters *) slots[SLOTS];
};

/* ---- Methods ---- */

static uint32_t hash(uint32_t h, const char *text)
{
    for (; *text != '\0'; text++)
        h = (h ^ (uint8_t)*text) * 16777619u;
    return h;
}

static size_t slot_of(bool server, const char *service, const char *method)
{
    uint32_t h = hash(hash(2166136261u + server, service), method);
    return (h ^ h >> 16) % SLOTS;
}

static idl__counters *find(const idl_stats *stats, bool server, const char *service,
                           const char *method)
{
    idl__counters *c = atomic_load(&stats->slots[slot_of(server, service, method)]);
    while (c != NULL && (c->server != server || strcmp(c->method, method) != 0 ||
                         strcmp(c->service, service) != 0))
        c = c->next;
    return c;
}

static idl__counters *add(idl_stats *stats, bool server, const char *service, const char *method)
{
    size_t service_size = strlen(service) + 1, method_size = strlen(method) + 1;
    idl__counters *c = idl__calloc(1, sizeof *c + service_size + method_size);
    if (c == NULL)
        return NULL;
    char *names = (char *)(c + 1);
    c->service = memcpy(names, service, service_size);
    c->method = memcpy(names + service_size, method, method_size);
    c->server = server;
    _Atomic(idl__counters *) *slot = &stats->slots[slot_of(server, service, method)];
    c->next = atomic_load(slot);
    atomic_store(slot, c);
    return c;
}

static idl__counters *counters_of(const struct side *side, const idl_call *call)
{
    idl_stats *stats = side->stats;
    const char *service = idl_call_service(call), *method = idl_call_method(call);
    idl__counters *c = find(stats, side->server, service, method);
    if (c != NULL)
        return c;
    pthread_mutex_lock(&stats->adding);
    c = find(stats, side->server, service, method);
    if (c == NULL)
        c = add(stats, side->server, service, method);
    pthread_mutex_unlock(&stats->adding);
    return c;
}

/* ---- Counting ---- */

static void count(atomic_ullong *counter, uint64_t n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

static idl_code begin(idl_call *call, void *arg)
{
    idl__counters *c = counters_of(arg, call);
    if (c != NULL)
        count(&c->started, 1);
    return IDL_OK;
}

static void end(idl_call *call, const idl_outcome *outcome, void *arg)
{
    const struct side *side = arg;
    idl__counters *c =
        find(side->stats, side->server, idl_call_service(call), idl_call_method(call));
    if (c == NULL)
        return;
    size_t bucket = 0;
    while (bucket < IDL_STATS_BUCKETS && outcome->duration_ns > FIRST_BUCKET_NS << bucket)
        bucket++;
    if (bucket < IDL_STATS_BUCKETS)
        count(&c->buckets[bucket], 1);
    count(&c->duration_ns, outcome->duration_ns);
    count(&c->bytes_in, outcome->bytes_in);
    count(&c->bytes_out, outcome->bytes_out);
    count(&c->ended[outcome->code], 1);
}

static const idl_interceptor counting = { begin, end };

/* ---- Life ---- */

idl_stats *idl_stats_new(void)
{
    idl_stats *stats = idl__calloc(1, sizeof *stats);
    if (stats == NULL)
        return NULL;
    pthread_mutex_init(&stats->adding, NULL);
    for (int i = 0; i < 2; i++)
        stats->sides[i] = (struct side){ stats, i == 1 };
    return stats;
}

void idl_stats_free(idl_stats *stats)
{
    if (stats == NULL)
        return;
    for (size_t i = 0; i < SLOTS; i++) {
        for (idl__counters *c = stats->slots[i], *next; c != NULL; c = next) {
            next = c->next;
            idl__free(c);
        }
    }
    pthread_mutex_destroy(&stats->adding);
    idl__free(stats);
}

idl_code idl_stats_server(idl_stats *stats, idl_server *server)
{
    if (stats == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    return idl_server_intercept(server, &counting, &stats->sides[1]);
}

idl_code idl_stats_channel(idl_stats *stats, idl_channel *channel)
{
    if (stats == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    return idl_channel_intercept(channel, &counting, &stats->sides[0]);
}

/* ---- Reading ---- */

const idl__counters *idl__stats_next(const idl_stats *stats, bool server,
                                     const idl__counters *after)
{
    const idl__counters *c = after != NULL ? after->next : NULL;
    size_t slot = after != NULL ? slot_of(server, after->service, after->method) + 1 : 0;
    for (;;) {
        while (c != NULL && c->server != server)
            c = c->next;
        if (c != NULL || slot == SLOTS)
            return c;
        c = atomic_load(&stats->slots[slot++]);
    }
}

void idl__counters_read(const idl__counters *c, idl_method_stats *out)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < IDL_STATS_CODES; i++)
        out->ended[i] = atomic_load(&c->ended[i]);
    for (size_t i = 0; i < IDL_STATS_BUCKETS; i++)
        out->buckets[i] = sum += atomic_load(&c->buckets[i]);
    out->bytes_in = atomic_load(&c->bytes_in);
    out->bytes_out = atomic_load(&c->bytes_out);
    out->duration_ns = atomic_load(&c->duration_ns);
    out->started = atomic_load(&c->started); /* last: never less than what has ended */
}

bool idl_stats_get(const idl_stats *stats, bool server, const char *service, const char *method,
                   idl_method_stats *out)
{
    const idl__counters *c = stats != NULL ? find(stats, server, service, method) : NULL;
    *out = (idl_method_stats){ 0 };
    if (c != NULL)
        idl__counters_read(c, out);
    return c != NULL;
}
