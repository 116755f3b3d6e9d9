/* SPDX-License-Identifier: MIT */
/* on_drain_test.c: idl_server_on_drain ends the streams that a drain would wait for. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <setjmp.h>

#include <cmocka.h>

#include "streams_client.h"
#include "streams_server.h"

enum { STREAMS = 8 };

/* Every stream stays open until the server leaves. */
struct fixture {
    pthread_mutex_t mutex; /* the workers' handlers run at the same time */
    idl_call *open[STREAMS];
    size_t count;
    unsigned drains;
    idl_server *server;
    pthread_t thread;
    int status;
};

static idl_code on_items(idl_call *call, idl_str prefix)
{
    struct fixture *f = idl_call_user(call);
    idl_code code = flow_flow_items_emit(call, &(flow_item){ .name = prefix });
    if (code != IDL_OK)
        return code;
    pthread_mutex_lock(&f->mutex);
    f->open[f->count++] = call;
    pthread_mutex_unlock(&f->mutex);
    return idl_call_defer(call);
}

static void end_all(idl_server *server, void *arg)
{
    struct fixture *f = arg;
    assert_ptr_equal(server, f->server);
    f->drains++;
    pthread_mutex_lock(&f->mutex);
    while (f->count > 0)
        idl_call_end(f->open[--f->count], IDL_ABORTED);
    pthread_mutex_unlock(&f->mutex);
}

static void *serve(void *arg)
{
    struct fixture *f = arg;
    f->status = idl_server_run(f->server);
    return NULL;
}

static void check(uint32_t workers)
{
    struct fixture f = { .mutex = PTHREAD_MUTEX_INITIALIZER };
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = workers;
    f.server = idl_server_new(&options);
    flow_flow_serve(f.server, &(flow_flow_handlers){ .items = on_items }, &f);
    idl_server_on_drain(f.server, end_all, &f);
    assert_int_equal(idl_server_listen(f.server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&f.thread, NULL, serve, &f), 0);

    idl_channel *channels[STREAMS];
    idl_call *calls[STREAMS];
    flow_item item;
    for (size_t i = 0; i < STREAMS; i++) {
        channels[i] = idl_channel_open(idl_server_address(f.server, 0), NULL);
        calls[i] = idl_call_new();
        assert_int_equal(flow_flow_items(channels[i], calls[i], idl_cstr("x")), IDL_OK);
        assert_true(flow_flow_items_recv(calls[i], &item));
    }
    /* The message leaves before its call is noted: wait for the last note. */
    for (bool all = false; !all;) {
        pthread_mutex_lock(&f.mutex);
        all = f.count == STREAMS;
        pthread_mutex_unlock(&f.mutex);
    }
    idl_server_stop(f.server);
    idl_server_stop(f.server); /* told once */
    for (size_t i = 0; i < STREAMS; i++) {
        assert_false(flow_flow_items_recv(calls[i], &item));
        assert_int_equal(flow_flow_items_finish(calls[i]), IDL_ABORTED);
        idl_call_free(calls[i]);
        idl_channel_close(channels[i]);
    }
    pthread_join(f.thread, NULL);
    assert_int_equal(f.status, 0);
    assert_int_equal(f.drains, 1);
    idl_server_free(f.server);
}

static void test_one_worker(void **state)
{
    (void)state;
    check(1);
}

static void test_workers(void **state)
{
    (void)state;
    check(3);
}

static void test_no_server(void **state)
{
    (void)state;
    idl_server_on_drain(NULL, end_all, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_worker),
        cmocka_unit_test(test_workers),
        cmocka_unit_test(test_no_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
