/* SPDX-License-Identifier: MIT */
/* faults_test.c: a server, channels and calls of every kind over real sockets, in which each system
 * call fails once with each errno that it can give, is interrupted, and is short, on whichever side
 * it is. Every call ends, within its deadline; the server serves others afterwards; no descriptor
 * is left behind. Leaks of memory are AddressSanitizer's to find.
 *
 *     faults_test                      some of the faults, chosen by a fresh seed
 *     faults_test --seed N --part P    one of P faults, those that the seed chooses
 *     faults_test --all                all
 *     faults_test --one SCENARIO CALL N FAULT     as a failing run has named it
 */
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "effort.h"
#include "load.h"
#include "localhost.h"
#include "syscall_fail.h"

/* ---- Scenarios ---- */

static const struct scenario {
    const char *name, *address;
    uint32_t workers, handler_threads, socket_mode;
    bool by_name; /* the client looks "localhost" up */
    bool stale;   /* a server that is gone has left its socket */
} scenarios[] = {
    { .name = "tcp", .address = "tcp://127.0.0.1:0", .workers = 2 },
    { .name = "name", .address = "tcp://localhost:0", .workers = 1, .by_name = true },
    { .name = "pool", .address = "tcp://127.0.0.1:0", .workers = 1, .handler_threads = 2 },
    { .name = "unix", .workers = 1, .socket_mode = 0600 },
    { .name = "stale", .workers = 1, .stale = true },
    { .name = "ttrpc", .address = "ttrpc+tcp://127.0.0.1:0", .workers = 1 },
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios, LIFE_S = 60 };

/* ---- What is being done, for who reads a failure ---- */

static const struct scenario *scenario;
static int fault_call, fault;
static size_t fault_at;
static const char *volatile step = "";
static char program[256];

static void blame(void)
{
    fprintf(stderr, "%s, %s number %zu: %s, during: %s\nagain: %s --one %s %d %zu %d\n",
            scenario->name, syscall_name(fault_call), fault_at,
            syscall_fault_name(fault_call, fault), step, program, scenario->name, fault_call,
            fault_at, fault);
}

static void on_alarm(int number)
{
    (void)number;
    syscall_pause();
    fprintf(stderr, "this takes for ever\n");
    blame();
    abort();
}

/* ---- Descriptors ---- */

static size_t descriptors(void)
{
    size_t count = 0;
    DIR *dir = opendir("/proc/self/fd");
    REQUIRE(dir != NULL);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count;
}

/* A thread that looks a name up may be a little behind, and before may have counted what the last one
 * had open. */
static void check_descriptors(size_t before)
{
    for (int i = 0; i < 5000 && descriptors() > before; i++)
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    REQUIRE(descriptors() <= before);
}

/* ---- The client ---- */

/* What a call may end with when the system was against it, on either side. */
static bool check(idl_code code)
{
    REQUIRE(code == IDL_OK || code == IDL_UNAVAILABLE || code == IDL_RESOURCE_EXHAUSTED ||
            code == IDL_PERMISSION_DENIED || code == IDL_INVALID_ARGUMENT);
    return code == IDL_OK;
}

static bool timed(int kind, idl_channel *channel, idl_call *call)
{
    static const char *const names[LOAD_KINDS] = { "text", "count",   "sum",
                                                   "echo", "several", "cancellable" };
    step = names[kind];
    uint64_t begun = idl_now();
    bool good = check(load_call(kind, channel, call));
    REQUIRE(idl_now() - begun < 2 * LOAD_TIMEOUT_MS * UINT64_C(1000000));
    return good;
}

static bool all_kinds(const char *address)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    bool good = true;
    for (int kind = 0; kind < LOAD_KINDS; kind++)
        good = timed(kind, channel, call) && good;
    idl_call_free(call);
    step = "closing";
    idl_channel_close(channel);
    return good;
}

static void *second_thread(void *arg)
{
    idl_call *call = idl_call_new();
    for (int kind = 0; kind < LOAD_KINDS; kind++)
        check(load_call(kind, arg, call));
    idl_call_free(call);
    return NULL;
}

static pthread_t start(void *(*fn)(void *arg), void *arg)
{
    pthread_t thread;
    syscall_spare(true);
    REQUIRE(pthread_create(&thread, NULL, fn, arg) == 0);
    syscall_spare(false);
    return thread;
}

/* Two threads that read for each other. */
static void together(const char *address)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    pthread_t other = start(second_thread, channel);
    second_thread(channel);
    step = "two threads";
    pthread_join(other, NULL);
    idl_channel_close(channel);
}

/* The server drains while a stream is open. */
static bool drain(idl_server *server, const char *address)
{
    step = "draining";
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    load_talk_begin(channel, call);
    idl_server_stop(server);
    bool good = check(load_talk_end(call));
    idl_call_free(call);
    idl_channel_close(channel);
    return good;
}

/* ---- The server ---- */

struct life {
    idl_server *server;
    int status;
    char address[200], to[200];
};

static void *serve(void *arg)
{
    struct life *life = arg;
    life->status = idl_server_run(life->server);
    return NULL;
}

/* One that ends without a word leaves its file, which nobody listens on. */
static void leave_file(const char *path)
{
    char kept[200], address[200];
    idl_server *server = idl_server_new(NULL);
    snprintf(kept, sizeof kept, "%s.kept", path);
    snprintf(address, sizeof address, "unix://%s", path);
    REQUIRE(idl_server_listen(server, address) == IDL_OK);
    REQUIRE(link(path, kept) == 0);
    idl_server_free(server);
    REQUIRE(rename(kept, path) == 0);
}

static void set_address(struct life *life)
{
    const char *tmp = getenv("TMPDIR");
    char path[150];
    snprintf(path, sizeof path, "%.80s/idl-faults-%ld", tmp != NULL ? tmp : "/tmp", (long)getpid());
    unlink(path);
    if (scenario->stale)
        leave_file(path);
    if (scenario->address == NULL)
        snprintf(life->address, sizeof life->address, "unix://%s", path);
    else
        snprintf(life->address, sizeof life->address, "%s", scenario->address);
}

static bool listen_on(struct life *life)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = scenario->workers;
    options.handler_threads = scenario->handler_threads;
    options.socket_mode = scenario->socket_mode;
    step = "listening";
    life->server = idl_server_new(&options);
    load_load_serve(life->server, &load_handlers, NULL);
    idl_code code = idl_server_listen(life->server, life->address);
    REQUIRE(code == IDL_OK || strlen(idl_server_error(life->server)) > 0);
    const char *bound = idl_server_address(life->server, 0);
    if (code == IDL_OK && scenario->by_name)
        snprintf(life->to, sizeof life->to, "tcp://localhost%s", strrchr(bound, ':'));
    else if (code == IDL_OK)
        snprintf(life->to, sizeof life->to, "%s", bound);
    return code == IDL_OK;
}

/* Someone else's calls, when it is over. */
static bool honest(const struct life *life)
{
    syscall_pause();
    bool good = all_kinds(life->to);
    syscall_resume();
    return good;
}

/* The first server of a process makes libuv open a pipe for good. */
static bool warm;

/* With the fault armed; true: all went as if there had been none. */
static bool live(void)
{
    struct life life = { 0 };
    set_address(&life);
    alarm(LIFE_S);
    size_t before = descriptors();
    syscall_fail_at(fault_call, fault_at, fault);
    bool good = listen_on(&life);
    if (good) {
        pthread_t thread = start(serve, &life);
        good = all_kinds(life.to);
        together(life.to);
        bool served = honest(&life), drained = drain(life.server, life.to);
        step = "ending";
        pthread_join(thread, NULL);
        REQUIRE(served || life.status != 0);
        REQUIRE(life.status == 0 || strlen(idl_server_error(life.server)) > 0);
        good = good && drained && life.status == 0;
    }
    idl_server_free(life.server);
    syscall_pause();
    step = "looking for descriptors";
    /* A loop that libuv cannot begin leaves descriptors behind that only libuv knows. */
    if (warm && fault_call != SYSCALL_eventfd && fault_call != SYSCALL_pipe2)
        check_descriptors(before);
    warm = true;
    alarm(0);
    return good;
}

/* ---- Which faults ---- */

static uint64_t seed, part = 1;
static size_t lives, struck, weathered;

static bool chosen(void)
{
    uint64_t x = seed ^ ((uint64_t)(scenario - scenarios) << 56) ^ ((uint64_t)fault_call << 48) ^
                 ((uint64_t)fault << 24) ^ fault_at;
    x = (x ^ (x >> 31)) * UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 29)) * UINT64_C(0xbf58476d1ce4e5b9);
    return ((x ^ (x >> 32)) & UINT32_MAX) % part == 0;
}

static void one(void)
{
    lives++;
    bool good = live(), happened = syscall_fail_happened();
    REQUIRE(good || happened);
    struck += happened;
    weathered += happened && good;
}

static void each_fault(int call, size_t count)
{
    for (fault_at = 1; fault_at <= count; fault_at++)
        for (const int *f = syscall_faults(call); *f != 0; f++) {
            fault_call = call;
            fault = *f;
            if (chosen())
                one();
        }
}

static void sweep(const struct scenario *which, bool tell)
{
    size_t counts[SYSCALL_COUNT];
    if (which->by_name && !knows_localhost()) {
        printf("%s: skipped: localhost is not known here\n", which->name);
        return;
    }
    scenario = which;
    fault_call = SYSCALL_NONE;
    fault = 0;
    REQUIRE(live());
    for (int i = 0; i < SYSCALL_COUNT; i++)
        counts[i] = syscall_count(i);
    for (int i = 0; i < SYSCALL_COUNT; i++) {
        size_t begun = lives;
        each_fault(i, counts[i]);
        if (tell && lives > begun)
            printf("  %-7s %-15s %4zu calls %5zu faults\n", which->name, syscall_name(i), counts[i],
                   lives - begun);
    }
}

static int replay(char *const arguments[4])
{
    for (size_t i = 0; i < SCENARIOS; i++)
        if (strcmp(scenarios[i].name, arguments[0]) == 0)
            scenario = &scenarios[i];
    if (scenario == NULL)
        return 2;
    fault_call = SYSCALL_NONE;
    REQUIRE(live()); /* whose once-only work is not to fail */
    fault_call = atoi(arguments[1]);
    fault_at = (size_t)atol(arguments[2]);
    fault = atoi(arguments[3]);
    one();
    printf("%s\n", struck == 0 ? "it did not happen" : weathered ? "all went well" : "weathered");
    return 0;
}

static int usage(void)
{
    fprintf(stderr, "usage: %s [--all | --seed N --part P | --one SCENARIO CALL N FAULT]\n",
            program);
    return 2;
}

int main(int argc, char **argv)
{
    snprintf(program, sizeof program, "%s", argv[0]);
    setvbuf(stdout, NULL, _IOLBF, 0);
    load_blame(blame);
    signal(SIGALRM, on_alarm);
    seed = (uint64_t)time(NULL);
    part = 100 * (uint64_t)test_effort();
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0)
            part = 1;
        else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc)
            seed = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--part") == 0 && i + 1 < argc && atoi(argv[i + 1]) > 0)
            part = strtoull(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "--one") == 0 && i + 5 == argc)
            return replay(argv + i + 1);
        else
            return usage();
    }
    printf("seed %llu, one of %llu faults\n", (unsigned long long)seed, (unsigned long long)part);
    for (size_t i = 0; i < SCENARIOS; i++)
        sweep(&scenarios[i], part == 1);
    printf("%zu faults, %zu happened, %zu without a call that noticed\n", lives, struck, weathered);
    return 0;
}
