/* SPDX-License-Identifier: MIT */
/* options.h: the command line. One table in options.c has every flag, its argument and its help. */
#ifndef IDLC_OPTIONS_H
#define IDLC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"
#include "diag.h"
#include "emit.h"
#include "str.h"

enum mode {
    MODE_GENERATE,
    MODE_CHECK,
    MODE_LIST_OUTPUTS,
    MODE_DUMP_VIEW,
    MODE_COMPARE,
    MODE_FORMAT,
    MODE_FORMAT_CHECK,
    MODE_EXPORT_TEMPLATES,
    MODE_HELP,
    MODE_VERSION
};

/* Strings are those of argv, or in the arena. */
struct options {
    enum mode mode;
    struct str *paths; /* IDL files */
    size_t path_count;
    struct str *import_dirs;
    size_t import_dir_count;
    struct str out_dir;      /* empty: the current folder */
    struct str template_dir; /* empty: none */
    struct str depfile;      /* empty: none */
    struct str depfile_target;
    struct str export_dir;
    bool emit[EMIT_COUNT];
    struct diag_options diag;
};

/* False with *error set (arena) when the command line is wrong. */
bool options_parse(struct arena *arena, int argc, char **argv, struct options *options,
                   struct str *error);

/* What --help prints. */
void options_help(struct text *out);

#endif
