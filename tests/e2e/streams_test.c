/* SPDX-License-Identifier: MIT */
/* streams_test.c: generated stubs of every kind of stream: client and server in their blocking and
 * their event form, over TCP and unix sockets. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "effort.h"
#include "flow.h"

/* ---- The server ---- */

struct counter {
    uint32_t next, left;
    bool fails;
    uint32_t until_failure;
};

/* Sends what there is room for; the rest when there is room again. */
static void count_on(idl_call *call, void *arg)
{
    struct counter *c = arg;
    while (c->left > 0 && !(c->fails && c->until_failure == 0)) {
        idl_code code = flow_flow_count_emit(call, c->next);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK) {
            idl_call_end(call, code);
            return;
        }
        c->next++;
        c->left--;
        c->until_failure--;
    }
    bool failed = c->left > 0;
    idl_call_end(call, failed ? idl_call_fail(call, IDL_OUT_OF_RANGE, "no more numbers") : IDL_OK);
}

static idl_code on_count(idl_call *call, uint32_t first, uint32_t count, const uint32_t *fail_after)
{
    struct counter *c = idl_call_alloc(call, sizeof *c);
    if (c == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *c = (struct counter){ first, count, fail_after != NULL, fail_after != NULL ? *fail_after : 0 };
    idl_call_on_writable(call, count_on, c);
    idl_code deferred = idl_call_defer(call);
    count_on(call, c);
    return deferred;
}

/* A handler that sends a few messages and is done. */
static idl_code on_items(idl_call *call, idl_str prefix)
{
    for (uint32_t i = 0; i < 3; i++) {
        flow_item item = { .name = idl_call_printf(call, "%s%u", prefix.data, i), .number = i };
        idl_code code = flow_flow_items_emit(call, &item);
        if (code != IDL_OK)
            return code;
    }
    return IDL_OK;
}

static void sum_next(idl_call *call, const int32_t *item, void *arg)
{
    int64_t *sum = arg;
    if (item != NULL && *item >= 0) {
        *sum += *item;
        return;
    }
    flow_flow_sum_complete(call, *sum);
}

static idl_code on_sum(idl_call *call, int64_t *reply)
{
    (void)reply;
    int64_t *sum = idl_call_alloc(call, sizeof *sum);
    if (sum == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *sum = 0;
    flow_flow_sum_on_next(call, sum_next, sum);
    return idl_call_defer(call);
}

struct joined {
    idl_str text;
    uint32_t count;
};

static void join_next(idl_call *call, const flow_item *item, void *arg)
{
    struct joined *j = arg;
    if (item == NULL) {
        flow_flow_join_complete(call, &(flow_item){ .name = j->text, .number = j->count });
        return;
    }
    j->text = idl_call_printf(call, "%s%s", j->text.data, item->name.data);
    j->count++;
}

static idl_code on_join(idl_call *call, flow_item *reply)
{
    (void)reply;
    struct joined *j = idl_call_alloc(call, sizeof *j);
    if (j == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *j = (struct joined){ IDL_STR(""), 0 };
    flow_flow_join_on_next(call, join_next, j);
    return idl_call_defer(call);
}

static void echo_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else
        assert_int_equal(flow_flow_echo_emit(call, *item), IDL_OK);
}

static idl_code on_echo(idl_call *call)
{
    flow_flow_echo_on_next(call, echo_next, NULL);
    return idl_call_defer(call);
}

static void mirror_next(idl_call *call, const flow_item *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, idl_call_fail(call, IDL_ABORTED, "seen enough"));
    else
        assert_int_equal(flow_flow_mirror_emit(call, item), IDL_OK);
}

static idl_code on_mirror(idl_call *call)
{
    flow_flow_mirror_on_next(call, mirror_next, NULL);
    return idl_call_defer(call);
}

static const flow_flow_handlers handlers = {
    .count = on_count,
    .items = on_items,
    .sum = on_sum,
    .join = on_join,
    .echo = on_echo,
    .mirror = on_mirror,
};

/* ---- The same, with handlers that wait ---- */

static idl_code count_waiting(idl_call *call, uint32_t first, uint32_t count,
                              const uint32_t *fail_after)
{
    for (uint32_t i = 0; i < count; i++) {
        if (fail_after != NULL && i == *fail_after)
            return idl_call_fail(call, IDL_OUT_OF_RANGE, "no more numbers");
        idl_code code = flow_flow_count_emit(call, first + i);
        if (code != IDL_OK)
            return code;
    }
    return IDL_OK;
}

static idl_code sum_waiting(idl_call *call, int64_t *reply)
{
    int32_t item;
    while (flow_flow_sum_next(call, &item) && item >= 0)
        *reply += item;
    return IDL_OK;
}

static idl_code join_waiting(idl_call *call, flow_item *reply)
{
    flow_item item;
    while (flow_flow_join_next(call, &item)) {
        reply->name = idl_call_printf(call, "%s%s", reply->name.data, item.name.data);
        reply->number++;
    }
    return IDL_OK;
}

static idl_code echo_waiting(idl_call *call)
{
    idl_str item;
    while (flow_flow_echo_next(call, &item))
        assert_int_equal(flow_flow_echo_emit(call, item), IDL_OK);
    return IDL_OK;
}

static idl_code mirror_waiting(idl_call *call)
{
    flow_item item;
    while (flow_flow_mirror_next(call, &item))
        assert_int_equal(flow_flow_mirror_emit(call, &item), IDL_OK);
    return idl_call_fail(call, IDL_ABORTED, "seen enough");
}

static const flow_flow_handlers waiting_handlers = {
    .count = count_waiting,
    .items = on_items,
    .sum = sum_waiting,
    .join = join_waiting,
    .echo = echo_waiting,
    .mirror = mirror_waiting,
};

static int set_up_tcp(void **state)
{
    return flow_start(state, "tcp://127.0.0.1:0", &handlers, 0, NULL);
}

static int set_up_unix(void **state)
{
    return flow_start(state, flow_unix("unix"), &handlers, 0, NULL);
}

static int set_up_waiting_tcp(void **state)
{
    return flow_start(state, "tcp://127.0.0.1:0", &waiting_handlers, 3, NULL);
}

static int set_up_waiting_unix(void **state)
{
    return flow_start(state, flow_unix("unix"), &waiting_handlers, 1, NULL);
}

/* Handlers that set callbacks may do so on threads, too. */
static int set_up_events_on_threads(void **state)
{
    return flow_start(state, "tcp://127.0.0.1:0", &handlers, 2, NULL);
}

static int set_up_ttrpc(void **state)
{
    return flow_start(state, "ttrpc+tcp://127.0.0.1:0", &handlers, 0, NULL);
}

static int set_up_waiting_ttrpc(void **state)
{
    return flow_start(state, flow_unix("ttrpc+unix"), &waiting_handlers, 2, NULL);
}

/* ---- Blocking ---- */

static void test_server_stream(void **state)
{
    flow *f = *state;
    uint32_t item, expected = 7, count = (uint32_t)test_rounds(50000);
    assert_int_equal(flow_flow_count(f->channel, f->call, 7, count, NULL), IDL_OK);
    while (flow_flow_count_recv(f->call, &item))
        assert_int_equal(item, expected++);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
    assert_int_equal(expected, 7 + count);

    flow_item thing;
    uint32_t n = 0;
    char name[16];
    assert_int_equal(flow_flow_items(f->channel, f->call, idl_cstr("item")), IDL_OK);
    while (flow_flow_items_recv(f->call, &thing)) {
        snprintf(name, sizeof name, "item%u", n);
        assert_string_equal(thing.name.data, name);
        assert_int_equal(thing.number, n++);
    }
    assert_int_equal(n, 3);
    assert_int_equal(flow_flow_items_finish(f->call), IDL_OK);
}

static void test_error_in_the_middle(void **state)
{
    flow *f = *state;
    uint32_t item, n = 0, after = 5;
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, 10, &after), IDL_OK);
    while (flow_flow_count_recv(f->call, &item))
        n++;
    assert_int_equal(n, 5);
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OUT_OF_RANGE);
    assert_string_equal(idl_call_message(f->call), "no more numbers");
}

/* A stream that is not read to its end: finish drops the rest, the channel goes on. */
static void test_abandoned(void **state)
{
    flow *f = *state;
    uint32_t item;
    assert_int_equal(flow_flow_count(f->channel, f->call, 0, (uint32_t)test_rounds(100000), NULL),
                     IDL_OK);
    assert_true(flow_flow_count_recv(f->call, &item));
    assert_int_equal(flow_flow_count_finish(f->call), IDL_OK);
    assert_int_equal(flow_flow_items(f->channel, f->call, idl_cstr("x")), IDL_OK);
    assert_int_equal(flow_flow_items_finish(f->call), IDL_OK);
}

static void test_client_stream(void **state)
{
    flow *f = *state;
    int64_t sum;
    assert_int_equal(flow_flow_sum(f->channel, f->call), IDL_OK);
    int32_t count = test_rounds(50000);
    for (int32_t i = 0; i < count; i++)
        assert_int_equal(flow_flow_sum_send(f->call, i), IDL_OK);
    assert_int_equal(flow_flow_sum_finish(f->call, &sum), IDL_OK);
    assert_true(sum == (int64_t)count * (count - 1) / 2);

    flow_item joined;
    assert_int_equal(flow_flow_join(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_join_send(f->call, &(flow_item){ .name = IDL_STR("a") }), IDL_OK);
    assert_int_equal(flow_flow_join_send(f->call, &(flow_item){ .name = IDL_STR("b") }), IDL_OK);
    assert_int_equal(flow_flow_join_finish(f->call, &joined), IDL_OK);
    assert_string_equal(joined.name.data, "ab");
    assert_int_equal(joined.number, 2);

    assert_int_equal(flow_flow_sum(f->channel, f->call), IDL_OK); /* no message at all */
    assert_int_equal(flow_flow_sum_finish(f->call, &sum), IDL_OK);
    assert_true(sum == 0);
}

/* The server answers while the client is still sending. */
static void test_reply_before_the_end(void **state)
{
    flow *f = *state;
    int64_t sum;
    assert_int_equal(flow_flow_sum(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, 5), IDL_OK);
    assert_int_equal(flow_flow_sum_send(f->call, -1), IDL_OK);
    for (int i = 0; i < 1000; i++)
        flow_flow_sum_send(f->call, 1);
    assert_int_equal(flow_flow_sum_finish(f->call, &sum), IDL_OK);
    assert_true(sum == 5);
}

static void test_both_ways(void **state)
{
    flow *f = *state;
    char text[32];
    idl_str back;
    assert_int_equal(flow_flow_echo(f->channel, f->call), IDL_OK);
    for (int i = 0; i < test_rounds(2000); i++) {
        snprintf(text, sizeof text, "message %d", i);
        assert_int_equal(flow_flow_echo_send(f->call, idl_cstr(text)), IDL_OK);
        assert_true(flow_flow_echo_recv(f->call, &back));
        assert_string_equal(back.data, text);
    }
    idl_call_close_send(f->call);
    assert_false(flow_flow_echo_recv(f->call, &back));
    assert_string_equal(back.data, "");
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_OK);

    flow_item item;
    assert_int_equal(flow_flow_mirror(f->channel, f->call), IDL_OK);
    assert_int_equal(flow_flow_mirror_send(f->call, &(flow_item){ .number = 9 }), IDL_OK);
    assert_true(flow_flow_mirror_recv(f->call, &item));
    assert_int_equal(item.number, 9);
    assert_int_equal(flow_flow_mirror_finish(f->call), IDL_ABORTED);
    assert_string_equal(idl_call_message(f->call), "seen enough");
}

/* Of every length, ASCII and not, many behind each other. */
static void test_text_of_every_length(void **state)
{
    enum { LENGTHS = 80 };
    flow *f = *state;
    char texts[LENGTHS][LENGTHS + 1] = { "" };
    idl_str back;
    for (size_t i = 0; i < LENGTHS; i++) {
        memset(texts[i], 'a' + (int)(i % 26), i);
        if (i % 3 == 2)
            memcpy(texts[i] + i / 2, "\xc3\xa9", 2);
    }
    assert_int_equal(flow_flow_echo(f->channel, f->call), IDL_OK);
    for (int round = 0; round < test_rounds(20); round++) {
        for (size_t i = 0; i < LENGTHS; i++)
            assert_int_equal(flow_flow_echo_send(f->call, idl_cstr(texts[i])), IDL_OK);
        for (size_t i = 0; i < LENGTHS; i++) {
            assert_true(flow_flow_echo_recv(f->call, &back));
            assert_int_equal(back.len, strlen(texts[i]));
            assert_string_equal(back.data, texts[i]);
        }
    }
    idl_call_close_send(f->call);
    assert_false(flow_flow_echo_recv(f->call, &back));
    assert_int_equal(flow_flow_echo_finish(f->call), IDL_OK);
}

/* ---- Event form ---- */

struct received {
    uint32_t items, next;
    unsigned ended;
    idl_code code;
    int64_t sum;
};

static void on_number(idl_call *call, const uint32_t *item, void *arg)
{
    struct received *r = arg;
    (void)call;
    assert_int_equal(*item, r->next++);
    r->items++;
}

static void on_end(idl_call *call, idl_code code, void *arg)
{
    struct received *r = arg;
    (void)call;
    r->ended++;
    r->code = code;
}

static void test_events_server_stream(void **state)
{
    flow *f = *state;
    enum { STREAMS = 20 };
    struct received r[STREAMS] = { { 0 } };
    idl_call *calls[STREAMS];
    for (size_t i = 0; i < STREAMS; i++) {
        calls[i] = idl_call_new();
        uint32_t after = 1000;
        flow_flow_count_async(f->channel, calls[i], 0, 5000, i % 2 ? &after : NULL, on_end, &r[i]);
        flow_flow_count_on_recv(calls[i], on_number, &r[i]);
    }
    idl_channel_run(f->channel);
    for (size_t i = 0; i < STREAMS; i++) {
        assert_int_equal(r[i].ended, 1);
        assert_int_equal(r[i].items, i % 2 ? 1000 : 5000);
        assert_int_equal(r[i].code, i % 2 ? IDL_OUT_OF_RANGE : IDL_OK);
        idl_call_free(calls[i]);
    }
}

struct sender {
    int32_t next, count;
};

static void send_on(idl_call *call, void *arg)
{
    struct sender *s = arg;
    while (s->next < s->count) {
        idl_code code = flow_flow_sum_send(call, s->next);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK)
            break;
        s->next++;
    }
    idl_call_close_send(call);
}

static void on_sum_done(idl_call *call, idl_code code, int64_t reply, void *arg)
{
    struct received *r = arg;
    (void)call;
    r->ended++;
    r->code = code;
    r->sum = reply;
}

static void test_events_client_stream(void **state)
{
    flow *f = *state;
    struct received r = { 0 };
    struct sender s = { 0, test_rounds(100000) };
    flow_flow_sum_async(f->channel, f->call, on_sum_done, &r);
    idl_call_on_writable(f->call, send_on, &s);
    send_on(f->call, &s);
    idl_channel_run(f->channel);
    assert_int_equal(r.ended, 1);
    assert_int_equal(r.code, IDL_OK);
    assert_true(r.sum == (int64_t)s.count * (s.count - 1) / 2);
}

#define ALL(setup)                                                                    \
    cmocka_unit_test_setup_teardown(test_server_stream, setup, flow_stop),            \
        cmocka_unit_test_setup_teardown(test_error_in_the_middle, setup, flow_stop),  \
        cmocka_unit_test_setup_teardown(test_abandoned, setup, flow_stop),            \
        cmocka_unit_test_setup_teardown(test_client_stream, setup, flow_stop),        \
        cmocka_unit_test_setup_teardown(test_reply_before_the_end, setup, flow_stop), \
        cmocka_unit_test_setup_teardown(test_both_ways, setup, flow_stop),            \
        cmocka_unit_test_setup_teardown(test_text_of_every_length, setup, flow_stop), \
        cmocka_unit_test_setup_teardown(test_events_server_stream, setup, flow_stop), \
        cmocka_unit_test_setup_teardown(test_events_client_stream, setup, flow_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(set_up_tcp),
        ALL(set_up_unix),
        ALL(set_up_waiting_tcp),
        ALL(set_up_waiting_unix),
        ALL(set_up_ttrpc),
        ALL(set_up_waiting_ttrpc),
        cmocka_unit_test_setup_teardown(test_server_stream, set_up_events_on_threads, flow_stop),
        cmocka_unit_test_setup_teardown(test_client_stream, set_up_events_on_threads, flow_stop),
        cmocka_unit_test_setup_teardown(test_both_ways, set_up_events_on_threads, flow_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
