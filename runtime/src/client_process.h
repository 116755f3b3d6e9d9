/* SPDX-License-Identifier: MIT */
/* client_process.h: what whoever carries a channel's async calls on has to look for. */
#ifndef IDL__CLIENT_PROCESS_H
#define IDL__CLIENT_PROCESS_H

#include "channel.h"

enum {
    IDL__POLLED_MAX = IDL__ENDPOINTS_MAX + 8 /* links: each target's, and some that are left */
};

typedef struct idl__interest {
    int fd;              /* -1: only the time */
    short events;        /* POLLIN, POLLOUT */
    bool reads, watches; /* with which of a link's roles */
    uint64_t until;      /* when to look again in any case */
} idl__interest;

/* What a link's free roles wait for. False: nobody is needed there. */
bool idl__client_interest(idl__link *link, idl__interest *interest);

/* Does all that can be done at once; when the next is due, as far as no link tells: 0: now. */
uint64_t idl__client_prepare(idl_channel *channel);

#endif
