/* SPDX-License-Identifier: MIT */
/* link.c: connections as drivers keep them, and the network between two ends.
 *
 * A write is two steps, and what was shown has to stay between them; a read is two for a client,
 * whose block is its own. Between the steps anything may happen that the runtime's drivers may do. */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { CLIENT, SERVER, PIPE_MAX = 100 << 10, STUFFED = 256 << 10 };

#define SECOND UINT64_C(1000000000)

/* ---- Life ---- */

static void *must(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void free_end(sim_end *end)
{
    idl__conn_free(end->conn);
    end->conn = NULL;
    free(end->copy);
    free(end->in.bytes);
    end->copy = NULL;
    end->in = (sim_pipe){ .eof = true };
}

void sim_link_free(sim_link *link)
{
    free_end(&link->ends[CLIENT]);
    free_end(&link->ends[SERVER]);
    idl__shared_free(link->shared);
    free(link);
}

/* NULL: no memory. */
sim_link *sim_link_new(sim_world *sim, uint32_t client, uint32_t server)
{
    sim_link *link = must(calloc(1, sizeof *link));
    *link = (sim_link){ .sim = sim, .number = ++sim->link_count, .client = client };
    link->server = server;
    link->watch.last = UINT32_MAX;
    link->shared = idl__shared_new();
    for (int i = 0; i < 2; i++) {
        link->limits[i] = sim->limits[i];
        idl__shared *shared = i == CLIENT ? link->shared : sim->shared[server];
        if (link->shared != NULL)
            link->ends[i].conn =
                idl__conn_new(i == CLIENT ? IDL__CLIENT : IDL__SERVER, &link->limits[i], shared);
        if (link->ends[i].conn == NULL) {
            sim_link_free(link);
            return NULL;
        }
        idl__conn_time(link->ends[i].conn, sim->now);
    }
    link->next = sim->links;
    sim->links = link;
    sim->counts->links++;
    sim_trace(sim, "link %u: client %u to server %u", link->number, (unsigned)client,
              (unsigned)server);
    return link;
}

void sim_events(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    idl__event event;
    if (e->telling)
        return;
    e->telling = true;
    while (e->conn != NULL && !e->reading) {
        size_t unsent = idl__conn_unsent(e->conn);
        e->stuffed = end == SERVER && unsent > (e->stuffed ? STUFFED / 4 : STUFFED);
        if (e->stuffed || !idl__conn_next(e->conn, &event))
            break;
        if (e->over)
            sim_fail(link->sim, "link %u: event %d after the last one", link->number,
                     (int)event.kind);
        if (end == CLIENT)
            sim_client_event(link, &event);
        else
            sim_server_event(link, &event);
    }
    e->telling = false;
}

/* How many of most: all, or as chance wants it. */
static size_t portion(sim_world *sim, size_t most)
{
    if (sim->healing || most == 0)
        return most;
    if ((sim->faults & SIM_BYTES) != 0 && sim_percent(sim, 60))
        return 1 + sim_below(sim, most < 24 ? most : 24);
    return sim_percent(sim, 50) ? most : 1 + sim_below(sim, most);
}

/* ---- Pipes ---- */

static size_t pending(const sim_pipe *pipe)
{
    return pipe->end - pipe->begin;
}

static void push(sim_pipe *pipe, const uint8_t *bytes, size_t len)
{
    if (len == 0 || pipe->eof)
        return;
    if (pipe->begin != 0) {
        memmove(pipe->bytes, pipe->bytes + pipe->begin, pending(pipe));
        pipe->end -= pipe->begin;
        pipe->begin = 0;
    }
    if (pipe->cap < pipe->end + len)
        pipe->bytes = must(realloc(pipe->bytes, pipe->cap = 2 * (pipe->end + len)));
    memcpy(pipe->bytes + pipe->end, bytes, len);
    pipe->end += len;
}

/* ---- Writing ---- */

static bool begin_write(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    if (e->shut || (link->broken && end == CLIENT))
        return false;
    e->shown_count = idl__conn_output(e->conn, e->shown, 1 + sim_below(link->sim, SIM_SHOWN));
    e->shown_len = 0;
    for (size_t i = 0; i < e->shown_count; i++)
        e->shown_len += e->shown[i].iov_len;
    if (e->shown_len == 0)
        return false;
    e->copy = must(realloc(e->copy, e->shown_len));
    for (size_t i = 0, at = 0; i < e->shown_count; at += e->shown[i++].iov_len)
        memcpy(e->copy + at, e->shown[i].iov_base, e->shown[i].iov_len);
    e->writing = true;
    return true;
}

static bool end_write(sim_link *link, int end)
{
    sim_world *sim = link->sim;
    sim_end *e = &link->ends[end];
    sim_pipe *pipe = &link->ends[1 - end].in;
    size_t room = pending(pipe) < PIPE_MAX ? PIPE_MAX - pending(pipe) : 0;
    bool away = link->broken || pipe->eof; /* a server's words go nowhere then */
    size_t len = portion(sim, e->shown_len < room || away ? e->shown_len : room);
    for (size_t i = 0, at = 0; i < e->shown_count; at += e->shown[i++].iov_len)
        if (memcmp(e->copy + at, e->shown[i].iov_base, e->shown[i].iov_len) != 0)
            sim_fail(sim, "link %u: what is being written has changed", link->number);
    e->writing = false;
    if (link->broken && end == CLIENT)
        len = 0;
    if (!away) {
        link->sim->wire->heard(link, end, e->copy, len);
        push(pipe, e->copy, len);
        sim->counts->bytes += len;
    }
    idl__conn_time(e->conn, sim->now);
    idl__conn_sent(e->conn, len);
    sim_events(link, end);
    return len != 0;
}

static bool act_write(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    if (e->writing)
        return end_write(link, end);
    if (!begin_write(link, end))
        return false;
    return link->sim->healing || sim_percent(link->sim, 60) ? end_write(link, end) : true;
}

/* ---- Reading ---- */

static void lose(sim_link *link, int end, idl_code code, const char *reason)
{
    link->ends[end].eof = true;
    idl__conn_time(link->ends[end].conn, link->sim->now);
    idl__conn_lost(link->ends[end].conn, code, reason);
    sim_events(link, end);
}

static bool begin_read(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    e->space = idl__conn_space(e->conn, &e->room);
    if (e->space == NULL) {
        idl__conn_received(e->conn, 0);
        lose(link, end, IDL_RESOURCE_EXHAUSTED, "out of memory");
        return false;
    }
    if (e->room == 0)
        sim_fail(link->sim, "link %u: no room to read into", link->number);
    return e->reading = true;
}

static bool end_read(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    size_t len = pending(&e->in) < e->room ? pending(&e->in) : e->room;
    len = portion(link->sim, len);
    if (len != 0)
        memcpy(e->space, e->in.bytes + e->in.begin, len);
    e->in.begin += len;
    e->reading = false;
    idl__conn_time(e->conn, link->sim->now);
    idl__conn_received(e->conn, len);
    sim_events(link, end);
    if (len != 0)
        return true;
    if (!e->in.eof || e->eof || e->stuffed)
        return false;
    if (link->broken)
        lose(link, end, IDL_UNAVAILABLE, "the network is broken");
    else
        lose(link, end, IDL_OK, "the other end has closed");
    return true;
}

/* A stream that nobody takes from stops a connection without credit, until patience is over. */
static bool act_blocked(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    uint64_t now = link->sim->now;
    if (e->blocked == 0)
        e->blocked = now;
    if (now - e->blocked < SECOND)
        return false;
    e->blocked = 0;
    link->overflow = true;
    link->sim->counts->overflows++;
    sim_trace(link->sim, "link %u overflows", link->number);
    idl__conn_overflow(e->conn);
    sim_events(link, end);
    return true;
}

static bool act_read(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    sim_world *sim = link->sim;
    if (e->reading)
        return end_read(link, end);
    if (idl__conn_blocked(e->conn))
        return act_blocked(link, end);
    e->blocked = 0;
    bool something = pending(&e->in) != 0 || e->in.eof;
    if (e->eof || e->stuffed || !something || (!sim->healing && sim->now < e->stalled))
        return false;
    if (!begin_read(link, end))
        return true;
    bool now = end == SERVER || sim->healing || sim_percent(sim, 60);
    return now ? end_read(link, end) : true;
}

/* ---- Ends ---- */

static void close_end(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    sim_trace(link->sim, "link %u: the %s closes", link->number, end ? "server" : "client");
    if (e->writing)
        idl__conn_sent(e->conn, 0);
    if (e->reading)
        idl__conn_received(e->conn, 0);
    link->ends[1 - end].in.eof = true;
    free_end(e);
}

/* A client is done with a connection that has ended, or that nobody uses. */
static bool client_may_close(const sim_link *link)
{
    const sim_end *e = &link->ends[CLIENT];
    bool unused = idl__conn_streams(e->conn) == 0 && link->sim->current[link->client] != link;
    bool said = idl__conn_unsent(e->conn) == 0 || link->broken || e->eof;
    return (e->over || unused) && said && !e->reading && !e->writing;
}

static bool act_client_close(sim_link *link)
{
    if (!client_may_close(link))
        return false;
    link->detached = true;
    close_end(link, CLIENT);
    return true;
}

static bool act_server_close(sim_link *link)
{
    sim_world *sim = link->sim;
    sim_end *e = &link->ends[SERVER];
    if (link->final_at != 0 && sim->now >= link->final_at) {
        link->final_at = 0;
        sim_link_goaway(link, true);
        return true;
    }
    bool said = idl__conn_unsent(e->conn) == 0 && !e->writing;
    bool gone = e->eof && (said || e->over) && !e->stuffed;
    if ((gone || (e->linger != 0 && sim->now >= e->linger)) && !e->writing) {
        close_end(link, SERVER);
        return true;
    }
    if (said && idl__conn_closing(e->conn) && !e->shut) {
        e->shut = true;
        e->linger = sim->now + SECOND;
        link->ends[CLIENT].in.eof = true;
        return true;
    }
    return false;
}

bool sim_end_act(sim_link *link, int end)
{
    sim_end *e = &link->ends[end];
    if (e->conn == NULL)
        return false;
    idl__conn_time(e->conn, link->sim->now);
    if (link->sim->healing) {
        bool wrote = act_write(link, end);
        bool read = act_read(link, end);
        return (end == CLIENT ? act_client_close(link) : act_server_close(link)) || wrote || read;
    }
    switch (sim_below(link->sim, 5)) {
    case 0:
    case 1: return act_write(link, end);
    case 2:
    case 3: return act_read(link, end);
    default: return end == CLIENT ? act_client_close(link) : act_server_close(link);
    }
}

void sim_link_drop(sim_link *link, bool keep)
{
    sim_world *sim = link->sim;
    if (link->broken)
        return;
    sim_trace(sim, "link %u breaks", link->number);
    /* A write that is under way will fail, but some of it may have got through. */
    sim_end *client = &link->ends[CLIENT];
    if (keep && client->writing && !link->ends[SERVER].in.eof) {
        size_t len = sim_below(sim, client->shown_len + 1);
        sim->wire->heard(link, CLIENT, client->copy, len);
        push(&link->ends[SERVER].in, client->copy, len);
    }
    link->broken = link->excused = true;
    for (int i = 0; i < 2; i++) {
        sim_pipe *pipe = &link->ends[i].in;
        pipe->end = pipe->begin + (keep ? sim_below(sim, pending(pipe) + 1) : 0);
        pipe->eof = true;
    }
}

void sim_link_goaway(sim_link *link, bool final)
{
    sim_end *e = &link->ends[SERVER];
    if (e->conn == NULL)
        return;
    sim_trace(link->sim, "link %u: %s GOAWAY", link->number, final ? "final" : "first");
    idl__conn_time(e->conn, link->sim->now);
    idl__conn_goaway(e->conn, final, IDL_OK, "the server is leaving");
    if (!final)
        link->final_at = link->sim->now + SECOND / 2;
    if (final && link->sim->wire->plain) { /* without a word */
        link->excused = true;
        link->watch.last = link->run;
    }
    sim_events(link, SERVER);
}
