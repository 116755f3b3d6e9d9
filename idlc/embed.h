/* SPDX-License-Identifier: MIT */
/* embed.h: files that were compiled into the program by cmake/EmbedFiles.cmake. */
#ifndef IDLC_EMBED_H
#define IDLC_EMBED_H

#include <stddef.h>

struct embedded_file {
    const char *name;          /* without its folder */
    const unsigned char *data; /* a NUL follows that size does not count */
    size_t size;
};

/* The built-in templates, in the order of templates/CMakeLists.txt. */
extern const struct embedded_file template_files[];
extern const size_t template_file_count;

#endif
