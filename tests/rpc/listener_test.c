/* SPDX-License-Identifier: MIT */
/* listener_test.c: ports, socket files, and what a server says when it can't have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/tcp.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fixture.h"
#include "listener.h"
#include "wire.h"

/* ---- A folder for socket files ---- */

static char folder[] = "/tmp/idl-listener-XXXXXX";
static char path[sizeof folder + 8], address[sizeof path + 8];

static int make_folder(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(address, sizeof address, "unix://%s", path);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static bool exists(void)
{
    return access(path, F_OK) == 0;
}

/* ---- One listener ---- */

static void opens(idl__listener *listener, const char *where)
{
    char error[IDL__ERROR_MAX] = "";
    idl_code code = idl__listener_open(listener, where, 0, error);
    if (code != IDL_OK)
        fail_msg("%s", error);
}

static void fails(const char *where, idl_code expected, const char *reason)
{
    char error[IDL__ERROR_MAX] = "", whole[IDL__ERROR_MAX];
    idl__listener listener;
    idl_code code = idl__listener_open(&listener, where, 0, error);
    snprintf(whole, sizeof whole, "%s: %s", where, reason);
    assert_string_equal(error, whole);
    assert_int_equal(code, expected);
    assert_int_equal(listener.fd, -1);
}

static void a_busy_port_is_named(void **state)
{
    idl__listener listener;
    (void)state;
    opens(&listener, "tcp://127.0.0.1:0");
    assert_null(strstr(listener.text, ":0"));
    fails(listener.text, IDL_UNAVAILABLE, "address already in use");
    idl__listener_close(&listener);
    assert_int_equal(listener.fd, -1);
    idl__listener_close(&listener);
}

static void all_interfaces_take_both_families(void **state)
{
    idl__listener listener;
    struct wire wire;
    char v4[64];
    (void)state;
    opens(&listener, "tcp://*:0");
    snprintf(v4, sizeof v4, "tcp://127.0.0.1%s", strrchr(listener.text, ':'));
    wire_open(&wire, v4);
    idl__endpoint from;
    int fd = idl__listener_accept(&listener, &from);
    assert_true(fd >= 0);
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    assert_int_equal(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
    assert_int_equal(fcntl(listener.fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    int on = 0;
    socklen_t len = sizeof on;
    assert_int_equal(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, &len), 0);
    assert_int_equal(on, 1);
    close(fd);
    wire_close(&wire);
    assert_int_equal(idl__listener_accept(&listener, &from), -1);
    assert_int_equal(errno, EAGAIN);
    idl__listener_close(&listener);
}

static void what_can_not_be_bound_is_said(void **state)
{
    (void)state;
    fails("tcp://192.0.2.1:1", IDL_UNAVAILABLE, "cannot assign requested address");
    fails("unix:///nowhere/at/all", IDL_UNAVAILABLE, "no such file or directory");
    fails("tcp://127.0.0.1", IDL_INVALID_ARGUMENT, "no port");
}

static void a_socket_file_goes_with_its_listener(void **state)
{
    idl__listener listener;
    (void)state;
    opens(&listener, address);
    assert_string_equal(listener.text, address);
    assert_true(exists());
    idl__listener_close(&listener);
    assert_false(exists());
}

static void a_live_socket_file_is_left_alone(void **state)
{
    idl__listener listener;
    struct wire wire;
    (void)state;
    opens(&listener, address);
    fails(address, IDL_UNAVAILABLE, "address already in use");
    wire_open(&wire, address); /* still the first one's */
    wire_close(&wire);
    idl__listener_close(&listener);
    assert_false(exists());
}

static void leave_stale(void)
{
    struct sockaddr_un un = { .sun_family = AF_UNIX };
    snprintf(un.sun_path, sizeof un.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof un), 0);
    close(fd);
}

static void a_stale_socket_file_is_replaced(void **state)
{
    idl__listener listener;
    struct wire wire;
    (void)state;
    leave_stale(); /* died without removing it */
    assert_true(exists());
    opens(&listener, address);
    wire_open(&wire, address);
    wire_close(&wire);
    idl__listener_close(&listener);
    assert_false(exists());
}

/* Several that replace the same file at the same time. */
struct racer {
    pthread_t thread;
    pthread_barrier_t *start;
    idl__listener listener;
    idl_code code;
};

static void *race(void *arg)
{
    struct racer *racer = arg;
    char error[IDL__ERROR_MAX];
    pthread_barrier_wait(racer->start);
    racer->code = idl__listener_open(&racer->listener, address, 0, error);
    return NULL;
}

static void one_of_many_replaces_a_stale_file(void **state)
{
    enum { RACERS = 4, RACES = 50 };
    pthread_barrier_t start;
    struct racer racers[RACERS];
    (void)state;
    pthread_barrier_init(&start, NULL, RACERS);
    for (int i = 0; i < RACES; i++) {
        int winners = 0;
        struct wire wire;
        if (i % 2 == 0)
            leave_stale();
        for (int k = 0; k < RACERS; k++) {
            racers[k].start = &start;
            pthread_create(&racers[k].thread, NULL, race, &racers[k]);
        }
        for (int k = 0; k < RACERS; k++) {
            pthread_join(racers[k].thread, NULL);
            winners += racers[k].code == IDL_OK;
            assert_true(racers[k].code == IDL_OK || racers[k].code == IDL_UNAVAILABLE);
        }
        assert_int_equal(winners, 1);
        wire_open(&wire, address); /* and it can be reached */
        wire_close(&wire);
        for (int k = 0; k < RACERS; k++)
            idl__listener_close(&racers[k].listener);
        assert_false(exists());
    }
    pthread_barrier_destroy(&start);
}

/* Who may not know whether another one is replacing it leaves a stale file alone. */
static void nothing_is_replaced_without_the_lock(void **state)
{
    (void)state;
    leave_stale();
    int lock = open(folder, O_RDONLY);
    assert_int_equal(flock(lock, LOCK_EX), 0);
    fails(address, IDL_UNAVAILABLE, "address already in use");
    assert_true(exists());
    close(lock);
    unlink(path);
}

static void a_socket_file_has_the_mode_asked_for(void **state)
{
    static const mode_t modes[] = { 0600, 0660, 0666, 0777 };
    char error[IDL__ERROR_MAX];
    struct stat file;
    (void)state;
    mode_t before = umask(022);
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++) {
        idl__listener listener;
        assert_int_equal(idl__listener_open(&listener, address, modes[i], error), IDL_OK);
        assert_int_equal(lstat(path, &file), 0);
        assert_int_equal(file.st_mode & 07777, modes[i]);
        idl__listener_close(&listener);
    }
    idl_server *server = idl_server_new(
        &(idl_server_options){ .size = sizeof(idl_server_options), .socket_mode = 0640 });
    assert_int_equal(idl_server_listen(server, address), IDL_OK);
    assert_int_equal(lstat(path, &file), 0);
    assert_int_equal(file.st_mode & 07777, 0640);
    idl_server_free(server);
    umask(before);
}

static idl_code who(idl_call *call, idl_str text, idl_str *reply)
{
    idl_credentials c;
    (void)text;
    bool known = idl_call_peer_credentials(call, &c);
    *reply = idl_call_printf(call, "%d %ld %ld %ld", known, (long)c.pid, (long)c.uid, (long)c.gid);
    return IDL_OK;
}

static void handlers_know_who_asks(void **state)
{
    char expected[64];
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct fixture fixture;
        struct wire wire;
        struct wire_out out = { 0 };
        if (i == 0)
            snprintf(expected, sizeof expected, "1 %ld %ld %ld", (long)getpid(), (long)getuid(),
                     (long)getgid());
        else
            snprintf(expected, sizeof expected, "0 -1 -1 -1");
        fixture_start(&fixture, i == 0 ? address : "tcp://127.0.0.1:0", NULL, who, NULL, NULL);
        wire_open(&wire, fixture_address(&fixture));
        wire_call(&out, 1, 0, "test.Text", "other", "");
        wire_send(&wire, &out);
        wire_expect(&wire, 1, IDL_OK, expected);
        wire_close(&wire);
        fixture_stop(&fixture);
    }
    idl_credentials c;
    idl_call *call = idl_call_new(); /* a client's */
    assert_false(idl_call_peer_credentials(call, &c));
    assert_false(idl_call_peer_credentials(NULL, &c));
    idl_call_free(call);
}

static void other_files_are_left_alone(void **state)
{
    idl__listener listener;
    (void)state;
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
    fails(address, IDL_UNAVAILABLE, "address already in use");
    assert_true(exists());
    unlink(path);

    opens(&listener, address); /* and so is the socket of a successor */
    unlink(path);
    fd = open(path, O_CREAT | O_WRONLY, 0600);
    close(fd);
    idl__listener_close(&listener);
    assert_true(exists());
    unlink(path);
}

static void abstract_names_leave_no_file(void **state)
{
    idl__listener listener;
    char name[64];
    (void)state;
    snprintf(name, sizeof name, "unix://@idl-listener-%ld", (long)getpid());
    opens(&listener, name);
    assert_string_equal(listener.text, name);
    assert_string_equal(listener.path, "");
    fails(name, IDL_UNAVAILABLE, "address already in use");
    idl__listener_close(&listener);
}

/* ---- A server ---- */

static void a_server_says_what_it_can_not_have(void **state)
{
    char expected[IDL__ERROR_MAX];
    (void)state;
    idl_server *first = idl_server_new(NULL), *second = idl_server_new(NULL);
    assert_int_equal(idl_server_listen(first, address), IDL_OK);
    assert_int_equal(idl_server_listen(first, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(idl_server_listen(second, idl_server_address(first, 1)), IDL_UNAVAILABLE);
    snprintf(expected, sizeof expected, "%s: address already in use", idl_server_address(first, 1));
    assert_string_equal(idl_server_error(second), expected);
    assert_int_equal(idl_server_listen(second, address), IDL_UNAVAILABLE); /* sticks */
    assert_string_equal(idl_server_error(second), expected);
    assert_int_equal(idl_server_run(second), 1);
    idl_server_free(second);
    idl_server_free(first);
    assert_false(exists());
}

/* CPU time of this process, in milliseconds. */
static long cpu_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
           (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

/* With no descriptor left connections wait, without the server spinning; then they are served. */
static void connections_wait_for_descriptors(void **state)
{
    struct fixture fixture;
    struct wire first, second;
    struct wire_out out = { 0 };
    struct rlimit before, tight;
    (void)state;
    fixture_start(&fixture, "tcp://127.0.0.1:0", NULL, NULL, NULL, NULL);
    wire_open(&first, fixture_address(&fixture));
    wire_call(&out, 1, 0, "test.Text", "echo", "first");
    wire_send(&first, &out);
    wire_expect(&first, 1, IDL_OK, "first");

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    second.fd = socket(AF_INET, SOCK_STREAM, 0);
    int next = dup(second.fd); /* the lowest free one: the limit */
    close(next);
    tight = before;
    tight.rlim_cur = (rlim_t)next;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    close(second.fd);
    wire_open(&second, fixture_address(&fixture)); /* in the kernel's queue */
    wire_call(&out, 1, 0, "test.Text", "echo", "second");
    wire_send(&second, &out);
    long cpu = cpu_ms();
    wire_call(&out, 3, 0, "test.Text", "echo", "meanwhile");
    wire_send(&first, &out);
    wire_expect(&first, 3, IDL_OK, "meanwhile");
    sleep_ms(500);
    assert_true(cpu_ms() - cpu < 250);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    wire_expect(&second, 1, IDL_OK, "second");
    wire_close(&first);
    wire_close(&second);
    fixture_stop(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_port_is_named),
        cmocka_unit_test(all_interfaces_take_both_families),
        cmocka_unit_test(what_can_not_be_bound_is_said),
        cmocka_unit_test(a_socket_file_goes_with_its_listener),
        cmocka_unit_test(a_live_socket_file_is_left_alone),
        cmocka_unit_test(a_stale_socket_file_is_replaced),
        cmocka_unit_test(one_of_many_replaces_a_stale_file),
        cmocka_unit_test(nothing_is_replaced_without_the_lock),
        cmocka_unit_test(a_socket_file_has_the_mode_asked_for),
        cmocka_unit_test(handlers_know_who_asks),
        cmocka_unit_test(other_files_are_left_alone),
        cmocka_unit_test(abstract_names_leave_no_file),
        cmocka_unit_test(a_server_says_what_it_can_not_have),
        cmocka_unit_test(connections_wait_for_descriptors),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
