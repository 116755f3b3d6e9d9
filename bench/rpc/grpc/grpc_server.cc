// SPDX-License-Identifier: MIT
// grpc_server.cc: the greeter over gRPC, by its synchronous server, the faster of its two here.
#include <grpcpp/grpcpp.h>

#include <string>

#include "../measure.h"
#include "greeter.grpc.pb.h"

namespace
{

class Greeter final : public bench::Greeter::Service
{
    grpc::Status Greet(grpc::ServerContext *, const bench::Name *name,
                       bench::Greeting *greeting) override
    {
        std::string *text = greeting->mutable_text();
        text->reserve(GREETING_LEN + name->name().size());
        text->assign(GREETING).append(name->name());
        return grpc::Status::OK;
    }

    grpc::Status Blocks(grpc::ServerContext *, const bench::Size *size,
                        grpc::ServerWriter<bench::Block> *writer) override
    {
        bench::Block block;
        block.set_data(std::string(size->size(), 'x'));
        while (writer->Write(block))
            ;
        return grpc::Status::OK;
    }
};

} // namespace

int main()
{
    int port = 0;
    Greeter greeter;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&greeter);
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (!server)
        die("BuildAndStart");
    server_ready(port);
    server->Wait();
}
