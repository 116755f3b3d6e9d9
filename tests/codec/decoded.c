/* SPDX-License-Identifier: MIT */
/* decoded.c: a decoded message and its arena. */
#include "decoded.h"

idl_arena *room;
sample_all m;

int set_up(void **state)
{
    (void)state;
    room = idl_arena_new();
    return room == NULL;
}

int tear_down(void **state)
{
    (void)state;
    idl_arena_free(room);
    return 0;
}

void get(const char *digits)
{
    if (decode_hex(digits, room, &m) != IDL_OK)
        fail_msg("does not decode: %s", digits);
}
