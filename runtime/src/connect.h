/* SPDX-License-Identifier: MIT */
/* connect.h: from an address to a connected socket, one step at a time, so that a thread that may
 * wait and one that may not can both do it. */
#ifndef IDL__CONNECT_H
#define IDL__CONNECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/status.h>

#include "address.h"
#include "lookup.h"

typedef struct idl__connect {
    const char *address; /* outlives this */
    uint32_t timeout_ms; /* of the whole attempt, looking names up included */
    uint32_t keepalive_ms, keepalive_timeout_ms; /* of TCP; 0: the usual */
    bool spread;         /* who asked wants to choose among the endpoints found */
    uint64_t not_before; /* when to begin; 0: at once */
    uint64_t begun;      /* when it did */
    uint64_t end;        /* when it is over */
    uint64_t turn_end;   /* and that of the endpoint being tried: its share of what was left */
    uint64_t retry_at;   /* a local server's queue is full: when to ask again; 0: fd tells */
    enum { IDL__CONNECT_NEW, IDL__CONNECT_LOOKUP, IDL__CONNECT_FOUND, IDL__CONNECT_TRYING } phase;
    idl__lookup *lookup;
    idl__endpoint endpoints[IDL__ENDPOINTS_MAX];
    size_t count, next;
    int fd; /* being connected, or connected: then take it and leave -1; -1: none */
    char error[IDL__ERROR_MAX];
} idl__connect;

void idl__connect_init(idl__connect *attempt, const char *address, uint32_t timeout_ms);
void idl__connect_fini(idl__connect *attempt);

/* Goes as far as it can without waiting.
 * IDL_OK: fd is connected, in blocking mode; IDL_AGAIN: come back once idl__connect_fd has an event
 * (writable, or hung up), or at idl__connect_until; another code: failed, error says why. With spread
 * it stops, IDL_AGAIN, when phase is IDL__CONNECT_FOUND: the caller leaves in endpoints what is to be
 * tried, and gives spread up. */
idl_code idl__connect_step(idl__connect *attempt);
int idl__connect_fd(const idl__connect *attempt); /* -1: none */
uint64_t idl__connect_until(const idl__connect *attempt);

/* A step would bring it further, without waiting for anything. */
bool idl__connect_is_due(const idl__connect *attempt, uint64_t now);

#endif
