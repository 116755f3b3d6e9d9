/* SPDX-License-Identifier: MIT */
/* server_libuv.c: a server in a loop that the program has already, whose timers its handlers use.
 * usage: loops_server [ADDRESS]
 *
 * All on one thread. The loop is the program's, also its signals: the server leaves them alone. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <stdio.h>

#include "loops_server.h"
#include "with_libuv.h"

struct program {
    uv_loop_t *loop;
    idl_server *server;
    uint32_t waiting;
};

/* A call that waits for its time. It lives in the call's memory. */
struct alarm {
    uv_timer_t timer;
    idl_call *call;
    struct program *program;
};

/* ---- The handler ---- */

/* The timer is libuv's until it is closed, and so is the call. */
static void on_closed(uv_handle_t *timer)
{
    struct alarm *alarm = timer->data;
    demo_loops_alarm_ring_complete(alarm->call, alarm->program->waiting--);
}

static void on_time(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_closed);
}

/* The client has gone, or its time is over: there is nothing to wait for. */
static void on_cancel(idl_call *call, void *arg)
{
    struct alarm *alarm = arg;
    (void)call;
    if (!uv_is_closing((uv_handle_t *)&alarm->timer))
        uv_close((uv_handle_t *)&alarm->timer, on_closed);
}

static idl_code ring(idl_call *call, uint32_t ms, uint32_t *reply)
{
    struct program *program = idl_call_user(call);
    struct alarm *alarm = idl_call_alloc(call, sizeof *alarm);
    (void)reply; /* it comes with the end */
    if (alarm == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    alarm->call = call;
    alarm->program = program;
    uv_timer_init(program->loop, &alarm->timer);
    alarm->timer.data = alarm;
    uv_update_time(program->loop);
    uv_timer_start(&alarm->timer, on_time, ms, 0);
    program->waiting++;
    idl_call_on_cancel(call, on_cancel, alarm);
    return idl_call_defer(call);
}

/* ---- The program ---- */

static void on_signal(uv_signal_t *handle, int signal)
{
    const struct program *program = handle->data;
    (void)signal;
    idl_server_stop(program->server); /* it drains, and leaves the loop */
}

/* Until the server has drained: the handles for signals do not keep the loop going. */
static int run(struct program *program)
{
    static const int numbers[] = { SIGINT, SIGTERM };
    uv_signal_t signals[2];
    with_libuv handles;
    if (with_libuv_add(program->loop, &handles, pollable_server(program->server)) != 0)
        return 1;
    for (int i = 0; i < 2; i++) {
        uv_signal_init(program->loop, &signals[i]);
        signals[i].data = program;
        uv_signal_start(&signals[i], on_signal, numbers[i]);
        uv_unref((uv_handle_t *)&signals[i]);
    }
    uv_run(program->loop, UV_RUN_DEFAULT);
    for (int i = 0; i < 2; i++)
        uv_close((uv_handle_t *)&signals[i], NULL);
    uv_run(program->loop, UV_RUN_DEFAULT);
    return *idl_server_error(program->server) != '\0';
}

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
        return fputs("usage: loops_server [ADDRESS]\n", stderr), 2;

    struct program program = { uv_default_loop(), idl_server_new(NULL), 0 };
    idl_server *server = program.server;
    demo_loops_alarm_serve(server, &(demo_loops_alarm_handlers){ .ring = ring }, &program);
    int status = 1;
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50056") == IDL_OK &&
        idl_server_start(server) == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = run(&program);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    uv_loop_close(program.loop);
    return status;
}
