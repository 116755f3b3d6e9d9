/* SPDX-License-Identifier: MIT */
/* watch.c: see watch.h. */
#include "watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { IDLE_MS = 500, IDLE_CPU_US = 100000 };

tally expect(uint32_t count)
{
    return (tally){ .left = count, .thread = pthread_self() };
}

void tell(tally *t, idl_code code, uint64_t value)
{
    bool here = pthread_equal(pthread_self(), t->thread) != 0;
    t->code = code;
    t->sum += value;
    t->right += code == IDL_OK && here;
    t->wrong += code != IDL_OK || !here;
    t->done = --t->left == 0;
}

void met(idl_call *call, idl_code code, uint32_t reply, void *arg)
{
    (void)call;
    tell(arg, code, reply);
}

void echoed(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    (void)call;
    tell(arg, code, reply.len);
}

void hung(idl_call *call, idl_code code, void *arg)
{
    (void)call;
    tell(arg, code, 0);
}

void counted(idl_call *call, const uint32_t *item, void *arg)
{
    tally *t = arg;
    (void)call;
    t->sum += *item;
}

uint64_t sum_below(uint64_t n)
{
    return n * (n - 1) / 2;
}

void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

static long cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000L + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

void assert_idle(driver *d)
{
    driver_run(d, NULL, 50); /* what is still under way */
    long before = cpu_us();
    unsigned turns = driver_run(d, NULL, IDLE_MS);
    assert_true(turns <= IDLE_TURNS);
    assert_true(cpu_us() - before < IDLE_CPU_US);
}

const char *socket_of(char address[64], const char *name)
{
    snprintf(address, 64, "unix://@idl-loops-%s-%ld", name, (long)getpid());
    return address;
}
