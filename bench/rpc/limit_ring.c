/* SPDX-License-Identifier: MIT */
/* limit_ring.c: threads that pass a turn round, each asleep until it is woken: what threads that
 * wait for replies cannot beat, as each reply wakes one. limit_ring THREADS SECONDS */
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "measure.h"

enum { LINE = 64 };

typedef struct seat {
    _Alignas(LINE) _Atomic uint32_t turn;
    pthread_t thread;
    struct seat *next;
    uint64_t turns;
} seat;

static atomic_bool over;

static void *sit(void *argument)
{
    seat *own = argument;
    while (!atomic_load_explicit(&over, memory_order_relaxed)) {
        while (atomic_exchange(&own->turn, 0) == 0)
            syscall(SYS_futex, &own->turn, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
        own->turns++;
        atomic_store(&own->next->turn, 1);
        syscall(SYS_futex, &own->next->turn, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    unsigned count = argc > 1 ? (unsigned)atoi(argv[1]) : 64;
    double seconds = argc > 2 ? atof(argv[2]) : 1;
    seat *seats = aligned_alloc(LINE, count * sizeof *seats);
    if (count < 2 || seats == NULL)
        die("limit_ring THREADS SECONDS");
    for (unsigned i = 0; i < count; i++)
        seats[i] = (seat){ .turn = i == 0, .next = &seats[(i + 1) % count] };
    uint64_t begin = now_ns(), turns = 0;
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&seats[i].thread, NULL, sit, &seats[i]) != 0)
            die("pthread_create");
    usleep((useconds_t)(seconds * 1e6));
    uint64_t end = now_ns();
    double cpu = (double)clock() / CLOCKS_PER_SEC;
    for (unsigned i = 0; i < count; i++)
        turns += seats[i].turns;
    atomic_store(&over, true);
    printf("{\"load\":\"ring\",\"count\":%u,\"per_second\":%.1f,\"client_cpu_us\":%.4f,"
           "\"server_cpu_us\":0}\n",
           count, (double)turns * 1e9 / (double)(end - begin), cpu * 1e6 / (double)turns);
    fflush(stdout);
    _exit(0);
}
