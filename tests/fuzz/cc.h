/* SPDX-License-Identifier: MIT */
/* cc.h: whether what is generated is C without an error and without a warning. */
#ifndef FUZZ_CC_H
#define FUZZ_CC_H

#include <stdbool.h>

#include "schema.h"
#include "str.h"

enum { CC_FILES_MAX = 40 };

struct cc_files {
    struct {
        struct str name;
        struct text text;
        bool program; /* has a main: not for tcc, which links all that is not */
    } items[CC_FILES_MAX];
    size_t count;
};

/* With tcc, where libtcc was found (tcc.h); well: with gcc and clang and the warnings that users
 * have, all headers in one C++ file, and what is .proto with protoc. All that they have to say is a finding. */
void cc_check(const struct cc_files *files, const struct schema *schema, uint64_t seed, bool well);

#endif
