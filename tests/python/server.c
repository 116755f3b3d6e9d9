/* SPDX-License-Identifier: MIT */
/* server.c: serves demo.idl, with handlers that wait. usage: python_server */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "demo_server.h"

static idl_code greet(idl_call *call, idl_str name, idl_str *reply)
{
    *reply = idl_call_printf(call, "Hello, %s", name.data);
    return IDL_OK;
}

static idl_code report(idl_call *call, int32_t code, idl_str message)
{
    return idl_call_fail(call, (idl_code)code, "%s", message.data);
}

static idl_code list(idl_call *call, uint32_t count, uint32_t size)
{
    uint8_t *data = calloc(1, size + 1);
    idl_code code = data != NULL ? IDL_OK : IDL_RESOURCE_EXHAUSTED;
    for (uint32_t i = 0; i < count && code == IDL_OK; i++)
        code = demo_demo_list_emit(call, (idl_bytes){ data, size });
    free(data);
    return code;
}

static idl_code sum(idl_call *call, int64_t *reply)
{
    int64_t item;
    while (demo_demo_sum_next(call, &item))
        *reply += item;
    return IDL_OK;
}

static idl_code echo(idl_call *call)
{
    idl_bytes item;
    idl_code code = IDL_OK;
    while (code == IDL_OK && demo_demo_echo_next(call, &item))
        code = demo_demo_echo_emit(call, item);
    return code;
}

static idl_code wait_for(idl_call *call, uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds && !idl_call_is_cancelled(call); i++)
        nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    if (!idl_call_is_cancelled(call))
        return IDL_OK;
    atomic_fetch_add((atomic_uint *)idl_call_user(call), 1);
    return IDL_CANCELLED;
}

static idl_code cancelled(idl_call *call, uint32_t *reply)
{
    *reply = atomic_load((atomic_uint *)idl_call_user(call));
    return IDL_OK;
}

int main(void)
{
    atomic_uint count = 0;
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.handler_threads = 4;
    idl_server *server = idl_server_new(&options);
    demo_demo_serve(server,
                    &(demo_demo_handlers){ .greet = greet,
                                           .fail = report,
                                           .list = list,
                                           .sum = sum,
                                           .echo = echo,
                                           .wait = wait_for,
                                           .cancelled = cancelled },
                    &count);
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK)
        return fprintf(stderr, "%s\n", idl_server_error(server)), 1;
    printf("listening on %s\n", idl_server_address(server, 0));
    fflush(stdout);
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}
