/* SPDX-License-Identifier: MIT */
/* peer.h: one side of a connection with a small application on it, all in memory, for tests.
 *
 * What the application does depends on events alone, so the same bytes in, however they are cut,
 * must give the same log and the same bytes out. */
#ifndef PEER_H
#define PEER_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "conn.h"

/* A message with one field: bytes data = 1. */
typedef struct peer_text {
    idl_bytes data;
} peer_text;
extern const idl_message text_type;

/* The methods of the service "t.T". The server answers:
 *   echo   the request; fail: NOT_FOUND; note: oneway
 *   later  nothing, until the next "now"
 *   sum    (stream in) how many messages and bytes came
 *   list   (stream out) as many messages as the request is long, each that long
 *   chat   (both) each message
 *   none   is not known there */
extern const idl_method m_echo, m_fail, m_note, m_later, m_now, m_sum, m_list, m_chat, m_none;

/* Bytes that grow. */
typedef struct bytes {
    uint8_t *data;
    size_t len, cap;
} bytes;
void bytes_add(bytes *b, const void *data, size_t len);
void bytes_printf(bytes *b, const char *format, ...) IDL_PRINTF(2, 3);
void bytes_free(bytes *b);
/* Appends what "0a 0b ..." says. */
void bytes_hex(bytes *b, const char *digits);

enum { PEER_CALLS = 64 };

typedef struct peer_call {
    idl__stream stream; /* first */
    const idl_method *method;
    bool used, ended, half, cancelled;
    size_t to_send, size; /* messages still to be sent, and their size */
    size_t messages, total;
    bytes echo; /* what is to be sent back, each as u32 length and bytes */
    uint32_t id;
    idl_code code; /* client: how it ended */
} peer_call;

typedef struct peer {
    idl__shared *shared;
    idl__conn *conn;
    enum idl__role role;
    bytes log; /* a line for each event */
    bytes out; /* everything that it has written */
    peer_call calls[PEER_CALLS];
    bool closed, hold; /* hold: messages are not taken */
    bool few; /* events of messages are not logged: how many is a matter of how they arrived */
    bool no_memory; /* space was refused */
} peer;

/* False: no memory. */
bool peer_init(peer *p, enum idl__role role, const idl__limits *limits);
void peer_fini(peer *p);

/* Client: opens a call. size: of the request; for streams in: messages of size bytes. */
peer_call *peer_open(peer *p, const idl_method *method, size_t size, size_t messages);
/* Handles all events. */
void peer_events(peer *p);
/* Bytes arrive in one piece. */
void peer_receive(peer *p, idl_bytes bytes);
/* Moves what is to be written to p->out. */
void peer_drain(peer *p);
/* Moves everything between two peers until both are quiet; slices of at most slice(arg) bytes. */
void peers_run(peer *a, peer *b, size_t (*slice)(void *arg), void *arg);

/* The i-th byte of all payloads. */
static inline uint8_t peer_byte(size_t i)
{
    return (uint8_t)(i * 7 + (i >> 8));
}

/* Random numbers from a seed. */
uint64_t rnd(uint64_t *state);

#endif
