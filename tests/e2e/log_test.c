/* SPDX-License-Identifier: MIT */
/* log_test.c: what channels and servers write to a log, and how. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "tags_client.h"
#include "tags_server.h"

/* ---- A log that is kept ---- */

struct kept {
    pthread_mutex_t lock;
    idl_log log;
    size_t lines;
    char text[1 << 16];
};

static void keep(idl_log_level level, const char *text, void *arg)
{
    struct kept *kept = arg;
    pthread_mutex_lock(&kept->lock);
    for (const char *c = text; *c != '\0'; c++)
        assert_true(*c >= ' ' && *c <= '~');
    assert_true(strlen(text) < 1024);
    size_t len = strlen(kept->text);
    snprintf(kept->text + len, sizeof kept->text - len, "%s: %s\n", idl_log_level_name(level),
             text);
    kept->lines++;
    pthread_mutex_unlock(&kept->lock);
}

static void start_log(struct kept *kept, idl_log_level level)
{
    pthread_mutex_init(&kept->lock, NULL);
    kept->log = (idl_log){ keep, kept, level };
    kept->lines = 0;
    kept->text[0] = '\0';
}

static bool has(struct kept *kept, const char *text)
{
    pthread_mutex_lock(&kept->lock);
    bool found = strstr(kept->text, text) != NULL;
    pthread_mutex_unlock(&kept->lock);
    return found;
}

static void expect(struct kept *kept, const char *text)
{
    for (int i = 0; i < 2000 && !has(kept, text); i++)
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    if (!has(kept, text))
        fail_msg("no '%s' in:\n%s", text, kept->text);
}

/* ---- Servers ---- */

static idl_code on_one(idl_call *call, idl_str text, idl_str *reply)
{
    if (text.len == 0)
        return idl_call_fail(call, IDL_INTERNAL, "a broken\nline \x1b[1m\\");
    *reply = text;
    return text.data[0] != '!' ? IDL_OK : idl_call_fail(call, IDL_NOT_FOUND, "none");
}

struct host {
    idl_server *server;
    pthread_t thread;
    const char *address;
};

static void *serve(void *server)
{
    idl_server_run(server);
    return NULL;
}

static void start(struct host *host, const idl_server_options *options, const char *address)
{
    host->server = idl_server_new(options);
    tags_tags_serve(host->server, &(tags_tags_handlers){ .one = on_one }, NULL);
    assert_int_equal(idl_server_listen(host->server, address), IDL_OK);
    host->address = idl_server_address(host->server, 0);
    assert_int_equal(pthread_create(&host->thread, NULL, serve, host->server), 0);
}

static void stop(struct host *host)
{
    idl_server_stop(host->server);
    pthread_join(host->thread, NULL);
    idl_server_free(host->server);
}

/* A connection of the plain kind, and its own address. */
static int connect_to(const char *address, char *own)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    at.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    sprintf(own, "tcp://127.0.0.1:%d", (int)ntohs(at.sin_port));
    return fd;
}

static void expect_of(struct kept *kept, const char *level, const char *who, const char *what)
{
    char line[512];
    snprintf(line, sizeof line, "%s: %s%s", level, who, what);
    expect(kept, line);
}

static void test_server(void **state)
{
    static struct kept kept;
    struct host host;
    idl_server_options options = IDL_SERVER_OPTIONS;
    char who[64];
    (void)state;
    start_log(&kept, IDL_LOG_DEBUG);
    options.log = &kept.log;
    start(&host, &options, "tcp://127.0.0.1:0");
    expect_of(&kept, "info", "listens on ", host.address);

    int fd = connect_to(host.address, who);
    expect_of(&kept, "debug", who, ": connected");
    close(fd);
    expect_of(&kept, "debug", who, ": the peer closed the connection");

    fd = connect_to(host.address, who);
    assert_int_equal(send(fd, "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
    expect_of(&kept, "warning", who, ": this looks like HTTP");
    close(fd);

    fd = connect_to(host.address, who);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
    assert_int_equal(send(fd, "\0", 1, 0), 1);
    close(fd);
    expect_of(&kept, "info", who, ": connection reset");

    idl_channel *channel = idl_channel_open(host.address, NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(tags_tags_one(channel, call, idl_cstr("!"), NULL), IDL_NOT_FOUND);
    assert_int_equal(tags_tags_one(channel, call, idl_cstr(""), NULL), IDL_INTERNAL);
    expect(&kept, ": tags.Tags/one: INTERNAL: a broken\\nline \\x1b[1m\\\\\n");
    assert_false(has(&kept, "NOT_FOUND"));
    idl_call_free(call);
    idl_channel_close(channel);
    stop(&host);
    expect(&kept, "info: takes no new connections and calls");
}

static void test_limits(void **state)
{
    static struct kept kept;
    struct host host;
    idl_server_options options = IDL_SERVER_OPTIONS;
    char first[64], second[64];
    (void)state;
    start_log(&kept, 0);
    options.log = &kept.log;
    options.max_connections = 1;
    options.handshake_timeout_ms = 300;
    start(&host, &options, "tcp://127.0.0.1:0");
    int one = connect_to(host.address, first), two = connect_to(host.address, second);
    expect_of(&kept, "warning", second, ": refused: the server has too many connections");
    expect_of(&kept, "info", first, ": it said nothing in time");
    close(one);
    close(two);
    stop(&host);
    assert_false(has(&kept, "debug"));

    options.max_connections = 0;
    options.handshake_timeout_ms = 0;
    options.idle_timeout_ms = 80;
    start(&host, &options, "tcp://127.0.0.1:0");
    idl_channel *channel = idl_channel_open(host.address, NULL);
    idl_call *call = idl_call_new();
    assert_int_equal(tags_tags_one(channel, call, idl_cstr("x"), NULL), IDL_OK);
    expect(&kept, ": was idle");
    idl_call_free(call);
    idl_channel_close(channel);
    stop(&host);
}

/* A server without descriptors says so once, not at every try. */
static void test_descriptors(void **state)
{
    static struct kept kept;
    struct host host;
    idl_server_options options = IDL_SERVER_OPTIONS;
    struct rlimit before, tight;
    char who[64];
    (void)state;
    start_log(&kept, 0);
    options.log = &kept.log;
    start(&host, &options, "tcp://127.0.0.1:0");
    expect(&kept, "listens on");
    int spare = dup(0);
    close(spare);
    getrlimit(RLIMIT_NOFILE, &before);
    tight = before;
    tight.rlim_cur = (rlim_t)spare + 1; /* for the client alone */
    setrlimit(RLIMIT_NOFILE, &tight);
    int fd = connect_to(host.address, who);
    expect_of(&kept, "warning", host.address, ": ");
    expect(&kept, ": connections have to wait");
    nanosleep(&(struct timespec){ 0, 300000000 }, NULL);
    assert_int_equal(kept.lines, 2);
    setrlimit(RLIMIT_NOFILE, &before);
    close(fd);
    stop(&host);
}

/* Peers can't fill a disk. */
static void test_flood(void **state)
{
    enum { CONNECTIONS = 400 };
    static struct kept kept;
    struct host host;
    idl_server_options options = IDL_SERVER_OPTIONS;
    char who[64];
    (void)state;
    start_log(&kept, IDL_LOG_DEBUG);
    options.log = &kept.log;
    start(&host, &options, "tcp://127.0.0.1:0");
    uint64_t begun = idl_now();
    for (int i = 0; i < CONNECTIONS; i++)
        close(connect_to(host.address, who));
    while (!has(&kept, "lines like the last ones were left out")) {
        nanosleep(&(struct timespec){ 0, 50000000 }, NULL);
        close(connect_to(host.address, who));
        assert_true(idl_now() - begun < UINT64_C(60000000000));
    }
    stop(&host);
    uint64_t seconds_passed = (idl_now() - begun) / 1000000000 + 2;
    assert_true(kept.lines <= seconds_passed * 101 + 2);
}

static void test_channel(void **state)
{
    static struct kept kept;
    struct host host;
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    char address[64];
    (void)state;
    start_log(&kept, 0);
    options.log = &kept.log;
    options.backoff_initial_ms = 1;
    options.backoff_max_ms = 1;
    snprintf(address, sizeof address, "unix://@idl-log-%ld", (long)getpid());
    idl_channel *channel = idl_channel_open(address, &options);
    idl_call *call = idl_call_new();
    assert_int_equal(tags_tags_one(channel, call, idl_cstr("x"), NULL), IDL_UNAVAILABLE);
    expect_of(&kept, "warning", address, ": connection refused; left alone for ");
    start(&host, NULL, address);
    idl_call_set_wait_for_ready(call, true);
    assert_int_equal(tags_tags_one(channel, call, idl_cstr("x"), NULL), IDL_OK);
    expect_of(&kept, "info", address, ": connected to unix://@");
    stop(&host);
    assert_int_equal(tags_tags_one(channel, call, idl_cstr("x"), NULL), IDL_UNAVAILABLE);
    assert_true(has(&kept, ": takes no new calls: the server is shutting down") ||
                has(&kept, ": the server closed the connection"));
    idl_channel_close(channel);
    channel = idl_channel_open("http://x\n", &options);
    idl_channel_close(channel);
    expect(&kept, "error: http://x\\n: ");
    idl_call_free(call);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_descriptors), cmocka_unit_test(test_flood),
        cmocka_unit_test(test_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
