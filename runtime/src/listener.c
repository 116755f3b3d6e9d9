/* SPDX-License-Identifier: MIT */
/* listener.c: listening sockets, opened, bound and cleaned up after. */
#define _GNU_SOURCE /* accept4, SO_DOMAIN, struct ucred */
#include "listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEEP_IDLE_S = 60, KEEP_INTERVAL_S = 15, KEEP_PROBES = 4, LOCK_WAIT_MS = 2000 };

static int new_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

/* ---- Socket files ---- */

/* The path of a socket with a file, or NULL. */
static const char *file_of(const idl__endpoint *endpoint)
{
    const struct sockaddr_un *un = &endpoint->address.un;
    return un->sun_family == AF_UNIX && un->sun_path[0] != '\0' ? un->sun_path : NULL;
}

/* A socket whose server is gone refuses; anything else that may happen means that it lives. */
static bool is_stale(const idl__endpoint *endpoint)
{
    const char *path = file_of(endpoint);
    struct stat file;
    if (path == NULL || lstat(path, &file) != 0 || !S_ISSOCK(file.st_mode))
        return false;
    int fd = new_socket(AF_UNIX);
    if (fd < 0)
        return false;
    bool refused = connect(fd, &endpoint->address.any, endpoint->len) != 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

/* Locks the folder of a socket file: until its server listens it looks stale, and what another one
 * finds stale it replaces. The descriptor of the lock; -1: no file, or no lock. */
static int lock_folder(const idl__endpoint *endpoint)
{
    const char *path = file_of(endpoint);
    char folder[sizeof endpoint->address.un.sun_path + 1];
    if (path == NULL)
        return -1;
    snprintf(folder, sizeof folder, "%.*s", (int)(strrchr(path, '/') - path) + 1, path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int waited = 0; fd >= 0; waited++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        /* Somebody may hold it for ever; nobody who means well does for long. */
        if ((errno != EWOULDBLOCK && errno != EINTR) || waited == LOCK_WAIT_MS)
            break;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

static void unlock_folder(int lock)
{
    if (lock >= 0)
        close(lock);
}

/* Without the lock a stale file stays, and the address is in use. */
static int bind_over_stale(int fd, const idl__endpoint *endpoint, bool locked)
{
    if (bind(fd, &endpoint->address.any, endpoint->len) == 0)
        return 0;
    int failed = errno;
    if (failed == EADDRINUSE && locked && is_stale(endpoint)) {
        if (unlink(file_of(endpoint)) == 0 && bind(fd, &endpoint->address.any, endpoint->len) == 0)
            return 0;
        failed = errno;
    }
    errno = failed;
    return -1;
}

static void remember_file(idl__listener *listener, const char *path)
{
    struct stat file;
    if (lstat(path, &file) != 0)
        return;
    snprintf(listener->path, sizeof listener->path, "%s", path);
    listener->device = file.st_dev;
    listener->inode = file.st_ino;
}

static void remove_file(idl__listener *listener)
{
    struct stat file;
    if (listener->path[0] && lstat(listener->path, &file) == 0 && file.st_dev == listener->device &&
        file.st_ino == listener->inode)
        unlink(listener->path);
    listener->path[0] = '\0';
}

/* ---- Opening and closing ---- */

static bool set_option(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/* Connections inherit these. Keepalive is for clients that are gone without a word. */
static bool set_tcp_options(int fd)
{
    return set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1) &&
           set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, KEEP_IDLE_S) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, KEEP_INTERVAL_S) &&
           set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, KEEP_PROBES);
}

static bool set_options(int fd, const idl__endpoint *endpoint)
{
    int family = endpoint->address.any.sa_family;
    if (family == AF_UNIX)
        return true;
    return set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1) && set_tcp_options(fd) &&
           (family != AF_INET6 || set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0));
}

/* The socket's own mode is what its file begins with, less the umask: so never with more. */
static void set_mode_before(int fd, const idl__endpoint *endpoint, unsigned mode)
{
    if (file_of(endpoint) && mode != 0)
        fchmod(fd, mode & 0777);
}

static bool set_mode(const idl__endpoint *endpoint, unsigned mode)
{
    return !file_of(endpoint) || mode == 0 || chmod(file_of(endpoint), mode & 0777) == 0;
}

static void name(idl__listener *listener, const idl__endpoint *bound)
{
    const char *prefix = idl__protocol_prefix(listener->protocol);
    char text[IDL__ENDPOINT_TEXT];
    idl__endpoint_text(bound, text);
    snprintf(listener->text, sizeof listener->text, "%s%.*s", prefix,
             (int)(sizeof text - 1 - strlen(prefix)), text);
}

/* 0, or an errno value. */
static int open_at(idl__listener *listener, const idl__endpoint *endpoint, unsigned mode)
{
    idl__endpoint bound = { .len = sizeof bound.address };
    listener->fd = new_socket(endpoint->address.any.sa_family);
    if (listener->fd < 0)
        return errno;
    set_mode_before(listener->fd, endpoint, mode);
    int lock = lock_folder(endpoint);
    if (!set_options(listener->fd, endpoint) ||
        bind_over_stale(listener->fd, endpoint, lock >= 0) != 0)
        goto failed;
    if (file_of(endpoint))
        remember_file(listener, file_of(endpoint));
    if (!set_mode(endpoint, mode) || listen(listener->fd, SOMAXCONN) != 0 ||
        getsockname(listener->fd, &bound.address.any, &bound.len) != 0)
        goto failed;
    unlock_folder(lock);
    name(listener, &bound);
    return 0;

failed:;
    int failed = errno;
    idl__listener_close(listener);
    unlock_folder(lock);
    return failed;
}

idl_code idl__listener_open(idl__listener *listener, const char *address, unsigned mode,
                            char error[IDL__ERROR_MAX])
{
    idl__endpoint endpoints[IDL__ENDPOINTS_MAX];
    size_t count;
    *listener = (idl__listener){ .fd = -1 };
    idl_code code = idl__address_resolve(address, IDL__LISTEN, endpoints, &count, error);
    if (code != IDL_OK)
        return code;
    listener->protocol = idl__address_protocol(address);
    int failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed = open_at(listener, &endpoints[i], mode);
        /* The next address is for hosts that lack this one, not for ports that are taken. */
        if (failed != EAFNOSUPPORT && failed != EADDRNOTAVAIL)
            break;
    }
    return failed == 0 ? IDL_OK : idl__address_errno(address, failed, error);
}

/* ---- Sockets that were passed ---- */

static int get_option(int fd, int name)
{
    int value = -1;
    socklen_t len = sizeof value;
    return getsockopt(fd, SOL_SOCKET, name, &value, &len) == 0 ? value : -1;
}

/* Why the descriptor can't be listened on; NULL: it can. */
static const char *why_not(int fd)
{
    int domain = get_option(fd, SO_DOMAIN);
    if (fcntl(fd, F_GETFD) < 0)
        return "there is no such descriptor";
    if (get_option(fd, SO_TYPE) != SOCK_STREAM ||
        (domain != AF_INET && domain != AF_INET6 && domain != AF_UNIX))
        return "not a stream socket of TCP or Unix";
    if (get_option(fd, SO_ACCEPTCONN) != 1)
        return "not a listening socket (with Accept=yes a service gets connections)";
    return NULL;
}

idl_code idl__listener_adopt(idl__listener *listener, const char *address, int fd,
                             char error[IDL__ERROR_MAX])
{
    const char *why = why_not(fd);
    idl__endpoint bound = { .len = sizeof bound.address };
    if (why != NULL) {
        snprintf(error, IDL__ERROR_MAX, "%.192s: descriptor %d: %s", address, fd, why);
        return IDL_INVALID_ARGUMENT;
    }
    int flags = fcntl(fd, F_GETFL);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
        getsockname(fd, &bound.address.any, &bound.len) != 0 ||
        (bound.address.any.sa_family != AF_UNIX && !set_tcp_options(fd)))
        return idl__address_errno(address, errno, error);
    *listener =
        (idl__listener){ .fd = fd, .passed = true, .protocol = idl__address_protocol(address) };
    name(listener, &bound);
    return IDL_OK;
}

void idl__listener_close(idl__listener *listener)
{
    if (listener->fd < 0)
        return;
    remove_file(listener);
    close(listener->fd);
    listener->fd = -1;
}

int idl__listener_accept(const idl__listener *listener, idl__endpoint *from)
{
    int fd;
    *from = (idl__endpoint){ .len = 0 };
    do {
        from->len = sizeof from->address;
        fd = accept4(listener->fd, &from->address.any, &from->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
    } while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
    return fd;
}

idl_credentials idl__accepted_credentials(const idl__endpoint *from, int fd)
{
    struct ucred ucred;
    socklen_t len = sizeof ucred;
    if (from->address.any.sa_family != AF_UNIX ||
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &ucred, &len) != 0)
        return (idl_credentials){ -1, -1, -1 };
    return (idl_credentials){ ucred.pid, ucred.uid, ucred.gid };
}
