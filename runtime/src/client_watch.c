/* SPDX-License-Identifier: MIT */
/* client_watch.c: what a loop of the caller's waits for. */
#include "client_watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "client_process.h"
#include "clock.h"
#include "mem.h"

enum { POLL_BLIND_MS = 20 };

struct idl__watch {
    int fd; /* epoll */
    idl__waiter *waiter;
    bool missed;    /* somebody was here while another thread was inside */
    bool blind;     /* the kernel would not take a link */
    uint64_t until; /* when something is due */
    uint64_t told;  /* the last answer to idl_channel_timeout, and who got it */
    pthread_t asker;
};

/* ---- Life ---- */

/* The pair's byte is read when the next thread enters. */
static void wake(idl_channel *channel)
{
    struct idl__watch *watch = channel->watch;
    idl__waiter_enter(watch->waiter, &channel->pollers);
    idl__channel_wake(channel, watch->waiter);
}

static bool open_set(idl_channel *channel, struct idl__watch *watch)
{
    struct epoll_event readable = { .events = EPOLLIN };
    watch->fd = epoll_create1(EPOLL_CLOEXEC);
    if (watch->fd < 0)
        return false;
    watch->waiter = idl__channel_take_poller(channel);
    return watch->waiter != NULL &&
           epoll_ctl(watch->fd, EPOLL_CTL_ADD, watch->waiter->fd, &readable) == 0;
}

static void free_watch(struct idl__watch *watch)
{
    if (watch->fd >= 0)
        close(watch->fd);
    if (watch->waiter != NULL) {
        idl__waiter_fini(watch->waiter);
        idl__free(watch->waiter);
    }
    idl__free(watch);
}

/* It begins ready: the first idl_channel_process arms it. NULL: no memory or descriptors. */
static struct idl__watch *get_watch(idl_channel *channel)
{
    if (channel->watch != NULL)
        return channel->watch;
    struct idl__watch *watch = idl__calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->told = 0;
    watch->missed = channel->inside > 0;
    if (!open_set(channel, watch)) {
        free_watch(watch);
        return NULL;
    }
    channel->watch = watch;
    if (channel->inside == 0)
        wake(channel);
    return watch;
}

void idl__watch_free(idl_channel *channel)
{
    if (channel->watch != NULL)
        free_watch(channel->watch);
    channel->watch = NULL;
}

/* ---- The epoll set ---- */

void idl__watch_forget(idl_channel *channel, idl__link *link)
{
    struct epoll_event none = { .events = 0 };
    if (link->polled == 0)
        return;
    epoll_ctl(channel->watch->fd, EPOLL_CTL_DEL, link->polled_fd, &none);
    link->polled = 0;
}

/* A descriptor without events is taken out: it would still tell that it is hung up. */
static void watch_link(idl_channel *channel, idl__link *link, int fd, short events)
{
    if (link->polled != 0 && link->polled_fd != fd)
        idl__watch_forget(channel, link);
    if (events == link->polled)
        return;
    struct epoll_event wanted = {
        .events = ((events & POLLIN) != 0 ? (uint32_t)EPOLLIN : 0) |
                  ((events & POLLOUT) != 0 ? (uint32_t)EPOLLOUT : 0),
    };
    int what = link->polled == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    if (epoll_ctl(channel->watch->fd, what, fd, &wanted) == 0) {
        link->polled = events;
        link->polled_fd = fd;
    } else {
        channel->watch->blind = true;
    }
}

/* Makes the set what the links want. When one of them has to be looked at in any case. */
static uint64_t watch_links(idl_channel *channel)
{
    uint64_t until = IDL_NEVER;
    size_t count = 0;
    channel->watch->blind = false;
    for (idl__link *link = channel->links; link != NULL; link = link->next) {
        idl__interest interest;
        if (count == IDL__POLLED_MAX || !idl__client_interest(link, &interest)) {
            idl__watch_forget(channel, link);
            continue;
        }
        count++;
        if (interest.fd < 0)
            idl__watch_forget(channel, link);
        else
            watch_link(channel, link, interest.fd, interest.events);
        until = interest.until < until ? interest.until : until;
    }
    return until;
}

/* ---- Threads that come and go ---- */

void idl__watch_enter(idl_channel *channel)
{
    if (channel->inside++ == 0 && channel->watch != NULL)
        idl__channel_withdraw(channel, channel->watch->waiter);
}

/* Who sleeps in a loop does so until a time that it was told. One that is earlier, found by another
 * thread, wakes it. */
static void arm(idl_channel *channel, uint64_t until)
{
    struct idl__watch *watch = channel->watch;
    bool asker = pthread_equal(watch->asker, pthread_self()) != 0;
    uint64_t links = watch_links(channel);
    watch->until = links < until ? links : until;
    bool ready = watch->until == 0 || watch->missed || (watch->until < watch->told && !asker);
    if (asker || ready)
        watch->told = 0;
    watch->missed = false;
    if (ready)
        wake(channel);
    else
        idl__waiter_enter(watch->waiter, &channel->pollers);
}

void idl__watch_leave(idl_channel *channel)
{
    uint64_t until = IDL_NEVER;
    if (channel->inside == 1 && channel->watch != NULL)
        until =
            idl__client_prepare(channel); /* may give the lock up: this thread is still inside */
    bool last = --channel->inside == 0;
    if (channel->watch == NULL)
        return;
    if (last) {
        arm(channel, until);
    } else {
        channel->watch->missed = true;
        watch_links(channel);
    }
}

/* ---- For loops ---- */

int idl_channel_fd(idl_channel *channel)
{
    if (channel == NULL)
        return -1;
    idl__channel_lock(channel);
    const struct idl__watch *watch = get_watch(channel);
    int fd = watch != NULL ? watch->fd : -1;
    idl__channel_unlock(channel);
    return fd;
}

static int left_ms(idl_channel *channel)
{
    struct idl__watch *watch = get_watch(channel);
    if (watch == NULL)
        return POLL_BLIND_MS;
    if (channel->inside > 0) { /* that thread sees to everything, and wakes us when it goes */
        watch->missed = true;
        return -1;
    }
    if (!watch->waiter->asleep)
        return 0;
    watch->told = watch->until;
    watch->asker = pthread_self();
    int ms = idl__clock_wait_ms(watch->until);
    return watch->blind && (ms < 0 || ms > POLL_BLIND_MS) ? POLL_BLIND_MS : ms;
}

int idl_channel_timeout(idl_channel *channel)
{
    if (channel == NULL)
        return -1;
    idl__channel_lock(channel);
    int ms = left_ms(channel);
    idl__channel_unlock(channel);
    return ms;
}
