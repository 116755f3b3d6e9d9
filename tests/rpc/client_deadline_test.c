/* SPDX-License-Identifier: MIT */
/* client_deadline_test.c: calls end in time, whatever they wait for, against servers that do not
 * answer, do not read, or are never reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"
#include "full.h"
#include "scripted.h"

enum {
    SOON = 50,   /* ms */
    EXACT = 60,  /* on a machine with nothing else to do */
    LATE = 5000, /* on any */
    TRIES = 20
};

#define MS UINT64_C(1000000)

/* ---- A server that answers some ---- */

typedef struct heard {
    atomic_int requests, cancels;
    atomic_uint_least64_t timeout; /* of the last request */
    atomic_bool reads;             /* or does not, until then */
} heard;

/* A timeout comes behind the payload. */
static uint64_t timeout_of(const peer_frame *frame)
{
    const uint8_t *p = frame->payload + frame->payload_len, *end = frame->body + frame->len;
    uint64_t timeout = 0;
    if (frame->payload == NULL || p == end || *p++ != (4 << 3))
        return 0;
    for (int shift = 0; p < end; shift += 7)
        timeout |= (uint64_t)(*p++ & 0x7f) << shift;
    return timeout;
}

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
        atomic_store(&h->timeout, timeout_of(&frame));
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

static void begin_at(client *c, peer *(*start)(client *c), const idl_channel_options *options)
{
    *c = (client){ .heard.reads = true };
    c->server = start(c);
    c->channel = idl_channel_open(peer_address(c->server), options);
    c->call = idl_call_new();
}

static peer *on_tcp(client *c)
{
    return peer_start(0, answer_some, &c->heard);
}

static peer *on_unix(client *c)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/idl-deadline-%ld.sock", (long)getpid());
    return peer_start_unix(path, answer_some, &c->heard);
}

static void begin(client *c)
{
    begin_at(c, on_tcp, NULL);
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

static uint64_t ms_since(uint64_t begun)
{
    return (idl_now() - begun) / MS;
}

static idl_code echo(client *c, const char *text)
{
    const note request = { .text = idl_cstr(text) };
    note reply;
    idl_code code = idl_client_call(c->channel, c->call, &request, &reply, &echo_method);
    assert_string_equal(reply.text.data, code == IDL_OK ? text : "");
    return code;
}

static void assert_failed(const client *c, idl_code code, const char *what)
{
    char expected[256];
    snprintf(expected, sizeof expected, "%s: %s", peer_address(c->server), what);
    assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
    assert_int_equal(idl_call_code(c->call), IDL_DEADLINE_EXCEEDED);
    assert_string_equal(idl_call_message(c->call), expected);
    assert_int_equal(idl_call_deadline(c->call), 0);
}

/* The call ended by its deadline of 50 ms, and says so. A thread that was held up between the two
 * had less time for the call. */
static void assert_late(const client *c, idl_code code, const char *what)
{
    char text[64] = "";
    int ms = 0;
    const char *at = strstr(idl_call_message(c->call), " within ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, " within %d ms", &ms), 1);
    assert_in_range(ms, 1, SOON);
    snprintf(text, sizeof text, "%s within %d ms", what, ms);
    assert_failed(c, code, text);
}

/* ---- Unary ---- */

static void no_reply_from(peer *(*start)(client *c))
{
    client c;
    uint64_t best = UINT64_MAX;
    int tries = 0;
    begin_at(&c, start, NULL);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    for (; tries < TRIES && best > EXACT; tries++) {
        uint64_t begun = idl_now();
        idl_call_set_timeout(c.call, SOON);
        assert_late(&c, echo(&c, "x"), "no reply");
        uint64_t took = ms_since(begun);
        assert_in_range(took, SOON, LATE);
        best = took < best ? took : best;
    }
    assert_in_range(best, SOON, EXACT);
    assert_in_range(atomic_load(&c.heard.timeout), 1, SOON * MS);
    wait_for(&c.heard.cancels, tries);
    assert_int_equal(echo(&c, "a"), IDL_OK); /* no deadline any more */
    assert_int_equal(atomic_load(&c.heard.timeout), 0);
    assert_int_equal(peer_accepted(c.server), 1);
    end(&c);
}

static void no_reply_in_time(void **state)
{
    (void)state;
    no_reply_from(on_tcp);
    no_reply_from(on_unix);
}

static void a_reply_in_time(void **state)
{
    client c;
    (void)state;
    begin(&c);
    for (int i = 0; i < 100; i++) {
        idl_call_set_deadline(c.call, idl_now() + 10000 * MS);
        assert_int_equal(echo(&c, "a"), IDL_OK);
        assert_in_range(atomic_load(&c.heard.timeout), 5000 * MS, 10000 * MS);
        assert_int_equal(idl_call_deadline(c.call), 0);
    }
    assert_int_equal(atomic_load(&c.heard.cancels), 0);
    end(&c);
}

static void an_expired_call_is_not_sent(void **state)
{
    const char *what = "the deadline had passed before the call was sent";
    client c;
    (void)state;
    begin(&c);
    idl_call_set_timeout(c.call, 0);
    assert_failed(&c, echo(&c, "a"), what);
    idl_call_set_deadline(c.call, 1);
    assert_failed(&c, echo(&c, "a"), what);
    assert_int_equal(peer_accepted(c.server), 0);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    idl_call_set_timeout(c.call, 0);
    assert_failed(&c, idl_client_call(c.channel, c.call, &(note){ 0 }, NULL, &tell_method), what);
    idl_call_set_timeout(c.call, 0);
    assert_failed(&c, idl_client_open(c.channel, c.call, &(note){ 0 }, &list_method), what);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    assert_int_equal(atomic_load(&c.heard.requests), 2);
    assert_int_equal(peer_heard(c.server), 0);
    end(&c);
}

static void a_channel_has_a_timeout(void **state)
{
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    client c;
    (void)state;
    options.timeout_ms = SOON;
    begin_at(&c, on_tcp, &options);
    uint64_t begun = idl_now();
    assert_failed(&c, echo(&c, "x"), "no reply within 50 ms");
    assert_in_range(ms_since(begun), SOON, LATE);
    idl_call_set_timeout(c.call, 20); /* a call's own goes first */
    assert_late(&c, echo(&c, "x"), "no reply");
    idl_call_set_deadline(c.call, IDL_NEVER);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    assert_int_equal(atomic_load(&c.heard.timeout), 0);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    assert_in_range(atomic_load(&c.heard.timeout), 1, SOON * MS);
    end(&c);
}

/* ---- Servers that do not read ---- */

static void a_server_that_does_not_read(void **state)
{
    enum { SIZE = 4000000, CALLS = 6 };
    uint8_t *data = calloc(1, SIZE);
    const note large = { .data = { data, SIZE } };
    client c;
    (void)state;
    begin(&c);
    atomic_store(&c.heard.reads, false);
    for (int i = 0; i < CALLS; i++) {
        uint64_t begun = idl_now();
        idl_call_set_timeout(c.call, SOON);
        assert_late(&c, idl_client_call(c.channel, c.call, &large, NULL, &echo_method), "no reply");
        assert_in_range(ms_since(begun), SOON, LATE);
    }
    atomic_store(&c.heard.reads, true);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    end(&c);
    free(data);
}

static void oneway_calls_wait_no_longer(void **state)
{
    enum { SIZE = 1000000 };
    uint8_t *data = calloc(1, SIZE);
    const note large = { .data = { data, SIZE } };
    client c;
    idl_code code = IDL_OK;
    (void)state;
    begin(&c);
    atomic_store(&c.heard.reads, false);
    for (int i = 0; i < 100 && code == IDL_OK; i++) {
        uint64_t begun = idl_now();
        idl_call_set_timeout(c.call, SOON);
        code = idl_client_call(c.channel, c.call, &large, NULL, &tell_method);
        assert_in_range(ms_since(begun), 0, LATE);
    }
    assert_late(&c, code, "not sent");
    end(&c);
    free(data);
}

/* ---- Servers that are never reached ---- */

static void count_done(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                       void *arg)
{
    int *done = arg;
    (void)call, (void)reply, (void)user;
    assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
    ++*done;
}

static void not_connected_to(void (*listen_full)(full *f))
{
    full f;
    char expected[256];
    size_t before = open_descriptors();
    listen_full(&f);
    snprintf(expected, sizeof expected, "%s: not connected within 50 ms", f.address);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.timeout_ms = SOON;
    idl_channel *channel = idl_channel_open(f.address, &options);
    idl_call *call = idl_call_new();
    const idl_method *methods[] = { &echo_method, &list_method, &load_method, &tell_method };
    for (int i = 0; i < 4; i++) {
        const note request = { .text = IDL_STR("x") };
        uint64_t begun = idl_now();
        bool stream = (methods[i]->kind & (IDL_STREAM_IN | IDL_STREAM_OUT)) != 0;
        idl_code code = stream ? idl_client_open(channel, call, &request, methods[i])
                               : idl_client_call(channel, call, &request, NULL, methods[i]);
        assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
        assert_string_equal(idl_call_message(call), expected);
        assert_in_range(ms_since(begun), SOON, LATE);
    }
    int done = 0;
    uint64_t begun = idl_now();
    for (int i = 0; i < 10; i++)
        idl_client_async(channel, NULL, &(note){ 0 }, (void (*)(void))count_done, &done,
                         &echo_method);
    idl_channel_run(channel);
    assert_int_equal(done, 10);
    assert_in_range(ms_since(begun), SOON, LATE);
    full_close(&f);
    idl_call_free(call);
    idl_channel_close(channel);
    assert_int_equal(open_descriptors(), before);
}

static void servers_that_do_not_accept(void **state)
{
    (void)state;
    not_connected_to(full_tcp);
    not_connected_to(full_unix);
}

static bool contains(const uint8_t *bytes, size_t len, const char *text)
{
    for (size_t i = 0; i + strlen(text) <= len; i++)
        if (memcmp(bytes + i, text, strlen(text)) == 0)
            return true;
    return false;
}

/* What could not be sent in time is not sent later: the server sees the last call alone. */
static void nothing_is_left_of_an_expired_call(void **state)
{
    full f;
    uint8_t bytes[256];
    int fd;
    (void)state;
    full_unix(&f);
    idl_channel *channel = idl_channel_open(f.address, NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 3; i++) {
        const note request = { .text = IDL_STR("never") };
        idl_call_set_timeout(call, 10);
        assert_int_equal(idl_client_call(channel, call, &request, NULL, &echo_method),
                         IDL_DEADLINE_EXCEEDED);
    }
    fcntl(f.fd, F_SETFL, O_NONBLOCK);
    while ((fd = accept(f.fd, NULL, NULL)) >= 0)
        close(fd);
    idl_call_set_timeout(call, SOON);
    assert_int_equal(
        idl_client_call(channel, call, &(note){ .text = IDL_STR("now") }, NULL, &echo_method),
        IDL_DEADLINE_EXCEEDED);
    fd = accept(f.fd, NULL, NULL);
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    assert_true(n > 10);
    assert_false(contains(bytes, (size_t)n, "never"));
    assert_true(contains(bytes, (size_t)n, "now"));
    close(fd);
    idl_call_free(call);
    idl_channel_close(channel);
    full_close(&f);
}

/* ---- Streams, blocking ---- */

static void streams_end_in_time(void **state)
{
    const note item = { .text = IDL_STR("x") };
    client c;
    note got;
    (void)state;
    begin(&c);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    uint64_t begun = idl_now();
    idl_call_set_timeout(c.call, SOON);
    assert_int_equal(idl_client_open(c.channel, c.call, &item, &list_method), IDL_OK);
    assert_false(idl_client_recv(c.call, &got, list_method.reply));
    assert_in_range(ms_since(begun), SOON, LATE);
    assert_late(&c, idl_client_finish(c.call, NULL, list_method.reply), "not over");

    begun = idl_now();
    idl_call_set_timeout(c.call, SOON);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
    assert_int_equal(idl_client_send(c.call, &item, load_method.request), IDL_OK);
    assert_late(&c, idl_client_finish(c.call, &got, load_method.reply), "not over");
    assert_in_range(ms_since(begun), SOON, LATE);

    begun = idl_now();
    idl_call_set_timeout(c.call, SOON);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    idl_code code = IDL_OK;
    while (code == IDL_OK) /* until its credit is used up: that waits */
        code = idl_client_send(c.call, &item, sync_method.request);
    assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
    assert_in_range(ms_since(begun), SOON, LATE);
    assert_int_equal(idl_client_send(c.call, &item, sync_method.request), IDL_DEADLINE_EXCEEDED);
    assert_false(idl_client_recv(c.call, &got, sync_method.reply));
    assert_late(&c, idl_client_finish(c.call, NULL, sync_method.reply), "not over");
    wait_for(&c.heard.cancels, 3);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    assert_int_equal(peer_accepted(c.server), 1);
    end(&c);
}

/* Two messages, and no end. */
static void send_two(peer_conn *conn, void *arg)
{
    peer_frame frame;
    (void)arg;
    while (peer_read(conn, &frame)) {
        if (frame.type != REQUEST)
            continue;
        peer_note(conn, frame.id, "one", 3);
        peer_note(conn, frame.id, "two", 3);
    }
}

/* What had come by then can be read, however late; so can an end. */
static void what_has_come_is_not_taken_back(void **state)
{
    client c = { .heard.reads = true };
    note got;
    (void)state;
    c.server = peer_start(0, send_two, NULL);
    c.channel = idl_channel_open(peer_address(c.server), NULL);
    c.call = idl_call_new();
    idl_call_set_timeout(c.call, SOON);
    assert_int_equal(idl_client_open(c.channel, c.call, &(note){ 0 }, &list_method), IDL_OK);
    sleep_ms(2 * SOON);
    assert_true(idl_client_recv(c.call, &got, list_method.reply));
    assert_string_equal(got.text.data, "one");
    assert_true(idl_client_recv(c.call, &got, list_method.reply));
    assert_string_equal(got.text.data, "two");
    assert_false(idl_client_recv(c.call, &got, list_method.reply));
    assert_late(&c, idl_client_finish(c.call, NULL, list_method.reply), "not over");
    end(&c);
}

/* ---- Async ---- */

enum { MANY = 64 };

typedef struct timed {
    uint64_t deadline;
    int *order, place;
} timed;

static void note_time(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                      void *arg)
{
    timed *t = arg;
    (void)reply, (void)user;
    assert_int_equal(code, IDL_DEADLINE_EXCEEDED);
    assert_non_null(strstr(idl_call_message(call), "within"));
    assert_in_range(idl_now(), t->deadline, t->deadline + LATE * MS);
    t->place = (*t->order)++;
}

static void many_async_calls_end_each_at_its_time(void **state)
{
    client c;
    idl_call *calls[MANY];
    timed times[MANY];
    int order = 0;
    (void)state;
    begin(&c);
    uint64_t begun = idl_now();
    for (int i = 0; i < MANY; i++) { /* 37: every number once */
        times[i] = (timed){ begun + (uint64_t)(200 + i * 37 % MANY) * MS, &order, -1 };
        calls[i] = idl_call_new();
        idl_call_set_deadline(calls[i], times[i].deadline);
        idl_client_async(c.channel, calls[i], &(note){ .text = IDL_STR("x") },
                         (void (*)(void))note_time, &times[i], &echo_method);
    }
    idl_channel_run(c.channel);
    assert_int_equal(order, MANY);
    assert_in_range(ms_since(begun), 200 + MANY - 1, LATE);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(times[i].place, i * 37 % MANY);
        idl_call_free(calls[i]);
    }
    wait_for(&c.heard.cancels, MANY);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    end(&c);
}

static void on_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    (void)call, (void)item, (void)user, (void)arg;
    fail();
}

static void async_streams_end_in_time(void **state)
{
    client c;
    int done = 0;
    (void)state;
    begin(&c);
    uint64_t begun = idl_now();
    idl_call *calls[3];
    const idl_method *methods[] = { &list_method, &load_method, &sync_method };
    for (int i = 0; i < 3; i++) {
        calls[i] = idl_call_new();
        idl_call_set_timeout(calls[i], SOON);
        idl_client_async(c.channel, calls[i], &(note){ 0 }, (void (*)(void))count_done, &done,
                         methods[i]);
        if (i != 1)
            idl_client_on_recv(calls[i], NULL, NULL, on_item);
    }
    assert_int_equal(idl_client_send(calls[1], &(note){ 0 }, load_method.request), IDL_OK);
    idl_channel_run(c.channel);
    assert_in_range(ms_since(begun), SOON, LATE);
    assert_int_equal(done, 3);
    wait_for(&c.heard.cancels, 3);
    for (int i = 0; i < 3; i++)
        idl_call_free(calls[i]);
    end(&c);
}

/* ---- Threads ---- */

enum { THREADS = 16 };

typedef struct job {
    pthread_t thread;
    idl_channel *channel;
    uint32_t timeout;
    idl_code code;
    uint64_t took;
} job;

static void *call_once(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    uint64_t begun = idl_now();
    if (j->timeout != 0)
        idl_call_set_timeout(call, j->timeout);
    j->code =
        idl_client_call(j->channel, call, &(note){ .text = IDL_STR("x") }, NULL, &echo_method);
    j->took = ms_since(begun);
    idl_call_free(call);
    return NULL;
}

/* One without a deadline reads for them all; one is carried on by callbacks. */
static void threads_wake_each_at_its_time(void **state)
{
    client c;
    job jobs[THREADS], patient;
    (void)state;
    begin(&c);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    patient = (job){ .channel = c.channel };
    pthread_create(&patient.thread, NULL, call_once, &patient);
    wait_for(&c.heard.requests, 2);
    for (int i = 0; i < THREADS; i++) {
        jobs[i] =
            (job){ .channel = c.channel, .timeout = (uint32_t)(SOON + 10 * (i * 5 % THREADS)) };
        pthread_create(&jobs[i].thread, NULL, call_once, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(jobs[i].thread, NULL);
        assert_int_equal(jobs[i].code, IDL_DEADLINE_EXCEEDED);
        assert_in_range(jobs[i].took, jobs[i].timeout, LATE);
    }
    wait_for(&c.heard.cancels, THREADS);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    peer_stop(c.server);
    pthread_join(patient.thread, NULL);
    assert_int_equal(patient.code, IDL_UNAVAILABLE);
    idl_call_free(c.call);
    idl_channel_close(c.channel);
}

/* Without one that waits for ever, the reader's role is handed on as they leave. */
static void the_last_to_leave_is_in_time_too(void **state)
{
    client c;
    job jobs[THREADS];
    (void)state;
    begin(&c);
    for (int i = 0; i < THREADS; i++) {
        jobs[i] = (job){ .channel = c.channel, .timeout = (uint32_t)(20 + 10 * i) };
        pthread_create(&jobs[i].thread, NULL, call_once, &jobs[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(jobs[i].thread, NULL);
        assert_int_equal(jobs[i].code, IDL_DEADLINE_EXCEEDED);
        assert_in_range(jobs[i].took, jobs[i].timeout, LATE);
    }
    assert_int_equal(echo(&c, "a"), IDL_OK);
    end(&c);
}

/* A thread that sleeps in idl_channel_process hears of a call that ends sooner. */
static void *process_for_long(void *arg)
{
    while (idl_channel_process(arg, LATE) == 0)
        continue;
    return NULL;
}

static void a_sleeping_thread_expires_later_calls(void **state)
{
    client c;
    pthread_t thread;
    int done = 0;
    (void)state;
    begin(&c);
    assert_int_equal(echo(&c, "a"), IDL_OK);
    pthread_create(&thread, NULL, process_for_long, c.channel);
    sleep_ms(20);
    uint64_t begun = idl_now();
    idl_call_set_timeout(c.call, SOON);
    idl_client_async(c.channel, c.call, &(note){ .text = IDL_STR("x") }, (void (*)(void))count_done,
                     &done, &echo_method);
    pthread_join(thread, NULL);
    assert_int_equal(done, 1);
    assert_in_range(ms_since(begun), SOON, LATE - 1);
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
    assert_in_range(idl_call_deadline(call), idl_now() - LATE * MS, idl_now() + 3 * SOON * MS);
    idl_call_on_cancel(call, end_it, idl_call_user(call));
    return idl_call_defer(call);
}

static void both_sides_keep_the_time(void **state)
{
    struct fixture fixture;
    atomic_int cancels = 0;
    (void)state;
    fixture_start(&fixture, "tcp://127.0.0.1:0", NULL, never, never, &cancels);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 3; i++) { /* with time enough for the handler to begin */
        uint64_t begun = idl_now();
        idl_call_set_timeout(call, 3 * SOON);
        assert_int_equal(
            idl_client_call(channel, call, &(struct text){ IDL_STR("x") }, NULL, &text_other),
            IDL_DEADLINE_EXCEEDED);
        assert_in_range(ms_since(begun), 3 * SOON - 1, LATE);
    }
    wait_for(&cancels, 3);
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

static idl_code hand_on(idl_call *call, idl_str text, idl_str *reply)
{
    uint64_t deadline = idl_call_deadline(call), sooner = idl_now() + MS;
    idl_call *mine = idl_call_new();
    idl_call_inherit(mine, call);
    bool same = idl_call_deadline(mine) == deadline;
    idl_call_set_deadline(mine, sooner);
    idl_call_inherit(mine, call);
    bool kept = idl_call_deadline(mine) == sooner;
    idl_call_inherit(mine, NULL);
    idl_call_inherit(NULL, call);
    idl_call_set_deadline(call, 1); /* is not the handler's to set */
    kept = kept && idl_call_deadline(call) == deadline && idl_call_deadline(NULL) == 0;
    idl_call_free(mine);
    *reply = idl_call_printf(call, "%d %d %d %s", same, kept, deadline != 0, text.data);
    return IDL_OK;
}

static void a_handler_hands_its_deadline_on(void **state)
{
    struct fixture fixture;
    struct text reply;
    const struct text request = { IDL_STR("x") };
    (void)state;
    fixture_start(&fixture, "tcp://127.0.0.1:0", NULL, hand_on, never, NULL);
    idl_channel *channel = idl_channel_open(fixture_address(&fixture), NULL);
    idl_call *call = idl_call_new();
    idl_call_set_timeout(call, LATE);
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other), IDL_OK);
    assert_string_equal(reply.text.data, "1 1 1 x");
    assert_int_equal(idl_client_call(channel, call, &request, &reply, &text_other), IDL_OK);
    assert_string_equal(reply.text.data, "1 1 0 x");
    idl_call_free(call);
    idl_channel_close(channel);
    fixture_stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_reply_in_time),
        cmocka_unit_test(a_reply_in_time),
        cmocka_unit_test(an_expired_call_is_not_sent),
        cmocka_unit_test(a_channel_has_a_timeout),
        cmocka_unit_test(a_server_that_does_not_read),
        cmocka_unit_test(oneway_calls_wait_no_longer),
        cmocka_unit_test(servers_that_do_not_accept),
        cmocka_unit_test(nothing_is_left_of_an_expired_call),
        cmocka_unit_test(streams_end_in_time),
        cmocka_unit_test(what_has_come_is_not_taken_back),
        cmocka_unit_test(many_async_calls_end_each_at_its_time),
        cmocka_unit_test(async_streams_end_in_time),
        cmocka_unit_test(threads_wake_each_at_its_time),
        cmocka_unit_test(the_last_to_leave_is_in_time_too),
        cmocka_unit_test(a_sleeping_thread_expires_later_calls),
        cmocka_unit_test(both_sides_keep_the_time),
        cmocka_unit_test(a_handler_hands_its_deadline_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
