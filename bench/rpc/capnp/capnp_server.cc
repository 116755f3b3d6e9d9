// SPDX-License-Identifier: MIT
// capnp_server.cc: the greeter over Cap'n Proto, on one event loop.
#include <capnp/ez-rpc.h>
#include <capnp/message.h>

#include <cstring>

#include "../measure.h"
#include "greeter.capnp.h"

namespace
{

class GreeterServer final : public Greeter::Server
{
    kj::Promise<void> greet(GreetContext context) override
    {
        auto name = context.getParams().getName();
        const size_t len = GREETING_LEN + name.size();
        auto text =
            context.getResults(capnp::MessageSize{ 5 + len / 8, 0 }).initText(unsigned(len));
        memcpy(text.begin(), GREETING, GREETING_LEN);
        memcpy(text.begin() + GREETING_LEN, name.begin(), name.size());
        return kj::READY_NOW;
    }
};

} // namespace

int main()
{
    capnp::EzRpcServer server(kj::heap<GreeterServer>(), "127.0.0.1:0");
    auto &scope = server.getWaitScope();
    server_ready(int(server.getPort().wait(scope)));
    kj::NEVER_DONE.wait(scope);
}
