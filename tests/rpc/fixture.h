/* SPDX-License-Identifier: MIT */
/* fixture.h: a small service, and a server that runs it on a thread of its own.
 *
 * All of it takes a text and gives one: message { string text = 1; }. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <pthread.h>

#include <idl/stub.h>

struct text {
    idl_str text;
};

/* Handlers of the service "test.Text"; NULL ones answer UNIMPLEMENTED. */
typedef idl_code text_fn(idl_call *call, idl_str text, idl_str *reply);
struct text_handlers {
    text_fn *echo;  /* the text */
    text_fn *other; /* whatever the test wants */
    text_fn *absent;
    text_fn *touch; /* oneway */
};

extern const idl_method text_methods[4];
#define text_echo   text_methods[0]
#define text_other  text_methods[1]
#define text_absent text_methods[2]
#define text_touch  text_methods[3]

/* Serves it under the name "test.Text", or as "test.Second". */
idl_code text_serve(idl_server *server, const struct text_handlers *handlers, void *user);
idl_code second_serve(idl_server *server, const struct text_handlers *handlers, void *user);

text_fn echo_handler;

/* Handlers of the service "test.Stream". */
struct stream_handlers {
    idl_code (*list)(idl_call *call, idl_str text);   /* -> stream text */
    idl_code (*join)(idl_call *call, idl_str *reply); /* stream text -> text */
    idl_code (*sync)(idl_call *call);                 /* stream text -> stream text */
};

extern const idl_method stream_methods[3];
#define stream_list stream_methods[0]
#define stream_join stream_methods[1]
#define stream_sync stream_methods[2]

idl_code stream_serve(idl_server *server, const struct stream_handlers *handlers, void *user);

/* A server that runs. */
struct fixture {
    idl_server *server;
    pthread_t thread;
    int status; /* of idl_server_run */
};

/* Listens on address and runs, with echo_handler, other and touch for handlers. options may be
 * NULL. */
void fixture_start(struct fixture *fixture, const char *address, const idl_server_options *options,
                   text_fn *other, text_fn *touch, void *user);
/* The same for a server that is ready to run. */
void fixture_run(struct fixture *fixture, idl_server *server);
const char *fixture_address(const struct fixture *fixture);
/* Waits until run has returned, without telling it to. */
void fixture_join(struct fixture *fixture);
/* Stops, joins, frees, and checks that the status was 0. */
void fixture_stop(struct fixture *fixture);

void sleep_ms(long ms);

/* Descriptors that this process has open. */
size_t open_descriptors(void);

#endif
