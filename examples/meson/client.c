/* SPDX-License-Identifier: MIT */
/* client.c: has dice thrown. usage: client [COUNT [SIDES [ADDRESS]]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "dice_client.h"

static uint32_t number(const char *text)
{
    return (uint32_t)strtoul(text, NULL, 10);
}

int main(int argc, char **argv)
{
    hand dice = { .count = 2, .sides = 6 };
    if (argc > 1)
        dice.count = number(argv[1]);
    if (argc > 2)
        dice.sides = number(argv[2]);
    idl_channel *channel = idl_channel_open(argc > 3 ? argv[3] : "tcp://127.0.0.1:50051", NULL);
    idl_call *call = idl_call_new(); /* owns the reply's memory; reusable */
    idl_uint32_list numbers;
    idl_code code = dice_roll(channel, call, &dice, &numbers);
    if (code != IDL_OK)
        fprintf(stderr, "roll: %s: %s\n", idl_code_name(code), idl_call_message(call));
    for (size_t i = 0; i < numbers.count; i++)
        printf("%s%" PRIu32, i ? " " : "", numbers.items[i]);
    if (code == IDL_OK)
        puts("");
    idl_call_free(call);
    idl_channel_close(channel);
    return code == IDL_OK ? 0 : 1;
}
