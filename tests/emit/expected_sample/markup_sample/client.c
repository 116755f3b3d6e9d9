/* A client of markup.idl, to start from. idlc does not write over it: it is yours. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <inttypes.h>
#include <stdio.h>

#include "markup_client.h"

static idl_code try_talk_get(idl_channel *channel, idl_call *call)
{
    markup_constants_list reply;
    idl_code code = markup_talk_get(channel, call, idl_cstr("name"), &(const uint32_t){ 2 },
                                    &reply);
    if (code == IDL_OK)
        printf("Talk.get: %zu items\n", reply.count);
    else
        fprintf(stderr, "Talk.get: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_talk_go(idl_channel *channel, idl_call *call)
{
    const markup_map_x arg1 = { 0 };
    demo_pages_level item;
    markup_talk_go(channel, call);
    markup_talk_go_send(call, &arg1);
    idl_call_close_send(call);
    while (markup_talk_go_recv(call, &item))
        printf("Talk.go: %d\n", (int)item);
    idl_code code = markup_talk_go_finish(call); /* of the whole call */
    if (code == IDL_OK)
        puts("Talk.go: done");
    else
        fprintf(stderr, "Talk.go: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
    failures += try_talk_get(channel, call) != IDL_OK;
    failures += try_talk_go(channel, call) != IDL_OK;
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}
