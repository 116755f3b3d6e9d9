/* SPDX-License-Identifier: MIT */
/* systemd.c: descriptors that were passed, and states that are told. */
#include "systemd.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/time.h>
#include <unistd.h>

enum { FIRST_FD = 3, SEND_WAIT_S = 1 };

/* ---- Descriptors ---- */

/* The decimal number that a text is, whole; -1: it is none. */
static long number_of(const char *text)
{
    if (text == NULL || *text < '0' || *text > '9')
        return -1;
    char *end;
    errno = 0;
    long number = strtol(text, &end, 10);
    return *end == '\0' && errno == 0 ? number : -1;
}

/* How many descriptors are there for this process. The variables may have been meant for its parent. */
static int passed_count(void)
{
    long count = number_of(getenv("LISTEN_FDS"));
    if (number_of(getenv("LISTEN_PID")) != (long)getpid() || count < 0)
        return 0;
    return count > INT_MAX - FIRST_FD ? 0 : (int)count;
}

/* The i-th of LISTEN_FDNAMES. Unnamed descriptors are called unknown, as sd_listen_fds_with_names(3)
 * does. */
static bool has_name(int i, const char *name)
{
    const char *at = getenv("LISTEN_FDNAMES");
    for (; at != NULL && i > 0; i--)
        at = (at = strchr(at, ':')) != NULL ? at + 1 : NULL;
    if (at == NULL)
        return strcmp(name, "unknown") == 0;
    size_t len = strcspn(at, ":");
    return strlen(name) == len && memcmp(at, name, len) == 0;
}

static idl_code none(const char *address, const char *why, char *error)
{
    snprintf(error, IDL__ERROR_MAX, "%.192s: %s", address, why);
    return IDL_UNAVAILABLE;
}

idl_code idl__passed_next(const char *address, int *fd, char error[IDL__ERROR_MAX])
{
    int number;
    const char *name = idl__address_passed(address, &number);
    int first = *fd < FIRST_FD ? 0 : *fd - FIRST_FD + 1, count = passed_count();
    if (name == NULL) {
        *fd = *fd < 0 ? number : -1;
        return IDL_OK;
    }
    for (int i = first; i < count; i++)
        if (*name == '\0' || has_name(i, name)) {
            *fd = FIRST_FD + i;
            return IDL_OK;
        }
    if (*fd < 0)
        return none(address,
                    count == 0 ? "no sockets were passed to this process (LISTEN_FDS, LISTEN_PID)"
                               : "no socket of that name was passed (LISTEN_FDNAMES)",
                    error);
    *fd = -1;
    return IDL_OK;
}

/* ---- States ---- */

/* False: no address that a Unix socket could have. */
static bool manager_address(const char *path, struct sockaddr_un *un, socklen_t *len)
{
    size_t size = strlen(path);
    if ((path[0] != '/' && path[0] != '@') || size < 2 || size >= sizeof un->sun_path)
        return false;
    memset(un, 0, sizeof *un);
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, path, size);
    if (path[0] == '@') /* an abstract name begins with NUL */
        un->sun_path[0] = '\0';
    *len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size);
    return true;
}

bool idl__notify(const char *state)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un un;
    socklen_t len;
    if (path == NULL || *path == '\0')
        return true;
    if (!manager_address(path, &un, &len))
        return false;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct timeval wait = { .tv_sec = SEND_WAIT_S };
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
    ssize_t sent =
        sendto(fd, state, strlen(state), MSG_NOSIGNAL, (const struct sockaddr *)&un, len);
    close(fd);
    return sent == (ssize_t)strlen(state);
}
