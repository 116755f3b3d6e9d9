/* SPDX-License-Identifier: MIT */
/* tirpc_server.c: the greeter over ONC RPC. */
#include <stdlib.h>
#include <string.h>

#include "../measure.h"
#include "greeter.h"

void greeter_1(struct svc_req *request, SVCXPRT *transport);

bool_t greet_1_svc(char *name, char **reply, struct svc_req *request)
{
    const size_t len = strlen(name);
    (void)request;
    *reply = allocate(1, GREETING_LEN + len + 1);
    memcpy(*reply, GREETING, GREETING_LEN);
    memcpy(*reply + GREETING_LEN, name, len);
    return TRUE;
}

int greeter_1_freeresult(SVCXPRT *transport, xdrproc_t type, caddr_t result)
{
    (void)transport;
    xdr_free(type, result);
    return 1;
}

int main(void)
{
    int port, listener = listen_local(&port);
    SVCXPRT *transport = svc_vc_create(listener, 0, 0);
    if (transport == NULL || !svc_register(transport, GREETER, GREETER_1, greeter_1, 0))
        die("svc_register");
    server_ready(port);
    svc_run();
    return 1;
}
