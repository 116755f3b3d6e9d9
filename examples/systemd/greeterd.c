/* SPDX-License-Identifier: MIT */
/* greeterd.c: the greeter as a system service: usage: greeterd [ADDRESS...]
 *
 * Without addresses it serves the sockets that systemd passes; with some, also from a terminal. */
#include <stdio.h>

#include <unistd.h>

#include "greeterd_server.h"

static idl_code greet(idl_call *call, idl_str name, idl_str *reply)
{
    *reply = idl_call_printf(call, "Hello, %s", name.data);
    return IDL_OK;
}

static idl_code pid(idl_call *call, uint32_t *reply)
{
    (void)call;
    *reply = (uint32_t)getpid();
    return IDL_OK;
}

int main(int argc, char **argv)
{
    static const char *const passed[] = { "systemd://" };
    const char *const *addresses = argc > 1 ? (const char *const *)argv + 1 : passed;
    size_t count = argc > 1 ? (size_t)argc - 1 : 1;

    idl_server_options options = IDL_SERVER_OPTIONS;
    options.notify = 1; /* the unit is of Type=notify */
    idl_server *server = idl_server_new(&options);
    greeter_serve(server, &(greeter_handlers){ .greet = greet, .pid = pid }, NULL);
    idl_health_set(idl_health_serve(server), "Greeter", IDL_HEALTH_SERVING); /* for probes */
    for (size_t i = 0; i < count; i++)
        idl_server_listen(server, addresses[i]); /* the first error sticks: run reports it */
    const char *address;
    for (size_t i = 0; (address = idl_server_address(server, i)) != NULL; i++)
        fprintf(stderr, "listening on %s\n", address);
    int status = idl_server_run(server);
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}
