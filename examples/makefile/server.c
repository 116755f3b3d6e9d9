/* SPDX-License-Identifier: MIT */
/* server.c: greets people. usage: server [ADDRESS] */
#include <stdio.h>

#include "greeter_server.h"

static idl_code greet(idl_call *call, const people_person *who, idl_str *reply)
{
    if (who->name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "who has no name?");
    if (who->has_title)
        *reply = idl_call_printf(call, "Good day, %s %s", who->title.data, who->name.data);
    else
        *reply = idl_call_printf(call, "Hello, %s", who->name.data);
    return IDL_OK;
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    greeter_serve(server, &(greeter_handlers){ .greet = greet }, NULL);
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50051") != IDL_OK)
        return fprintf(stderr, "%s\n", idl_server_error(server)), 1;
    printf("listening on %s\n", idl_server_address(server, 0));
    fflush(stdout);
    int status = idl_server_run(server); /* until SIGINT or SIGTERM: then drains */
    idl_server_free(server);
    return status;
}
