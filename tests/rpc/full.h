/* SPDX-License-Identifier: MIT */
/* full.h: a socket that listens, with its queue full: connecting to it takes for ever. */
#ifndef FULL_H
#define FULL_H

#include <sys/socket.h>

typedef struct full {
    int fd, fillers[8];
    struct sockaddr_storage at;
    socklen_t len;
    char address[128];
} full;

void full_tcp(full *f);
void full_unix(full *f);
unsigned full_port(const full *f); /* of full_tcp */
void full_close(full *f);

#endif
