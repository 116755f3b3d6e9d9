/* SPDX-License-Identifier: MIT */
/* emit.c: what --emit can make of a file: a table row each. */
#include "emit.h"

// clang-format off
const struct emit_kind emit_kinds[EMIT_COUNT] = {
    { "types",  true,  { { "_types.h",  "types.h.mako", false }, { "_types.c",  "types.c.mako", false } } },
    { "client", true,  { { "_client.h", "client.h.mako", false }, { "_client.c", "client.c.mako", false } } },
    { "server", true,  { { "_server.h", "server.h.mako", false }, { "_server.c", "server.c.mako", false } } },
    { "proto",  false, { { ".proto", "proto.mako", false } } },
    { "sample", false, { { "_sample/server.c", "sample_server.c.mako", true },
                         { "_sample/client.c", "sample_client.c.mako", true },
                         { "_sample/CMakeLists.txt", "sample.cmake.mako", true } } },
    { "docs",   false, { { ".html", "docs.html.mako", false }, { ".md", "docs.md.mako", false } } },
};
// clang-format on
