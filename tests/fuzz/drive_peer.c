/* SPDX-License-Identifier: MIT */
/* drive_peer.c: the other end of a driven connection: frames, most of them right, from bytes. */
#include "driver.h"

#include <string.h>

#include <idl/frame.h>

#include "cut.h"
#include "envelope.h"
#include "finding.h"

enum { BODY_MAX = 160 };

/* ---- What it sends ---- */

static void add_input(driver *d, const void *bytes, size_t len)
{
    if (len > DRIVE_INPUT - d->input_len)
        len = DRIVE_INPUT - d->input_len;
    if (len != 0)
        memcpy(d->input + d->input_len, bytes, len);
    d->input_len += len;
}

/* What of a head its length counts. */
static uint32_t counted(const driver *d)
{
    return d->ttrpc ? 0 : IDL__HEAD;
}

static void add_frame(driver *d, uint32_t id, uint8_t type, uint8_t flags, const uint8_t *body,
                      size_t len)
{
    uint8_t head[DRIVE_HEAD];
    idl_frame_header(head, counted(d) + (uint32_t)len);
    idl_frame_header(head + 4, id);
    head[8] = type;
    head[9] = flags;
    add_input(d, head, sizeof head);
    add_input(d, body, len);
}

static uint32_t some_id(driver *d)
{
    size_t kind = chance_pick(&d->in, 16);
    if (kind < 6) /* the next one */
        return d->role == IDL__SERVER ? (d->opened += 2) - 1 : d->opened + 1;
    if (kind < 14 && d->opened != 0)
        return (uint32_t)(2 * chance_pick(&d->in, d->opened / 2 + 1)) + 1;
    return kind == 14 ? 0 : (uint32_t)chance_pick(&d->in, 256);
}

/* Fields with pairs: the right ones for the type behind their tag, or not quite. */
static size_t some_pairs(driver *d, uint8_t type, uint8_t *body)
{
    static const struct {
        const char *bytes;
        uint8_t len;
    } pairs[] = {
        { "\x06\x0a\1k\x12\1v", 7 },
        { "\x0c\x0a\5a-bin\x12\3AP8", 13 },
        { "\x0d\x0a\5a-bin\x12\4AP8=", 14 },
        { "\x0c\x0a\5a-bin\x12\3A*8", 13 },
        { "\x0b\x0a\6grpc-x\x12\1v", 12 },
        { "\x06\x0a\1K\x12\1v", 7 },
        { "\x06\x0a\1k\x12\1\x01", 7 },
        { "\x03\x0a\1k", 4 },
        { "\x00", 1 },
        { "\x07\x0a\1k\x12\1v", 7 },
    };
    static const uint8_t tags[][2] = { [IDL__T_REQUEST] = { 0x2a, 0x2a },
                                       [IDL__T_RESPONSE] = { 0x1a, 0x22 },
                                       [IDL__T_HEADERS] = { 0x0a, 0x0a } };
    size_t len = 0;
    for (size_t count = chance_pick(&d->in, 4); count != 0; count--) {
        size_t which = chance_pick(&d->in, 2 * sizeof pairs / sizeof *pairs);
        if (which >= sizeof pairs / sizeof *pairs)
            which %= 3; /* right ones are had more often */
        body[len++] = tags[type][chance_pick(&d->in, 2)];
        memcpy(body + len, pairs[which].bytes, pairs[which].len);
        len += pairs[which].len;
    }
    return len;
}

static size_t some_request(driver *d, uint8_t *body)
{
    static const uint8_t requests[5][10] = { "\x0a\3t.T\x12\1a", "\x0a\3t.T\x12\1b",
                                             "\x0a\3t.T\x12\1c", "\x0a\3t.T\x12\1d",
                                             "\x0a\3t.T\x12\1e" };
    memcpy(body, requests[chance_pick(&d->in, 5)], 8);
    return 8 + some_pairs(d, IDL__T_REQUEST, body + 8);
}

static size_t some_response(driver *d, uint8_t *body)
{
    /* OK, OK with a payload, NOT_FOUND, ABORTED with "no" and a detail, one with a code that is none */
    static const struct {
        const char *bytes;
        uint8_t len;
    } ends[] = {
        { "", 0 },
        { "\x12\3\x0a\1x", 5 },
        { "\x0a\2\x08\5", 4 },
        { "\x0a\x10\x08\x0a\x12\2no\x1a\x08\x0a\3u/T\x12\1d", 18 },
        { "\x0a\3\x08\xff\1", 5 },
    };
    size_t which = chance_pick(&d->in, sizeof ends / sizeof *ends);
    memcpy(body, ends[which].bytes, ends[which].len);
    return ends[which].len + some_pairs(d, IDL__T_RESPONSE, body + ends[which].len);
}

/* A body that is right for the type, when the type is one, and then maybe more. */
static size_t some_body(driver *d, uint8_t type, uint8_t body[BODY_MAX])
{
    size_t len = 0;
    switch (type) {
    case IDL__T_REQUEST: len = some_request(d, body); break;
    case IDL__T_RESPONSE: len = some_response(d, body); break;
    case IDL__T_HEADERS: len = some_pairs(d, type, body); break;
    case IDL__T_CREDIT:
        idl_frame_header(body, (uint32_t)chance_pick(&d->in, 256) << chance_pick(&d->in, 25));
        return 4;
    case IDL__T_PING:
    case IDL__T_PONG: memcpy(body, "\0goaway", 8); return 8;
    case IDL__T_CANCEL: return 0;
    default: break;
    }
    for (size_t more = chance_pick(&d->in, 24); more != 0; more--)
        body[len++] = (uint8_t)chance_pick(&d->in, 256);
    return len;
}

void peer_send_frame(driver *d)
{
    size_t types = d->ttrpc && chance_pick(&d->in, 8) != 7 ? IDL__T_DATA + 1 : 12;
    uint8_t body[BODY_MAX], type = (uint8_t)chance_pick(&d->in, types), flags = 0;
    if (chance_pick(&d->in, 3) != 0)
        flags = (uint8_t)chance_pick(&d->in, 32);
    uint32_t id = type == IDL__T_REQUEST || chance_pick(&d->in, 4) != 0 ? some_id(d) : 0;
    if (type >= IDL__T_PING && type != IDL__T_HEADERS && chance_pick(&d->in, 8) != 7)
        id = 0;
    size_t len = some_body(d, type, body);
    add_frame(d, id, type, flags, body, len);
}

/* A large message in many bytes that cost the input few. */
void peer_send_large(driver *d)
{
    static const uint8_t zeros[6000];
    uint32_t id = some_id(d);
    add_frame(d, id, IDL__T_DATA, 0, zeros, 20 * chance_pick(&d->in, 256));
}

void peer_send_bytes(driver *d)
{
    for (size_t n = chance_pick(&d->in, 16); n != 0; n--) {
        uint8_t byte = (uint8_t)chance_pick(&d->in, 256);
        add_input(d, &byte, 1);
    }
}

/* ---- What it hears ---- */

static void check_answer(driver *d, uint32_t id)
{
    if (d->role == IDL__CLIENT)
        finding("a client answers stream %u", (unsigned)id);
    if (d->ttrpc || id >= DRIVE_IDS)
        return; /* ttrpc answers what is wrong on the stream where it is, each time */
    if ((id & 1) == 0 || d->answered[id])
        finding("stream %u is answered, and was before, or not asked", (unsigned)id);
    d->answered[id] = true;
}

static void check_frame(driver *d)
{
    uint32_t id = idl__get_be32(d->head + 4);
    uint8_t type = d->head[8];
    if (type < IDL__T_REQUEST || type > (d->ttrpc ? IDL__T_DATA : IDL__T_HELLO))
        finding("a frame of type %u is written", type);
    if (type == IDL__T_REQUEST && d->role == IDL__SERVER)
        finding("a server opens stream %u", (unsigned)id);
    if (type == IDL__T_RESPONSE)
        check_answer(d, id);
}

void peer_hear(driver *d, const uint8_t *bytes, size_t len)
{
    while (len != 0) {
        size_t n = 1;
        if (d->head_len < sizeof d->head) {
            d->head[d->head_len++] = *bytes;
            if (d->head_len == sizeof d->head) {
                check_frame(d);
                d->body_left = idl__get_be32(d->head) - counted(d);
            }
        } else {
            n = len < d->body_left ? len : d->body_left;
            d->body_left -= n;
        }
        if (d->head_len == sizeof d->head && d->body_left == 0)
            d->head_len = 0;
        bytes += n;
        len -= n;
    }
}
