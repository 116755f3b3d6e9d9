/* SPDX-License-Identifier: MIT */
/* conn_wire.h: the seam between a connection and the protocol that it speaks.
 *
 * The connection (conn.c, conn_client.c, conn_server.c, conn_stream.c) knows calls: their states,
 * their messages, credit, deadlines, the order of events. A wire knows bytes: how what the connection
 * has to say is written, and what is to be done about each thing that arrives. A connection
 * has one wire, for its whole life; nobody above conn.h knows which. */
#ifndef IDL__CONN_WIRE_H
#define IDL__CONN_WIRE_H

#include "conn.h"

enum idl__read {
    IDL__READ_ALL,  /* there is none */
    IDL__READ_ON,   /* there may be another one */
    IDL__READ_EVENT /* the same, and *event is to be given */
};

typedef struct idl__wire {
    /* A new connection, with its limits set: what its input looks like, and a client's first
     * words. */
    void (*start)(idl__conn *conn);
    /* Works on the first thing that has arrived. */
    enum idl__read (*read)(idl__conn *conn, idl__event *event);

    /* These queue one thing, or nothing: IDL_INVALID_ARGUMENT: it can't be encoded;
     * IDL_OUT_OF_RANGE: larger than the limit; IDL_RESOURCE_EXHAUSTED: no memory. */
    idl_code (*request)(idl__conn *conn, uint32_t id, const idl__open *open);
    idl_code (*reply)(idl__conn *conn, idl__stream *stream, const idl_message *type,
                      const void *reply);
    /* One message of a stream; item NULL: none, only the end. last: no more will come. It is paid for,
     * and what is larger than the limit is IDL_RESOURCE_EXHAUSTED too. */
    idl_code (*data)(idl__conn *conn, idl__stream *stream, const idl_message *type,
                     const void *item, bool last);
    /* Metadata before the first message. NULL: the wire carries none from a server. */
    idl_code (*headers)(idl__conn *conn, uint32_t id, const idl__pairs *initial);

    /* These fail the connection when there is no memory, and do nothing where the wire has no such
     * thing. */
    void (*error)(idl__conn *conn, uint32_t id, idl_code code, idl_str message, bool never_started,
                  const idl__metadata *metadata);
    void (*cancel)(idl__conn *conn, uint32_t id);
    void (*credit)(idl__conn *conn, uint32_t id, uint32_t n);
    /* bytes: 8 of them. */
    void (*ping)(idl__conn *conn, const void *bytes);
    void (*goaway)(idl__conn *conn, uint32_t last, idl_code code, const char *message);

    bool flow_control; /* senders have credit; else a receiver that has enough stops reading */
    bool farewell;     /* goaway says something */
    bool data_ends;    /* a server's last message may say that it is the last, and ends the call */
    idl_code undecodable; /* what a server answers to a payload that does not decode */

    /* ---- Of wires made of frames: a length, stream id, type, flags ---- */

    size_t uncounted; /* bytes of that head that the length leaves out */
    size_t max_frame; /* the longest one that may be written, after the length */
    unsigned flags;   /* that there are */
} idl__wire;

extern const idl__wire idl__framed, idl__ttrpc;

/* ---- conn_frames.c: what wires made of frames have in common ---- */

idl_code idl__frames_request(idl__conn *conn, uint32_t id, const idl__open *open);
idl_code idl__frames_reply(idl__conn *conn, idl__stream *stream, const idl_message *type,
                           const void *reply);
idl_code idl__frames_data(idl__conn *conn, idl__stream *stream, const idl_message *type,
                          const void *item, bool last);
idl_code idl__frames_headers(idl__conn *conn, uint32_t id, const idl__pairs *initial);
void idl__frames_error(idl__conn *conn, uint32_t id, idl_code code, idl_str message,
                       bool never_started, const idl__metadata *metadata);

#endif
