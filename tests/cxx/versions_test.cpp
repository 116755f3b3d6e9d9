// SPDX-License-Identifier: MIT
// versions_test.cpp: several services, and two versions of one, in one program: by package.
#include "store_v1_client.h"
#include "store_v1_server.h"
#include "store_v2_client.h"
#include "store_v2_server.h"
#include "talk_client.h"
#include "talk_server.h"

#include "host.hpp"

namespace {

template <const char *text> idl_code version(idl_call *, idl_str *reply)
{
    *reply = idl_cstr(text);
    return IDL_OK;
}

constexpr char one[] = "one", two[] = "two";

idl_code get_v1(idl_call *, idl_str name, store_v1_item *reply)
{
    reply->name = name;
    reply->count = 1;
    return IDL_OK;
}

idl_code get_v2(idl_call *, idl_str name, bool tags, store_v2_item *reply)
{
    static const idl_str tag[] = { IDL_STR("new") };
    reply->name = name;
    reply->count = UINT64_C(1) << 40;
    if (tags)
        reply->tags = idl_str_list{ tag, 1 };
    return IDL_OK;
}

idl_code clear(idl_call *, uint32_t *reply)
{
    *reply = 7;
    return IDL_OK;
}

idl_code greet(idl_call *, idl_str name, idl_str *reply)
{
    *reply = name;
    return IDL_OK;
}

void serve(idl_server *server)
{
    store_v1_store_handlers v1{};
    v1.get = get_v1;
    v1.version = version<one>;
    store_v1_store_serve(server, &v1, nullptr);
    store_v1_admin_handlers admin{};
    admin.clear = clear;
    store_v1_admin_serve(server, &admin, nullptr);
    store_v2_store_handlers v2{};
    v2.get = get_v2;
    v2.version = version<two>;
    store_v2_store_serve(server, &v2, nullptr);
    talk_greeter_handlers talk{};
    talk.greet = greet;
    talk_greeter_serve(server, &talk, nullptr);
}

} // namespace

int main()
{
    server_ptr server(idl_server_new(nullptr));
    serve(server.get());
    CHECK(idl_server_listen(server.get(), "tcp://127.0.0.1:0") == IDL_OK);
    running run(server.get());
    channel_ptr channel(idl_channel_open(idl_server_address(server.get(), 0), nullptr));
    call_ptr call(idl_call_new());
    idl_str reply;
    store_v1_item old_item;
    store_v2_item item;
    uint32_t cleared;
    CHECK(store_v1_store_version(channel.get(), call.get(), &reply) == IDL_OK);
    CHECK(text(reply) == one);
    CHECK(store_v2_store_version(channel.get(), call.get(), &reply) == IDL_OK);
    CHECK(text(reply) == two);
    CHECK(store_v1_store_get(channel.get(), call.get(), idl_cstr("a"), &old_item) == IDL_OK);
    CHECK(text(old_item.name) == "a" && old_item.count == 1);
    CHECK(store_v2_store_get(channel.get(), call.get(), idl_cstr("b"), true, &item) == IDL_OK);
    CHECK(text(item.name) == "b" && item.count == UINT64_C(1) << 40 && item.tags.count == 1);
    CHECK(store_v1_admin_clear(channel.get(), call.get(), &cleared) == IDL_OK && cleared == 7);
    CHECK(talk_greeter_greet(channel.get(), call.get(), idl_cstr("Ada"), &reply) == IDL_OK);
    CHECK(text(reply) == "Ada");
    // The same service again is refused, and the server says which.
    server_ptr twice(idl_server_new(nullptr));
    serve(twice.get());
    serve(twice.get());
    CHECK(idl_server_listen(twice.get(), "tcp://127.0.0.1:0") == IDL_ALREADY_EXISTS);
    CHECK(std::string(idl_server_error(twice.get())) ==
          "service 'store.v1.Store' is served already");
}
