/* SPDX-License-Identifier: MIT */
/* scripted.h: the other side of a socket, played by the test: frames are built and read by hand, so
 * that it can say anything, and the runtime is not checked against itself.
 *
 * A peer listens; each connection runs the peer's script on a thread of its own. */
#ifndef SCRIPTED_H
#define SCRIPTED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <idl/runtime.h>

enum {
    REQUEST = 1,
    RESPONSE = 2,
    DATA = 3,
    CANCEL = 4,
    CREDIT = 5,
    PING = 6,
    PONG = 7,
    GOAWAY = 8
};

/* ---- What is called ---- */

typedef struct note {
    idl_str text;   /* 1 */
    idl_bytes data; /* 2 */
} note;

extern const idl_message note_type;
extern const idl_method echo_method; /* test.Notes/echo(note) -> note */
extern const idl_method tell_method; /* oneway test.Notes/tell(note) */

extern const idl_method list_method; /* test.Notes/list(note) -> stream note */
extern const idl_method load_method; /* test.Notes/load(stream note) -> note */
extern const idl_method sync_method; /* test.Notes/sync(stream note) -> stream note */

/* ---- The peer ---- */

typedef struct peer peer;
typedef struct peer_conn peer_conn;
typedef void peer_script(peer_conn *conn, void *arg);

/* Listens on tcp://127.0.0.1:port (0: any), or unix://path. */
peer *peer_start(uint16_t port, peer_script *script, void *arg);
peer *peer_start_unix(const char *path, peer_script *script, void *arg);
const char *peer_address(const peer *p);
uint16_t peer_port(const peer *p);
unsigned peer_accepted(const peer *p); /* connections so far */
unsigned peer_heard(const peer *p);    /* oneway calls so far, of all connections */
/* Closes everything and waits for the scripts to return. */
void peer_stop(peer *p);

typedef struct peer_frame {
    uint32_t id;
    uint8_t type, flags;
    uint8_t *body; /* freed by peer_read when the next one is read */
    size_t len;
    const char *method; /* REQUEST: its bytes in body */
    size_t method_len;
    const uint8_t *payload;
    size_t payload_len;
} peer_frame;

/* The next frame; false at the end of the stream. */
bool peer_read(peer_conn *conn, peer_frame *frame);
void peer_send(peer_conn *conn, uint32_t id, uint8_t type, uint8_t flags, const void *body,
               size_t len);
void peer_reply(peer_conn *conn, uint32_t id, const void *payload, size_t len);
void peer_status(peer_conn *conn, uint32_t id, uint8_t flags, int32_t code, const char *message);
void peer_goaway(peer_conn *conn, uint32_t last, const char *message);
void peer_raw(peer_conn *conn, const void *bytes, size_t len);
/* Holds frames back, then writes them all at once. */
void peer_cork(peer_conn *conn);
void peer_uncork(peer_conn *conn);
/* Closes with a reset instead of an orderly end. */
void peer_reset(peer_conn *conn);
/* A message of a stream: a note with this text. */
void peer_note(peer_conn *conn, uint32_t id, const char *text, size_t len);
void peer_credit(peer_conn *conn, uint32_t id, uint32_t n);
void peer_heard_one(peer_conn *conn);
/* Bytes that have arrived and were not read. */
size_t peer_waiting(const peer_conn *conn);

/* A script: replies with what was sent, counts oneway calls; until the end of the stream. */
void peer_echo(peer_conn *conn, void *arg);

#endif
