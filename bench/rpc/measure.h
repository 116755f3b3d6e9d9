/* SPDX-License-Identifier: MIT */
/* measure.h: what the programs of the comparison share: arguments, names, time, the result.
 *
 *     SERVER                                      prints "ready PORT"; listens on 127.0.0.1
 *     CLIENT PORT LOAD COUNT SIZE SECONDS [PID]   prints one line of JSON
 *
 * LOAD is seq (one call at a time), flight (COUNT outstanding on one connection), threads (COUNT
 * threads on one connection), conns (COUNT connections, one call at a time on each), stream
 * (messages of SIZE bytes from the server, until the time is over) or idle (COUNT connections
 * that make one call, and then nothing for SECONDS).
 *
 * A call sends a name of SIZE bytes, another one each time, and the reply is compared with "Hello, "
 * and that name. The end of a call is the start of the next one in its slot, so there is one clock
 * reading a call; with many in flight only slot 0 reads it, as replies that arrive together would
 * all read the same. The first 300 ms are not counted. PID: the server, whose processor time is read.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../load/histogram.h"

#ifdef __cplusplus
extern "C" {
#endif

enum load { LOAD_SEQ, LOAD_FLIGHT, LOAD_THREADS, LOAD_CONNS, LOAD_STREAM, LOAD_IDLE };

enum { STAMP = 8 };
#define GREETING "Hello, "
enum { GREETING_LEN = sizeof GREETING - 1 };

typedef struct task {
    int port;
    enum load load;
    unsigned count;
    size_t size;
    double seconds;
    int server; /* its process; 0: not known */
    unsigned connections, depth, threads;
} task;

/* One thread's part. */
typedef struct meter {
    const task *task;
    bool sampled; /* only slot 0 reads the clock */
    bool on;      /* what ends now counts */
    uint64_t begin, end, edge, first, last;
    uint64_t calls, errors;
    double own_cpu, server_cpu;
    histogram latency;
} meter;

/* Exits with a message on a wrong command line. */
task task_read(int argc, char **argv);

uint64_t now_ns(void);

/* Ends the program and says why. */
void die(const char *what) __attribute__((noreturn));
void *allocate(size_t count, size_t size);

void meter_begin(meter *m, const task *t, uint64_t start);
/* The clock says now: true when the time is over. */
bool meter_edge(meter *m, uint64_t now);
/* Waits until the time of threads' calls is over. */
void meter_wait(meter *sum);
void meter_merge(meter *into, const meter *from);
/* Prints the line; the exit status. */
int meter_report(const meter *m);
/* Idle connections are open: says so, waits and leaves. */
void idle_hold(const task *t) __attribute__((noreturn));

/* A call has ended, and another begins in its slot: true when the time is over. *started is when
 * it began, and is set anew. */
static inline bool meter_done(meter *m, unsigned slot, uint64_t *started, bool ok)
{
    m->calls += m->on;
    m->errors += !ok;
    if (m->sampled && slot != 0)
        return false;
    uint64_t now = now_ns();
    if (m->on)
        histogram_add(&m->latency, now - *started);
    *started = now;
    return now >= m->edge && meter_edge(m, now);
}

/* Names: eight hexadecimal digits that count, then letters. */
void name_fill(char *name, size_t size);
static inline void name_stamp(char *name, uint32_t number)
{
    for (int i = STAMP; i-- > 0; number >>= 4)
        name[i] = "0123456789abcdef"[number & 15];
}
bool is_greeting(const char *reply, size_t len, const char *name, size_t size);

/* Sockets on the loopback interface. */
int listen_local(int *port);
int connect_local(int port);
void no_delay(int fd);
/* Tells whoever started the server. */
void server_ready(int port);

#ifdef __cplusplus
}
#endif

#endif
