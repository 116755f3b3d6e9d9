/* SPDX-License-Identifier: MIT */
/* health_test.c: grpc.health.v1.Health through stubs of its IDL: handlers on the loop, on two loops, and on
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <string.h>

#include <idl/runtime.h>

#include "health_client.h"

enum {
    UNKNOWN = GRPC_HEALTH_V1_SERVING_STATUS_UNKNOWN,
    SERVING = GRPC_HEALTH_V1_SERVING_STATUS_SERVING,
    NOT_SERVING = GRPC_HEALTH_V1_SERVING_STATUS_NOT_SERVING,
    SERVICE_UNKNOWN = GRPC_HEALTH_V1_SERVING_STATUS_SERVICE_UNKNOWN
};

/* ---- A server, a channel ---- */

struct world {
    idl_server *server;
    idl_health *health;
    idl_channel *channel;
    pthread_t thread;
    int status;
};

static void *run(void *arg)
{
    struct world *world = arg;
    world->status = idl_server_run(world->server);
    return NULL;
}

static idl_channel *new_channel(const struct world *world)
{
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.timeout_ms = 60000;
    return idl_channel_open(idl_server_address(world->server, 0), &options);
}

static void start(struct world *world, uint32_t workers, uint32_t threads)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.workers = workers;
    options.handler_threads = threads;
    world->server = idl_server_new(&options);
    world->health = idl_health_serve(world->server);
    assert_non_null(world->health);
    assert_int_equal(idl_server_listen(world->server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&world->thread, NULL, run, world), 0);
    world->channel = new_channel(world);
}

/* A drain that waited for watchers would take half a minute, and be an error. */
static void join(struct world *world)
{
    pthread_join(world->thread, NULL);
    assert_int_equal(world->status, 0);
}

static void stop(struct world *world)
{
    idl_channel_close(world->channel);
    idl_server_stop(world->server);
    join(world);
    idl_server_free(world->server);
}

/* In each way to run handlers. */
static void in_each_way(void (*test)(struct world *world))
{
    static const uint32_t ways[][2] = { { 1, 0 }, { 2, 0 }, { 1, 2 } };
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct world world;
        start(&world, ways[i][0], ways[i][1]);
        test(&world);
        stop(&world);
    }
}

/* ---- Calls ---- */

static grpc_health_v1_health_check_request request_for(const char *service)
{
    return (grpc_health_v1_health_check_request){ .service = idl_cstr(service) };
}

/* The status, or the negative code. */
static int check(struct world *world, const char *service)
{
    const grpc_health_v1_health_check_request request = request_for(service);
    grpc_health_v1_health_check_response response;
    idl_call *call = idl_call_new();
    idl_code code = grpc_health_v1_health_check(world->channel, call, &request, &response);
    idl_call_free(call);
    return code == IDL_OK ? (int)response.status : -(int)code;
}

static idl_call *watch(idl_channel *channel, const char *service)
{
    const grpc_health_v1_health_check_request request = request_for(service);
    idl_call *call = idl_call_new();
    assert_int_equal(grpc_health_v1_health_watch(channel, call, &request), IDL_OK);
    return call;
}

static void hears(idl_call *call, int status)
{
    grpc_health_v1_health_check_response response;
    assert_true(grpc_health_v1_health_watch_recv(call, &response));
    assert_int_equal(response.status, status);
}

static void leave(struct world *world, idl_call *call)
{
    idl_call_cancel(world->channel, idl_call_token(call));
    assert_int_equal(grpc_health_v1_health_watch_finish(call), IDL_CANCELLED);
    idl_call_free(call);
}

/* ---- Tests ---- */

static void checks(struct world *world)
{
    assert_int_equal(check(world, ""), SERVING);
    assert_int_equal(check(world, "demo.Store"), -IDL_NOT_FOUND);
    assert_true(idl_health_set(world->health, "demo.Store", IDL_HEALTH_NOT_SERVING));
    assert_int_equal(check(world, "demo.Store"), NOT_SERVING);
    assert_int_equal(check(world, "demo.Stor"), -IDL_NOT_FOUND);
    assert_true(idl_health_set(world->health, "demo.Store", IDL_HEALTH_UNKNOWN));
    assert_int_equal(check(world, "demo.Store"), UNKNOWN);
    assert_true(idl_health_set(world->health, "demo.Store", IDL_HEALTH_SERVICE_UNKNOWN));
    assert_int_equal(check(world, "demo.Store"), -IDL_NOT_FOUND);
    assert_true(idl_health_set(world->health, "", IDL_HEALTH_NOT_SERVING));
    assert_int_equal(check(world, ""), NOT_SERVING);
}

static void a_status_is_told(void **state)
{
    (void)state;
    in_each_way(checks);
}

static void watches(struct world *world)
{
    idl_call *one = watch(world->channel, "demo.Store"), *all = watch(world->channel, "");
    hears(one, SERVICE_UNKNOWN);
    hears(all, SERVING);
    idl_health_set(world->health, "demo.Store", IDL_HEALTH_SERVING);
    hears(one, SERVING);
    assert_int_equal(check(world, "demo.Store"), SERVING);
    idl_health_set(world->health, "demo.Store",
                   IDL_HEALTH_SERVING); /* no change: nothing is sent */
    idl_health_set(world->health, "demo.Store", IDL_HEALTH_NOT_SERVING);
    hears(one, NOT_SERVING);
    idl_health_set(world->health, "demo.Store", IDL_HEALTH_SERVICE_UNKNOWN);
    hears(one, SERVICE_UNKNOWN);
    leave(world, one);
    idl_health_set(world->health, "demo.Store", IDL_HEALTH_SERVING);
    one = watch(world->channel, "demo.Store");
    hears(one, SERVING);
    idl_health_set(world->health, "", IDL_HEALTH_NOT_SERVING);
    hears(all, NOT_SERVING);
    leave(world, one);
    leave(world, all);
}

static void changes_are_told(void **state)
{
    (void)state;
    in_each_way(watches);
}

/* Far more changes than a client that does not read has room for; it learns how it ended. */
static void floods(struct world *world)
{
    grpc_health_v1_health_check_response response;
    idl_call *call = watch(world->channel, "demo.Store");
    hears(call, SERVICE_UNKNOWN);
    for (int i = 0; i < 200000; i++)
        idl_health_set(world->health, "demo.Store",
                       i % 2 ? IDL_HEALTH_NOT_SERVING : IDL_HEALTH_SERVING);
    idl_health_set(world->health, "demo.Store", IDL_HEALTH_UNKNOWN);
    do
        assert_true(grpc_health_v1_health_watch_recv(call, &response));
    while ((int)response.status != UNKNOWN);
    leave(world, call);
}

static void who_does_not_read_keeps_nobody_waiting(void **state)
{
    (void)state;
    in_each_way(floods);
}

static void drains(struct world *world)
{
    enum { WATCHERS = 20 };
    idl_channel *other = new_channel(world);
    idl_call *calls[WATCHERS];
    for (int i = 0; i < WATCHERS; i++) {
        calls[i] = watch(i % 2 ? world->channel : other, i % 3 ? "" : "demo.Store");
        hears(calls[i], i % 3 ? SERVING : SERVICE_UNKNOWN);
    }
    idl_server_stop(world->server);
    for (int i = 0; i < WATCHERS; i++) {
        hears(calls[i], NOT_SERVING);
        assert_int_equal(grpc_health_v1_health_watch_finish(calls[i]), IDL_UNAVAILABLE);
        idl_call_free(calls[i]);
    }
    idl_channel_close(other);
}

static void who_watches_hears_of_a_drain(void **state)
{
    (void)state;
    in_each_way(drains);
}

/* ---- Threads ---- */

static void *set_often(void *arg)
{
    static const char *const services[] = { "", "demo.Store", "demo.Cache" };
    for (int i = 0; i < 2000; i++)
        idl_health_set(arg, services[i % 3], (idl_health_status)(i % 4));
    return NULL;
}

static void *come_and_go(void *arg)
{
    struct world *world = arg;
    idl_channel *channel = new_channel(world);
    for (int i = 0; i < 40; i++) {
        grpc_health_v1_health_check_response response;
        idl_call *call = watch(channel, i % 2 ? "demo.Store" : "demo.Cache");
        assert_true(grpc_health_v1_health_watch_recv(call, &response));
        idl_call_cancel(channel, idl_call_token(call));
        grpc_health_v1_health_watch_finish(call);
        idl_call_free(call);
    }
    idl_channel_close(channel);
    return NULL;
}

static void crowds(struct world *world)
{
    pthread_t setters[2], visitors[2];
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&setters[i], NULL, set_often, world->health), 0);
        assert_int_equal(pthread_create(&visitors[i], NULL, come_and_go, world), 0);
    }
    for (int i = 0; i < 2; i++) {
        pthread_join(setters[i], NULL);
        pthread_join(visitors[i], NULL);
    }
}

static void any_thread_may_set(void **state)
{
    (void)state;
    in_each_way(crowds);
}

/* ---- Mistakes ---- */

static void it_is_served_once(void **state)
{
    (void)state;
    idl_server *server = idl_server_new(NULL);
    assert_non_null(idl_health_serve(server));
    assert_null(idl_health_serve(server));
    assert_string_equal(idl_server_error(server),
                        "service 'grpc.health.v1.Health' is served already");
    idl_server_free(server);
    assert_null(idl_health_serve(NULL));
    assert_false(idl_health_set(NULL, "", IDL_HEALTH_SERVING));
}

static void a_name_without_end_is_not_kept(struct world *world)
{
    char name[2000];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    idl_call *call = watch(world->channel, name);
    assert_int_equal(grpc_health_v1_health_watch_finish(call), IDL_INVALID_ARGUMENT);
    idl_call_free(call);
    assert_int_equal(check(world, name), -IDL_NOT_FOUND);
}

static void names_are_limited(void **state)
{
    (void)state;
    in_each_way(a_name_without_end_is_not_kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_status_is_told),
        cmocka_unit_test(changes_are_told),
        cmocka_unit_test(who_does_not_read_keeps_nobody_waiting),
        cmocka_unit_test(who_watches_hears_of_a_drain),
        cmocka_unit_test(any_thread_may_set),
        cmocka_unit_test(it_is_served_once),
        cmocka_unit_test(names_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
