/* SPDX-License-Identifier: MIT */
/* json.h: what diagnostics and --dump=view share of JSON. */
#ifndef IDLC_JSON_H
#define IDLC_JSON_H

#include "str.h"

/* A JSON string; broken UTF-8 becomes U+FFFD. */
void json_string(struct text *out, struct str s);

#endif
