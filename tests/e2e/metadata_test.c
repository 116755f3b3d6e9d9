/* SPDX-License-Identifier: MIT */
/* metadata_test.c: metadata and details of errors through generated stubs: every part, every kind of
 * call, the client in its blocking and its event form, over TCP and unix sockets, the handlers on the
 * loop and on threads. */
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

#include "tags_client.h"
#include "tags_server.h"

static const uint8_t raw[] = { 0, 1, 0xff, '\n', 0x80 };

/* ---- The server ---- */

/* What came goes back, in both parts, in its order. */
static void send_back(idl_call *call)
{
    for (const idl_meta *m = NULL; (m = idl_meta_next(call, IDL_META_REQUEST, m)) != NULL;) {
        idl_meta_add_bytes(call, IDL_META_INITIAL, m->key.data, m->value);
        idl_meta_add_bytes(call, IDL_META_TRAILING, m->key.data, m->value);
    }
}

/* A call fails when its metadata says so, with a detail. */
static idl_code end_code(idl_call *call)
{
    if (idl_meta_get(call, IDL_META_REQUEST, "fail") == NULL)
        return IDL_OK;
    const idl_str others[] = { IDL_STR("nuts"), IDL_STR("screws") };
    const tags_out_of_stock why = { .item = IDL_STR("bolts"), .left = 3, .others = { others, 2 } };
    idl_detail_put(call, "tags.Other", &tags_out_of_stock_type, &(tags_out_of_stock){ .left = 1 });
    assert_int_equal(idl_detail_put(call, "tags.OutOfStock", &tags_out_of_stock_type, &why),
                     IDL_OK);
    return idl_call_fail(call, IDL_FAILED_PRECONDITION, "no more of that");
}

static idl_code on_one(idl_call *call, idl_str text, idl_str *reply)
{
    send_back(call);
    *reply = text;
    return end_code(call);
}

static void *complete(void *arg)
{
    idl_call *call = arg;
    send_back(call);
    idl_code code = end_code(call);
    if (code == IDL_OK)
        tags_tags_later_complete(call, idl_cstr("late"));
    else
        idl_call_end(call, code);
    return NULL;
}

static idl_code on_later(idl_call *call, idl_str text, idl_str *reply)
{
    pthread_t thread;
    (void)text, (void)reply;
    assert_int_equal(pthread_create(&thread, NULL, complete, call), 0);
    pthread_detach(thread);
    return idl_call_defer(call);
}

static idl_code on_down(idl_call *call, uint32_t count)
{
    send_back(call);
    for (uint32_t i = 0; i < count; i++)
        tags_tags_down_emit(call, i);
    if (count > 0) /* it is too late for these */
        assert_int_equal(idl_meta_add(call, IDL_META_INITIAL, "late", "1"),
                         IDL_FAILED_PRECONDITION);
    return end_code(call);
}

static void up_next(idl_call *call, const idl_str *item, void *arg)
{
    uint32_t *count = arg;
    if (item != NULL) {
        ++*count;
        return;
    }
    idl_code code = end_code(call);
    if (code == IDL_OK)
        tags_tags_up_complete(call, *count);
    else
        idl_call_end(call, code);
}

static idl_code on_up(idl_call *call, uint32_t *reply)
{
    (void)reply;
    uint32_t *count = idl_call_alloc(call, sizeof *count);
    *count = 0;
    send_back(call);
    tags_tags_up_on_next(call, up_next, count);
    return idl_call_defer(call);
}

static void both_next(idl_call *call, const idl_str *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, end_code(call));
    else
        tags_tags_both_emit(call, *item);
}

static idl_code on_both(idl_call *call)
{
    send_back(call);
    assert_int_equal(idl_meta_send_initial(call), IDL_OK);
    assert_int_equal(idl_meta_send_initial(call), IDL_FAILED_PRECONDITION);
    tags_tags_both_on_next(call, both_next, NULL);
    return idl_call_defer(call);
}

static const tags_tags_handlers handlers = {
    .one = on_one, .later = on_later, .down = on_down, .up = on_up, .both = on_both
};

struct fixture {
    idl_server *server;
    pthread_t thread;
    int status;
    idl_channel *channel;
    idl_call *call;
};

static void *serve(void *arg)
{
    struct fixture *f = arg;
    f->status = idl_server_run(f->server);
    return NULL;
}

static int set_up(void **state, const char *address, uint32_t handler_threads)
{
    struct fixture *f = calloc(1, sizeof *f);
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = handler_threads;
    f->server = idl_server_new(&options);
    tags_tags_serve(f->server, &handlers, NULL);
    assert_int_equal(idl_server_listen(f->server, address), IDL_OK);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    f->channel = idl_channel_open(idl_server_address(f->server, 0), NULL);
    f->call = idl_call_new();
    *state = f;
    return 0;
}

static int set_up_tcp(void **state)
{
    return set_up(state, "tcp://127.0.0.1:0", 0);
}

static int set_up_unix(void **state)
{
    char address[64];
    snprintf(address, sizeof address, "unix://@idl-tags-%d", (int)getpid());
    return set_up(state, address, 0);
}

static int set_up_threads(void **state)
{
    return set_up(state, "tcp://127.0.0.1:0", 2);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    idl_server_stop(f->server);
    pthread_join(f->thread, NULL);
    assert_int_equal(f->status, 0);
    idl_server_free(f->server);
    free(f);
    return 0;
}

/* ---- What clients send and see ---- */

static void add_some(idl_call *call)
{
    assert_int_equal(idl_meta_add(call, IDL_META_REQUEST, "user", "Ada"), IDL_OK);
    assert_int_equal(idl_meta_add(call, IDL_META_REQUEST, "tag", "one"), IDL_OK);
    idl_bytes value = { raw, sizeof raw };
    for (value.len = 0; value.len <= sizeof raw; value.len++)
        assert_int_equal(idl_meta_add_bytes(call, IDL_META_REQUEST, "raw-bin", value), IDL_OK);
    assert_int_equal(idl_meta_add(call, IDL_META_REQUEST, "empty", ""), IDL_OK);
    assert_int_equal(idl_meta_add(call, IDL_META_REQUEST, "tag", "two"), IDL_OK);
}

static void expect_some(const idl_call *call, idl_meta_part part)
{
    assert_string_equal(idl_meta_get(call, part, "user"), "Ada");
    assert_string_equal(idl_meta_get(call, part, "tag"), "one");
    assert_string_equal(idl_meta_get(call, part, "empty"), "");
    assert_null(idl_meta_get(call, part, "use"));
    const idl_meta *m = idl_meta_find(call, part, "tag", NULL);
    m = idl_meta_find(call, part, "tag", m);
    assert_string_equal((const char *)m->value.data, "two");
    assert_null(idl_meta_find(call, part, "tag", m));
    m = NULL;
    for (size_t len = 0; len <= sizeof raw; len++) {
        m = idl_meta_find(call, part, "raw-bin", m);
        assert_non_null(m);
        assert_int_equal(m->value.len, len);
        assert_memory_equal(m->value.data, raw, len);
        assert_int_equal(m->value.data[len], 0);
    }
    static const char *const order[] = { "user",    "tag",     "raw-bin", "raw-bin", "raw-bin",
                                         "raw-bin", "raw-bin", "raw-bin", "empty",   "tag" };
    size_t n = 0;
    for (m = NULL; (m = idl_meta_next(call, part, m)) != NULL && n < 10; n++)
        assert_string_equal(m->key.data, order[n]);
    assert_int_equal(n, 10);
}

static void expect_detail(idl_call *call)
{
    tags_out_of_stock why;
    assert_int_equal(idl_call_code(call), IDL_FAILED_PRECONDITION);
    assert_string_equal(idl_call_message(call), "no more of that");
    assert_true(idl_detail_get(call, "tags.OutOfStock", &tags_out_of_stock_type, &why));
    assert_string_equal(why.item.data, "bolts");
    assert_int_equal(why.left, 3);
    assert_string_equal(why.others.items[1].data, "screws");
    assert_true(
        idl_detail_get(call, "type.googleapis.com/tags.Other", &tags_out_of_stock_type, &why));
    assert_int_equal(why.left, 1);
    assert_false(idl_detail_get(call, "tags.Stock", &tags_out_of_stock_type, &why));
    assert_string_equal(why.item.data, "");
    const idl_meta *detail = idl_detail_next(call, NULL);
    assert_string_equal(detail->key.data, "type.googleapis.com/tags.Other");
    detail = idl_detail_next(call, detail);
    assert_string_equal(detail->key.data, "type.googleapis.com/tags.OutOfStock");
    assert_null(idl_detail_next(call, detail));
}

static void expect_nothing(idl_call *call)
{
    assert_null(idl_meta_next(call, IDL_META_REQUEST, NULL));
    assert_null(idl_meta_next(call, IDL_META_INITIAL, NULL));
    assert_null(idl_meta_next(call, IDL_META_TRAILING, NULL));
    assert_null(idl_detail_next(call, NULL));
}

/* ---- Unary ---- */

typedef idl_code unary_fn(idl_channel *channel, idl_call *call, idl_str text, idl_str *reply);

static void check_unary(struct fixture *f, unary_fn *fn)
{
    idl_str reply;
    for (int i = 0; i < 3; i++) {
        add_some(f->call);
        assert_int_equal(fn(f->channel, f->call, idl_cstr("late"), &reply), IDL_OK);
        assert_string_equal(reply.data, "late");
        expect_some(f->call, IDL_META_INITIAL);
        expect_some(f->call, IDL_META_TRAILING);
        assert_null(idl_detail_next(f->call, NULL));
        assert_null(idl_meta_next(f->call, IDL_META_REQUEST, NULL));

        add_some(f->call);
        idl_meta_add(f->call, IDL_META_REQUEST, "zz-fail", "");
        idl_meta_set(f->call, IDL_META_REQUEST, "fail", "no");
        idl_meta_set(f->call, IDL_META_REQUEST, "fail", "yes");
        assert_int_equal(fn(f->channel, f->call, idl_cstr(""), &reply), IDL_FAILED_PRECONDITION);
        assert_string_equal(idl_meta_get(f->call, IDL_META_TRAILING, "fail"), "yes");
        assert_null(idl_meta_find(f->call, IDL_META_TRAILING, "fail",
                                  idl_meta_find(f->call, IDL_META_TRAILING, "fail", NULL)));
        assert_string_equal(idl_meta_get(f->call, IDL_META_INITIAL, "zz-fail"), "");
        expect_detail(f->call);

        /* Nothing of it is left for the next. */
        assert_int_equal(fn(f->channel, f->call, idl_cstr("late"), &reply), IDL_OK);
        expect_nothing(f->call);
    }
}

static void test_unary(void **state)
{
    check_unary(*state, tags_tags_one);
}

static void test_from_another_thread(void **state)
{
    check_unary(*state, tags_tags_later);
}

static void test_large_reply(void **state)
{
    struct fixture *f = *state;
    idl_str reply;
    char *text = malloc(500000);
    memset(text, 'x', 500000);
    add_some(f->call);
    assert_int_equal(tags_tags_one(f->channel, f->call, (idl_str){ text, 500000 }, &reply), IDL_OK);
    assert_int_equal(reply.len, 500000);
    expect_some(f->call, IDL_META_TRAILING);
    free(text);
}

/* ---- Streams ---- */

static void test_server_stream(void **state)
{
    struct fixture *f = *state;
    for (uint32_t count = 0; count < 3; count++) {
        uint32_t item, n = 0;
        add_some(f->call);
        assert_int_equal(tags_tags_down(f->channel, f->call, count), IDL_OK);
        assert_int_equal(idl_meta_add(f->call, IDL_META_REQUEST, "late", ""),
                         IDL_FAILED_PRECONDITION);
        while (tags_tags_down_recv(f->call, &item)) {
            expect_some(f->call, IDL_META_INITIAL);
            assert_int_equal(item, n++);
        }
        assert_int_equal(n, count);
        assert_int_equal(tags_tags_down_finish(f->call), IDL_OK);
        expect_some(f->call, IDL_META_INITIAL);
        expect_some(f->call, IDL_META_TRAILING);

        idl_meta_add(f->call, IDL_META_REQUEST, "fail", "1");
        assert_int_equal(tags_tags_down(f->channel, f->call, count), IDL_OK);
        assert_int_equal(tags_tags_down_finish(f->call), IDL_FAILED_PRECONDITION);
        assert_string_equal(idl_meta_get(f->call, IDL_META_INITIAL, "fail"), "1");
        expect_detail(f->call);
    }
    assert_false(idl_meta_wait_initial(f->call));
}

static void test_client_stream(void **state)
{
    struct fixture *f = *state;
    uint32_t count;
    add_some(f->call);
    assert_int_equal(tags_tags_up(f->channel, f->call), IDL_OK);
    assert_int_equal(tags_tags_up_send(f->call, idl_cstr("a")), IDL_OK);
    assert_int_equal(tags_tags_up_finish(f->call, &count), IDL_OK);
    assert_int_equal(count, 1);
    expect_some(f->call, IDL_META_INITIAL);
    expect_some(f->call, IDL_META_TRAILING);
}

/* The server's metadata comes before the first message is asked for. */
static void test_both(void **state)
{
    struct fixture *f = *state;
    idl_str item;
    add_some(f->call);
    assert_int_equal(tags_tags_both(f->channel, f->call), IDL_OK);
    assert_true(idl_meta_wait_initial(f->call));
    expect_some(f->call, IDL_META_INITIAL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tags_tags_both_send(f->call, idl_cstr("x")), IDL_OK);
        assert_true(tags_tags_both_recv(f->call, &item));
        assert_string_equal(item.data, "x");
    }
    idl_call_close_send(f->call);
    assert_false(tags_tags_both_recv(f->call, &item));
    assert_int_equal(tags_tags_both_finish(f->call), IDL_OK);
    expect_some(f->call, IDL_META_TRAILING);
    add_some(f->call); /* and a stream that is abandoned */
    assert_int_equal(tags_tags_both(f->channel, f->call), IDL_OK);
    idl_call_reset(f->call);
    expect_nothing(f->call);
}

/* ---- Async ---- */

struct seen {
    int replies, items;
};

static void one_done(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct seen *seen = arg;
    if (idl_meta_get(call, IDL_META_TRAILING, "fail") != NULL) {
        assert_int_equal(code, IDL_FAILED_PRECONDITION);
        expect_detail(call);
    } else {
        assert_string_equal(reply.data, "Ada");
        expect_some(call, IDL_META_INITIAL);
        expect_some(call, IDL_META_TRAILING);
    }
    seen->replies++;
}

static void test_async_unary(void **state)
{
    struct fixture *f = *state;
    struct seen seen = { 0, 0 };
    idl_call *calls[20];
    for (int i = 0; i < 20; i++) {
        calls[i] = idl_call_new();
        add_some(calls[i]);
        if (i % 3 == 0)
            idl_meta_add(calls[i], IDL_META_REQUEST, "fail", "");
        tags_tags_one_async(f->channel, calls[i], idl_cstr("Ada"), one_done, &seen);
        assert_int_equal(idl_meta_add(calls[i], IDL_META_REQUEST, "late", ""),
                         IDL_FAILED_PRECONDITION);
    }
    idl_channel_run(f->channel);
    assert_int_equal(seen.replies, 20);
    for (int i = 0; i < 20; i++)
        idl_call_free(calls[i]);
}

static void down_item(idl_call *call, const uint32_t *item, void *arg)
{
    struct seen *seen = arg;
    expect_some(call, IDL_META_INITIAL);
    assert_int_equal(*item, seen->items++);
}

static void down_done(idl_call *call, idl_code code, void *arg)
{
    struct seen *seen = arg;
    assert_int_equal(code, IDL_OK);
    expect_some(call, IDL_META_TRAILING);
    seen->replies++;
}

static void test_async_stream(void **state)
{
    struct fixture *f = *state;
    struct seen seen = { 0, 0 };
    add_some(f->call);
    tags_tags_down_async(f->channel, f->call, 5, down_done, &seen);
    tags_tags_down_on_recv(f->call, down_item, &seen);
    idl_channel_run(f->channel);
    assert_int_equal(seen.items, 5);
    assert_int_equal(seen.replies, 1);
}

/* ---- What is refused ---- */

static void test_illegal(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *key, *value, *why;
    } wrong[] = {
        { "", "x", "empty" },         { "Upper", "x", "a-z" },    { "a b", "x", "a-z" },
        { "\xc3\xa4", "x", "a-z" },   { "grpc-x", "x", "grpc-" }, { "k", "a\nb", "printable" },
        { "k", "\xc3\xa4", "ASCII" }, { "k", " x", "space" },     { "k", "x ", "space" },
        { "k", "\x7f", "printable" },
    };
    idl_str reply;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(idl_meta_add(f->call, IDL_META_REQUEST, wrong[i].key, wrong[i].value),
                         IDL_INVALID_ARGUMENT);
        /* It sticks, for this RPC alone. */
        assert_int_equal(idl_meta_add(f->call, IDL_META_REQUEST, "good", ""), IDL_INVALID_ARGUMENT);
        assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr(""), &reply),
                         IDL_INVALID_ARGUMENT);
        assert_non_null(strstr(idl_call_message(f->call), wrong[i].why));
        assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr(""), &reply), IDL_OK);
    }
    assert_int_equal(idl_meta_add(f->call, IDL_META_INITIAL, "a", ""), IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_meta_add(f->call, IDL_META_TRAILING, "a", ""), IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_meta_add(f->call, (idl_meta_part)7, "a", ""), IDL_FAILED_PRECONDITION);
    assert_int_equal(idl_meta_add(NULL, IDL_META_REQUEST, "a", ""), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl_detail_put(f->call, "x", &tags_out_of_stock_type, NULL),
                     IDL_FAILED_PRECONDITION);
    assert_null(idl_meta_get(NULL, IDL_META_REQUEST, "a"));
    assert_null(idl_meta_next(f->call, (idl_meta_part)3, NULL));
    assert_int_equal(tags_tags_one(f->channel, f->call, idl_cstr(""), &reply), IDL_OK);
    idl_meta_add(f->call, IDL_META_REQUEST, "a", "");
    idl_call_reset(f->call);
    expect_nothing(f->call);
}

static void test_limit(void **state)
{
    struct fixture *f = *state;
    char value[1001];
    idl_str reply;
    memset(value, 'v', 1000);
    value[1000] = '\0';
    /* 36 bytes or a few more, as the header says: 15 of them fit, 16 don't. */
    for (int n = 15; n <= 16; n++) {
        for (int i = 0; i < n; i++)
            idl_meta_add(f->call, IDL_META_REQUEST, "k", value);
        idl_code code = tags_tags_one(f->channel, f->call, idl_cstr(""), &reply);
        assert_int_equal(code, n == 15 ? IDL_OK : IDL_RESOURCE_EXHAUSTED);
        if (n == 16)
            assert_non_null(strstr(idl_call_message(f->call), "metadata"));
    }
    /* A client that may send more than this server takes. */
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.max_metadata = 1 << 20;
    idl_channel *large = idl_channel_open(idl_server_address(f->server, 0), &options);
    for (int i = 0; i < 30; i++)
        idl_meta_add(f->call, IDL_META_REQUEST, "k", value);
    assert_int_equal(tags_tags_one(large, f->call, idl_cstr(""), &reply), IDL_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(idl_call_message(f->call), "request's metadata"));
    /* A client that takes less than it is sent; the connection lives. */
    options.max_metadata = 1000;
    idl_channel *small = idl_channel_open(idl_server_address(f->server, 0), &options);
    for (int i = 0; i < 12; i++)
        idl_meta_add(f->call, IDL_META_REQUEST, "k", "0123456789012345678901234567890123456789");
    assert_int_equal(tags_tags_one(small, f->call, idl_cstr(""), &reply), IDL_OK);
    idl_meta_add(f->call, IDL_META_REQUEST, "fail", "yes");
    for (int i = 0; i < 11; i++)
        idl_meta_add(f->call, IDL_META_REQUEST, "k", "0123456789012345678901234567890123456789");
    assert_int_equal(tags_tags_one(small, f->call, idl_cstr(""), &reply), IDL_RESOURCE_EXHAUSTED);
    assert_non_null(strstr(idl_call_message(f->call), "server's metadata"));
    assert_int_equal(tags_tags_one(small, f->call, idl_cstr("a"), &reply), IDL_OK);
    idl_channel_close(small);
    idl_channel_close(large);
}

// clang-format off
#define EACH(test) \
    cmocka_unit_test_setup_teardown(test, set_up_tcp, tear_down), \
    cmocka_unit_test_setup_teardown(test, set_up_unix, tear_down), \
    cmocka_unit_test_setup_teardown(test, set_up_threads, tear_down)
// clang-format on

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_unary),         EACH(test_from_another_thread), EACH(test_large_reply),
        EACH(test_server_stream), EACH(test_client_stream),       EACH(test_both),
        EACH(test_async_unary),   EACH(test_async_stream),        EACH(test_illegal),
        EACH(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
