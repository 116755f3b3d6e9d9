/* SPDX-License-Identifier: MIT */
/* client_target_test.c: which server a call goes to: several places, connections that are made again,
 * calls that wait for one, calls that no server has seen. */
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
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>

#include "fixture.h"
#include "full.h"
#include "scripted.h"

enum { SERVERS = 3 };

/* Attempts to connect, which the linker sends through here. */
static atomic_int attempts;

int __real_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
    atomic_fetch_add(&attempts, 1);
    return __real_connect(fd, to, len);
}

/* ---- Servers ---- */

/* Echoes, and counts. */
static void count_calls(peer_conn *conn, void *arg)
{
    atomic_int *count = arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        if (frame.type != REQUEST)
            continue;
        atomic_fetch_add(count, 1);
        if (frame.method_len == 4 && memcmp(frame.method, "list", 4) == 0) {
            peer_note(conn, frame.id, "one", 3);
            peer_reply(conn, frame.id, "", 0);
        } else {
            peer_reply(conn, frame.id, frame.payload, frame.payload_len);
        }
    }
}

typedef struct group {
    peer *servers[SERVERS];
    uint16_t ports[SERVERS];
    atomic_int calls[SERVERS];
    char address[160];
    idl_channel *channel;
    idl_call *call;
} group;

static void stop_server(group *g, int i)
{
    if (g->servers[i] != NULL)
        peer_stop(g->servers[i]);
    g->servers[i] = NULL;
}

static void start_server(group *g, int i)
{
    g->servers[i] = peer_start(g->ports[i], count_calls, &g->calls[i]);
    g->ports[i] = peer_port(g->servers[i]);
}

/* A channel to all of the servers, which run. */
static void begin(group *g, idl_channel_options options)
{
    *g = (group){ .call = idl_call_new() };
    for (int i = 0; i < SERVERS; i++)
        start_server(g, i);
    snprintf(g->address, sizeof g->address, "tcp://127.0.0.1:%u,127.0.0.1:%u,127.0.0.1:%u",
             (unsigned)g->ports[0], (unsigned)g->ports[1], (unsigned)g->ports[2]);
    if (options.backoff_initial_ms == 0)
        options.backoff_initial_ms = options.backoff_max_ms = 5;
    g->channel = idl_channel_open(g->address, &options);
}

static void end(group *g)
{
    idl_call_free(g->call);
    idl_channel_close(g->channel);
    for (int i = 0; i < SERVERS; i++)
        stop_server(g, i);
}

static idl_code echo(idl_channel *channel, idl_call *call)
{
    const note request = { .text = IDL_STR("x") };
    note reply;
    idl_code code = idl_client_call(channel, call, &request, &reply, &echo_method);
    assert_string_equal(reply.text.data, code == IDL_OK ? "x" : "");
    return code;
}

static idl_channel_options round_robin(void)
{
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.policy = IDL_ROUND_ROBIN;
    return options;
}

/* All that run have been called. */
static void wait_until_up(group *g)
{
    int missing = SERVERS;
    for (int i = 0; i < 1000 && missing > 0; i++) {
        assert_int_equal(echo(g->channel, g->call), IDL_OK);
        sleep_ms(2);
        missing = 0;
        for (int k = 0; k < SERVERS; k++)
            missing += g->servers[k] != NULL && atomic_load(&g->calls[k]) == 0;
    }
    assert_int_equal(missing, 0);
    for (int i = 0; i < SERVERS; i++)
        atomic_store(&g->calls[i], 0);
}

/* ---- Async calls ---- */

typedef struct tally {
    int ok, failed;
    idl_code code;
} tally;

static void count_end(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                      void *arg)
{
    tally *t = arg;
    (void)call;
    (void)user;
    if (code == IDL_OK && strcmp(((const note *)reply)->text.data, "x") == 0)
        t->ok++;
    else
        t->failed++;
    t->code = code;
}

static void start_async(idl_channel *channel, idl_call *call, tally *t)
{
    const note request = { .text = IDL_STR("x") };
    idl_client_async(channel, call, &request, (void (*)(void))count_end, t, &echo_method);
}

/* ---- pick_first ---- */

static void the_first_that_answers_is_kept(void **state)
{
    (void)state;
    group g;
    begin(&g, (idl_channel_options)IDL_CHANNEL_OPTIONS);
    stop_server(&g, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(echo(g.channel, g.call), IDL_OK);
    assert_int_equal(atomic_load(&g.calls[1]), 10);
    start_server(&g, 0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(echo(g.channel, g.call), IDL_OK);
    assert_int_equal(atomic_load(&g.calls[1]), 20);
    assert_int_equal(peer_accepted(g.servers[2]), 0);
    end(&g);
}

static void unix_sockets_are_listed_too(void **state)
{
    (void)state;
    atomic_int calls[2] = { 0, 0 };
    char paths[2][64], address[160];
    peer *servers[2];
    for (int i = 0; i < 2; i++) {
        snprintf(paths[i], sizeof paths[i], "target_test.%d.%d", (int)getpid(), i);
        servers[i] = peer_start_unix(paths[i], count_calls, &calls[i]);
    }
    char *folder = getcwd(NULL, 0);
    snprintf(address, sizeof address, "unix://%s/%s,unix://%s/%s", folder, paths[0], folder,
             paths[1]);
    if (strlen(folder) > 60) { /* a path for a socket is short */
        free(folder);
        for (int i = 0; i < 2; i++)
            peer_stop(servers[i]);
        skip();
    }
    free(folder);
    idl_channel_options options = round_robin();
    idl_channel *channel = idl_channel_open(address, &options);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 40; i++) {
        assert_int_equal(echo(channel, call), IDL_OK);
        sleep_ms(1);
    }
    assert_true(atomic_load(&calls[0]) > 10 && atomic_load(&calls[1]) > 10);
    idl_call_free(call);
    idl_channel_close(channel);
    for (int i = 0; i < 2; i++) {
        peer_stop(servers[i]);
        unlink(paths[i]);
    }
}

/* ---- round_robin ---- */

static void calls_are_spread_evenly(void **state)
{
    (void)state;
    group g;
    tally t = { 0 };
    begin(&g, round_robin());
    wait_until_up(&g);
    for (int i = 0; i < 30; i++)
        assert_int_equal(echo(g.channel, g.call), IDL_OK);
    for (int i = 0; i < 30; i++)
        start_async(g.channel, NULL, &t);
    idl_channel_run(g.channel);
    assert_int_equal(t.ok, 30);
    for (int i = 0; i < 30; i++) {
        note item;
        assert_int_equal(idl_client_open(g.channel, g.call, &(note){ 0 }, &list_method), IDL_OK);
        assert_true(idl_client_recv(g.call, &item, list_method.reply));
        assert_string_equal(item.text.data, "one");
        assert_int_equal(idl_client_finish(g.call, NULL, list_method.reply), IDL_OK);
    }
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal(atomic_load(&g.calls[i]), 30);
        assert_int_equal(peer_accepted(g.servers[i]), 1);
    }
    end(&g);
}

static void a_dead_one_is_left_out_until_it_is_back(void **state)
{
    (void)state;
    group g;
    begin(&g, round_robin());
    stop_server(&g, 1);
    wait_until_up(&g);
    for (int i = 0; i < 20; i++)
        assert_int_equal(echo(g.channel, g.call), IDL_OK);
    assert_int_equal(atomic_load(&g.calls[0]), 10);
    assert_int_equal(atomic_load(&g.calls[2]), 10);
    start_server(&g, 1);
    for (int i = 0; i < 400 && atomic_load(&g.calls[1]) == 0; i++) {
        assert_int_equal(echo(g.channel, g.call), IDL_OK);
        sleep_ms(5);
    }
    assert_true(atomic_load(&g.calls[1]) > 0);
    end(&g);
}

static void none_left_is_an_error_with_its_reason(void **state)
{
    (void)state;
    group g;
    begin(&g, round_robin());
    wait_until_up(&g);
    for (int i = 0; i < SERVERS; i++)
        stop_server(&g, i);
    idl_code code = IDL_OK;
    for (int i = 0; i < 20; i++)
        code = echo(g.channel, g.call);
    assert_int_equal(code, IDL_UNAVAILABLE);
    assert_non_null(strstr(idl_call_message(g.call), "connection refused"));
    end(&g);
}

static void a_place_that_does_not_answer_holds_nobody_up(void **state)
{
    (void)state;
    full f;
    atomic_int calls = 0;
    tally t = { 0 };
    full_tcp(&f);
    peer *server = peer_start(0, count_calls, &calls);
    char address[96];
    snprintf(address, sizeof address, "tcp://127.0.0.1:%u,127.0.0.1:%u", full_port(&f),
             (unsigned)peer_port(server));
    idl_channel_options options = round_robin();
    for (int form = 0; form < 2; form++) {
        idl_channel *channel = idl_channel_open(address, &options);
        idl_call *call = idl_call_new();
        uint64_t before = idl_now();
        for (int i = 0; i < 10; i++) {
            if (form == 0)
                assert_int_equal(echo(channel, call), IDL_OK);
            else
                start_async(channel, NULL, &t);
            idl_channel_run(channel);
        }
        assert_true(idl_now() - before < UINT64_C(10000000000)); /* an attempt may take 20 s */
        idl_call_free(call);
        idl_channel_close(channel);
    }
    assert_int_equal(t.ok, 10);
    assert_int_equal(atomic_load(&calls), 20);
    peer_stop(server);
    full_close(&f);
}

/* ---- Backoff ---- */

static void calls_fail_fast_after_a_failure(void **state)
{
    (void)state;
    group g;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = 400;
    begin(&g, options);
    for (int i = 0; i < SERVERS; i++)
        stop_server(&g, i);
    assert_int_equal(echo(g.channel, g.call), IDL_UNAVAILABLE);
    char reason[384];
    snprintf(reason, sizeof reason, "%s", idl_call_message(g.call));
    assert_non_null(strstr(reason, ": connection refused"));
    start_server(&g, 0);
    int before = atomic_load(&attempts);
    uint64_t begun = idl_now();
    idl_code code = echo(g.channel, g.call);
    if (idl_now() - begun < UINT64_C(200000000)) { /* else the machine was asleep for that long */
        assert_int_equal(code, IDL_UNAVAILABLE);
        assert_string_equal(idl_call_message(g.call), reason);
        assert_int_equal(atomic_load(&attempts), before);
    }
    while (echo(g.channel, g.call) != IDL_OK) {
        assert_true(idl_now() - begun < UINT64_C(20000000000));
        sleep_ms(10);
    }
    assert_int_equal(atomic_load(&attempts), before + 1);
    end(&g);
}

/* 20, 32, 51, 82, then every 100 ms, a fifth more or less. */
static void attempts_become_fewer(void **state)
{
    (void)state;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = 20;
    options.backoff_max_ms = 100;
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", &options);
    idl_call *call = idl_call_new();
    atomic_store(&attempts, 0);
    uint64_t end = idl_now() + UINT64_C(800000000);
    while (idl_now() < end) {
        assert_int_equal(echo(channel, call), IDL_UNAVAILABLE);
        sleep_ms(1);
    }
    assert_in_range(atomic_load(&attempts), 2, 14);
    idl_call_free(call);
    idl_channel_close(channel);
}

/* ---- Calls that wait ---- */

typedef struct late {
    group *g;
    int server;
} late;

static void *start_late(void *arg)
{
    late *l = arg;
    sleep_ms(60);
    start_server(l->g, l->server);
    return NULL;
}

static void patient_calls_get_there(idl_channel_options options)
{
    group g;
    pthread_t thread;
    tally t = { 0 };
    options.wait_for_ready = true;
    begin(&g, options);
    for (int form = 0; form < 3; form++) {
        for (int i = 0; i < SERVERS; i++)
            stop_server(&g, i);
        idl_call_set_wait_for_ready(g.call, false);
        while (echo(g.channel, g.call) == IDL_OK)
            idl_call_set_wait_for_ready(g.call, false);
        late l = { &g, form };
        pthread_create(&thread, NULL, start_late, &l);
        if (form == 0) {
            assert_int_equal(echo(g.channel, g.call), IDL_OK);
        } else if (form == 1) {
            for (int i = 0; i < 5; i++)
                start_async(g.channel, NULL, &t);
            idl_channel_run(g.channel);
            assert_int_equal(t.ok, 5);
        } else {
            note item;
            assert_int_equal(idl_client_open(g.channel, g.call, &(note){ 0 }, &list_method),
                             IDL_OK);
            assert_true(idl_client_recv(g.call, &item, list_method.reply));
            assert_int_equal(idl_client_finish(g.call, NULL, list_method.reply), IDL_OK);
        }
        pthread_join(thread, NULL);
    }
    end(&g);
}

static void patient_calls_wait_for_a_server(void **state)
{
    (void)state;
    patient_calls_get_there((idl_channel_options)IDL_CHANNEL_OPTIONS);
    patient_calls_get_there(round_robin());
}

static void patience_ends_with_the_deadline(void **state)
{
    (void)state;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = options.backoff_max_ms = 10;
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", &options);
    idl_call *call = idl_call_new();
    tally t = { 0 };
    for (int form = 0; form < 2; form++) {
        uint64_t before = idl_now();
        idl_call_set_timeout(call, 400);
        idl_call_set_wait_for_ready(call, true);
        if (form == 0) {
            assert_int_equal(echo(channel, call), IDL_DEADLINE_EXCEEDED);
        } else {
            start_async(channel, call, &t);
            idl_channel_run(channel);
            assert_int_equal(t.code, IDL_DEADLINE_EXCEEDED);
        }
        assert_in_range((idl_now() - before) / 1000000, 399, 5000);
        assert_non_null(strstr(idl_call_message(call), "not connected within "));
        assert_non_null(strstr(idl_call_message(call), "connection refused"));
    }
    assert_int_equal(echo(channel, call), IDL_UNAVAILABLE); /* it is for one RPC */
    idl_call_free(call);
    idl_channel_close(channel);
}

struct cancel {
    idl_channel *channel;
    idl_token token;
};

static void *cancel_soon(void *arg)
{
    const struct cancel *c = arg;
    sleep_ms(50);
    idl_call_cancel(c->channel, c->token);
    return NULL;
}

static void patience_ends_with_a_cancel(void **state)
{
    (void)state;
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", NULL);
    idl_call *call = idl_call_new();
    pthread_t thread;
    assert_int_equal(echo(channel, call), IDL_UNAVAILABLE);
    for (int form = 0; form < 2; form++) {
        tally t = { 0 };
        struct cancel c = { channel, idl_call_token(call) };
        idl_call_set_wait_for_ready(call, true);
        uint64_t before = idl_now();
        pthread_create(&thread, NULL, cancel_soon, &c);
        if (form == 0) {
            assert_int_equal(echo(channel, call), IDL_CANCELLED);
        } else {
            start_async(channel, call, &t);
            idl_channel_run(channel);
            assert_int_equal(t.code, IDL_CANCELLED);
        }
        pthread_join(thread, NULL);
        assert_true(idl_now() - before < UINT64_C(5000000000));
    }
    idl_call_free(call);
    idl_channel_close(channel);
}

/* ---- Calls that no server has seen ---- */

/* Answers none and leaves; the connections after the first one serve. */
static void leave_first(peer_conn *conn, void *arg)
{
    atomic_int *connections = arg;
    peer_frame frame;
    if (atomic_fetch_add(connections, 1) == 0) {
        peer_read(conn, &frame);
        peer_goaway(conn, 0, "moving house");
        while (peer_read(conn, &frame))
            ;
        return;
    }
    atomic_int ignored = 0;
    count_calls(conn, &ignored);
}

static void what_was_not_seen_is_sent_again(void **state)
{
    (void)state;
    for (int form = 0; form < 3; form++) {
        atomic_int connections = 0;
        peer *server = peer_start(0, leave_first, &connections);
        idl_channel *channel = idl_channel_open(peer_address(server), NULL);
        idl_call *call = idl_call_new();
        tally t = { 0 };
        note item;
        if (form == 0) {
            assert_int_equal(echo(channel, call), IDL_OK);
        } else if (form == 1) {
            start_async(channel, call, &t);
            for (int i = 0; i < 9; i++)
                start_async(channel, NULL, &t);
            idl_channel_run(channel);
            assert_int_equal(t.ok, 10);
        } else {
            assert_int_equal(idl_client_open(channel, call, &(note){ 0 }, &list_method), IDL_OK);
            assert_true(idl_client_recv(call, &item, list_method.reply));
            assert_string_equal(item.text.data, "one");
            assert_int_equal(idl_client_finish(call, NULL, list_method.reply), IDL_OK);
        }
        assert_int_equal(atomic_load(&connections), 2);
        idl_call_free(call);
        idl_channel_close(channel);
        peer_stop(server);
    }
}

/* A stream that has sent something is not begun anew. */
static void what_was_said_is_not_said_again(void **state)
{
    (void)state;
    atomic_int connections = 0;
    peer *server = peer_start(0, leave_first, &connections);
    idl_channel *channel = idl_channel_open(peer_address(server), NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(idl_client_open(channel, call, NULL, &load_method), IDL_OK);
    idl_client_send(call, &(note){ .text = IDL_STR("x") }, load_method.request);
    assert_int_equal(idl_client_finish(call, NULL, load_method.reply), IDL_UNAVAILABLE);
    assert_int_equal(atomic_load(&connections), 1);
    idl_call_free(call);
    idl_channel_close(channel);
    peer_stop(server);
}

/* ---- Many threads ---- */

static void *call_often(void *arg)
{
    group *g = arg;
    idl_call *call = idl_call_new();
    for (int i = 0; i < 200; i++)
        assert_int_equal(echo(g->channel, call), IDL_OK);
    idl_call_free(call);
    return NULL;
}

static void threads_share_the_connections(void **state)
{
    (void)state;
    group g;
    pthread_t threads[4];
    tally t = { 0 };
    begin(&g, round_robin());
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, call_often, &g);
    for (int i = 0; i < 200; i++) {
        start_async(g.channel, NULL, &t);
        idl_channel_process(g.channel, 1);
    }
    idl_channel_run(g.channel);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(t.ok, 200);
    int sum = 0;
    for (int i = 0; i < SERVERS; i++) {
        assert_int_equal(peer_accepted(g.servers[i]), 1);
        sum += atomic_load(&g.calls[i]);
    }
    assert_int_equal(sum, 1000);
    end(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_that_answers_is_kept),
        cmocka_unit_test(unix_sockets_are_listed_too),
        cmocka_unit_test(calls_are_spread_evenly),
        cmocka_unit_test(a_dead_one_is_left_out_until_it_is_back),
        cmocka_unit_test(none_left_is_an_error_with_its_reason),
        cmocka_unit_test(a_place_that_does_not_answer_holds_nobody_up),
        cmocka_unit_test(calls_fail_fast_after_a_failure),
        cmocka_unit_test(attempts_become_fewer),
        cmocka_unit_test(patient_calls_wait_for_a_server),
        cmocka_unit_test(patience_ends_with_the_deadline),
        cmocka_unit_test(patience_ends_with_a_cancel),
        cmocka_unit_test(what_was_not_seen_is_sent_again),
        cmocka_unit_test(what_was_said_is_not_said_again),
        cmocka_unit_test(threads_share_the_connections),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
