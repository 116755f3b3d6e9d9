/* SPDX-License-Identifier: MIT */
/* differential_peer.c: the C side of differential_test.py.
 *
 * Requests and answers on stdin and stdout are a length, 4 bytes big-endian, and a message. The
 * answer to bytes that decode is 'k' and what they encode as again; to others it is 'e' and the
 * number of the code, one byte. Ends with its input. */
#include <stdio.h>
#include <stdlib.h>

#include <idl/codec.h>

extern const idl_message sample_all_type; /* written by hand, or by idlc from all_types.idl */

static void *allocate(size_t size)
{
    void *memory = malloc(size != 0 ? size : 1);
    if (memory == NULL)
        abort();
    return memory;
}

/* False at the end of the input. Memory of exactly the message's size, so that ASan watches it. */
static bool receive(idl_bytes *message)
{
    uint8_t header[4];
    *message = (idl_bytes){ NULL, 0 };
    if (fread(header, 1, 4, stdin) != 4)
        return false;
    message->len = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                   header[3];
    uint8_t *data = allocate(message->len);
    message->data = data;
    return fread(data, 1, message->len, stdin) == message->len;
}

static void answer(char kind, idl_bytes message)
{
    const size_t len = message.len + 1;
    const uint8_t header[5] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
                                (uint8_t)len, (uint8_t)kind };
    fwrite(header, 1, sizeof header, stdout);
    fwrite(message.data, 1, message.len, stdout);
    fflush(stdout);
}

int main(void)
{
    idl_arena *arena = idl_arena_new();
    void *decoded = allocate(sample_all_type.size);
    idl_bytes in, out;
    while (receive(&in)) {
        idl_code code = idl_decode(&sample_all_type, in, arena, decoded);
        if (code == IDL_OK)
            code = idl_encode(&sample_all_type, decoded, arena, &out);
        const uint8_t number = (uint8_t)code;
        if (code == IDL_OK)
            answer('k', out);
        else
            answer('e', (idl_bytes){ &number, 1 });
        free((void *)(uintptr_t)in.data);
        idl_arena_reset(arena);
    }
    free((void *)(uintptr_t)in.data);
    free(decoded);
    idl_arena_free(arena);
    return 0;
}
