// SPDX-License-Identifier: MIT
// plugin.cpp: a plugin with stubs of its own.
#include "../plugin.hpp"

#include "plugin_client.h"
#include "plugin_server.h"

static idl_code twice(idl_call *, const plugin_item *item, plugin_item *reply)
{
    *reply = *item;
    reply->count = 2 * item->count;
    return IDL_OK;
}

void plugin_serve(idl_server *server)
{
    plugin_one_handlers handlers{};
    handlers.twice = twice;
    plugin_one_serve(server, &handlers, nullptr);
}

bool plugin_call(idl_channel *channel)
{
    plugin_item item{}, reply{};
    item.name = idl_cstr("nut");
    item.count = 21;
    idl_call *call = idl_call_new();
    bool right = plugin_one_twice(channel, call, &item, &reply) == IDL_OK && reply.count == 42 &&
                 reply.name.len == 3;
    idl_call_free(call);
    return right;
}
