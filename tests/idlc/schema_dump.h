/* SPDX-License-Identifier: MIT */
/* schema_dump.h: everything that the front end fills in, as text. */
#ifndef IDLC_SCHEMA_DUMP_H
#define IDLC_SCHEMA_DUMP_H

#include "schema.h"
#include "str.h"

void schema_dump(struct text *out, const struct schema *schema);

#endif
