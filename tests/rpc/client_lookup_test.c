/* SPDX-License-Identifier: MIT */
/* client_lookup_test.c: names that stand for several places, and names that are slow to look up.
 *
 * The linker sends getaddrinfo through the function below, which knows some names of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <netdb.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "fixture.h"
#include "scripted.h"

static atomic_int lookups, under_way;
static atomic_long delay_ms;
static atomic_bool away; /* the name is not known at present */

int __real_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found);

/* "both.test": ::1 and 127.0.0.1. */
int __wrap_getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                       struct addrinfo **found)
{
    if (strcmp(host, "both.test") != 0)
        return __real_getaddrinfo(host, port, hints, found);
    atomic_fetch_add(&lookups, 1);
    atomic_fetch_add(&under_way, 1);
    sleep_ms(atomic_load(&delay_ms));
    atomic_fetch_sub(&under_way, 1);
    if (atomic_load(&away))
        return EAI_NONAME;
    struct addrinfo *last;
    int failed = __real_getaddrinfo("::1", port, hints, found);
    if (failed)
        return failed;
    for (last = *found; last->ai_next != NULL; last = last->ai_next)
        continue;
    return __real_getaddrinfo("127.0.0.1", port, hints, &last->ai_next);
}

typedef struct client {
    struct fixture server[2];
    char address[64];
    idl_channel *channel;
    idl_call *call;
} client;

/* Counts, in the int that user is. */
static idl_code count(idl_call *call, idl_str text, idl_str *reply)
{
    atomic_fetch_add((atomic_int *)idl_call_user(call), 1);
    *reply = text;
    return IDL_OK;
}

static bool has_ipv6(void)
{
    idl_server *server = idl_server_new(NULL);
    bool has = idl_server_listen(server, "tcp://[::1]:0") == IDL_OK;
    idl_server_free(server);
    return has;
}

/* Servers on both addresses of the name, with the same port. */
static void begin(client *c, atomic_int counts[2], idl_policy policy)
{
    char address[64];
    fixture_start(&c->server[0], "tcp://127.0.0.1:0", NULL, count, NULL, &counts[0]);
    const char *port = strrchr(fixture_address(&c->server[0]), ':');
    snprintf(address, sizeof address, "tcp://[::1]%s", port);
    fixture_start(&c->server[1], address, NULL, count, NULL, &counts[1]);
    snprintf(c->address, sizeof c->address, "tcp://both.test%s", port);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.policy = policy;
    options.backoff_initial_ms = options.backoff_max_ms = 5;
    c->channel = idl_channel_open(c->address, &options);
    c->call = idl_call_new();
}

static void end(client *c)
{
    idl_call_free(c->call);
    idl_channel_close(c->channel);
    fixture_stop(&c->server[0]);
    fixture_stop(&c->server[1]);
}

static idl_code other(client *c)
{
    const struct text request = { IDL_STR("x") };
    struct text reply;
    return idl_client_call(c->channel, c->call, &request, &reply, &text_other);
}

static void a_name_may_be_several_places(void **state)
{
    (void)state;
    client c;
    atomic_int counts[2] = { 0, 0 };
    if (!has_ipv6())
        skip();
    begin(&c, counts, IDL_ROUND_ROBIN);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(other(&c), IDL_OK);
        sleep_ms(1);
    }
    assert_true(atomic_load(&counts[0]) > 10 && atomic_load(&counts[1]) > 10);
    end(&c);
    atomic_store(&counts[1], 0);
    begin(&c, counts, IDL_PICK_FIRST);
    for (int i = 0; i < 10; i++)
        assert_int_equal(other(&c), IDL_OK);
    assert_int_equal(atomic_load(&counts[1]), 10);
    end(&c);
}

/* ---- Slow lookups ---- */

static void see(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    (void)call;
    (void)reply;
    (void)user;
    *(idl_code *)arg = code;
}

static void a_lookup_ends_with_the_deadline(void **state)
{
    (void)state;
    idl_channel *channel = idl_channel_open("tcp://both.test:1", NULL);
    idl_call *call = idl_call_new();
    const struct text request = { IDL_STR("x") };
    idl_code code = IDL_OK;
    atomic_store(&delay_ms, 1500);
    uint64_t before = idl_now();
    int lookups_before = atomic_load(&lookups);
    idl_call_set_timeout(call, 150);
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &text_other),
                     IDL_DEADLINE_EXCEEDED);
    assert_non_null(strstr(idl_call_message(call), "not connected within 150 ms"));
    idl_call_set_timeout(call, 150);
    idl_client_async(channel, call, &request, (void (*)(void))see, &code, &text_other);
    idl_channel_run(channel);
    assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
    assert_true(idl_now() - before < UINT64_C(1400000000));
    assert_int_equal(atomic_load(&lookups), lookups_before + 1); /* the same one goes on */
    idl_call_free(call);
    idl_channel_close(channel);
    assert_true(idl_now() - before < UINT64_C(1400000000)); /* closing does not wait for it */
    atomic_store(&delay_ms, 0);
}

struct cancel {
    idl_channel *channel;
    idl_token token;
};

static void *cancel_soon(void *arg)
{
    const struct cancel *c = arg;
    sleep_ms(30);
    idl_call_cancel(c->channel, c->token);
    return NULL;
}

static void a_lookup_ends_with_a_cancel(void **state)
{
    (void)state;
    idl_channel *channel = idl_channel_open("tcp://both.test:1", NULL);
    idl_call *call = idl_call_new();
    const struct text request = { IDL_STR("x") };
    struct cancel c = { channel, idl_call_token(call) };
    pthread_t thread;
    atomic_store(&delay_ms, 1500);
    uint64_t before = idl_now();
    pthread_create(&thread, NULL, cancel_soon, &c);
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &text_other), IDL_CANCELLED);
    pthread_join(thread, NULL);
    idl_call_free(call);
    idl_channel_close(channel);
    assert_true(idl_now() - before < UINT64_C(1400000000));
    atomic_store(&delay_ms, 0);
}

static void a_lookup_ends_with_the_attempt(void **state)
{
    (void)state;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.connect_timeout_ms = 40;
    idl_channel *channel = idl_channel_open("tcp://both.test:1", &options);
    idl_call *call = idl_call_new();
    atomic_store(&delay_ms, 1000);
    const struct text request = { IDL_STR("x") };
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &text_other), IDL_UNAVAILABLE);
    assert_string_equal(idl_call_message(call),
                        "tcp://both.test:1: the name was not found within 40 ms");
    idl_call_free(call);
    idl_channel_close(channel);
    atomic_store(&delay_ms, 0);
}

/* ---- Names that change ---- */

static void a_name_is_looked_up_for_each_attempt(void **state)
{
    (void)state;
    client c;
    atomic_int counts[2] = { 0, 0 };
    if (!has_ipv6())
        skip();
    for (int policy = IDL_PICK_FIRST; policy <= IDL_ROUND_ROBIN; policy++) {
        begin(&c, counts, (idl_policy)policy);
        atomic_store(&away, true);
        assert_int_equal(other(&c), IDL_UNAVAILABLE);
        assert_non_null(strstr(idl_call_message(c.call), "host 'both.test' not found"));
        atomic_store(&away, false);
        idl_call_set_wait_for_ready(c.call, true);
        assert_int_equal(other(&c), IDL_OK);
        end(&c);
    }
}

/* Lookups that nobody waits for go on for a while: at the end of the program they would look like
 * leaks. */
static int wait_for_lookups(void **state)
{
    (void)state;
    while (atomic_load(&under_way) > 0)
        sleep_ms(10);
    sleep_ms(100);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_may_be_several_places),
        cmocka_unit_test(a_lookup_ends_with_the_deadline),
        cmocka_unit_test(a_lookup_ends_with_a_cancel),
        cmocka_unit_test(a_lookup_ends_with_the_attempt),
        cmocka_unit_test(a_name_is_looked_up_for_each_attempt),
    };
    return cmocka_run_group_tests(tests, NULL, wait_for_lookups);
}
