/* SPDX-License-Identifier: MIT */
/* sum.h: CRC-64 as xz has it: finds what went wrong by chance, not by malice. */
#ifndef UPLOAD_SUM_H
#define UPLOAD_SUM_H

#include <stddef.h>
#include <stdint.h>

/* The sum of what sum stands for (0: nothing) and size bytes behind it. */
uint64_t sum_add(uint64_t sum, const void *data, size_t size);

#endif
