/* SPDX-License-Identifier: MIT */
/* sim_test.c: runs of the simulated world.
 *
 *     sim_test [--wire NAME] [--fixed N] [--fresh N] [--patience SECONDS] [--seed S [--trace]]
 *
 * The seeds 0 to N-1, the same in each build, then as many fresh ones; or the one seed that an
 * earlier run has named. --trace says all that happens. A seed that is not done after SECONDS has
 * failed too. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asan.h"
#include "effort.h"
#include "sim.h"

typedef struct sim_options {
    const sim_wire *wire; /* NULL: all */
    uint64_t fixed, fresh, seed;
    unsigned patience;
    bool one, trace;
} sim_options;

/* ---- A run that dies ---- */

static volatile uint64_t running;

static void name_seed(void)
{
    char text[100];
    int len = snprintf(text, sizeof text, "seed %llu has failed\n", (unsigned long long)running);
    if (write(STDERR_FILENO, text, (size_t)len) != len)
        _Exit(1);
}

static void die(int number)
{
    name_seed();
    signal(number, SIG_DFL);
    raise(number);
}

#if IDL__ASAN
void __sanitizer_set_death_callback(void (*callback)(void));
#endif

static void watch_for_death(void)
{
#if IDL__ASAN
    __sanitizer_set_death_callback(name_seed);
    signal(SIGALRM, die);
#else
    static const int signals[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGALRM };
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], die);
#endif
}

/* ---- Runs ---- */

static void run(const sim_options *options, uint64_t seed, sim_counts *counts)
{
    for (size_t i = 0; i < sim_wire_count; i++) {
        if (options->wire != NULL && options->wire != &sim_wires[i])
            continue;
        running = seed;
        alarm(options->patience);
        sim_run(seed, &sim_wires[i], options->trace, counts);
        alarm(0);
    }
}

static void report(const sim_options *options, uint64_t first, const sim_counts *c)
{
    printf("%llu fixed seeds, %llu fresh ones from %llu: %llu runs\n",
           (unsigned long long)options->fixed, (unsigned long long)options->fresh,
           (unsigned long long)first, (unsigned long long)c->seeds);
    printf("%llu calls, %llu of them OK; %llu attempts, %llu connections, %llu steps, %llu bytes\n",
           (unsigned long long)c->calls, (unsigned long long)c->ok, (unsigned long long)c->tries,
           (unsigned long long)c->links, (unsigned long long)c->steps,
           (unsigned long long)c->bytes);
    printf("%llu drops, %llu restarts, %llu drains, %llu cancels, %llu deadlines, %llu overflows, "
           "%llu runs without memory; %llu pairs of metadata\n",
           (unsigned long long)c->drops, (unsigned long long)c->restarts,
           (unsigned long long)c->drains, (unsigned long long)c->cancels,
           (unsigned long long)c->expired, (unsigned long long)c->overflows,
           (unsigned long long)c->failed_allocations, (unsigned long long)c->pairs);
}

/* ---- The command line ---- */

static const sim_wire *wire_named(const char *name)
{
    for (size_t i = 0; i < sim_wire_count; i++)
        if (strcmp(sim_wires[i].name, name) == 0)
            return &sim_wires[i];
    return NULL;
}

static bool parse(int argc, char **argv, sim_options *options)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--trace") == 0) {
            options->trace = true;
            continue;
        }
        if (i + 1 == argc)
            return false;
        const char *name = argv[i++], *value = argv[i];
        uint64_t number = strtoull(value, NULL, 10);
        if (strcmp(name, "--seed") == 0) {
            options->one = true;
            options->seed = number;
        } else if (strcmp(name, "--fixed") == 0) {
            options->fixed = number;
        } else if (strcmp(name, "--fresh") == 0) {
            options->fresh = number;
        } else if (strcmp(name, "--patience") == 0) {
            options->patience = (unsigned)number;
        } else if (strcmp(name, "--wire") == 0) {
            options->wire = wire_named(value);
            if (options->wire == NULL)
                return false;
        } else {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    sim_options options = { .fixed = (uint64_t)test_rounds(600),
                            .fresh = (uint64_t)test_rounds(300),
                            .patience = 60 };
    sim_counts counts = { 0 };
    if (!parse(argc, argv, &options)) {
        fprintf(
            stderr,
            "usage: %s [--wire NAME] [--fixed N] [--fresh N] [--patience SECONDS] [--seed S [--trace]]\n",
            argv[0]);
        return 2;
    }
    watch_for_death();
    if (options.one) {
        run(&options, options.seed, &counts);
        printf("seed %llu: no failure\n", (unsigned long long)options.seed);
        return 0;
    }
    for (uint64_t i = 0; i < options.fixed; i++)
        run(&options, i, &counts);
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t first = ((uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec) >> 10;
    for (uint64_t i = 0; i < options.fresh; i++)
        run(&options, first + i, &counts);
    report(&options, first, &counts);
    return 0;
}
