// SPDX-License-Identifier: MIT
// capnp_client.cc: the greeter over Cap'n Proto: one event loop for all connections and calls.
#include <capnp/ez-rpc.h>
#include <capnp/message.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "../measure.h"
#include "greeter.capnp.h"

namespace
{

using Greeting = capnp::Response<Greeter::GreetResults>;

struct Call {
    Greeter::Client *client;
    unsigned number;
    uint64_t started;
    std::string name;
};

task t;
meter m;
kj::Own<kj::PromiseFulfiller<void>> over;
size_t idle_left;

kj::Promise<Greeting> send(Call &call)
{
    static uint32_t count;
    name_stamp(&call.name[0], count++);
    auto request = call.client->greetRequest(capnp::MessageSize{ 5 + t.size / 8, 0 });
    request.setName(capnp::Text::Reader(call.name.data(), call.name.size()));
    return request.send();
}

bool is_right(const Call &call, Greeting &greeting)
{
    auto text = greeting.getText();
    return is_greeting(text.begin(), text.size(), call.name.data(), call.name.size());
}

// Each reply sends the slot's next call.
kj::Promise<void> chain(Call &call)
{
    return send(call).then([&call](Greeting &&greeting) -> kj::Promise<void> {
        bool right = is_right(call, greeting);
        bool last = t.load == LOAD_IDLE ? --idle_left == 0
                                        : meter_done(&m, call.number, &call.started, right);
        if (last)
            over->fulfill();
        if (last || t.load == LOAD_IDLE)
            return kj::READY_NOW;
        return chain(call);
    });
}

void fly(std::vector<Call> &calls, kj::WaitScope &scope)
{
    std::vector<kj::Promise<void>> chains;
    auto end = kj::newPromiseAndFulfiller<void>();
    over = kj::mv(end.fulfiller);
    for (Call &call : calls) {
        call.started = now_ns();
        chains.push_back(
            chain(call).eagerlyEvaluate([](kj::Exception &&e) { die(e.getDescription().cStr()); }));
    }
    end.promise.wait(scope);
    if (t.load == LOAD_IDLE)
        idle_hold(&t);
    int status = meter_report(&m);
    fflush(stdout);
    _exit(status); // calls are still open
}

} // namespace

int main(int argc, char **argv)
{
    t = task_read(argc, argv);
    if (t.load == LOAD_STREAM || t.load == LOAD_THREADS)
        return 3;
    const std::string address = "127.0.0.1:" + std::to_string(t.port);
    std::vector<std::unique_ptr<capnp::EzRpcClient>> connections;
    std::vector<Greeter::Client> clients;
    for (unsigned i = 0; i < t.connections; i++) {
        connections.emplace_back(new capnp::EzRpcClient(address.c_str()));
        clients.push_back(connections.back()->getMain<Greeter>());
    }
    std::vector<Call> calls(size_t(t.connections) * t.depth);
    for (unsigned i = 0; i < calls.size(); i++) {
        calls[i].client = &clients[i % t.connections];
        calls[i].number = i / t.connections;
        calls[i].name.resize(t.size);
        name_fill(&calls[i].name[0], t.size);
    }
    auto &scope = connections[0]->getWaitScope();
    idle_left = calls.size();
    meter_begin(&m, &t, now_ns());
    if (t.load != LOAD_SEQ)
        fly(calls, scope);
    Call &call = calls[0];
    call.started = now_ns();
    for (bool last = false; !last;) {
        Greeting greeting = send(call).wait(scope);
        last = meter_done(&m, 0, &call.started, is_right(call, greeting));
    }
    return meter_report(&m);
}
