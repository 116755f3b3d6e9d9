/* SPDX-License-Identifier: MIT */
/* input.h: what a fuzzer does with bytes: files in memory, compiled; and what ends it.
 *
 * Input is IDL text. A form feed ends one file and begins the next: main.idl, a.idl, b.idl, c.idl,
 * which may import each other. No file of the disk is read. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "finding.h"
#include "stages.h"

enum { INPUT_FILES_MAX = 4 };

struct input {
    struct arena *arena;
    struct diag *diag;
    const struct source *sources[2 * INPUT_FILES_MAX]; /* room for those of another one */
    size_t count;
    struct schema *schema;
};

/* Up to the C names, if what comes before them had no errors. text must outlive the input. */
void input_compile(struct input *input, struct str text, enum diag_format format);
void input_free(struct input *input);

/* What the user would read; in the arena. */
struct str input_messages(struct input *input);

#endif
