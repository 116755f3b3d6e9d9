/* SPDX-License-Identifier: MIT */
/* server_memory_test.c: a call costs no allocation once the server is warm, and a server that runs
 * out of memory, at any one allocation, answers, refuses or ends, but never breaks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include <sys/socket.h>

#include "alloc_fail.h"
#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

enum { CALLS = 20 };

static void call_many(struct wire *wire, uint32_t *id)
{
    struct wire_out out = { 0 };
    uint32_t first = *id;
    for (int i = 0; i < CALLS; i++, *id += 2)
        wire_call(&out, *id, 0, "test.Text", "echo", "a text that is copied to the arena");
    wire_send(wire, &out);
    for (; first != *id; first += 2)
        wire_expect(wire, first, IDL_OK, "a text that is copied to the arena");
}

/* The clients here allocate with malloc: what is counted is the server's. */
static void calls_cost_no_allocation(void **state)
{
    struct fixture fixture;
    struct wire wires[2];
    uint32_t ids[2] = { 1, 1 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    for (int i = 0; i < 2; i++)
        wire_open(&wires[i], fixture_address(&fixture));
    for (int warm = 0; warm < 5; warm++)
        for (int i = 0; i < 2; i++)
            call_many(&wires[i], &ids[i]);
    sleep_ms(50); /* the server has nothing left to do */
    alloc_fail_at(0);
    for (int round = 0; round < 50; round++)
        for (int i = 0; i < 2; i++)
            call_many(&wires[i], &ids[i]);
    sleep_ms(50);
    assert_int_equal(alloc_count(), 0);
    for (int i = 0; i < 2; i++)
        wire_close(&wires[i]);
    fixture_stop(&fixture);
}

/* One short life of a server and a client; whatever fails in it, it ends. */
static void live(void)
{
    const struct text_handlers handlers = { .echo = echo_handler };
    struct fixture fixture;
    struct wire wire;
    struct wire_in in;
    struct wire_out out = { 0 };
    idl_server *server = idl_server_new(NULL);
    text_serve(server, &handlers, NULL);
    if (idl_server_listen(server, TCP) != IDL_OK) {
        if (server != NULL)
            assert_non_null(strstr(idl_server_error(server), "memory"));
        idl_server_free(server);
        return;
    }
    wire_open(&wire, idl_server_address(server, 0));
    wire_call(&out, 1, 0, "test.Text", "echo", "hello");
    wire_send(&wire, &out);
    shutdown(wire.fd, SHUT_WR);
    fixture_run(&fixture, server);
    bool answered = false;
    int status = 0;
    if (wire_next(&wire, &in) && in.type == WIRE_RESPONSE) {
        answered = in.code == IDL_OK;
        assert_true(answered || in.code == IDL_RESOURCE_EXHAUSTED);
    }
    wire_close(&wire);
    idl_server_stop(server);
    fixture_join(&fixture);
    status = fixture.status;
    assert_true(!answered || status == 0);
    if (status != 0)
        assert_non_null(strstr(idl_server_error(server), "memory"));
    idl_server_free(server);
}

static void every_allocation_may_fail(void **state)
{
    size_t n = 1;
    (void)state;
    for (;; n++) {
        alloc_fail_at(n);
        live();
        if (!alloc_fail_happened())
            break;
    }
    alloc_fail_at(0);
    assert_true(n > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_cost_no_allocation),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
