/* SPDX-License-Identifier: MIT */
/* decode_fuzzer.c: libFuzzer on the decoder, by a generated message with everything in it (preset
 * fuzz). What decodes must encode, and what that gives must come back the same. */
#include <stdlib.h>
#include <string.h>

#include "all_types_types.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    idl_arena *arena = idl_arena_new();
    sample_all message;
    idl_bytes once, twice;
    if (sample_all_decode(&message, arena, (idl_bytes){ data, size }) == IDL_OK) {
        require(sample_all_encode(&message, arena, &once) == IDL_OK);
        require(sample_all_decode(&message, arena, once) == IDL_OK);
        require(sample_all_encode(&message, arena, &twice) == IDL_OK);
        require(once.len == twice.len && memcmp(once.data, twice.data, once.len) == 0);
    }
    idl_arena_free(arena);
    return 0;
}
