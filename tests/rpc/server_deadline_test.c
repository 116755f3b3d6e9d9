/* SPDX-License-Identifier: MIT */
/* server_deadline_test.c: the server ends calls in time, whatever their handlers do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "effort.h"
#include "fixture.h"
#include "wire.h"

#define TCP  "tcp://127.0.0.1:0"
#define MS   INT64_C(1000000)
#define SOON 150 /* ms: long enough for handlers to begin on a busy machine */
#define LATE "the handler took longer than the call's deadline allows"

static const uint8_t ada[] = { 0x0a, 3, 'A', 'd', 'a' };

static void ask(struct wire *wire, uint32_t id, int flags, const char *service, const char *method,
                int64_t timeout_ns)
{
    struct wire_out out = { 0 };
    wire_request(&out, id, flags, service, method, flags & WIRE_NO_DATA ? NULL : ada,
                 flags & WIRE_NO_DATA ? 0 : sizeof ada, timeout_ns);
    wire_send(wire, &out);
}

static uint64_t ms_since(uint64_t begin)
{
    return (idl_now() - begin) / MS;
}

/* What handlers saw. */
struct seen {
    atomic_int started, cancels, ends, touched;
    atomic_uint_least64_t left;
    idl_call *call;
};

static void on_cancel(idl_call *call, void *arg)
{
    struct seen *seen = arg;
    assert_true(idl_call_is_cancelled(call));
    atomic_fetch_add(&seen->cancels, 1);
    idl_call_end(call, IDL_OK);
}

/* Defers, and ends when it is told to. */
static idl_code wait_for_cancel(idl_call *call, idl_str text, idl_str *reply)
{
    struct seen *seen = idl_call_user(call);
    (void)text, (void)reply;
    uint64_t deadline = idl_call_deadline(call);
    atomic_store(&seen->left, deadline != 0 ? deadline - idl_now() : 0);
    atomic_fetch_add(&seen->started, 1);
    assert_false(idl_call_is_cancelled(call));
    idl_call_on_cancel(call, on_cancel, seen);
    return idl_call_defer(call);
}

static idl_code count_touches(idl_call *call, idl_str text, idl_str *reply)
{
    struct seen *seen = idl_call_user(call);
    (void)text, (void)reply;
    atomic_fetch_add(&seen->touched, 1);
    return IDL_OK;
}

static void a_call_ends_in_time(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct seen seen = { .started = 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, wait_for_cancel, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    uint64_t begin = idl_now();
    ask(&wire, 1, 0, "test.Text", "other", SOON * MS);
    wire_expect(&wire, 1, IDL_DEADLINE_EXCEEDED, LATE);
    assert_in_range(ms_since(begin), SOON - 1, 5000);
    assert_in_range(atomic_load(&seen.left), 1, SOON * MS);
    ask(&wire, 3, 0, "test.Text", "echo", 10000 * MS); /* the handler has run by now */
    wire_expect(&wire, 3, IDL_OK, "Ada");
    assert_int_equal(atomic_load(&seen.cancels), 1);
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void calls_without_one_have_none(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct seen seen = { .left = 1 };
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, wait_for_cancel, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    ask(&wire, 1, 0, "test.Text", "other", 0);
    ask(&wire, 3, 0, "test.Text", "echo", 0);
    wire_expect(&wire, 3, IDL_OK, "Ada");
    assert_int_equal(atomic_load(&seen.left), 0);
    assert_int_equal(atomic_load(&seen.cancels), 0);
    wire_frame(&out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&wire, &out);
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void what_comes_too_late_is_not_started(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct seen seen = { .started = 0 };
    struct wire_out out = { 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, wait_for_cancel, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    ask(&wire, 1, 0, "test.Text", "other", -1);
    wire_expect(&wire, 1, IDL_DEADLINE_EXCEEDED, "the time was over before the call began");
    ask(&wire, 3, WIRE_ONEWAY, "test.Text", "touch", INT64_MIN);
    ask(&wire, 5, WIRE_ONEWAY, "test.Text", "touch", INT64_MAX);
    /* Half of it, and the rest when its time is over: that began with the first byte. */
    wire_request(&out, 7, 0, "test.Text", "other", ada, sizeof ada, 20 * MS);
    struct wire_out half = { 0 };
    wire_bytes(&half, out.data, 9);
    wire_send(&wire, &half);
    sleep_ms(150); /* a delayed acknowledgement may hold the first half back */
    wire_bytes(&half, out.data + 9, out.len - 9);
    wire_free(&out);
    wire_send(&wire, &half);
    wire_expect(&wire, 7, IDL_DEADLINE_EXCEEDED, "the time was over before the call began");
    assert_int_equal(atomic_load(&seen.started), 0);
    assert_int_equal(atomic_load(&seen.touched), 1);
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* Each of many ends at its own time, in the order of these. */
static void many_end_in_their_order(void **state)
{
    enum { CALLS = 64 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    struct seen seen = { .started = 0 };
    uint32_t last = 0;
    (void)state;
    fixture_start(&fixture, TCP, NULL, wait_for_cancel, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < CALLS; i++) /* 37: every number once */
        wire_request(&out, 2 * i + 1, 0, "test.Text", "other", ada, sizeof ada,
                     (SOON + 2 * (i * 37 % CALLS)) * MS);
    wire_send(&wire, &out);
    for (uint32_t i = 0; i < CALLS; i++) {
        assert_true(wire_next(&wire, &in));
        assert_int_equal(in.code, IDL_DEADLINE_EXCEEDED);
        uint32_t order = in.id / 2 * 37 % CALLS;
        assert_true(i == 0 || order > last);
        last = order;
    }
    wire_close(&wire);
    fixture_stop(&fixture);
    assert_int_equal(atomic_load(&seen.cancels), CALLS);
}

static idl_code keep_call(idl_call *call, idl_str text, idl_str *reply)
{
    struct seen *seen = idl_call_user(call);
    (void)text, (void)reply;
    seen->call = call;
    atomic_fetch_add(&seen->started, 1);
    return idl_call_defer(call);
}

/* Nothing more is said about a call whose time was over, and its memory is there until it ends. */
static void a_late_end_is_not_sent(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct seen seen = { .started = 0 };
    (void)state;
    fixture_start(&fixture, TCP, NULL, keep_call, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    ask(&wire, 1, 0, "test.Text", "other", SOON * MS);
    wire_expect(&wire, 1, IDL_DEADLINE_EXCEEDED, LATE);
    assert_int_equal(atomic_load(&seen.started), 1);
    assert_true(idl_call_is_cancelled(seen.call));
    idl_server_complete(seen.call, &(struct text){ idl_call_printf(seen.call, "too late") },
                        text_other.reply);
    ask(&wire, 3, 0, "test.Text", "echo", 10000 * MS);
    wire_expect(&wire, 3, IDL_OK, "Ada");
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* A handler that computes on the loop can ask. What it returns then is too late, whatever it is. */
static idl_code compute(idl_call *call, idl_str text, idl_str *reply)
{
    uint64_t begin = idl_now();
    (void)text;
    while (!idl_call_is_cancelled(call) && ms_since(begin) < 5000)
        continue;
    assert_true(ms_since(begin) < 5000);
    *reply = idl_call_printf(call, "too late");
    return IDL_OK;
}

static void a_busy_handler_can_ask(void **state)
{
    struct fixture fixture;
    struct wire wire;
    (void)state;
    fixture_start(&fixture, TCP, NULL, compute, count_touches, NULL);
    wire_open(&wire, fixture_address(&fixture));
    ask(&wire, 1, 0, "test.Text", "other", SOON * MS);
    wire_expect(&wire, 1, IDL_DEADLINE_EXCEEDED, LATE);
    wire_close(&wire);
    fixture_stop(&fixture);
}

/* ---- How exact it is ---- */

static idl_code sleep_past(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text, (void)reply;
    while (!idl_call_is_cancelled(call))
        sleep_ms(1);
    return IDL_OK;
}

/* Never early, and within ten milliseconds, at some attempt: the machine may be busy at others. */
static void ends_exactly(uint32_t threads, text_fn *handler)
{
    enum { LIMIT = 50, LATEST = 60, ATTEMPTS = 40 };
    struct fixture fixture;
    struct wire wire;
    struct wire_in in;
    struct seen seen = { .started = 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    uint64_t took = UINT64_MAX, latest = LATEST * (uint64_t)test_effort() * MS;
    options.handler_threads = threads;
    fixture_start(&fixture, TCP, &options, handler, count_touches, &seen);
    wire_open(&wire, fixture_address(&fixture));
    for (uint32_t i = 0; i < ATTEMPTS && took > latest; i++) {
        uint64_t begin = idl_now();
        ask(&wire, 2 * i + 1, 0, "test.Text", "other", LIMIT * MS);
        assert_true(wire_next(&wire, &in));
        took = idl_now() - begin;
        assert_int_equal(in.code, IDL_DEADLINE_EXCEEDED);
    }
    assert_in_range(took, LIMIT * MS, latest);
    wire_close(&wire);
    fixture_stop(&fixture);
}

static void a_deferred_call_ends_exactly(void **state)
{
    (void)state;
    ends_exactly(0, wait_for_cancel);
}

static void a_call_on_a_thread_ends_exactly(void **state)
{
    (void)state;
    ends_exactly(2, sleep_past);
}

/* ---- Streams ---- */

static void on_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    struct seen *seen = arg;
    (void)user;
    if (item != NULL)
        return;
    assert_true(idl_call_is_cancelled(call));
    atomic_fetch_add(&seen->ends, 1);
    idl_call_end(call, IDL_OK);
}

static idl_code join(idl_call *call, idl_str *reply)
{
    (void)reply;
    idl_server_on_next(call, NULL, idl_call_user(call), on_item);
    return idl_call_defer(call);
}

static idl_code list(idl_call *call, idl_str text)
{
    assert_int_equal(idl_server_emit(call, &(struct text){ text }, stream_list.reply), IDL_OK);
    idl_call_on_cancel(call, on_cancel, idl_call_user(call));
    return idl_call_defer(call);
}

static void streams_end_in_time(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_in in;
    struct seen seen = { .started = 0 };
    idl_server *server = idl_server_new(NULL);
    (void)state;
    stream_serve(server, &(struct stream_handlers){ .list = list, .join = join }, &seen);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(&fixture, server);
    wire_open(&wire, fixture_address(&fixture));
    ask(&wire, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", SOON * MS);
    wire_expect(&wire, 1, IDL_DEADLINE_EXCEEDED, LATE);
    ask(&wire, 3, WIRE_CLOSED, "test.Stream", "list", SOON * MS);
    assert_true(wire_next(&wire, &in));
    assert_int_equal(in.type, WIRE_DATA);
    wire_expect(&wire, 3, IDL_DEADLINE_EXCEEDED, LATE);
    wire_close(&wire);
    fixture_stop(&fixture);
    assert_int_equal(atomic_load(&seen.ends), 1);
    assert_int_equal(atomic_load(&seen.cancels), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_ends_in_time),
        cmocka_unit_test(calls_without_one_have_none),
        cmocka_unit_test(what_comes_too_late_is_not_started),
        cmocka_unit_test(many_end_in_their_order),
        cmocka_unit_test(a_late_end_is_not_sent),
        cmocka_unit_test(a_busy_handler_can_ask),
        cmocka_unit_test(a_deferred_call_ends_exactly),
        cmocka_unit_test(a_call_on_a_thread_ends_exactly),
        cmocka_unit_test(streams_end_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
