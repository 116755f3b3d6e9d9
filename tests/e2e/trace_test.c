/* SPDX-License-Identifier: MIT */
/* trace_test.c: the trace that a call is in: what counts as one, and where it goes: from a client to a
 * front, and with the calls that the front makes for it to a back, with spans of interceptors and
 * without. */
#include <pthread.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>

#include <cmocka.h>

#include "tags_client.h"
#include "tags_server.h"

#define TRACE  "4bf92f3577b34da6a3ce929d0e0e4736"
#define SPAN   "00f067aa0ba902b7"
#define PARENT "00-" TRACE "-" SPAN "-01"

/* ---- Text ---- */

static void test_text(void **state)
{
    static const char *const wrong[] = {
        "",
        "00",
        "00-" TRACE "-" SPAN,
        "00-" TRACE "-" SPAN "-",
        "00-" TRACE "-" SPAN "-1",
        "00-" TRACE "-" SPAN "-011",
        PARENT "-",
        PARENT "-00",
        " " PARENT,
        "ff-" TRACE "-" SPAN "-01",
        "ff-" TRACE "-" SPAN "-01-",
        "01-" TRACE "-" SPAN "-01.",
        "0-" TRACE "-" SPAN "-01",
        "0G-" TRACE "-" SPAN "-01",
        "00_" TRACE "-" SPAN "-01",
        "00-" TRACE "_" SPAN "-01",
        "00-" TRACE "-" SPAN "_01",
        "00-" TRACE "-" SPAN "-0g",
        "00-" TRACE "-" SPAN "-0A",
        "00-4BF92f3577b34da6a3ce929d0e0e4736-" SPAN "-01",
        "00-" TRACE "-00F067aa0ba902b7-01",
        "00-00000000000000000000000000000000-" SPAN "-01",
        "00-" TRACE "-0000000000000000-01",
        "00-" TRACE "-00f067aa0ba902b-01",
    };
    static const char *const right[][2] = {
        { PARENT, PARENT },
        { "00-" TRACE "-" SPAN "-00", "00-" TRACE "-" SPAN "-00" },
        { "00-" TRACE "-" SPAN "-ff", "00-" TRACE "-" SPAN "-03" },
        { "01-" TRACE "-" SPAN "-01", PARENT },
        { "fe-" TRACE "-" SPAN "-01-more", PARENT },
        { "cc-" TRACE "-" SPAN "-01-", PARENT },
    };
    static const idl_trace none;
    idl_trace trace;
    char text[IDL_TRACE_TEXT];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        memset(&trace, 1, sizeof trace);
        if (idl_trace_parse(wrong[i], &trace))
            fail_msg("'%s' is taken", wrong[i]);
        assert_memory_equal(&trace, &none, sizeof trace);
    }
    assert_false(idl_trace_parse(NULL, &trace));
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        if (!idl_trace_parse(right[i][0], &trace))
            fail_msg("'%s' is not taken", right[i][0]);
        idl_trace_format(&trace, text);
        assert_string_equal(text, right[i][1]);
    }
    assert_int_equal(trace.trace_id[0], 0x4b);
    assert_int_equal(trace.span_id[7], 0xb7);
    assert_int_equal(trace.flags, IDL_TRACE_SAMPLED);
}

static void test_start(void **state)
{
    idl_trace first, second, child;
    (void)state;
    assert_true(idl_trace_start(&first, NULL));
    assert_true(idl_trace_start(&second, NULL));
    assert_memory_not_equal(first.trace_id, second.trace_id, sizeof first.trace_id);
    assert_memory_equal(first.parent_id, (uint8_t[8]){ 0 }, 8);
    assert_int_equal(first.flags, IDL_TRACE_RANDOM);
    first.flags |= IDL_TRACE_SAMPLED;
    assert_true(idl_trace_start(&child, &first));
    assert_memory_equal(child.trace_id, first.trace_id, sizeof first.trace_id);
    assert_memory_equal(child.parent_id, first.span_id, sizeof first.span_id);
    assert_memory_not_equal(child.span_id, first.span_id, sizeof first.span_id);
    assert_int_equal(child.flags, first.flags);
    first = child;
    assert_true(idl_trace_start(&child, &child));
    assert_memory_equal(child.parent_id, first.span_id, sizeof first.span_id);
}

/* ---- Calls ---- */

static void put_span(char *to, size_t size, const idl_trace *trace)
{
    char text[IDL_TRACE_TEXT];
    idl_trace_format(trace, text);
    snprintf(to, size, "%.16s", text + 36);
}

/* An interceptor of the kind that trace.h shows. What it saw last: */
struct spans {
    idl_trace caller, span;
    bool called;
};

static idl_code begin_span(idl_call *call, void *arg)
{
    struct spans *spans = arg;
    spans->called = idl_trace_get(call, &spans->caller);
    assert_true(idl_trace_start(&spans->span, spans->called ? &spans->caller : NULL));
    return idl_trace_set(call, &spans->span);
}

static void end_span(idl_call *call, const idl_outcome *outcome, void *arg)
{
    struct spans *spans = arg;
    idl_trace span;
    assert_int_equal(outcome->code, IDL_OK);
    assert_true(idl_trace_get(call, &span));
    assert_memory_equal(&span, &spans->span, sizeof span);
}

static const idl_interceptor tracing = { begin_span, end_span };

/* What a call came with, as its reply. */
static idl_str seen(idl_call *call)
{
    idl_str text = IDL_STR("");
    static const char *const keys[] = { "traceparent", "tracestate" };
    for (int i = 0; i < 2; i++) {
        const idl_meta *m = NULL;
        while ((m = idl_meta_find(call, IDL_META_REQUEST, keys[i], m)) != NULL)
            text = idl_call_printf(call, "%s%s%s", text.data, text.len > 0 ? " " : "",
                                   (const char *)m->value.data);
    }
    return text;
}

/* The front asks the back, and says what the back saw. */
static idl_code on_one(idl_call *call, idl_str text, idl_str *reply)
{
    idl_channel *back = idl_call_user(call);
    *reply = seen(call);
    if (back == NULL)
        return IDL_OK;
    idl_call *made = idl_call_new();
    idl_call_inherit(made, call);
    idl_code code = tags_tags_one(back, made, text, reply);
    *reply = idl_call_str(call, *reply);
    idl_trace trace;
    assert_false(idl_trace_get(made, &trace)); /* it was for one RPC */
    idl_call_free(made);
    return code;
}

static void *serve(void *server)
{
    assert_int_equal(idl_server_run(server), 0);
    return NULL;
}

struct hop {
    idl_server *server;
    pthread_t thread;
    idl_channel *channel;
};

static void open_hop(struct hop *hop, idl_channel *back, struct spans *spans)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = 1;
    hop->server = idl_server_new(&options);
    tags_tags_serve(hop->server, &(tags_tags_handlers){ .one = on_one }, back);
    if (spans != NULL)
        idl_server_intercept(hop->server, &tracing, spans);
    assert_int_equal(idl_server_listen(hop->server, "tcp://127.0.0.1:0"), IDL_OK);
    assert_int_equal(pthread_create(&hop->thread, NULL, serve, hop->server), 0);
    hop->channel = idl_channel_open(idl_server_address(hop->server, 0), NULL);
}

static void close_hop(struct hop *hop)
{
    idl_channel_close(hop->channel);
    idl_server_stop(hop->server);
    pthread_join(hop->thread, NULL);
    idl_server_free(hop->server);
}

struct fixture {
    struct hop back, front;
    struct spans at_front, to_back;
    idl_call *call;
};

static void open_both(struct fixture *f, bool spans)
{
    *f = (struct fixture){ .call = idl_call_new() };
    open_hop(&f->back, NULL, NULL);
    open_hop(&f->front, f->back.channel, spans ? &f->at_front : NULL);
    if (spans)
        idl_channel_intercept(f->back.channel, &tracing, &f->to_back);
}

static void close_both(struct fixture *f)
{
    close_hop(&f->front);
    close_hop(&f->back);
    idl_call_free(f->call);
}

/* What the back saw of a call to the front. */
static const char *ask(struct fixture *f)
{
    idl_str reply;
    assert_int_equal(tags_tags_one(f->front.channel, f->call, idl_cstr(""), &reply), IDL_OK);
    return reply.data;
}

static void add(struct fixture *f, const char *key, const char *value)
{
    assert_int_equal(idl_meta_add(f->call, IDL_META_REQUEST, key, value), IDL_OK);
}

static void test_passed_on(void **state)
{
    struct fixture f;
    idl_trace trace;
    (void)state;
    open_both(&f, false);
    assert_string_equal(ask(&f), "");
    add(&f, "traceparent", PARENT);
    add(&f, "tracestate", "a=1,b=2");
    add(&f, "tracestate", "c=3");
    assert_string_equal(ask(&f), PARENT " a=1,b=2,c=3");
    assert_string_equal(ask(&f), "");
    /* Set, not added; and replaced, which takes the old one's state away. */
    assert_true(idl_trace_parse(PARENT, &trace));
    add(&f, "tracestate", "a=1");
    assert_int_equal(idl_trace_set(f.call, &trace), IDL_OK);
    trace.trace_id[0] = 0;
    add(&f, "tracestate", "a=1");
    assert_int_equal(idl_trace_set(f.call, &trace), IDL_OK);
    assert_string_equal(ask(&f), "00-00f92f3577b34da6a3ce929d0e0e4736-" SPAN "-01");
    assert_false(idl_trace_get(f.call, &trace));
    assert_int_equal(idl_trace_set(f.call, &trace), IDL_INVALID_ARGUMENT);
    close_both(&f);
}

/* None of these gets behind the front, and none ends the call. */
static void test_not_passed_on(void **state)
{
    struct fixture f;
    (void)state;
    open_both(&f, false);
    add(&f, "traceparent", "00-" TRACE "-" SPAN "-0A");
    add(&f, "tracestate", "a=1");
    assert_string_equal(ask(&f), "");
    add(&f, "traceparent", PARENT);
    add(&f, "traceparent", PARENT);
    assert_string_equal(ask(&f), "");
    add(&f, "tracestate", "a=1");
    assert_string_equal(ask(&f), "");
    close_both(&f);
}

static void test_state_is_cut(void **state)
{
    static const char more[] = PARENT " a=1";
    struct fixture f;
    char text[600];
    (void)state;
    open_both(&f, false);
    memset(text, 'x', sizeof text);
    memcpy(text, "k=", 2);
    for (size_t len = 507; len <= 509; len++) { /* with a=1 and a comma: 511, 512, 513 */
        add(&f, "traceparent", PARENT);
        add(&f, "tracestate", "a=1");
        text[len] = '\0';
        add(&f, "tracestate", text);
        text[len] = 'x';
        const char *got = ask(&f);
        assert_int_equal(strlen(got), len <= 508 ? sizeof more + len : sizeof more - 1);
        assert_memory_equal(got, more, sizeof more - 1);
    }
    add(&f, "traceparent", PARENT);
    text[sizeof text - 1] = '\0';
    add(&f, "tracestate", text);
    assert_string_equal(ask(&f), PARENT);
    add(&f, "traceparent", PARENT); /* a cut behind a space */
    memcpy(text, "a=1 ,", 5);
    add(&f, "tracestate", text);
    assert_string_equal(ask(&f), PARENT " a=1");
    add(&f, "traceparent", PARENT);
    add(&f, "tracestate", ", ,");
    assert_string_equal(ask(&f), PARENT);
    close_both(&f);
}

/* Each hop has a span of its own, and knows whose it is in. */
static void test_spans(void **state)
{
    struct fixture f;
    char span[17], text[128];
    (void)state;
    open_both(&f, true);
    add(&f, "traceparent", PARENT);
    add(&f, "tracestate", "a=1");
    const char *got = ask(&f);
    put_span(span, sizeof span, &f.at_front.caller);
    assert_string_equal(span, SPAN);
    assert_memory_equal(f.to_back.caller.span_id, f.at_front.span.span_id, 8);
    assert_memory_equal(f.to_back.span.parent_id, f.at_front.span.span_id, 8);
    put_span(span, sizeof span, &f.to_back.span);
    snprintf(text, sizeof text, "00-" TRACE "-%s-01 a=1", span);
    assert_string_equal(got, text);
    /* Without a trace the front begins one. */
    got = ask(&f);
    assert_false(f.at_front.called);
    assert_true(f.to_back.called);
    assert_memory_equal(f.to_back.span.trace_id, f.at_front.span.trace_id, 16);
    put_span(span, sizeof span, &f.to_back.span);
    assert_non_null(strstr(got, span));
    close_both(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),         cmocka_unit_test(test_start),
        cmocka_unit_test(test_passed_on),    cmocka_unit_test(test_not_passed_on),
        cmocka_unit_test(test_state_is_cut), cmocka_unit_test(test_spans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
