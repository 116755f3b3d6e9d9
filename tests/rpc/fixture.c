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

static void run_done(idl_call *call, idl_code code, const void *reply, void (*user)(void),
                     void *arg)
{
    ((idl_done_fn *)user)(call, code, reply, NULL, arg);
}

#define METHOD(service, name, kind)                           \
    {                                                         \
        service, name, kind, &text_type, &text_type, run_done \
    }
const idl_method text_methods[] = {
    METHOD("test.Text", "echo", 0),
    METHOD("test.Text", "other", 0),
    METHOD("test.Text", "absent", 0),
    METHOD("test.Text", "touch", IDL_ONEWAY),
};
static const idl_method second_echo = METHOD("test.Second", "echo", 0);

static idl_code text_enter(idl_call *call, const void *request, void *reply, const void *handlers,
                           size_t method)
{
    const struct text_handlers *h = handlers; /* as many of them as the service has methods */
    text_fn *fn = method == 0   ? h->echo
                  : method == 1 ? h->other
                  : method == 2 ? h->absent
                                : h->touch;
    return fn(call, ((const struct text *)request)->text, &((struct text *)reply)->text);
}

idl_code text_serve(idl_server *server, const struct text_handlers *handlers, void *user)
{
    return idl_server_add(server, text_methods, sizeof text_methods / sizeof *text_methods,
                          text_enter, handlers, user);
}

idl_code second_serve(idl_server *server, const struct text_handlers *handlers, void *user)
{
    return idl_server_add(server, &second_echo, 1, text_enter, handlers, user);
}

idl_code echo_handler(idl_call *call, idl_str text, idl_str *reply)
{
    (void)call;
    *reply = text;
    return IDL_OK;
}

/* ---- Streams ---- */

const idl_method stream_methods[] = {
    METHOD("test.Stream", "list", IDL_STREAM_OUT),
    METHOD("test.Stream", "join", IDL_STREAM_IN),
    METHOD("test.Stream", "sync", IDL_STREAM_IN | IDL_STREAM_OUT),
};

static idl_code stream_enter(idl_call *call, const void *request, void *reply, const void *handlers,
                             size_t method)
{
    const struct stream_handlers *h = handlers;
    switch (method) {
    case 0: return h->list(call, ((const struct text *)request)->text);
    case 1: return h->join(call, &((struct text *)reply)->text);
    default: return h->sync(call);
    }
}

idl_code stream_serve(idl_server *server, const struct stream_handlers *handlers, void *user)
{
    return idl_server_add(server, stream_methods, sizeof stream_methods / sizeof *stream_methods,
                          stream_enter, handlers, user);
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
