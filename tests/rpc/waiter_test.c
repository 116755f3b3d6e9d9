/* SPDX-License-Identifier: MIT */
/* waiter_test.c: threads that sleep in one room are woken by their own signals, and by no others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>

#include "clock.h"
#include "waiter.h"

enum { SLEEPERS = 70 }; /* some share a bit */

typedef struct sleeper {
    idl__waiter waiter;
    pthread_t thread;
    atomic_bool allowed; /* set just before it is signalled */
    bool in_time;        /* it did not return before that */
} sleeper;

typedef struct dormitory {
    idl__room room;
    sleeper sleepers[SLEEPERS];
} dormitory;

static void *sleep_once(void *arg)
{
    sleeper *own = arg;
    idl__waiter_wait(&own->waiter);
    own->in_time = atomic_load(&own->allowed);
    return NULL;
}

static void go_to_sleep(dormitory *d)
{
    for (size_t i = 0; i < SLEEPERS; i++) {
        sleeper *s = &d->sleepers[i];
        idl__waiter_init(&s->waiter, &d->room);
        atomic_init(&s->allowed, false);
        assert_int_equal(pthread_create(&s->thread, NULL, sleep_once, s), 0);
    }
    for (size_t i = 0; i < SLEEPERS; i++)
        while (atomic_load(&d->sleepers[i].waiter.state) == 0)
            sched_yield();
}

static void is_up(sleeper *s)
{
    assert_int_equal(pthread_join(s->thread, NULL), 0);
    assert_true(s->in_time);
    idl__waiter_fini(&s->waiter);
}

static void one_after_the_other(void **state)
{
    static dormitory d;
    (void)state;
    go_to_sleep(&d);
    for (size_t i = 0; i < SLEEPERS; i++) {
        sleeper *s = &d.sleepers[i * 31 % SLEEPERS]; /* 31 and SLEEPERS have no common factor */
        atomic_store(&s->allowed, true);
        idl__waiter_signal(&s->waiter);
        is_up(s);
    }
}

static void many_at_once(void **state)
{
    static dormitory d;
    idl__waiter *halves[2] = { NULL, NULL };
    (void)state;
    go_to_sleep(&d);
    for (size_t i = 0; i < SLEEPERS; i++) {
        idl__waiter *waiter = &d.sleepers[i].waiter;
        waiter->next = halves[i % 2];
        halves[i % 2] = waiter;
    }
    for (size_t half = 0; half < 2; half++) {
        for (size_t i = half; i < SLEEPERS; i += 2)
            atomic_store(&d.sleepers[i].allowed, true);
        idl__waiter_signal(halves[half]);
        for (size_t i = half; i < SLEEPERS; i += 2)
            is_up(&d.sleepers[i]);
    }
}

static void until_a_time(void **state)
{
    idl__room room = { 0 };
    idl__waiter waiter;
    (void)state;
    idl__waiter_init(&waiter, &room);
    uint64_t until = idl__clock_now() + 20 * IDL__MS;
    assert_false(idl__waiter_wait_until(&waiter, until));
    assert_true(idl__clock_now() >= until);
    idl__waiter_signal(&waiter);
    assert_true(idl__waiter_wait_until(&waiter, UINT64_MAX)); /* it had come before */
    assert_false(idl__waiter_wait_until(&waiter, idl__clock_now()));
    idl__waiter_signal(NULL);
    idl__waiter_fini(&waiter);
}

static void with_a_pair(void **state)
{
    idl__room room = { 0 };
    idl__waiter pair, other;
    (void)state;
    idl__waiter_init(&pair, NULL);
    assert_true(idl__waiter_pair(&pair));
    idl__waiter_init(&other, &room);
    pair.next = &other;
    idl__waiter_signal(&pair);
    idl__waiter_wait(&pair);
    idl__waiter_wait(&other);
    idl__waiter_fini(&pair);
    idl__waiter_fini(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(many_at_once),
        cmocka_unit_test(until_a_time),
        cmocka_unit_test(with_a_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
