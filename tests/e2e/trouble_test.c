/* SPDX-License-Identifier: MIT */
/* trouble_test.c: what bad input gets: addresses that can't be, busy ports, servers that are not
 * there, die, or are not what they should be: a status, and a message with the address and reason. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "probe_client.h"
#include "service.h"

static void expect_call(const char *address, idl_code code, const char *reason)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(probe_probe_nothing(channel, call), code);
    if (strstr(idl_call_message(call), address) == NULL ||
        strstr(idl_call_message(call), reason) == NULL)
        fail_msg("'%s' does not name '%s' and '%s'", idl_call_message(call), address, reason);
    idl_call_free(call);
    idl_channel_close(channel);
}

static void expect_listen(const char *address, idl_code code, const char *reason)
{
    idl_server *server = idl_server_new(NULL);
    assert_int_equal(idl_server_listen(server, address), code);
    if (strstr(idl_server_error(server), address) == NULL ||
        strstr(idl_server_error(server), reason) == NULL)
        fail_msg("'%s' does not name '%s' and '%s'", idl_server_error(server), address, reason);
    assert_int_equal(idl_server_run(server), 1); /* the error sticks */
    idl_server_free(server);
}

static void test_wrong_address(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "127.0.0.1:1",         "tcp://",
        "tcp://127.0.0.1",     "tcp://127.0.0.1:",
        "tcp://127.0.0.1:x",   "tcp://127.0.0.1:70000",
        "tcp://[::1:5",        "unix://",
        "http://127.0.0.1:80", "",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect_call(wrong[i], IDL_INVALID_ARGUMENT, "");
        expect_listen(wrong[i], IDL_INVALID_ARGUMENT, "");
    }
}

/* A port that was free a moment ago. */
static int free_port(void)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void test_nobody_there(void **state)
{
    (void)state;
    char address[64];
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", free_port());
    expect_call(address, IDL_UNAVAILABLE, "refused");
    expect_call("unix:///nonexistent/socket", IDL_UNAVAILABLE, "o such file");
    expect_call("unix://@idl-nobody", IDL_UNAVAILABLE, "refused");
}

static void test_busy_port(void **state)
{
    (void)state;
    struct service s;
    service_start(&s, "tcp://127.0.0.1:0", 1);
    expect_listen(s.address, IDL_UNAVAILABLE, "in use");
    service_stop(&s);
    char address[64];
    snprintf(address, sizeof address, "unix:///tmp/idl-busy-%d.sock", (int)getpid());
    service_start(&s, address, 1);
    expect_listen(address, IDL_UNAVAILABLE, "in use");
    service_stop(&s);
    assert_int_not_equal(access(address + strlen("unix://"), F_OK), 0);
}

static void on_end(idl_call *call, idl_code code, void *arg)
{
    (void)call;
    *(unsigned *)arg += code == IDL_UNAVAILABLE ? 1 : 1000;
}

static void test_server_dies(void **state)
{
    (void)state;
    struct service s;
    service_fork(&s, "tcp://127.0.0.1:0", 1);
    idl_channel *channel = idl_channel_open(s.address, NULL);
    idl_call *call = idl_call_new();
    unsigned ended = 0;
    for (int i = 0; i < 10; i++)
        probe_probe_hang_async(channel, NULL, on_end, &ended);
    assert_int_equal(probe_probe_nothing(channel, call), IDL_OK);
    assert_int_equal(probe_probe_die(channel, call), IDL_UNAVAILABLE);
    assert_non_null(strstr(idl_call_message(call), s.address));
    idl_channel_run(channel);
    assert_int_equal(ended, 10);
    assert_int_equal(service_kill(&s, 0), 7);
    assert_int_equal(probe_probe_nothing(channel, call), IDL_UNAVAILABLE);
    assert_non_null(strstr(idl_call_message(call), "refused"));
    idl_call_free(call);
    idl_channel_close(channel);
}

/* The same channel works again once the server is back. */
static void test_server_returns(void **state)
{
    (void)state;
    struct service s;
    char address[128];
    service_fork(&s, "tcp://127.0.0.1:0", 1);
    memcpy(address, s.address, sizeof address);
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(probe_probe_nothing(channel, call), IDL_OK);
    assert_int_equal(service_kill(&s, SIGTERM), 0);
    service_fork(&s, address, 1);
    assert_int_equal(probe_probe_nothing(channel, call), IDL_OK);
    assert_int_equal(service_kill(&s, SIGTERM), 0);
    idl_call_free(call);
    idl_channel_close(channel);
}

static void on_text(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    (void)call;
    if (code == IDL_OK && strcmp(reply.data, "late") == 0)
        ++*(unsigned *)arg;
}

/* SIGTERM while calls are open: they are finished, then the server goes. */
static void test_drain(void **state)
{
    (void)state;
    struct service s;
    service_fork(&s, "tcp://127.0.0.1:0", 2);
    idl_channel *channel = idl_channel_open(s.address, NULL);
    idl_call *call = idl_call_new();
    unsigned answered = 0;
    for (int i = 0; i < 20; i++)
        probe_probe_later_async(channel, NULL, 300, idl_cstr("late"), on_text, &answered);
    assert_int_equal(probe_probe_nothing(channel, call), IDL_OK); /* they have arrived */
    kill(s.pid, SIGTERM);
    idl_channel_run(channel);
    assert_int_equal(answered, 20);
    assert_int_equal(service_kill(&s, 0), 0);
    idl_call_free(call);
    idl_channel_close(channel);
}

/* A listener that speaks something else. */
struct stranger {
    int fd;
    const char *text;
    size_t len;
};

static void *be_strange(void *arg)
{
    struct stranger *s = arg;
    char buffer[256];
    int fd = accept(s->fd, NULL, NULL);
    if (recv(fd, buffer, sizeof buffer, 0) > 0)
        send(fd, s->text, s->len, MSG_NOSIGNAL);
    while (recv(fd, buffer, sizeof buffer, 0) > 0)
        ;
    close(fd);
    return NULL;
}

static void expect_stranger(const char *text, size_t len, const char *reason)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof a;
    struct stranger s = { socket(AF_INET, SOCK_STREAM, 0), text, len };
    pthread_t thread;
    char address[64];
    assert_int_equal(bind(s.fd, (struct sockaddr *)&a, size), 0);
    assert_int_equal(getsockname(s.fd, (struct sockaddr *)&a, &size), 0);
    assert_int_equal(listen(s.fd, 1), 0);
    snprintf(address, sizeof address, "tcp://127.0.0.1:%d", ntohs(a.sin_port));
    assert_int_equal(pthread_create(&thread, NULL, be_strange, &s), 0);
    expect_call(address, IDL_INTERNAL, reason);
    pthread_join(thread, NULL);
    close(s.fd);
}

static void test_strangers(void **state)
{
    (void)state;
    expect_stranger("HTTP/1.1 400 Bad Request\r\n\r\n", 28, "HTTP");
    expect_stranger("\x15\x03\x01\x00\x02\x02\x46", 7, "TLS");
    expect_stranger("\0\0\0\1x", 5, "");
}

/* What is not our protocol gets no more than a closed connection, and costs others nothing. */
static void test_strange_clients(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t len;
    } hellos[] = { { "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 27 },
                   { "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11 },
                   { "\xff\xff\xff\xff\xff\xff\xff\xff", 8 },
                   { "\0\0\0\0", 4 } };
    struct service s;
    service_start(&s, "tcp://127.0.0.1:0", 1);
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    a.sin_port = htons((uint16_t)atoi(strrchr(s.address, ':') + 1));
    for (size_t i = 0; i < sizeof hellos / sizeof *hellos; i++) {
        char buffer[4096];
        struct timeval patience = { 5, 0 };
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
        assert_int_equal(send(fd, hellos[i].text, hellos[i].len, MSG_NOSIGNAL), hellos[i].len);
        ssize_t n;
        while ((n = recv(fd, buffer, sizeof buffer, 0)) > 0)
            ;
        assert_int_equal(n, 0);
        close(fd);
    }
    idl_channel *channel = idl_channel_open(s.address, NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(probe_probe_nothing(channel, call), IDL_OK);
    idl_call_free(call);
    idl_channel_close(channel);
    service_stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_address),  cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_busy_port),      cmocka_unit_test(test_server_dies),
        cmocka_unit_test(test_server_returns), cmocka_unit_test(test_drain),
        cmocka_unit_test(test_strangers),      cmocka_unit_test(test_strange_clients),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
