/* SPDX-License-Identifier: MIT */
/* scripted.c: a server made of sockets, threads and hand-made frames. */
#include "scripted.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

enum { CONNS_MAX = 256 };

struct buffer {
    uint8_t *data;
    size_t len, cap;
};

struct peer_conn {
    peer *owner;
    int fd;
    pthread_t thread;
    uint8_t *body;
    bool corked;
    struct buffer out;
};

struct peer {
    int fd;
    char address[160];
    char path[108];
    uint16_t port;
    peer_script *script;
    void *arg;
    pthread_t thread;
    pthread_mutex_t lock;
    peer_conn *conns[CONNS_MAX];
    unsigned count;
    bool stopping;
    atomic_uint accepted, heard;
};

/* ---- Messages ---- */

static void note_put(idl_writer *w, const void *message)
{
    const note *m = message;
    if (m->data.len != 0)
        idl_put_bytes(w, IDL_TAG(2, IDL_LEN), m->data);
    if (m->text.len != 0)
        idl_put_str(w, IDL_TAG(1, IDL_LEN), m->text);
}

static void note_get(idl_reader *r, void *message)
{
    note *m = message;
    for (uint32_t tag; (tag = idl_get_tag(r)) != 0;) {
        switch (tag) {
        case IDL_TAG(1, IDL_LEN): m->text = idl_get_str(r); break;
        case IDL_TAG(2, IDL_LEN): m->data = idl_get_bytes(r); break;
        default: idl_get_skip(r, tag);
        }
    }
}

static const note note_empty = { IDL_EMPTY_STR, IDL_EMPTY_BYTES };
const idl_message note_type = { sizeof(note), &note_empty, note_put, note_get };

static void run_done(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                     void *arg)
{
    ((idl_done_fn *)user)(call, code, reply, NULL, arg);
}

#define METHOD(name, kind)                                         \
    {                                                              \
        "test.Notes", name, kind, &note_type, &note_type, run_done \
    }
const idl_method echo_method = METHOD("echo", 0);
const idl_method tell_method = METHOD("tell", IDL_ONEWAY);
const idl_method list_method = METHOD("list", IDL_STREAM_OUT);
const idl_method load_method = METHOD("load", IDL_STREAM_IN);
const idl_method sync_method = METHOD("sync", IDL_STREAM_IN | IDL_STREAM_OUT);

/* ---- Building ---- */

static void append(struct buffer *b, const void *data, size_t len)
{
    if (b->len + len > b->cap) {
        b->cap = 2 * (b->len + len);
        b->data = realloc(b->data, b->cap);
        if (b->data == NULL)
            abort();
    }
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

static void append_varint(struct buffer *b, uint64_t v)
{
    do {
        uint8_t byte = (uint8_t)((v & 0x7f) | (v > 0x7f ? 0x80 : 0));
        append(b, &byte, 1);
        v >>= 7;
    } while (v > 0);
}

static void append_field(struct buffer *b, unsigned number, const void *data, size_t len)
{
    append_varint(b, number << 3 | 2);
    append_varint(b, len);
    append(b, data, len);
}

static void append_be32(struct buffer *b, uint32_t v)
{
    const uint8_t bytes[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
                               (uint8_t)v };
    append(b, bytes, 4);
}

static void write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return; /* the other side is gone: that is for its own test to see */
        data += n;
        len -= (size_t)n;
    }
}

void peer_raw(peer_conn *conn, const void *bytes, size_t len)
{
    if (conn->corked)
        append(&conn->out, bytes, len);
    else
        write_all(conn->fd, bytes, len);
}

void peer_cork(peer_conn *conn)
{
    conn->corked = true;
}

void peer_uncork(peer_conn *conn)
{
    conn->corked = false;
    write_all(conn->fd, conn->out.data, conn->out.len);
    conn->out.len = 0;
}

void peer_send(peer_conn *conn, uint32_t id, uint8_t type, uint8_t flags, const void *body,
               size_t len)
{
    struct buffer b = { NULL, 0, 0 };
    append_be32(&b, (uint32_t)(6 + len));
    append_be32(&b, id);
    append(&b, &type, 1);
    append(&b, &flags, 1);
    append(&b, body, len);
    peer_raw(conn, b.data, b.len);
    free(b.data);
}

void peer_reply(peer_conn *conn, uint32_t id, const void *payload, size_t len)
{
    struct buffer b = { NULL, 0, 0 };
    append_field(&b, 2, payload, len);
    peer_send(conn, id, RESPONSE, 0, b.data, b.len);
    free(b.data);
}

static void append_status(struct buffer *b, unsigned field, int32_t code, const char *message)
{
    struct buffer status = { NULL, 0, 0 };
    append_varint(&status, 1 << 3);
    append_varint(&status, (uint64_t)(int64_t)code);
    append_field(&status, 2, message, strlen(message));
    append_field(b, field, status.data, status.len);
    free(status.data);
}

void peer_status(peer_conn *conn, uint32_t id, uint8_t flags, int32_t code, const char *message)
{
    struct buffer b = { NULL, 0, 0 };
    append_status(&b, 1, code, message);
    peer_send(conn, id, RESPONSE, flags, b.data, b.len);
    free(b.data);
}

void peer_goaway(peer_conn *conn, uint32_t last, const char *message)
{
    struct buffer b = { NULL, 0, 0 };
    append_varint(&b, 1 << 3);
    append_varint(&b, last);
    append_status(&b, 2, 0, message);
    peer_send(conn, 0, GOAWAY, 0, b.data, b.len);
    free(b.data);
}

void peer_note(peer_conn *conn, uint32_t id, const char *text, size_t len)
{
    struct buffer b = { NULL, 0, 0 };
    append_field(&b, 1, text, len);
    peer_send(conn, id, DATA, 0, b.data, b.len);
    free(b.data);
}

void peer_credit(peer_conn *conn, uint32_t id, uint32_t n)
{
    struct buffer b = { NULL, 0, 0 };
    append_be32(&b, n);
    peer_send(conn, id, CREDIT, 0, b.data, b.len);
    free(b.data);
}

void peer_reset(peer_conn *conn)
{
    struct linger now = { .l_onoff = 1, .l_linger = 0 };
    setsockopt(conn->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

void peer_heard_one(peer_conn *conn)
{
    atomic_fetch_add(&conn->owner->heard, 1);
}

size_t peer_waiting(const peer_conn *conn)
{
    int count = 0;
    ioctl(conn->fd, FIONREAD, &count);
    return (size_t)count;
}

/* ---- Reading ---- */

static bool read_all(int fd, uint8_t *to, size_t len)
{
    while (len > 0) {
        ssize_t n = recv(fd, to, len, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        to += n;
        len -= (size_t)n;
    }
    return true;
}

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static uint64_t varint(const uint8_t **p, const uint8_t *end)
{
    uint64_t v = 0;
    for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t byte = *(*p)++;
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            break;
    }
    return v;
}

static void parse_request(peer_frame *frame)
{
    const uint8_t *p = frame->body, *end = p + frame->len;
    frame->method = "";
    frame->payload = frame->body;
    while (p < end) {
        uint64_t tag = varint(&p, end), len = varint(&p, end);
        if ((tag & 7) == 2 && tag >> 3 == 2) {
            frame->method = (const char *)p;
            frame->method_len = (size_t)len;
        } else if ((tag & 7) == 2 && tag >> 3 == 3) {
            frame->payload = p;
            frame->payload_len = (size_t)len;
        }
        if ((tag & 7) == 2)
            p += len;
    }
}

bool peer_read(peer_conn *conn, peer_frame *frame)
{
    uint8_t head[10];
    if (!read_all(conn->fd, head, sizeof head))
        return false;
    *frame = (peer_frame){ .id = be32(head + 4), .type = head[8], .flags = head[9] };
    frame->len = be32(head) - 6;
    free(conn->body);
    conn->body = frame->body = malloc(frame->len + 1);
    if (conn->body == NULL || !read_all(conn->fd, conn->body, frame->len))
        return false;
    if (frame->type == REQUEST)
        parse_request(frame);
    return true;
}

void peer_echo(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        if (frame.type == REQUEST && (frame.flags & 0x10) != 0)
            peer_heard_one(conn);
        else if (frame.type == REQUEST)
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
}

/* ---- Life ---- */

static void *run_conn(void *arg)
{
    peer_conn *conn = arg;
    conn->owner->script(conn, conn->owner->arg);
    pthread_mutex_lock(&conn->owner->lock);
    close(conn->fd);
    conn->fd = -1;
    pthread_mutex_unlock(&conn->owner->lock);
    return NULL;
}

static void *accept_all(void *arg)
{
    peer *p = arg;
    for (;;) {
        int fd = accept(p->fd, NULL, NULL);
        if (fd < 0 && errno == EINTR)
            continue;
        if (fd < 0)
            return NULL;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        pthread_mutex_lock(&p->lock);
        peer_conn *conn = p->stopping || p->count == CONNS_MAX ? NULL : calloc(1, sizeof *conn);
        if (conn != NULL) {
            atomic_fetch_add(&p->accepted, 1);
            *conn = (peer_conn){ .owner = p, .fd = fd };
            p->conns[p->count++] = conn;
            pthread_create(&conn->thread, NULL, run_conn, conn);
        } else {
            close(fd);
        }
        pthread_mutex_unlock(&p->lock);
    }
}

static peer *start(peer *p)
{
    if (listen(p->fd, 128) != 0)
        abort();
    pthread_mutex_init(&p->lock, NULL);
    pthread_create(&p->thread, NULL, accept_all, p);
    return p;
}

static peer *new_peer(int family, peer_script *script, void *arg)
{
    peer *p = calloc(1, sizeof *p);
    if (p == NULL)
        abort();
    p->script = script;
    p->arg = arg;
    p->fd = socket(family, SOCK_STREAM, 0);
    return p;
}

peer *peer_start(uint16_t port, peer_script *script, void *arg)
{
    peer *p = new_peer(AF_INET, script, arg);
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    setsockopt(p->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(p->fd, (struct sockaddr *)&at, sizeof at) != 0)
        abort();
    socklen_t len = sizeof at;
    getsockname(p->fd, (struct sockaddr *)&at, &len);
    p->port = ntohs(at.sin_port);
    snprintf(p->address, sizeof p->address, "tcp://127.0.0.1:%u", (unsigned)p->port);
    return start(p);
}

peer *peer_start_unix(const char *path, peer_script *script, void *arg)
{
    peer *p = new_peer(AF_UNIX, script, arg);
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    snprintf(p->path, sizeof p->path, "%s", path);
    unlink(path);
    if (bind(p->fd, (struct sockaddr *)&at, sizeof at) != 0)
        abort();
    snprintf(p->address, sizeof p->address, "unix://%s", path);
    return start(p);
}

const char *peer_address(const peer *p)
{
    return p->address;
}

uint16_t peer_port(const peer *p)
{
    return p->port;
}

unsigned peer_accepted(const peer *p)
{
    return atomic_load(&p->accepted);
}

unsigned peer_heard(const peer *p)
{
    return atomic_load(&p->heard);
}

void peer_stop(peer *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    for (unsigned i = 0; i < p->count; i++)
        if (p->conns[i]->fd >= 0)
            shutdown(p->conns[i]->fd, SHUT_RDWR);
    pthread_mutex_unlock(&p->lock);
    shutdown(p->fd, SHUT_RDWR); /* accept returns */
    pthread_join(p->thread, NULL);
    close(p->fd);
    if (p->path[0] != '\0')
        unlink(p->path);
    for (unsigned i = 0; i < p->count; i++) {
        pthread_join(p->conns[i]->thread, NULL);
        free(p->conns[i]->body);
        free(p->conns[i]->out.data);
        free(p->conns[i]);
    }
    pthread_mutex_destroy(&p->lock);
    free(p);
}
