/* SPDX-License-Identifier: MIT */
/* wire.c: frames, built and read by hand. */
#include "wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- Out ---- */

void wire_free(struct wire_out *out)
{
    free(out->data);
    *out = (struct wire_out){ 0 };
}

void wire_bytes(struct wire_out *out, const void *data, size_t len)
{
    if (out->cap - out->len < len) {
        out->cap = 2 * out->cap + len + 256;
        out->data = realloc(out->data, out->cap);
        assert_non_null(out->data);
    }
    if (len > 0)
        memcpy(out->data + out->len, data, len);
    out->len += len;
}

static void put_be32(struct wire_out *out, uint32_t v)
{
    const uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v };
    wire_bytes(out, bytes, sizeof bytes);
}

static void put_varint(struct wire_out *out, uint64_t v)
{
    do {
        uint8_t byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        wire_bytes(out, &byte, 1);
        v >>= 7;
    } while (v != 0);
}

static void put_field(struct wire_out *out, unsigned number, const void *data, size_t len)
{
    put_varint(out, number << 3 | 2);
    put_varint(out, len);
    wire_bytes(out, data, len);
}

void wire_frame(struct wire_out *out, uint32_t id, int type, int flags, const void *body,
                size_t len)
{
    const uint8_t kind[2] = { (uint8_t)type, (uint8_t)flags };
    put_be32(out, (uint32_t)(len + 6));
    put_be32(out, id);
    wire_bytes(out, kind, sizeof kind);
    wire_bytes(out, body, len);
}

void wire_request(struct wire_out *out, uint32_t id, int flags, const char *service,
                  const char *method, const void *payload, size_t len, int64_t timeout_ns)
{
    struct wire_out body = { 0 };
    put_field(&body, 1, service, strlen(service));
    put_field(&body, 2, method, strlen(method));
    if (payload != NULL)
        put_field(&body, 3, payload, len);
    if (timeout_ns != 0) {
        put_varint(&body, 4 << 3);
        put_varint(&body, (uint64_t)timeout_ns);
    }
    wire_frame(out, id, WIRE_REQUEST, flags, body.data, body.len);
    wire_free(&body);
}

void wire_call(struct wire_out *out, uint32_t id, int flags, const char *service,
               const char *method, const char *text)
{
    struct wire_out payload = { 0 };
    if (text != NULL)
        put_field(&payload, 1, text, strlen(text));
    wire_request(out, id, flags, service, method, payload.data, payload.len, 0);
    wire_free(&payload);
}

/* ---- The socket ---- */

void wire_data(struct wire_out *out, uint32_t id, int flags, const char *text)
{
    uint8_t payload[130] = { 0x0a };
    size_t len = strlen(text);
    assert_true(len < 128);
    payload[1] = (uint8_t)len;
    memcpy(payload + 2, text, len);
    wire_frame(out, id, WIRE_DATA, flags, payload, len ? len + 2 : 0);
}

void wire_credit(struct wire_out *out, uint32_t id, uint32_t n)
{
    struct wire_out body = { 0 };
    put_be32(&body, n);
    wire_frame(out, id, WIRE_CREDIT, 0, body.data, body.len);
    wire_free(&body);
}

static int connect_tcp(const char *host)
{
    struct sockaddr_in in = { .sin_family = AF_INET };
    char name[64];
    const char *colon = strrchr(host, ':');
    assert_non_null(colon);
    snprintf(name, sizeof name, "%.*s", (int)(colon - host), host);
    assert_int_equal(inet_pton(AF_INET, name, &in.sin_addr), 1);
    in.sin_port = htons((uint16_t)atoi(colon + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof in), 0);
    return fd;
}

static int connect_unix(const char *path)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    size_t len = strlen(path);
    assert_true(len < sizeof un.sun_path);
    memcpy(un.sun_path, path, len);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    if (path[0] == '@')
        un.sun_path[0] = '\0';
    else
        size++;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&un, size), 0);
    return fd;
}

void wire_open(struct wire *wire, const char *address)
{
    assert_non_null(address);
    *wire = (struct wire){ .fd = -1 };
    if (strncmp(address, "tcp://", 6) == 0)
        wire->fd = connect_tcp(address + 6);
    else
        wire->fd = connect_unix(address + strlen("unix://"));
}

void wire_close(struct wire *wire)
{
    close(wire->fd);
    free(wire->data);
}

void wire_send(struct wire *wire, struct wire_out *out)
{
    for (size_t sent = 0; sent < out->len;) {
        ssize_t n = send(wire->fd, out->data + sent, out->len - sent, MSG_NOSIGNAL);
        assert_true(n > 0);
        sent += (size_t)n;
    }
    wire_free(out);
}

/* ---- In ---- */

/* At least count bytes from used on; false at the end. */
static bool have(struct wire *wire, size_t count)
{
    while (wire->len - wire->used < count) {
        if (wire->used > 0) {
            memmove(wire->data, wire->data + wire->used, wire->len - wire->used);
            wire->len -= wire->used;
            wire->used = 0;
        }
        if (wire->cap < count || wire->cap < 65536) {
            wire->cap = count > 65536 ? count : 65536;
            wire->data = realloc(wire->data, wire->cap);
            assert_non_null(wire->data);
        }
        struct pollfd waiting = { .fd = wire->fd, .events = POLLIN };
        if (poll(&waiting, 1, 10000) != 1)
            fail_msg("nothing came within ten seconds");
        ssize_t n = recv(wire->fd, wire->data + wire->len, wire->cap - wire->len, 0);
        if (n <= 0)
            return false;
        wire->reads++;
        wire->len += (size_t)n;
    }
    return true;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t get_varint(const uint8_t **p, const uint8_t *end)
{
    uint64_t v = 0;
    for (unsigned shift = 0; *p < end; shift += 7) {
        uint8_t byte = *(*p)++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    fail_msg("a varint without an end");
    return 0;
}

/* A field's number; its value is in *value for varints, in *data and *value for bytes. */
static unsigned get_field(const uint8_t **p, const uint8_t *end, const uint8_t **data,
                          uint64_t *value)
{
    uint64_t tag = get_varint(p, end);
    *value = get_varint(p, end);
    *data = *p;
    if ((tag & 7) == 2) {
        assert_true(*value <= (uint64_t)(end - *p));
        *p += *value;
    } else {
        assert_int_equal(tag & 7, 0);
    }
    return (unsigned)(tag >> 3);
}

static void read_status(struct wire_in *in, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *data;
    uint64_t value;
    while (p < end) {
        unsigned number = get_field(&p, end, &data, &value);
        if (number == 1)
            in->code = (int)value;
        else if (number == 2)
            snprintf(in->message, sizeof in->message, "%.*s", (int)value, (const char *)data);
    }
}

static void read_text(struct wire_in *in, const uint8_t *p, const uint8_t *end)
{
    const uint8_t *data;
    uint64_t value;
    while (p < end) {
        if (get_field(&p, end, &data, &value) != 1)
            continue;
        in->text_len = (size_t)value;
        snprintf(in->text, sizeof in->text, "%.*s", (int)(value < 255 ? value : 255),
                 (const char *)data);
    }
}

static void read_body(struct wire_in *in)
{
    const uint8_t *p = in->body, *end = p + in->body_len, *data;
    uint64_t value;
    while (p < end) {
        unsigned number = get_field(&p, end, &data, &value);
        if (number == (in->type == WIRE_RESPONSE ? 1 : 2))
            read_status(in, data, data + value);
        else if (number == 2)
            read_text(in, data, data + value);
    }
}

bool wire_next(struct wire *wire, struct wire_in *in)
{
    memset(in, 0, sizeof *in);
    if (!have(wire, 4)) {
        assert_int_equal(wire->len - wire->used, 0);
        return false;
    }
    size_t len = be32(wire->data + wire->used);
    assert_true(len >= 6);
    if (!have(wire, 4 + len))
        fail_msg("the stream ended inside a frame");
    const uint8_t *frame = wire->data + wire->used + 4;
    wire->used += 4 + len;
    in->id = be32(frame);
    in->type = frame[4];
    in->flags = frame[5];
    in->body = frame + 6;
    in->body_len = len - 6;
    if (in->type == WIRE_RESPONSE || in->type == WIRE_GOAWAY)
        read_body(in);
    return true;
}

void wire_expect(struct wire *wire, uint32_t id, int code, const char *text)
{
    struct wire_in in;
    assert_true(wire_next(wire, &in));
    assert_int_equal(in.type, WIRE_RESPONSE);
    assert_string_equal(code == 0 ? in.text : in.message, text);
    assert_int_equal(in.code, code);
    assert_int_equal(in.id, id);
}

void wire_expect_data(struct wire *wire, uint32_t id, const char *text)
{
    struct wire_in in;
    assert_true(wire_next(wire, &in));
    assert_int_equal(in.type, WIRE_DATA);
    assert_int_equal(in.id, id);
    assert_int_equal(in.flags & WIRE_CLOSED, 0);
    assert_int_equal(in.body_len, strlen(text) + 2);
    assert_memory_equal(in.body + 2, text, strlen(text));
}

void wire_expect_end(struct wire *wire)
{
    struct wire_in in;
    while (wire_next(wire, &in))
        assert_true(in.type == WIRE_GOAWAY || in.type == WIRE_PING);
}
