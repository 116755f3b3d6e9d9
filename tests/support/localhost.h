/* SPDX-License-Identifier: MIT */
/* localhost.h: whether the machine knows the name: one without /etc/hosts does not. */
#ifndef TEST_LOCALHOST_H
#define TEST_LOCALHOST_H

#include <netdb.h>
#include <stdbool.h>
#include <stddef.h>

static inline bool knows_localhost(void)
{
    struct addrinfo *found = NULL;
    bool known = getaddrinfo("localhost", NULL, NULL, &found) == 0;
    if (known)
        freeaddrinfo(found);
    return known;
}

#endif
