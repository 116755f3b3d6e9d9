/* SPDX-License-Identifier: MIT */
/* cc.h: whether what is generated is C without an error and without a warning. */
#ifndef FUZZ_CC_H
#define FUZZ_CC_H

#include "str.h"

enum { CC_FILES_MAX = 24 };

struct cc_files {
    struct {
        struct str name;
        struct text text;
    } items[CC_FILES_MAX];
    size_t count;
};

/* Looks at the sources with tcc, in this process: quick, but it sees what is wrong, not what is
 * doubtful. All that it has to say is a finding. Does nothing where libtcc was not found. */
void cc_check_quickly(const struct cc_files *files);

/* gcc -Werror with the warnings that users have, and all headers in one C++ file. */
void cc_check_well(const struct cc_files *files);

#endif
