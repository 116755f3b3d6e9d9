/* SPDX-License-Identifier: MIT */
/* messages.h: whether diagnostics are what diag.h promises, whatever they are about. */
#ifndef FUZZ_MESSAGES_H
#define FUZZ_MESSAGES_H

#include "input.h"

/* Text for a terminal: UTF-8 without controls and without what turns the direction. */
void messages_check_text(struct str text);

/* Objects with the promised members, a line each; every place lies in its file, and every error
 * has one. */
void messages_check_json(const struct input *input, struct str text);

#endif
