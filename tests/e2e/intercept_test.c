/* SPDX-License-Identifier: MIT */
/* intercept_test.c: interceptors on both sides, and the statistics that are made of them: unary calls
 * and streams, blocking and async, the handlers on the loop and on threads. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tags_client.h"
#include "tags_server.h"

/* ---- The server ---- */

static idl_code on_one(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = text;
    if (idl_meta_get(call, IDL_META_REQUEST, "added") == NULL)
        return IDL_OK;
    return idl_call_fail(call, IDL_NOT_FOUND, "%s", idl_meta_get(call, IDL_META_REQUEST, "added"));
}

static idl_code on_down(idl_call *call, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        tags_tags_down_emit(call, i);
    return IDL_OK;
}

static void up_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        tags_tags_up_complete(call, 7);
}

static idl_code on_up(idl_call *call, uint32_t *reply)
{
    (void)reply;
    tags_tags_up_on_next(call, up_next, NULL);
    return idl_call_defer(call);
}

static const tags_tags_handlers handlers = { .one = on_one, .down = on_down, .up = on_up };

/* ---- Interceptors that write down what they see ---- */

struct diary {
    pthread_mutex_t lock;
    char text[4096];
};

static void note(struct diary *diary, const char *format, ...) IDL_PRINTF(2, 3);

static void note(struct diary *diary, const char *format, ...)
{
    va_list args;
    pthread_mutex_lock(&diary->lock);
    size_t len = strlen(diary->text);
    va_start(args, format);
    vsnprintf(diary->text + len, sizeof diary->text - len, format, args);
    va_end(args);
    pthread_mutex_unlock(&diary->lock);
}

/* The server may be behind its reply. */
static void expect_diary(struct diary *diary, const char *text)
{
    bool same = false;
    for (int i = 0; i < 500 && !same; i++) {
        nanosleep(&(struct timespec){ 0, i > 0 ? 10000000 : 0 }, NULL);
        pthread_mutex_lock(&diary->lock);
        same = strcmp(diary->text, text) == 0;
        if (same || i == 499) {
            if (!same)
                print_message("it says:\n%s", diary->text);
            diary->text[0] = '\0';
        }
        pthread_mutex_unlock(&diary->lock);
    }
    assert_true(same);
}

static idl_code first_begin(idl_call *call, void *arg)
{
    note(arg, "first %s.%s\n", idl_call_service(call), idl_call_method(call));
    return IDL_OK;
}

static void first_end(idl_call *call, const idl_outcome *outcome, void *arg)
{
    assert_true(outcome->duration_ns < UINT64_C(60000000000));
    note(arg, "first end %s %s%s%s\n", idl_call_method(call), idl_code_name(outcome->code),
         outcome->bytes_out > 0 ? "out " : "", outcome->bytes_in > 0 ? "in" : "");
}

/* Authorisation. */
static idl_code check(idl_call *call, void *arg)
{
    const char *token = idl_meta_get(call, IDL_META_REQUEST, "token");
    note(arg, "check %s\n", token != NULL ? token : "nothing");
    if (token == NULL || strcmp(token, "good") == 0)
        return IDL_OK;
    idl_meta_add(call, IDL_META_TRAILING, "hint", "try good");
    return idl_call_fail(call, IDL_UNAUTHENTICATED, "not %s", token);
}

static void check_end(idl_call *call, const idl_outcome *outcome, void *arg)
{
    (void)call;
    note(arg, "check end %s\n", idl_code_name(outcome->code));
}

static const idl_interceptor first = { first_begin, first_end }, checking = { check, check_end };

/* The client's: adds what its text says, refuses "refuse". */
struct adding {
    const char *what;
    int begun, ended;
    idl_outcome last;
};

static idl_code adding_begin(idl_call *call, void *arg)
{
    struct adding *a = arg;
    a->begun++;
    if (a->what == NULL)
        return IDL_OK;
    if (strcmp(a->what, "refuse") == 0)
        return idl_call_fail(call, IDL_PERMISSION_DENIED, "refused here");
    assert_int_equal(idl_meta_set(call, IDL_META_REQUEST, "token", a->what), IDL_OK);
    idl_call_set_timeout(call, 60000);
    return IDL_OK;
}

static void adding_end(idl_call *call, const idl_outcome *outcome, void *arg)
{
    struct adding *a = arg;
    (void)call;
    a->ended++;
    a->last = *outcome;
}

static const idl_interceptor adding = { adding_begin, adding_end };

struct fixture {
    idl_server *server;
    pthread_t thread;
    idl_channel *channel;
    idl_call *call;
    idl_stats *stats;
    struct diary diary;
    struct adding before, after;
};

static void *serve(void *arg)
{
    idl_server_run(arg);
    return NULL;
}

static int set_up(void **state, uint32_t handler_threads)
{
    struct fixture *f = calloc(1, sizeof *f);
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = handler_threads;
    pthread_mutex_init(&f->diary.lock, NULL);
    f->stats = idl_stats_new();
    f->server = idl_server_new(&options);
    tags_tags_serve(f->server, &handlers, NULL);
    assert_int_equal(idl_stats_server(f->stats, f->server), IDL_OK);
    assert_int_equal(idl_server_intercept(f->server, &first, &f->diary), IDL_OK);
    assert_int_equal(idl_server_intercept(f->server, &checking, &f->diary), IDL_OK);
    assert_int_equal(idl_server_listen(f->server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f->server), 0);
    f->channel = idl_channel_open(idl_server_address(f->server, 0), NULL);
    assert_int_equal(idl_channel_intercept(f->channel, &adding, &f->before), IDL_OK);
    assert_int_equal(idl_stats_channel(f->stats, f->channel), IDL_OK);
    assert_int_equal(idl_channel_intercept(f->channel, &adding, &f->after), IDL_OK);
    f->call = idl_call_new();
    *state = f;
    return 0;
}

static int set_up_loop(void **state)
{
    return set_up(state, 0);
}

static int set_up_threads(void **state)
{
    return set_up(state, 2);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    idl_server_stop(f->server);
    pthread_join(f->thread, NULL);
    assert_int_equal(idl_server_intercept(f->server, &first, NULL), IDL_FAILED_PRECONDITION);
    idl_server_free(f->server);
    idl_stats_free(f->stats);
    pthread_mutex_destroy(&f->diary.lock);
    free(f);
    return 0;
}

/* ---- Interceptors ---- */

static void test_order(void **state)
{
    struct fixture *f = *state;
    idl_str reply;
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply), IDL_OK);
    expect_diary(&f->diary,
                 "first tags.Tags.one\ncheck nothing\ncheck end OK\nfirst end one OKout in\n");
    f->before.what = "good";
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply), IDL_OK);
    expect_diary(&f->diary,
                 "first tags.Tags.one\ncheck good\ncheck end OK\nfirst end one OKout in\n");
    assert_int_equal(f->before.ended, 2);
    assert_int_equal(f->before.last.code, IDL_OK);
    /* One frame with the request, one with the reply. */
    assert_int_equal(f->before.last.bytes_in, 4 + 6 + 2 + 2 + 1);
    assert_true(f->before.last.bytes_out > 30 && f->before.last.bytes_out < 150);
    idl_meta_add(f->call, IDL_META_REQUEST, "added", "no such thing");
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply), IDL_NOT_FOUND);
    assert_int_equal(f->after.last.code, IDL_NOT_FOUND);
    expect_diary(&f->diary, "first tags.Tags.one\ncheck good\ncheck end NOT_FOUND\n"
                            "first end one NOT_FOUNDout in\n");
}

static void test_refused(void **state)
{
    struct fixture *f = *state;
    idl_str reply;
    uint32_t item;
    f->before.what = "bad";
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply),
                     IDL_UNAUTHENTICATED);
    assert_string_equal(idl_call_message(f->call), "not bad");
    assert_string_equal(idl_meta_get(f->call, IDL_META_TRAILING, "hint"), "try good");
    assert_string_equal(reply.data, "");
    expect_diary(&f->diary,
                 "first tags.Tags.one\ncheck bad\nfirst end one UNAUTHENTICATEDout in\n");
    assert_int_equal(tags_tags_down(f->channel, f->call, 3), IDL_OK);
    assert_false(tags_tags_down_recv(f->call, &item));
    assert_int_equal(tags_tags_down_finish(f->call), IDL_UNAUTHENTICATED);
    expect_diary(&f->diary,
                 "first tags.Tags.down\ncheck bad\nfirst end down UNAUTHENTICATEDout in\n");
    /* By the client itself: nothing is sent, and only those who began hear of the end. */
    f->before.what = NULL;
    f->after.what = "refuse";
    int before = f->before.ended, after = f->after.ended;
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply),
                     IDL_PERMISSION_DENIED);
    assert_string_equal(idl_call_message(f->call), "refused here");
    assert_int_equal(tags_tags_down(f->channel, f->call, 1), IDL_PERMISSION_DENIED);
    assert_int_equal(f->before.ended, before + 2);
    assert_int_equal(f->after.ended, after);
    assert_int_equal(f->before.last.bytes_out, 0);
    expect_diary(&f->diary, "");
}

static void test_streams(void **state)
{
    struct fixture *f = *state;
    uint32_t item, count = 0;
    assert_int_equal(tags_tags_down(f->channel, f->call, 3), IDL_OK);
    while (tags_tags_down_recv(f->call, &item))
        count++;
    assert_int_equal(count, 3);
    assert_int_equal(f->before.ended, 0);
    assert_int_equal(tags_tags_down_finish(f->call), IDL_OK);
    assert_int_equal(f->before.ended, 1);
    assert_int_equal(tags_tags_up(f->channel, f->call), IDL_OK);
    assert_int_equal(tags_tags_up_send(f->call, idl_cstr("a")), IDL_OK);
    idl_call_reset(f->call); /* given up */
    assert_int_equal(f->before.ended, 2);
    assert_int_equal(f->before.last.code, IDL_CANCELLED);
    expect_diary(&f->diary, "first tags.Tags.down\ncheck nothing\ncheck end OK\n"
                            "first end down OKout in\nfirst tags.Tags.up\ncheck nothing\n"
                            "check end CANCELLED\nfirst end up CANCELLEDin\n");
}

static void one_done(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    int *codes = arg;
    (void)call, (void)reply;
    codes[code]++;
}

static void test_async(void **state)
{
    struct fixture *f = *state;
    int codes[17] = { 0 };
    for (int i = 0; i < 10; i++)
        tags_tags_one_async(f->channel, NULL, idl_cstr("x"), one_done, codes);
    f->after.what = "refuse";
    tags_tags_one_async(f->channel, NULL, idl_cstr("x"), one_done, codes);
    tags_tags_one_async(f->channel, f->call, idl_cstr("x"), one_done, codes);
    assert_int_equal(codes[IDL_PERMISSION_DENIED], 0); /* not from inside */
    idl_channel_run(f->channel);
    assert_int_equal(codes[IDL_OK], 10);
    assert_int_equal(codes[IDL_PERMISSION_DENIED], 2);
    assert_int_equal(f->before.begun, 12);
    assert_int_equal(f->before.ended, 12);
    assert_int_equal(f->after.ended, 10);
}

/* ---- Statistics ---- */

static void write_file(const char *text, size_t len, void *arg)
{
    assert_int_equal(fwrite(text, 1, len, arg), len);
}

static uint64_t sum(const uint64_t *n, size_t count)
{
    uint64_t all = 0;
    for (size_t i = 0; i < count; i++)
        all += n[i];
    return all;
}

static void test_statistics(void **state)
{
    struct fixture *f = *state;
    idl_str reply;
    idl_method_stats s;
    for (int i = 0; i < 5; i++)
        tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply);
    idl_meta_add(f->call, IDL_META_REQUEST, "added", "\"\\\n");
    tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply); /* not legal: it is not sent */
    idl_meta_add(f->call, IDL_META_REQUEST, "added", "no");
    tags_tags_one(f->channel, f->call, idl_cstr("x"), &reply);
    tags_tags_down(f->channel, f->call, 2);
    assert_true(idl_stats_get(f->stats, false, "tags.Tags", "down", &s));
    assert_int_equal(s.started, 1);
    assert_int_equal(sum(s.ended, IDL_STATS_CODES), 0);
    tags_tags_down_finish(f->call);

    assert_true(idl_stats_get(f->stats, false, "tags.Tags", "one", &s));
    assert_int_equal(s.started, 7);
    assert_int_equal(s.ended[IDL_OK], 5);
    assert_int_equal(s.ended[IDL_INVALID_ARGUMENT], 1);
    assert_int_equal(s.ended[IDL_NOT_FOUND], 1);
    assert_int_equal(s.buckets[IDL_STATS_BUCKETS - 1], 7);
    assert_true(s.bytes_in > 0 && s.bytes_out > 0 && s.duration_ns > 0);
    assert_false(idl_stats_get(f->stats, false, "tags.Tags", "both", &s));
    assert_false(idl_stats_get(NULL, false, "tags.Tags", "one", &s));
    for (int i = 0; i < 500; i++) { /* the server may be behind its reply */
        assert_true(idl_stats_get(f->stats, true, "tags.Tags", "one", &s));
        if (sum(s.ended, IDL_STATS_CODES) == 6)
            break;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    assert_int_equal(s.started, 6);
    assert_int_equal(s.ended[IDL_NOT_FOUND], 1);
    assert_int_equal(s.ended[IDL_OK], 5);

    char command[1024];
    FILE *file = fopen("stats.prom", "w");
    assert_non_null(file);
    idl_stats_prometheus(f->stats, write_file, file);
    fclose(file);
    snprintf(command, sizeof command, "%s %s stats.prom", PYTHON, CHECKER);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    // clang-format off
#define EACH(test) \
    cmocka_unit_test_setup_teardown(test, set_up_loop, tear_down), \
    cmocka_unit_test_setup_teardown(test, set_up_threads, tear_down)
    // clang-format on
    const struct CMUnitTest tests[] = {
        EACH(test_order), EACH(test_refused),    EACH(test_streams),
        EACH(test_async), EACH(test_statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
