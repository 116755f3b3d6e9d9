/* SPDX-License-Identifier: MIT */
/* server_test.c: a server on real sockets, asked by clients made of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

/* ---- Calls ---- */

static void a_call_is_answered(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "hello");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "hello");
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void what_did_not_arrive_is_empty(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", NULL);
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "");
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* Requests that leave in one write are answered in one: one read takes all the replies. */
static void pipelined_calls_are_answered_together(void **state)
{
    enum { CALLS = 200 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "echo", "pipelined");
    wire_send(&wire, &out);
    for (uint32_t i = 0; i < CALLS; i++)
        wire_expect(&wire, 2 * i + 1, IDL_OK, "pipelined");
    assert_int_equal(wire.reads, 1);
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void bytes_may_come_one_by_one(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "one");
    wire_call(&out, 3, 0, "test.Text", "echo", "two");
    for (size_t i = 0; i < out.len; i++) {
        struct wire_out byte = { 0 };
        wire_bytes(&byte, out.data + i, 1);
        wire_send(&wire, &byte);
        sleep_ms(1);
    }
    wire_free(&out);
    wire_expect(&wire, 1, IDL_OK, "one");
    wire_expect(&wire, 3, IDL_OK, "two");
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void serve_many(const idl_server_options *options)
{
    enum { CLIENTS = 100, ROUNDS = 5 };
    struct fixture fixture;
    struct wire *wires = calloc(CLIENTS, sizeof *wires);
    char text[32];
    assert_non_null(wires);
    fixture_start(&fixture, TCP, options, NULL, NULL, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        wire_open(&wires[i], fixture_address(&fixture));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < CLIENTS; i++) {
            struct wire_out out = { 0 };
            snprintf(text, sizeof text, "%zu/%u", i, (unsigned)round);
            wire_call(&out, 2 * round + 1, 0, "test.Text", "echo", text);
            wire_send(&wires[i], &out);
        }
        for (size_t i = 0; i < CLIENTS; i++) {
            snprintf(text, sizeof text, "%zu/%u", i, (unsigned)round);
            wire_expect(&wires[i], 2 * round + 1, IDL_OK, text);
        }
    }
    for (size_t i = 0; i < CLIENTS; i++)
        wire_close(&wires[i]);
    free(wires);
    fixture_stop(&fixture);
}

static void many_clients_are_served(void **state)
{
    (void)state;
    serve_many(NULL);
}

static void workers_share_the_clients(void **state)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.workers = 4;
    serve_many(&options);
}

static void a_large_message_comes_back_whole(void **state)
{
    enum { SIZE = 3 << 20 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", text);
    wire_send(&wire, &out);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.code, IDL_OK);
    assert_int_equal(in.text_len, SIZE);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* ---- Errors ---- */

static idl_code failing(idl_call *call, idl_str text, idl_str *reply)
{
    int code = atoi(text.data);
    *reply = idl_call_str(call, text);
    if (code == 99)
        return (idl_code)99;
    if (code == 98)
        return idl_call_fail(call, (idl_code)98, "with %s", "words");
    if (code == 8) { /* sticks, whatever is returned */
        assert_null(idl_call_alloc(call, SIZE_MAX));
        assert_string_equal(idl_call_printf(call, "%d", 1).data, "");
        return IDL_OK;
    }
    return idl_call_fail(call, (idl_code)code, "no item '%s'", text.data);
}

static void errors_arrive(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, failing, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "5");
    wire_call(&out, 3, 0, "test.Text", "other", "99");
    wire_call(&out, 5, 0, "test.Text", "other", "98");
    wire_call(&out, 7, 0, "test.Text", "other", "-1");
    wire_call(&out, 9, 0, "test.Text", "other", "8");
    wire_call(&out, 11, 0, "test.Text", "other", "0");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_NOT_FOUND, "no item '5'");
    wire_expect(&wire, 3, IDL_UNKNOWN, "code 99");
    wire_expect(&wire, 5, IDL_UNKNOWN, "code 98: with words");
    wire_expect(&wire, 7, IDL_UNKNOWN, "code -1: no item '-1'");
    wire_expect(&wire, 9, IDL_RESOURCE_EXHAUSTED, "out of memory");
    wire_expect(&wire, 11, IDL_OK, "0");
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void unknown_names_are_named(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "ecko", "x");
    wire_call(&out, 3, 0, "test.Text", "absent", "x");
    wire_call(&out, 5, 0, "test.Tex", "echo", "x");
    wire_call(&out, 7, 0, "", "", "x");
    wire_call(&out, 9, 0, "test.Text", "echo", "still here");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_UNIMPLEMENTED, "no method 'ecko' in service 'test.Text'");
    wire_expect(&wire, 3, IDL_UNIMPLEMENTED, "no method 'absent' in service 'test.Text'");
    wire_expect(&wire, 5, IDL_UNIMPLEMENTED, "no service 'test.Tex'");
    wire_expect(&wire, 7, IDL_UNIMPLEMENTED, "no service ''");
    wire_expect(&wire, 9, IDL_OK, "still here");
    wire_close(&wire);
    fixture_stop(&fixture);
}

static idl_code never(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text;
    (void)reply;
    *(int *)idl_call_user(call) += 1;
    return IDL_OK;
}

static void a_bad_request_never_reaches_the_handler(void **state)
{
    static const uint8_t cut[] = { 0x0a, 0x05, 'a' }, not_utf8[] = { 0x0a, 0x01, 0xff };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    int ran = 0;
    const char *said = "the request does not decode as what 'other' of 'test.Text' takes";
    (void)state;
    fixture_start(&fixture, TCP, NULL, never, NULL, &ran);
    wire_open(&wire, fixture_address(&fixture));
    wire_request(&out, 1, 0, "test.Text", "other", cut, sizeof cut, 0);
    wire_request(&out, 3, 0, "test.Text", "other", not_utf8, sizeof not_utf8, 0);
    wire_request(&out, 5, 0, "test.Text", "other", NULL, 0, -1);
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_INVALID_ARGUMENT, said);
    wire_expect(&wire, 3, IDL_INVALID_ARGUMENT, said);
    wire_expect(&wire, 5, IDL_DEADLINE_EXCEEDED, "the time was over before the call began");
    assert_int_equal(ran, 0);
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void oneway_is_never_answered(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    int ran = 0;
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, never, &ran);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, WIRE_ONEWAY, "test.Text", "touch", "x");
    wire_call(&out, 3, WIRE_ONEWAY, "test.Text", "nowhere", "x");
    wire_call(&out, 5, 0, "test.Text", "echo", "after");
    wire_send(&wire, &out);
    wire_expect(&wire, 5, IDL_OK, "after");
    assert_int_equal(ran, 1);
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* ---- What is not ours ---- */

static void expect_refused(const char *address, const void *bytes, size_t len)
{
    struct wire wire;
    struct wire_out out = { 0 };
    wire_open(&wire, address);
    wire_bytes(&out, bytes, len);
    wire_send(&wire, &out);
    wire_expect_end(&wire);
    wire_close(&wire);
}

static void other_protocols_are_refused(void **state)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: example\r\n\r\n";
    static const uint8_t tls[] = { 0x16, 3, 1, 0, 0x80, 1, 0, 0, 0x7c, 3, 3 };
    static const uint8_t even[] = { 0, 0, 0, 6, 0, 0, 0, 2, 1, 0 };
    static const uint8_t short_frame[] = { 0, 0, 0, 1, 0 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    const char *address = fixture_address(&fixture);
    wire_open(&wire, address);
    wire_call(&out, 1, 0, "test.Text", "echo", "before");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "before");
    size_t before = open_descriptors();
    expect_refused(address, http, sizeof http - 1);
    expect_refused(address, tls, sizeof tls);
    expect_refused(address, even, sizeof even);
    expect_refused(address, short_frame, sizeof short_frame);
    wire_call(&out, 3, 0, "test.Text", "echo", "still here");
    wire_send(&wire, &out);
    wire_expect(&wire, 3, IDL_OK, "still here");
    for (int i = 0; i < 1000 && open_descriptors() > before; i++)
        sleep_ms(1);
    assert_int_equal(open_descriptors(), before);
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* A client that asks for much and reads nothing is not read from either: what the server holds for
 * it is bounded. Nothing is lost once it reads. */
static void a_client_that_does_not_read_waits(void **state)
{
    enum { SIZE = 256 << 10, CALLS = 64 };
    struct fixture fixture;
    struct wire wire;
    struct wire_in in;
    char *text = malloc(SIZE + 1);
    size_t sent = 0;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    struct wire_out out = { 0 };
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "echo", text);
    for (int idle = 0; idle < 20 && sent < out.len;) {
        ssize_t n = send(wire.fd, out.data + sent, out.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        idle = n > 0 ? 0 : idle + 1;
        sent += n > 0 ? (size_t)n : 0;
        if (n <= 0)
            sleep_ms(10);
    }
    assert_true(sent < out.len); /* the server has stopped reading */
    for (uint32_t i = 0; i < CALLS; i++) {
        while (sent < out.len) {
            ssize_t n = send(wire.fd, out.data + sent, out.len - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
            if (n <= 0)
                break;
            sent += (size_t)n;
        }
        assert_true(wire_next(&wire, &in));
        assert_int_equal(in.id, 2 * i + 1);
        assert_int_equal(in.text_len, SIZE);
    }
    wire_free(&out);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* Half a frame, and then nothing: the connection goes; between frames a client may be silent. */
static void half_a_frame_does_not_stay(void **state)
{
    struct fixture fixture;
    struct wire half, silent;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.io_timeout_ms = 200;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&half, fixture_address(&fixture));
    wire_open(&silent, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "silence");
    wire_send(&silent, &out);
    wire_expect(&silent, 1, IDL_OK, "silence");
    wire_call(&out, 1, 0, "test.Text", "echo", "half");
    out.len -= 3;
    wire_send(&half, &out);
    wire_expect_end(&half);
    wire_call(&out, 3, 0, "test.Text", "echo", "is golden");
    wire_send(&silent, &out);
    wire_expect(&silent, 3, IDL_OK, "is golden");
    wire_close(&half);
    wire_close(&silent);
    fixture_stop(&fixture);
}

/* Nor does a client for whom replies wait, and who never reads. */
static void a_client_that_never_reads_goes(void **state)
{
    enum { SIZE = 1 << 20, CALLS = 48 }; /* far more than sockets hold */
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    options.io_timeout_ms = 200;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "echo", text);
    ssize_t n;
    size_t sent = 0;
    do { /* until the server is gone */
        n = send(wire.fd, out.data + sent, out.len - sent, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
    } while (n > 0 && sent < out.len);
    assert_true(sent < out.len);
    wire_free(&out);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* Says all, closes its half, and reads then: replies that were made arrive. */
static void replies_reach_a_half_closed_client(void **state)
{
    enum { SIZE = 200 << 10, CALLS = 30 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    char *text = malloc(SIZE + 1);
    struct wire_in in;
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    fixture_start(&fixture, TCP, NULL, failing, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", text);
    wire_send(&wire, &out);
    shutdown(wire.fd, SHUT_WR);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.text_len, SIZE);
    wire_expect_end(&wire);
    wire_close(&wire);
    fixture_stop(&fixture);
    free(text);
}

/* ---- Services and listeners ---- */

static idl_code who(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text;
    *reply = idl_call_printf(call, "%s %s", (const char *)idl_call_user(call), idl_call_peer(call));
    return IDL_OK;
}

static void services_and_listeners_are_many(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    char first[] = "first", second[] = "second", name[64];
    (void)state;
    idl_server *server = idl_server_new(NULL);
    const struct text_handlers handlers = { .echo = who };
    assert_int_equal(text_serve(server, &handlers, first), IDL_OK);
    assert_int_equal(second_serve(server, &handlers, second), IDL_OK);
    snprintf(name, sizeof name, "unix://@idl-test-%ld", (long)getpid());
    assert_int_equal(idl_server_listen(server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(idl_server_listen(server, name), IDL_OK);
    assert_string_equal(idl_server_address(server, 1), name);
    assert_null(idl_server_address(server, 2));
    fixture_run(&fixture, server);

    wire_open(&wire, name);
    wire_call(&out, 1, 0, "test.Second", "echo", "");
    wire_call(&out, 3, 0, "test.Text", "echo", "");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "second unix:");
    wire_expect(&wire, 3, IDL_OK, "first unix:");
    wire_close(&wire);

    struct wire_in in;
    wire_open(&wire, idl_server_address(server, 0));
    wire_call(&out, 1, 0, "test.Text", "echo", "");
    wire_send(&wire, &out);
    assert_true(wire_next(&wire, &in));
    assert_memory_equal(in.text, "first tcp://127.0.0.1:", strlen("first tcp://127.0.0.1:"));
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void misuse_is_an_error_that_sticks(void **state)
{
    const struct text_handlers handlers = { .echo = echo_handler };
    (void)state;
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(idl_server_run(server), 1);
    assert_string_equal(idl_server_error(server), "the server listens nowhere");
    idl_server_free(server);

    server = idl_server_new(NULL);
    assert_int_equal(text_serve(server, &handlers, NULL), IDL_OK);
    assert_int_equal(text_serve(server, &handlers, NULL), IDL_ALREADY_EXISTS);
    assert_int_equal(idl_server_listen(server, "tcp://127.0.0.1:0"), IDL_ALREADY_EXISTS);
    assert_int_equal(idl_server_run(server), 1);
    assert_string_equal(idl_server_error(server), "service 'test.Text' is served already");
    idl_server_free(server);

    server = idl_server_new(NULL);
    assert_int_equal(text_serve(server, NULL, NULL), IDL_INVALID_ARGUMENT);
    assert_string_equal(idl_server_error(server), "service 'test.Text': no handlers");
    idl_server_free(server);

    assert_int_equal(text_serve(NULL, &handlers, NULL), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_server_listen(NULL, "tcp://127.0.0.1:0"), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_server_run(NULL), 1);
    assert_null(idl_server_address(NULL, 0));
    assert_string_equal(idl_server_error(NULL), "there was no memory for the server");
    idl_server_stop(NULL);
    idl_server_free(NULL);
}

/* ---- Nothing is left ---- */

/* Descriptors that a child would inherit. */
static size_t inherited_descriptors(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 256; fd++) {
        int flags = fcntl(fd, F_GETFD);
        count += flags >= 0 && !(flags & FD_CLOEXEC);
    }
    return count;
}

static void children_inherit_nothing(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.workers = 3;
    size_t before = inherited_descriptors();
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "x");
    assert_int_equal(inherited_descriptors(), before + 1); /* the client's own */
    wire_close(&wire);
    fixture_stop(&fixture);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_HEAP_SIZE 0 /* another allocator */
#else
#define HAVE_HEAP_SIZE 1
#endif

/* Bytes that malloc has given out. */
static size_t heap_size(void)
{
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

/* Large messages, many connections: what they took is given back when they go, not at the end, but
 * for what the next large one would need: that goes when some small ones have passed. */
static void memory_is_given_back(void **state)
{
    enum { SIZE = 1 << 20, CLIENTS = 20, SMALL = 70 };
    struct fixture fixture;
    struct wire first, wires[CLIENTS];
    struct wire_out out = { 0 };
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&first, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&first, &out);
    wire_expect(&first, 1, IDL_OK, "x");
    size_t before = heap_size(), descriptors = open_descriptors();
    for (int i = 0; i < CLIENTS; i++) {
        struct wire_in in;
        wire_open(&wires[i], fixture_address(&fixture));
        wire_call(&out, 1, 0, "test.Text", "echo", text);
        wire_send(&wires[i], &out);
        assert_true(wire_next(&wires[i], &in));
        assert_int_equal(in.text_len, SIZE);
    }
    for (int i = 0; i < CLIENTS; i++)
        wire_close(&wires[i]);
    for (int i = 0; i < 1000 && open_descriptors() > descriptors; i++)
        sleep_ms(1);
    for (uint32_t i = 0; i < SMALL; i++) { /* the server has done all that, and no more such came */
        wire_call(&out, 2 * i + 3, 0, "test.Text", "echo", "x");
        wire_send(&first, &out);
        wire_expect(&first, 2 * i + 3, IDL_OK, "x");
    }
    if (HAVE_HEAP_SIZE)
        assert_in_range(heap_size(), 0, before + SIZE / 2);
    wire_close(&first);
    fixture_stop(&fixture);
    free(text);
}

static void a_server_gives_everything_back(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    a_call_is_answered(NULL);
    workers_share_the_clients(NULL);
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    idl_server_free(server); /* never ran */
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_answered),
        cmocka_unit_test(what_did_not_arrive_is_empty),
        cmocka_unit_test(pipelined_calls_are_answered_together),
        cmocka_unit_test(bytes_may_come_one_by_one),
        cmocka_unit_test(many_clients_are_served),
        cmocka_unit_test(workers_share_the_clients),
        cmocka_unit_test(a_large_message_comes_back_whole),
        cmocka_unit_test(errors_arrive),
        cmocka_unit_test(unknown_names_are_named),
        cmocka_unit_test(a_bad_request_never_reaches_the_handler),
        cmocka_unit_test(oneway_is_never_answered),
        cmocka_unit_test(other_protocols_are_refused),
        cmocka_unit_test(a_client_that_does_not_read_waits),
        cmocka_unit_test(half_a_frame_does_not_stay),
        cmocka_unit_test(a_client_that_never_reads_goes),
        cmocka_unit_test(replies_reach_a_half_closed_client),
        cmocka_unit_test(services_and_listeners_are_many),
        cmocka_unit_test(misuse_is_an_error_that_sticks),
        cmocka_unit_test(children_inherit_nothing),
        cmocka_unit_test(memory_is_given_back),
        cmocka_unit_test(a_server_gives_everything_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
