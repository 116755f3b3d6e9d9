/* SPDX-License-Identifier: MIT */
/* expect.c: bytes in and bytes out, in hexadecimal. */
#include "expect.h"

#include <string.h>

static void assert_log(const peer *p, const char *expected)
{
    bytes log = { 0 };
    bytes_add(&log, p->log.data, p->log.len);
    bytes_add(&log, "", 1);
    assert_string_equal((const char *)log.data, expected);
    bytes_free(&log);
}

static void assert_out(const peer *p, const char *hex)
{
    bytes expected = { 0 }, a = { 0 }, b = { 0 };
    bytes_hex(&expected, hex);
    for (size_t i = 0; i < expected.len; i++)
        bytes_printf(&a, "%02x ", expected.data[i]);
    for (size_t i = 0; i < p->out.len; i++)
        bytes_printf(&b, "%02x ", p->out.data[i]);
    bytes_add(&a, "", 1);
    bytes_add(&b, "", 1);
    assert_string_equal((const char *)b.data, (const char *)a.data);
    bytes_free(&expected);
    bytes_free(&a);
    bytes_free(&b);
}

void receive_hex(peer *p, const char *hex)
{
    bytes b = { 0 };
    bytes_hex(&b, hex);
    peer_receive(p, (idl_bytes){ b.data, b.len });
    bytes_free(&b);
}

static void add_text(bytes *b, uint8_t tag, const char *text)
{
    size_t len = strlen(text);
    assert_true(len < 128);
    if (len == 0)
        return;
    uint8_t head[2] = { tag, (uint8_t)len };
    bytes_add(b, head, 2);
    bytes_add(b, text, len);
}

static void add_status(bytes *b, uint8_t tag, int code, const char *text)
{
    bytes status = { 0 };
    uint8_t head[2] = { 0x08, (uint8_t)code };
    if (code != 0)
        bytes_add(&status, head, 2);
    add_text(&status, 0x12, text);
    if (status.len != 0) {
        head[0] = tag;
        head[1] = (uint8_t)status.len;
        bytes_add(b, head, 2);
        bytes_add(b, status.data, status.len);
    }
    bytes_free(&status);
}

static void add_frame(bytes *b, uint8_t id, uint8_t type, uint8_t flags, const bytes *body)
{
    uint8_t head[10] = { 0, 0, 0, (uint8_t)(6 + body->len), 0, 0, 0, id, type, flags };
    bytes_add(b, head, sizeof head);
    bytes_add(b, body->data, body->len);
}

/* RESPONSE with an error. */
void add_error(bytes *b, uint8_t id, uint8_t flags, int code, const char *text)
{
    bytes body = { 0 };
    add_status(&body, 0x0a, code, text);
    add_frame(b, id, 2, flags, &body);
    bytes_free(&body);
}

void add_goaway(bytes *b, uint32_t last, int code, const char *text)
{
    bytes body = { 0 };
    uint8_t tag = 0x08;
    if (last != 0) {
        bytes_add(&body, &tag, 1);
        for (; last >= 0x80; last >>= 7) {
            uint8_t low = (uint8_t)(last | 0x80);
            bytes_add(&body, &low, 1);
        }
        uint8_t high = (uint8_t)last;
        bytes_add(&body, &high, 1);
    }
    add_status(&body, 0x12, code, text);
    add_frame(b, 0, 8, 0, &body);
    bytes_free(&body);
}

/* What the peer has written is hex, then more; both are forgotten. */
void expect_out(peer *p, const char *hex, bytes *more)
{
    bytes expected = { 0 };
    bytes_hex(&expected, hex);
    if (more != NULL)
        bytes_add(&expected, more->data, more->len);
    bytes text = { 0 };
    for (size_t i = 0; i < expected.len; i++)
        bytes_printf(&text, "%02x ", expected.data[i]);
    bytes_add(&text, "", 1);
    peer_drain(p);
    assert_out(p, (const char *)text.data);
    p->out.len = 0;
    bytes_free(&text);
    bytes_free(&expected);
    if (more != NULL)
        bytes_free(more);
}

void expect_log(peer *p, const char *text)
{
    assert_log(p, text);
    p->log.len = 0;
}

bool log_has(const peer *p, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= p->log.len; i++) {
        if (memcmp(p->log.data + i, text, len) == 0)
            return true;
    }
    return false;
}
