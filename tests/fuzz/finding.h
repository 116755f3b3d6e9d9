/* SPDX-License-Identifier: MIT */
/* finding.h: what every fuzzer has: an entry, and a way to say that something is wrong. */
#ifndef FUZZ_FINDING_H
#define FUZZ_FINDING_H

#include <stddef.h>
#include <stdint.h>

/* A finding: says what is wrong and ends the program as libFuzzer wants it. */
_Noreturn void finding(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The entry of every fuzzer, for libFuzzer and for replay.c. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
