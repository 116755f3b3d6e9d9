// SPDX-License-Identifier: MIT
// greeter_test.cpp: a client and a server of generated stubs, both in C++17.
#include <vector>

#include "talk_client.h"
#include "talk_server.h"

#include "host.hpp"

namespace {

struct greetings {
    std::string word = "Hello";
    std::vector<std::thread> threads;
};

greetings &mine(idl_call *call)
{
    return *static_cast<greetings *>(idl_call_user(call));
}

idl_code greet(idl_call *call, idl_str name, idl_str *reply)
{
    if (name.len == 0)
        return idl_call_fail(call, IDL_INVALID_ARGUMENT, "nobody to greet");
    *reply = idl_call_printf(call, "%s, %s", mine(call).word.c_str(), name.data);
    return IDL_OK;
}

idl_code compose(idl_call *call, idl_str pattern, idl_str_list names, talk_greeting *reply)
{
    reply->text = idl_call_str(call, pattern);
    reply->mood = TALK_MOOD_GLAD;
    reply->names = names;
    reply->extra = TALK_GREETING_EXTRA_TIMES;
    reply->times = static_cast<uint32_t>(names.count);
    return IDL_OK;
}

idl_code later(idl_call *call, idl_str name, idl_str *)
{
    mine(call).threads.emplace_back([call, name] {
        talk_greeter_later_complete(call, idl_call_printf(call, "later, %s", name.data));
    });
    return idl_call_defer(call);
}

idl_code echo(idl_call *call)
{
    talk_greeter_echo_on_next(
        call,
        [](idl_call *c, const idl_str *item, void *) {
            if (item == nullptr)
                idl_call_end(c, IDL_OK);
            else
                talk_greeter_echo_emit(c, *item);
        },
        nullptr);
    return idl_call_defer(call);
}

void calls_one_after_another(idl_channel *channel)
{
    call_ptr call(idl_call_new());
    idl_str reply;
    CHECK(talk_greeter_greet(channel, call.get(), idl_cstr("Ada"), &reply) == IDL_OK);
    CHECK(text(reply) == "Hello, Ada");
    CHECK(talk_greeter_greet(channel, call.get(), idl_str{}, &reply) == IDL_INVALID_ARGUMENT);
    CHECK(std::string(idl_call_message(call.get())) == "nobody to greet");
    CHECK(talk_greeter_later(channel, call.get(), idl_cstr("Bob"), &reply) == IDL_OK);
    CHECK(text(reply) == "later, Bob");
    CHECK(talk_greeter_delete(channel, call.get(), idl_cstr("x")) == IDL_UNIMPLEMENTED);
}

void a_struct_comes_back(idl_channel *channel)
{
    call_ptr call(idl_call_new());
    const std::string one = "one", two = "two";
    const idl_str names[] = { view(one), view(two), IDL_STR("three") };
    talk_greeting greeting{};
    CHECK(talk_greeter_compose(channel, call.get(), idl_cstr("%s!"), idl_str_list{ names, 3 },
                               &greeting) == IDL_OK);
    CHECK(text(greeting.text) == "%s!");
    CHECK(std::string(talk_mood_name(greeting.mood)) == "GLAD");
    CHECK(greeting.extra == TALK_GREETING_EXTRA_TIMES && greeting.times == 3);
    CHECK(greeting.names.count == 3 && text(greeting.names.items[2]) == "three");
}

void messages_go_both_ways(idl_channel *channel)
{
    call_ptr call(idl_call_new());
    CHECK(talk_greeter_echo(channel, call.get()) == IDL_OK);
    for (int i = 0; i < 10; i++) {
        const std::string sent = "message " + std::to_string(i);
        idl_str received;
        CHECK(talk_greeter_echo_send(call.get(), view(sent)) == IDL_OK);
        CHECK(talk_greeter_echo_recv(call.get(), &received));
        CHECK(text(received) == sent);
    }
    CHECK(talk_greeter_echo_finish(call.get()) == IDL_OK);
}

void callbacks_are_lambdas(idl_channel *channel)
{
    std::vector<std::string> replies;
    for (const char *name : { "Ada", "Bob", "Cid" })
        talk_greeter_greet_async(
            channel, nullptr, idl_cstr(name),
            [](idl_call *, idl_code code, idl_str reply, void *arg) {
                CHECK(code == IDL_OK);
                static_cast<std::vector<std::string> *>(arg)->push_back(text(reply));
            },
            &replies);
    idl_channel_run(channel);
    CHECK(replies.size() == 3);
}

} // namespace

int main()
{
    greetings state;
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.max_message = 1 << 20;
    server_ptr server(idl_server_new(&options));
    talk_greeter_handlers handlers{};
    handlers.greet = greet;
    handlers.compose = compose;
    handlers.later = later;
    handlers.echo = echo;
    talk_greeter_serve(server.get(), &handlers, &state);
    CHECK(idl_server_listen(server.get(), "tcp://127.0.0.1:0") == IDL_OK);
    {
        running run(server.get());
        idl_channel_options channel_options = IDL_CHANNEL_OPTIONS;
        channel_options.timeout_ms = 60000;
        channel_ptr channel(idl_channel_open(idl_server_address(server.get(), 0), &channel_options));
        calls_one_after_another(channel.get());
        a_struct_comes_back(channel.get());
        messages_go_both_ways(channel.get());
        callbacks_are_lambdas(channel.get());
    }
    for (std::thread &thread : state.threads)
        thread.join();
}
