/* SPDX-License-Identifier: MIT */
/* frame_io_test.c: frames over sockets and pipes that do everything they are allowed to do. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <idl/frame.h>

#include "alloc_fail.h"
#include "effort.h"
#include "peer.h"

enum { LARGE = 3000000 };

static void socket_pair(int fds[2])
{
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
}

static void close_both(const int fds[2])
{
    close(fds[0]);
    close(fds[1]);
}

static idl_bytes pattern(size_t len)
{
    uint8_t *data = malloc(len + 1);
    for (size_t i = 0; i < len; i++)
        data[i] = peer_byte(i);
    return (idl_bytes){ data, len };
}

static const size_t lens[] = { 0, 1, 3, 65535, 65536, 65537, LARGE, 0, 200000, 131072, 131073 };
enum { LENS = sizeof lens / sizeof *lens };

struct sender {
    int fd;
    idl_code code;
};

static void *send_all(void *arg)
{
    struct sender *s = arg;
    for (size_t i = 0; i < LENS && s->code == IDL_OK; i++) {
        idl_bytes frame = pattern(lens[i]);
        s->code = idl_frame_send(s->fd, frame);
        free((void *)(uintptr_t)frame.data);
    }
    return NULL;
}

/* Sends all frames through fds from another thread. */
static void exchange(const int fds[2])
{
    struct sender sender = { fds[1], IDL_OK };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, send_all, &sender), 0);
    idl_arena *arena = idl_arena_new();
    for (size_t i = 0; i < LENS; i++) {
        idl_bytes frame, expected = pattern(lens[i]);
        assert_int_equal(idl_frame_recv(fds[0], arena, 0, &frame), IDL_OK);
        assert_int_equal(frame.len, lens[i]);
        assert_memory_equal(frame.data, expected.data, frame.len);
        assert_int_equal(frame.data[frame.len], 0);
        free((void *)(uintptr_t)expected.data);
        if (i % 3 == 0)
            idl_arena_reset(arena);
    }
    pthread_join(thread, NULL);
    assert_int_equal(sender.code, IDL_OK);
    idl_arena_free(arena);
}

static void test_sockets(void **state)
{
    (void)state;
    int fds[2], tiny = 1;
    socket_pair(fds);
    setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &tiny, sizeof tiny);
    exchange(fds);
    /* And without waiting in the calls themselves. */
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    exchange(fds);
    close_both(fds);
}

static void test_pipes(void **state)
{
    (void)state;
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    exchange(fds);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    fcntl(fds[1], F_SETFL, O_NONBLOCK);
    exchange(fds);
    close_both(fds);
}

static void on_alarm(int signal)
{
    (void)signal;
}

/* Waits for a while, then does its part; the signals are for the other thread. */
static void *late_partner(void *arg)
{
    struct sender *s = arg;
    sigset_t alarm;
    struct timespec wait = { 0, 30000000 };
    sigemptyset(&alarm);
    sigaddset(&alarm, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    nanosleep(&wait, NULL);
    if (s->code == IDL_AGAIN) {
        s->code = idl_frame_send(s->fd, (idl_bytes){ (const uint8_t *)"Ada", 3 });
    } else {
        idl_arena *arena = idl_arena_new();
        idl_bytes frame;
        s->code = idl_frame_recv(s->fd, arena, 0, &frame);
        idl_arena_free(arena);
    }
    return NULL;
}

static void interrupted(const int fds[2])
{
    pthread_t thread;
    struct sender other = { fds[1], IDL_AGAIN };
    assert_int_equal(pthread_create(&thread, NULL, late_partner, &other), 0);
    idl_arena *arena = idl_arena_new();
    idl_bytes frame, large = pattern(LARGE);
    assert_int_equal(idl_frame_recv(fds[0], arena, 0, &frame), IDL_OK);
    assert_int_equal(frame.len, 3);
    pthread_join(thread, NULL);
    assert_int_equal(other.code, IDL_OK);
    assert_int_equal(pthread_create(&thread, NULL, late_partner, &other), 0);
    assert_int_equal(idl_frame_send(fds[0], large), IDL_OK);
    pthread_join(thread, NULL);
    assert_int_equal(other.code, IDL_OK);
    free((void *)(uintptr_t)large.data);
    idl_arena_free(arena);
}

/* Signals while it waits, with and without O_NONBLOCK. */
static void test_signals(void **state)
{
    (void)state;
    int fds[2];
    struct sigaction action = { .sa_handler = on_alarm }; /* without SA_RESTART */
    long pause = 1000L * test_effort();
    struct itimerval often = { { 0, pause }, { 0, pause } }, never = { { 0, 0 }, { 0, 0 } };
    socket_pair(fds);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    interrupted(fds);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    interrupted(fds);
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN); /* for good: one may still be on its way */
    close_both(fds);
}

static void test_exact_bytes(void **state)
{
    (void)state;
    int fds[2];
    socket_pair(fds);
    static const uint8_t ada[] = { 'A', 'd', 'a' };
    assert_int_equal(idl_frame_send(fds[1], (idl_bytes){ ada, 3 }), IDL_OK);
    assert_int_equal(idl_frame_send(fds[1], (idl_bytes){ NULL, 0 }), IDL_OK);
    uint8_t wire[32];
    assert_int_equal(read(fds[0], wire, sizeof wire), 11);
    assert_memory_equal(wire, "\0\0\0\3Ada\0\0\0\0", 11);
    close_both(fds);
}

/* Nothing beyond the frame is read: what follows is still in the socket. */
static void test_not_one_byte_more(void **state)
{
    (void)state;
    int fds[2];
    socket_pair(fds);
    assert_int_equal(write(fds[1], "\0\0\0\3Ada\0\0\0\0x", 12), 12);
    idl_arena *arena = idl_arena_new();
    idl_bytes frame;
    assert_int_equal(idl_frame_recv(fds[0], arena, 0, &frame), IDL_OK);
    assert_int_equal(frame.len, 3);
    uint8_t rest[16];
    assert_int_equal(recv(fds[0], rest, sizeof rest, MSG_PEEK), 5);
    assert_int_equal(idl_frame_recv(fds[0], arena, 0, &frame), IDL_OK);
    assert_int_equal(frame.len, 0);
    assert_non_null(frame.data);
    assert_int_equal(recv(fds[0], rest, sizeof rest, MSG_PEEK), 1);
    idl_arena_free(arena);
    close_both(fds);
}

static idl_code recv_of(const char *bytes_in, size_t len, size_t limit)
{
    int fds[2];
    socket_pair(fds);
    assert_int_equal(write(fds[1], bytes_in, len), len);
    close(fds[1]);
    idl_arena *arena = idl_arena_new();
    idl_bytes frame = { NULL, 7 };
    alloc_fail_at(0);
    idl_code code = idl_frame_recv(fds[0], arena, limit, &frame);
    if (code == IDL_RESOURCE_EXHAUSTED)
        assert_int_equal(alloc_count(), 0);
    if (code != IDL_OK) {
        assert_non_null(frame.data);
        assert_int_equal(frame.len, 0);
    }
    idl_arena_free(arena);
    close(fds[0]);
    return code;
}

static void test_ends(void **state)
{
    (void)state;
    assert_int_equal(recv_of("", 0, 0), IDL_OUT_OF_RANGE);
    for (size_t len = 1; len < 7; len++)
        assert_int_equal(recv_of("\0\0\0\3Ada", len, 0), IDL_DATA_LOSS);
    assert_int_equal(recv_of("\0\0\0\3Ada", 7, 0), IDL_OK);
    assert_int_equal(recv_of("\0\x20\0\0abc", 7, 0), IDL_DATA_LOSS);
}

static void test_limits(void **state)
{
    (void)state;
    assert_int_equal(recv_of("\0\0\0\3Ada", 7, 3), IDL_OK);
    assert_int_equal(recv_of("\0\0\0\3Ada", 7, 2), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(recv_of("\0\x40\0\1", 4, 0), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(recv_of("\0\x40\0\0", 4, 0), IDL_DATA_LOSS);
    assert_int_equal(recv_of("\x10\0\0\0", 4, SIZE_MAX), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(recv_of("GET / HTTP/1.1\r\n", 16, SIZE_MAX), IDL_RESOURCE_EXHAUSTED);
    int fds[2];
    socket_pair(fds);
    assert_int_equal(
        idl_frame_send(fds[1], (idl_bytes){ (const uint8_t *)"", (size_t)IDL_FRAME_LIMIT_MAX + 1 }),
        IDL_INVALID_ARGUMENT);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    char c;
    assert_int_equal(read(fds[0], &c, 1), -1);
    close_both(fds);
}

static volatile sig_atomic_t pipes_broken;
static void on_pipe(int signal)
{
    (void)signal;
    pipes_broken++;
}

/* The peer is gone: an error, and no SIGPIPE, neither now nor later. */
static void test_peer_gone(void **state)
{
    (void)state;
    struct sigaction action = { .sa_handler = on_pipe }, old;
    sigaction(SIGPIPE, &action, &old);
    idl_bytes frame = pattern(100000);
    for (int kind = 0; kind < 2; kind++) {
        int fds[2];
        if (kind == 0)
            socket_pair(fds);
        else
            assert_int_equal(pipe(fds), 0);
        close(fds[0]);
        errno = 0;
        assert_int_equal(idl_frame_send(fds[1], frame), IDL_UNAVAILABLE);
        assert_int_equal(errno, EPIPE);
        close(fds[1]);
    }
    assert_int_equal(idl_frame_send(-1, frame), IDL_UNAVAILABLE);
    assert_int_equal(errno, EBADF);
    sigset_t pending;
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 0);
    assert_int_equal(pipes_broken, 0);
    sigaction(SIGPIPE, &old, NULL);
    free((void *)(uintptr_t)frame.data);
}

/* Somebody else's SIGPIPE, blocked and pending, stays so. */
static void test_pending_sigpipe_stays(void **state)
{
    (void)state;
    sigset_t set, old, pending;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, &old);
    raise(SIGPIPE);
    int fds[2];
    assert_int_equal(pipe(fds), 0);
    close(fds[0]);
    assert_int_equal(idl_frame_send(fds[1], (idl_bytes){ (const uint8_t *)"x", 1 }),
                     IDL_UNAVAILABLE);
    close(fds[1]);
    sigpending(&pending);
    assert_int_equal(sigismember(&pending, SIGPIPE), 1);
    int taken;
    sigwait(&set, &taken);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

/* A claim alone takes little: a megabyte is claimed, a few bytes come. */
static void test_memory_by_arrival(void **state)
{
    (void)state;
    idl_bytes frame;
    assert_int_equal(idl_frame_recv(-1, NULL, 0, &frame), IDL_RESOURCE_EXHAUSTED);
    for (size_t n = 1;; n++) {
        int fds[2];
        socket_pair(fds);
        idl_bytes sent = pattern(150000);
        int large = 1 << 20;
        setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &large, sizeof large);
        assert_int_equal(idl_frame_send(fds[1], sent), IDL_OK);
        idl_arena *arena = idl_arena_new();
        alloc_fail_at(n);
        idl_code code = idl_frame_recv(fds[0], arena, 0, &frame);
        bool failed = alloc_fail_happened();
        assert_int_equal(code, failed ? IDL_RESOURCE_EXHAUSTED : IDL_OK);
        assert_int_equal(idl_arena_failed(arena), failed);
        if (!failed)
            assert_memory_equal(frame.data, sent.data, sent.len);
        alloc_fail_at(0);
        idl_arena_free(arena);
        free((void *)(uintptr_t)sent.data);
        close_both(fds);
        if (!failed) {
            assert_true(n > 2); /* it grew in steps */
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exact_bytes),
        cmocka_unit_test(test_not_one_byte_more),
        cmocka_unit_test(test_sockets),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_signals),
        cmocka_unit_test(test_ends),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_peer_gone),
        cmocka_unit_test(test_pending_sigpipe_stays),
        cmocka_unit_test(test_memory_by_arrival),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
