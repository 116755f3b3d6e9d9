/* A client of pages.idl, to start from. idlc does not write over it: it is yours. */
#include <inttypes.h>
#include <stdio.h>

#include "pages_client.h"

int main(int argc, char **argv)
{
    idl_channel *channel = idl_channel_open(argc > 1 ? argv[1] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the replies' memory: each until the next call */
    int failures = 0;
    idl_call_free(call);
    idl_channel_close(channel);
    return failures != 0;
}
