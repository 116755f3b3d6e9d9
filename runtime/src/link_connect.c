/* SPDX-License-Identifier: MIT */
/* link_connect.c: the reader's role while a link is connecting. */
#include "link_impl.h"

#include "channel.h"
#include "clock.h"

static void wait_connected(idl__link *link, idl_call *call, uint64_t until)
{
    bool wakeable = idl__link_may_be_cancelled(call);
    idl__waiter *waiter = wakeable ? idl__channel_take_poller(link->channel) : NULL;
    uint64_t turn = idl__connect_until(link->attempt);
    struct pollfd fds[2] = {
        { .fd = idl__connect_fd(link->attempt), .events = POLLOUT },
        { .fd = waiter != NULL ? waiter->fd : -1, .events = POLLIN },
    };
    until = turn < until ? turn : until;
    if (waiter != NULL) {
        idl__waiter_enter(waiter, NULL);
        call->client.waiter = waiter;
    }
    idl__channel_unlock(link->channel);
    poll(fds, 2, wakeable ? idl__link_poll_ms(until, waiter) : idl__clock_wait_ms(until));
    idl__channel_lock(link->channel);
    if (waiter != NULL)
        call->client.waiter = NULL;
    idl__channel_give_poller(link->channel, waiter);
}

static idl_code connect_step(idl__link *link)
{
    idl__channel_unlock(link->channel);
    idl_code code = idl__connect_step(link->attempt);
    idl__channel_lock(link->channel);
    return code;
}

void idl__link_connect(idl__link *link, idl_call *call, uint64_t until)
{
    idl__connect *attempt = link->attempt;
    idl_code code = connect_step(link);
    if (code == IDL_AGAIN && until != 0 && (call == NULL || !call->client.over)) {
        wait_connected(link, call, until);
        code = connect_step(link);
    }
    if (code == IDL_AGAIN)
        return;
    if (code != IDL_OK) {
        idl__link_lose(link, code, attempt->error);
        return;
    }
    link->fd = attempt->fd;
    attempt->fd = -1;
    idl__link_end_attempt(link);
    link->state = IDL__UP;
    link->used = idl__clock_now();
    idl__link_wake_all(link);
}
