/* SPDX-License-Identifier: MIT */
/* census.c: connections counted, and by address in a table of chains. */
#include "census.h"

#include <string.h>

#include "mem.h"

enum {
    CHAINS = 1024,   /* of the table; a power of two */
    REFUSED_MAX = 16 /* that are being told, at once */
};

typedef struct idl__source {
    struct idl__source *next; /* in its chain */
    uint64_t network[2];      /* an address, as far as it counts */
    uint32_t count;
} source;

bool idl__census_init(idl__census *census, uint32_t max, uint32_t max_per_source)
{
    *census = (idl__census){ .max = max, .max_per_source = max_per_source };
    census->sources = idl__calloc(CHAINS, sizeof(*census->sources));
    if (census->sources == NULL)
        return false;
    if (uv_mutex_init(&census->mutex) == 0)
        return true;
    idl__free(census->sources);
    census->sources = NULL;
    return false;
}

void idl__census_fini(idl__census *census)
{
    if (census->sources == NULL)
        return;
    for (size_t i = 0; i < CHAINS; i++) {
        for (source *s = census->sources[i], *next; s != NULL; s = next) {
            next = s->next;
            idl__free(s);
        }
    }
    idl__free(census->sources);
    uv_mutex_destroy(&census->mutex);
    census->sources = NULL;
}

/* ---- Addresses ---- */

/* False: not counted by address. Whoever has an IPv6 address usually has a network of them. */
static bool network_of(const idl__endpoint *from, uint64_t network[2])
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    uint8_t bytes[16] = { 0 };
    if (from->address.any.sa_family == AF_INET) {
        memcpy(bytes, mapped, sizeof mapped);
        memcpy(bytes + sizeof mapped, &from->address.in.sin_addr, 4);
    } else if (from->address.any.sa_family == AF_INET6) {
        const uint8_t *given = from->address.in6.sin6_addr.s6_addr;
        memcpy(bytes, given, memcmp(given, mapped, sizeof mapped) == 0 ? 16 : 8);
    } else {
        return false;
    }
    memcpy(network, bytes, sizeof bytes);
    return true;
}

static source **chain_of(idl__census *census, const uint64_t network[2])
{
    uint64_t mixed = (network[0] ^ network[1] >> 7) * UINT64_C(0x9E3779B97F4A7C15);
    mixed = (mixed ^ network[1]) * UINT64_C(0x9E3779B97F4A7C15);
    return &census->sources[mixed >> 54 & (CHAINS - 1)];
}

/* The address's entry, made if need be; NULL: no memory. */
static source *find(idl__census *census, const uint64_t network[2])
{
    source **chain = chain_of(census, network), *s = *chain;
    while (s != NULL && memcmp(s->network, network, sizeof s->network) != 0)
        s = s->next;
    if (s == NULL && (s = idl__calloc(1, sizeof *s)) != NULL) {
        memcpy(s->network, network, sizeof s->network);
        s->next = *chain;
        *chain = s;
    }
    return s;
}

static void forget(idl__census *census, source *s)
{
    source **link = chain_of(census, s->network);
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    idl__free(s);
}

/* ---- Coming and going ---- */

static bool refuse(idl__census *census, idl__ticket *ticket, const char *why)
{
    if (census->refused == REFUSED_MAX)
        return false;
    census->refused++;
    ticket->refusal = why;
    return true;
}

static bool admit(idl__census *census, const idl__endpoint *from, idl__ticket *ticket)
{
    uint64_t network[2];
    if (census->count >= census->max)
        return refuse(census, ticket, "the server has too many connections");
    if (census->max_per_source < census->max && network_of(from, network)) {
        source *s = find(census, network);
        if (s == NULL)
            return false;
        if (s->count >= census->max_per_source)
            return refuse(census, ticket, "the server has too many connections from this address");
        s->count++;
        ticket->source = s;
    }
    census->count++;
    return true;
}

bool idl__census_admit(idl__census *census, const idl__endpoint *from, idl__ticket *ticket)
{
    *ticket = (idl__ticket){ .census = census };
    uv_mutex_lock(&census->mutex);
    bool admitted = admit(census, from, ticket);
    uv_mutex_unlock(&census->mutex);
    return admitted;
}

void idl__census_leave(idl__ticket *ticket)
{
    idl__census *census = ticket->census;
    if (census == NULL)
        return;
    uv_mutex_lock(&census->mutex);
    if (ticket->refusal != NULL)
        census->refused--;
    else
        census->count--;
    if (ticket->source != NULL && --ticket->source->count == 0)
        forget(census, ticket->source);
    uv_mutex_unlock(&census->mutex);
    ticket->census = NULL;
}
