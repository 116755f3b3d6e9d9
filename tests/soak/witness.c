/* SPDX-License-Identifier: MIT */
/* witness.c: see witness.h. */
#include "witness.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <idl/intercept.h>
#include <idl/metadata.h>

#include "load.h"

#define KEY "soak-call"

enum { AT_ONCE = 256, UNTOLD = 8 /* one call in so many has no number */ };

/* A call that is under way; times are 0 before it is so far. */
struct seen {
    uint64_t number; /* 0: free */
    uint64_t sent, arrived, answered;
    idl_code code;
};

static struct {
    pthread_mutex_t lock;
    uint64_t count;
    struct seen calls[AT_ONCE];
    size_t late;
    uint64_t longest_ms;
} watched = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* ---- Calls by their number ---- */

/* NULL: it has none, or is over. Locked. */
static struct seen *find(const idl_call *call)
{
    const char *text = idl_meta_get(call, IDL_META_REQUEST, KEY);
    uint64_t number = text != NULL ? strtoull(text, NULL, 10) : 0;
    for (size_t i = 0; number != 0 && i < AT_ONCE; i++)
        if (watched.calls[i].number == number)
            return &watched.calls[i];
    return NULL;
}

/* 0: it is one of those that have none. */
static uint64_t begin(void)
{
    pthread_mutex_lock(&watched.lock);
    uint64_t number = ++watched.count;
    struct seen *seen = watched.calls;
    while (seen < watched.calls + AT_ONCE && seen->number != 0)
        seen++;
    if (number % UNTOLD == 0 || seen == watched.calls + AT_ONCE)
        number = 0;
    else
        *seen = (struct seen){ .number = number, .sent = idl_now() };
    pthread_mutex_unlock(&watched.lock);
    return number;
}

/* ---- What is said about one that is lost ---- */

static void print_address(const struct sockaddr_in *address)
{
    char text[INET_ADDRSTRLEN] = "";
    inet_ntop(AF_INET, &address->sin_addr, text, sizeof text);
    fprintf(stderr, " %s:%u", text, (unsigned)ntohs(address->sin_port));
}

static void print_socket(int fd)
{
    struct sockaddr_in own = { 0 }, peer = { 0 };
    socklen_t own_len = sizeof own, peer_len = sizeof peer;
    int unread = 0, unsent = 0;
    if (getsockname(fd, (struct sockaddr *)&own, &own_len) != 0 || own.sin_family != AF_INET ||
        getpeername(fd, (struct sockaddr *)&peer, &peer_len) != 0)
        return;
    ioctl(fd, FIONREAD, &unread);
    ioctl(fd, TIOCOUTQ, &unsent);
    fprintf(stderr, "descriptor %d:", fd);
    print_address(&own);
    print_address(&peer);
    fprintf(stderr, ", %d bytes to read, %d not taken by the peer\n", unread, unsent);
}

static void print_sockets(void)
{
    DIR *dir = opendir("/proc/self/fd");
    if (dir == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(dir)) != NULL;)
        print_socket(atoi(entry->d_name));
    closedir(dir);
}

static void print_time(const char *what, uint64_t from, uint64_t at)
{
    if (at != 0)
        fprintf(stderr, ", %s after %llu ms", what, (unsigned long long)((at - from) / 1000000));
    else
        fprintf(stderr, ", never %s", what);
}

static void testify(const idl_call *call, const struct seen *seen)
{
    fprintf(stderr, "a call of %s is lost", idl_call_method(call));
    if (seen != NULL) {
        print_time("arrived", seen->sent, seen->arrived);
        print_time("answered", seen->sent, seen->answered);
        if (seen->answered != 0)
            fprintf(stderr, " with %s", idl_code_name(seen->code));
    }
    fputc('\n', stderr);
    print_sockets();
}

/* ---- Interceptors ---- */

static idl_code on_open(idl_call *call, void *arg)
{
    (void)arg;
    char text[24];
    uint64_t number = begin();
    idl_call_set_timeout(call, WITNESS_LOST_MS);
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    if (number != 0)
        idl_meta_add(call, IDL_META_REQUEST, KEY, text);
    return IDL_OK;
}

static void on_end(idl_call *call, const idl_outcome *outcome, void *arg)
{
    (void)arg;
    uint64_t ms = outcome->duration_ns / 1000000;
    pthread_mutex_lock(&watched.lock);
    struct seen *seen = find(call);
    if (outcome->code == IDL_DEADLINE_EXCEEDED)
        testify(call, seen);
    if (seen != NULL)
        seen->number = 0;
    watched.late += ms > WITNESS_LATE_MS;
    watched.longest_ms = ms > watched.longest_ms ? ms : watched.longest_ms;
    pthread_mutex_unlock(&watched.lock);
}

static idl_code on_arrival(idl_call *call, void *arg)
{
    (void)arg;
    pthread_mutex_lock(&watched.lock);
    struct seen *seen = find(call);
    if (seen != NULL)
        seen->arrived = idl_now();
    pthread_mutex_unlock(&watched.lock);
    return IDL_OK;
}

static void on_answer(idl_call *call, const idl_outcome *outcome, void *arg)
{
    (void)arg;
    pthread_mutex_lock(&watched.lock);
    struct seen *seen = find(call);
    if (seen != NULL) {
        seen->answered = idl_now();
        seen->code = outcome->code;
    }
    pthread_mutex_unlock(&watched.lock);
}

void witness_channel(idl_channel *channel)
{
    static const idl_interceptor client = { on_open, on_end };
    REQUIRE(idl_channel_intercept(channel, &client, NULL) == IDL_OK);
}

void witness_server(idl_server *server)
{
    static const idl_interceptor seen = { on_arrival, on_answer };
    REQUIRE(idl_server_intercept(server, &seen, NULL) == IDL_OK);
}

size_t witness_late(void)
{
    return watched.late;
}

uint64_t witness_longest_ms(void)
{
    return watched.longest_ms;
}
