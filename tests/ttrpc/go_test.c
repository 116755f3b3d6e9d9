/* SPDX-License-Identifier: MIT */
/* go_test.c: ttrpc with Go's implementation of it: our client against its server, and its client
 * against our server. The messages on the other side are protoc-gen-go's, from our .proto. */
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include <idl/metadata.h>
#include <idl/stub.h>

#include "probe_client.h"
#include "service.h"

enum { SECOND_MS = 1000 };

/* ---- Go's server ---- */

struct fixture {
    pid_t pid;
    int stop; /* its standard input: closed, it ends */
    idl_channel *channel;
    idl_call *call;
};

static void start_go(struct fixture *f, const char *network, const char *at, char *listens, int max)
{
    int in[2], out[2];
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    f->pid = fork();
    assert_true(f->pid >= 0);
    if (f->pid == 0) {
        dup2(in[0], 0);
        dup2(out[1], 1);
        close(in[1]);
        close(out[0]);
        execl(GO_SERVER, GO_SERVER, network, at, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    f->stop = in[1];
    FILE *said = fdopen(out[0], "r");
    assert_non_null(fgets(listens, max, said));
    fclose(said);
    listens[strcspn(listens, "\n")] = '\0';
}

static int set_up(void **state, const char *network, const char *at)
{
    struct fixture *f = calloc(1, sizeof *f);
    char listens[160], address[200];
    start_go(f, network, at, listens, sizeof listens);
    snprintf(address, sizeof address, "ttrpc+%s://%s", network, listens);
    f->channel = idl_channel_open(address, NULL);
    f->call = idl_call_new();
    *state = f;
    return 0;
}

static int set_up_tcp(void **state)
{
    return set_up(state, "tcp", "127.0.0.1:0");
}

static int set_up_unix(void **state)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/idl-go-%d.sock", (int)getpid());
    unlink(path);
    return set_up(state, "unix", path);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    char path[64];
    int status = -1;
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    close(f->stop);
    assert_int_equal(waitpid(f->pid, &status, 0), f->pid);
    assert_int_equal(status, 0);
    snprintf(path, sizeof path, "/tmp/idl-go-%d.sock", (int)getpid());
    unlink(path);
    free(f);
    return 0;
}

/* ---- Our client ---- */

static void test_values(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = { "", "Ada",
                                         ("Gr\xc3\xbc\xc3\x9f"
                                          "e \xf0\x9f\x98\x80") };
    for (size_t i = 0; i < 3; i++) {
        idl_str text;
        assert_int_equal(probe_probe_echo(f->channel, f->call, idl_cstr(texts[i]), &text), IDL_OK);
        assert_string_equal(text.data, texts[i]);
    }
    int32_t sum;
    assert_int_equal(probe_probe_add(f->channel, f->call, -7, 3, &sum), IDL_OK);
    assert_int_equal(sum, -4);
    const probe_tree children[2] = { { .name = IDL_STR("a") }, { .name = IDL_STR("b") } };
    const probe_tree left = { .name = IDL_STR("left") };
    const probe_tree root = { .name = IDL_STR("root"),
                              .children = { children, 2 },
                              .left = &left,
                              .has_weight = true,
                              .load = PROBE_TREE_LOAD_NUMBER,
                              .number = UINT64_C(1) << 63 };
    probe_tree tree;
    assert_int_equal(probe_probe_tree(f->channel, f->call, &root, &tree), IDL_OK);
    assert_string_equal(tree.name.data, "root!");
    assert_int_equal(tree.children.count, 2);
    assert_string_equal(tree.children.items[1].name.data, "b");
    assert_string_equal(tree.left->name.data, "left");
    assert_true(tree.has_weight && tree.weight == 0);
    assert_true(tree.load == PROBE_TREE_LOAD_NUMBER && tree.number == UINT64_C(1) << 63);
    const probe_color some[2] = { PROBE_COLOR_RED, (probe_color)77 };
    probe_color_list colors;
    assert_int_equal(probe_probe_colors(f->channel, f->call, (probe_color_list){ some, 2 },
                                        PROBE_COLOR_BLUE, &colors),
                     IDL_OK);
    assert_int_equal(colors.count, 3);
    assert_int_equal(colors.items[1], 77);
    assert_int_equal(colors.items[2], PROBE_COLOR_BLUE);
}

static void test_errors(void **state)
{
    struct fixture *f = *state;
    for (int code = 1; code <= 16; code++) {
        assert_int_equal(probe_probe_fail(f->channel, f->call, code, idl_cstr("why")), code);
        assert_string_equal(idl_call_message(f->call), "why");
    }
    assert_int_equal(probe_probe_fail(f->channel, f->call, 99, idl_cstr("odd")), IDL_UNKNOWN);
    assert_string_equal(idl_call_message(f->call), "status code 99: odd");
    idl_str text;
    assert_int_equal(probe_probe_missing(f->channel, f->call, &text), IDL_UNIMPLEMENTED);
    const idl_method elsewhere = { "no.Such", "echo", 0, &probe_probe_echo_request_type,
                                   &probe_probe_echo_reply_type, NULL };
    assert_int_equal(
        idl_client_call(f->channel, f->call, probe_probe_echo_request_type.empty, NULL, &elsewhere),
        IDL_UNIMPLEMENTED);
}

static void test_sizes(void **state)
{
    struct fixture *f = *state;
    static uint8_t data[4 << 20];
    memset(data, 7, sizeof data);
    const size_t sizes[] = { 0, 1, 70000, sizeof data - 64 };
    idl_bytes back;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(
            probe_probe_blob(f->channel, f->call, (idl_bytes){ data, sizes[i] }, &back), IDL_OK);
        assert_int_equal(back.len, sizes[i]);
        assert_memory_equal(back.data, data, sizes[i]);
    }
    assert_int_equal(
        probe_probe_blob(f->channel, f->call, (idl_bytes){ data, sizeof data - 10 }, &back),
        IDL_RESOURCE_EXHAUSTED);
    /* To the byte: 22 of service and method, 5 of each length around the data. */
    const size_t exact = sizeof data - (2 + 11) - (2 + 4) - 5 - 5;
    assert_int_equal(probe_probe_blob(f->channel, f->call, (idl_bytes){ data, exact + 1 }, &back),
                     IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(probe_probe_blob(f->channel, f->call, (idl_bytes){ data, exact }, &back),
                     IDL_OK);
    assert_int_equal(back.len, exact);
}

/* The deadline travels; a reply after it is dropped, and the connection is as good as before. */
static void test_deadline(void **state)
{
    struct fixture *f = *state;
    idl_str text;
    idl_call_set_timeout(f->call, 60 * SECOND_MS);
    assert_int_equal(probe_probe_later(f->channel, f->call, 0, idl_cstr("deadline"), &text),
                     IDL_OK);
    assert_in_range(atoi(text.data), 1, 60 * SECOND_MS);
    idl_call_set_timeout(f->call, 50);
    assert_int_equal(probe_probe_later(f->channel, f->call, 200, idl_cstr("late"), &text),
                     IDL_DEADLINE_EXCEEDED);
    assert_int_equal(probe_probe_later(f->channel, f->call, 300, idl_cstr("in time"), &text),
                     IDL_OK);
    assert_string_equal(text.data, "in time");
    idl_call_set_timeout(f->call, 30);
    assert_int_equal(probe_probe_hang(f->channel, f->call), IDL_DEADLINE_EXCEEDED);
    uint64_t noted = 0; /* Go's handler has seen it, too */
    for (int i = 0; i < 200 && noted < 1000; i++) {
        nanosleep(&(struct timespec){ 0, 10 * 1000000 }, NULL);
        assert_int_equal(probe_probe_noted(f->channel, f->call, &noted), IDL_OK);
    }
    assert_int_equal(noted, 1000);
}

static void test_metadata(void **state)
{
    struct fixture *f = *state;
    bool released;
    idl_meta_add(f->call, IDL_META_REQUEST, "who", "Ada");
    idl_meta_add(f->call, IDL_META_REQUEST, "who", "Bob");
    assert_int_equal(probe_probe_release(f->channel, f->call, idl_cstr("who"), &released),
                     IDL_NOT_FOUND);
    assert_string_equal(idl_call_message(f->call), "Ada,Bob");
}

/* The reply comes, and nobody waits for it. */
static void test_oneway(void **state)
{
    struct fixture *f = *state;
    uint64_t noted = 0;
    for (uint32_t i = 1; i <= 100; i++)
        assert_int_equal(probe_probe_note(f->channel, f->call, i), IDL_OK);
    for (int i = 0; i < 500 && noted < 5050; i++) {
        nanosleep(&(struct timespec){ 0, 10 * 1000000 }, NULL);
        assert_int_equal(probe_probe_noted(f->channel, f->call, &noted), IDL_OK);
    }
    assert_int_equal(noted, 5050);
}

enum { THREADS = 8, CALLS = 200 };

static void *call_often(void *arg)
{
    struct fixture *f = arg;
    idl_call *call = idl_call_new();
    size_t good = 0;
    for (int i = 0; i < CALLS; i++) {
        char text[32];
        idl_str back;
        snprintf(text, sizeof text, "%p/%d", (void *)call, i);
        good += probe_probe_echo(f->channel, call, idl_cstr(text), &back) == IDL_OK &&
                strcmp(back.data, text) == 0;
    }
    idl_call_free(call);
    return (void *)(uintptr_t)good;
}

static void test_threads(void **state)
{
    pthread_t threads[THREADS];
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_often, *state), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *good;
        pthread_join(threads[i], &good);
        assert_int_equal((uintptr_t)good, CALLS);
    }
}

static void on_sum(idl_call *call, idl_code code, int32_t sum, void *arg)
{
    (void)call;
    if (code == IDL_OK)
        *(int64_t *)arg += sum;
}

static void test_events(void **state)
{
    struct fixture *f = *state;
    int64_t total = 0;
    for (int32_t i = 0; i < 500; i++)
        probe_probe_add_async(f->channel, NULL, i, i, on_sum, &total);
    idl_channel_run(f->channel);
    assert_int_equal(total, 500 * 499);
}

/* ---- Go's client ---- */

static void run_client(const char *address, const char *only)
{
    const char *at = strstr(address, "://") + strlen("://");
    const char *network = strncmp(address, "ttrpc+tcp", 9) == 0 ? "tcp" : "unix";
    int status = -1;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        execl(GO_CLIENT, GO_CLIENT, network, at, only, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void serve_and_run(const char *address)
{
    struct service s;
    service_start(&s, address, 2);
    run_client(s.address, NULL);
    service_stop(&s);
}

static void test_client_tcp(void **state)
{
    (void)state;
    serve_and_run("ttrpc+tcp://127.0.0.1:0");
}

static void test_client_unix(void **state)
{
    char address[80];
    (void)state;
    snprintf(address, sizeof address, "ttrpc+unix:///tmp/idl-go-client-%d.sock", (int)getpid());
    serve_and_run(address);
}

/* As Go's server answers it: fails with the values of that key. */
static idl_code tell_metadata(idl_call *call, idl_str key, bool *reply)
{
    char values[64] = "";
    (void)reply;
    for (const idl_meta *m = NULL;
         (m = idl_meta_find(call, IDL_META_REQUEST, key.data, m)) != NULL;) {
        size_t len = strlen(values);
        snprintf(values + len, sizeof values - len, "%s%s", len != 0 ? "," : "",
                 (const char *)m->value.data);
    }
    idl_meta_add(call, IDL_META_TRAILING, "lost", "ttrpc has no place for it");
    return idl_call_fail(call, IDL_NOT_FOUND, "%s", values);
}

static void *run_server(void *server)
{
    return (void *)(intptr_t)idl_server_run(server);
}

static void test_client_metadata(void **state)
{
    (void)state;
    void *status;
    pthread_t thread;
    idl_server *server = idl_server_new(NULL);
    probe_probe_serve(server, &(probe_probe_handlers){ .release = tell_metadata }, NULL);
    assert_int_equal(idl_server_listen(server, "ttrpc+tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&thread, NULL, run_server, server), 0);
    run_client(idl_server_address(server, 0), "metadata");
    /* And with our own client. */
    idl_channel *channel = idl_channel_open(idl_server_address(server, 0), NULL);
    idl_call *call = idl_call_new();
    bool released;
    idl_meta_add(call, IDL_META_REQUEST, "who", "Eve");
    assert_int_equal(probe_probe_release(channel, call, idl_cstr("who"), &released), IDL_NOT_FOUND);
    assert_string_equal(idl_call_message(call), "Eve");
    assert_null(idl_meta_get(call, IDL_META_TRAILING, "lost"));
    idl_call_free(call);
    idl_channel_close(channel);
    idl_server_stop(server);
    pthread_join(thread, &status);
    assert_null(status);
    idl_server_free(server);
}

#define ALL(setup)                                                        \
    cmocka_unit_test_setup_teardown(test_values, setup, tear_down),       \
        cmocka_unit_test_setup_teardown(test_errors, setup, tear_down),   \
        cmocka_unit_test_setup_teardown(test_sizes, setup, tear_down),    \
        cmocka_unit_test_setup_teardown(test_deadline, setup, tear_down), \
        cmocka_unit_test_setup_teardown(test_metadata, setup, tear_down), \
        cmocka_unit_test_setup_teardown(test_oneway, setup, tear_down),   \
        cmocka_unit_test_setup_teardown(test_threads, setup, tear_down),  \
        cmocka_unit_test_setup_teardown(test_events, setup, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALL(set_up_tcp),
        ALL(set_up_unix),
        cmocka_unit_test(test_client_tcp),
        cmocka_unit_test(test_client_unix),
        cmocka_unit_test(test_client_metadata),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
