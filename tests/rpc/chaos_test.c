/* SPDX-License-Identifier: MIT */
/* chaos_test.c: clients that send damaged frames in odd pieces and go at any moment, while other
 * threads complete their calls. The server must outlive all of them, serve the well-behaved, and
 * give everything back. Seeded; the sanitizers are the judges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

/* ---- A thread that completes what handlers defer ---- */

struct backlog {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    idl_call *calls[256]; /* a ring; a handler that finds it full answers itself */
    size_t first, count;
    bool over;
};

static idl_code defer(idl_call *call, idl_str text, idl_str *reply)
{
    struct backlog *backlog = idl_call_user(call);
    *reply = text;
    pthread_mutex_lock(&backlog->mutex);
    bool room = backlog->count < 256;
    idl_code code = room ? idl_call_defer(call) : IDL_OK;
    if (room)
        backlog->calls[(backlog->first + backlog->count++) % 256] = call;
    pthread_cond_signal(&backlog->changed);
    pthread_mutex_unlock(&backlog->mutex);
    return code;
}

static void *work(void *arg)
{
    struct backlog *backlog = arg;
    unsigned seed = 7;
    pthread_mutex_lock(&backlog->mutex);
    while (!backlog->over || backlog->count > 0) {
        if (backlog->count == 0) {
            pthread_cond_wait(&backlog->changed, &backlog->mutex);
            continue;
        }
        idl_call *call = backlog->calls[backlog->first];
        backlog->first = (backlog->first + 1) % 256;
        backlog->count--;
        pthread_mutex_unlock(&backlog->mutex);
        if (rand_r(&seed) % 8 == 0)
            sleep_ms(1);
        const struct text reply = { idl_call_printf(call, "for %s", idl_call_peer(call)) };
        if (rand_r(&seed) % 2)
            idl_server_complete(call, &reply, text_other.reply);
        else
            idl_call_end(call, idl_call_fail(call, IDL_ABORTED, "no luck"));
        pthread_mutex_lock(&backlog->mutex);
    }
    pthread_mutex_unlock(&backlog->mutex);
    return NULL;
}

/* ---- Streaming handlers ---- */

static void echo_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    (void)user;
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else
        idl_server_emit(call, item, stream_sync.reply); /* what does not fit is dropped */
}

static idl_code echo_stream(idl_call *call)
{
    idl_server_on_next(call, NULL, NULL, echo_item);
    return idl_call_defer(call);
}

static void pour(idl_call *call, void *arg)
{
    static const char bucket[4000];
    const struct text item = { { bucket, sizeof bucket } };
    idl_code code;
    (void)arg;
    do
        code = idl_server_emit(call, &item, stream_list.reply);
    while (code == IDL_OK);
    if (code != IDL_AGAIN)
        idl_call_end(call, code);
}

static idl_code pour_out(idl_call *call, idl_str text)
{
    (void)text;
    idl_call_on_writable(call, pour, NULL);
    idl_code deferred = idl_call_defer(call);
    pour(call, NULL);
    return deferred;
}

/* ---- Clients ---- */

static void random_frame(struct wire_out *out, unsigned *seed, uint32_t *id)
{
    static const uint8_t credit[4] = { 0, 1, 0, 0 }, ping[8] = { 0 };
    char text[512];
    size_t len = (size_t)rand_r(seed) % sizeof text;
    uint32_t old = *id > 2 ? 1 + 2 * ((uint32_t)rand_r(seed) % (*id / 2)) : 1;
    memset(text, 'x', len);
    text[len ? len - 1 : 0] = '\0';
    switch (rand_r(seed) % 12) {
    case 0: wire_frame(out, old, WIRE_CANCEL, 0, NULL, 0); return;
    case 1: wire_frame(out, old, WIRE_DATA, rand_r(seed) & 5, text, len % 2 ? 0 : len); return;
    case 2: wire_frame(out, old, WIRE_CREDIT, 0, credit, 4); return;
    case 3: wire_frame(out, 0, WIRE_PING, 0, ping, 8); return;
    case 4: wire_call(out, *id, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "sync", NULL); break;
    case 5: wire_call(out, *id, 0, "test.Stream", "list", text); break;
    case 6: wire_call(out, *id, WIRE_ONEWAY, "test.Text", "other", text); break;
    case 7: wire_call(out, *id, 0, "test.Text", "nothing", text); break;
    case 8:
    case 9: wire_call(out, *id, 0, "test.Text", "other", text); break;
    default: wire_call(out, *id, 0, "test.Text", "echo", text); break;
    }
    *id += 2;
}

static void damage(struct wire_out *out, unsigned *seed)
{
    for (int i = rand_r(seed) % 4; i > 0 && out->len > 0; i--)
        out->data[(size_t)rand_r(seed) % out->len] ^= (uint8_t)(1 << rand_r(seed) % 8);
}

/* Reads what has come, if anything; false when the server has gone. */
static bool sip(int fd)
{
    char bytes[8192];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return n != 0;
}

static void send_in_pieces(int fd, const struct wire_out *out, unsigned *seed)
{
    for (size_t sent = 0; sent < out->len;) {
        size_t len = 1 + (size_t)rand_r(seed) % (rand_r(seed) % 2 ? 5 : 5000);
        if (len > out->len - sent)
            len = out->len - sent;
        ssize_t n = send(fd, out->data + sent, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 || (rand_r(seed) % 8 == 0 && !sip(fd)))
            return;
        sent += (size_t)n;
    }
}

static void one_client(const char *address, unsigned *seed)
{
    struct wire wire;
    struct wire_out out = { 0 };
    uint32_t id = 1;
    wire_open(&wire, address);
    for (int i = rand_r(seed) % 40; i >= 0; i--)
        random_frame(&out, seed, &id);
    if (rand_r(seed) % 2)
        damage(&out, seed);
    send_in_pieces(wire.fd, &out, seed);
    if (rand_r(seed) % 2)
        shutdown(wire.fd, SHUT_WR);
    if (rand_r(seed) % 4 == 0)
        sleep_ms(1);
    wire_free(&out);
    wire_close(&wire);
}

struct crowd {
    const char *address;
    unsigned seed;
};

static void *many_clients(void *arg)
{
    struct crowd *crowd = arg;
    for (int i = 0; i < 300; i++)
        one_client(crowd->address, &crowd->seed);
    return NULL;
}

static void live(uint32_t workers, unsigned seed)
{
    enum { CROWDS = 3 };
    static const struct stream_handlers streams = { .list = pour_out, .sync = echo_stream };
    const struct text_handlers texts = { .echo = echo_handler, .other = defer };
    struct backlog backlog = { .count = 0 };
    struct crowd crowds[CROWDS];
    pthread_t threads[CROWDS], worker;
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = workers;
    pthread_mutex_init(&backlog.mutex, NULL);
    pthread_cond_init(&backlog.changed, NULL);
    idl_server *server = idl_server_new(&options);
    text_serve(server, &texts, &backlog);
    stream_serve(server, &streams, NULL);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(&fixture, server);
    pthread_create(&worker, NULL, work, &backlog);
    for (unsigned i = 0; i < CROWDS; i++) {
        crowds[i] = (struct crowd){ fixture_address(&fixture), seed + i };
        pthread_create(&threads[i], NULL, many_clients, &crowds[i]);
    }
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t id = 1; id < 400; id += 2) {
        wire_call(&out, id, 0, "test.Text", "echo", "in the middle of it");
        wire_send(&wire, &out);
        wire_expect(&wire, id, IDL_OK, "in the middle of it");
    }
    for (unsigned i = 0; i < CROWDS; i++)
        pthread_join(threads[i], NULL);
    wire_close(&wire);
    fixture_stop(&fixture);
    pthread_mutex_lock(&backlog.mutex);
    backlog.over = true;
    pthread_cond_signal(&backlog.changed);
    pthread_mutex_unlock(&backlog.mutex);
    pthread_join(worker, NULL);
    pthread_mutex_destroy(&backlog.mutex);
    pthread_cond_destroy(&backlog.changed);
}

static void one_worker_outlives_them(void **state)
{
    (void)state;
    live(1, 1000);
}

static void many_workers_outlive_them(void **state)
{
    (void)state;
    live(1, 1); /* what libuv keeps for the process is there */
    size_t before = open_descriptors();
    live(3, 2000);
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_outlives_them),
        cmocka_unit_test(many_workers_outlive_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
