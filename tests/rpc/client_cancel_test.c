/* SPDX-License-Identifier: MIT */
/* client_cancel_test.c: any thread may end a call, whatever it waits for; tokens that are stale do
 * nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "effort.h"
#include "fixture.h"
#include "full.h"
#include "scripted.h"

enum { LATE = 5000 /* ms */ };

/* ---- A server that answers some ---- */

typedef struct heard {
    atomic_int requests, cancels;
    atomic_bool reads; /* or does not, until then */
} heard;

/* Answers requests whose text begins with an 'a'. */
static void answer_some(peer_conn *conn, void *arg)
{
    heard *h = arg;
    peer_frame frame;
    while (!atomic_load(&h->reads))
        sleep_ms(1);
    while (peer_read(conn, &frame)) {
        if (frame.type == CANCEL)
            atomic_fetch_add(&h->cancels, 1);
        if (frame.type != REQUEST)
            continue;
        atomic_fetch_add(&h->requests, 1);
        if (frame.payload_len > 2 && frame.payload[0] == 0x0a && frame.payload[2] == 'a')
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
}

typedef struct client {
    heard heard;
    peer *server;
    idl_channel *channel;
    idl_call *call;
} client;

static void begin(client *c)
{
    *c = (client){ .heard.reads = true };
    c->server = peer_start(0, answer_some, &c->heard);
    c->channel = idl_channel_open(peer_address(c->server), NULL);
    c->call = idl_call_new();
}

static void end(client *c)
{
    atomic_store(&c->heard.reads, true);
    idl_call_free(c->call);
    idl_channel_close(c->channel);
    peer_stop(c->server);
}

static void wait_for(atomic_int *count, int value)
{
    for (int i = 0; atomic_load(count) < value && i < LATE; i++)
        sleep_ms(1);
    assert_int_equal(atomic_load(count), value);
}

static idl_code echo(idl_channel *channel, idl_call *call, const char *text)
{
    const note request = { .text = idl_cstr(text) };
    return idl_client_call(channel, call, &request, NULL, &echo_method);
}

/* ---- A thread that cancels after a while ---- */

typedef struct canceller {
    pthread_t thread;
    idl_channel *channel;
    idl_token token;
} canceller;

/* Late enough for the call to be on its way, under valgrind too. */
static void *cancel_soon(void *arg)
{
    canceller *c = arg;
    sleep_ms(test_effort() > 1 ? 600 : 60);
    idl_call_cancel(c->channel, c->token);
    return NULL;
}

static void cancel_from_a_thread(canceller *c, idl_channel *channel, idl_call *call)
{
    *c = (canceller){ .channel = channel, .token = idl_call_token(call) };
    assert_int_equal(pthread_create(&c->thread, NULL, cancel_soon, c), 0);
}

static void assert_cancelled(canceller *by, const idl_call *call, idl_code code)
{
    pthread_join(by->thread, NULL);
    assert_int_equal(code, IDL_CANCELLED);
    assert_int_equal(idl_call_code(call), IDL_CANCELLED);
    assert_string_equal(idl_call_message(call), "the call was cancelled");
}

static void a_call_that_waits_for_its_reply(void **state)
{
    client c;
    canceller by;
    (void)state;
    begin(&c);
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK); /* connects */
    for (int i = 0; i < 3; i++) {
        cancel_from_a_thread(&by, c.channel, c.call);
        if (i == 2)
            idl_call_set_timeout(c.call, 60000);
        assert_cancelled(&by, c.call, echo(c.channel, c.call, "x"));
        wait_for(&c.heard.cancels, i + 1);
    }
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    assert_int_equal(peer_accepted(c.server), 1);
    end(&c);
}

typedef struct job {
    pthread_t thread;
    idl_channel *channel;
    idl_code code;
} job;

static void *call_once(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    j->code = echo(j->channel, call, "x");
    idl_call_free(call);
    return NULL;
}

/* Its reply would be read by another thread, which goes on. */
static void a_call_that_sleeps(void **state)
{
    client c;
    canceller by;
    (void)state;
    begin(&c);
    job reader = { .channel = c.channel };
    pthread_create(&reader.thread, NULL, call_once, &reader);
    wait_for(&c.heard.requests, 1);
    cancel_from_a_thread(&by, c.channel, c.call);
    assert_cancelled(&by, c.call, echo(c.channel, c.call, "x"));
    wait_for(&c.heard.cancels, 1);
    peer_stop(c.server);
    pthread_join(reader.thread, NULL);
    assert_int_equal(reader.code, IDL_UNAVAILABLE);
    idl_call_free(c.call);
    idl_channel_close(c.channel);
}

/* ---- Servers that are never reached, or do not read ---- */

static void connecting_to(void (*listen_full)(full *f))
{
    full f;
    canceller by;
    size_t before = open_descriptors();
    listen_full(&f);
    idl_channel *channel = idl_channel_open(f.address, NULL);
    idl_call *call = idl_call_new();
    cancel_from_a_thread(&by, channel, call);
    assert_cancelled(&by, call, echo(channel, call, "x"));
    cancel_from_a_thread(&by, channel, call);
    assert_cancelled(&by, call, idl_client_call(channel, call, &(note){ 0 }, NULL, &tell_method));
    idl_call_free(call);
    full_close(&f);
    idl_channel_close(channel);
    assert_int_equal(open_descriptors(), before);
}

static void a_call_that_connects(void **state)
{
    (void)state;
    connecting_to(full_tcp);
    connecting_to(full_unix);
}

static void a_call_that_cannot_be_written(void **state)
{
    enum { SIZE = 4000000 };
    uint8_t *data = calloc(1, SIZE);
    const note large = { .data = { data, SIZE } };
    client c;
    canceller by;
    (void)state;
    begin(&c);
    atomic_store(&c.heard.reads, false);
    for (int i = 0; i < 4; i++) {
        cancel_from_a_thread(&by, c.channel, c.call);
        assert_cancelled(&by, c.call,
                         idl_client_call(c.channel, c.call, &large, NULL, &echo_method));
    }
    atomic_store(&c.heard.reads, true);
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    end(&c);
    free(data);
}

/* ---- Streams ---- */

static void streams_that_wait(void **state)
{
    const note item = { .text = IDL_STR("x") };
    client c;
    canceller by;
    note got;
    (void)state;
    begin(&c);
    assert_int_equal(idl_client_open(c.channel, c.call, &item, &list_method), IDL_OK);
    cancel_from_a_thread(&by, c.channel, c.call); /* it is open already */
    assert_false(idl_client_recv(c.call, &got, list_method.reply));
    assert_cancelled(&by, c.call, idl_client_finish(c.call, NULL, list_method.reply));

    cancel_from_a_thread(&by, c.channel, c.call);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
    assert_cancelled(&by, c.call, idl_client_finish(c.call, NULL, load_method.reply));

    cancel_from_a_thread(&by, c.channel, c.call);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    idl_code code = IDL_OK;
    while (code == IDL_OK) /* until it waits for credit */
        code = idl_client_send(c.call, &item, sync_method.request);
    assert_int_equal(code, IDL_CANCELLED);
    assert_cancelled(&by, c.call, idl_client_finish(c.call, NULL, sync_method.reply));
    wait_for(&c.heard.cancels, 3);
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    end(&c);
}

/* ---- Async ---- */

static void count_done(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                       void *arg)
{
    int *done = arg;
    (void)reply, (void)user;
    assert_int_equal(code, IDL_CANCELLED);
    assert_string_equal(idl_call_message(call), "the call was cancelled");
    ++*done;
}

static void async_calls(void **state)
{
    enum { CALLS = 50 };
    client c;
    canceller by;
    idl_call *calls[CALLS];
    idl_token tokens[CALLS];
    int done = 0;
    (void)state;
    begin(&c);
    for (int i = 0; i < CALLS; i++) {
        calls[i] = idl_call_new();
        if (i % 2 == 0) /* as good before as after */
            tokens[i] = idl_call_token(calls[i]);
        idl_client_async(c.channel, calls[i], &(note){ .text = IDL_STR("x") },
                         (void (*)(void))count_done, &done,
                         i % 3 == 0 ? &list_method : &echo_method);
        if (i % 2 != 0)
            tokens[i] = idl_call_token(calls[i]);
    }
    cancel_from_a_thread(&by, c.channel, calls[0]);
    while (done == 0)
        idl_channel_process(c.channel, LATE);
    pthread_join(by.thread, NULL);
    for (int i = 0; i < CALLS; i++)
        idl_call_cancel(c.channel, tokens[i]);
    idl_channel_run(c.channel);
    assert_int_equal(done, CALLS);
    wait_for(&c.heard.cancels, CALLS);
    for (int i = 0; i < CALLS; i++)
        idl_call_free(calls[i]);
    end(&c);
}

/* ---- Tokens ---- */

static void stale_tokens_do_nothing(void **state)
{
    client c;
    (void)state;
    begin(&c);
    idl_token first = idl_call_token(c.call), again = idl_call_token(c.call);
    assert_true(first.call == again.call && first.number == again.number);
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    for (int i = 0; i < 100; i++) {
        idl_token token = idl_call_token(c.call);
        assert_true(token.number != first.number);
        idl_call_cancel(c.channel, first);
        assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
        first = token;
    }
    idl_call *other = idl_call_new();
    idl_token gone = idl_call_token(other);
    idl_call_free(other);
    idl_call_cancel(c.channel, gone);
    other = idl_call_new(); /* perhaps at the same place */
    idl_call_token(other);
    assert_int_equal(echo(c.channel, other, "a"), IDL_OK);
    idl_call_cancel(c.channel, (idl_token){ 0, 0 });
    idl_call_cancel(NULL, gone);
    assert_int_equal(idl_call_token(NULL).number, 0);
    assert_int_equal(atomic_load(&c.heard.cancels), 0);
    idl_call_free(other);
    end(&c);
}

static void a_cancel_may_come_first(void **state)
{
    client c;
    (void)state;
    begin(&c);
    idl_call_cancel(c.channel, idl_call_token(c.call));
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_CANCELLED);
    assert_string_equal(idl_call_message(c.call), "the call was cancelled before it began");
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    assert_int_equal(atomic_load(&c.heard.requests), 1);
    end(&c);
}

/* ---- A storm ---- */

enum { CALLERS = 6, CANCELLERS = 3, ROUNDS = 300 };

typedef struct storm {
    idl_channel *channel;
    pthread_mutex_t lock;
    idl_token tokens[CALLERS];
    atomic_bool over;
    atomic_int ok, cancelled, wrong;
} storm;

typedef struct caller {
    pthread_t thread;
    storm *storm;
    int number;
} caller;

/* Half of the calls are never answered: those have to be cancelled. */
static void *call_often(void *arg)
{
    caller *me = arg;
    storm *s = me->storm;
    idl_call *call = idl_call_new();
    for (int i = 0; i < ROUNDS; i++) {
        pthread_mutex_lock(&s->lock);
        s->tokens[me->number] = idl_call_token(call);
        pthread_mutex_unlock(&s->lock);
        idl_code code = echo(s->channel, call, i % 2 == 0 ? "a" : "x");
        if (code == IDL_CANCELLED)
            atomic_fetch_add(&s->cancelled, 1);
        else if (code == IDL_OK && i % 2 == 0)
            atomic_fetch_add(&s->ok, 1);
        else
            atomic_fetch_add(&s->wrong, 1);
    }
    idl_call_free(call);
    return NULL;
}

static void *cancel_often(void *arg)
{
    storm *s = arg;
    for (unsigned i = 0; !atomic_load(&s->over); i++) {
        pthread_mutex_lock(&s->lock);
        idl_token token = s->tokens[i % CALLERS];
        pthread_mutex_unlock(&s->lock);
        idl_call_cancel(s->channel, token);
        /* Mutexes are not fair: where threads run one at a time, as under valgrind, who takes them
         * again and again without a pause has them nearly always. */
        sched_yield();
    }
    return NULL;
}

static void a_storm_of_cancels(void **state)
{
    client c;
    caller callers[CALLERS];
    pthread_t cancellers[CANCELLERS];
    (void)state;
    begin(&c);
    storm s = { .channel = c.channel };
    pthread_mutex_init(&s.lock, NULL);
    for (int i = 0; i < CALLERS; i++) {
        callers[i] = (caller){ .storm = &s, .number = i };
        pthread_create(&callers[i].thread, NULL, call_often, &callers[i]);
    }
    for (int i = 0; i < CANCELLERS; i++)
        pthread_create(&cancellers[i], NULL, cancel_often, &s);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(callers[i].thread, NULL);
    atomic_store(&s.over, true);
    for (int i = 0; i < CANCELLERS; i++)
        pthread_join(cancellers[i], NULL);
    assert_int_equal(atomic_load(&s.wrong), 0);
    assert_int_equal(atomic_load(&s.ok) + atomic_load(&s.cancelled), CALLERS * ROUNDS);
    assert_true(atomic_load(&s.cancelled) >= CALLERS * ROUNDS / 2);
    assert_int_equal(echo(c.channel, c.call, "a"), IDL_OK);
    pthread_mutex_destroy(&s.lock);
    end(&c);
}

/* ---- Both sides ---- */

static void end_it(idl_call *call, void *arg)
{
    atomic_fetch_add((atomic_int *)arg, 1);
    idl_call_end(call, IDL_OK);
}

static idl_code never(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text, (void)reply;
    idl_call_on_cancel(call, end_it, idl_call_user(call));
    return idl_call_defer(call);
}

static void the_handler_hears_of_it(void **state)
{
    struct fixture fixture;
    canceller by;
    atomic_int cancels = 0;
    const struct text request = { IDL_STR("x") };
    (void)state;
    fixture_start(&fixture, "tcp://127.0.0.1:0", NULL, never, never, &cancels);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    cancel_from_a_thread(&by, channel, call);
    assert_cancelled(&by, call, idl_client_call(channel, call, &request, NULL, &text_other));
    wait_for(&cancels, 1);
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_that_waits_for_its_reply),
        cmocka_unit_test(a_call_that_sleeps),
        cmocka_unit_test(a_call_that_connects),
        cmocka_unit_test(a_call_that_cannot_be_written),
        cmocka_unit_test(streams_that_wait),
        cmocka_unit_test(async_calls),
        cmocka_unit_test(stale_tokens_do_nothing),
        cmocka_unit_test(a_cancel_may_come_first),
        cmocka_unit_test(a_storm_of_cancels),
        cmocka_unit_test(the_handler_hears_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
