/* SPDX-License-Identifier: MIT */
/* cname_reserved.h: names that C, C++ and the system have taken. */
#ifndef IDLC_CNAME_RESERVED_H
#define IDLC_CNAME_RESERVED_H

#include <stdbool.h>

#include "str.h"

/* Taken even as a member or a parameter: keywords of C23 and C++20, macros in lower case. */
bool cname_is_word(struct str name);

/* Taken at file scope: those, and all names of ISO C and POSIX. */
bool cname_is_taken(struct str name);

/* The tables are searched by halves; for tests. */
bool cname_tables_are_in_order(void);

#endif
