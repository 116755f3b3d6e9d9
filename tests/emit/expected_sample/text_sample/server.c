/* A server of text.idl, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <stdio.h>

#include "text_server.h"

/* Talk.say */
static idl_code answer_talk_say(idl_call *call, idl_str text, idl_str *reply)
{
    if (text.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "text is empty");
    *reply = idl_call_printf(call, "say: %s", text.data);
    return IDL_OK;
}

/* Talk.look */
static idl_code answer_talk_look(idl_call *call, const text_old *arg1, text_new *reply)
{
    (void)call;
    (void)arg1;
    (void)reply; /* it starts empty */
    return IDL_OK;
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    text_talk_serve(server, &(const text_talk_handlers){
        .say = answer_talk_say,
        .look = answer_talk_look,
    }, NULL);
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
