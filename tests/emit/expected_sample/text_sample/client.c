/* A client of text.idl, to start from. idlc does not write over it: it is yours. */
#define IDL_NO_DEPRECATED /* the IDL deprecates some of what is used here */
#include <inttypes.h>
#include <stdio.h>

#include "text_client.h"

static idl_code try_talk_say(idl_channel *channel, idl_call *call)
{
    idl_str reply;
    idl_code code = text_talk_say(channel, call, idl_cstr("text"), &reply);
    if (code == IDL_OK)
        printf("Talk.say: %s\n", reply.data);
    else
        fprintf(stderr, "Talk.say: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

static idl_code try_talk_look(idl_channel *channel, idl_call *call)
{
    const text_old arg1 = { .x = 1, .which = TEXT_OLD_WHICH_A, .a = 2 };
    text_new reply;
    idl_code code = text_talk_look(channel, call, &arg1, &reply);
    if (code == IDL_OK)
        printf("Talk.look: New\n");
    else
        fprintf(stderr, "Talk.look: %s: %s\n", idl_code_name(code), idl_call_message(call));
    return code;
}

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
    failures += try_talk_say(channel, call) != IDL_OK;
    failures += try_talk_look(channel, call) != IDL_OK;
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}
