/* SPDX-License-Identifier: MIT */
/* emit.c: what --emit can make of a file: a table row each. */
#include "emit.h"

// clang-format off
const struct emit_kind emit_kinds[EMIT_COUNT] = {
    { "types",  true,  { { "_types.h",  "types.h.mako"  }, { "_types.c",  "types.c.mako"  } } },
    { "client", true,  { { "_client.h", "client.h.mako" }, { "_client.c", "client.c.mako" } } },
    { "server", true,  { { "_server.h", "server.h.mako" }, { "_server.c", "server.c.mako" } } },
    { "proto",  false, { { ".proto", "proto.mako" } } },
    { "sample", false, { { 0 } } },
    { "docs",   false, { { 0 } } },
};
// clang-format on
