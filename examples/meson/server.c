/* SPDX-License-Identifier: MIT */
/* server.c: throws the dice. usage: server [ADDRESS] */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "dice_server.h"

enum { MAX_DICE = 1000 };

static idl_code roll(idl_call *call, const hand *dice, idl_uint32_list *reply)
{
    if (dice->count > MAX_DICE || dice->sides == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "no %u dice of %u sides",
                             (unsigned)dice->count, (unsigned)dice->sides);
    uint32_t *numbers = idl_call_alloc(call, dice->count * sizeof *numbers);
    if (!numbers)
        return IDL_RESOURCE_EXHAUSTED;
    for (uint32_t i = 0; i < dice->count; i++)
        numbers[i] = 1 + (uint32_t)rand() % dice->sides;
    *reply = (idl_uint32_list){ numbers, dice->count };
    return IDL_OK;
}

int main(int argc, char **argv)
{
    srand((unsigned)time(NULL));
    idl_server *server = idl_server_new(NULL);
    dice_serve(server, &(dice_handlers){ .roll = roll }, NULL);
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50051") != IDL_OK)
        return fprintf(stderr, "%s\n", idl_server_error(server)), 1;
    printf("listening on %s\n", idl_server_address(server, 0));
    fflush(stdout);
    int status = idl_server_run(server); /* until SIGINT or SIGTERM: then drains */
    idl_server_free(server);
    return status;
}
