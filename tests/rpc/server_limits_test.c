/* SPDX-License-Identifier: MIT */
/* server_limits_test.c: what a server allows its peers, and what it does with those that take more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

static void calls(struct wire *wire, uint32_t id)
{
    struct wire_out out = { 0 };
    wire_call(&out, id, 0, "test.Text", "echo", "hello");
    wire_send(wire, &out);
    wire_expect(wire, id, IDL_OK, "hello");
}

/* A GOAWAY with this code and message, then nothing more. */
static void expect_goaway(struct wire *wire, int code, const char *message)
{
    struct wire_in in;
    assert_true(wire_next(wire, &in));
    assert_int_equal(in.type, WIRE_GOAWAY);
    assert_int_equal(in.id, 0);
    assert_int_equal(in.code, code);
    assert_string_equal(in.message, message);
    wire_expect_end(wire);
}

/* ---- Connections ---- */

static void fill(const idl_server_options *options, const char *address, const char *refusal)
{
    enum { MAX = 3 };
    struct fixture fixture;
    struct wire wires[MAX], more, again;
    char where[128];
    fixture_start(&fixture, address, options, NULL, NULL, NULL);
    snprintf(where, sizeof where, "%s", fixture_address(&fixture));
    if (address[0] == 't') /* also from all interfaces */
        snprintf(where, sizeof where, "tcp://127.0.0.1%s", strrchr(fixture_address(&fixture), ':'));
    for (int i = 0; i < MAX; i++) {
        wire_open(&wires[i], where);
        calls(&wires[i], 1);
    }
    wire_open(&more, where);
    expect_goaway(&more, IDL_RESOURCE_EXHAUSTED, refusal);
    wire_close(&more);
    calls(&wires[0], 3);
    wire_close(&wires[1]); /* room for one */
    for (int tries = 0;; tries++) {
        struct wire_in in;
        struct wire_out out = { 0 };
        wire_open(&again, where);
        wire_call(&out, 1, 0, "test.Text", "echo", "hello");
        wire_send(&again, &out);
        if (wire_next(&again, &in) && in.type == WIRE_RESPONSE)
            break;
        assert_true(tries < 500); /* the server has not seen the other one go */
        wire_close(&again);
        sleep_ms(2);
    }
    wire_close(&again);
    wire_close(&wires[0]);
    wire_close(&wires[2]);
    fixture_stop(&fixture);
}

static void connections_are_limited(void **state)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.max_connections = 3;
    options.max_connections_per_peer = 3;
    fill(&options, TCP, "the server has too many connections");
    options.workers = 2;
    fill(&options, TCP, "the server has too many connections");
}

static void connections_of_an_address_are_limited(void **state)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.max_connections_per_peer = 3;
    fill(&options, TCP, "the server has too many connections from this address");
    fill(&options, "tcp://*:0", "the server has too many connections from this address");
}

/* Not counted by address: it has none. */
static void unix_sockets_count_in_all(void **state)
{
    char address[64];
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    snprintf(address, sizeof address, "unix://@idl-limits-%ld", (long)getpid());
    options.max_connections = 3;
    options.max_connections_per_peer = 1;
    fill(&options, address, "the server has too many connections");
}

/* More are refused than can be told so: the rest is closed, and nothing is kept. */
static void a_crowd_is_refused(void **state)
{
    enum { CROWD = 200 };
    struct fixture fixture;
    struct wire honest, *crowd = calloc(CROWD, sizeof *crowd);
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    assert_non_null(crowd);
    options.max_connections = 1;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&honest, fixture_address(&fixture));
    calls(&honest, 1);
    size_t before = open_descriptors();
    for (int i = 0; i < CROWD; i++)
        wire_open(&crowd[i], fixture_address(&fixture));
    for (int i = 0; i < CROWD; i++)
        wire_expect_end(&crowd[i]);
    calls(&honest, 3);
    for (int i = 0; i < CROWD; i++)
        wire_close(&crowd[i]);
    for (int i = 0; i < 3000 && open_descriptors() > before; i++)
        sleep_ms(1);
    assert_int_equal(open_descriptors(), before);
    wire_close(&honest);
    fixture_stop(&fixture);
    free(crowd);
}

/* ---- Time ---- */

static void who_says_nothing_goes(void **state)
{
    struct fixture fixture;
    struct wire silent, slow, honest;
    struct wire_in in;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.handshake_timeout_ms = 300;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&honest, fixture_address(&fixture));
    calls(&honest, 1);
    wire_open(&silent, fixture_address(&fixture));
    wire_open(&slow, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "a letter at a time");
    bool gone = false;
    for (size_t i = 0; i < out.len && !gone; i++) { /* always some progress, never a frame */
        gone = send(slow.fd, out.data + i, 1, MSG_NOSIGNAL) != 1;
        sleep_ms(50);
    }
    assert_true(gone);
    wire_free(&out);
    assert_false(wire_next(&silent, &in)); /* it was never told anything */
    calls(&honest, 3);
    wire_close(&silent);
    wire_close(&slow);
    wire_close(&honest);
    fixture_stop(&fixture);
}

/* Bytes that trickle do not keep a frame alive for ever. */
static void a_frame_must_end(void **state)
{
    struct fixture fixture;
    struct wire slow;
    struct wire_in in;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    char text[301];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    options.io_timeout_ms = 300;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&slow, fixture_address(&fixture));
    calls(&slow, 1);
    wire_call(&out, 3, 0, "test.Text", "echo", text);
    for (size_t i = 0; i < out.len; i++) {
        if (send(slow.fd, out.data + i, 1, MSG_NOSIGNAL) != 1)
            break;
        sleep_ms(20);
    }
    wire_free(&out);
    bool told = wire_next(&slow, &in); /* unless a reset took it */
    assert_true(!told || in.type == WIRE_GOAWAY);
    if (told)
        assert_string_equal(in.message, "a message was begun and not finished in time");
    wire_close(&slow);
    fixture_stop(&fixture);
}

/* ... but a large one that moves may take longer than the timeout. */
static void a_frame_may_be_long(void **state)
{
    enum { SIZE = 64 << 10, PIECE = 2 << 10 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    idl_server_options options = IDL_SERVER_OPTIONS;
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    options.io_timeout_ms = 300;
    options.handshake_timeout_ms = IDL_NO_TIMEOUT;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", text);
    for (size_t sent = 0; sent < out.len; sent += PIECE) {
        size_t len = out.len - sent < PIECE ? out.len - sent : PIECE;
        assert_int_equal(send(wire.fd, out.data + sent, len, MSG_NOSIGNAL), len);
        sleep_ms(20);
    }
    wire_free(&out);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.text_len, SIZE);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

static idl_code waits(idl_call *call, idl_str text, idl_str *reply)
{
    idl_call **waiting = idl_call_user(call);
    (void)text, (void)reply;
    __atomic_store_n(waiting, call, __ATOMIC_RELEASE);
    return idl_call_defer(call);
}

static void idle_connections_are_closed(void **state)
{
    struct fixture fixture;
    struct wire idle, busy, waiting;
    struct wire_in in;
    struct wire_out out = { 0 };
    idl_call *open = NULL;
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.idle_timeout_ms = 800;
    fixture_start(&fixture, TCP, &options, waits, NULL, &open);
    wire_open(&idle, fixture_address(&fixture));
    wire_open(&busy, fixture_address(&fixture));
    wire_open(&waiting, fixture_address(&fixture));
    calls(&idle, 1);
    wire_call(&out, 1, 0, "test.Text", "other", "for long");
    wire_send(&waiting, &out);
    uint32_t id = 1;
    for (; id < 161; id += 2) { /* twice the time */
        calls(&busy, id);
        sleep_ms(20);
    }
    wire_expect_end(&idle);
    idl_call *call = __atomic_load_n(&open, __ATOMIC_ACQUIRE);
    assert_non_null(call);
    idl_call_end(call, IDL_NOT_FOUND);
    assert_true(wire_next(&waiting, &in));
    assert_int_equal(in.code, IDL_NOT_FOUND);
    calls(&busy, id);
    wire_close(&idle);
    wire_close(&busy);
    wire_close(&waiting);
    fixture_stop(&fixture);
}

/* A client whose connection was closed between two calls does not notice. */
static void clients_survive_idleness(void **state)
{
    struct fixture fixture;
    idl_server_options options = IDL_SERVER_OPTIONS;
    struct text reply;
    const struct text request = { IDL_STR("again") };
    (void)state;
    options.idle_timeout_ms = 100;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 8; i++) {
        idl_code code = idl_client_call(channel, call, &request, &reply, &text_echo);
        if (code != IDL_OK)
            fail_msg("after %d: %s", i * 70, idl_call_message(call));
        assert_string_equal(reply.text.data, "again");
        sleep_ms(i * 70); /* through all steps of the goodbye */
    }
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

/* ---- Output ---- */

enum { REPLY = 100 << 10 };

struct held {
    idl_call *calls[64];
    size_t count;
};

static idl_code holds(idl_call *call, idl_str text, idl_str *reply)
{
    struct held *held = idl_call_user(call);
    (void)text, (void)reply;
    held->calls[held->count] = call;
    __atomic_store_n(&held->count, held->count + 1, __ATOMIC_RELEASE);
    return idl_call_defer(call);
}

/* Replies to a client that reads none wait up to the limit; further ones become errors. */
static void unread_replies_are_limited(void **state)
{
    enum { CALLS = 64 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    struct held held = { .count = 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    char *text = malloc(REPLY);
    int small = 16 << 10;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', REPLY);
    options.max_unsent = 2 << 20;
    fixture_start(&fixture, "tcp://127.0.0.1:0", &options, holds, NULL, &held);
    wire_open(&wire, fixture_address(&fixture));
    setsockopt(wire.fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    while (__atomic_load_n(&held.count, __ATOMIC_ACQUIRE) < CALLS)
        sleep_ms(1);
    const struct text reply = { { text, REPLY } };
    for (size_t i = 0; i < CALLS; i++)
        idl_server_complete(held.calls[i], &reply, text_other.reply);
    sleep_ms(100);
    size_t whole = 0, refused = 0;
    for (int i = 0; i < CALLS; i++) {
        assert_true(wire_next(&wire, &in));
        assert_int_equal(in.type, WIRE_RESPONSE);
        if (in.code == IDL_OK) {
            assert_int_equal(in.text_len, REPLY);
            whole++;
        } else {
            assert_int_equal(in.code, IDL_RESOURCE_EXHAUSTED);
            assert_string_equal(in.message, "too many replies wait to be read");
            refused++;
        }
    }
    /* What the kernel holds in both buffers comes on top of the limit. */
    assert_true(whole >= (2 << 20) / REPLY);
    assert_int_equal(whole + refused, CALLS);
    calls(&wire, 2 * CALLS + 1);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* A client that sends, but takes no answer, makes no progress. */
static void sending_does_not_excuse_from_reading(void **state)
{
    enum { SIZE = 200 << 10 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    char *text = malloc(SIZE + 1), address[64];
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    options.io_timeout_ms = 300;
    /* A unix socket's buffers do not grow. */
    snprintf(address, sizeof address, "unix://@idl-limits-%ld", (long)getpid());
    fixture_start(&fixture, address, &options, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < 4; i++) /* more than those take, less than stops the server */
        wire_call(&out, 2 * i + 1, 0, "test.Text", "echo", text);
    wire_send(&wire, &out);
    bool gone = false;
    for (uint32_t id = 9; id < 2000 && !gone; id += 2) {
        wire_call(&out, id, WIRE_ONEWAY, "test.Text", "absent", "x");
        gone = send(wire.fd, out.data, out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0;
        assert_true(!gone || errno == EPIPE || errno == ECONNRESET);
        wire_free(&out);
        sleep_ms(10);
    }
    assert_true(gone);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* ---- Decoded ---- */

/* message { list<fat> items = 1; } struct fat: nothing on the wire is much here. */
struct fat {
    uint64_t fields[32];
};
struct crowd {
    const struct fat *items;
    size_t count;
};

static const struct fat no_fat;
static const struct crowd no_crowd = { (const void *)idl_nothing, 0 };

static void fat_get(idl_reader *r, void *message)
{
    uint32_t tag;
    (void)message;
    while ((tag = idl_get_tag(r)) != 0)
        idl_get_skip(r, tag);
}

static const idl_message fat_type = { sizeof(struct fat), &no_fat, NULL, fat_get };

static void crowd_put(idl_writer *w, const void *message)
{
    idl_put_varint(w, IDL_TAG(2, IDL_VARINT), ((const struct crowd *)message)->count);
}

static void crowd_get(idl_reader *r, void *message)
{
    struct crowd *m = message;
    uint32_t tag;
    while ((tag = idl_get_tag(r)) != 0) {
        if (tag == IDL_TAG(1, IDL_LEN))
            m->items = idl_get_message_list(r, &fat_type, m->items, &m->count);
        else
            idl_get_skip(r, tag);
    }
}

static const idl_message crowd_type = { sizeof(struct crowd), &no_crowd, crowd_put, crowd_get };
static const idl_method crowd_count = { "test.Crowd", "count", 0, &crowd_type, &crowd_type, NULL };

static idl_code crowd_enter(idl_call *call, const void *request, void *reply, const void *handlers,
                            size_t method)
{
    (void)call, (void)handlers, (void)method;
    *(struct crowd *)reply = *(const struct crowd *)request;
    return IDL_OK;
}

static void messages_do_not_swell(void **state)
{
    enum { MANY = 50000 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 }, empty = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.max_decoded = 1 << 20;
    fixture.server = idl_server_new(&options);
    void (*some)(void) = abort; /* a handler, which crowd_enter does not call */
    idl_server_add(fixture.server, &crowd_count, 1, crowd_enter, &some, NULL);
    assert_int_equal(idl_server_listen(fixture.server, TCP), IDL_OK);
    fixture_run(&fixture, fixture.server);
    wire_open(&wire, fixture_address(&fixture));
    for (int i = 0; i < MANY; i++)
        wire_bytes(&empty, "\x0a\x00", 2);
    wire_request(&out, 1, 0, "test.Crowd", "count", empty.data, 2 * 100, 0);
    wire_request(&out, 3, 0, "test.Crowd", "count", empty.data, empty.len, 0);
    wire_request(&out, 5, 0, "test.Crowd", "count", empty.data, 2 * 100, 0);
    wire_free(&empty);
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "");
    wire_expect(&wire, 3, IDL_RESOURCE_EXHAUSTED, "the request takes too much memory, decoded");
    wire_expect(&wire, 5, IDL_OK, "");
    wire_close(&wire);
    fixture_stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_are_limited),
        cmocka_unit_test(connections_of_an_address_are_limited),
        cmocka_unit_test(unix_sockets_count_in_all),
        cmocka_unit_test(a_crowd_is_refused),
        cmocka_unit_test(who_says_nothing_goes),
        cmocka_unit_test(a_frame_must_end),
        cmocka_unit_test(a_frame_may_be_long),
        cmocka_unit_test(idle_connections_are_closed),
        cmocka_unit_test(clients_survive_idleness),
        cmocka_unit_test(unread_replies_are_limited),
        cmocka_unit_test(sending_does_not_excuse_from_reading),
        cmocka_unit_test(messages_do_not_swell),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
