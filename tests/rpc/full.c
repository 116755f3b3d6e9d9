/* SPDX-License-Identifier: MIT */
/* full.c: a socket whose queue is full. */
#include "full.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

enum { FILLERS = sizeof((full *)NULL)->fillers / sizeof(int) };

static void fill(full *f, const void *address, socklen_t len)
{
    *f = (full){ .len = len };
    memcpy(&f->at, address, len);
    f->fd = socket(f->at.ss_family, SOCK_STREAM, 0);
    if (bind(f->fd, (struct sockaddr *)&f->at, len) != 0 || listen(f->fd, 0) != 0)
        abort();
    getsockname(f->fd, (struct sockaddr *)&f->at, &f->len);
    for (int i = 0; i < FILLERS; i++) {
        f->fillers[i] = socket(f->at.ss_family, SOCK_STREAM, 0);
        fcntl(f->fillers[i], F_SETFL, O_NONBLOCK);
        connect(f->fillers[i], (struct sockaddr *)&f->at, f->len);
    }
}

void full_tcp(full *f)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fill(f, &at, sizeof at);
    snprintf(f->address, sizeof f->address, "tcp://127.0.0.1:%u", full_port(f));
}

void full_unix(full *f)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int len = snprintf(at.sun_path + 1, sizeof at.sun_path - 1, "idl-full-%ld", (long)getpid());
    fill(f, &at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len));
    snprintf(f->address, sizeof f->address, "unix://@%s", at.sun_path + 1);
}

unsigned full_port(const full *f)
{
    struct sockaddr_in at;
    memcpy(&at, &f->at, sizeof at);
    return ntohs(at.sin_port);
}

void full_close(full *f)
{
    for (int i = 0; i < FILLERS; i++)
        close(f->fillers[i]);
    close(f->fd);
}
