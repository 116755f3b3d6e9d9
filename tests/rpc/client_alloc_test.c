/* SPDX-License-Identifier: MIT */
/* client_alloc_test.c: every allocation of a client fails once: that is an error of the call, and
 * nothing else. Leaks are AddressSanitizer's to find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "alloc_fail.h"
#include "fixture.h"
#include "scripted.h"

static uint8_t data[100000];

/* A client's life; its calls end well, or for want of memory. */
static void live(const char *address)
{
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    for (int i = 0; i < 4; i++) {
        const note request = { IDL_STR("Ada"), { data, i % 2 == 0 ? 10 : sizeof data } };
        note reply;
        idl_code code = idl_client_call(channel, call, &request, &reply, &echo_method);
        if (code == IDL_OK) {
            assert_string_equal(reply.text.data, "Ada");
            assert_int_equal(reply.data.len, request.data.len);
        } else {
            assert_int_equal(code, IDL_RESOURCE_EXHAUSTED);
            assert_string_equal(reply.text.data, "");
            assert_true(call == NULL || strlen(idl_call_message(call)) > 0);
        }
        code = idl_client_call(channel, call, &request, NULL, &tell_method);
        assert_true(code == IDL_OK || code == IDL_RESOURCE_EXHAUSTED);
    }
    idl_call_free(call);
    idl_channel_close(channel);
}

static void blocking_calls_survive(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    size_t n = 0;
    do {
        alloc_fail_at(++n);
        live(peer_address(server));
    } while (alloc_fail_happened());
    alloc_fail_at(0);
    assert_in_range(n, 5, 200);
    peer_stop(server);
}

static void count(idl_call *call, idl_code code, const void *reply, void (*user)(void), void *arg)
{
    int *times = arg;
    (void)call, (void)user;
    assert_non_null(reply);
    assert_true(code == IDL_OK || code == IDL_RESOURCE_EXHAUSTED);
    ++*times;
}

static void async_calls_survive(void **state)
{
    (void)state;
    peer *server = peer_start(0, peer_echo, NULL);
    size_t n = 0;
    do {
        int times = 0;
        alloc_fail_at(++n);
        idl_channel *channel = idl_channel_open(peer_address(server), NULL);
        for (int i = 0; i < 8; i++) {
            const note request = { IDL_STR("Ada"), { data, i == 5 ? sizeof data : 10 } };
            idl_client_async(channel, NULL, &request, (void (*)(void))count, &times, &echo_method);
        }
        idl_channel_run(channel);
        idl_channel_close(channel);
        assert_int_equal(times, 8);
    } while (alloc_fail_happened());
    alloc_fail_at(0);
    assert_in_range(n, 10, 300);
    peer_stop(server);
}

/* Each message comes back; the count is not needed. */
static void converse(peer_conn *conn, void *arg)
{
    (void)arg;
    peer_frame frame;
    while (peer_read(conn, &frame)) {
        if (frame.type != DATA)
            continue;
        if ((frame.flags & 0x04) == 0)
            peer_send(conn, frame.id, DATA, 0, frame.body, frame.len);
        if ((frame.flags & 0x01) != 0)
            peer_status(conn, frame.id, 0, 0, "");
    }
}

static void streams_survive(void **state)
{
    (void)state;
    peer *server = peer_start(0, converse, NULL);
    size_t n = 0;
    do {
        alloc_fail_at(++n);
        idl_channel *channel = idl_channel_open(peer_address(server), NULL);
        idl_call *call = idl_call_new();
        for (int i = 0; i < 2; i++) {
            const note said = { IDL_STR("Ada"), { data, i == 0 ? 10 : sizeof data } };
            note heard;
            idl_client_open(channel, call, NULL, &sync_method);
            for (int k = 0; k < 3; k++) {
                if (idl_client_send(call, &said, sync_method.request) != IDL_OK)
                    break; /* nothing would come back */
                if (idl_client_recv(call, &heard, sync_method.reply)) {
                    assert_string_equal(heard.text.data, "Ada");
                    assert_int_equal(heard.data.len, said.data.len);
                } else {
                    assert_string_equal(heard.text.data, "");
                }
                idl_call_keep(call);
            }
            idl_code code = idl_client_finish(call, NULL, sync_method.reply);
            assert_true(code == IDL_OK || code == IDL_RESOURCE_EXHAUSTED);
        }
        idl_call_free(call);
        idl_channel_close(channel);
    } while (alloc_fail_happened());
    alloc_fail_at(0);
    assert_in_range(n, 10, 300);
    peer_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocking_calls_survive),
        cmocka_unit_test(async_calls_survive),
        cmocka_unit_test(streams_survive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
