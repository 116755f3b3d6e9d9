/* SPDX-License-Identifier: MIT */
/* client_cost_test.c: what a call costs when nothing is in its way: two system calls and no memory.
 *
 * The linker sends what the runtime calls through the functions below (--wrap), which count what the
 * test's own thread does. */
#define _GNU_SOURCE /* sched_setaffinity */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "alloc_fail.h"
#include "fixture.h"
#include "scripted.h"

static _Thread_local bool counting;
static _Thread_local long sends, recvs, others;
static _Thread_local size_t allocations;

ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    sends += counting;
    return __real_sendmsg(fd, message, flags);
}

ssize_t __real_recv(int fd, void *to, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *to, size_t len, int flags)
{
    recvs += counting;
    return __real_recv(fd, to, len, flags);
}

int __real_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout)
{
    others += counting;
    return __real_poll(fds, count, timeout);
}

ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    sends += counting;
    return __real_send(fd, data, len, flags);
}

/* Begins to count, after calls have warmed everything up. */
static void begin(void)
{
    alloc_fail_at(0);
    sends = recvs = others = 0;
    counting = true;
}

/* Counts what 1,000 calls cost, of 1,010. Returns how many oneways arrived. */
static unsigned count_calls(const idl_method *method, note *reply, uint32_t timeout_ms)
{
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("Ada"), .data = { (const uint8_t *)"xyz", 3 } };
    for (int i = 0; i < 1010; i++) {
        if (i == 10)
            begin();
        if (timeout_ms != 0)
            idl_call_set_timeout(call, timeout_ms);
        assert_int_equal(idl_client_call(channel, call, &request, reply, method), IDL_OK);
    }
    counting = false;
    allocations = alloc_count();
    idl_call_free(call);
    idl_channel_close(channel);
    unsigned heard = peer_heard(server);
    peer_stop(server);
    return heard;
}

/* A look at a connection that was idle, if the machine was that slow, is one more. */
static void blocking_calls_cost_two_system_calls_each(void **state)
{
    note reply;
    (void)state;
    count_calls(&echo_method, &reply, 0);
    assert_int_equal(sends, 1000);
    assert_in_range(recvs, 1000, 1005);
    assert_int_equal(others, 0);
    assert_int_equal(allocations, 0);
}

/* A deadline is waited for in poll(). */
static void a_deadline_costs_one_more(void **state)
{
    (void)state;
    count_calls(&echo_method, NULL, 60000);
    assert_int_equal(sends, 1000);
    assert_in_range(recvs, 1000, 1005);
    assert_int_equal(others, 1000);
    assert_int_equal(allocations, 0);
}

static void oneway_calls_cost_one(void **state)
{
    (void)state;
    assert_int_equal(count_calls(&tell_method, NULL, 0), 1010);
    assert_in_range(sends, 900, 1000); /* fewer when the socket was full for a while */
    assert_in_range(recvs, 0, 10);
    assert_int_equal(others, 0);
}

typedef struct chain {
    idl_channel *channel;
    long left, done;
} chain;

static void step(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    chain *c = arg;
    (void)call, (void)user;
    c->done += code == IDL_OK;
    if (c->left-- > 0)
        idl_client_async(c->channel, NULL, reply, (void (*)(void))step, c, &echo_method);
    if (c->left == 5000)
        begin();
}

static void async_calls_share_theirs(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    chain c = { .channel = idl_channel_open(peer_address(server), NULL), .left = 6000 };
    const note request = { .text = IDL_STR("Ada") };
    for (int i = 0; i < 64; i++)
        idl_client_async(c.channel, NULL, &request, (void (*)(void))step, &c, &echo_method);
    idl_channel_run(c.channel);
    counting = false;
    assert_int_equal(c.done, 6064);
    assert_int_equal(alloc_count(), 0);
    assert_in_range(sends, 1, 5064);
    idl_channel_close(c.channel);
    peer_stop(server);
}

enum { THREADS = 32, EACH = 300 };

typedef struct crowd {
    idl_channel *channel;
    atomic_long ok, sends;
} crowd;

static void *call_often(void *arg)
{
    crowd *c = arg;
    idl_call *call = idl_call_new();
    const struct text request = { IDL_STR("Ada") };
    counting = true;
    for (int i = 0; i < EACH; i++)
        c->ok += idl_client_call(c->channel, call, &request, NULL, &text_echo) == IDL_OK;
    c->sends += sends;
    idl_call_free(call);
    return NULL;
}

/* On one processor, where those that are woken together wait for each other anyway. What else it has
 * to do tears them apart at times: it is enough that they keep together once. */
static void threads_share_their_writes(void **state)
{
    cpu_set_t one, all;
    long least = THREADS * EACH;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof all, &all), 0);
    CPU_ZERO(&one);
    for (size_t i = 0; CPU_COUNT(&one) == 0; i++)
        if (CPU_ISSET(i, &all))
            CPU_SET(i, &one);
    assert_int_equal(sched_setaffinity(0, sizeof one, &one), 0);
    struct fixture fixture;
    fixture_start(&fixture, "tcp://127.0.0.1:0", NULL, NULL, NULL, NULL);
    for (int attempt = 0; attempt < 10 && least > THREADS * EACH / 4; attempt++) {
        pthread_t threads[THREADS];
        crowd c = { .channel = idl_channel_open(fixture_address(&fixture), NULL) };
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, call_often, &c), 0);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        assert_int_equal(c.ok, THREADS * EACH);
        least = c.sends < least ? c.sends : least;
        idl_channel_close(c.channel);
    }
    fixture_stop(&fixture);
    sched_setaffinity(0, sizeof all, &all);
    assert_in_range(least, 1, THREADS * EACH / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_calls_cost_two_system_calls_each),
        cmocka_unit_test(a_deadline_costs_one_more),
        cmocka_unit_test(oneway_calls_cost_one),
        cmocka_unit_test(async_calls_share_theirs),
        cmocka_unit_test(threads_share_their_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
