/* SPDX-License-Identifier: MIT */
/* drain_test.c: how a server ends: by itself, by signals, in time, and with every accepted call
 * answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Handlers ---- */

static idl_code keep(idl_call *call, idl_str text, idl_str *reply)
{
    _Atomic(idl_call *) *kept = idl_call_user(call);
    (void)text;
    (void)reply;
    idl_code code = idl_call_defer(call);
    atomic_store(kept, call);
    return code;
}

static idl_call *kept_call(_Atomic(idl_call *) *kept)
{
    idl_call *call;
    while ((call = atomic_load(kept)) == NULL)
        sleep_ms(1);
    return call;
}

static idl_code stop(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = text;
    idl_server_stop(*(idl_server **)idl_call_user(call));
    return IDL_OK;
}

/* ---- Stopping ---- */

static void a_stop_before_the_run_counts(void **state)
{
    (void)state;
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    idl_server_stop(server);
    assert_int_equal(idl_server_run(server), 0);
    assert_int_equal(idl_server_run(server), 1);
    assert_string_equal(idl_server_error(server), "a server runs once");
    idl_server_free(server);
}

static void a_handler_may_stop_its_server(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, stop, NULL, &fixture.server);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "bye");
    wire_call(&out, 3, 0, "test.Text", "echo", "behind it");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "bye");
    wire_expect(&wire, 3, IDL_OK, "behind it");
    wire_expect_end(&wire);
    wire_close(&wire);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 0);
    idl_server_free(fixture.server);
}

/* A client that says nothing and does not go either is not waited for. */
static void idle_clients_do_not_hold_it_up(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "x");
    long begin = now_ms();
    fixture_stop(&fixture);
    assert_in_range(now_ms() - begin, 1000, 4000);
    wire_expect_end(&wire);
    wire_close(&wire);
}

static void a_drain_waits_for_open_calls(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    _Atomic(idl_call *) kept = NULL;
    struct wire_in in;
    (void)state;
    fixture_start(&fixture, TCP, NULL, keep, NULL, &kept);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    idl_call *call = kept_call(&kept);
    idl_server_stop(fixture.server);
    assert_true(wire_next(&wire, &in)); /* open nothing new */
    assert_int_equal(in.type, WIRE_GOAWAY);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.type, WIRE_PING);
    wire_frame(&out, 0, WIRE_PONG, 0, in.body, in.body_len);
    wire_send(&wire, &out);
    assert_true(wire_next(&wire, &in)); /* the true last one */
    assert_int_equal(in.type, WIRE_GOAWAY);
    sleep_ms(100);
    const struct text reply = { IDL_STR("at last") };
    idl_server_complete(call, &reply, text_other.reply);
    wire_expect(&wire, 1, IDL_OK, "at last");
    wire_expect_end(&wire);
    wire_close(&wire);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 0);
    idl_server_free(fixture.server);
}

/* Even if the client has gone: its handler may use what idl_server_run's caller frees next. */
static void a_drain_waits_for_handlers_without_clients(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    _Atomic(idl_call *) kept = NULL;
    (void)state;
    fixture_start(&fixture, TCP, NULL, keep, NULL, &kept);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    idl_call *call = kept_call(&kept);
    wire_close(&wire);
    idl_server_stop(fixture.server);
    sleep_ms(50);
    assert_int_equal(fixture.status, -1);
    idl_call_end(call, IDL_OK);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 0);
    idl_server_free(fixture.server);
}

static void a_drain_has_an_end(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    _Atomic(idl_call *) kept = NULL;
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.drain_timeout_ms = 100;
    fixture_start(&fixture, TCP, &options, keep, NULL, &kept);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    idl_call *call = kept_call(&kept);
    long begin = now_ms();
    idl_server_stop(fixture.server);
    fixture_join(&fixture);
    assert_in_range(now_ms() - begin, 90, 3000);
    assert_int_equal(fixture.status, 1);
    assert_string_equal(idl_server_error(fixture.server), "ended with calls still open: 1");
    idl_server_free(fixture.server);
    idl_call_end(call, IDL_OK);
    wire_expect_end(&wire);
    wire_close(&wire);
}

/* ---- Signals ---- */

static atomic_int own_signals;

static void count_signal(int number)
{
    (void)number;
    atomic_fetch_add(&own_signals, 1);
}

static void signals_drain_and_are_given_back(void **state)
{
    struct sigaction own = { .sa_handler = count_signal }, after;
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    sigaction(SIGTERM, &own, NULL);
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "x");
    kill(getpid(), SIGTERM);
    wire_expect_end(&wire);
    wire_close(&wire);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 0);
    idl_server_free(fixture.server);

    assert_int_equal(atomic_load(&own_signals), 0);
    sigaction(SIGTERM, NULL, &after);
    assert_ptr_equal(after.sa_handler, count_signal);
    raise(SIGTERM);
    assert_int_equal(atomic_load(&own_signals), 1);
    own.sa_handler = SIG_DFL;
    sigaction(SIGTERM, &own, NULL);
}

static void an_ignored_signal_stays_ignored(void **state)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN }, usual = { .sa_handler = SIG_DFL };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    sigaction(SIGINT, &ignore, NULL);
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "x");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "x");
    kill(getpid(), SIGINT);
    wire_call(&out, 3, 0, "test.Text", "echo", "still here");
    wire_send(&wire, &out);
    wire_expect(&wire, 3, IDL_OK, "still here");
    wire_close(&wire);
    fixture_stop(&fixture);
    sigaction(SIGINT, &usual, NULL);
}

static void a_second_signal_ends_it_at_once(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    _Atomic(idl_call *) kept = NULL;
    (void)state;
    fixture_start(&fixture, TCP, NULL, keep, NULL, &kept);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "other", "x");
    wire_send(&wire, &out);
    idl_call *call = kept_call(&kept);
    kill(getpid(), SIGINT);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.type, WIRE_GOAWAY);
    kill(getpid(), SIGTERM);
    fixture_join(&fixture);
    assert_int_equal(fixture.status, 1);
    idl_server_free(fixture.server);
    idl_call_end(call, IDL_OK);
    wire_close(&wire);
}

/* ---- Under load ---- */

struct load {
    const char *address;
    size_t answered;
    bool failed;
};

/* Calls in threes until the server goes; every call that the last GOAWAY covers must be answered. */
static void *call_until_goaway(void *arg)
{
    struct load *load = arg;
    struct wire wire;
    struct wire_in in;
    uint32_t id = 1, last = UINT32_MAX, answered = 0;
    bool going = false;
    wire_open(&wire, load->address);
    while (true) {
        for (int i = 0; i < 3 && !going; i++, id += 2) {
            struct wire_out out = { 0 };
            wire_call(&out, id, 0, "test.Text", "echo", "load");
            if (send(wire.fd, out.data, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
                load->failed = true;
            wire_free(&out);
        }
        if (!wire_next(&wire, &in))
            break;
        if (in.type == WIRE_GOAWAY) {
            going = true;
            const uint8_t *p = in.body; /* field 1, a varint: last_stream */
            for (last = 0, p++; (size_t)(p - in.body) < in.body_len; p++) {
                last |= (uint32_t)(*p & 0x7f) << 7 * (p - in.body - 1);
                if (*p < 0x80)
                    break;
            }
        } else if (in.type == WIRE_PING) {
            struct wire_out out = { 0 };
            wire_frame(&out, 0, WIRE_PONG, 0, in.body, in.body_len);
            if (send(wire.fd, out.data, out.len, MSG_NOSIGNAL) != (ssize_t)out.len)
                load->failed = true;
            wire_free(&out);
        } else if (in.type == WIRE_RESPONSE && in.code == IDL_OK) {
            answered++;
        } else {
            load->failed = true;
        }
    }
    uint32_t sent = (id - 1) / 2, taken = last < id ? (last + 1) / 2 : sent;
    if (answered != taken)
        load->failed = true;
    load->answered = answered;
    wire_close(&wire);
    return NULL;
}

static void a_drain_loses_no_call(void **state)
{
    enum { CLIENTS = 8 };
    struct load loads[CLIENTS];
    pthread_t threads[CLIENTS];
    idl_server_options options = IDL_SERVER_OPTIONS;
    struct fixture fixture;
    (void)state;
    options.workers = 2;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    for (size_t i = 0; i < CLIENTS; i++) {
        loads[i] = (struct load){ .address = fixture_address(&fixture) };
        assert_int_equal(pthread_create(&threads[i], NULL, call_until_goaway, &loads[i]), 0);
    }
    sleep_ms(200);
    idl_server_stop(fixture.server);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    fixture_join(&fixture);
    for (size_t i = 0; i < CLIENTS; i++) {
        assert_false(loads[i].failed);
        assert_true(loads[i].answered > 0);
    }
    assert_int_equal(fixture.status, 0);
    idl_server_free(fixture.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stop_before_the_run_counts),
        cmocka_unit_test(a_handler_may_stop_its_server),
        cmocka_unit_test(idle_clients_do_not_hold_it_up),
        cmocka_unit_test(a_drain_waits_for_open_calls),
        cmocka_unit_test(a_drain_waits_for_handlers_without_clients),
        cmocka_unit_test(a_drain_has_an_end),
        cmocka_unit_test(signals_drain_and_are_given_back),
        cmocka_unit_test(an_ignored_signal_stays_ignored),
        cmocka_unit_test(a_second_signal_ends_it_at_once),
        cmocka_unit_test(a_drain_loses_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
