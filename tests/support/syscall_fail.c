/* SPDX-License-Identifier: MIT */
/* syscall_fail.c: see syscall_fail.h. */
#define _GNU_SOURCE /* RTLD_NEXT, accept4, pipe2 */
#include "syscall_fail.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* ---- What fails, and how ---- */

#define SYSCALL_NAME(name) #name,
static const char *const names[] = { SYSCALLS(SYSCALL_NAME) };

enum { FAULTS_MAX = 16 };

/* From the manual pages, less what wrong arguments are answered with. EINPROGRESS and EINTR of a
 * connect leave it under way, as the kernel does. */
static const int faults[SYSCALL_COUNT][FAULTS_MAX] = {
    [SYSCALL_accept4] = { EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM, EPROTO,
                          EPERM, ENETDOWN, EHOSTUNREACH, ETIMEDOUT },
    [SYSCALL_bind] = { EADDRINUSE, EACCES, EADDRNOTAVAIL, ENOMEM, EROFS, ENOSPC, ENAMETOOLONG },
    [SYSCALL_chmod] = { EACCES, EPERM, EROFS, ENOENT, EIO, ENOMEM },
    [SYSCALL_close] = { EINTR, EIO },
    [SYSCALL_connect] = { EINTR, EINPROGRESS, ECONNREFUSED, ECONNRESET, ETIMEDOUT, ENETUNREACH,
                          EHOSTUNREACH, EADDRNOTAVAIL, EAGAIN, EACCES, EPERM, ENOENT, ENOBUFS,
                          ENOMEM },
    [SYSCALL_epoll_create1] = { EMFILE, ENFILE, ENOMEM },
    [SYSCALL_epoll_ctl] = { ENOMEM, ENOSPC, EPERM },
    [SYSCALL_epoll_pwait] = { EINTR },
    [SYSCALL_epoll_wait] = { EINTR },
    [SYSCALL_eventfd] = { EMFILE, ENFILE, ENOMEM, ENODEV },
    [SYSCALL_fchmod] = { EPERM, EROFS, EIO },
    [SYSCALL_flock] = { EINTR, EWOULDBLOCK, ENOLCK },
    [SYSCALL_getaddrinfo] = { EAI_AGAIN, EAI_FAIL, EAI_MEMORY, EAI_NONAME, EAI_SYSTEM },
    [SYSCALL_getpeername] = { ENOTCONN, ENOBUFS },
    [SYSCALL_getsockname] = { ENOBUFS },
    [SYSCALL_getsockopt] = { ENOBUFS, ENOPROTOOPT },
    [SYSCALL_listen] = { EADDRINUSE, EACCES },
    [SYSCALL_lstat] = { EACCES, ENOENT, EIO, ENOMEM },
    [SYSCALL_open] = { EACCES, EMFILE, ENFILE, ENOMEM, EINTR },
    [SYSCALL_pipe] = { EMFILE, ENFILE },
    [SYSCALL_pipe2] = { EMFILE, ENFILE },
    [SYSCALL_poll] = { EINTR, ENOMEM },
    [SYSCALL_pthread_create] = { EAGAIN },
    [SYSCALL_read] = { EINTR },
    [SYSCALL_recv] = { EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH,
                       ENETUNREACH, ENOBUFS, ENOMEM, FAULT_SHORT, FAULT_END },
    [SYSCALL_send] = { EINTR, EAGAIN, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
                       ENETDOWN, EACCES, ENOBUFS, ENOMEM, FAULT_SHORT },
    [SYSCALL_sendmsg] = { EINTR, EAGAIN, ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH,
                          ENETDOWN, EACCES, ENOBUFS, ENOMEM, FAULT_SHORT },
    [SYSCALL_setsockopt] = { ENOBUFS, ENOMEM, ENOPROTOOPT },
    [SYSCALL_shutdown] = { ENOTCONN },
    [SYSCALL_socket] = { EMFILE, ENFILE, ENOBUFS, ENOMEM, EACCES, EAFNOSUPPORT },
    [SYSCALL_socketpair] = { EMFILE, ENFILE, ENOMEM },
    [SYSCALL_timerfd_create] = { EMFILE, ENFILE, ENOMEM, ENODEV },
    [SYSCALL_unlink] = { EACCES, EPERM, EROFS, EBUSY, EIO },
    [SYSCALL_write] = { EINTR },
};

const char *syscall_name(int call)
{
    return call < SYSCALL_COUNT ? names[call] : "none";
}

const char *syscall_fault_name(int call, int fault)
{
    static _Thread_local char text[40];
    const char *name = call == SYSCALL_getaddrinfo ? gai_strerror(fault) : strerrorname_np(fault);
    if (fault == FAULT_SHORT)
        name = "short";
    if (fault == FAULT_END)
        name = "end";
    snprintf(text, sizeof text, "%s", name != NULL ? name : "?");
    return text;
}

const int *syscall_faults(int call)
{
    return faults[call];
}

/* ---- When ---- */

static atomic_bool armed, happened;
static atomic_int fails_call, fails_how;
static atomic_size_t fails_at, seen[SYSCALL_COUNT];
static _Thread_local bool spared;

void syscall_fail_at(int call, size_t n, int fault)
{
    armed = false;
    for (int i = 0; i < SYSCALL_COUNT; i++)
        seen[i] = 0;
    fails_call = call;
    fails_at = n;
    fails_how = fault;
    happened = false;
    armed = true;
}

bool syscall_fail_happened(void)
{
    return happened;
}

void syscall_pause(void)
{
    armed = false;
}

void syscall_resume(void)
{
    armed = true;
}

size_t syscall_count(int call)
{
    return seen[call];
}

void syscall_spare(bool spare)
{
    spared = spare;
}

/* The fault that this call is to have; 0: none. */
static int due(int call)
{
    if (!armed || spared || atomic_fetch_add(&seen[call], 1) + 1 != fails_at || call != fails_call)
        return 0;
    happened = true;
    return fails_how;
}

/* ---- The calls ---- */

/* Looks the C library's one up, or the sanitizer's before it. */
#define NEXT(name)                                 \
    static _Atomic(__typeof__(&name)) found;       \
    __typeof__(&name) next = found;                \
    if (next == NULL) {                            \
        *(void **)&next = dlsym(RTLD_NEXT, #name); \
        found = next;                              \
    }

/* One whose faults are errno values only, and which has done nothing then. */
#define PLAIN(type, name, parameters, arguments) \
    type name parameters                         \
    {                                            \
        NEXT(name)                               \
        int fault = due(SYSCALL_##name);         \
        if (fault == 0)                          \
            return next arguments;               \
        errno = fault;                           \
        return -1;                               \
    }

// clang-format off
PLAIN(int, accept4, (int fd, __SOCKADDR_ARG addr, socklen_t *len, int flags), (fd, addr, len, flags))
PLAIN(int, bind, (int fd, __CONST_SOCKADDR_ARG addr, socklen_t len), (fd, addr, len))
PLAIN(int, chmod, (const char *path, mode_t mode), (path, mode))
PLAIN(int, epoll_create1, (int flags), (flags))
PLAIN(int, epoll_pwait, (int fd, struct epoll_event *events, int max, int ms, const sigset_t *mask),
      (fd, events, max, ms, mask))
PLAIN(int, epoll_wait, (int fd, struct epoll_event *events, int max, int ms), (fd, events, max, ms))
PLAIN(int, eventfd, (unsigned count, int flags), (count, flags))
PLAIN(int, fchmod, (int fd, mode_t mode), (fd, mode))
PLAIN(int, flock, (int fd, int operation), (fd, operation))
PLAIN(int, getpeername, (int fd, __SOCKADDR_ARG addr, socklen_t *len), (fd, addr, len))
PLAIN(int, getsockname, (int fd, __SOCKADDR_ARG addr, socklen_t *len), (fd, addr, len))
PLAIN(int, getsockopt, (int fd, int level, int name, void *value, socklen_t *len),
      (fd, level, name, value, len))
PLAIN(int, listen, (int fd, int backlog), (fd, backlog))
PLAIN(int, lstat, (const char *path, struct stat *to), (path, to))
PLAIN(int, pipe, (int fds[2]), (fds))
PLAIN(int, pipe2, (int fds[2], int flags), (fds, flags))
PLAIN(int, poll, (struct pollfd *fds, nfds_t count, int ms), (fds, count, ms))
PLAIN(ssize_t, read, (int fd, void *to, size_t len), (fd, to, len))
PLAIN(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len),
      (fd, level, name, value, len))
PLAIN(int, shutdown, (int fd, int how), (fd, how))
PLAIN(int, socket, (int family, int type, int protocol), (family, type, protocol))
PLAIN(int, socketpair, (int family, int type, int protocol, int fds[2]),
      (family, type, protocol, fds))
PLAIN(int, timerfd_create, (clockid_t clock, int flags), (clock, flags))
PLAIN(int, unlink, (const char *path), (path))
PLAIN(ssize_t, write, (int fd, const void *from, size_t len), (fd, from, len))
// clang-format on

/* The descriptor is gone in any case. */
int close(int fd)
{
    NEXT(close)
    int fault = due(SYSCALL_close), result = next(fd);
    if (fault == 0)
        return result;
    errno = fault;
    return -1;
}

int connect(int fd, __CONST_SOCKADDR_ARG addr, socklen_t len)
{
    NEXT(connect)
    int fault = due(SYSCALL_connect), family = addr.__sockaddr__->sa_family;
    if (fault == EAGAIN && family != AF_UNIX)
        fault = 0; /* what a full queue of a local server is answered with */
    if ((fault == EINTR || fault == EINPROGRESS) && family == AF_UNIX)
        fault = 0; /* these never wait */
    if (fault == 0)
        return next(fd, addr, len);
    if (fault == EINTR || fault == EINPROGRESS)
        next(fd, addr, len);
    errno = fault;
    return -1;
}

/* uv_poll_init tries a descriptor out, with data.fd -1. Where the loop itself adds one libuv gives
 * up, which is not ours to test. */
int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    NEXT(epoll_ctl)
    bool trial = operation == EPOLL_CTL_ADD && event->data.fd == -1;
    int fault = trial ? due(SYSCALL_epoll_ctl) : 0;
    if (fault == 0)
        return next(epoll, operation, fd, event);
    errno = fault;
    return -1;
}

int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **found_list)
{
    NEXT(getaddrinfo)
    int fault = due(SYSCALL_getaddrinfo);
    errno = ENOMEM; /* what EAI_SYSTEM refers to */
    return fault == 0 ? next(host, port, hints, found_list) : fault;
}

int open(const char *path, int flags, ...)
{
    NEXT(open)
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    int fault = due(SYSCALL_open);
    if (fault == 0)
        return next(path, flags, mode);
    errno = fault;
    return -1;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *arg)
{
    NEXT(pthread_create)
    int fault = due(SYSCALL_pthread_create);
    return fault == 0 ? next(thread, attributes, start, arg) : fault;
}

/* Only what does not wait says that it would have to. */
static bool waits(int fd, int flags)
{
    return (flags & MSG_DONTWAIT) == 0 && (fcntl(fd, F_GETFL) & O_NONBLOCK) == 0;
}

ssize_t recv(int fd, void *to, size_t len, int flags)
{
    NEXT(recv)
    int fault = due(SYSCALL_recv);
    if (len == 1 && fault != EINTR)
        fault = 0; /* the byte that wakes a thread: from a pair of our own, which is never closed */
    if (fault == FAULT_END)
        return 0;
    if (fault == FAULT_SHORT)
        return next(fd, to, 1, flags);
    if (fault == 0 || (fault == EAGAIN && waits(fd, flags)))
        return next(fd, to, len, flags);
    errno = fault;
    return -1;
}

/* Whoever is told this has no connection any more. */
static bool is_dead(int fault)
{
    return fault == ECONNRESET || fault == EPIPE || fault == ETIMEDOUT;
}

ssize_t send(int fd, const void *from, size_t len, int flags)
{
    NEXT(send)
    int fault = due(SYSCALL_send);
    if (len == 1 && fault != EINTR && fault != ENOBUFS && fault != ENOMEM)
        fault = 0; /* as above */
    if (fault == FAULT_SHORT)
        return next(fd, from, 1, flags);
    if (fault == 0 || (fault == EAGAIN && waits(fd, flags)))
        return next(fd, from, len, flags);
    if (is_dead(fault))
        shutdown(fd, SHUT_RDWR);
    errno = fault;
    return -1;
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    NEXT(sendmsg)
    int fault = due(SYSCALL_sendmsg);
    if (fault == FAULT_SHORT) {
        struct iovec first = { message->msg_iov[0].iov_base, 1 };
        return next(fd, &(struct msghdr){ .msg_iov = &first, .msg_iovlen = 1 }, flags);
    }
    if (fault == 0 || (fault == EAGAIN && waits(fd, flags)))
        return next(fd, message, flags);
    if (is_dead(fault))
        shutdown(fd, SHUT_RDWR);
    errno = fault;
    return -1;
}
