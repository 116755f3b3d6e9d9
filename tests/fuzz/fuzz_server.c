/* SPDX-License-Identifier: MIT */
/* fuzz_server.c: a server's connection, by a schedule of what may happen to it: drive.h. */
#include "drive.h"
#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive(IDL__SERVER, data, size);
    return 0;
}
