/* SPDX-License-Identifier: MIT */
/* client.c: asks for a greeting. usage: client [NAME [ADDRESS [TITLE]]] */
#include <stdio.h>

#include "greeter_client.h"

int main(int argc, char **argv)
{
    people_person who = { .name = idl_cstr(argc > 1 ? argv[1] : "world") };
    const char *address = argc > 2 ? argv[2] : "tcp://127.0.0.1:50051";
    if (argc > 3) {
        who.has_title = true;
        who.title = idl_cstr(argv[3]);
    }
    idl_channel *channel = idl_channel_open(address, NULL);
    idl_call *call = idl_call_new(); /* owns the reply's memory; reusable */
    idl_str reply;
    idl_code code = greeter_greet(channel, call, &who, &reply);
    if (code == IDL_OK)
        puts(reply.data);
    else
        fprintf(stderr, "greet: %s: %s\n", idl_code_name(code), idl_call_message(call));
    idl_call_free(call);
    idl_channel_close(channel);
    return code == IDL_OK ? 0 : 1;
}
