/* SPDX-License-Identifier: MIT */
/* server_pool_test.c: handlers on threads of a pool: they wait for what they like, for messages and
 * for room, and nothing else waits for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "effort.h"
#include "fixture.h"
#include "wire.h"

#define TCP  "tcp://127.0.0.1:0"
#define MS   INT64_C(1000000)
#define LATE "the handler took longer than the call's deadline allows"

enum { START_CREDIT = 262144, KEPT = 65536 /* beside that, each way */ };

/* What the handlers of a test share. */
struct house {
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    int inside, most, begun; /* handlers */
    bool open;               /* those who wait may go on */
    int cancels, seen;
    idl_code last;
    size_t emitted, received;
    idl_call *call;
    char text[128];
};

struct test {
    struct fixture fixture;
    struct wire wire;
    struct wire_out out;
    struct house house;
};

static void serve(struct test *t, idl_server_options options, text_fn *other,
                  const struct stream_handlers *streams)
{
    *t = (struct test){ .house = { .last = IDL_OK } };
    pthread_mutex_init(&t->house.mutex, NULL);
    pthread_cond_init(&t->house.changed, NULL);
    idl_server *server = idl_server_new(&options);
    text_serve(server,
               &(struct text_handlers){ .echo = echo_handler, .other = other, .touch = other },
               &t->house);
    if (streams != NULL)
        stream_serve(server, streams, &t->house);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(&t->fixture, server);
    wire_open(&t->wire, fixture_address(&t->fixture));
}

static idl_server_options threads(uint32_t count)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = count;
    return options;
}

static void end(struct test *t)
{
    pthread_mutex_destroy(&t->house.mutex);
    pthread_cond_destroy(&t->house.changed);
    wire_free(&t->out);
}

static void stop(struct test *t)
{
    wire_close(&t->wire);
    fixture_stop(&t->fixture);
    end(t);
}

static void lock(struct house *house)
{
    pthread_mutex_lock(&house->mutex);
}

static void unlock(struct house *house)
{
    pthread_cond_broadcast(&house->changed);
    pthread_mutex_unlock(&house->mutex);
}

/* Waits for *value to reach at least that. */
static void await(struct house *house, const int *value, int least)
{
    lock(house);
    while (*value < least)
        pthread_cond_wait(&house->changed, &house->mutex);
    unlock(house);
}

static void open_house(struct house *house)
{
    lock(house);
    house->open = true;
    unlock(house);
}

static void enter(struct house *house)
{
    lock(house);
    house->begun++;
    house->inside++;
    if (house->inside > house->most)
        house->most = house->inside;
    unlock(house);
}

static void leave(struct house *house, idl_code last)
{
    lock(house);
    house->last = last;
    house->inside--;
    house->seen++;
    unlock(house);
}

/* ---- Unary ---- */

/* Waits until the house is open. */
static idl_code wait_inside(idl_call *call, idl_str text, idl_str *reply)
{
    struct house *house = idl_call_user(call);
    enter(house);
    lock(house);
    while (!house->open)
        pthread_cond_wait(&house->changed, &house->mutex);
    unlock(house);
    *reply = idl_call_printf(call, "%s!", text.data);
    leave(house, idl_call_is_cancelled(call) ? IDL_CANCELLED : IDL_OK);
    return IDL_OK;
}

static void handlers_wait_beside_each_other(void **state)
{
    enum { THREADS = 4 };
    struct test t;
    struct wire_in in;
    char text[16];
    (void)state;
    serve(&t, threads(THREADS), wait_inside, NULL);
    for (uint32_t i = 0; i < 2 * THREADS; i++) {
        snprintf(text, sizeof text, "%u", (unsigned)i);
        wire_call(&t.out, 2 * i + 1, 0, "test.Text", "other", text);
    }
    wire_frame(&t.out, 0, WIRE_PING, 0, "eightbyt", 8);
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, THREADS);
    assert_true(wire_next(&t.wire, &in)); /* the loop waits for none of them */
    assert_int_equal(in.type, WIRE_PONG);
    open_house(&t.house);
    unsigned seen = 0;
    for (int i = 0; i < 2 * THREADS; i++) {
        assert_true(wire_next(&t.wire, &in));
        assert_int_equal(in.type, WIRE_RESPONSE);
        assert_int_equal(in.code, IDL_OK);
        snprintf(text, sizeof text, "%u!", (unsigned)in.id / 2);
        assert_string_equal(in.text, text);
        seen |= 1U << in.id / 2;
    }
    assert_int_equal(seen, (1U << 2 * THREADS) - 1);
    assert_int_equal(t.house.most, THREADS);
    stop(&t);
}

static void the_queue_has_an_end(void **state)
{
    struct test t;
    struct wire_in in;
    idl_server_options options = threads(1);
    (void)state;
    options.max_queued = 2;
    serve(&t, options, wait_inside, NULL);
    wire_call(&t.out, 1, 0, "test.Text", "other", "runs");
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 1);
    for (uint32_t id = 3; id <= 9; id += 2)
        wire_call(&t.out, id, 0, "test.Text", "other", "waits");
    wire_send(&t.wire, &t.out);
    for (uint32_t id = 7; id <= 9; id += 2) {
        assert_true(wire_next(&t.wire, &in));
        assert_int_equal(in.id, id);
        assert_int_equal(in.code, IDL_RESOURCE_EXHAUSTED);
        assert_string_equal(in.message, "too many calls wait for a thread");
        assert_true(in.flags & WIRE_NEVER_STARTED);
    }
    open_house(&t.house);
    wire_expect(&t.wire, 1, IDL_OK, "runs!");
    wire_expect(&t.wire, 3, IDL_OK, "waits!");
    wire_expect(&t.wire, 5, IDL_OK, "waits!");
    stop(&t);
}

/* Calls that end while they wait for a thread never get one, and make room for others. */
static void what_is_given_up_in_the_queue_never_runs(void **state)
{
    struct test t;
    idl_server_options options = threads(1);
    const uint8_t ada[] = { 0x0a, 3, 'A', 'd', 'a' };
    (void)state;
    options.max_queued = 2;
    serve(&t, options, wait_inside, NULL);
    wire_call(&t.out, 1, 0, "test.Text", "other", "runs");
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 1);
    wire_call(&t.out, 3, 0, "test.Text", "other", "cancelled");
    wire_request(&t.out, 5, 0, "test.Text", "other", ada, sizeof ada, 50 * MS);
    wire_frame(&t.out, 3, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 5, IDL_DEADLINE_EXCEEDED, LATE);
    wire_call(&t.out, 7, 0, "test.Text", "other", "one");
    wire_call(&t.out, 9, 0, "test.Text", "other", "two");
    wire_send(&t.wire, &t.out);
    open_house(&t.house);
    wire_expect(&t.wire, 1, IDL_OK, "runs!");
    wire_expect(&t.wire, 7, IDL_OK, "one!");
    wire_expect(&t.wire, 9, IDL_OK, "two!");
    assert_int_equal(t.house.begun, 3);
    stop(&t);
}

static idl_code various(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = text;
    if (strcmp(text.data, "garbage") == 0)
        *reply = (idl_str)IDL_STR("\xff");
    if (strcmp(text.data, "fail") == 0)
        return idl_call_fail(call, IDL_NOT_FOUND, "no '%s'", text.data);
    if (strcmp(text.data, "strange") == 0)
        return (idl_code)99;
    if (strcmp(text.data, "memory") == 0)
        idl_call_alloc(call, SIZE_MAX);
    if (strcmp(text.data, "completes") == 0)
        idl_server_complete(call, &(struct text){ IDL_STR("itself") }, text_other.reply);
    return IDL_OK;
}

static void each_end_is_told(void **state)
{
    struct test t;
    const uint8_t bad[] = { 0x0a, 9, 'x' };
    (void)state;
    serve(&t, threads(1), various, NULL);
    wire_call(&t.out, 1, 0, "test.Text", "other", "fine");
    wire_call(&t.out, 3, 0, "test.Text", "other", "garbage");
    wire_call(&t.out, 5, 0, "test.Text", "other", "fail");
    wire_call(&t.out, 7, 0, "test.Text", "other", "strange");
    wire_call(&t.out, 9, 0, "test.Text", "other", "memory");
    wire_call(&t.out, 11, 0, "test.Text", "other", "completes");
    wire_request(&t.out, 13, 0, "test.Text", "other", bad, sizeof bad, 0);
    wire_call(&t.out, 15, WIRE_ONEWAY, "test.Text", "touch", "silence");
    wire_call(&t.out, 17, 0, "test.Text", "absent", "x");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 17, IDL_UNIMPLEMENTED, "no method 'absent' in service 'test.Text'");
    wire_expect(&t.wire, 1, IDL_OK, "fine");
    wire_expect(&t.wire, 3, IDL_INTERNAL,
                "the reply can't be encoded: text that is not UTF-8, or too deep");
    wire_expect(&t.wire, 5, IDL_NOT_FOUND, "no 'fail'");
    wire_expect(&t.wire, 7, IDL_UNKNOWN, "code 99");
    wire_expect(&t.wire, 9, IDL_RESOURCE_EXHAUSTED, "out of memory");
    wire_expect(&t.wire, 11, IDL_OK, "itself");
    wire_expect(&t.wire, 13, IDL_INVALID_ARGUMENT,
                "the request does not decode as what 'other' of 'test.Text' takes");
    stop(&t);
}

/* ---- Both at once: the handler returns, and another thread ends its call ---- */

static void *complete_soon(void *arg)
{
    idl_call *call = arg;
    idl_server_complete(call, &(struct text){ idl_call_printf(call, "late") }, text_other.reply);
    return NULL;
}

static idl_code hand_over(idl_call *call, idl_str text, idl_str *reply)
{
    pthread_t thread;
    (void)text, (void)reply;
    idl_code deferred = idl_call_defer(call);
    if (pthread_create(&thread, NULL, complete_soon, call) != 0)
        return IDL_RESOURCE_EXHAUSTED;
    pthread_detach(thread);
    return deferred;
}

static void ends_race_with_returns(void **state)
{
    struct test t;
    struct wire_in in;
    (void)state;
    int rounds = test_rounds(300);
    serve(&t, threads(3), hand_over, NULL);
    for (int i = 0; i < rounds; i++)
        wire_call(&t.out, (uint32_t)(2 * i + 1), 0, "test.Text", "other", "x");
    wire_send(&t.wire, &t.out);
    for (int i = 0; i < rounds; i++) {
        assert_true(wire_next(&t.wire, &in));
        assert_int_equal(in.code, IDL_OK);
        assert_string_equal(in.text, "late");
    }
    stop(&t);
}

/* ---- Receiving ---- */

static bool next(idl_call *call, const idl_method *method, struct text *item)
{
    bool more = idl_server_next(call, item, method->request);
    if (!more)
        assert_int_equal(item->text.len, 0);
    return more;
}

/* Joins what it gets; the first message is kept. */
static idl_code join(idl_call *call, idl_str *reply)
{
    struct house *house = idl_call_user(call);
    struct text item;
    idl_str first = IDL_STR("none");
    *reply = first;
    enter(house);
    for (int i = 0; next(call, &stream_join, &item); i++) {
        if (i == 0) {
            idl_call_keep(call);
            first = item.text;
        }
        *reply = idl_call_printf(call, "%s %s", i == 0 ? "" : reply->data, item.text.data);
    }
    if (idl_call_is_cancelled(call))
        idl_call_fail(call, IDL_ABORTED, "nobody will read this");
    *reply = idl_call_printf(call, "%s:%s", first.data, reply->data);
    leave(house, idl_call_is_cancelled(call) ? IDL_CANCELLED : IDL_OK);
    return IDL_OK;
}

static void messages_are_waited_for(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(1), various, &(struct stream_handlers){ .join = join });
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 1);
    for (int i = 0; i < 3; i++) {
        sleep_ms(5);
        wire_data(&t.out, 1, 0, "a");
        wire_data(&t.out, 1, 0, "b");
        wire_send(&t.wire, &t.out);
    }
    wire_data(&t.out, 1, WIRE_CLOSED, "end");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 1, IDL_OK, "a: a b a b a b end");
    wire_call(&t.out, 3, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&t.out, 3, WIRE_CLOSED | WIRE_NO_DATA, "");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 3, IDL_OK, "none:none");
    stop(&t);
}

static void a_message_that_does_not_decode_ends_the_call(void **state)
{
    struct test t;
    const uint8_t bad[] = { 0x0a, 9, 'x' };
    (void)state;
    serve(&t, threads(1), various, &(struct stream_handlers){ .join = join });
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&t.out, 1, 0, "a");
    wire_frame(&t.out, 1, WIRE_DATA, 0, bad, sizeof bad);
    wire_data(&t.out, 1, 0, "b");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 1, IDL_INVALID_ARGUMENT, "a message of the stream does not decode");
    await(&t.house, &t.house.seen, 1);
    stop(&t);
}

/* Takes messages while the house is open. */
static idl_code take_slowly(idl_call *call, idl_str *reply)
{
    struct house *house = idl_call_user(call);
    struct text item;
    next(call, &stream_join, &item);
    enter(house);
    lock(house);
    while (!house->open)
        pthread_cond_wait(&house->changed, &house->mutex);
    unlock(house);
    size_t count = 1;
    while (next(call, &stream_join, &item))
        count++;
    *reply = idl_call_printf(call, "%zu", count);
    return IDL_OK;
}

/* Sends messages for as long as there is credit; their number. */
static size_t send_all(struct test *t, int64_t *credit)
{
    enum { COST = 10 + 102 };
    char text[101];
    size_t count = 0;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (; *credit > 0; *credit -= COST, count++)
        wire_data(&t->out, 1, 0, text);
    wire_send(&t->wire, &t->out);
    return count;
}

static bool take_credit(struct test *t, int64_t *credit)
{
    struct wire_in in;
    if (!wire_next(&t->wire, &in) || in.type != WIRE_CREDIT)
        return false;
    *credit += (int64_t)in.body[0] << 24 | in.body[1] << 16 | in.body[2] << 8 | in.body[3];
    return true;
}

static void a_handler_that_takes_nothing_stops_its_client(void **state)
{
    struct test t;
    char text[32];
    int64_t credit = START_CREDIT;
    (void)state;
    serve(&t, threads(2), various, &(struct stream_handlers){ .join = take_slowly });
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    size_t count = send_all(&t, &credit);
    await(&t.house, &t.house.inside, 1);
    /* What the runtime has taken by itself is less than half a window: no credit comes back. */
    wire_call(&t.out, 3, 0, "test.Text", "echo", "the rest goes on");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 3, IDL_OK, "the rest goes on");
    open_house(&t.house);
    for (int i = 0; i < 10; i++) {
        assert_true(take_credit(&t, &credit));
        count += send_all(&t, &credit);
    }
    wire_data(&t.out, 1, WIRE_CLOSED | WIRE_NO_DATA, "");
    wire_send(&t.wire, &t.out);
    while (take_credit(&t, &credit))
        continue; /* up to the RESPONSE */
    snprintf(text, sizeof text, "%zu", count);
    wire_call(&t.out, 5, 0, "test.Text", "echo", text);
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 5, IDL_OK, text);
    stop(&t);
}

/* ---- Emitting ---- */

static idl_code emit(idl_call *call, idl_str text)
{
    return idl_server_emit(call, &(struct text){ text }, stream_list.reply);
}

enum { ITEM = 1000, ITEM_COST = 10 + 3 + ITEM };

/* Emits as many as the text says, and says how it ended. */
static idl_code produce(idl_call *call, idl_str text)
{
    struct house *house = idl_call_user(call);
    char filler[ITEM];
    unsigned count = 0;
    idl_code code = IDL_OK;
    memset(filler, 'x', sizeof filler);
    sscanf(text.data, "%u", &count);
    enter(house);
    for (unsigned i = 0; i < count && code == IDL_OK; i++) {
        code = emit(call, (idl_str){ filler, sizeof filler });
        lock(house);
        house->emitted += code == IDL_OK;
        unlock(house);
    }
    leave(house, code);
    return code;
}

static size_t emitted(struct house *house)
{
    lock(house);
    size_t count = house->emitted;
    unlock(house);
    return count;
}

static void emitting_waits_for_credit(void **state)
{
    enum { ITEMS = 1000 };
    struct test t;
    struct wire_in in;
    int64_t credit = START_CREDIT;
    (void)state;
    serve(&t, threads(1), various, &(struct stream_handlers){ .list = produce });
    wire_call(&t.out, 1, 0, "test.Stream", "list", "1000");
    wire_send(&t.wire, &t.out);
    for (size_t got = 0; got < ITEMS; got++) {
        if (credit <= 0) {
            sleep_ms(20);
            assert_in_range(emitted(&t.house), got, got + KEPT / ITEM + 1);
            wire_credit(&t.out, 1, 100000);
            wire_send(&t.wire, &t.out);
            credit += 100000;
        }
        assert_true(wire_next(&t.wire, &in));
        assert_int_equal(in.type, WIRE_DATA);
        assert_int_equal(in.body_len, ITEM_COST - 10);
        credit -= ITEM_COST;
    }
    wire_expect(&t.wire, 1, IDL_OK, "");
    assert_int_equal(t.house.last, IDL_OK);
    stop(&t);
}

/* ---- Ends that the handler is told ---- */

static void on_cancel(idl_call *call, void *arg)
{
    atomic_int *told = arg;
    atomic_fetch_add(told, idl_call_is_cancelled(call));
}

/* While the handler has not returned the callback comes for certain. */
static idl_code told(idl_call *call, atomic_int *cancels, idl_code code)
{
    struct house *house = idl_call_user(call);
    for (int i = 0; i < 5000 && atomic_load(cancels) == 0; i++)
        sleep_ms(1);
    lock(house);
    house->cancels += atomic_load(cancels);
    unlock(house);
    return code;
}

static idl_code produce_for_ever(idl_call *call, idl_str text)
{
    atomic_int cancels = 0;
    (void)text;
    idl_call_on_cancel(call, on_cancel, &cancels);
    return told(call, &cancels, produce(call, (idl_str)IDL_STR("1000000")));
}

static idl_code join_until_cancelled(idl_call *call, idl_str *reply)
{
    atomic_int cancels = 0;
    idl_call_on_cancel(call, on_cancel, &cancels);
    return told(call, &cancels, join(call, reply));
}

static const struct stream_handlers endless = { .list = produce_for_ever,
                                                .join = join_until_cancelled };

static void passed_over(struct test *t, uint32_t id, int code, const char *text)
{
    struct wire_in in = { .type = WIRE_DATA };
    while (in.type == WIRE_DATA)
        assert_true(wire_next(&t->wire, &in));
    assert_int_equal(in.type, WIRE_RESPONSE);
    assert_int_equal(in.id, id);
    assert_int_equal(in.code, code);
    assert_string_equal(in.message, text);
}

static void a_deadline_ends_what_waits(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(2), various, &endless);
    wire_request(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL, 0, 100 * MS);
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 1, IDL_DEADLINE_EXCEEDED, LATE);
    await(&t.house, &t.house.seen, 1);
    assert_int_equal(t.house.last, IDL_CANCELLED); /* is_cancelled */
    wire_request(&t.out, 3, 0, "test.Stream", "list", NULL, 0, 100 * MS);
    wire_send(&t.wire, &t.out);
    passed_over(&t, 3, IDL_DEADLINE_EXCEEDED, LATE);
    await(&t.house, &t.house.seen, 2);
    assert_int_equal(t.house.last, IDL_DEADLINE_EXCEEDED); /* of emit */
    await(&t.house, &t.house.cancels, 2);
    stop(&t);
    assert_int_equal(t.house.cancels, 2);
}

static void a_cancel_ends_what_waits(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(2), various, &endless);
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_call(&t.out, 3, 0, "test.Stream", "list", "");
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 2);
    wire_frame(&t.out, 1, WIRE_CANCEL, 0, NULL, 0);
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.seen, 1);
    assert_int_equal(t.house.last, IDL_CANCELLED);
    wire_close(&t.wire); /* and so does a client that goes away */
    await(&t.house, &t.house.seen, 2);
    assert_int_equal(t.house.last, IDL_CANCELLED);
    await(&t.house, &t.house.cancels, 2);
    fixture_stop(&t.fixture);
    end(&t);
}

static void a_server_that_ends_wakes_its_handlers(void **state)
{
    struct test t;
    idl_server_options options = threads(2);
    (void)state;
    options.drain_timeout_ms = 50;
    serve(&t, options, various, &endless);
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_call(&t.out, 3, 0, "test.Stream", "list", "");
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 2);
    idl_server_stop(t.fixture.server);
    fixture_join(&t.fixture);
    assert_int_equal(t.house.cancels, 2);
    assert_int_equal(t.fixture.status, 1);
    idl_server_free(t.fixture.server);
    wire_close(&t.wire);
    end(&t);
}

static void a_drain_waits_for_handlers(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(1), wait_inside, NULL);
    wire_call(&t.out, 1, 0, "test.Text", "other", "runs");
    wire_call(&t.out, 3, 0, "test.Text", "other", "waits");
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.inside, 1);
    sleep_ms(20); /* the other one has arrived, too */
    idl_server_stop(t.fixture.server);
    sleep_ms(20);
    open_house(&t.house);
    struct wire_in in = { .type = WIRE_GOAWAY };
    for (int replies = 0; replies < 2;) {
        assert_true(wire_next(&t.wire, &in));
        replies += in.type == WIRE_RESPONSE;
        assert_true(in.type != WIRE_RESPONSE || in.code == IDL_OK);
    }
    stop(&t);
}

/* ---- Other threads ---- */

static idl_code hand_out(idl_call *call, idl_str text)
{
    struct house *house = idl_call_user(call);
    (void)text;
    idl_code deferred = idl_call_defer(call);
    lock(house);
    house->call = call;
    house->begun++;
    unlock(house);
    return deferred;
}

static void on_writable(idl_call *call, void *arg)
{
    struct house *house = arg;
    (void)call;
    lock(house);
    house->seen++;
    unlock(house);
}

/* On a thread that is the program's own emit gives IDL_AGAIN, on_writable says when to go on, and the
 * end comes after all messages. */
static void others_emit_in_order(struct test *t)
{
    enum { ITEMS = 1000 };
    struct wire_in in;
    char filler[ITEM + 1] = "";
    int told = 0;
    wire_call(&t->out, 1, 0, "test.Stream", "list", "");
    wire_credit(&t->out, 1, 4 * START_CREDIT);
    wire_send(&t->wire, &t->out);
    await(&t->house, &t->house.begun, 1);
    idl_call_on_writable(t->house.call, on_writable, &t->house);
    for (int i = 0; i < ITEMS;) {
        snprintf(filler, sizeof filler, "%0*d", ITEM, i);
        idl_code code = emit(t->house.call, (idl_str){ filler, ITEM });
        if (code == IDL_AGAIN)
            await(&t->house, &t->house.seen, ++told);
        else
            i++;
        assert_true(code == IDL_OK || code == IDL_AGAIN);
    }
    idl_call_end(t->house.call, idl_call_fail(t->house.call, IDL_ABORTED, "after %d", ITEMS));
    for (int i = 0; i < ITEMS; i++) {
        snprintf(filler, sizeof filler, "%0*d", ITEM, i);
        assert_true(wire_next(&t->wire, &in));
        assert_int_equal(in.type, WIRE_DATA);
        assert_memory_equal(in.body + 3, filler, ITEM);
    }
    wire_expect(&t->wire, 1, IDL_ABORTED, "after 1000");
}

static void others_emit_for_a_handler_of_the_loop(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(0), various, &(struct stream_handlers){ .list = hand_out });
    others_emit_in_order(&t);
    stop(&t);
}

static void others_emit_for_a_handler_of_the_pool(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(1), various, &(struct stream_handlers){ .list = hand_out });
    others_emit_in_order(&t);
    stop(&t);
}

/* The end waits for credit behind the messages; the deadline does not. */
static void an_end_behind_messages_ends_in_time(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(0), various, &(struct stream_handlers){ .list = hand_out });
    char filler[ITEM] = "";
    memset(filler, 'x', sizeof filler);
    wire_request(&t.out, 1, 0, "test.Stream", "list", NULL, 0, 300 * MS);
    wire_send(&t.wire, &t.out);
    await(&t.house, &t.house.begun, 1);
    idl_code code;
    size_t bytes = 0;
    while ((code = emit(t.house.call, (idl_str){ filler, ITEM })) != IDL_DEADLINE_EXCEEDED &&
           bytes < START_CREDIT + KEPT / 2) {
        if (code == IDL_AGAIN)
            sleep_ms(1);
        bytes += code == IDL_OK ? ITEM : 0;
    }
    idl_call_end(t.house.call, IDL_OK);
    passed_over(&t, 1, IDL_DEADLINE_EXCEEDED, LATE);
    stop(&t);
}

/* A handler may take messages on a thread of its own after it has returned. */
static void *join_elsewhere(void *arg)
{
    idl_call *call = arg;
    struct text item, reply = { IDL_STR("") };
    while (next(call, &stream_join, &item))
        reply.text = idl_call_printf(call, "%s%s", reply.text.data, item.text.data);
    idl_server_complete(call, &reply, stream_join.reply);
    return NULL;
}

static idl_code join_on_a_thread(idl_call *call, idl_str *reply)
{
    pthread_t thread;
    (void)reply;
    idl_code deferred = idl_call_defer(call);
    if (pthread_create(&thread, NULL, join_elsewhere, call) != 0)
        return IDL_RESOURCE_EXHAUSTED;
    pthread_detach(thread);
    return deferred;
}

static void others_take_messages(void **state)
{
    struct test t;
    (void)state;
    serve(&t, threads(0), various, &(struct stream_handlers){ .join = join_on_a_thread });
    wire_call(&t.out, 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL);
    wire_data(&t.out, 1, 0, "a");
    wire_send(&t.wire, &t.out);
    sleep_ms(5);
    wire_data(&t.out, 1, WIRE_CLOSED, "b");
    wire_send(&t.wire, &t.out);
    wire_expect(&t.wire, 1, IDL_OK, "ab");
    stop(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(handlers_wait_beside_each_other),
        cmocka_unit_test(the_queue_has_an_end),
        cmocka_unit_test(what_is_given_up_in_the_queue_never_runs),
        cmocka_unit_test(each_end_is_told),
        cmocka_unit_test(ends_race_with_returns),
        cmocka_unit_test(messages_are_waited_for),
        cmocka_unit_test(a_message_that_does_not_decode_ends_the_call),
        cmocka_unit_test(a_handler_that_takes_nothing_stops_its_client),
        cmocka_unit_test(emitting_waits_for_credit),
        cmocka_unit_test(a_deadline_ends_what_waits),
        cmocka_unit_test(a_cancel_ends_what_waits),
        cmocka_unit_test(a_server_that_ends_wakes_its_handlers),
        cmocka_unit_test(a_drain_waits_for_handlers),
        cmocka_unit_test(others_emit_for_a_handler_of_the_loop),
        cmocka_unit_test(others_emit_for_a_handler_of_the_pool),
        cmocka_unit_test(an_end_behind_messages_ends_in_time),
        cmocka_unit_test(others_take_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
