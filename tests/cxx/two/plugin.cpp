// SPDX-License-Identifier: MIT
// plugin.cpp: another plugin, whose stubs have some of the same names as the first one's, and mean
// something else by them.
#include "../plugin.hpp"

#include "plugin_client.h"
#include "plugin_server.h"

static idl_code sum(idl_call *, const plugin_item *item, double *reply)
{
    *reply = item->price;
    for (size_t i = 0; i < item->parts.count; i++)
        *reply += item->parts.items[i].price;
    return IDL_OK;
}

void plugin_serve(idl_server *server)
{
    plugin_two_handlers handlers{};
    handlers.sum = sum;
    plugin_two_serve(server, &handlers, nullptr);
}

bool plugin_call(idl_channel *channel)
{
    plugin_item parts[2]{};
    parts[0].price = 0.5;
    parts[1].price = 0.25;
    plugin_item item{};
    item.price = 1;
    item.parts = plugin_item_list{ parts, 2 };
    double reply = 0;
    idl_call *call = idl_call_new();
    bool right = plugin_two_sum(channel, call, &item, &reply) == IDL_OK && reply > 1.74 && reply < 1.76;
    idl_call_free(call);
    return right;
}
