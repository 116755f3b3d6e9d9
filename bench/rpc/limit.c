/* SPDX-License-Identifier: MIT */
/* limit.c: framing by hand, without I/O. */
#include "limit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Buffers ---- */

void buffer_reserve(buffer *b, size_t size)
{
    if (b->cap - b->end >= size)
        return;
    if (b->begin > 0) {
        memmove(b->data, b->data + b->begin, b->end - b->begin);
        b->end -= b->begin;
        b->begin = 0;
    }
    size_t cap = b->cap > 0 ? b->cap : 4096;
    while (cap - b->end < size)
        cap *= 2;
    if (cap == b->cap)
        return;
    b->data = realloc(b->data, cap);
    if (b->data == NULL)
        die("no memory");
    b->cap = cap;
}

uint32_t get_length(const char *header)
{
    uint32_t length;
    memcpy(&length, header, HEADER);
    return ntohl(length);
}

void put_length(char *header, size_t length)
{
    uint32_t wire = htonl((uint32_t)length);
    memcpy(header, &wire, HEADER);
}

size_t frame_missing(const buffer *in)
{
    size_t have = in->end - in->begin;
    if (have < HEADER)
        return HEADER - have;
    size_t whole = HEADER + get_length(in->data + in->begin);
    return whole > have ? whole - have : 0;
}

buffer *input_of(buffer *own, buffer *shared)
{
    buffer *in = own->end > own->begin ? own : shared;
    size_t missing = frame_missing(in);
    buffer_reserve(in, missing > CHUNK ? missing : CHUNK);
    return in;
}

void input_keep(buffer *own, buffer *from)
{
    size_t left = from->end - from->begin;
    if (from == own || left == 0)
        return;
    size_t missing = frame_missing(from);
    buffer_reserve(own, left + missing);
    memcpy(own->data + own->end, from->data + from->begin, left);
    own->end += left;
    buffer_took(from, left);
}

/* ---- Server ---- */

static void greet(const char *name, size_t size, buffer *out)
{
    buffer_reserve(out, HEADER + GREETING_LEN + size);
    char *reply = out->data + out->end;
    put_length(reply, GREETING_LEN + size);
    memcpy(reply + HEADER, GREETING, GREETING_LEN);
    memcpy(reply + HEADER + GREETING_LEN, name, size);
    out->end += HEADER + GREETING_LEN + size;
}

size_t answer(buffer *in, buffer *out)
{
    size_t stream = 0;
    while (stream == 0 && in->end > in->begin && frame_missing(in) == 0) {
        const char *frame = in->data + in->begin;
        const size_t size = get_length(frame);
        if (size > 0 && frame[HEADER] == '>')
            stream = strtoul(frame + HEADER + 1, NULL, 10);
        else
            greet(frame + HEADER, size, out);
        buffer_took(in, HEADER + size);
    }
    return stream;
}

void fill_stream(buffer *out, size_t size)
{
    do {
        buffer_reserve(out, HEADER + size);
        put_length(out->data + out->end, size);
        memset(out->data + out->end + HEADER, 'x', size);
        out->end += HEADER + size;
    } while (out->end - out->begin < CHUNK / 4);
}

/* ---- Client ---- */

static size_t put_field(char *at, uint8_t tag, const char *text)
{
    size_t len = strlen(text);
    at[0] = (char)tag;
    at[1] = (char)len;
    memcpy(at + 2, text, len);
    return 2 + len;
}

static size_t put_varint(char *at, size_t value)
{
    size_t len = 0;
    for (; value >= 0x80; value >>= 7)
        at[len++] = (char)(value | 0x80);
    at[len++] = (char)value;
    return len;
}

/* What comes before the name in a REQUEST that has room for stream and payload: its end is what
 * matters, as the name follows. */
static size_t put_request(char *at, size_t size)
{
    char inner[16], *body = at + HEADER + 6;
    size_t len = put_field(body, 1 << 3 | 2, "bench.Greeter");
    len += put_field(body + len, 2 << 3 | 2, "greet");
    inner[0] = 1 << 3 | 2;
    size_t lead = 1 + put_varint(inner + 1, size);
    body[len++] = 3 << 3 | 2;
    len += put_varint(body + len, lead + size);
    memcpy(body + len, inner, lead);
    len += lead;
    put_length(at, 6 + len + size);
    memset(at + HEADER, 0, 6);
    at[HEADER + 4] = 1;
    return HEADER + 6 + len;
}

void calls_init(calls *c, const task *t, bool idl, unsigned slot)
{
    char lead[96];
    put_length(lead, t->size);
    *c = (calls){ .depth = t->depth, .slot = slot, .size = t->size, .idl = idl, .id = 1 };
    c->lead = idl ? put_request(lead, t->size) : HEADER;
    c->frame = c->lead + t->size;
    c->frames = allocate(c->depth, c->frame);
    c->started = allocate(c->depth, sizeof *c->started);
    for (unsigned i = 0; i < c->depth; i++) {
        memcpy(c->frames + i * c->frame, lead, c->lead);
        name_fill(c->frames + i * c->frame + c->lead, t->size);
        c->started[i] = now_ns();
    }
}

char *calls_next(calls *c, unsigned slot)
{
    char *frame = c->frames + slot * c->frame;
    name_stamp(frame + c->lead, c->id);
    if (c->idl)
        put_length(frame + HEADER, c->id);
    c->id += 2;
    return frame;
}

void calls_put(calls *c, unsigned slot, buffer *out)
{
    const char *frame = calls_next(c, slot);
    buffer_reserve(out, c->frame);
    memcpy(out->data + out->end, frame, c->frame);
    out->end += c->frame;
}

/* Of the framed wire's RESPONSE the end is looked at, where the greeting is. */
static bool is_reply(const calls *c, const char *body, size_t len)
{
    const size_t wanted = GREETING_LEN + c->size;
    if (c->idl && len > wanted) {
        body += len - wanted;
        len = wanted;
    }
    return is_greeting(body, len, c->frames + c->head * c->frame + c->lead, c->size);
}

unsigned calls_take(calls *c, buffer *in, buffer *out, meter *m, bool *over)
{
    unsigned taken = 0;
    while (in->end > in->begin && frame_missing(in) == 0) {
        const char *frame = in->data + in->begin;
        const size_t len = get_length(frame);
        const unsigned slot = c->head;
        bool ok = is_reply(c, frame + HEADER, len);
        if (meter_done(m, c->slot + slot, &c->started[slot], ok))
            *over = true;
        c->head = slot + 1 == c->depth ? 0 : slot + 1;
        if (out != NULL)
            calls_put(c, slot, out);
        buffer_took(in, HEADER + len);
        taken++;
    }
    return taken;
}

bool stream_take(buffer *in, size_t size, meter *m, uint64_t *started)
{
    bool over = false;
    for (unsigned slot = 0; in->end > in->begin && frame_missing(in) == 0; slot = 1) {
        const size_t len = get_length(in->data + in->begin);
        if (meter_done(m, slot, started, len == size))
            over = true;
        buffer_took(in, HEADER + len);
    }
    return over;
}

void stream_ask(buffer *out, size_t size)
{
    buffer_reserve(out, 32);
    int len = snprintf(out->data + out->end + HEADER, 32 - HEADER, ">%zu\n", size);
    put_length(out->data + out->end, (size_t)len);
    out->end += HEADER + (size_t)len;
}
