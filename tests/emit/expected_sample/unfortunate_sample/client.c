/* A client of unfortunate.idl, to start from. idlc does not write over it: it is yours. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <inttypes.h>
#include <stdio.h>

#include "unfortunate_client.h"

static idl_code try_service_rpc(idl_channel *channel, idl_call *call)
{
    const message_package_rpc_rpc rpc = { 0 };
    const message_package_rpc_message option = {
        .package = IDL_STR("package"), .returns = true, .import = IDL_STR("import"),
        .syntax = MESSAGE_PACKAGE_RPC_OPTION_SYNTAX,
    };
    idl_code code = message_package_rpc_service_rpc(channel, call, &rpc, &option);
    if (code == IDL_OK)
        puts("service.rpc: done");
    else
        fprintf(stderr, "service.rpc: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_service_option(idl_channel *channel, idl_call *call)
{
    message_package_rpc_option item;
    message_package_rpc_service_option(channel, call);
    message_package_rpc_service_option_send(call, 1);
    idl_call_close_send(call);
    while (message_package_rpc_service_option_recv(call, &item))
        printf("service.option: %d\n", (int)item);
    idl_code code = message_package_rpc_service_option_finish(call); /* of the whole call */
    if (code == IDL_OK)
        puts("service.option: done");
    else
        fprintf(stderr, "service.option: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_service_returns(idl_channel *channel, idl_call *call)
{
    const message_package_rpc_message arg1 = {
        .package = IDL_STR("package"), .returns = true, .import = IDL_STR("import"),
        .syntax = MESSAGE_PACKAGE_RPC_OPTION_SYNTAX,
    };
    idl_code code = message_package_rpc_service_returns(channel, call, &arg1);
    if (code == IDL_OK)
        puts("service.returns: done");
    else
        fprintf(stderr, "service.returns: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_service_stream(idl_channel *channel, idl_call *call)
{
    idl_code code = message_package_rpc_service_stream(channel, call, idl_cstr("arg1"));
    if (code == IDL_OK)
        puts("service.stream: done");
    else
        fprintf(stderr, "service.stream: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_service_reserved(idl_channel *channel, idl_call *call)
{
    message_package_rpc_nothing reply;
    idl_code code = message_package_rpc_service_reserved(channel, call, &reply);
    if (code == IDL_OK)
        printf("service.reserved: Nothing\n");
    else
        fprintf(stderr, "service.reserved: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
    failures += try_service_rpc(channel, call) != IDL_OK;
    failures += try_service_option(channel, call) != IDL_OK;
    failures += try_service_returns(channel, call) != IDL_OK;
    failures += try_service_stream(channel, call) != IDL_OK;
    failures += try_service_reserved(channel, call) != IDL_OK;
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}
