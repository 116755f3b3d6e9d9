/* SPDX-License-Identifier: MIT */
/* fuzz_client.c: a client's connection, by a schedule of what may happen to it: drive.h. */
#include "drive.h"
#include "finding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    drive(IDL__CLIENT, data, size);
    return 0;
}
