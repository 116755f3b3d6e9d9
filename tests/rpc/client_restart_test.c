/* SPDX-License-Identifier: MIT */
/* client_restart_test.c: servers that are processes: restarted in turn under load, and killed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"

extern char **environ;

enum { THREADS = 3, CALLS = 2500, ROUNDS = 2, IN_FLIGHT = 10 };

/* ---- The server process ---- */

static idl_code never(idl_call *call, idl_str text, idl_str *reply)
{
    (void)text;
    (void)reply;
    return idl_call_defer(call);
}

static int serve(const char *address)
{
    const struct text_handlers handlers = { .echo = echo_handler, .other = never };
    idl_server *server = idl_server_new(NULL);
    text_serve(server, &handlers, NULL);
    if (idl_server_listen(server, address) != IDL_OK) {
        fprintf(stderr, "%s\n", idl_server_error(server));
        return 2;
    }
    printf("%s\n", idl_server_address(server, 0));
    fflush(stdout);
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}

typedef struct process {
    pid_t pid;
    char address[160];
} process;

/* Starts this program as a server, and waits until it listens. */
static void start_process(process *p)
{
    int fds[2];
    char program[] = "/proc/self/exe", word[] = "serve", address[160];
    char *argv[] = { program, word, address, NULL };
    snprintf(address, sizeof address, "%s", p->address);
    assert_int_equal(pipe(fds), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, fds[0]);
    posix_spawn_file_actions_addclose(&actions, fds[1]);
    assert_int_equal(posix_spawn(&p->pid, program, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(fds[1]);
    FILE *in = fdopen(fds[0], "r");
    assert_non_null(fgets(p->address, sizeof p->address, in));
    p->address[strcspn(p->address, "\n")] = '\0';
    fclose(in);
}

static int end_process(process *p, int number)
{
    int status;
    kill(p->pid, number);
    while (waitpid(p->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

static void expect_drained(process *p)
{
    int status = end_process(p, SIGTERM);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---- A rolling restart ---- */

typedef struct load {
    idl_channel *channel;
    process servers[2];
    atomic_long ok, failed;
    atomic_bool over;
    char reason[400];
} load;

static void judge(load *l, idl_call *call, idl_code code)
{
    if (code == IDL_OK) {
        atomic_fetch_add(&l->ok, 1);
    } else {
        atomic_fetch_add(&l->failed, 1);
        snprintf(l->reason, sizeof l->reason, "%d %s", (int)code, idl_call_message(call));
    }
}

static void *call_on(void *arg)
{
    load *l = arg;
    idl_call *call = idl_call_new();
    const struct text request = { IDL_STR("x") };
    struct text reply;
    for (int i = 0; i < CALLS || !atomic_load(&l->over); i++)
        judge(l, call, idl_client_call(l->channel, call, &request, &reply, &text_echo));
    idl_call_free(call);
    return NULL;
}

static void done(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    (void)reply;
    (void)user;
    judge(arg, call, code);
}

static void *call_in_events(void *arg)
{
    load *l = arg;
    const struct text request = { IDL_STR("x") };
    for (int i = 0; i < CALLS || !atomic_load(&l->over); i++) {
        idl_client_async(l->channel, NULL, &request, (void (*)(void))done, l, &text_echo);
        if (i % 16 == 15)
            idl_channel_process(l->channel, -1);
    }
    idl_channel_run(l->channel);
    return NULL;
}

/* The clients have found everything that there is. */
static void let_them_call(load *l)
{
    long enough = atomic_load(&l->ok) + 500;
    sleep_ms(100);
    while (atomic_load(&l->ok) < enough && atomic_load(&l->failed) == 0)
        sleep_ms(1);
}

static void roll(const char *first, const char *second, idl_channel_options options)
{
    load l = { .over = false };
    pthread_t threads[THREADS + 1];
    char address[800];
    snprintf(l.servers[0].address, sizeof l.servers[0].address, "%s", first);
    snprintf(l.servers[1].address, sizeof l.servers[1].address, "%s", second);
    for (int i = 0; i < 2; i++)
        start_process(&l.servers[i]);
    const char *other = l.servers[1].address;
    snprintf(address, sizeof address, "%s,%s", l.servers[0].address,
             strncmp(other, "tcp://", 6) == 0 ? other + 6 : other);
    options.policy = IDL_ROUND_ROBIN;
    options.backoff_initial_ms = options.backoff_max_ms = 5;
    l.channel = idl_channel_open(address, &options);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, call_on, &l);
    pthread_create(&threads[THREADS], NULL, call_in_events, &l);
    for (int i = 0; i < 2 * ROUNDS; i++) {
        let_them_call(&l);
        expect_drained(&l.servers[i % 2]);
        start_process(&l.servers[i % 2]);
    }
    let_them_call(&l);
    atomic_store(&l.over, true);
    for (int i = 0; i <= THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_string_equal(l.reason, "");
    assert_int_equal(atomic_load(&l.failed), 0);
    assert_true(atomic_load(&l.ok) >= (THREADS + 1) * CALLS);
    idl_channel_close(l.channel);
    for (int i = 0; i < 2; i++)
        expect_drained(&l.servers[i]);
}

static void a_rolling_restart_loses_no_call(void **state)
{
    (void)state;
    char paths[2][96];
    roll("tcp://127.0.0.1:0", "tcp://127.0.0.1:0", (idl_channel_options)IDL_CHANNEL_OPTIONS);
    for (int i = 0; i < 2; i++)
        snprintf(paths[i], sizeof paths[i], "unix://@idl-restart-test-%d-%d", (int)getpid(), i);
    roll(paths[0], paths[1], (idl_channel_options)IDL_CHANNEL_OPTIONS);
}

/* ---- kill -9 ---- */

typedef struct flight {
    idl_channel *channel;
    atomic_int ended, unavailable;
    idl_code code;
} flight;

static void *wait_for_ever(void *arg)
{
    flight *f = arg;
    idl_call *call = idl_call_new();
    const struct text request = { IDL_STR("x") };
    idl_call_set_timeout(call, 30000);
    idl_code code = idl_client_call(f->channel, call, &request, NULL, &text_other);
    atomic_fetch_add(&f->unavailable, code == IDL_UNAVAILABLE);
    atomic_fetch_add(&f->ended, 1);
    idl_call_free(call);
    return NULL;
}

static void landed(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    flight *f = arg;
    (void)call;
    (void)reply;
    (void)user;
    atomic_fetch_add(&f->unavailable, code == IDL_UNAVAILABLE);
    atomic_fetch_add(&f->ended, 1);
}

static void killed(const char *address)
{
    process server = { .pid = 0 };
    flight f = { .code = IDL_OK };
    pthread_t threads[THREADS];
    const struct text request = { IDL_STR("x") };
    snprintf(server.address, sizeof server.address, "%s", address);
    start_process(&server);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.backoff_initial_ms = options.backoff_max_ms = 5;
    f.channel = idl_channel_open(server.address, &options);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, wait_for_ever, &f);
    for (int i = 0; i < IN_FLIGHT; i++)
        idl_client_async(f.channel, NULL, &request, (void (*)(void))landed, &f, &text_other);
    idl_channel_process(f.channel, 100);
    uint64_t before = idl_now();
    assert_int_equal(atomic_load(&f.ended), 0);
    end_process(&server, SIGKILL);
    idl_channel_run(f.channel);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_true(idl_now() - before < UINT64_C(20000000000));
    assert_int_equal(atomic_load(&f.unavailable), THREADS + IN_FLIGHT);
    /* And only those. */
    start_process(&server);
    idl_call *call = idl_call_new();
    idl_call_set_wait_for_ready(call, true);
    assert_int_equal(idl_client_call(f.channel, call, &request, NULL, &text_echo), IDL_OK);
    idl_call_free(call);
    idl_channel_close(f.channel);
    expect_drained(&server);
}

static void a_killed_server_fails_what_is_in_flight(void **state)
{
    (void)state;
    char path[96];
    killed("tcp://127.0.0.1:0");
    snprintf(path, sizeof path, "unix://@idl-kill-test-%d", (int)getpid());
    killed(path);
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "serve") == 0)
        return serve(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rolling_restart_loses_no_call),
        cmocka_unit_test(a_killed_server_fails_what_is_in_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
