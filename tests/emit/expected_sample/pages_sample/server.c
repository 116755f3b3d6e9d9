/* A server of pages.idl, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
#include <stdio.h>

#include "pages_server.h"

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50051") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
    }
    int status = idl_server_run(server); /* until SIGINT or SIGTERM: then drains */
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}
