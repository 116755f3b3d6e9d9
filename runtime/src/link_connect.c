/* SPDX-License-Identifier: MIT */
/* link_connect.c: the reader's role while a link is connecting.
 *
 * With round_robin several do at once: a thread that waits for one of them brings the others further
 * too, and the first that is up takes the calls that the others hold. */
#include "link_impl.h"

#include "channel.h"
#include "client_watch.h"
#include "clock.h"
#include "probe.h"

/* Links that connect beside the one that is waited for. */
struct others {
    size_t count;
    idl__link *links[IDL__ENDPOINTS_MAX];
};

/* Takes their readers' roles; the first time at which one has to be looked after. */
static uint64_t gather(const idl__link *own, struct others *others, struct pollfd *fds)
{
    const idl_channel *channel = own->channel;
    uint64_t first =
        channel->spread ? idl__targets_tend(own->channel, idl__clock_now()) : IDL_NEVER;
    others->count = 0;
    for (size_t i = 0; channel->spread && i < channel->target_count; i++) {
        idl__link *link = channel->targets[i].link;
        if (link == NULL || link == own || link->state != IDL__CONNECTING || link->reading)
            continue;
        uint64_t until = idl__connect_until(link->attempt);
        first = until < first ? until : first;
        fds[others->count] =
            (struct pollfd){ .fd = idl__connect_fd(link->attempt), .events = POLLOUT };
        others->links[others->count++] = link;
        link->refs++;
        link->reading = true;
    }
    return first;
}

static void scatter(const struct others *others)
{
    for (size_t i = 0; i < others->count; i++)
        others->links[i]->reading = false;
    for (size_t i = 0; i < others->count; i++) {
        idl__link *link = others->links[i];
        if (link->state == IDL__CONNECTING && !link->reading)
            idl__link_read(link, NULL, 0);
        idl__link_nudge(link);
        idl__link_unref(link);
    }
}

static void wait_connected(idl__link *link, idl_call *call, uint64_t until)
{
    bool wakeable = idl__link_may_be_cancelled(call);
    idl__waiter *waiter = wakeable ? idl__channel_take_poller(link->channel) : NULL;
    uint64_t turn = idl__connect_until(link->attempt);
    struct others others;
    struct pollfd fds[2 + IDL__ENDPOINTS_MAX] = {
        { .fd = idl__connect_fd(link->attempt), .events = POLLOUT },
        { .fd = waiter != NULL ? waiter->fd : -1, .events = POLLIN },
    };
    uint64_t first = gather(link, &others, fds + 2);
    turn = first < turn ? first : turn;
    until = turn < until ? turn : until;
    if (waiter != NULL) {
        idl__waiter_enter(waiter, NULL);
        call->client.waiter = waiter;
    }
    idl__channel_unlock(link->channel);
    poll(fds, (nfds_t)(2 + others.count),
         wakeable ? idl__link_poll_ms(until, waiter) : idl__clock_wait_ms(until));
    idl__channel_lock(link->channel);
    if (waiter != NULL)
        call->client.waiter = NULL;
    idl__channel_give_poller(link->channel, waiter);
    scatter(&others);
}

static idl_code connect_step(idl__link *link)
{
    idl__connect *attempt = link->attempt;
    if (attempt->phase == IDL__CONNECT_FOUND && attempt->spread)
        idl__targets_found(link);
    idl__watch_forget(link->channel, link); /* a step may close it */
    idl__channel_unlock(link->channel);
    idl_code code = idl__connect_step(attempt);
    idl__channel_lock(link->channel);
    return code;
}

/* Calls that were to go over other links need not wait for these any more. */
static void take_over(idl__link *link)
{
    idl_channel *channel = link->channel;
    for (size_t i = 0; channel->spread && i < channel->target_count; i++) {
        idl__link *other = channel->targets[i].link;
        if (other != NULL && other != link)
            idl__link_shed(other);
    }
}

static void log_connected(idl__link *link)
{
    char place[IDL__ENDPOINT_TEXT];
    idl__logger *logger = &link->channel->logger;
    if (!idl__logs(logger, IDL_LOG_INFO))
        return;
    idl__endpoint_text(&link->attempt->endpoints[link->attempt->next - 1], place);
    idl__log_peer(logger, IDL_LOG_INFO, "%.192s: connected to %s", link->channel->address, place);
}

void idl__link_connect(idl__link *link, idl_call *call, uint64_t until)
{
    idl__connect *attempt = link->attempt;
    idl_code code = connect_step(link);
    bool wait = until != 0 && attempt->phase != IDL__CONNECT_FOUND;
    if (code == IDL_AGAIN && wait && (call == NULL || !call->client.over))
        wait_connected(link, call, until);
    if (code == IDL_AGAIN)
        code = connect_step(link);
    if (code == IDL_AGAIN)
        return;
    if (code != IDL_OK) {
        idl__target_failed(link, code, attempt->error);
        idl__link_lose(link, code, attempt->error);
        return;
    }
    link->fd = attempt->fd;
    attempt->fd = -1;
    log_connected(link);
    IDL__PROBE_1(client_opened, link->channel->address);
    idl__link_end_attempt(link);
    link->state = IDL__UP;
    link->used = link->heard = idl__clock_now();
    idl__target_reached(link);
    take_over(link);
    if (link->target != NULL && !link->target->used)
        idl__link_detach(link);
    idl__link_wake_all(link);
}
