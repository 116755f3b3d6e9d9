/* SPDX-License-Identifier: MIT */
/* together_test.c: the real client and the real server, over every kind of socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include "fixture.h"

#define TCP "tcp://127.0.0.1:0"

/* ---- One call ---- */

static void assert_echoes(idl_channel *channel, idl_call *call, const char *said)
{
    const struct text request = { idl_cstr(said) };
    struct text reply;
    idl_code code = idl_client_call(channel, call, &request, &reply, &text_echo);
    assert_string_equal(idl_call_message(call), "");
    assert_int_equal(code, IDL_OK);
    assert_string_equal(reply.text.data, said);
}

static void serves_at(const char *address)
{
    struct fixture fixture;
    fixture_start(&fixture, address, NULL, NULL, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 100; i++)
        assert_echoes(channel, call, "hello");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static void calls_go_over_every_socket(void **state)
{
    char address[64];
    (void)state;
    serves_at(TCP);
    serves_at("tcp://[::1]:0");
    snprintf(address, sizeof address, "unix:///tmp/idl-together-%ld", (long)getpid());
    serves_at(address);
    snprintf(address, sizeof address, "unix://@idl-together-%ld", (long)getpid());
    serves_at(address);
}

static idl_code sized(idl_call *call, idl_str text, idl_str *reply)
{
    size_t len = (size_t)atol(text.data);
    char *memory = idl_call_alloc(call, len);
    if (memory == NULL)
        return IDL_OK; /* sticks */
    memset(memory, 'x', len);
    *reply = (idl_str){ memory, len };
    return IDL_OK;
}

static void sizes_up_to_the_limit(void **state)
{
    static const size_t sizes[] = { 0, 1, 255, 256, 65535, 65536, 1000000, (4 << 20) - 100 };
    struct fixture fixture;
    char text[32];
    struct text reply;
    (void)state;
    fixture_start(&fixture, TCP, NULL, sized, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snprintf(text, sizeof text, "%zu", sizes[i]);
        const struct text request = { idl_cstr(text) };
        assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other), IDL_OK);
        assert_int_equal(reply.text.len, sizes[i]);
    }
    const struct text request = { IDL_STR("4194304") }; /* and its tag: one too many */
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other),
                     IDL_RESOURCE_EXHAUSTED);
    assert_string_equal(idl_call_message(call), "the reply is larger than the limit");
    assert_echoes(channel, call, "and goes on");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static idl_code refuse(idl_call *call, idl_str text, idl_str *reply)
{
    (void)reply;
    return idl_call_fail(call, IDL_NOT_FOUND, "no item '%s'", text.data);
}

static void errors_arrive(void **state)
{
    struct fixture fixture;
    struct text reply;
    const struct text request = { IDL_STR("x") };
    (void)state;
    fixture_start(&fixture, TCP, NULL, refuse, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other), IDL_NOT_FOUND);
    assert_string_equal(idl_call_message(call), "no item 'x'");
    assert_string_equal(reply.text.data, "");
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_absent),
                     IDL_UNIMPLEMENTED);
    assert_string_equal(idl_call_message(call), "no method 'absent' in service 'test.Text'");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

/* Asks its own server, whose only loop it would keep waiting. */
static idl_code ask_oneself(idl_call *call, idl_str text, idl_str *reply)
{
    struct text answer;
    idl_channel *channel = idl_channel_open(text.data, NULL);
    idl_call *inner = idl_call_new();
    idl_code code = idl_client_call(channel, inner, &(struct text){ text }, &answer, &text_echo);
    *reply = idl_call_printf(call, "%s: %s", idl_code_name(code), idl_call_message(inner));
    assert_int_equal(idl_client_open(channel, inner, NULL, &stream_join), code);
    idl_call_free(inner);
    idl_channel_close(channel);
    return IDL_OK;
}

static void handlers_must_not_wait(void **state)
{
    struct fixture fixture;
    struct text reply;
    (void)state;
    fixture_start(&fixture, TCP, NULL, ask_oneself, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    const struct text request = { idl_cstr(fixture_address(&fixture)) };
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other), IDL_OK);
    assert_string_equal(reply.text.data,
                        "FAILED_PRECONDITION: a call that waits, on the loop of a server: start it "
                        "with _async, or on another thread");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

/* ---- Oneway ---- */

static idl_code count(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text;
    (void)reply;
    atomic_fetch_add((atomic_int *)idl_call_user(call), 1);
    return IDL_OK;
}

static void closing_a_channel_loses_no_oneway_call(void **state)
{
    enum { CALLS = 1000 };
    struct fixture fixture;
    const struct text request = { IDL_STR("a text that is not short, so that there is something") };
    atomic_int counted = 0;
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, count, &counted);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < CALLS; i++)
        assert_int_equal(idl_client_call(channel, call, &request, NULL, &text_touch), IDL_OK);
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
    assert_int_equal(counted, CALLS);
}

/* ---- Many ---- */

struct caller {
    idl_channel *channel;
    size_t calls, failed;
};

static void *call_again_and_again(void *arg)
{
    struct caller *caller = arg;
    idl_call *call = idl_call_new();
    char said[32];
    for (size_t i = 0; i < caller->calls; i++) {
        struct text request, reply;
        snprintf(said, sizeof said, "%zu", i);
        request.text = idl_cstr(said);
        if (idl_client_call(caller->channel, call, &request, &reply, &text_echo) != IDL_OK ||
            !idl_str_equal(request.text, reply.text))
            caller->failed++;
    }
    idl_call_free(call);
    return NULL;
}

static void threads_channels_and_workers(void **state)
{
    enum { THREADS = 8, CALLS = 300 };
    struct fixture fixture;
    struct caller callers[THREADS];
    pthread_t threads[THREADS];
    idl_channel *channels[2];
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.workers = 2;
    fixture_start(&fixture, TCP, &options, NULL, NULL, NULL);
    for (int i = 0; i < 2; i++)
        channels[i] = idl_channel_open(fixture_address(&fixture), NULL);
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){ .channel = channels[i % 2], .calls = CALLS };
        pthread_create(&threads[i], NULL, call_again_and_again, &callers[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].failed, 0);
    }
    for (int i = 0; i < 2; i++)
        idl_channel_close(channels[i]);
    fixture_stop(&fixture);
}

static void count_ok(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                     void *arg)
{
    const struct text *m = reply;
    (void)call;
    (void)user;
    if (code == IDL_OK && strcmp(m->text.data, "async") == 0)
        (*(size_t *)arg)++;
}

static void async_calls_share_a_connection(void **state)
{
    enum { CALLS = 900 };
    struct fixture fixture;
    const struct text request = { IDL_STR("async") };
    size_t answered = 0;
    (void)state;
    fixture_start(&fixture, TCP, NULL, NULL, NULL, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    for (int i = 0; i < CALLS; i++)
        idl_client_async(channel, NULL, &request, (void (*)(void))count_ok, &answered, &text_echo);
    idl_channel_run(channel);
    assert_int_equal(answered, CALLS);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

/* ---- Streams ---- */

/* Counts up to what was asked for, as fast as the client takes it. */
struct counter {
    long next, end;
};

static void count_up(idl_call *call, void *arg)
{
    struct counter *counter = arg;
    idl_code code = IDL_OK;
    for (; counter->next < counter->end; counter->next++) {
        char digits[32];
        snprintf(digits, sizeof digits, "%ld", counter->next);
        const struct text item = { idl_cstr(digits) };
        code = idl_server_emit(call, &item, stream_list.reply);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK)
            break;
    }
    idl_call_end(call, code);
}

static idl_code list(idl_call *call, idl_str text)
{
    struct counter *counter = idl_call_alloc(call, sizeof *counter);
    if (counter == NULL)
        return IDL_OK; /* sticks */
    *counter = (struct counter){ 0, atol(text.data) };
    idl_call_on_writable(call, count_up, counter);
    idl_code deferred = idl_call_defer(call);
    count_up(call, counter);
    return deferred;
}

/* How many messages came, and the last one. */
struct tally {
    size_t count;
    idl_str last;
};

static void tally_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    struct tally *tally = arg;
    const struct text *m = item;
    (void)user;
    if (m != NULL) {
        tally->count++;
        tally->last = m->text;
        idl_call_keep(call);
        return;
    }
    const struct text reply = { idl_call_printf(call, "%zu, the last was %s", tally->count,
                                                tally->last.data) };
    idl_server_complete(call, &reply, stream_join.reply);
}

static idl_code join(idl_call *call, idl_str *reply)
{
    struct tally *tally = idl_call_alloc(call, sizeof *tally);
    (void)reply;
    if (tally == NULL)
        return IDL_OK;
    *tally = (struct tally){ 0, IDL_STR("none") };
    idl_server_on_next(call, NULL, tally, tally_item);
    return idl_call_defer(call);
}

static void echo_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    (void)user;
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (idl_server_emit(call, item, stream_sync.reply) != IDL_OK)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED);
}

static idl_code synchronise(idl_call *call)
{
    idl_server_on_next(call, NULL, NULL, echo_item);
    return idl_call_defer(call);
}

static idl_channel *start_streams(struct fixture *fixture)
{
    static const struct stream_handlers handlers = { list, join, synchronise };
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(stream_serve(server, &handlers, NULL), IDL_OK);
    assert_int_equal(idl_server_listen(server, TCP), IDL_OK);
    fixture_run(fixture, server);
    return idl_channel_open(fixture_address(fixture), NULL);
}

static void a_stream_comes_whole_and_in_order(void **state)
{
    enum { ITEMS = 100000 }; /* more than the credit of a stream */
    struct fixture fixture;
    const struct text request = { IDL_STR("100000") };
    struct text item;
    long next = 0;
    (void)state;
    idl_channel *channel = start_streams(&fixture);
    idl_call *call = idl_call_new();
    assert_int_equal(idl_client_open(channel, call, &request, &stream_list), IDL_OK);
    for (; idl_client_recv(call, &item, stream_list.reply); next++)
        if (atol(item.text.data) != next)
            fail_msg("%s instead of %ld", item.text.data, next);
    assert_int_equal(next, ITEMS);
    assert_int_equal(idl_client_finish(call, NULL, stream_list.reply), IDL_OK);

    assert_int_equal(idl_client_open(channel, call, &request, &stream_list), IDL_OK);
    for (next = 0; next < 10; next++)
        assert_true(idl_client_recv(call, &item, stream_list.reply));
    idl_call_reset(call); /* enough: the server hears of it, and the channel goes on */
    assert_int_equal(idl_client_open(channel, call, &request, &stream_list), IDL_OK);
    assert_true(idl_client_recv(call, &item, stream_list.reply));
    assert_string_equal(item.text.data, "0");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static void a_stream_goes_whole(void **state)
{
    enum { ITEMS = 50000 };
    struct fixture fixture;
    struct text reply;
    char text[64];
    (void)state;
    idl_channel *channel = start_streams(&fixture);
    idl_call *call = idl_call_new();
    for (int round = 0; round < 2; round++) {
        assert_int_equal(idl_client_open(channel, call, NULL, &stream_join), IDL_OK);
        for (int i = 0; i < ITEMS; i++) {
            snprintf(text, sizeof text, "number %d", i);
            const struct text item = { idl_cstr(text) };
            assert_int_equal(idl_client_send(call, &item, stream_join.request), IDL_OK);
        }
        assert_int_equal(idl_client_finish(call, &reply, stream_join.reply), IDL_OK);
        assert_string_equal(reply.text.data, "50000, the last was number 49999");
    }
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static void a_conversation_goes_both_ways(void **state)
{
    struct fixture fixture;
    struct text item;
    char text[64];
    (void)state;
    idl_channel *channel = start_streams(&fixture);
    idl_call *call = idl_call_new();
    assert_int_equal(idl_client_open(channel, call, NULL, &stream_sync), IDL_OK);
    for (int i = 0; i < 1000; i++) {
        snprintf(text, sizeof text, "question %d", i);
        const struct text question = { idl_cstr(text) };
        assert_int_equal(idl_client_send(call, &question, stream_sync.request), IDL_OK);
        assert_true(idl_client_recv(call, &item, stream_sync.reply));
        assert_string_equal(item.text.data, text);
    }
    idl_call_close_send(call);
    assert_false(idl_client_recv(call, &item, stream_sync.reply));
    assert_int_equal(idl_client_finish(call, NULL, stream_sync.reply), IDL_OK);
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

/* ---- A server that goes and comes ---- */

static void calls_survive_a_restart(void **state)
{
    struct fixture fixture;
    char address[64];
    (void)state;
    snprintf(address, sizeof address, "unix://@idl-restart-%ld", (long)getpid());
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 3; i++) {
        fixture_start(&fixture, address, NULL, NULL, NULL, NULL);
        assert_echoes(channel, call, "again");
        fixture_stop(&fixture);
    }
    idl_call_free(call);
    idl_channel_close(channel);
}

/* Calls go on while one server drains and the next one takes its place: none is lost. */
static void a_rolling_restart_loses_no_call(void **state)
{
    enum { THREADS = 4, CALLS = 2000, SERVERS = 4 };
    struct fixture fixtures[SERVERS];
    struct caller callers[THREADS];
    pthread_t threads[THREADS];
    char path[64], address[80];
    (void)state;
    snprintf(path, sizeof path, "/tmp/idl-rolling-%ld", (long)getpid());
    snprintf(address, sizeof address, "unix://%s", path);
    fixture_start(&fixtures[0], address, NULL, NULL, NULL, NULL);
    idl_channel *channel = idl_channel_open(address, NULL);
    for (int i = 0; i < THREADS; i++) {
        callers[i] = (struct caller){ .channel = channel, .calls = CALLS };
        pthread_create(&threads[i], NULL, call_again_and_again, &callers[i]);
    }
    for (int i = 1; i < SERVERS; i++) {
        sleep_ms(20);
        unlink(path); /* the next one takes the name over, then the last one goes */
        fixture_start(&fixtures[i], address, NULL, NULL, NULL, NULL);
        fixture_stop(&fixtures[i - 1]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(callers[i].failed, 0);
    }
    idl_channel_close(channel);
    fixture_stop(&fixtures[SERVERS - 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_go_over_every_socket),
        cmocka_unit_test(sizes_up_to_the_limit),
        cmocka_unit_test(errors_arrive),
        cmocka_unit_test(handlers_must_not_wait),
        cmocka_unit_test(closing_a_channel_loses_no_oneway_call),
        cmocka_unit_test(threads_channels_and_workers),
        cmocka_unit_test(async_calls_share_a_connection),
        cmocka_unit_test(a_stream_comes_whole_and_in_order),
        cmocka_unit_test(a_stream_goes_whole),
        cmocka_unit_test(a_conversation_goes_both_ways),
        cmocka_unit_test(calls_survive_a_restart),
        cmocka_unit_test(a_rolling_restart_loses_no_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
