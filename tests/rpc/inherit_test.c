/* SPDX-License-Identifier: MIT */
/* inherit_test.c: calls that are made to serve another: over in its time, and cancelled with it.
 *
 * A front server calls a back server for each request, in both forms; the back's calls never end by
 * themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"
#define MS  INT64_C(1000000)

static const uint8_t ada[] = { 0x0a, 3, 'A', 'd', 'a' };

struct back {
    atomic_int started, cancels;
};

static void on_cancel(idl_call *call, void *arg)
{
    struct back *back = arg;
    atomic_fetch_add(&back->cancels, 1);
    idl_call_end(call, IDL_ABORTED);
}

static idl_code hang(idl_call *call)
{
    struct back *back = idl_call_user(call);
    idl_call_on_cancel(call, on_cancel, back);
    atomic_fetch_add(&back->started, 1);
    return idl_call_defer(call);
}

static idl_code hang_unary(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text, (void)reply;
    return hang(call);
}

static idl_code hang_sync(idl_call *call)
{
    return hang(call);
}

struct setup {
    struct back back;
    struct fixture front, behind;
    struct wire wire;
    struct wire_out out;
    idl_channel *channel; /* from the front to the back */
    pthread_t thread;     /* that carries its async calls on */
    atomic_bool over;
    atomic_int ended; /* calls to the back */
    atomic_int code;  /* of the last one */
};

static void ended(struct setup *s, idl_code code)
{
    atomic_store(&s->code, (int)code);
    atomic_fetch_add(&s->ended, 1);
}

/* ---- The front's handlers ---- */

static idl_code call_and_wait(idl_call *call, idl_str text, idl_str *reply)
{
    struct setup *s = idl_call_user(call);
    struct text answer;
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_code code = idl_client_call(s->channel, made, &(struct text){ text }, &answer, &text_other);
    ended(s, code);
    *reply = idl_call_str(call, answer.text);
    idl_call_free(made);
    return code;
}

/* The same with a stream, in which it waits for a message. */
static idl_code stream_and_wait(idl_call *call, idl_str text, idl_str *reply)
{
    struct setup *s = idl_call_user(call);
    struct text item;
    (void)text, (void)reply;
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_client_open(s->channel, made, NULL, &stream_sync);
    while (idl_client_recv(made, &item, stream_sync.reply))
        continue;
    idl_code code = idl_client_finish(made, NULL, stream_sync.reply);
    ended(s, code);
    idl_call_free(made);
    return code;
}

static void pass_on(idl_call *made, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    idl_call *served = arg;
    (void)reply, (void)user;
    ended(idl_call_user(served), code);
    idl_call_end(served, code);
    idl_call_free(made);
}

static idl_code call_and_defer(idl_call *call, idl_str text, idl_str *reply)
{
    struct setup *s = idl_call_user(call);
    (void)reply;
    idl_code deferred = idl_call_defer(call);
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_client_async(s->channel, made, &(struct text){ text }, (void (*)(void))pass_on, call,
                     &text_other);
    return deferred;
}

/* Is over before the call that it has made. */
static void note_end(idl_call *made, idl_code code, const void *reply, void (*user)(void),
                     void *arg)
{
    (void)reply, (void)user;
    ended(arg, code);
    idl_call_free(made);
}

static idl_code call_and_forget(idl_call *call, idl_str text, idl_str *reply)
{
    struct setup *s = idl_call_user(call);
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_client_async(s->channel, made, &(struct text){ text }, (void (*)(void))note_end, s,
                     &text_echo);
    *reply = text;
    return IDL_OK;
}

/* Calls when nobody waits any more. */
static idl_code call_too_late(idl_call *call, idl_str text, idl_str *reply)
{
    struct setup *s = idl_call_user(call);
    atomic_fetch_add(&s->back.started, 1);
    while (!idl_call_is_cancelled(call))
        sleep_ms(1);
    return call_and_wait(call, text, reply);
}

/* ---- The client ---- */

static void *carry_on(void *arg)
{
    struct setup *s = arg;
    while (!atomic_load(&s->over))
        idl_channel_process(s->channel, 50);
    return NULL;
}

static void begin(struct setup *s, text_fn *front, uint32_t threads)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    idl_server *behind = idl_server_new(NULL);
    *s = (struct setup){ .code = -1 };
    text_serve(behind, &(struct text_handlers){ .echo = echo_handler, .other = hang_unary },
               &s->back);
    stream_serve(behind, &(struct stream_handlers){ .sync = hang_sync }, &s->back);
    assert_int_equal(idl_server_listen(behind, TCP), IDL_OK);
    fixture_run(&s->behind, behind);
    s->channel = idl_channel_open(fixture_address(&s->behind), NULL);
    assert_int_equal(pthread_create(&s->thread, NULL, carry_on, s), 0);
    options.handler_threads = threads;
    fixture_start(&s->front, TCP, &options, front, NULL, s);
    wire_open(&s->wire, fixture_address(&s->front));
}

static void end(struct setup *s)
{
    atomic_store(&s->over, true);
    pthread_join(s->thread, NULL);
    wire_close(&s->wire);
    fixture_stop(&s->front);
    idl_channel_close(s->channel);
    fixture_stop(&s->behind);
    wire_free(&s->out);
}

static void await(atomic_int *count, int value)
{
    for (int i = 0; i < 10000 && atomic_load(count) < value; i++)
        sleep_ms(1);
    assert_int_equal(atomic_load(count), value);
}

static void ask(struct setup *s, uint32_t id, int64_t timeout_ns)
{
    wire_request(&s->out, id, 0, "test.Text", "other", ada, sizeof ada, timeout_ns);
    wire_send(&s->wire, &s->out);
}

/* A cancel, a client that goes away, a deadline: each reaches the back. */
static void ends_reach_the_back(text_fn *front, uint32_t threads)
{
    struct setup s;
    begin(&s, front, threads);
    ask(&s, 1, 0);
    await(&s.back.started, 1);
    wire_frame(&s.out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&s.wire, &s.out);
    await(&s.ended, 1);
    assert_int_equal(atomic_load(&s.code), IDL_CANCELLED);
    await(&s.back.cancels, 1);

    ask(&s, 3, 150 * MS);
    struct wire_in in;
    assert_true(wire_next(&s.wire, &in));
    assert_int_equal(in.code, IDL_DEADLINE_EXCEEDED);
    await(&s.ended, 2);
    assert_int_equal(atomic_load(&s.code), IDL_DEADLINE_EXCEEDED);
    await(&s.back.cancels, atomic_load(&s.back.started)); /* it may have been too late to start */

    int started = atomic_load(&s.back.started);
    ask(&s, 5, 0);
    await(&s.back.started, started + 1);
    wire_close(&s.wire);
    await(&s.ended, 3);
    assert_int_equal(atomic_load(&s.code), IDL_CANCELLED);
    await(&s.back.cancels, started + 1);
    wire_open(&s.wire, fixture_address(&s.front));
    end(&s);
}

static void a_call_that_is_waited_for(void **state)
{
    (void)state;
    ends_reach_the_back(call_and_wait, 2);
}

static void a_stream_that_is_waited_for(void **state)
{
    (void)state;
    ends_reach_the_back(stream_and_wait, 2);
}

static void an_async_call_of_the_loop(void **state)
{
    (void)state;
    ends_reach_the_back(call_and_defer, 0);
}

static void an_async_call_of_the_pool(void **state)
{
    (void)state;
    ends_reach_the_back(call_and_defer, 1);
}

static void what_is_made_may_outlive_what_it_served(void **state)
{
    struct setup s;
    (void)state;
    begin(&s, call_and_forget, 0);
    for (uint32_t i = 0; i < 20; i++) {
        ask(&s, 2 * i + 1, 0);
        wire_expect(&s.wire, 2 * i + 1, IDL_OK, "Ada");
    }
    await(&s.ended, 20);
    assert_int_equal(atomic_load(&s.code), IDL_OK);
    end(&s);
}

static void a_cancel_may_come_first(void **state)
{
    struct setup s;
    (void)state;
    begin(&s, call_too_late, 1);
    ask(&s, 1, 0);
    await(&s.back.started, 1);
    wire_frame(&s.out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&s.wire, &s.out);
    await(&s.ended, 1);
    assert_int_equal(atomic_load(&s.code), IDL_CANCELLED);
    assert_int_equal(atomic_load(&s.back.started), 1);
    end(&s);
}

/* Cancels race with calls that begin and end. */
static void a_storm(void **state)
{
    enum { CALLS = 200 };
    struct setup s;
    (void)state;
    begin(&s, call_and_wait, 4);
    for (uint32_t i = 0; i < CALLS; i++) {
        ask(&s, 2 * i + 1, i % 3 == 0 ? 2 * MS : 0);
        if (i % 3 != 0) {
            wire_frame(&s.out, 2 * i + 1, WIRE_CANCEL, 0, NULL, 0);
            if (i % 3 == 1)
                wire_send(&s.wire, &s.out);
        }
    }
    wire_send(&s.wire, &s.out);
    wire_call(&s.out, 2 * CALLS + 1, 0, "test.Text", "echo", "over");
    wire_send(&s.wire, &s.out);
    struct wire_in in;
    do
        assert_true(wire_next(&s.wire, &in));
    while (in.id != 2 * CALLS + 1);
    for (int i = 0; i < 5000 && atomic_load(&s.back.cancels) != atomic_load(&s.back.started); i++)
        sleep_ms(1);
    assert_int_equal(atomic_load(&s.back.cancels), atomic_load(&s.back.started));
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_is_waited_for),
        cmocka_unit_test(a_stream_that_is_waited_for),
        cmocka_unit_test(an_async_call_of_the_loop),
        cmocka_unit_test(an_async_call_of_the_pool),
        cmocka_unit_test(what_is_made_may_outlive_what_it_served),
        cmocka_unit_test(a_cancel_may_come_first),
        cmocka_unit_test(a_storm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
