/* SPDX-License-Identifier: MIT */
/* victim.h: a server in a process of its own, and a client that is honest.
 *
 * The service is the fixture's: test.Text: echo; other, which waits until its call is cancelled;
 * test.Stream: join, which never takes a message. */
#ifndef VICTIM_H
#define VICTIM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <idl/server.h>

#include "wire.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1 /* memory and time are another matter */
#else
#define SANITIZED 0
#endif

struct victim {
    pid_t pid;
    char address[128];
};

/* No threads may be running. descriptors: its limit of them; 0: as it is. */
void victim_start(struct victim *victim, const idl_server_options *options, unsigned descriptors);
/* It is still alive, drains, and exits with status 0. */
void victim_stop(struct victim *victim);

/* Its descriptors; its memory, now and at most, in KiB; its CPU time in ms. */
size_t victim_descriptors(const struct victim *victim);
size_t victim_memory(const struct victim *victim);
size_t victim_peak(const struct victim *victim);
long victim_cpu_ms(const struct victim *victim);
/* Waits until it has at most so many descriptors; false: it has more after ten seconds. */
bool victim_has_at_most(const struct victim *victim, size_t descriptors);

/* Calls echo again and again, a millisecond between, from a connection of its own. */
struct honest {
    pthread_t thread;
    atomic_bool stop;
    const struct victim *victim;
    struct wire wire;
    bool ok;
    unsigned calls;
    double worst_ms, sum_ms;
};
void honest_start(struct honest *honest, const struct victim *victim);
/* It was answered at all times, and never waited for long. Says how long, under that name. */
void honest_stop(struct honest *honest, const char *name);

double now_ms(void);

#endif
