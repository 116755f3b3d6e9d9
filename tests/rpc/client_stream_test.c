/* SPDX-License-Identifier: MIT */
/* client_stream_test.c: streams in all directions, blocking and by callbacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"
#include "scripted.h"

enum { WINDOW = 262144, BIG = 10000 };

/* ---- A peer that serves streams ---- */

typedef struct plan {
    int items;      /* list: so many */
    size_t size;    /* of the text of each; 0: "item <n>" */
    int32_t code;   /* the end */
    int stop_after; /* load, sync: fails after so many messages; 0: never */
    bool spoil;     /* list: the last message does not decode */
    atomic_int cancels;
} plan;

static void reply_count(peer_conn *conn, uint32_t id, int count)
{
    char text[16], payload[32];
    int len = snprintf(text, sizeof text, "%d", count);
    int size = snprintf(payload, sizeof payload, "\x0a%c%s", len, text);
    peer_reply(conn, id, payload, (size_t)size);
}

static bool is_method(const peer_frame *frame, const char *name)
{
    return frame->method_len == strlen(name) && memcmp(frame->method, name, strlen(name)) == 0;
}

/* Returns false at the end of the stream. */
static bool wait_for_credit(peer_conn *conn, plan *p, int64_t *credit, bool *cancelled)
{
    peer_frame frame;
    while (*credit <= 0 && !*cancelled) {
        if (!peer_read(conn, &frame))
            return false;
        if (frame.type == CREDIT)
            *credit += (int64_t)frame.body[0] << 24 | frame.body[1] << 16 | frame.body[2] << 8 |
                       frame.body[3];
        if (frame.type == CANCEL) {
            *cancelled = true;
            atomic_fetch_add(&p->cancels, 1);
        }
    }
    return true;
}

static void serve_list(peer_conn *conn, plan *p, uint32_t id)
{
    int64_t credit = WINDOW;
    bool cancelled = false;
    char *text = calloc(1, p->size + 32);
    for (int i = 0; text != NULL && i < p->items && !cancelled; i++) {
        size_t len = p->size;
        if (len == 0)
            len = (size_t)snprintf(text, 32, "item %d", i);
        if (!wait_for_credit(conn, p, &credit, &cancelled) || cancelled)
            break;
        peer_note(conn, id, text, len);
        credit -= (int64_t)(10 + 2 + len + (len > 127) + (len > 16383));
    }
    free(text);
    if (p->spoil)
        peer_send(conn, id, DATA, 0, "\x0a\x7f", 2);
    if (!cancelled)
        peer_status(conn, id, 0, p->code, p->code == 0 ? "" : "that was all");
}

static void serve_streams(peer_conn *conn, void *arg)
{
    plan *p = arg;
    peer_frame frame;
    int count = 0;
    bool echo = false;
    while (peer_read(conn, &frame)) {
        if (frame.type == CANCEL)
            atomic_fetch_add(&p->cancels, 1);
        if (frame.type == REQUEST && is_method(&frame, "echo")) {
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
        } else if (frame.type == REQUEST) {
            count = 0;
            echo = is_method(&frame, "sync");
            if (is_method(&frame, "list"))
                serve_list(conn, p, frame.id);
        }
        if (frame.type != DATA)
            continue;
        if ((frame.flags & 0x04) == 0) {
            count++;
            peer_credit(conn, frame.id, (uint32_t)(10 + frame.len));
            if (echo)
                peer_send(conn, frame.id, DATA, 0, frame.body, frame.len);
            if (count == p->stop_after)
                peer_status(conn, frame.id, 0, IDL_ABORTED, "enough");
        }
        if ((frame.flags & 0x01) != 0 && (p->stop_after == 0 || count < p->stop_after))
            reply_count(conn, frame.id, count);
    }
}

typedef struct client {
    peer *server;
    idl_channel *channel;
    idl_call *call;
    note item;
} client;

static client begin(plan *p)
{
    client c = { .server = peer_start(0, serve_streams, p) };
    c.channel = idl_channel_open(peer_address(c.server), NULL);
    c.call = idl_call_new();
    return c;
}

static void end(client *c)
{
    idl_call_free(c->call);
    idl_channel_close(c->channel);
    peer_stop(c->server);
}

static const note empty_request;

/* ---- Server streaming ---- */

static void list_gives_all_in_order(void **state)
{
    (void)state;
    plan p = { .items = 500 };
    client c = begin(&p);
    for (int round = 0; round < 3; round++) {
        assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
        for (int i = 0; i < 500; i++) {
            char text[32];
            snprintf(text, sizeof text, "item %d", i);
            assert_true(idl_client_recv(c.call, &c.item, list_method.reply));
            assert_string_equal(c.item.text.data, text);
        }
        assert_false(idl_client_recv(c.call, &c.item, list_method.reply));
        assert_string_equal(c.item.text.data, "");
        assert_false(idl_client_recv(c.call, &c.item, list_method.reply));
        assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_OK);
        assert_int_equal(idl_call_code(c.call), IDL_OK);
    }
    end(&c);
}

static void list_may_be_empty(void **state)
{
    (void)state;
    plan p = { .items = 0 };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    assert_false(idl_client_recv(c.call, &c.item, list_method.reply));
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_OK);
    end(&c);
}

static void more_than_the_window_arrives(void **state)
{
    (void)state;
    plan p = { .items = 200, .size = BIG };
    client c = begin(&p);
    int count = 0;
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    while (idl_client_recv(c.call, &c.item, list_method.reply)) {
        assert_int_equal(c.item.text.len, BIG);
        count++;
    }
    assert_int_equal(count, 200);
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_OK);
    end(&c);
}

static void finish_drops_the_rest(void **state)
{
    (void)state;
    plan p = { .items = 200, .size = BIG };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    assert_true(idl_client_recv(c.call, &c.item, list_method.reply));
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_OK);
    assert_false(idl_client_recv(c.call, &c.item, list_method.reply));
    end(&c);
}

static void the_end_may_be_an_error(void **state)
{
    (void)state;
    plan p = { .items = 3, .code = IDL_NOT_FOUND };
    client c = begin(&p);
    int count = 0;
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    while (idl_client_recv(c.call, &c.item, list_method.reply))
        count++;
    assert_int_equal(count, 3);
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_NOT_FOUND);
    assert_string_equal(idl_call_message(c.call), "that was all");
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_NOT_FOUND);
    end(&c);
}

static void a_message_that_does_not_decode_ends_the_call(void **state)
{
    (void)state;
    plan p = { .items = 2, .spoil = true };
    client c = begin(&p);
    int count = 0;
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    while (idl_client_recv(c.call, &c.item, list_method.reply))
        count++;
    assert_int_equal(count, 2);
    assert_string_equal(c.item.text.data, "");
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_INTERNAL);
    assert_string_equal(idl_call_message(c.call), "a message of test.Notes/list does not decode");
    end(&c);
}

/* ---- Client streaming ---- */

static void load_sends_all(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    char text[BIG];
    memset(text, 'x', sizeof text);
    for (int items = 0; items < 300; items = items * 3 + 1) {
        char expected[16];
        snprintf(expected, sizeof expected, "%d", items);
        assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
        for (int i = 0; i < items; i++) {
            const note item = { .text = { text, sizeof text } };
            assert_int_equal(idl_client_send(c.call, &item, load_method.request), IDL_OK);
        }
        assert_int_equal(idl_client_finish(c.call, &c.item, load_method.reply), IDL_OK);
        assert_string_equal(c.item.text.data, expected);
    }
    end(&c);
}

static void a_server_may_have_enough(void **state)
{
    (void)state;
    plan p = { .stop_after = 5 };
    client c = begin(&p);
    char text[BIG];
    idl_code code = IDL_OK;
    memset(text, 'x', sizeof text);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
    /* With the credit that is there some more may go out before the end is read. */
    for (int i = 0; i < 1000 && code == IDL_OK; i++) {
        const note item = { .text = { text, sizeof text } };
        code = idl_client_send(c.call, &item, load_method.request);
        if (i > 5)
            sleep_ms(1);
    }
    assert_int_equal(idl_client_finish(c.call, &c.item, load_method.reply), IDL_ABORTED);
    assert_string_equal(idl_call_message(c.call), "enough");
    assert_string_equal(c.item.text.data, "");
    end(&c);
}

static void a_message_that_cannot_be_sent_is_the_callers_error(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    const note bad = { .text = IDL_STR("\xff") }, good = { .text = IDL_STR("x") };
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
    assert_int_equal(idl_client_send(c.call, &good, load_method.request), IDL_OK);
    assert_int_equal(idl_client_send(c.call, &bad, load_method.request), IDL_INVALID_ARGUMENT);
    assert_int_equal(idl_client_send(c.call, &good, load_method.request), IDL_OK);
    idl_call_close_send(c.call);
    assert_int_equal(idl_client_send(c.call, &good, load_method.request), IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_client_finish(c.call, &c.item, load_method.reply), IDL_OK);
    assert_string_equal(c.item.text.data, "2");
    end(&c);
}

/* ---- Both ---- */

static void sync_is_a_conversation(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    note said = { .text = IDL_STR("0") };
    for (int i = 0; i < 200; i++) {
        assert_int_equal(idl_client_send(c.call, &said, sync_method.request), IDL_OK);
        assert_true(idl_client_recv(c.call, &c.item, sync_method.reply));
        assert_int_equal(c.item.text.len, said.text.len);
        said.text = idl_call_printf(c.call, "%d", i); /* lives as long as the call */
    }
    /* What was received may be sent back. */
    assert_int_equal(idl_client_send(c.call, &c.item, sync_method.request), IDL_OK);
    idl_call_close_send(c.call);
    assert_true(idl_client_recv(c.call, &c.item, sync_method.reply));
    assert_string_equal(c.item.text.data, "198");
    assert_false(idl_client_recv(c.call, &c.item, sync_method.reply));
    assert_int_equal(idl_client_finish(c.call, NULL, sync_method.reply), IDL_OK);
    end(&c);
}

typedef struct job {
    pthread_t thread;
    idl_channel *channel;
    long ok;
} job;

static void *converse(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    for (int i = 0; i < 20; i++) {
        note item;
        char text[32];
        idl_client_open(j->channel, call, NULL, &sync_method);
        for (int k = 0; k < 20; k++) {
            snprintf(text, sizeof text, "%p %d %d", (void *)j, i, k);
            const note said = { .text = idl_cstr(text) };
            idl_client_send(call, &said, sync_method.request);
            j->ok += idl_client_recv(call, &item, sync_method.reply) &&
                     strcmp(item.text.data, text) == 0;
        }
        j->ok += idl_client_finish(call, NULL, sync_method.reply) == IDL_OK;
        const note request = { .text = idl_cstr(text) };
        j->ok += idl_client_call(j->channel, call, &request, &item, &echo_method) == IDL_OK &&
                 strcmp(item.text.data, text) == 0;
    }
    idl_call_free(call);
    return NULL;
}

/* Counts nothing, so that many streams may be open at once. */
static void serve_echoes(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        bool last = (frame.flags & 0x01) != 0;
        if (frame.type == REQUEST && (frame.flags & 0x02) == 0)
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
        if (frame.type == DATA && (frame.flags & 0x04) == 0)
            peer_send(conn, frame.id, DATA, 0, frame.body, frame.len);
        if (frame.type == DATA && last)
            peer_status(conn, frame.id, 0, 0, "");
    }
}

static void many_conversations_share_a_channel(void **state)
{
    (void)state;
    job jobs[8];
    peer *server = peer_start(0, serve_echoes, NULL);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    for (int i = 0; i < 8; i++) {
        jobs[i] = (job){ .channel = channel };
        pthread_create(&jobs[i].thread, NULL, converse, &jobs[i]);
    }
    for (int i = 0; i < 8; i++) {
        pthread_join(jobs[i].thread, NULL);
        assert_int_equal(jobs[i].ok, 20 * 22);
    }
    idl_channel_close(channel);
    peer_stop(server);
}

/* ---- Ends that were not planned ---- */

static void hang_up_after_one(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    peer_read(conn, &frame);
    peer_note(conn, frame.id, "one", 3);
}

static void a_lost_connection_ends_the_stream(void **state)
{
    (void)state;
    client c = { .server = peer_start(0, hang_up_after_one, NULL) };
    c.channel = idl_channel_open(peer_address(c.server), NULL);
    c.call = idl_call_new();
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    assert_true(idl_client_recv(c.call, &c.item, list_method.reply));
    assert_string_equal(c.item.text.data, "one");
    assert_false(idl_client_recv(c.call, &c.item, list_method.reply));
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_UNAVAILABLE);
    assert_non_null(strstr(idl_call_message(c.call), ": connection closed by the server"));
    end(&c);
}

static void a_stream_that_cannot_be_opened(void **state)
{
    (void)state;
    static const char message[] = "tcp://127.0.0.1:1: connection refused";
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", NULL);
    idl_call *call = idl_call_new();
    note item;
    assert_int_equal(idl_client_open(channel, call, NULL, &sync_method), IDL_UNAVAILABLE);
    assert_string_equal(idl_call_message(call), message);
    assert_int_equal(idl_client_send(call, &empty_request, sync_method.request), IDL_UNAVAILABLE);
    assert_false(idl_client_recv(call, &item, sync_method.reply));
    assert_string_equal(item.text.data, "");
    idl_call_close_send(call);
    assert_int_equal(idl_client_finish(call, NULL, sync_method.reply), IDL_UNAVAILABLE);
    assert_string_equal(idl_call_message(call), message);
    idl_call_free(call);
    idl_channel_close(channel);
}

static void a_freed_call_is_cancelled(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    idl_call_free(c.call);
    c.call = idl_call_new();
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    idl_call_reset(c.call);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &load_method), IDL_OK);
    assert_int_equal(idl_client_finish(c.call, NULL, load_method.reply), IDL_OK);
    assert_int_equal(atomic_load(&p.cancels), 2);
    end(&c);
}

static void a_closed_channel_leaves_its_streams_cancelled(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    idl_channel_close(c.channel);
    c.channel = NULL;
    assert_int_equal(idl_client_send(c.call, &empty_request, sync_method.request), IDL_CANCELLED);
    assert_false(idl_client_recv(c.call, &c.item, sync_method.reply));
    assert_int_equal(idl_client_finish(c.call, NULL, sync_method.reply), IDL_CANCELLED);
    assert_string_equal(idl_call_message(c.call), "the channel was closed");
    end(&c);
}

static void what_is_not_open_is_refused(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    assert_int_equal(idl_client_open(c.channel, NULL, NULL, &sync_method), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_client_open(NULL, c.call, NULL, &sync_method), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_client_send(NULL, &empty_request, sync_method.request),
                     IDL_RESOURCE_EXHAUSTED);
    assert_false(idl_client_recv(NULL, &c.item, sync_method.reply));
    assert_int_equal(idl_client_finish(NULL, &c.item, load_method.reply), IDL_RESOURCE_EXHAUSTED);
    idl_call_close_send(NULL);
    idl_call_reset(c.call);
    assert_int_equal(idl_client_send(c.call, &empty_request, sync_method.request),
                     IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_client_finish(c.call, &c.item, load_method.reply),
                     IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method), IDL_OK);
    assert_int_equal(idl_client_open(c.channel, c.call, NULL, &sync_method),
                     IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_client_finish(c.call, NULL, sync_method.reply), IDL_OK);
    end(&c);
}

/* ---- By callbacks ---- */

typedef struct seen {
    idl_call *call;
    int items, times, to_send;
    idl_code code;
    char last[32];
} seen;

static void see_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    seen *s = arg;
    const note *n = item;
    (void)user;
    assert_ptr_equal(call, s->call);
    assert_int_equal(s->times, 0); /* the end comes last */
    s->items++;
    snprintf(s->last, sizeof s->last, "%s", n->text.data);
}

static void see_end(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    seen *s = arg;
    (void)call, (void)user;
    s->times++;
    s->code = code;
    if (((const note *)reply)->text.len > 0)
        snprintf(s->last, sizeof s->last, "%s", ((const note *)reply)->text.data);
}

static void callbacks_get_messages_then_the_end(void **state)
{
    (void)state;
    plan p = { .items = 300, .code = IDL_ABORTED };
    client c = begin(&p);
    seen s = { .call = c.call };
    idl_client_async(c.channel, c.call, &empty_request, (void (*)(void))see_end, &s, &list_method);
    idl_client_on_recv(c.call, NULL, &s, see_item);
    assert_int_equal(s.items, 0);
    idl_channel_run(c.channel);
    assert_int_equal(s.items, 300);
    assert_string_equal(s.last, "item 299");
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_ABORTED);
    assert_string_equal(idl_call_message(c.call), "that was all");
    end(&c);
}

static void messages_wait_for_their_callback(void **state)
{
    (void)state;
    plan p = { .items = 100, .size = BIG }; /* more than the window: the end waits too */
    client c = begin(&p);
    seen s = { .call = c.call };
    idl_client_async(c.channel, c.call, &empty_request, (void (*)(void))see_end, &s, &list_method);
    assert_int_equal(idl_channel_process(c.channel, 50), 0);
    assert_int_equal(idl_channel_process(c.channel, 50), 0);
    idl_client_on_recv(c.call, NULL, &s, see_item);
    idl_channel_run(c.channel);
    assert_int_equal(s.items, 100);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_OK);
    end(&c);
}

static void async_sends_never_wait(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    seen s = { .call = c.call };
    char text[BIG], expected[16];
    memset(text, 'x', sizeof text);
    const note item = { .text = { text, sizeof text } };
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))see_end, &s, &load_method);
    int sent = 0, again = 0;
    while (sent < 100) {
        idl_code code = idl_client_send(c.call, &item, load_method.request);
        assert_true(code == IDL_OK || code == IDL_AGAIN);
        sent += code == IDL_OK;
        again += code == IDL_AGAIN;
        if (code == IDL_AGAIN)
            idl_channel_process(c.channel, 1);
    }
    assert_true(again > 0);
    idl_call_close_send(c.call);
    assert_int_equal(s.times, 0);
    idl_channel_run(c.channel);
    snprintf(expected, sizeof expected, "%d", sent);
    assert_int_equal(s.code, IDL_OK);
    assert_string_equal(s.last, expected);
    end(&c);
}

static void answer_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    seen *s = arg;
    see_item(call, item, user, arg);
    if (s->to_send-- > 0)
        assert_int_equal(idl_client_send(call, item, sync_method.request), IDL_OK);
    else
        idl_call_close_send(call);
}

static void callbacks_may_send(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    seen s = { .call = c.call, .to_send = 500 };
    const note first = { .text = IDL_STR("ball") };
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))see_end, &s, &sync_method);
    idl_client_on_recv(c.call, NULL, &s, answer_item);
    assert_int_equal(idl_client_send(c.call, &first, sync_method.request), IDL_OK);
    idl_channel_run(c.channel);
    assert_int_equal(s.items, 501);
    assert_int_equal(s.code, IDL_OK);
    end(&c);
}

typedef struct pump {
    seen s;
    const note *item;
    int sent, told, goal;
} pump;

static void send_more(idl_call *call, void *arg)
{
    pump *p = arg;
    p->told++;
    while (p->sent < p->goal) {
        idl_code code = idl_client_send(call, p->item, load_method.request);
        if (code == IDL_AGAIN)
            return;
        assert_int_equal(code, IDL_OK);
        p->sent++;
    }
    idl_call_close_send(call);
}

static void pump_done(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                      void *arg)
{
    see_end(call, code, reply, user, &((pump *)arg)->s);
}

/* Small messages wait for credit, large ones for the queue as well. */
static void callbacks_are_told_of_room(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    char *text = malloc(WINDOW);
    assert_non_null(text);
    memset(text, 'x', WINDOW);
    for (size_t len = 1000; len <= WINDOW; len *= 16) {
        const note item = { .text = { text, len } };
        pump u = { .item = &item, .goal = (int)(4 * WINDOW / len + 10) };
        char expected[16];
        snprintf(expected, sizeof expected, "%d", u.goal);
        idl_client_async(c.channel, c.call, NULL, (void (*)(void))pump_done, &u, &load_method);
        idl_call_on_writable(c.call, send_more, &u);
        send_more(c.call, &u);
        assert_in_range(u.sent, 1, u.goal - 1);
        idl_channel_run(c.channel);
        assert_int_equal(u.s.code, IDL_OK);
        assert_string_equal(u.s.last, expected);
        assert_true(u.told > 1);
    }
    free(text);
    end(&c);
}

/* A callback may be set before its RPC begins, and is that RPC's alone. */
static void a_callback_is_set_before_for_one_rpc(void **state)
{
    (void)state;
    plan p = { 0 };
    client c = begin(&p);
    const note item = { .text = IDL_STR("x") };
    pump u = { .item = &item, .goal = 2 * WINDOW };
    idl_call_on_writable(c.call, send_more, &u);
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))pump_done, &u, &load_method);
    send_more(c.call, &u);
    assert_in_range(u.sent, 1, u.goal - 1);
    idl_channel_run(c.channel);
    assert_int_equal(u.s.code, IDL_OK);
    assert_int_equal(u.sent, u.goal);
    int told = u.told;
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))pump_done, &u, &load_method);
    while (idl_client_send(c.call, &item, load_method.request) == IDL_OK)
        continue;
    idl_call_cancel(c.channel, idl_call_token(c.call));
    idl_channel_run(c.channel);
    assert_int_equal(u.s.code, IDL_CANCELLED);
    assert_int_equal(u.told, told);
    end(&c);
}

static void *call_often(void *arg)
{
    job *j = arg;
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("x") };
    for (int i = 0; i < 1000; i++)
        j->ok += idl_client_call(j->channel, call, &request, NULL, &echo_method) == IDL_OK;
    idl_call_free(call);
    return NULL;
}

/* The same while other threads read, who may wait for something else than room. */
static void room_is_told_beside_blocking_calls(void **state)
{
    (void)state;
    plan p = { 0 };
    job jobs[4];
    client c = begin(&p);
    char text[BIG];
    memset(text, 'x', sizeof text);
    const note item = { .text = { text, sizeof text } };
    pump u = { .item = &item, .goal = 500 };
    for (int i = 0; i < 4; i++) {
        jobs[i] = (job){ .channel = c.channel };
        pthread_create(&jobs[i].thread, NULL, call_often, &jobs[i]);
    }
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))pump_done, &u, &load_method);
    idl_call_on_writable(c.call, send_more, &u);
    send_more(c.call, &u);
    idl_channel_run(c.channel);
    assert_string_equal(u.s.last, "500");
    for (int i = 0; i < 4; i++) {
        pthread_join(jobs[i].thread, NULL);
        assert_int_equal(jobs[i].ok, 1000);
    }
    end(&c);
}

static void keep_item(idl_call *call, const void *item, void (*user)(void), void *arg)
{
    seen *s = arg;
    const note **kept = (const note **)(void *)s->last;
    (void)user;
    if (s->items++ == 0) {
        idl_call_keep(call);
        *kept = item;
    }
}

static void check_kept(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                       void *arg)
{
    seen *s = arg;
    const note **kept = (const note **)(void *)s->last;
    (void)call, (void)reply, (void)user;
    s->code = code;
    s->times++;
    assert_string_equal((*kept)->text.data, "item 0");
}

static void messages_that_are_kept_stay(void **state)
{
    (void)state;
    plan p = { .items = 50 };
    client c = begin(&p);
    note items[50];
    assert_int_equal(idl_client_open(c.channel, c.call, &empty_request, &list_method), IDL_OK);
    for (int i = 0; idl_client_recv(c.call, &c.item, list_method.reply); i++) {
        items[i] = c.item;
        idl_call_keep(c.call);
    }
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_OK);
    for (int i = 0; i < 50; i++) {
        char text[32];
        snprintf(text, sizeof text, "item %d", i);
        assert_string_equal(items[i].text.data, text);
    }
    seen s = { .call = c.call };
    idl_client_async(c.channel, c.call, &empty_request, (void (*)(void))check_kept, &s,
                     &list_method);
    idl_client_on_recv(c.call, NULL, &s, keep_item);
    idl_channel_run(c.channel);
    assert_int_equal(s.items, 50);
    assert_int_equal(s.code, IDL_OK);
    end(&c);
}

static void async_streams_that_go_wrong(void **state)
{
    (void)state;
    plan p = { .items = 2, .spoil = true };
    client c = begin(&p);
    seen s = { .call = c.call };
    idl_client_async(c.channel, NULL, &empty_request, (void (*)(void))see_end, &s, &list_method);
    idl_channel_run(c.channel);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_FAILED_PRECONDITION); /* nobody could set its callback */
    s.times = 0;
    idl_client_async(c.channel, c.call, &empty_request, (void (*)(void))see_end, &s, &list_method);
    idl_client_on_recv(c.call, NULL, &s, see_item);
    assert_false(idl_client_recv(c.call, &c.item, list_method.reply)); /* is not for async calls */
    assert_int_equal(idl_client_finish(c.call, NULL, list_method.reply), IDL_FAILED_PRECONDITION);
    idl_channel_run(c.channel);
    assert_int_equal(s.items, 2);
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_INTERNAL);
    s = (seen){ .call = c.call };
    idl_client_async(c.channel, c.call, NULL, (void (*)(void))see_end, &s, &sync_method);
    idl_channel_process(c.channel, 0);
    idl_channel_close(c.channel);
    c.channel = NULL;
    assert_int_equal(s.times, 1);
    assert_int_equal(s.code, IDL_CANCELLED);
    end(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_gives_all_in_order),
        cmocka_unit_test(list_may_be_empty),
        cmocka_unit_test(more_than_the_window_arrives),
        cmocka_unit_test(finish_drops_the_rest),
        cmocka_unit_test(the_end_may_be_an_error),
        cmocka_unit_test(a_message_that_does_not_decode_ends_the_call),
        cmocka_unit_test(load_sends_all),
        cmocka_unit_test(a_server_may_have_enough),
        cmocka_unit_test(a_message_that_cannot_be_sent_is_the_callers_error),
        cmocka_unit_test(sync_is_a_conversation),
        cmocka_unit_test(many_conversations_share_a_channel),
        cmocka_unit_test(a_lost_connection_ends_the_stream),
        cmocka_unit_test(a_stream_that_cannot_be_opened),
        cmocka_unit_test(a_freed_call_is_cancelled),
        cmocka_unit_test(a_closed_channel_leaves_its_streams_cancelled),
        cmocka_unit_test(what_is_not_open_is_refused),
        cmocka_unit_test(callbacks_get_messages_then_the_end),
        cmocka_unit_test(messages_wait_for_their_callback),
        cmocka_unit_test(async_sends_never_wait),
        cmocka_unit_test(callbacks_may_send),
        cmocka_unit_test(callbacks_are_told_of_room),
        cmocka_unit_test(a_callback_is_set_before_for_one_rpc),
        cmocka_unit_test(room_is_told_beside_blocking_calls),
        cmocka_unit_test(messages_that_are_kept_stay),
        cmocka_unit_test(async_streams_that_go_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
