/* SPDX-License-Identifier: MIT */
/* idlc_server.c: the greeter that is compared. idlc_server [WORKERS] */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "greeter_server.h"
#include "measure.h"

static idl_code greet(idl_call *call, idl_str name, idl_str *reply)
{
    *reply = idl_call_printf(call, GREETING "%s", name.data);
    return IDL_OK;
}

static idl_code greet_bytes(idl_call *call, idl_bytes name, idl_bytes *reply)
{
    uint8_t *data = idl_call_alloc(call, GREETING_LEN + name.len);
    if (data == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    memcpy(data, GREETING, GREETING_LEN);
    memcpy(data + GREETING_LEN, name.data, name.len);
    *reply = (idl_bytes){ data, GREETING_LEN + name.len };
    return IDL_OK;
}

static void go_on(idl_call *call, void *arg)
{
    const idl_bytes *message = arg;
    idl_code code;
    do
        code = bench_greeter_stream_emit(call, *message);
    while (code == IDL_OK);
    if (code != IDL_AGAIN)
        idl_call_end(call, IDL_CANCELLED);
}

static idl_code stream(idl_call *call, uint32_t size)
{
    idl_bytes *message = idl_call_alloc(call, sizeof *message);
    uint8_t *data = idl_call_alloc(call, size);
    if (message == NULL || data == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    memset(data, 'x', size);
    *message = (idl_bytes){ data, size };
    idl_call_on_writable(call, go_on, message);
    idl_code deferred = idl_call_defer(call);
    while (bench_greeter_stream_emit(call, *message) == IDL_OK)
        ;
    return deferred;
}

int main(int argc, char **argv)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    const char *spin = getenv("BENCH_SPIN");
    options.workers = argc > 1 ? (uint32_t)atoi(argv[1]) : 1;
    options.spin_us = spin != NULL ? (uint32_t)atoi(spin) : 0;
    idl_server *server = idl_server_new(&options);
    bench_greeter_serve(
        server,
        &(bench_greeter_handlers){ .greet = greet, .greet_bytes = greet_bytes, .stream = stream },
        NULL);
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK) {
        fprintf(stderr, "%s\n", idl_server_error(server));
        return 1;
    }
    server_ready(atoi(strrchr(idl_server_address(server, 0), ':') + 1));
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}
