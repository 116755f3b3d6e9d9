/* SPDX-License-Identifier: MIT */
/* wire.h: a client made of bytes: builds frames by hand and reads what comes back, without any code
 * of the runtime. What goes wrong here fails the test. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes to be sent. Zeroed: empty. */
struct wire_out {
    uint8_t *data;
    size_t len, cap;
};

enum {
    WIRE_REQUEST = 1,
    WIRE_RESPONSE = 2,
    WIRE_DATA = 3,
    WIRE_CANCEL = 4,
    WIRE_CREDIT = 5,
    WIRE_PING = 6,
    WIRE_PONG = 7,
    WIRE_GOAWAY = 8
};
enum {
    WIRE_CLOSED = 0x01,
    WIRE_OPEN = 0x02,
    WIRE_NO_DATA = 0x04,
    WIRE_NEVER_STARTED = 0x08,
    WIRE_ONEWAY = 0x10
};

void wire_free(struct wire_out *out);
void wire_bytes(struct wire_out *out, const void *data, size_t len);
void wire_frame(struct wire_out *out, uint32_t id, int type, int flags, const void *body,
                size_t len);
/* A REQUEST; text is the value of the request's field 1, NULL: an empty request. */
void wire_call(struct wire_out *out, uint32_t id, int flags, const char *service,
               const char *method, const char *text);
/* The same with any payload, and a timeout if that is not 0. */
void wire_request(struct wire_out *out, uint32_t id, int flags, const char *service,
                  const char *method, const void *payload, size_t len, int64_t timeout_ns);
/* A DATA frame: a message with text (up to 127 bytes) as its field 1; "": no message. */
void wire_data(struct wire_out *out, uint32_t id, int flags, const char *text);
void wire_credit(struct wire_out *out, uint32_t id, uint32_t n);

/* One frame, taken apart. Views are valid until the next read with the same wire. */
struct wire_in {
    uint32_t id;
    int type, flags;
    const uint8_t *body;
    size_t body_len;
    int code; /* RESPONSE, GOAWAY: the status */
    char message[256];
    char text[256];  /* RESPONSE: field 1 of the payload, cut; "" without one */
    size_t text_len; /* whole */
};

struct wire {
    int fd;
    uint8_t *data;
    size_t len, used, cap;
    size_t reads; /* recv calls that returned bytes */
};

/* To a server's address, tcp://127.0.0.1:port or unix://.... */
void wire_open(struct wire *wire, const char *address);
void wire_close(struct wire *wire);
/* All of it; empties out. */
void wire_send(struct wire *wire, struct wire_out *out);
/* False at the end of the stream (a reset counts as one). Waits at most ten seconds. */
bool wire_next(struct wire *wire, struct wire_in *in);
/* The next frame is a RESPONSE for id with this code, and this text or message. */
void wire_expect(struct wire *wire, uint32_t id, int code, const char *text);
/* The next frame is DATA for id, with this text. */
void wire_expect_data(struct wire *wire, uint32_t id, const char *text);
/* Nothing but the end of the stream follows; GOAWAYs and PINGs are passed over. */
void wire_expect_end(struct wire *wire);

#endif
