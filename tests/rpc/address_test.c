/* SPDX-License-Identifier: MIT */
/* address_test.c: what is an address, what is not, and what people are told about it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>

#include "address.h"

struct row {
    const char *address;
    const char *reason; /* NULL: it is fine */
};

static void check_rows(const struct row *rows, size_t count, enum idl__address_use use)
{
    for (size_t i = 0; i < count; i++) {
        char error[IDL__ERROR_MAX] = "", expected[IDL__ERROR_MAX];
        idl_code code = idl__address_check(rows[i].address, use, error);
        if (!rows[i].reason) {
            assert_string_equal(error, "");
            assert_int_equal(code, IDL_OK);
            continue;
        }
        snprintf(expected, sizeof expected, "%s: %s", rows[i].address, rows[i].reason);
        assert_string_equal(error, expected);
        assert_int_equal(code, IDL_INVALID_ARGUMENT);
    }
}

#define CHECK_ROWS(rows, use) check_rows(rows, sizeof(rows) / sizeof *(rows), use)

static void both_uses_take_these(void **state)
{
    static const struct row rows[] = {
        { "tcp://127.0.0.1:50051", NULL },
        { "tcp://localhost:1", NULL },
        { "tcp://[::1]:65535", NULL },
        { "tcp://[fe80::1%lo]:80", NULL },
        { "unix:///run/greeter.sock", NULL },
        { "unix://@greeter", NULL },
        { "tcp://my-host.example.:00080", NULL },
    };
    (void)state;
    CHECK_ROWS(rows, IDL__CONNECT);
    CHECK_ROWS(rows, IDL__LISTEN);
}

static void what_is_wrong_is_said(void **state)
{
    static const struct row rows[] = {
        { "", "not an address: it begins with tcp:// or unix://" },
        { "localhost:80", "not an address: it begins with tcp:// or unix://" },
        { "unix:/path", "not an address: it begins with tcp:// or unix://" },
        { "http://localhost:80", "unknown scheme 'http', expected tcp or unix" },
        { "TCP://localhost:80", "unknown scheme 'TCP', expected tcp or unix" },
        { "grpc+://localhost:80", "unknown scheme '', expected tcp or unix" },
        { "tcp://", "no port" },
        { "tcp://localhost", "no port" },
        { "tcp://[::1]", "no port" },
        { "tcp://:80", "no host" },
        { "tcp://localhost:", "port '' is not a number from 0 to 65535" },
        { "tcp://localhost:http", "port 'http' is not a number from 0 to 65535" },
        { "tcp://localhost:65536", "port '65536' is not a number from 0 to 65535" },
        { "tcp://localhost:-1", "port '-1' is not a number from 0 to 65535" },
        { "tcp://localhost:80/path", "port '80/path' is not a number from 0 to 65535" },
        { "tcp://::1:80", "an IPv6 address is written in brackets: [::1]" },
        { "tcp://[]:80", "'' is not an IPv6 address" },
        { "tcp://[127.0.0.1]:80", "'127.0.0.1' is not an IPv6 address" },
        { "tcp://a b:80", "'a b' is not a host" },
        { "unix://",
          "expected an absolute path (unix:///path) or an abstract name (unix://@name)" },
        { "unix://relative",
          "expected an absolute path (unix:///path) or an abstract name (unix://@name)" },
        { "unix:///", "no name" },
        { "unix://@", "no name" },
    };
    (void)state;
    CHECK_ROWS(rows, IDL__CONNECT);
    CHECK_ROWS(rows, IDL__LISTEN);
}

static void wires_of_later_versions_are_known(void **state)
{
    static const struct row rows[] = {
        { "ttrpc+tls://localhost:80", "tls is not supported in this version" },
        { "grpc+tcp://localhost:80", "grpc is not supported in this version" },
        { "grpc://localhost:80", "grpc is not supported in this version" },
        { "grpcs://localhost:80", "grpc is not supported in this version" },
        { "tls://localhost:80", "tls is not supported in this version" },
    };
    (void)state;
    CHECK_ROWS(rows, IDL__CONNECT);
    CHECK_ROWS(rows, IDL__LISTEN);
}

static void the_two_uses_differ(void **state)
{
    static const struct row to_connect[] = {
        { "tcp://localhost:0", "port 0 can be listened on only" },
        { "tcp://*:80", "'*' can be listened on only" },
        { "tcp://one:1,two:2,[::1]:3", NULL },
        { "tcp://one:1,", "no host after the comma" },
        { "tcp://one:1,,two:2", "no port" },
        { "tcp://one:1,two", "no port" },
    };
    static const struct row to_listen[] = {
        { "tcp://localhost:0", NULL },
        { "tcp://*:0", NULL },
        { "tcp://one:1,two:2", "one listener has one host" },
    };
    (void)state;
    CHECK_ROWS(to_connect, IDL__CONNECT);
    CHECK_ROWS(to_listen, IDL__LISTEN);
}

static void null_is_no_address(void **state)
{
    char error[IDL__ERROR_MAX];
    (void)state;
    assert_int_equal(idl__address_check(NULL, IDL__CONNECT, error), IDL_INVALID_ARGUMENT);
    assert_string_equal(error, "(null): no address");
}

static void lengths_are_bounded(void **state)
{
    char address[4096], error[IDL__ERROR_MAX];
    (void)state;
    memset(address, 'a', sizeof address);
    memcpy(address, "unix:///", 8);
    address[7 + 107] = '\0';
    assert_int_equal(idl__address_check(address, IDL__LISTEN, error), IDL_OK);
    address[7 + 107] = 'a';
    address[7 + 108] = '\0';
    assert_int_equal(idl__address_check(address, IDL__LISTEN, error), IDL_INVALID_ARGUMENT);
    assert_non_null(strstr(error, "aaa: longer than 107 bytes"));

    memset(address, 'a', sizeof address);
    memcpy(address, "tcp://", 6);
    memcpy(address + sizeof address - 4, ":80", 4);
    assert_int_equal(idl__address_check(address, IDL__LISTEN, error), IDL_INVALID_ARGUMENT);
    assert_non_null(strstr(error, "aaa...: a host has at most 255 characters"));
}

/* address resolves to exactly these, in words. */
static void assert_resolves(const char *address, enum idl__address_use use, const char *first,
                            const char *second)
{
    idl__endpoint endpoints[IDL__ENDPOINTS_MAX];
    char error[IDL__ERROR_MAX] = "", text[IDL__ENDPOINT_TEXT];
    size_t count;
    idl_code code = idl__address_resolve(address, use, endpoints, &count, error);
    assert_int_equal(code, IDL_OK);
    assert_int_equal(count, second ? 2 : 1);
    idl__endpoint_text(&endpoints[0], text);
    assert_string_equal(text, first);
    if (second) {
        idl__endpoint_text(&endpoints[1], text);
        assert_string_equal(text, second);
    }
}

static void endpoints_read_as_addresses(void **state)
{
    (void)state;
    assert_resolves("tcp://127.0.0.1:50051", IDL__CONNECT, "tcp://127.0.0.1:50051", NULL);
    assert_resolves("tcp://[0:0::1]:00080", IDL__LISTEN, "tcp://[::1]:80", NULL);
    assert_resolves("tcp://*:7", IDL__LISTEN, "tcp://[::]:7", "tcp://0.0.0.0:7");
    assert_resolves("tcp://127.0.0.1:1,[::1]:2", IDL__CONNECT, "tcp://127.0.0.1:1",
                    "tcp://[::1]:2");
    assert_resolves("unix:///run/greeter.sock", IDL__CONNECT, "unix:///run/greeter.sock", NULL);
    assert_resolves("unix://@greeter", IDL__LISTEN, "unix://@greeter", NULL);
}

static void one_host_of_several_is_enough(void **state)
{
    (void)state;
    assert_resolves("tcp://[fe80::1%nowhere]:1,127.0.0.1:2", IDL__CONNECT, "tcp://127.0.0.1:2",
                    NULL);
}

/* An interface that does not exist asks no name server. */
static void unknown_host_is_named(void **state)
{
    idl__endpoint endpoints[IDL__ENDPOINTS_MAX];
    char error[IDL__ERROR_MAX];
    size_t count = 7;
    (void)state;
    assert_int_equal(
        idl__address_resolve("tcp://[fe80::1%nowhere]:1", IDL__CONNECT, endpoints, &count, error),
        IDL_UNAVAILABLE);
    assert_int_equal(count, 0);
    assert_string_equal(error, "tcp://[fe80::1%nowhere]:1: host 'fe80::1%nowhere' not found");
}

static void peers_are_printed(void **state)
{
    idl__endpoint peer = { .len = sizeof peer.address.in6 };
    char text[IDL__ENDPOINT_TEXT];
    (void)state;
    peer.address.in6.sin6_family = AF_INET6;
    peer.address.in6.sin6_port = htons(99);
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &peer.address.in6.sin6_addr);
    idl__endpoint_text(&peer, text);
    assert_string_equal(text, "tcp://192.0.2.7:99");

    memset(&peer, 0, sizeof peer);
    peer.address.un.sun_family = AF_UNIX;
    peer.len = sizeof peer.address.un.sun_family;
    idl__endpoint_text(&peer, text);
    assert_string_equal(text, "unix:");

    memset(&peer.address.un.sun_path, '\n', sizeof peer.address.un.sun_path);
    peer.len = sizeof peer.address.un;
    idl__endpoint_text(&peer, text);
    assert_int_equal(strlen(text), strlen("unix://") + sizeof peer.address.un.sun_path);
    assert_null(strchr(text, '\n'));
}

static void errno_becomes_a_sentence_and_a_code(void **state)
{
    char error[IDL__ERROR_MAX];
    (void)state;
    assert_int_equal(idl__address_errno("tcp://127.0.0.1:50051", EADDRINUSE, error),
                     IDL_UNAVAILABLE);
    assert_string_equal(error, "tcp://127.0.0.1:50051: address already in use");
    assert_int_equal(idl__address_errno("unix:///x", EACCES, error), IDL_PERMISSION_DENIED);
    assert_string_equal(error, "unix:///x: permission denied");
    assert_int_equal(idl__address_errno("x", EMFILE, error), IDL_RESOURCE_EXHAUSTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_uses_take_these),
        cmocka_unit_test(what_is_wrong_is_said),
        cmocka_unit_test(wires_of_later_versions_are_known),
        cmocka_unit_test(the_two_uses_differ),
        cmocka_unit_test(null_is_no_address),
        cmocka_unit_test(lengths_are_bounded),
        cmocka_unit_test(endpoints_read_as_addresses),
        cmocka_unit_test(one_host_of_several_is_enough),
        cmocka_unit_test(unknown_host_is_named),
        cmocka_unit_test(peers_are_printed),
        cmocka_unit_test(errno_becomes_a_sentence_and_a_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
