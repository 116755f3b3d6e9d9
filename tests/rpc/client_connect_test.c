/* SPDX-License-Identifier: MIT */
/* client_connect_test.c: what callers are told when there is no server, or no such address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fixture.h"
#include "full.h"
#include "scripted.h"

/* One call to address; how it ended. */
static void expect(const char *address, idl_code code, const char *message)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("x") };
    note reply;
    for (int i = 0; i < 2; i++) { /* again: each call tries */
        assert_int_equal(idl_client_call(channel, call, &request, &reply, &echo_method), code);
        assert_string_equal(idl_call_message(call), message);
        assert_string_equal(reply.text.data, code == IDL_OK ? "x" : "");
    }
    idl_call_free(call);
    idl_channel_close(channel);
}

static void addresses_that_cannot_be_right(void **state)
{
    (void)state;
    expect("localhost:50051", IDL_INVALID_ARGUMENT,
           "localhost:50051: not an address: it begins with tcp:// or unix://");
    expect("tcp://localhost", IDL_INVALID_ARGUMENT, "tcp://localhost: no port");
    expect(NULL, IDL_INVALID_ARGUMENT, "(null): no address");
    expect("", IDL_INVALID_ARGUMENT, ": not an address: it begins with tcp:// or unix://");
}

static void nobody_listens(void **state)
{
    (void)state;
    expect("tcp://127.0.0.1:1", IDL_UNAVAILABLE, "tcp://127.0.0.1:1: connection refused");
    expect("unix:///nowhere/x.sock", IDL_UNAVAILABLE,
           "unix:///nowhere/x.sock: no such file or directory");
    expect("unix://@idl-client-test-nobody", IDL_UNAVAILABLE,
           "unix://@idl-client-test-nobody: connection refused");
}

static void the_next_host_is_tried(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    char address[160];
    snprintf(address, sizeof address, "tcp://127.0.0.1:1,127.0.0.1:%u",
             (unsigned)peer_port(server));
    expect(address, IDL_OK, "");
    peer_stop(server);
}

static void connecting_ends_in_time(void **state)
{
    (void)state;
    full f;
    full_tcp(&f);
    char expected[160];
    snprintf(expected, sizeof expected, "%s: connection timed out", f.address);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.connect_timeout_ms = 150;
    idl_channel *channel = idl_channel_open(f.address, &options);
    idl_call *call = idl_call_new();
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    assert_int_equal(idl_client_call(channel, call, &(note){ 0 }, NULL, &echo_method),
                     IDL_UNAVAILABLE);
    clock_gettime(CLOCK_MONOTONIC, &end);
    assert_string_equal(idl_call_message(call), expected);
    long ms = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
    assert_in_range(ms, 149, 5000);
    idl_call_free(call);
    idl_channel_close(channel);
    full_close(&f);
}

static void options_of_an_older_program_are_understood(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel_options options; /* it knew of none at all */
    memset(&options, 1, sizeof options);
    options.size = sizeof(size_t);
    idl_channel *channel = idl_channel_open(peer_address(server), &options);
    idl_call *call = idl_call_new();
    const note request = { .text = IDL_STR("longer than one byte") };
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &echo_method), IDL_OK);
    idl_call_free(call);
    idl_channel_close(channel);
    peer_stop(server);
}

static void the_message_limit_is_an_option(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    options.max_message = 100;
    idl_channel *channel = idl_channel_open(peer_address(server), &options);
    idl_call *call = idl_call_new();
    char text[200];
    memset(text, 'x', sizeof text);
    note request = { .text = { text, 98 } };
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &echo_method), IDL_OK);
    request.text.len = 99;
    assert_int_equal(idl_client_call(channel, call, &request, NULL, &echo_method),
                     IDL_RESOURCE_EXHAUSTED);
    idl_call_free(call);
    idl_channel_close(channel);
    peer_stop(server);
}

static void a_channel_that_was_never_used_leaves_nothing(void **state)
{
    (void)state;
    size_t before = open_descriptors();
    idl_channel *channel = idl_channel_open("tcp://127.0.0.1:1", NULL);
    assert_int_equal(open_descriptors(), before);
    idl_channel_close(channel);
    nobody_listens(state);
    assert_int_equal(open_descriptors(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_cannot_be_right),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(the_next_host_is_tried),
        cmocka_unit_test(connecting_ends_in_time),
        cmocka_unit_test(options_of_an_older_program_are_understood),
        cmocka_unit_test(the_message_limit_is_an_option),
        cmocka_unit_test(a_channel_that_was_never_used_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
