/* SPDX-License-Identifier: MIT */
/* soak_test.c: mixed calls for as long as it is told, with system calls that fail, connections that
 * are cut and delayed, and calls that are given up. Each call ends (witness.h). Afterwards the process has no more memory and no
 * more descriptors than when it had just warmed up.
 *
 *     soak_test [--seconds N] [--seed N] [--threads N]
 */
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "load.h"
#include "relay.h"
#include "syscall_fail.h"
#include "witness.h"

enum { THREADS_MAX = 32, FAULT_EACH_MS = 20, SLACK = 256 << 10 };

static uint64_t seed;
static atomic_bool stopping;
static atomic_size_t good_calls, bad_calls, given_up, channels;
static size_t faults;

static void blame(void)
{
    fprintf(stderr, "seed %llu\n", (unsigned long long)seed);
}

static void rest(long ms)
{
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

/* ---- Clients ---- */

struct client {
    pthread_t thread;
    uint64_t number;
    const char *addresses[2]; /* the server's and the relay's */
};

/* A stream that is given up in the middle. */
static void give_up(idl_channel *channel, idl_call *call)
{
    idl_call_reset(call);
    idl_token token = idl_call_token(call);
    load_talk_begin(channel, call);
    idl_call_cancel(channel, token);
    load_talk_end(call);
    given_up++;
}

static void one_call(idl_channel *channel, idl_call *call, struct chance *chance)
{
    if (chance_below(chance, 50) == 0) {
        give_up(channel, call);
        return;
    }
    idl_code code = load_call((int)chance_below(chance, LOAD_KINDS), channel, call);
    REQUIRE(code != IDL_DEADLINE_EXCEEDED);
    if (code == IDL_OK) {
        good_calls++;
    } else {
        bad_calls++;
        rest(1);
    }
}

static void *client_run(void *arg)
{
    const struct client *client = arg;
    struct chance chance = { seed ^ (client->number << 32) };
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = 5;
    options.backoff_max_ms = 50;
    idl_call *call = idl_call_new();
    while (!stopping) {
        const char *address = client->addresses[chance_below(&chance, 2)];
        idl_channel *channel = idl_channel_open(address, &options);
        witness_channel(channel);
        for (uint32_t left = 1 + chance_below(&chance, 500); left > 0 && !stopping; left--)
            one_call(channel, call, &chance);
        idl_channel_close(channel);
        channels++;
    }
    idl_call_free(call);
    return NULL;
}

/* ---- Faults ---- */

/* One that a running server or its clients will meet. */
static void next_fault(struct chance *chance)
{
    static const int calls[] = {
        SYSCALL_accept4, SYSCALL_close, SYSCALL_connect,  SYSCALL_epoll_ctl,
        SYSCALL_poll,    SYSCALL_recv,  SYSCALL_send,     SYSCALL_sendmsg,
        SYSCALL_socket,  SYSCALL_poll,  SYSCALL_shutdown, SYSCALL_socketpair,
    };
    int call = calls[chance_below(chance, sizeof calls / sizeof *calls)];
    const int *list = syscall_faults(call);
    uint32_t count = 0;
    while (list[count] != 0)
        count++;
    faults += syscall_fail_happened();
    syscall_fail_at(call, 1 + chance_below(chance, 20), list[chance_below(chance, count)]);
}

static void upset(uint64_t until)
{
    struct chance chance = { seed ^ 2 };
    while (idl_now() < until) {
        next_fault(&chance);
        rest(FAULT_EACH_MS);
    }
    syscall_pause();
}

/* ---- What the process has ---- */

struct held {
    size_t descriptors, heap, resident;
};

static struct held measure(void)
{
    struct held held = { 0, mallinfo2().uordblks, 0 };
    DIR *dir = opendir("/proc/self/fd");
    REQUIRE(dir != NULL);
    while (readdir(dir) != NULL)
        held.descriptors++;
    closedir(dir);
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    REQUIRE(file != NULL && fscanf(file, "%*u %lu", &pages) == 1);
    fclose(file);
    held.resident = pages * (size_t)sysconf(_SC_PAGESIZE);
    return held;
}

static void tell(const char *when, const struct held *held)
{
    printf("%-5s  %zu descriptors, %zu bytes of heap in use, %zu resident\n", when,
           held->descriptors, held->heap, held->resident);
}

/* ---- All of it ---- */

struct service {
    idl_server *server;
    pthread_t thread;
    int status;
};

static void *serve(void *arg)
{
    struct service *service = arg;
    service->status = idl_server_run(service->server);
    return NULL;
}

static void start_service(struct service *service)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = 2;
    service->server = idl_server_new(&options);
    load_load_serve(service->server, &load_handlers, NULL);
    witness_server(service->server);
    REQUIRE(idl_server_listen(service->server, "tcp://127.0.0.1:0") == IDL_OK);
    REQUIRE(pthread_create(&service->thread, NULL, serve, service) == 0);
}

/* It serves as on its first day, and then no more. */
static void end_service(struct service *service)
{
    idl_channel *channel = idl_channel_open(idl_server_address(service->server, 0), NULL);
    idl_call *call = idl_call_new();
    for (int kind = 0; kind < LOAD_KINDS; kind++)
        REQUIRE(load_call(kind, channel, call) == IDL_OK);
    idl_call_free(call);
    idl_channel_close(channel);
    idl_server_stop(service->server);
    pthread_join(service->thread, NULL);
    REQUIRE(service->status == 0);
    idl_server_free(service->server);
}

static void live(uint64_t seconds, size_t threads)
{
    struct service service;
    struct client clients[THREADS_MAX];
    char relayed[64];
    stopping = false;
    start_service(&service);
    const char *address = idl_server_address(service.server, 0);
    uint16_t port = relay_start((uint16_t)atoi(strrchr(address, ':') + 1), seed ^ 1);
    snprintf(relayed, sizeof relayed, "tcp://127.0.0.1:%u", (unsigned)port);
    for (size_t i = 0; i < threads; i++) {
        clients[i] = (struct client){ .number = i + 3, .addresses = { address, relayed } };
        REQUIRE(pthread_create(&clients[i].thread, NULL, client_run, &clients[i]) == 0);
    }
    upset(idl_now() + seconds * UINT64_C(1000000000));
    stopping = true;
    for (size_t i = 0; i < threads; i++)
        pthread_join(clients[i].thread, NULL);
    relay_stop();
    end_service(&service);
}

static bool number(int argc, char **argv, const char *name, uint64_t *value)
{
    for (int i = 1; i + 1 < argc; i += 2)
        if (strcmp(argv[i], name) == 0) {
            *value = strtoull(argv[i + 1], NULL, 0);
            return true;
        }
    return false;
}

int main(int argc, char **argv)
{
    uint64_t seconds = 10, threads = 8;
    seed = (uint64_t)time(NULL);
    size_t known = 0;
    known += number(argc, argv, "--seconds", &seconds);
    known += number(argc, argv, "--seed", &seed);
    known += number(argc, argv, "--threads", &threads);
    if ((size_t)argc != 1 + 2 * known || threads == 0 || threads > THREADS_MAX) {
        fprintf(stderr, "usage: %s [--seconds N] [--seed N] [--threads 1-32]\n", argv[0]);
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    load_blame(blame);
    alarm((unsigned)seconds + 120 + 2 * WITNESS_LOST_MS / 1000);
    live(2, (size_t)threads); /* stacks of threads, descriptors that libuv keeps */
    struct held before = measure();
    printf("seed %llu\n", (unsigned long long)seed);
    tell("start", &before);
    live(seconds, (size_t)threads);
    struct held after = measure();
    tell("end", &after);
    printf("%zu calls went well, %zu did not, %zu were given up; %zu channels\n",
           atomic_load(&good_calls), atomic_load(&bad_calls), atomic_load(&given_up),
           atomic_load(&channels));
    printf("%zu calls took longer than %d s, the longest %.3f s\n", witness_late(),
           WITNESS_LATE_MS / 1000, (double)witness_longest_ms() / 1000);
    printf("%zu system calls failed, %zu connections were cut, %zu delays\n", faults, relay_cuts(),
           relay_delays());
    REQUIRE(good_calls > 0 && faults > 0);
    REQUIRE(after.descriptors <= before.descriptors);
    REQUIRE(after.heap <= before.heap + SLACK);
    return 0;
}
