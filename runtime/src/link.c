/* SPDX-License-Identifier: MIT */
/* link.c: a link's life, and the threads that sleep on it. */
#include "link_impl.h"

#include <sys/socket.h>
#include <unistd.h>

#include "channel.h"
#include "client_watch.h"
#include "clock.h"
#include "mem.h"
#include "probe.h"

enum {
    QUEUE_MAX = 1 << 20 /* unsent bytes that a stuck connection may hold for calls that are over */
};

/* ---- Life ---- */

idl__link *idl__link_new(struct idl_channel *channel, struct idl__target *target)
{
    idl__link *link = idl__calloc(1, sizeof *link);
    if (link == NULL)
        return NULL;
    link->channel = channel;
    link->target = target;
    link->refs = 1;
    link->fd = -1;
    link->attempt = idl__malloc(sizeof *link->attempt);
    link->shared = idl__shared_new();
    if (link->shared != NULL)
        link->conn = idl__conn_new(IDL__CLIENT, &channel->limits, link->shared);
    if (link->attempt != NULL) {
        idl__connect_init(link->attempt, channel->address, channel->connect_timeout_ms);
        link->attempt->keepalive_ms = channel->keepalive_ms;
        link->attempt->keepalive_timeout_ms = channel->keepalive_timeout_ms;
        link->not_before = link->attempt->not_before = target->retry_at;
        link->attempt->spread = channel->spread;
    }
    if (link->attempt == NULL || link->conn == NULL) {
        idl__link_free(link);
        return NULL;
    }
    link->used = idl__clock_now();
    return link;
}

void idl__link_end_attempt(idl__link *link)
{
    if (link->attempt != NULL)
        idl__connect_fini(link->attempt);
    idl__free(link->attempt);
    link->attempt = NULL;
}

void idl__link_free(idl__link *link)
{
    idl__link_end_attempt(link);
    if (link->fd >= 0)
        close(link->fd);
    idl__conn_free(link->conn);
    idl__shared_free(link->shared);
    idl__block_release(link->reason);
    idl__free(link);
}

void idl__link_unref(idl__link *link)
{
    if (--link->refs > 0)
        return;
    link->next = link->channel->drop;
    link->channel->drop = link;
}

void idl__link_wake_all(idl__link *link)
{
    idl__channel_wake(link->channel, link->reader);
    while (link->sleepers != NULL)
        idl__channel_wake(link->channel, link->sleepers);
}

void idl__link_leave_target(idl__link *link)
{
    if (link->target != NULL)
        link->target->link = NULL;
    link->target = NULL;
}

void idl__link_close(idl__link *link)
{
    if (link->state == IDL__DOWN)
        return;
    if (link->fd >= 0)
        IDL__PROBE_1(client_closed, link->channel->address);
    idl__watch_forget(link->channel, link);
    idl__link **at = &link->channel->links;
    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    idl__link_leave_target(link);
    link->state = IDL__DOWN;
    idl__link_wake_all(link);
    idl__link_unref(link);
}

/* Says goodbye on a link without calls. When a oneway call may still be under way the socket is
 * closed later, as closing it with something unread would take those bytes back. */
static void retire(idl__link *link)
{
    if (link->state == IDL__UP && link->oneway && !link->broken) {
        link->state = IDL__LEAVING;
        link->used = idl__clock_now();
        shutdown(link->fd, SHUT_WR);
        idl__link_wake_all(link);
        return;
    }
    idl__link_close(link);
}

static void retire_if_idle(idl__link *link)
{
    if (link->target != NULL)
        return; /* more calls may come */
    bool in_use = link->reading || link->writing || link->led || link->sleepers != NULL ||
                  (link->oneway && !link->broken && idl__conn_unsent(link->conn) > 0);
    if (link->state == IDL__UP && !in_use && idl__conn_streams(link->conn) == 0)
        retire(link);
}

void idl__link_shed(idl__link *link)
{
    idl__conn *full = link->conn;
    if (link->state != IDL__CONNECTING || link->oneway || idl__conn_streams(full) == 0)
        return;
    idl__conn *fresh = idl__conn_new(IDL__CLIENT, &link->channel->limits, link->shared);
    if (fresh == NULL)
        return;
    link->conn = fresh;
    idl__conn_lost(full, IDL_UNAVAILABLE, "another connection was made");
    idl__link_end_calls(link, full);
    idl__conn_free(full);
}

/* Before there is a connection nothing is begun; when one has been stuck for long it is given up. */
void idl__link_relieve(idl__link *link)
{
    if (idl__conn_unsent(link->conn) > QUEUE_MAX && link->state == IDL__UP && link->full)
        idl__link_detach(link);
    if (link->state != IDL__CONNECTING || link->oneway || idl__conn_streams(link->conn) > 0)
        return;
    idl__conn *fresh = idl__conn_new(IDL__CLIENT, &link->channel->limits, link->shared);
    if (fresh == NULL)
        return;
    idl__conn_free(link->conn);
    link->conn = fresh;
}

void idl__link_detach(idl__link *link)
{
    idl__link_leave_target(link);
    retire_if_idle(link);
}

/* ---- Sleeping, and seeing to it that somebody is awake ---- */

void idl__link_sleep(idl__link *link, idl_call *call, uint64_t until)
{
    idl__channel_sleep(link->channel, &link->sleepers, call, until);
}

void idl__link_nudge(idl__link *link)
{
    bool heard = link->reader != NULL || link->sleepers != NULL || link->async > 0;
    if (heard && (link->state == IDL__UP || link->state == IDL__CONNECTING)) {
        bool unwritten =
            idl__link_can_write(link) || (link->full && !link->watching && !link->broken);
        bool unblocked = link->blocked_at != 0 && !idl__conn_blocked(link->conn);
        bool unread = !link->reading && !link->led;
        if ((unwritten || unblocked) && link->reader != NULL && link->reader->asleep)
            idl__channel_wake(link->channel, link->reader);
        else if ((unwritten || unread) && link->sleepers != NULL)
            idl__channel_wake(link->channel, link->sleepers);
        else if ((unwritten || unread) && link->async > 0)
            idl__channel_wake(link->channel, link->channel->pollers);
    }
    retire_if_idle(link);
}
