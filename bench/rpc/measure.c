/* SPDX-License-Identifier: MIT */
/* measure.c: arguments, time and results of the comparison's programs. */
#include "measure.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP UINT64_C(300000000)

static const char *const loads[] = { "seq", "flight", "threads", "conns", "stream", "idle" };
enum { LOADS = sizeof loads / sizeof loads[0] };

void die(const char *what)
{
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(2);
}

void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count, size);
    if (memory == NULL)
        die("no memory");
    return memory;
}

/* As many connections as the system allows; gone when whoever started it is. */
static void settle_in(void)
{
    struct rlimit files;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

task task_read(int argc, char **argv)
{
    task t = { .connections = 1, .depth = 1, .threads = 1 };
    unsigned load = 0;
    while (argc > 2 && load < LOADS && strcmp(argv[2], loads[load]) != 0)
        load++;
    if (argc < 6 || load == LOADS) {
        fprintf(stderr,
                "usage: %s PORT seq|flight|threads|conns|stream|idle COUNT SIZE SECONDS [PID]\n",
                argv[0]);
        exit(2);
    }
    t.port = atoi(argv[1]);
    t.load = (enum load)load;
    t.count = (unsigned)atoi(argv[3]);
    t.size = (size_t)strtoul(argv[4], NULL, 10);
    t.seconds = atof(argv[5]);
    t.server = argc > 6 ? atoi(argv[6]) : 0;
    if (t.count < 1 || t.size < STAMP || t.seconds <= 0) {
        fprintf(stderr, "%s: COUNT >= 1, SIZE >= %d, SECONDS > 0\n", argv[0], STAMP);
        exit(2);
    }
    switch (t.load) {
    case LOAD_FLIGHT: t.depth = t.count; break;
    case LOAD_THREADS: t.threads = t.count; break;
    case LOAD_CONNS:
    case LOAD_IDLE: t.connections = t.count; break;
    default: t.count = 1;
    }
    settle_in();
    alarm((unsigned)t.seconds + 30);
    return t;
}

/* ---- Time ---- */

uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

/* Seconds of processor time that a process has used; 0: the calling one. */
static double cpu_of(int process)
{
    clockid_t clock = CLOCK_PROCESS_CPUTIME_ID;
    struct timespec t = { 0, 0 };
    if (process != 0 && clock_getcpuclockid(process, &clock) != 0)
        return 0;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void meter_begin(meter *m, const task *t, uint64_t start)
{
    memset(m, 0, sizeof *m);
    m->task = t;
    m->sampled = t->load == LOAD_FLIGHT || t->load == LOAD_STREAM;
    m->begin = start + WARM_UP;
    m->end = m->begin + (uint64_t)(t->seconds * 1e9);
    m->edge = m->begin;
}

bool meter_edge(meter *m, uint64_t now)
{
    const int sign = m->on ? 1 : -1;
    m->own_cpu += sign * cpu_of(0);
    if (m->task->server != 0)
        m->server_cpu += sign * cpu_of(m->task->server);
    if (m->on) {
        m->last = now;
        m->edge = UINT64_MAX;
        return true;
    }
    m->on = true;
    m->first = now;
    m->edge = m->end;
    return now >= m->edge && meter_edge(m, now);
}

void meter_wait(meter *sum)
{
    uint64_t now;
    do {
        struct timespec until = { (time_t)(sum->edge / 1000000000U),
                                  (long)(sum->edge % 1000000000U) };
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        now = now_ns();
    } while (now < sum->edge || !meter_edge(sum, now));
}

void meter_merge(meter *into, const meter *from)
{
    into->calls += from->calls;
    into->errors += from->errors;
    histogram_merge(&into->latency, &from->latency);
}

int meter_report(const meter *m)
{
    const task *t = m->task;
    const double seconds = (double)(m->last - m->first) / 1e9;
    const double each = m->calls > 0 ? 1e6 / (double)m->calls : 0;
    printf("{\"load\":\"%s\",\"count\":%u,\"size\":%zu,\"per_second\":%.1f,\"calls\":%" PRIu64
           ",\"errors\":%" PRIu64 ",\"p50_us\":%.2f,\"p99_us\":%.2f,\"p999_us\":%.2f,"
           "\"client_cpu_us\":%.4f,\"server_cpu_us\":%.4f}\n",
           loads[t->load], t->count, t->size, seconds > 0 ? (double)m->calls / seconds : 0.0,
           m->calls, m->errors, (double)histogram_at(&m->latency, 0.5) / 1e3,
           (double)histogram_at(&m->latency, 0.99) / 1e3,
           (double)histogram_at(&m->latency, 0.999) / 1e3, m->own_cpu * each, m->server_cpu * each);
    return m->errors == 0 && m->calls > 0 ? 0 : 1;
}

void idle_hold(const task *t)
{
    printf("{\"load\":\"idle\",\"count\":%u}\n", t->count);
    fflush(stdout);
    struct timespec pause = { (time_t)t->seconds,
                              (long)((t->seconds - (double)(time_t)t->seconds) * 1e9) };
    nanosleep(&pause, NULL);
    _exit(0);
}

/* ---- Names ---- */

void name_fill(char *name, size_t size)
{
    for (size_t i = 0; i < size; i++)
        name[i] = (char)('a' + i % 26);
}

bool is_greeting(const char *reply, size_t len, const char *name, size_t size)
{
    return len == GREETING_LEN + size && memcmp(reply, GREETING, GREETING_LEN) == 0 &&
           memcmp(reply + GREETING_LEN, name, size) == 0;
}

/* ---- Sockets ---- */

void no_delay(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

int listen_local(int *port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) != 0)
        die("listen");
    *port = ntohs(address.sin_port);
    return fd;
}

int connect_local(int port)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        die("connect");
    no_delay(fd);
    return fd;
}

void server_ready(int port)
{
    settle_in();
    printf("ready %d\n", port);
    fflush(stdout);
}
