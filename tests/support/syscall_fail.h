/* SPDX-License-Identifier: MIT */
/* syscall_fail.h: makes the n-th call of a system call fail, once, with one errno, or be short.
 * Link test-syscall-fail: the program's own definitions of these functions come before the C
 * library's, for the runtime and for libuv. Threads share the counts.
 *
 *     for (size_t n = 1; ; n++) {
 *         syscall_fail_at(SYSCALL_recv, n, ECONNRESET);
 *         ... what is tested ...
 *         if (!syscall_fail_happened())
 *             break;                   // every recv has failed once
 *     }
 *     syscall_pause();
 *
 * Left out is what the runtime's arguments cannot make fail (fcntl of flags, sigaction, clocks), and
 * where libuv ends the process by design: epoll_ctl in its loop without memory, and its one-time
 * pipe for signals. */
#ifndef TEST_SYSCALL_FAIL_H
#define TEST_SYSCALL_FAIL_H

#include <stdbool.h>
#include <stddef.h>

#define SYSCALLS(X)                                                                             \
    X(accept4)                                                                                  \
    X(bind)                                                                                     \
    X(chmod)                                                                                    \
    X(close) X(connect) X(epoll_create1) X(epoll_ctl) X(epoll_pwait) X(epoll_wait) X(eventfd)   \
        X(fchmod) X(flock) X(getaddrinfo) X(getpeername) X(getsockname) X(getsockopt) X(listen) \
            X(lstat) X(open) X(pipe) X(pipe2) X(poll) X(pthread_create) X(read) X(recv) X(send) \
                X(sendmsg) X(setsockopt) X(shutdown) X(socket) X(socketpair) X(timerfd_create)  \
                    X(unlink) X(write)

#define SYSCALL_ENUM(name) SYSCALL_##name,
enum { SYSCALLS(SYSCALL_ENUM) SYSCALL_COUNT, SYSCALL_NONE };

/* Faults that are no errno: only the first byte is transferred; the other side has closed. */
enum { FAULT_SHORT = 100000, FAULT_END };

const char *syscall_name(int call);

/* "ECONNRESET", "short". In a buffer of the thread's. */
const char *syscall_fault_name(int call, int fault);

/* The faults that this call can have, as the runtime uses it; 0 ends them. */
const int *syscall_faults(int call);

/* The n-th of these calls from now on has this fault. SYSCALL_NONE: they are counted only. */
void syscall_fail_at(int call, size_t n, int fault);
bool syscall_fail_happened(void);

/* Nothing fails, nothing is counted, until syscall_resume. Calls that are under way are not waited
 * for. */
void syscall_pause(void);
void syscall_resume(void);

/* Calls since syscall_fail_at. */
size_t syscall_count(int call);

/* Is the calling thread left alone? For what the test itself does. */
void syscall_spare(bool spared);

#endif
