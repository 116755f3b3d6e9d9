/* SPDX-License-Identifier: MIT */
/* flow.c: a server of streams on a thread. */
#include "flow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

static void *serve(void *arg)
{
    flow *f = arg;
    f->status = idl_server_run(f->server);
    return NULL;
}

int flow_start(void **state, const char *address, const flow_flow_handlers *handlers,
               uint32_t threads, void *user)
{
    flow *f = calloc(1, sizeof *f);
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = threads;
    f->user = user;
    f->server = idl_server_new(&options);
    flow_flow_serve(f->server, handlers, user);
    assert_int_equal(idl_server_listen(f->server, address), IDL_OK);
    assert_int_equal(pthread_create(&f->thread, NULL, serve, f), 0);
    f->channel = idl_channel_open(idl_server_address(f->server, 0), NULL);
    f->call = idl_call_new();
    *state = f;
    return 0;
}

int flow_stop(void **state)
{
    flow *f = *state;
    idl_call_free(f->call);
    idl_channel_close(f->channel);
    idl_server_stop(f->server);
    pthread_join(f->thread, NULL);
    assert_int_equal(f->status, 0);
    idl_server_free(f->server);
    free(f);
    return 0;
}

const char *flow_unix(const char *scheme)
{
    static char address[64];
    snprintf(address, sizeof address, "%s://@idl-flow-%d", scheme, (int)getpid());
    return address;
}
