/* A server of unfortunate.idl, to start from. idlc does not write over it: it is yours.
 *
 * What a handler puts into *reply is sent after it has returned, so it never points to a local: it
 * is static, the request's, or from idl_call_printf and idl_call_alloc. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <stdio.h>

#include "unfortunate_server.h"

/* service.rpc */
static idl_code answer_service_rpc(idl_call *call, const message_package_rpc_rpc *rpc,
                                   const message_package_rpc_message *option)
{
    (void)rpc;
    if (option->package.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "package is empty");
    return IDL_OK;
}

/* service.option: a message of the client, or NULL behind the last. */
static void take_service_option(idl_call *call, const int32_t *item, void *arg)
{
    (void)arg;
    if (item == NULL)
        idl_call_end(call, IDL_OK);
    else if (message_package_rpc_service_option_emit(call, MESSAGE_PACKAGE_RPC_OPTION_SYNTAX) == IDL_AGAIN)
        idl_call_end(call, IDL_RESOURCE_EXHAUSTED); /* or wait: see idl_call_on_writable */
}

static idl_code answer_service_option(idl_call *call)
{
    message_package_rpc_service_option_on_next(call, take_service_option, NULL);
    return idl_call_defer(call);
}

/* service.returns */
static idl_code answer_service_returns(idl_call *call, const message_package_rpc_message *arg1)
{
    if (arg1->package.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "package is empty");
    return IDL_OK;
}

/* service.stream */
static idl_code answer_service_stream(idl_call *call, idl_str arg1)
{
    (void)call;
    (void)arg1;
    return IDL_OK;
}

/* service.reserved */
static idl_code answer_service_reserved(idl_call *call, message_package_rpc_nothing *reply)
{
    (void)call;
    (void)reply; /* it starts empty */
    return IDL_OK;
}

int main(int argc, char **argv)
{
    idl_server *server = idl_server_new(NULL);
    message_package_rpc_service_serve(server, &(const message_package_rpc_service_handlers){
        .rpc = answer_service_rpc,
        .option = answer_service_option,
        .returns = answer_service_returns,
        .stream = answer_service_stream,
        .reserved = answer_service_reserved,
    }, NULL);
    message_package_rpc_stream_serve(server, &(const message_package_rpc_stream_handlers){ 0 }, NULL);
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
