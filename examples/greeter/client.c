/* SPDX-License-Identifier: MIT */
/* client.c: asks the greeter. usage: greeter_client [NAME [ADDRESS]] */
#include <stdio.h>

#include "greeter_client.h"

int main(int argc, char **argv)
{
    idl_str name = idl_cstr(argc > 1 ? argv[1] : "world");
    idl_channel *channel = idl_channel_open(argc > 2 ? argv[2] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the reply's memory; reusable */
    idl_str reply;
    idl_code code = greeter_greet(channel, call, name, &reply);
    if (code == IDL_OK)
        puts(reply.data);
    else
        fprintf(stderr, "greet: %s: %s\n", idl_code_name(code), idl_call_message(call));
    idl_call_free(call);
    idl_channel_close(channel);
    return code == IDL_OK ? 0 : 1;
}
