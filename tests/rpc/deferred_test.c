/* SPDX-License-Identifier: MIT */
/* deferred_test.c: calls that outlive their handlers: ended by any thread, at any time, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/socket.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

/* ---- Threads that complete ---- */

/* Calls that handlers have deferred, and what is to become of them. */
struct desk {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    idl_call *calls[64];
    idl_str texts[64];
    size_t count;
};

static void desk_init(struct desk *desk)
{
    *desk = (struct desk){ .count = 0 };
    pthread_mutex_init(&desk->mutex, NULL);
    pthread_cond_init(&desk->changed, NULL);
}

static void desk_fini(struct desk *desk)
{
    pthread_mutex_destroy(&desk->mutex);
    pthread_cond_destroy(&desk->changed);
}

static idl_code put_on_desk(idl_call *call, idl_str text, idl_str *reply)
{
    struct desk *desk = idl_call_user(call);
    (void)reply;
    pthread_mutex_lock(&desk->mutex);
    desk->calls[desk->count] = call;
    desk->texts[desk->count++] = text;
    pthread_cond_signal(&desk->changed);
    pthread_mutex_unlock(&desk->mutex);
    return idl_call_defer(call);
}

/* Waits for count calls; they stay on the desk. */
static void desk_wait(struct desk *desk, size_t count)
{
    pthread_mutex_lock(&desk->mutex);
    while (desk->count < count)
        pthread_cond_wait(&desk->changed, &desk->mutex);
    pthread_mutex_unlock(&desk->mutex);
}

static void complete_with(idl_call *call, idl_str text)
{
    const struct text reply = { text };
    idl_server_complete(call, &reply, text_other.reply);
}

static void *complete_all(void *arg)
{
    struct desk *desk = arg;
    for (size_t i = desk->count; i-- > 0;)
        complete_with(desk->calls[i],
                      idl_call_printf(desk->calls[i], "late %s", desk->texts[i].data));
    return NULL;
}

static void in_a_thread(void *(*fn)(void *), void *arg)
{
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, fn, arg), 0);
    pthread_join(thread, NULL);
}

static void another_thread_completes(void **state)
{
    enum { CALLS = 20 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct desk desk;
    char text[32];
    (void)state;
    desk_init(&desk);
    fixture_start(&fixture, TCP, NULL, put_on_desk, NULL, &desk);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t round = 0; round < 3; round++) { /* calls and their memory are used again */
        desk.count = 0;
        for (uint32_t i = 0; i < CALLS; i++) {
            snprintf(text, sizeof text, "%u", (unsigned)i);
            wire_call(&out, 2 * (round * CALLS + i) + 1, 0, "test.Text", "other", text);
        }
        wire_send(&wire, &out);
        desk_wait(&desk, CALLS);
        in_a_thread(complete_all, &desk);
        for (uint32_t i = CALLS; i-- > 0;) { /* in the order of their ends */
            snprintf(text, sizeof text, "late %u", (unsigned)i);
            wire_expect(&wire, 2 * (round * CALLS + i) + 1, IDL_OK, text);
        }
    }
    wire_close(&wire);
    fixture_stop(&fixture);
    desk_fini(&desk);
}

static void ends_without_a_reply(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct desk desk;
    (void)state;
    desk_init(&desk);
    fixture_start(&fixture, TCP, NULL, put_on_desk, NULL, &desk);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < 5; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    desk_wait(&desk, 5);
    idl_call_end(desk.calls[0], IDL_OK);
    wire_expect(&wire, 1, IDL_OK, "");
    idl_call_end(desk.calls[1], idl_call_fail(desk.calls[1], IDL_ABORTED, "thought %s", "better"));
    wire_expect(&wire, 3, IDL_ABORTED, "thought better");
    idl_call_end(desk.calls[2], (idl_code)17);
    wire_expect(&wire, 5, IDL_UNKNOWN, "code 17");
    complete_with(desk.calls[3], (idl_str)IDL_STR("\xff"));
    wire_expect(&wire, 7, IDL_INTERNAL,
                "the reply can't be encoded: text that is not UTF-8, or too deep");
    assert_null(idl_call_alloc(desk.calls[4], SIZE_MAX));
    complete_with(desk.calls[4], (idl_str)IDL_STR("x"));
    wire_expect(&wire, 9, IDL_RESOURCE_EXHAUSTED, "out of memory");
    wire_close(&wire);
    fixture_stop(&fixture);
    desk_fini(&desk);
}

/* ---- Before the handler returns ---- */

static void *complete_one(void *arg)
{
    complete_with(arg, (idl_str)IDL_STR("from a thread"));
    return NULL;
}

/* What happens to the call, and when, is what the text says. */
static idl_code eager(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = (idl_str)IDL_STR("returned");
    idl_code deferred = IDL_OK;
    if (strncmp(text.data, "defer", 5) == 0)
        deferred = idl_call_defer(call);
    if (strstr(text.data, "here"))
        complete_with(call, (idl_str)IDL_STR("from the handler"));
    if (strstr(text.data, "thread"))
        in_a_thread(complete_one, call);
    if (strstr(text.data, "last"))
        deferred = idl_call_defer(call);
    if (strstr(text.data, "fail"))
        return idl_call_fail(call, IDL_NOT_FOUND, "could not start");
    return deferred;
}

static void a_handler_may_see_its_call_end(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, eager, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "defer, here");
    wire_call(&out, 3, 0, "test.Text", "other", "here, last");
    wire_call(&out, 5, 0, "test.Text", "other", "here"); /* and returns IDL_OK */
    wire_call(&out, 7, 0, "test.Text", "other", "defer, fail");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "from the handler");
    wire_expect(&wire, 3, IDL_OK, "from the handler");
    wire_expect(&wire, 5, IDL_OK, "from the handler");
    wire_expect(&wire, 7, IDL_NOT_FOUND, "could not start");
    wire_call(&out, 9, 0, "test.Text", "other", "defer, thread");
    wire_send(&wire, &out);
    wire_expect(&wire, 9, IDL_OK, "from a thread");
    wire_call(&out, 11, 0, "test.Text", "other", "thread, last");
    wire_send(&wire, &out);
    wire_expect(&wire, 11, IDL_OK, "from a thread");
    wire_call(&out, 13, 0, "test.Text", "other", "thread"); /* and returns IDL_OK */
    wire_send(&wire, &out);
    wire_expect(&wire, 13, IDL_OK, "from a thread");
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* One handler ends what another has deferred, on the same loop. */
static idl_code pair(idl_call *call, idl_str text, idl_str *reply)
{
    idl_call **waiting = idl_call_user(call);
    if (*waiting == NULL) {
        *waiting = call;
        return idl_call_defer(call);
    }
    complete_with(*waiting, text);
    *waiting = NULL;
    *reply = (idl_str)IDL_STR("told");
    return IDL_OK;
}

static void one_handler_completes_for_another(void **state)
{
    struct fixture fixture;
    struct wire first, second;
    struct wire_out out = { 0 };
    idl_call *waiting = NULL;
    (void)state;
    fixture_start(&fixture, TCP, NULL, pair, NULL, &waiting);
    wire_open(&first, fixture_address(&fixture));
    wire_open(&second, fixture_address(&fixture));
    for (uint32_t id = 1; id < 10; id += 2) {
        wire_call(&out, id, 0, "test.Text", "other", "");
        wire_send(&first, &out);
        sleep_ms(10);
        wire_call(&out, id, 0, "test.Text", "other", "news");
        wire_send(&second, &out);
        wire_expect(&second, id, IDL_OK, "told");
        wire_expect(&first, id, IDL_OK, "news");
    }
    wire_close(&first);
    wire_close(&second);
    fixture_stop(&fixture);
}

/* ---- Nobody waits any more ---- */

static void a_cancelled_call_ends_in_silence(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct desk desk;
    (void)state;
    desk_init(&desk);
    fixture_start(&fixture, TCP, NULL, put_on_desk, NULL, &desk);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    desk_wait(&desk, 1);
    wire_frame(&out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_call(&out, 3, 0, "test.Text", "echo", "cancelled");
    wire_send(&wire, &out);
    wire_expect(&wire, 3, IDL_OK, "cancelled");
    in_a_thread(complete_all, &desk);
    wire_call(&out, 5, 0, "test.Text", "echo", "silence");
    wire_send(&wire, &out);
    wire_expect(&wire, 5, IDL_OK, "silence");
    wire_close(&wire);
    fixture_stop(&fixture);
    desk_fini(&desk);
}

static void the_client_may_be_gone(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct desk desk;
    (void)state;
    desk_init(&desk);
    fixture_start(&fixture, TCP, NULL, put_on_desk, NULL, &desk);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < 10; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "arguments stay");
    wire_send(&wire, &out);
    desk_wait(&desk, 10);
    wire_close(&wire);
    sleep_ms(50); /* the server has seen it */
    assert_string_equal(desk.texts[9].data, "arguments stay");
    assert_memory_equal(idl_call_peer(desk.calls[0]), "tcp://127.0.0.1:", 16);
    in_a_thread(complete_all, &desk);
    fixture_stop(&fixture);
    desk_fini(&desk);
}

/* Ends race with cancels and lost connections: whoever is first, all is given back. */
static void *complete_as_they_come(void *arg)
{
    struct desk *desk = arg;
    for (size_t i = 0; i < 64; i++) {
        desk_wait(desk, i + 1);
        complete_with(desk->calls[i], desk->texts[i]);
    }
    return NULL;
}

static void ends_race_with_lost_clients(void **state)
{
    enum { ROUNDS = 20 };
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct fixture fixture;
        struct wire wires[4];
        struct wire_out out = { 0 };
        struct desk desk;
        pthread_t thread;
        desk_init(&desk);
        fixture_start(&fixture, TCP, NULL, put_on_desk, NULL, &desk);
        assert_int_equal(pthread_create(&thread, NULL, complete_as_they_come, &desk), 0);
        for (size_t i = 0; i < 4; i++)
            wire_open(&wires[i], fixture_address(&fixture));
        for (size_t i = 0; i < 4; i++) {
            for (uint32_t call = 0; call < 16; call++)
                wire_call(&out, 2 * call + 1, 0, "test.Text", "other", "race");
            for (uint32_t call = 0; i % 2 && call < 16; call++)
                wire_frame(&out, 2 * call + 1, WIRE_CANCEL, 0, NULL, 0);
            wire_send(&wires[i], &out);
            if (i < 2) /* lost at once, the requests are read nevertheless */
                shutdown(wires[i].fd, SHUT_WR);
        }
        pthread_join(thread, NULL);
        for (size_t i = 0; i < 4; i++)
            wire_close(&wires[i]);
        fixture_stop(&fixture);
        desk_fini(&desk);
    }
}

/* ---- The server is gone ---- */

static void calls_may_outlive_the_server(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct desk desk;
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.drain_timeout_ms = 50;
    options.workers = 2;
    desk_init(&desk);
    fixture_start(&fixture, TCP, &options, put_on_desk, NULL, &desk);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < 3; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "patience");
    wire_send(&wire, &out);
    desk_wait(&desk, 3);
    idl_server_stop(fixture.server);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 1);
    assert_string_equal(idl_server_error(fixture.server), "ended with calls still open: 3");
    idl_server_free(fixture.server);
    assert_string_equal(desk.texts[2].data, "patience");
    assert_memory_equal(idl_call_peer(desk.calls[2]), "tcp://127.0.0.1:", 16);
    in_a_thread(complete_all, &desk);
    wire_expect_end(&wire);
    wire_close(&wire);
    desk_fini(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_thread_completes),
        cmocka_unit_test(ends_without_a_reply),
        cmocka_unit_test(a_handler_may_see_its_call_end),
        cmocka_unit_test(one_handler_completes_for_another),
        cmocka_unit_test(a_cancelled_call_ends_in_silence),
        cmocka_unit_test(the_client_may_be_gone),
        cmocka_unit_test(ends_race_with_lost_clients),
        cmocka_unit_test(calls_may_outlive_the_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
