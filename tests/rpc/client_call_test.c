/* SPDX-License-Identifier: MIT */
/* client_call_test.c: one thread, one call after another: replies, errors, large messages, oneway. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "effort.h"
#include "fixture.h"
#include "scripted.h"

enum { MIB = 1 << 20 };

typedef struct client {
    peer *server;
    idl_channel *channel;
    idl_call *call;
    note reply;
} client;

static client begin(peer_script *script, void *arg)
{
    client f = { .server = peer_start(0, script, arg) };
    f.channel = idl_channel_open(peer_address(f.server), NULL);
    f.call = idl_call_new();
    return f;
}

static void end(client *f)
{
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    peer_stop(f->server);
}

static idl_code echo(client *f, const char *text)
{
    const note request = { .text = idl_cstr(text) };
    return idl_client_call(f->channel, f->call, &request, &f->reply, &echo_method);
}

static void assert_same(const void *a, const void *b, size_t len)
{
    assert_int_equal(memcmp(a, b, len), 0);
}

static void assert_empty(const note *reply)
{
    assert_string_equal(reply->text.data, "");
    assert_int_equal(reply->text.len, 0);
    assert_non_null(reply->data.data);
    assert_int_equal(reply->data.len, 0);
}

/* The call ended with code, and a message that begins with the server's address. */
static void assert_failed(client *f, idl_code got, idl_code code, const char *reason)
{
    char expected[256];
    snprintf(expected, sizeof expected, "%s: %s", peer_address(f->server), reason);
    assert_int_equal(got, code);
    assert_int_equal(idl_call_code(f->call), code);
    assert_string_equal(idl_call_message(f->call), expected);
    assert_empty(&f->reply);
}

/* ---- Replies ---- */

static void a_reply_arrives(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    assert_int_equal(echo(&f, "Ada"), IDL_OK);
    assert_string_equal(f.reply.text.data, "Ada");
    assert_int_equal(idl_call_code(f.call), IDL_OK);
    assert_string_equal(idl_call_message(f.call), "");
    assert_int_equal(echo(&f, ""), IDL_OK);
    assert_empty(&f.reply);
    assert_int_equal(echo(&f, "Grace"), IDL_OK);
    assert_string_equal(f.reply.text.data, "Grace");
    assert_int_equal(peer_accepted(f.server), 1);
    end(&f);
}

static void a_unix_socket_is_as_good(void **state)
{
    (void)state;
    char path[64];
    snprintf(path, sizeof path, "/tmp/idl-client-%ld.sock", (long)getpid());
    client f = { .server = peer_start_unix(path, peer_echo, NULL) };
    f.channel = idl_channel_open(peer_address(f.server), NULL);
    f.call = idl_call_new();
    assert_int_equal(echo(&f, "Ada"), IDL_OK);
    assert_string_equal(f.reply.text.data, "Ada");
    end(&f);
}

static void a_reply_may_be_unwanted(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    assert_int_equal(idl_client_call(f.channel, f.call, &request, NULL, &echo_method), IDL_OK);
    end(&f);
}

static void arguments_may_be_the_last_reply(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    char text[3000];
    memset(text, 'a', sizeof text);
    for (size_t len = 1; len < sizeof text; len += 487) {
        note request = { { text, len }, { (const uint8_t *)text, len } };
        assert_int_equal(idl_client_call(f.channel, f.call, &request, &f.reply, &echo_method),
                         IDL_OK);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(idl_client_call(f.channel, f.call, &f.reply, &f.reply, &echo_method),
                             IDL_OK);
            assert_int_equal(f.reply.text.len, len);
            assert_same(f.reply.text.data, text, len);
            assert_int_equal(f.reply.data.len, len);
            assert_same(f.reply.data.data, text, len);
        }
    }
    end(&f);
}

static void fail_not_found(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame))
        peer_status(conn, frame.id, 0, IDL_NOT_FOUND, "no note 'x'");
}

static void an_error_brings_its_message(void **state)
{
    (void)state;
    client f = begin(fail_not_found, NULL);
    assert_int_equal(echo(&f, "x"), IDL_NOT_FOUND);
    assert_int_equal(idl_call_code(f.call), IDL_NOT_FOUND);
    assert_string_equal(idl_call_message(f.call), "no note 'x'");
    assert_empty(&f.reply);
    idl_call_reset(f.call);
    assert_string_equal(idl_call_message(f.call), "");
    end(&f);
}

static void fail_unknown(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame))
        peer_status(conn, frame.id, 0, 99, "what");
}

static void an_unknown_code_is_told(void **state)
{
    (void)state;
    client f = begin(fail_unknown, NULL);
    assert_int_equal(echo(&f, "x"), IDL_UNKNOWN);
    assert_string_equal(idl_call_message(f.call), "status code 99: what");
    end(&f);
}

static void reply_nonsense(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame))
        peer_reply(conn, frame.id, "\x0a\x7f", 2);
}

static void a_reply_that_does_not_decode_is_internal(void **state)
{
    (void)state;
    client f = begin(reply_nonsense, NULL);
    assert_int_equal(echo(&f, "x"), IDL_INTERNAL);
    assert_string_equal(idl_call_message(f.call), "the reply of test.Notes/echo does not decode");
    assert_empty(&f.reply);
    end(&f);
}

/* Every call is answered twice, and its first answer once more after the next call's. */
static void answer_again(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        peer_reply(conn, frame.id, frame.payload, frame.payload_len);
        peer_status(conn, frame.id, 0, IDL_ABORTED, "late");
        if (frame.id > 1)
            peer_reply(conn, frame.id - 2, "", 0);
    }
}

static void a_reply_to_a_call_that_is_over_is_ignored(void **state)
{
    (void)state;
    client f = begin(answer_again, NULL);
    for (int i = 0; i < 5; i++) {
        char text[8];
        snprintf(text, sizeof text, "%d", i);
        assert_int_equal(echo(&f, text), IDL_OK);
        assert_string_equal(f.reply.text.data, text);
    }
    end(&f);
}

/* ---- Large messages ---- */

static void large_messages_go_both_ways(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    uint8_t *data = malloc(4 * MIB);
    assert_non_null(data);
    for (size_t i = 0; i < 4 * MIB; i++)
        data[i] = (uint8_t)(i * 7 + i / 1000);
    for (size_t len = 1000; len < 4 * MIB; len = len * 5 + 3) {
        const note request = { .data = { data, len } };
        assert_int_equal(idl_client_call(f.channel, f.call, &request, &f.reply, &echo_method),
                         IDL_OK);
        assert_int_equal(f.reply.data.len, len);
        assert_same(f.reply.data.data, data, len);
    }
    const note full = { .data = { data, 4 * MIB - 5 } };
    assert_int_equal(idl_client_call(f.channel, f.call, &full, &f.reply, &echo_method), IDL_OK);
    assert_int_equal(f.reply.data.len, 4 * MIB - 5);
    free(data);
    end(&f);
}

static void a_request_over_the_limit_is_not_sent(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    uint8_t *data = calloc(1, 4 * MIB);
    assert_non_null(data);
    const note request = { .data = { data, 4 * MIB } };
    assert_int_equal(idl_client_call(f.channel, f.call, &request, &f.reply, &echo_method),
                     IDL_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(idl_call_message(f.call), "larger than 4194304 bytes"));
    assert_empty(&f.reply);
    assert_int_equal(echo(&f, "still there"), IDL_OK);
    free(data);
    end(&f);
}

static void reply_large(peer_conn *conn, void *arg)
{
    const size_t *size = arg;
    peer_frame frame;
    uint8_t *data = calloc(1, *size);
    while (data != NULL && peer_read(conn, &frame)) {
        if (frame.id == 1)
            peer_reply(conn, frame.id, data, *size);
        else
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
    free(data);
}

static void a_reply_over_the_limit_ends_its_call_only(void **state)
{
    (void)state;
    size_t size = 5 * MIB;
    client f = begin(reply_large, &size);
    assert_int_equal(echo(&f, "x"), IDL_RESOURCE_EXHAUSTED);
    assert_empty(&f.reply);
    assert_int_equal(echo(&f, "y"), IDL_OK);
    assert_string_equal(f.reply.text.data, "y");
    assert_int_equal(peer_accepted(f.server), 1);
    end(&f);
}

static void text_that_is_not_utf8_is_not_sent(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    assert_int_equal(echo(&f, "\xff"), IDL_INVALID_ARGUMENT);
    assert_non_null(strstr(idl_call_message(f.call), "test.Notes/echo can't be encoded"));
    assert_int_equal(echo(&f, "fine"), IDL_OK);
    end(&f);
}

/* ---- Connections that fail ---- */

static void hang_up(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    peer_read(conn, &frame);
}

static void a_server_that_hangs_up_makes_calls_unavailable(void **state)
{
    (void)state;
    client f = begin(hang_up, NULL);
    assert_failed(&f, echo(&f, "x"), IDL_UNAVAILABLE,
                  "connection closed by the server during the call");
    assert_failed(&f, echo(&f, "x"), IDL_UNAVAILABLE,
                  "connection closed by the server during the call");
    assert_int_equal(peer_accepted(f.server), 2); /* it may have been run: never tried again */
    end(&f);
}

static void reset_after_read(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    peer_read(conn, &frame);
    peer_reset(conn);
}

static void a_reset_makes_calls_unavailable(void **state)
{
    (void)state;
    client f = begin(reset_after_read, NULL);
    assert_failed(&f, echo(&f, "x"), IDL_UNAVAILABLE, "connection reset by peer");
    end(&f);
}

static void say_garbage(peer_conn *conn, void *arg)
{
    const char *garbage = arg;
    peer_frame frame;
    peer_read(conn, &frame);
    peer_raw(conn, garbage, strlen(garbage));
    peer_read(conn, &frame);
}

static void garbage_is_named(void **state)
{
    (void)state;
    char http[] = "HTTP/1.1 400 Bad Request\r\n\r\n";
    client f = begin(say_garbage, http);
    assert_failed(&f, echo(&f, "x"), IDL_INTERNAL, "this looks like HTTP/1: not a frame");
    end(&f);
    char text[] = "\x7f\x7f\x7f\x7f whatever";
    f = begin(say_garbage, text);
    assert_int_equal(echo(&f, "x"), IDL_INTERNAL);
    assert_non_null(strstr(idl_call_message(f.call), ": not a frame"));
    end(&f);
}

static void reply_to_nobody(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    peer_read(conn, &frame);
    peer_reply(conn, 77, "", 0);
    peer_read(conn, &frame);
}

static void a_reply_to_a_call_that_never_was_is_internal(void **state)
{
    (void)state;
    client f = begin(reply_to_nobody, NULL);
    assert_failed(&f, echo(&f, "x"), IDL_INTERNAL,
                  "RESPONSE for stream 77, which was never opened");
    end(&f);
}

/* ---- Connections that are made again ---- */

static void a_restarted_server_is_found(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    uint16_t port = peer_port(f.server);
    assert_int_equal(echo(&f, "one"), IDL_OK);
    peer_stop(f.server);
    /* After a while the connection is looked at first: the call below is not lost with it. */
    nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
    f.server = peer_start(port, peer_echo, NULL);
    assert_int_equal(echo(&f, "two"), IDL_OK);
    assert_string_equal(f.reply.text.data, "two");
    assert_int_equal(peer_accepted(f.server), 1);
    end(&f);
}

static void a_stopped_server_refuses(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    assert_int_equal(echo(&f, "one"), IDL_OK);
    peer *stopped = f.server;
    char address[160], expected[200];
    snprintf(address, sizeof address, "%s", peer_address(stopped));
    peer_stop(stopped);
    nanosleep(&(struct timespec){ .tv_nsec = 150000000 }, NULL);
    assert_int_equal(echo(&f, "two"), IDL_UNAVAILABLE);
    snprintf(expected, sizeof expected, "%s: connection refused", address);
    assert_string_equal(idl_call_message(f.call), expected);
    idl_call_free(f.call);
    idl_channel_close(f.channel);
}

/* Takes three calls, then says that it did and leaves; the next connection serves. */
static void leave_after_three(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    uint32_t last = 0;
    for (int i = 0; i < 3 && peer_read(conn, &frame); i++) {
        last = frame.id;
        if (i == 2)
            peer_cork(conn);
        peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
    peer_goaway(conn, last, "moving house");
    peer_uncork(conn);
    while (peer_read(conn, &frame))
        ;
}

static void after_goaway_calls_go_to_a_new_connection(void **state)
{
    (void)state;
    client f = begin(leave_after_three, NULL);
    for (int i = 0; i < 9; i++)
        assert_int_equal(echo(&f, "x"), IDL_OK);
    assert_int_equal(peer_accepted(f.server), 3);
    end(&f);
}

/* Says goodbye when the fourth call is on its way. */
static void leave_late(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    uint32_t last = 0;
    for (int i = 0; i < 3 && peer_read(conn, &frame); i++) {
        last = frame.id;
        peer_reply(conn, frame.id, frame.payload, frame.payload_len);
    }
    peer_read(conn, &frame);
    peer_goaway(conn, last, "moving house");
    while (peer_read(conn, &frame))
        ;
}

static void a_call_that_the_server_did_not_take_is_tried_again(void **state)
{
    (void)state;
    client f = begin(leave_late, NULL);
    for (int i = 0; i < 9; i++)
        assert_int_equal(echo(&f, "x"), IDL_OK);
    assert_int_equal(peer_accepted(f.server), 3);
    end(&f);
}

static void refuse_always(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    peer_read(conn, &frame);
    peer_goaway(conn, 0, "full");
    while (peer_read(conn, &frame))
        ;
}

static void it_is_tried_again_once_only(void **state)
{
    (void)state;
    client f = begin(refuse_always, NULL);
    assert_failed(&f, echo(&f, "x"), IDL_UNAVAILABLE, "full");
    assert_int_equal(peer_accepted(f.server), 2);
    end(&f);
}

/* ---- Oneway ---- */

static idl_code tell(client *f, const char *text)
{
    const note request = { .text = idl_cstr(text) };
    return idl_client_call(f->channel, f->call, &request, NULL, &tell_method);
}

static void count_slowly(peer_conn *conn, void *arg)
{
    (void)arg;
    nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
    peer_frame frame;
    while (peer_read(conn, &frame))
        peer_heard_one(conn);
}

static void oneway_calls_are_all_heard_before_close_returns(void **state)
{
    (void)state;
    client f = begin(count_slowly, NULL);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(tell(&f, "x"), IDL_OK);
    idl_channel_close(f.channel);
    f.channel = NULL;
    assert_int_equal(peer_heard(f.server), 1000);
    end(&f);
}

static void oneway_calls_wait_when_the_queue_is_long(void **state)
{
    (void)state;
    client f = begin(count_slowly, NULL);
    char *text = malloc(256 << 10);
    assert_non_null(text);
    memset(text, 'x', 256 << 10);
    const note request = { .text = { text, 256 << 10 } };
    for (int i = 0; i < 100; i++)
        assert_int_equal(idl_client_call(f.channel, f.call, &request, NULL, &tell_method), IDL_OK);
    free(text);
    idl_channel_close(f.channel);
    f.channel = NULL;
    assert_int_equal(peer_heard(f.server), 100);
    end(&f);
}

/* Takes its time, says goodbye with the first call, and still counts what is on its way. */
static void leave_counting(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    uint32_t last = 0;
    sleep_ms(50);
    while (peer_read(conn, &frame)) {
        if ((frame.flags & 0x10) != 0) {
            peer_heard_one(conn);
        } else {
            last = frame.id;
            peer_cork(conn);
            peer_reply(conn, last, frame.payload, frame.payload_len);
            peer_goaway(conn, UINT32_MAX, "moving house");
            peer_uncork(conn);
        }
    }
}

static void a_connection_that_is_left_keeps_what_it_has_sent(void **state)
{
    (void)state;
    client f = begin(leave_counting, NULL);
    for (int i = 0; i < 10; i++) {
        assert_int_equal(tell(&f, "before"), IDL_OK);
        assert_int_equal(echo(&f, "x"), IDL_OK); /* brings the goodbye */
    }
    assert_int_equal(tell(&f, "last"), IDL_OK);
    idl_channel_close(f.channel);
    f.channel = NULL;
    assert_int_equal(peer_heard(f.server), 11);
    assert_int_equal(peer_accepted(f.server), 11);
    end(&f);
}

static void a_oneway_call_says_when_there_is_no_server(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    char expected[200];
    snprintf(expected, sizeof expected, "%s: connection refused", peer_address(f.server));
    peer_stop(f.server);
    assert_int_equal(tell(&f, "x"), IDL_UNAVAILABLE);
    assert_string_equal(idl_call_message(f.call), expected);
    idl_call_free(f.call);
    idl_channel_close(f.channel);
}

/* ---- Nothing there ---- */

static void no_memory_for_the_objects_is_an_error_like_others(void **state)
{
    (void)state;
    client f = begin(peer_echo, NULL);
    const note request = { .text = IDL_STR("x") };
    note reply;
    assert_int_equal(idl_client_call(f.channel, NULL, &request, &reply, &echo_method),
                     IDL_RESOURCE_EXHAUSTED);
    assert_empty(&reply);
    assert_int_equal(idl_client_call(NULL, f.call, &request, &reply, &echo_method),
                     IDL_RESOURCE_EXHAUSTED);
    assert_empty(&reply);
    assert_string_equal(idl_call_message(f.call), "there was no memory for the channel");
    assert_int_equal(idl_client_call(NULL, NULL, &request, NULL, &echo_method),
                     IDL_RESOURCE_EXHAUSTED);
    idl_channel_close(NULL);
    idl_channel_run(NULL);
    assert_int_equal(idl_channel_process(NULL, -1), 0);
    end(&f);
}

/* ---- Signals ---- */

static void ignore(int number)
{
    (void)number;
}

static void a_storm_of_signals_is_weathered(void **state)
{
    (void)state;
    struct sigaction action = { .sa_handler = ignore };
    long pause = 200L * test_effort();
    struct itimerval often = { { 0, pause }, { 0, pause } }, never = { { 0, 0 }, { 0, 0 } };
    client f = begin(peer_echo, NULL);
    uint8_t *data = calloc(1, MIB);
    assert_non_null(data);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(echo(&f, "x"), IDL_OK);
        const note request = { .data = { data, i % 20 == 0 ? MIB : 10 } };
        assert_int_equal(idl_client_call(f.channel, f.call, &request, &f.reply, &echo_method),
                         IDL_OK);
        assert_int_equal(f.reply.data.len, request.data.len);
        if (i % 10 == 0) {
            idl_channel_close(f.channel);
            f.channel = idl_channel_open(peer_address(f.server), NULL);
        }
    }
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, SIG_IGN); /* for good: one may still be on its way */
    free(data);
    end(&f);
}

static void descriptors_are_given_back(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    client f = begin(leave_late, NULL);
    for (int i = 0; i < 10; i++)
        assert_int_equal(echo(&f, "x"), IDL_OK);
    end(&f);
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reply_arrives),
        cmocka_unit_test(a_unix_socket_is_as_good),
        cmocka_unit_test(a_reply_may_be_unwanted),
        cmocka_unit_test(arguments_may_be_the_last_reply),
        cmocka_unit_test(an_error_brings_its_message),
        cmocka_unit_test(an_unknown_code_is_told),
        cmocka_unit_test(a_reply_that_does_not_decode_is_internal),
        cmocka_unit_test(a_reply_to_a_call_that_is_over_is_ignored),
        cmocka_unit_test(large_messages_go_both_ways),
        cmocka_unit_test(a_request_over_the_limit_is_not_sent),
        cmocka_unit_test(a_reply_over_the_limit_ends_its_call_only),
        cmocka_unit_test(text_that_is_not_utf8_is_not_sent),
        cmocka_unit_test(a_server_that_hangs_up_makes_calls_unavailable),
        cmocka_unit_test(a_reset_makes_calls_unavailable),
        cmocka_unit_test(garbage_is_named),
        cmocka_unit_test(a_reply_to_a_call_that_never_was_is_internal),
        cmocka_unit_test(a_restarted_server_is_found),
        cmocka_unit_test(a_stopped_server_refuses),
        cmocka_unit_test(after_goaway_calls_go_to_a_new_connection),
        cmocka_unit_test(a_call_that_the_server_did_not_take_is_tried_again),
        cmocka_unit_test(it_is_tried_again_once_only),
        cmocka_unit_test(oneway_calls_are_all_heard_before_close_returns),
        cmocka_unit_test(oneway_calls_wait_when_the_queue_is_long),
        cmocka_unit_test(a_connection_that_is_left_keeps_what_it_has_sent),
        cmocka_unit_test(a_oneway_call_says_when_there_is_no_server),
        cmocka_unit_test(no_memory_for_the_objects_is_an_error_like_others),
        cmocka_unit_test(a_storm_of_signals_is_weathered),
        cmocka_unit_test(descriptors_are_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
