/* SPDX-License-Identifier: MIT */
/* streams_together_test.c: streams between the real client and the real server, several at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

enum { ITEM = 1000, THREADS = 8 };

/* ---- Handlers ---- */

/* list: as many messages as the request says, each of ITEM bytes. */
struct production {
    size_t left;
    char text[ITEM];
};

static void produce(idl_call *call, void *arg)
{
    struct production *p = arg;
    while (p->left > 0) {
        const struct text item = { { p->text, sizeof p->text } };
        idl_code code = idl_server_emit(call, &item, stream_list.reply);
        if (code == IDL_AGAIN)
            return;
        if (code != IDL_OK) {
            idl_call_end(call, code);
            return;
        }
        p->left--;
    }
    idl_call_end(call, IDL_OK);
}

static idl_code list(idl_call *call, idl_str text)
{
    struct production *p = idl_call_alloc(call, sizeof *p);
    if (p == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    memset(p->text, 'x', sizeof p->text);
    p->left = strtoul(text.data, NULL, 10);
    idl_call_on_writable(call, produce, p);
    idl_code deferred = idl_call_defer(call);
    produce(call, p);
    return deferred;
}

/* join: replies with the number of messages. */
static void count(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    unsigned *messages = arg;
    (void)user;
    if (item != NULL) {
        ++*messages;
        return;
    }
    const struct text reply = { idl_call_printf(call, "%u", *messages) };
    idl_server_complete(call, &reply, stream_join.reply);
}

static idl_code join(idl_call *call, idl_str *reply)
{
    (void)reply;
    unsigned *messages = idl_call_alloc(call, sizeof *messages);
    if (messages == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *messages = 0;
    idl_server_on_next(call, NULL, messages, count);
    return idl_call_defer(call);
}

/* sync: each message comes back; the client waits for it before it sends the next. */
static void answer(idl_call *call, void *arg)
{
    struct text *waiting = arg;
    if (waiting->text.len == 0)
        return;
    idl_code code = idl_server_emit(call, waiting, stream_sync.reply);
    if (code == IDL_AGAIN)
        return; /* others have filled the connection */
    waiting->text.len = 0;
    if (code != IDL_OK)
        idl_call_end(call, code);
}

static void echo(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    struct text *waiting = arg;
    (void)user;
    if (item == NULL) {
        idl_call_end(call, IDL_OK);
        return;
    }
    waiting->text = idl_call_str(call, ((const struct text *)item)->text);
    answer(call, waiting);
}

static idl_code start_sync(idl_call *call)
{
    struct text *waiting = idl_call_alloc(call, sizeof *waiting);
    if (waiting == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    waiting->text.len = 0;
    idl_call_on_writable(call, answer, waiting);
    idl_server_on_next(call, NULL, waiting, echo);
    return idl_call_defer(call);
}

static const struct stream_handlers handlers = { .list = list, .join = join, .sync = start_sync };

/* ---- What threads do: no assertions there, cmocka jumps ---- */

typedef struct job {
    pthread_t thread;
    idl_channel *channel;
    int number;
    bool ok;
} job;

static bool do_list(job *j, idl_call *call, unsigned items)
{
    char words[16];
    struct text item;
    unsigned got = 0;
    snprintf(words, sizeof words, "%u", items);
    const struct text request = { idl_cstr(words) };
    bool ok = idl_client_open(j->channel, call, &request, &stream_list) == IDL_OK;
    while (idl_client_recv(call, &item, stream_list.reply))
        got += item.text.len == ITEM;
    return idl_client_finish(call, NULL, stream_list.reply) == IDL_OK && ok && got == items;
}

static bool do_join(job *j, idl_call *call, unsigned items)
{
    char filler[ITEM], words[16];
    struct text reply;
    memset(filler, 'y', sizeof filler);
    snprintf(words, sizeof words, "%u", items);
    const struct text item = { { filler, sizeof filler } };
    bool ok = idl_client_open(j->channel, call, NULL, &stream_join) == IDL_OK;
    for (unsigned i = 0; i < items; i++)
        ok &= idl_client_send(call, &item, stream_join.request) == IDL_OK;
    return idl_client_finish(call, &reply, stream_join.reply) == IDL_OK && ok &&
           strcmp(reply.text.data, words) == 0;
}

static bool do_sync(job *j, idl_call *call, int rounds)
{
    struct text got;
    bool ok = idl_client_open(j->channel, call, NULL, &stream_sync) == IDL_OK;
    for (int i = 0; i < rounds; i++) {
        char words[32];
        snprintf(words, sizeof words, "%d of thread %d", i, j->number);
        const struct text said = { idl_cstr(words) };
        ok &= idl_client_send(call, &said, stream_sync.request) == IDL_OK;
        ok &= idl_client_recv(call, &got, stream_sync.reply) && strcmp(got.text.data, words) == 0;
    }
    idl_call_close_send(call);
    ok &= !idl_client_recv(call, &got, stream_sync.reply);
    return idl_client_finish(call, NULL, stream_sync.reply) == IDL_OK && ok;
}

static void *do_all(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    j->ok = true;
    for (unsigned i = 0; i < 3; i++) {
        j->ok &= do_list(j, call, i * 400); /* more than what may be under way */
        j->ok &= do_join(j, call, i * 400);
        j->ok &= do_sync(j, call, (int)i * 40);
    }
    idl_call_free(call);
    return NULL;
}

/* ---- Tests ---- */

static idl_channel *start(struct fixture *fixture, idl_server_options *options)
{
    idl_server *server = idl_server_new(options);
    assert_int_equal(stream_serve(server, &handlers, NULL), IDL_OK);
    assert_int_equal(idl_server_listen(server, "tcp://127.0.0.1:0"), IDL_OK);
    fixture_run(fixture, server);
    return idl_channel_open(fixture_address(fixture), NULL);
}

static void all_kinds_share_a_channel(void **state)
{
    (void)state;
    struct fixture fixture;
    job jobs[THREADS];
    idl_channel *channel = start(&fixture, NULL);
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){ .channel = channel, .number = i };
        pthread_create(&jobs[i].thread, NULL, do_all, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(jobs[i].thread, NULL);
    for (int i = 0; i < THREADS; i++)
        assert_true(jobs[i].ok);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

typedef struct seen {
    unsigned items;
    int ends;
    idl_code code;
} seen;

static void see_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    seen *s = arg;
    (void)call, (void)user;
    s->items += ((const struct text *)item)->text.len == ITEM;
}

static void see_end(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    seen *s = arg;
    (void)call, (void)reply, (void)user;
    s->ends++;
    s->code = code;
}

static void callbacks_get_theirs(void **state)
{
    (void)state;
    struct fixture fixture;
    idl_channel *channel = start(&fixture, NULL);
    idl_call *calls[4];
    seen s[4] = { { 0 } };
    const struct text request = { IDL_STR("700") };
    for (int i = 0; i < 4; i++) {
        calls[i] = idl_call_new();
        idl_client_async(channel, calls[i], &request, (void (*)(void))see_end, &s[i], &stream_list);
        idl_client_on_recv(calls[i], NULL, &s[i], see_item);
    }
    idl_channel_run(channel);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(s[i].items, 700);
        assert_int_equal(s[i].ends, 1);
        assert_int_equal(s[i].code, IDL_OK);
        idl_call_free(calls[i]);
    }
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static void a_server_that_stops_ends_what_is_open(void **state)
{
    (void)state;
    struct fixture fixture;
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.drain_timeout_ms = 100;
    idl_channel *channel = start(&fixture, &options);
    idl_call *call = idl_call_new();
    struct text got;
    const struct text said = { IDL_STR("x") };
    assert_int_equal(idl_client_open(channel, call, NULL, &stream_sync), IDL_OK);
    assert_int_equal(idl_client_send(call, &said, stream_sync.request), IDL_OK);
    assert_true(idl_client_recv(call, &got, stream_sync.reply));
    idl_server_stop(fixture.server);
    assert_false(idl_client_recv(call, &got, stream_sync.reply));
    assert_int_equal(idl_client_finish(call, NULL, stream_sync.reply), IDL_UNAVAILABLE);
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_join(&fixture);
    idl_server_free(fixture.server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_kinds_share_a_channel),
        cmocka_unit_test(callbacks_get_theirs),
        cmocka_unit_test(a_server_that_stops_ends_what_is_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
