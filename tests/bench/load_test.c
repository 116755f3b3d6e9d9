/* SPDX-License-Identifier: MIT */
/* load_test.c: idl_bench as it is run, against a server of generated stubs in this process. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "load_server.h"

/* ---- The server ---- */

typedef struct target {
    idl_server *server;
    pthread_t thread;
    unsigned calls, notes;
    size_t longest;
} target;

static idl_code echo(idl_call *call, idl_str text, idl_str *reply)
{
    target *t = idl_call_user(call);
    t->calls++;
    t->longest = text.len > t->longest ? text.len : t->longest;
    *reply = text;
    return IDL_OK;
}

static idl_code fail_with(idl_call *call, uint32_t code)
{
    return idl_call_fail(call, (idl_code)code, "as \"wanted\"");
}

/* Each every-th call holds up all that come after it. */
static idl_code stall(idl_call *call, uint32_t every, uint32_t ms)
{
    target *t = idl_call_user(call);
    const struct timespec pause = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    if (++t->calls % every == 0)
        nanosleep(&pause, NULL);
    return IDL_OK;
}

static idl_code note(idl_call *call, idl_str text)
{
    target *t = idl_call_user(call);
    t->notes += text.len == 3;
    return IDL_OK;
}

static void *serve(void *arg)
{
    target *t = arg;
    idl_server_run(t->server);
    return NULL;
}

static int begin(void **state)
{
    target *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->server = idl_server_new(NULL);
    test_load_target_serve(t->server,
                           &(test_load_target_handlers){
                               .echo = echo, .fail = fail_with, .stall = stall, .note = note },
                           t);
    assert_int_equal(idl_server_listen(t->server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&t->thread, NULL, serve, t), 0);
    *state = t;
    return 0;
}

/* What the server has counted may be read from here on. */
static void stop(target *t)
{
    if (t->server == NULL)
        return;
    idl_server_stop(t->server);
    pthread_join(t->thread, NULL);
    idl_server_free(t->server);
    t->server = NULL;
}

static int end(void **state)
{
    stop(*state);
    free(*state);
    return 0;
}

/* ---- The program ---- */

static char output[8192];

/* Its exit status; output is what it wrote. */
static int bench(const char *arguments)
{
    char command[2048];
    snprintf(command, sizeof command, IDL_BENCH " %s 2>&1", arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    size_t len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int bench_at(const target *t, const char *options, const char *method)
{
    char arguments[1024];
    snprintf(arguments, sizeof arguments, "%s %s test.load.Target/%s", options,
             idl_server_address(t->server, 0), method);
    return bench(arguments);
}

static void says(const char *text)
{
    if (strstr(output, text) == NULL)
        fail_msg("no '%s' in:\n%s", text, output);
}

static double figure(const char *key)
{
    char name[64];
    snprintf(name, sizeof name, "\"%s\":", key);
    const char *at = strstr(output, name);
    if (at == NULL)
        fail_msg("no %s in:\n%s", name, output);
    return strtod(at + strlen(name), NULL);
}

/* ---- Tests ---- */

static void one_call_after_another(void **state)
{
    target *t = *state;
    assert_int_equal(bench_at(t, "--json -d 0.2 -w 0.05 --string 1=abc", "echo"), 0);
    double calls = figure("calls");
    assert_true(calls > 1);
    assert_true(figure("reply_bytes") == 5 * calls);
    assert_true(figure("p50") > 0 && figure("p50") <= figure("p99"));
    assert_true(figure("p99") <= figure("max"));
    says("\"codes\":{\"OK\":");
    stop(t);
    assert_true(t->calls >= calls);
    assert_int_equal(t->longest, 3);
}

static void many_in_flight_on_several_connections(void **state)
{
    target *t = *state;
    assert_int_equal(bench_at(t, "--json -d 0.5 -w 0 -c 3 -n 16 --fill 1=2000", "echo"), 0);
    assert_true(figure("calls") >= 3);
    assert_true(figure("errors") == 0);
    stop(t);
    assert_int_equal(t->longest, 2000);
}

static void a_rate_is_kept(void **state)
{
    assert_int_equal(bench_at(*state, "--json -d 0.5 -w 0.1 -c 2 -r 400 --string 1=a", "echo"), 0);
    assert_true(figure("calls") >= 199 && figure("calls") <= 201);
    assert_true(figure("unsent") == 0);
}

/* A call in 50 holds the server up for 150 ms: with 200 due a second that are 30 that wait. A load
 * that waits for its replies would see one slow call in 50. */
static void what_waits_behind_a_stall_is_measured(void **state)
{
    assert_int_equal(bench_at(*state, "--json -d 1.2 -w 0 -r 200 --int 1=50 --int 2=150", "stall"),
                     0);
    assert_true(figure("p75") > 20000);
}

static void what_could_not_be_sent_is_an_error(void **state)
{
    assert_int_equal(
        bench_at(*state, "--json -d 0.4 -w 0 -n 1 -r 1000 --int 1=1 --int 2=20", "stall"), 1);
    assert_true(figure("unsent") > 100);
}

static void errors_are_counted_and_told(void **state)
{
    target *t = *state;
    assert_int_equal(bench_at(t, "-d 0.1 --int 1=5", "fail"), 1);
    says("NOT_FOUND: as \"wanted\"");
    assert_int_equal(bench_at(t, "-d 0.1", "nothing"), 1);
    says("UNIMPLEMENTED");
    assert_int_equal(bench_at(t, "-d 0.3 -w 0 -t 50 --int 1=2 --int 2=100 --json", "stall"), 1);
    says("\"DEADLINE_EXCEEDED\":");
    says("\"first_error\":\"DEADLINE_EXCEEDED: ");
}

static void oneway(void **state)
{
    target *t = *state;
    assert_int_equal(bench_at(t, "--json --oneway -d 0.1 -w 0 --string 1=abc", "note"), 0);
    double calls = figure("calls");
    stop(t);
    assert_true(t->notes >= calls);
}

static void a_request_from_a_file(void **state)
{
    target *t = *state;
    char path[] = "/tmp/idl_bench_XXXXXX", options[128];
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    fwrite("\x0a\x05hello", 1, 7, file);
    fclose(file);
    snprintf(options, sizeof options, "--json -d 0.1 -w 0 --request %s", path);
    assert_int_equal(bench_at(t, options, "echo"), 0);
    remove(path);
    assert_true(figure("request_bytes") == 7);
    stop(t);
    assert_int_equal(t->longest, 5);
}

static void the_table(void **state)
{
    assert_int_equal(bench_at(*state, "-d 0.1 -w 0 --string 1=x", "echo"), 0);
    says("test.load.Target/echo at tcp://127.0.0.1:");
    says("  99.99 %");
    says("errors           0");
}

static void wrong_command_lines(void **state)
{
    static const char *const wrong[] = {
        "",
        "tcp://127.0.0.1:1",
        "tcp://127.0.0.1:1 greet",
        "tcp://127.0.0.1:1 /greet",
        "-c 0 tcp://127.0.0.1:1 A/b",
        "-c 1.5 tcp://127.0.0.1:1 A/b",
        "-r nan tcp://127.0.0.1:1 A/b",
        "--int 1=x tcp://127.0.0.1:1 A/b",
        "--int 0=1 tcp://127.0.0.1:1 A/b",
        "--string hello tcp://127.0.0.1:1 A/b",
        "--fill 1=99999999999 tcp://127.0.0.1:1 A/b",
        "--request /nonexistent tcp://127.0.0.1:1 A/b",
        "--request /dev/null --request /proc/self/exe tcp://127.0.0.1:1 A/b",
        "--colour tcp://127.0.0.1:1 A/b",
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        if (bench(wrong[i]) != 2)
            fail_msg("'%s' was taken: %s", wrong[i], output);
    assert_int_equal(bench("--help"), 0);
    says("usage: idl_bench");
}

static void nobody_there(void **state)
{
    target *t = *state;
    char address[64];
    snprintf(address, sizeof address, "-d 0.1 %s A/b", idl_server_address(t->server, 0));
    stop(t);
    assert_int_equal(bench(address), 1);
    says("UNAVAILABLE");
    says("connection refused");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_call_after_another, begin, end),
        cmocka_unit_test_setup_teardown(many_in_flight_on_several_connections, begin, end),
        cmocka_unit_test_setup_teardown(a_rate_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(what_waits_behind_a_stall_is_measured, begin, end),
        cmocka_unit_test_setup_teardown(what_could_not_be_sent_is_an_error, begin, end),
        cmocka_unit_test_setup_teardown(errors_are_counted_and_told, begin, end),
        cmocka_unit_test_setup_teardown(oneway, begin, end),
        cmocka_unit_test_setup_teardown(a_request_from_a_file, begin, end),
        cmocka_unit_test_setup_teardown(the_table, begin, end),
        cmocka_unit_test(wrong_command_lines),
        cmocka_unit_test_setup_teardown(nobody_there, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
