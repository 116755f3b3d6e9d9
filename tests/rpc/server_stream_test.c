/* SPDX-License-Identifier: MIT */
/* server_stream_test.c: streaming calls at the server: messages, credit, ends and cancels as
 * callbacks, asked for by clients made of bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "wire.h"

#define TCP "tcp://127.0.0.1:0"

enum { START_CREDIT = 262144 };

/* ---- What the client does ---- */

static void start(struct fixture *fixture, struct wire *wire,
                  const struct stream_handlers *handlers, void *user)
{
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(stream_serve(server, handlers, user), IDL_OK);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(fixture, server);
    wire_open(wire, fixture_address(fixture));
}

static void stop(struct fixture *fixture, struct wire *wire)
{
    wire_close(wire);
    fixture_stop(fixture);
}

/* ---- Server streaming ---- */

static idl_code emit(idl_call *call, idl_str text)
{
    const struct text item = { text };
    return idl_server_emit(call, &item, stream_list.reply);
}

static idl_code count_to_three(idl_call *call, idl_str text)
{
    for (int i = 1; i <= 3; i++)
        assert_int_equal(emit(call, idl_call_printf(call, "%s %d", text.data, i)), IDL_OK);
    return IDL_OK;
}

static void a_handler_emits_and_returns(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .list = count_to_three }, NULL);
    wire_call(&out, 1, 0, "test.Stream", "list", "item");
    wire_send(&wire, &out);
    wire_expect_data(&wire, 1, "item 1");
    wire_expect_data(&wire, 1, "item 2");
    wire_expect_data(&wire, 1, "item 3");
    wire_expect(&wire, 1, IDL_OK, "");
    assert_int_equal(wire.reads, 1); /* all of it in one write */
    stop(&fixture, &wire);
}

/* A producer that never waits: it sends until it is told to try again later. */
struct producer {
    size_t left, cost;
    atomic_size_t emitted;
    atomic_int refused;
    atomic_bool done;
    char filler[1000];
};

static void produce(idl_call *call, void *arg)
{
    struct producer *producer = arg;
    while (producer->left > 0) {
        idl_code code = emit(call, (idl_str){ producer->filler, sizeof producer->filler });
        if (code == IDL_AGAIN) {
            atomic_fetch_add(&producer->refused, 1);
            return;
        }
        if (code != IDL_OK) {
            atomic_store(&producer->done, true);
            idl_call_end(call, code);
            return;
        }
        atomic_fetch_add(&producer->emitted, 1);
        producer->left--;
    }
    idl_call_end(call, IDL_OK);
    atomic_store(&producer->done, true);
}

static idl_code start_producing(idl_call *call, idl_str text)
{
    (void)text;
    idl_call_on_writable(call, produce, idl_call_user(call));
    idl_code deferred = idl_call_defer(call);
    produce(call, idl_call_user(call));
    return deferred;
}

static void emitting_waits_for_credit(void **state)
{
    enum { ITEMS = 1000, COST = 10 + 3 + 1000 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct wire_in in;
    struct producer producer = { .left = ITEMS };
    size_t credit = START_CREDIT, got = 0;
    (void)state;
    memset(producer.filler, 'x', sizeof producer.filler);
    start(&fixture, &wire, &(struct stream_handlers){ .list = start_producing }, &producer);
    wire_call(&out, 1, 0, "test.Stream", "list", "");
    wire_send(&wire, &out);
    while (got < ITEMS) {
        /* As many as the credit begins, and not one more. */
        size_t covered = (credit + COST - 1) / COST;
        for (; got < covered && got < ITEMS; got++) {
            assert_true(wire_next(&wire, &in));
            assert_int_equal(in.type, WIRE_DATA);
            assert_int_equal(in.body_len, COST - 10);
        }
        if (got == ITEMS)
            break;
        sleep_ms(20);
        assert_int_equal(atomic_load(&producer.emitted), covered);
        wire_credit(&out, 1, 100000);
        credit += 100000;
        wire_send(&wire, &out);
    }
    wire_expect(&wire, 1, IDL_OK, "");
    assert_true(atomic_load(&producer.refused) > 5);
    stop(&fixture, &wire);
}

static void a_cancel_reaches_who_waits_to_emit(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct producer producer = { .left = SIZE_MAX };
    (void)state;
    memset(producer.filler, 'x', sizeof producer.filler);
    start(&fixture, &wire, &(struct stream_handlers){ .list = start_producing }, &producer);
    wire_call(&out, 1, 0, "test.Stream", "list", "");
    wire_send(&wire, &out);
    while (atomic_load(&producer.refused) == 0)
        sleep_ms(1);
    wire_frame(&out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&wire, &out);
    for (int i = 0; i < 5000 && !atomic_load(&producer.done); i++)
        sleep_ms(1);
    assert_true(atomic_load(&producer.done));
    stop(&fixture, &wire);
}

/* ---- Client streaming ---- */

/* Puts the messages in a row. */
struct joiner {
    char text[4096];
    const struct text *kept;
    atomic_int ends, cancels;
    bool keep;
};

static void join_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    struct joiner *joiner = arg;
    const struct text *m = item;
    (void)user;
    if (m != NULL) {
        size_t len = strlen(joiner->text);
        snprintf(joiner->text + len, sizeof joiner->text - len, "%s.", m->text.data);
        if (joiner->keep && joiner->kept == NULL) {
            joiner->kept = m;
            idl_call_keep(call);
        }
        return;
    }
    atomic_fetch_add(&joiner->ends, 1);
    struct text reply = { idl_cstr(joiner->text) };
    if (joiner->kept != NULL)
        reply.text = idl_call_printf(call, "%s first %s", joiner->text, joiner->kept->text.data);
    if (idl_call_is_cancelled(call))
        idl_call_end(call, IDL_CANCELLED);
    else
        idl_server_complete(call, &reply, stream_join.reply);
}

static void note_cancel(idl_call *call, void *arg)
{
    struct joiner *joiner = arg;
    assert_true(idl_call_is_cancelled(call));
    atomic_fetch_add(&joiner->cancels, 1);
}

static idl_code start_joining(idl_call *call, idl_str *reply)
{
    struct joiner *joiner = idl_call_user(call);
    (void)reply;
    idl_server_on_next(call, NULL, joiner, join_item);
    idl_call_on_cancel(call, note_cancel, joiner);
    return idl_call_defer(call);
}

static void messages_come_one_by_one(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct joiner joiner = { .keep = true };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .join = start_joining }, &joiner);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&out, 1, 0, "one");
    wire_data(&out, 1, 0, "two");
    wire_send(&wire, &out);
    sleep_ms(20);
    wire_data(&out, 1, 0, "three");
    wire_data(&out, 1, WIRE_CLOSED, "four");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "one.two.three.four. first one");
    assert_int_equal(joiner.ends, 1);
    assert_int_equal(joiner.cancels, 0);
    stop(&fixture, &wire);
}

static void an_empty_stream_ends(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct joiner joiner = { .ends = 0 };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .join = start_joining }, &joiner);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_frame(&out, 1, WIRE_DATA, WIRE_CLOSED | WIRE_NO_DATA, NULL, 0);
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "");
    stop(&fixture, &wire);
}

/* Messages that nobody takes wait, without credit; the client may not send more than it has. */
static idl_code never_reads(idl_call *call, idl_str *reply)
{
    (void)reply;
    *(idl_call **)idl_call_user(call) = call;
    return idl_call_defer(call);
}

static void messages_wait_for_their_callback(void **state)
{
    enum { BIG = 60000 };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_call *call = NULL;
    uint8_t *payload = calloc(1, BIG);
    (void)state;
    assert_non_null(payload);
    payload[0] = 0x12; /* field 2, which is not known: 59,996 bytes */
    payload[1] = 0xdc;
    payload[2] = 0xd4;
    payload[3] = 0x03;
    start(&fixture, &wire, &(struct stream_handlers){ .join = never_reads }, &call);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    for (int i = 0; i < 6; i++) /* five begin within the credit, the sixth is too many */
        wire_frame(&out, 1, WIRE_DATA, 0, payload, BIG);
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_RESOURCE_EXHAUSTED, "DATA without credit");
    idl_call_end(call, IDL_CANCELLED);
    free(payload);
    stop(&fixture, &wire);
}

static void taken_messages_give_credit_back(void **state)
{
    enum { ITEMS = 5000 };
    struct fixture fixture;
    struct wire wire;
    struct wire_in in;
    struct joiner joiner = { .ends = 0 };
    int64_t credit = START_CREDIT;
    size_t credits = 0;
    char text[128];
    (void)state;
    memset(text, 'x', sizeof text - 1);
    text[100] = '\0';
    start(&fixture, &wire, &(struct stream_handlers){ .join = start_joining }, &joiner);
    struct wire_out out = { 0 };
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    for (int i = 0; i < ITEMS; i++) {
        if (credit <= 0) {
            wire_send(&wire, &out);
            assert_true(wire_next(&wire, &in));
            assert_int_equal(in.type, WIRE_CREDIT);
            credit += (int64_t)in.body[0] << 24 | in.body[1] << 16 | in.body[2] << 8 | in.body[3];
            credits++;
        }
        wire_data(&out, 1, i == ITEMS - 1 ? WIRE_CLOSED : 0, text);
        credit -= 112;
    }
    wire_send(&wire, &out);
    do
        assert_true(wire_next(&wire, &in));
    while (in.type == WIRE_CREDIT);
    assert_int_equal(in.type, WIRE_RESPONSE);
    assert_int_equal(in.code, IDL_OK);
    assert_true(credits > 0);
    stop(&fixture, &wire);
}

static void a_message_that_does_not_decode_ends_the_call(void **state)
{
    static const uint8_t cut[] = { 0x0a, 0x05, 'a' };
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct joiner joiner = { .ends = 0 };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .join = start_joining }, &joiner);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&out, 1, 0, "one");
    wire_frame(&out, 1, WIRE_DATA, 0, cut, sizeof cut);
    wire_data(&out, 1, WIRE_CLOSED, "three");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_INVALID_ARGUMENT, "a message of the stream does not decode");
    for (int i = 0; i < 5000 && !atomic_load(&joiner.ends); i++)
        sleep_ms(1);
    assert_int_equal(joiner.cancels, 1);
    assert_int_equal(joiner.ends, 1);
    assert_string_equal(joiner.text, "one.");
    stop(&fixture, &wire);
}

static void a_cancel_ends_the_messages(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct joiner joiner = { .ends = 0 };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .join = start_joining }, &joiner);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&out, 1, 0, "one");
    wire_send(&wire, &out);
    sleep_ms(20);
    wire_close(&wire); /* gone */
    for (int i = 0; i < 5000 && !atomic_load(&joiner.ends); i++)
        sleep_ms(1);
    assert_int_equal(joiner.cancels, 1);
    assert_int_equal(joiner.ends, 1);
    assert_string_equal(joiner.text, "one.");
    fixture_stop(&fixture);
}

/* ---- Both ---- */

static void echo_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    (void)user;
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else
        assert_int_equal(idl_server_emit(call, item, stream_sync.reply), IDL_OK);
}

static idl_code start_echo(idl_call *call)
{
    idl_server_on_next(call, NULL, NULL, echo_item);
    return idl_call_defer(call);
}

static void both_directions_at_once(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    char text[32];
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .sync = start_echo }, NULL);
    for (uint32_t id = 1; id < 6; id += 2)
        wire_call(&out, id, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "sync", NULL);
    wire_send(&wire, &out);
    for (int round = 0; round < 20; round++) {
        for (uint32_t id = 1; id < 6; id += 2) {
            snprintf(text, sizeof text, "%u at %d", (unsigned)id, round);
            wire_data(&out, id, 0, text);
            wire_send(&wire, &out);
            wire_expect_data(&wire, id, text);
        }
    }
    for (uint32_t id = 1; id < 6; id += 2) {
        wire_frame(&out, id, WIRE_DATA, WIRE_CLOSED | WIRE_NO_DATA, NULL, 0);
        wire_send(&wire, &out);
        wire_expect(&wire, id, IDL_OK, "");
    }
    stop(&fixture, &wire);
}

/* ---- What must not be ---- */

static idl_code waits(idl_call *call, idl_str *reply)
{
    struct text item;
    while (idl_server_next(call, &item, stream_join.request))
        continue;
    assert_string_equal(item.text.data, "");
    *reply = (idl_str)IDL_STR("all read");
    return IDL_OK;
}

static void waiting_on_the_loop_fails(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .join = waits }, NULL);
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&out, 1, WIRE_CLOSED, "one");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_FAILED_PRECONDITION,
                "the handler of 'join' waits for messages on the loop: it needs a callback, or "
                "handler_threads");
    stop(&fixture, &wire);
}

static idl_code hands_out(idl_call *call, idl_str text)
{
    (void)text;
    *(_Atomic(idl_call *) *)idl_call_user(call) = call;
    return idl_call_defer(call);
}

static void others_than_the_loop_emit(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    _Atomic(idl_call *) handed = NULL;
    (void)state;
    start(&fixture, &wire, &(struct stream_handlers){ .list = hands_out }, &handed);
    wire_call(&out, 1, 0, "test.Stream", "list", "");
    wire_send(&wire, &out);
    while (atomic_load(&handed) == NULL)
        sleep_ms(1);
    assert_int_equal(emit(handed, (idl_str)IDL_STR("x")), IDL_OK);
    assert_int_equal(emit(NULL, (idl_str)IDL_STR("x")), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(emit(handed, (idl_str)IDL_STR("\xff")), IDL_INVALID_ARGUMENT);
    assert_int_equal(emit(handed, (idl_str)IDL_STR("y")), IDL_OK);
    idl_call_end(handed, IDL_OK);
    wire_expect_data(&wire, 1, "x");
    wire_expect_data(&wire, 1, "y");
    wire_expect(&wire, 1, IDL_OK, "");
    stop(&fixture, &wire);
}

/* ---- The server ends first ---- */

static void an_end_at_once_is_a_cancel(void **state)
{
    struct fixture fixture;
    struct wire wire;
    struct wire_out out = { 0 };
    struct joiner joiner = { .ends = 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.drain_timeout_ms = 50;
    idl_server *server = idl_server_new(&options);
    stream_serve(server, &(struct stream_handlers){ .join = start_joining }, &joiner);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(&fixture, server);
    wire_open(&wire, fixture_address(&fixture));
    wire_call(&out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&out, 1, 0, "one");
    wire_send(&wire, &out);
    sleep_ms(50);
    idl_server_stop(server);
    fixture_join(&fixture);
    assert_int_equal(joiner.cancels, 1);
    assert_int_equal(joiner.ends, 1);
    assert_int_equal(fixture.status, 1);
    idl_server_free(server);
    wire_expect_end(&wire);
    wire_close(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handler_emits_and_returns),
        cmocka_unit_test(emitting_waits_for_credit),
        cmocka_unit_test(a_cancel_reaches_who_waits_to_emit),
        cmocka_unit_test(messages_come_one_by_one),
        cmocka_unit_test(an_empty_stream_ends),
        cmocka_unit_test(messages_wait_for_their_callback),
        cmocka_unit_test(taken_messages_give_credit_back),
        cmocka_unit_test(a_message_that_does_not_decode_ends_the_call),
        cmocka_unit_test(a_cancel_ends_the_messages),
        cmocka_unit_test(both_directions_at_once),
        cmocka_unit_test(waiting_on_the_loop_fails),
        cmocka_unit_test(others_than_the_loop_emit),
        cmocka_unit_test(an_end_at_once_is_a_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
