/* SPDX-License-Identifier: MIT */
/* unary.c: calls of 16 bytes, as many as are asked for, to have their instructions counted:
 * unary server; unary client PORT CALLS */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load_client.h"
#include "load_server.h"

static idl_code echo(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = idl_call_printf(call, "Hello, %s", text.data);
    return IDL_OK;
}

static int serve(void)
{
    idl_server *server = idl_server_new(NULL);
    test_load_target_serve(server, &(test_load_target_handlers){ .echo = echo }, NULL);
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK)
        return 1;
    puts(strrchr(idl_server_address(server, 0), ':') + 1);
    fflush(stdout);
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}

static int make_calls(const char *port, int count)
{
    char address[64];
    snprintf(address, sizeof address, "tcp://127.0.0.1:%s", port);
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new();
    idl_str reply;
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        ok = test_load_target_echo(channel, call, idl_cstr("sixteen bytes ok"), &reply) == IDL_OK &&
             reply.len == 23;
    idl_call_free(call);
    idl_channel_close(channel);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return make_calls(argv[2], atoi(argv[3]));
    return argc == 2 ? serve() : 2;
}
