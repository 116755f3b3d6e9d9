// SPDX-License-Identifier: MIT
// plugin.hpp: what the program looks up in each plugin.
#ifndef PLUGIN_HPP
#define PLUGIN_HPP

#include <idl/runtime.h>

extern "C" {
using plugin_serve_fn = void(idl_server *server);
// Calls its own service; true: the reply is right.
using plugin_call_fn = bool(idl_channel *channel);
plugin_serve_fn plugin_serve;
plugin_call_fn plugin_call;
}

#endif
