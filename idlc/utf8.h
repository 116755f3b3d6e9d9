/* SPDX-License-Identifier: MIT */
/* utf8.h: one character of UTF-8 at a time. */
#ifndef IDLC_UTF8_H
#define IDLC_UTF8_H

#include <stddef.h>
#include <stdint.h>

#include "str.h"

/* Length of the UTF-8 character at the start of s (1 to 4) and its code; 0 when it is broken or s
 * is empty. Overlong forms and surrogates are broken. */
size_t utf8_next(struct str s, uint32_t *code);

#endif
