/* SPDX-License-Identifier: MIT */
/* workers_test.c: several workers: each connection stays with one, and each has its share of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

enum { WORKERS = 4, EACH = 10 };

/* Says which thread it runs on. */
static idl_code whose(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text;
    *reply = idl_call_printf(call, "%lx", (unsigned long)pthread_self());
    return IDL_OK;
}

struct client {
    struct wire wire;
    uint32_t id;
    char thread[256];
};

static void ask(struct client *client)
{
    struct wire_out out = { 0 };
    struct wire_in in;
    client->id += 2;
    wire_call(&out, client->id - 1, 0, "test.Text", "other", "");
    wire_send(&client->wire, &out);
    assert_true(wire_next(&client->wire, &in));
    assert_int_equal(in.code, IDL_OK);
    /* A connection stays with its worker. */
    assert_true(client->thread[0] == '\0' || strcmp(client->thread, in.text) == 0);
    snprintf(client->thread, sizeof client->thread, "%s", in.text);
}

static void open_client(struct client *client, const struct fixture *fixture)
{
    *client = (struct client){ .id = 0 };
    wire_open(&client->wire, fixture_address(fixture));
    ask(client);
    ask(client);
}

static int count(const struct client *clients, int all, const char *thread)
{
    int n = 0;
    for (int i = 0; i < all; i++)
        n += strcmp(clients[i].thread, thread) == 0;
    return n;
}

static void shares_are_equal(const char *address)
{
    enum { ALL = WORKERS * EACH };
    struct fixture fixture;
    struct client clients[ALL];
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = WORKERS;
    fixture_start(&fixture, address, &options, whose, NULL, NULL);
    for (int i = 0; i < ALL; i++)
        open_client(&clients[i], &fixture);
    for (int i = 0; i < ALL; i++)
        assert_int_equal(count(clients, ALL, clients[i].thread), EACH);

    /* Who has lost its connections gets the next ones. */
    char thread[256];
    bool gone[ALL] = { false };
    snprintf(thread, sizeof thread, "%s", clients[0].thread);
    for (int i = 0; i < ALL; i++) {
        gone[i] = strcmp(clients[i].thread, thread) == 0;
        if (gone[i])
            wire_close(&clients[i].wire);
    }
    sleep_ms(100); /* that worker has seen it */
    for (int i = 0; i < ALL; i++) {
        if (gone[i])
            open_client(&clients[i], &fixture);
    }
    assert_in_range(count(clients, ALL, thread), EACH - 2, EACH); /* or it was very busy */
    for (int i = 0; i < ALL; i++)
        wire_close(&clients[i].wire);
    fixture_stop(&fixture);
}

static void over_tcp(void **state)
{
    (void)state;
    shares_are_equal("tcp://127.0.0.1:0");
}

static void over_unix(void **state)
{
    char address[64];
    (void)state;
    snprintf(address, sizeof address, "unix://@idl-workers-%d", (int)getpid());
    shares_are_equal(address);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(over_tcp),
        cmocka_unit_test(over_unix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
