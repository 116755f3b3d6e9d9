/* SPDX-License-Identifier: MIT */
/* tcc.h: generated C, compiled in this process and run: quick, but tcc sees what is wrong only, not
 * what is doubtful. */
#ifndef FUZZ_TCC_H
#define FUZZ_TCC_H

#include "cc.h"
#include "schema.h"

/* The files, which stand in folder too, compile and link without a word; and what each message's
 * decoder takes is encoded to the same bytes, however often. seed: for the messages. */
void tcc_check(const struct cc_files *files, const char *folder, const struct schema *schema,
               uint64_t seed);

#endif
