/* SPDX-License-Identifier: MIT */
/* relay.c: see relay.h. */
#include "relay.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "syscall_fail.h"

enum { RELAYED_MAX = 64 };

struct pair {
    int fds[2]; /* the client's, the server's */
};

static struct {
    pthread_t thread;
    struct chance chance;
    int listener;
    uint16_t to;
    size_t count;
    struct pair all[RELAYED_MAX];
} relay;

static atomic_bool stopping;
static atomic_size_t cuts, delays;

uint32_t chance_below(struct chance *chance, uint32_t end)
{
    chance->state = chance->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((chance->state >> 33) % end);
}

static int loopback(struct sockaddr_in *address, uint16_t port)
{
    *address = (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(port) };
    address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static void take_one(void)
{
    struct sockaddr_in address;
    int client = accept(relay.listener, NULL, NULL), server = loopback(&address, relay.to);
    if (client >= 0 && server >= 0 && relay.count < RELAYED_MAX &&
        connect(server, (struct sockaddr *)&address, sizeof address) == 0) {
        relay.all[relay.count++] = (struct pair){ { client, server } };
        return;
    }
    close(client);
    close(server);
}

static void cut(size_t i)
{
    close(relay.all[i].fds[0]);
    close(relay.all[i].fds[1]);
    relay.all[i] = relay.all[--relay.count];
}

/* Some of what has come, to the other side. False: an end is reached. */
static bool pass(int from, int to)
{
    char bytes[16384];
    ssize_t n = recv(from, bytes, 2 + chance_below(&relay.chance, sizeof bytes - 2), MSG_DONTWAIT);
    if (n <= 0)
        return n < 0 && errno == EAGAIN;
    for (ssize_t sent = 0; sent < n;) {
        ssize_t some = send(to, bytes + sent, (size_t)(n - sent), MSG_NOSIGNAL | MSG_DONTWAIT);
        struct pollfd room = { .fd = to, .events = POLLOUT };
        if (some > 0)
            sent += some;
        else if (errno != EAGAIN || poll(&room, 1, 1000) <= 0)
            return false; /* one that does not read is cut too */
    }
    return true;
}

static void serve(const struct pollfd *fds)
{
    for (size_t i = relay.count; i-- > 0;) {
        struct pair pair = relay.all[i];
        bool open = true;
        for (size_t side = 0; side < 2 && open; side++)
            if (fds[2 * i + side].revents != 0)
                open = pass(pair.fds[side], pair.fds[1 - side]);
        bool broken = chance_below(&relay.chance, 3000) == 0;
        cuts += broken;
        if (broken || !open)
            cut(i);
    }
}

static void delay(void)
{
    if (chance_below(&relay.chance, 500) != 0)
        return;
    long ms = 1 + (long)chance_below(&relay.chance, 20);
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
    delays++;
}

static void *run(void *arg)
{
    (void)arg;
    syscall_spare(true);
    while (!stopping) {
        struct pollfd fds[2 * RELAYED_MAX + 1];
        size_t count = 2 * relay.count;
        for (size_t i = 0; i < count; i++)
            fds[i] = (struct pollfd){ .fd = relay.all[i / 2].fds[i % 2], .events = POLLIN };
        fds[count] = (struct pollfd){ .fd = relay.listener, .events = POLLIN };
        if (poll(fds, count + 1, 50) <= 0)
            continue;
        delay();
        serve(fds);
        if (fds[count].revents != 0)
            take_one();
    }
    while (relay.count > 0)
        cut(0);
    close(relay.listener);
    return NULL;
}

uint16_t relay_start(uint16_t to, uint64_t seed)
{
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    stopping = false;
    relay.chance.state = seed;
    relay.to = to;
    relay.listener = loopback(&address, 0);
    REQUIRE(bind(relay.listener, (struct sockaddr *)&address, len) == 0);
    REQUIRE(listen(relay.listener, SOMAXCONN) == 0);
    REQUIRE(getsockname(relay.listener, (struct sockaddr *)&address, &len) == 0);
    REQUIRE(pthread_create(&relay.thread, NULL, run, NULL) == 0);
    return ntohs(address.sin_port);
}

void relay_stop(void)
{
    stopping = true;
    pthread_join(relay.thread, NULL);
}

size_t relay_cuts(void)
{
    return cuts;
}

size_t relay_delays(void)
{
    return delays;
}
