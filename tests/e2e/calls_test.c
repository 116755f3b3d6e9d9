/* SPDX-License-Identifier: MIT */
/* calls_test.c: generated stubs on both sides, over every kind of address: each kind of parameter
 * and result, and each way in which a call can end. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <setjmp.h>

#include <cmocka.h>

#include "probe_client.h"
#include "service.h"

struct fixture {
    struct service service;
    idl_channel *channel;
    idl_call *call;
    uint32_t descriptors;
};

static int set_up(void **state, const char *address)
{
    struct fixture *f = calloc(1, sizeof *f);
    f->descriptors = open_descriptors();
    service_start(&f->service, address, 2);
    f->channel = idl_channel_open(f->service.address, NULL);
    f->call = idl_call_new();
    *state = f;
    return 0;
}

static int set_up_tcp(void **state)
{
    return set_up(state, "tcp://127.0.0.1:0");
}
static int set_up_ipv6(void **state)
{
    return set_up(state, "tcp://[::1]:0");
}

static int set_up_unix(void **state)
{
    char address[64];
    snprintf(address, sizeof address, "unix:///tmp/idl-e2e-%d.sock", (int)getpid());
    return set_up(state, address);
}

static int set_up_abstract(void **state)
{
    char address[64];
    snprintf(address, sizeof address, "unix://@idl-e2e-%d", (int)getpid());
    return set_up(state, address);
}

static int set_up_ttrpc(void **state)
{
    return set_up(state, "ttrpc+tcp://127.0.0.1:0");
}

static int set_up_ttrpc_unix(void **state)
{
    char address[64];
    snprintf(address, sizeof address, "ttrpc+unix:///tmp/idl-e2e-ttrpc-%d.sock", (int)getpid());
    return set_up(state, address);
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    service_stop(&f->service);
    assert_int_equal(open_descriptors(), f->descriptors);
    free(f);
    return 0;
}

static void assert_str(idl_str s, const char *expected)
{
    assert_string_equal(s.data, expected);
    assert_int_equal(s.len, strlen(expected));
}

static void test_values(void **state)
{
    struct fixture *f = *state;
    idl_str text;
    int32_t sum;
    assert_int_equal(probe_probe_echo(f->channel, f->call, idl_cstr("Ada"), &text), IDL_OK);
    assert_str(text, "Ada");
    assert_string_equal(idl_call_message(f->call), "");
    assert_int_equal(probe_probe_echo(f->channel, f->call, (idl_str){ 0 }, &text), IDL_OK);
    assert_str(text, "");
    assert_int_equal(probe_probe_echo(f->channel, f->call, idl_cstr("x"), NULL), IDL_OK);
    assert_int_equal(probe_probe_add(f->channel, f->call, -5, 3, &sum), IDL_OK);
    assert_int_equal(sum, -2);
    assert_int_equal(probe_probe_nothing(f->channel, f->call), IDL_OK);
}

/* The reply of one call as the argument of the next with the same call object. */
static void test_reply_becomes_argument(void **state)
{
    struct fixture *f = *state;
    idl_str text = IDL_STR("a string that is too long to be anywhere but in the call's memory");
    size_t len = text.len;
    for (int i = 0; i < 10; i++)
        assert_int_equal(probe_probe_echo(f->channel, f->call, text, &text), IDL_OK);
    assert_int_equal(text.len, len);
    assert_int_equal(strlen(text.data), len);
}

static void test_optional(void **state)
{
    struct fixture *f = *state;
    idl_str text, ada = IDL_STR("Ada"), empty = IDL_STR("");
    uint32_t zero = 0;
    probe_probe_maybe(f->channel, f->call, NULL, NULL, &text);
    assert_str(text, "none/none");
    probe_probe_maybe(f->channel, f->call, &ada, NULL, &text);
    assert_str(text, "Ada/none");
    probe_probe_maybe(f->channel, f->call, &empty, &zero, &text);
    assert_str(text, "/0");
}

static void test_struct(void **state)
{
    struct fixture *f = *state;
    const uint8_t bytes[] = { 0, 1, 255 };
    probe_tree nested = { .name = IDL_STR("nested"), .has_weight = true };
    probe_tree children[] = {
        { .name = IDL_STR("one") },
        { .name = IDL_STR("two"), .load = PROBE_TREE_LOAD_BLOB, .blob = { bytes, sizeof bytes } }
    };
    probe_tree_by_str_entry named[] = { { IDL_STR("k"), { .name = IDL_STR("v") } } };
    probe_tree in = { .name = IDL_STR("root"),
                      .children = { children, 2 },
                      .left = &nested,
                      .named = { named, 1 },
                      .load = PROBE_TREE_LOAD_NESTED,
                      .nested = &nested };
    probe_tree out;
    assert_int_equal(probe_probe_tree(f->channel, f->call, &in, &out), IDL_OK);
    assert_str(out.name, "root!");
    assert_int_equal(out.children.count, 2);
    assert_str(out.children.items[1].name, "two");
    assert_int_equal(out.children.items[1].load, PROBE_TREE_LOAD_BLOB);
    assert_int_equal(out.children.items[1].blob.len, 3);
    assert_memory_equal(out.children.items[1].blob.data, bytes, 3);
    assert_null(out.children.items[0].left);
    assert_str(out.left->name, "nested");
    assert_true(out.left->has_weight);
    assert_false(out.has_weight);
    assert_int_equal(out.named.count, 1);
    assert_str(out.named.items[0].value.name, "v");
    assert_int_equal(out.load, PROBE_TREE_LOAD_NESTED);
    assert_str(out.nested->name, "nested");
}

static void test_lists_and_maps(void **state)
{
    struct fixture *f = *state;
    probe_color all[] = { PROBE_COLOR_RED, (probe_color)77, PROBE_COLOR_NONE };
    probe_color_list colors;
    assert_int_equal(probe_probe_colors(f->channel, f->call, (probe_color_list){ all, 3 },
                                        PROBE_COLOR_BLUE, &colors),
                     IDL_OK);
    assert_int_equal(colors.count, 4);
    assert_int_equal(colors.items[1], 77);
    assert_int_equal(colors.items[3], PROBE_COLOR_BLUE);

    idl_int64_by_str_entry entries[] = { { IDL_STR("a"), -1 }, { IDL_STR(""), INT64_MIN } };
    idl_int64_by_str counts;
    assert_int_equal(
        probe_probe_counts(f->channel, f->call, (idl_int64_by_str){ entries, 2 }, &counts), IDL_OK);
    assert_int_equal(counts.count, 2);
    assert_str(counts.items[0].key, "a");
    assert_true(counts.items[0].value == -1 && counts.items[1].value == INT64_MIN);
    assert_int_equal(probe_probe_counts(f->channel, f->call, (idl_int64_by_str){ 0 }, &counts),
                     IDL_OK);
    assert_int_equal(counts.count, 0);
}

/* From nothing to what the limit lets through: the bytes come back as they went. */
static void test_sizes(void **state)
{
    struct fixture *f = *state;
    size_t largest = (4u << 20) - 64; /* ttrpc's limit includes the envelope */
    uint8_t *data = malloc(largest);
    for (size_t i = 0; i < largest; i++)
        data[i] = (uint8_t)(i * 31 + i / 251);
    for (size_t len = 0; len <= largest; len = len < 8             ? len + 1
                                               : len < largest / 3 ? len * 3
                                               : len < largest     ? largest
                                                                   : largest + 1) {
        idl_bytes back;
        assert_int_equal(probe_probe_blob(f->channel, f->call, (idl_bytes){ data, len }, &back),
                         IDL_OK);
        assert_int_equal(back.len, len);
        assert_memory_equal(back.data, data, len);
    }
    idl_bytes back;
    uint8_t *huge = calloc(1, (4u << 20) + 1);
    assert_int_equal(
        probe_probe_blob(f->channel, f->call, (idl_bytes){ huge, (4u << 20) + 1 }, &back),
        IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(back.len, 0);
    assert_int_equal(probe_probe_nothing(f->channel, f->call), IDL_OK);
    free(huge);
    free(data);
}

static void test_errors(void **state)
{
    struct fixture *f = *state;
    for (int code = 1; code <= 16; code++) {
        assert_int_equal(probe_probe_fail(f->channel, f->call, code, idl_cstr("what went wrong")),
                         code);
        assert_int_equal(idl_call_code(f->call), code);
        assert_string_equal(idl_call_message(f->call), "what went wrong");
    }
    assert_int_equal(probe_probe_fail(f->channel, f->call, 99, idl_cstr("strange")), IDL_UNKNOWN);
    assert_non_null(strstr(idl_call_message(f->call), "99"));
    int32_t sum = 5;
    assert_int_equal(probe_probe_add(f->channel, f->call, INT32_MAX, 1, &sum), IDL_OUT_OF_RANGE);
    assert_int_equal(sum, 0);
    assert_string_equal(idl_call_message(f->call), "2147483647 + 1 overflows");
    idl_str text = IDL_STR("before");
    assert_int_equal(probe_probe_missing(f->channel, f->call, &text), IDL_UNIMPLEMENTED);
    assert_str(text, "");
    assert_non_null(strstr(idl_call_message(f->call), "missing"));
    idl_str bad = { "\xff\xfe", 2 };
    assert_int_equal(probe_probe_echo(f->channel, f->call, bad, &text), IDL_INVALID_ARGUMENT);
    assert_int_equal(probe_probe_nothing(f->channel, f->call), IDL_OK);
}

static void test_oneway(void **state)
{
    struct fixture *f = *state;
    uint64_t sum = 0;
    for (uint32_t i = 1; i <= 100; i++)
        assert_int_equal(probe_probe_note(f->channel, f->call, i), IDL_OK);
    assert_int_equal(probe_probe_noted(f->channel, f->call, &sum), IDL_OK);
    assert_true(sum == 5050);
    /* A channel that is closed right behind them sends them all. */
    idl_channel *other = idl_channel_open(f->service.address, NULL);
    for (uint32_t i = 1; i <= 100; i++)
        assert_int_equal(probe_probe_note(other, f->call, i), IDL_OK);
    idl_channel_close(other);
    for (int i = 0; i < 200 && sum != 10100; i++) {
        assert_int_equal(probe_probe_noted(f->channel, f->call, &sum), IDL_OK);
        nanosleep(&(struct timespec){ 0, 5000000 }, NULL);
    }
    assert_true(sum == 10100);
}

static void test_deferred(void **state)
{
    struct fixture *f = *state;
    idl_str text;
    assert_int_equal(probe_probe_later(f->channel, f->call, 20, idl_cstr("done"), &text), IDL_OK);
    assert_str(text, "done");
}

struct order {
    char text[16];
    size_t len;
};

static void on_held(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct order *o = arg;
    (void)call;
    assert_int_equal(code, IDL_OK);
    o->text[o->len++] = reply.data[0];
}

/* Calls on one connection overtake each other. */
static void test_out_of_order(void **state)
{
    struct fixture *f = *state;
    struct order order = { { 0 }, 0 };
    bool released;
    probe_probe_hold_async(f->channel, NULL, idl_cstr("c"), on_held, &order);
    probe_probe_hold_async(f->channel, NULL, idl_cstr("b"), on_held, &order);
    probe_probe_hold_async(f->channel, NULL, idl_cstr("a"), on_held, &order);
    for (const char *const *text = (const char *const[]){ "a", "b", "c", NULL }; *text; text++) {
        assert_int_equal(probe_probe_release(f->channel, f->call, idl_cstr(*text), &released),
                         IDL_OK);
        assert_true(released);
    }
    idl_channel_run(f->channel);
    assert_string_equal(order.text, "abc");
}

static void test_null(void **state)
{
    struct fixture *f = *state;
    idl_str text = IDL_STR("before");
    assert_int_equal(probe_probe_echo(NULL, f->call, idl_cstr("x"), &text), IDL_RESOURCE_EXHAUSTED);
    assert_str(text, "");
    assert_int_equal(probe_probe_echo(f->channel, NULL, idl_cstr("x"), &text),
                     IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(probe_probe_serve(NULL, NULL, NULL), IDL_RESOURCE_EXHAUSTED);
}

#define ALL(setup)                                                                      \
    cmocka_unit_test_setup_teardown(test_values, setup, tear_down),                     \
        cmocka_unit_test_setup_teardown(test_reply_becomes_argument, setup, tear_down), \
        cmocka_unit_test_setup_teardown(test_optional, setup, tear_down),               \
        cmocka_unit_test_setup_teardown(test_struct, setup, tear_down),                 \
        cmocka_unit_test_setup_teardown(test_lists_and_maps, setup, tear_down),         \
        cmocka_unit_test_setup_teardown(test_sizes, setup, tear_down),                  \
        cmocka_unit_test_setup_teardown(test_errors, setup, tear_down),                 \
        cmocka_unit_test_setup_teardown(test_oneway, setup, tear_down),                 \
        cmocka_unit_test_setup_teardown(test_deferred, setup, tear_down),               \
        cmocka_unit_test_setup_teardown(test_out_of_order, setup, tear_down),           \
        cmocka_unit_test_setup_teardown(test_null, setup, tear_down)

/* libuv keeps a descriptor or two for the process from its first use on. */
static int warm_up(void **state)
{
    struct service s;
    (void)state;
    service_start(&s, "tcp://127.0.0.1:0", 1);
    service_stop(&s);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { ALL(set_up_tcp),   ALL(set_up_ipv6),
                                        ALL(set_up_unix),  ALL(set_up_abstract),
                                        ALL(set_up_ttrpc), ALL(set_up_ttrpc_unix) };
    return cmocka_run_group_tests(tests, warm_up, NULL);
}
