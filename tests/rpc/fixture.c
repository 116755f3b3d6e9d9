/* SPDX-License-Identifier: MIT */
/* fixture.c: a service as generated code would have it, and a thread that serves it. */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include <dirent.h>
#include <time.h>

/* ---- The service ---- */

static const struct text text_empty = { IDL_EMPTY_STR };

static void text_put(idl_writer *w, const void *message)
{
    const struct text *m = message;
    if (m->text.len)
        idl_put_str(w, IDL_TAG(1, IDL_LEN), m->text);
}

static void text_get(idl_reader *r, void *message)
{
    struct text *m = message;
    uint32_t tag;
    while ((tag = idl_get_tag(r)) != 0) {
        if (tag == IDL_TAG(1, IDL_LEN))
            m->text = idl_get_str(r);
        else
            idl_get_skip(r, tag);
    }
}

static const idl_message text_type = { sizeof(struct text), &text_empty, text_put, text_get };

#define METHOD(service, name, kind)                 \
    {                                               \
        service, name, kind, &text_type, &text_type \
    }
const idl_method text_echo = METHOD("test.Text", "echo", 0);
const idl_method text_other = METHOD("test.Text", "other", 0);
const idl_method text_absent = METHOD("test.Text", "absent", 0);
const idl_method text_touch = METHOD("test.Text", "touch", IDL_ONEWAY);
static const idl_method second_echo = METHOD("test.Second", "echo", 0);

#define ENTER(name)                                                                         \
    static idl_code name##_enter(idl_call *call, const void *handlers, const void *request, \
                                 void *reply)                                               \
    {                                                                                       \
        const struct text_handlers *h = handlers;                                           \
        const struct text *in = request;                                                    \
        struct text *out = reply;                                                           \
        return h->name(call, in->text, &out->text);                                         \
    }
ENTER(echo)
ENTER(other)
ENTER(absent)
ENTER(touch)

idl_code text_serve(idl_server *server, const struct text_handlers *handlers, void *user)
{
    static const idl_entry entries[] = {
        { &text_echo, offsetof(struct text_handlers, echo), echo_enter },
        { &text_other, offsetof(struct text_handlers, other), other_enter },
        { &text_absent, offsetof(struct text_handlers, absent), absent_enter },
        { &text_touch, offsetof(struct text_handlers, touch), touch_enter },
    };
    return idl_server_add(server, entries, sizeof entries / sizeof *entries, handlers,
                          sizeof *handlers, user);
}

idl_code second_serve(idl_server *server, const struct text_handlers *handlers, void *user)
{
    static const idl_entry entries[] = {
        { &second_echo, offsetof(struct text_handlers, echo), echo_enter },
    };
    return idl_server_add(server, entries, 1, handlers, sizeof *handlers, user);
}

idl_code echo_handler(idl_call *call, idl_str text, idl_str *reply)
{
    (void)call;
    *reply = text;
    return IDL_OK;
}

/* ---- Streams ---- */

const idl_method stream_list = METHOD("test.Stream", "list", IDL_STREAM_OUT);
const idl_method stream_join = METHOD("test.Stream", "join", IDL_STREAM_IN);
const idl_method stream_sync = METHOD("test.Stream", "sync", IDL_STREAM_IN | IDL_STREAM_OUT);

static idl_code list_enter(idl_call *call, const void *handlers, const void *request, void *reply)
{
    (void)reply;
    return ((const struct stream_handlers *)handlers)
        ->list(call, ((const struct text *)request)->text);
}

static idl_code join_enter(idl_call *call, const void *handlers, const void *request, void *reply)
{
    (void)request;
    return ((const struct stream_handlers *)handlers)->join(call, &((struct text *)reply)->text);
}

static idl_code sync_enter(idl_call *call, const void *handlers, const void *request, void *reply)
{
    (void)request;
    (void)reply;
    return ((const struct stream_handlers *)handlers)->sync(call);
}

idl_code stream_serve(idl_server *server, const struct stream_handlers *handlers, void *user)
{
    static const idl_entry entries[] = {
        { &stream_list, offsetof(struct stream_handlers, list), list_enter },
        { &stream_join, offsetof(struct stream_handlers, join), join_enter },
        { &stream_sync, offsetof(struct stream_handlers, sync), sync_enter },
    };
    return idl_server_add(server, entries, sizeof entries / sizeof *entries, handlers,
                          sizeof *handlers, user);
}

/* ---- The server ---- */

static void *run(void *arg)
{
    struct fixture *fixture = arg;
    fixture->status = idl_server_run(fixture->server);
    return NULL;
}

void fixture_run(struct fixture *fixture, idl_server *server)
{
    fixture->server = server;
    fixture->status = -1;
    assert_int_equal(pthread_create(&fixture->thread, NULL, run, fixture), 0);
}

void fixture_start(struct fixture *fixture, const char *address, const idl_server_options *options,
                   text_fn *other, text_fn *touch, void *user)
{
    idl_server *server = idl_server_new(options);
    assert_non_null(server);
    const struct text_handlers handlers = { .echo = echo_handler, .other = other, .touch = touch };
    text_serve(server, &handlers, user);
    idl_server_listen(server, address);
    assert_string_equal(idl_server_error(server), "");
    fixture_run(fixture, server);
}

const char *fixture_address(const struct fixture *fixture)
{
    return idl_server_address(fixture->server, 0);
}

void fixture_join(struct fixture *fixture)
{
    assert_int_equal(pthread_join(fixture->thread, NULL), 0);
}

void fixture_stop(struct fixture *fixture)
{
    idl_server_stop(fixture->server);
    fixture_join(fixture);
    assert_string_equal(idl_server_error(fixture->server), "");
    assert_int_equal(fixture->status, 0);
    idl_server_free(fixture->server);
}

void sleep_ms(long ms)
{
    const struct timespec time = { ms / 1000, ms % 1000 * 1000000 };
    nanosleep(&time, NULL);
}

size_t open_descriptors(void)
{
    size_t count = 0;
    DIR *folder = opendir("/proc/self/fd");
    assert_non_null(folder);
    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}
