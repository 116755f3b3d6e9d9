// SPDX-License-Identifier: MIT
// grpc_client.cc: the greeter over gRPC: blocking stubs where one call is open on a thread, a
// completion queue of one thread where many are.
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "../measure.h"
#include "greeter.grpc.pb.h"

namespace
{

using Stub = bench::Greeter::Stub;

struct Call {
    Stub *stub;
    unsigned number;
    uint64_t started;
    bench::Name name;
    bench::Greeting greeting;
    grpc::Status status;
    std::unique_ptr<grpc::ClientContext> context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<bench::Greeting>> reader;
};

std::unique_ptr<Stub> open_stub(const task &t)
{
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1); // a connection of its own
    auto channel = grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(t.port),
                                             grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + std::chrono::seconds(20)))
        die("no connection");
    return bench::Greeter::NewStub(channel);
}

void prepare(Call &call, const task &t)
{
    call.name.mutable_name()->resize(t.size);
    name_fill(&(*call.name.mutable_name())[0], t.size);
}

bool is_right(const Call &call)
{
    if (!call.status.ok())
        die(call.status.error_message().c_str());
    const std::string &name = call.name.name(), &text = call.greeting.text();
    return is_greeting(text.data(), text.size(), name.data(), name.size());
}

void work(const task &t, Stub *stub, meter *m, uint32_t count)
{
    Call call;
    prepare(call, t);
    call.started = now_ns();
    do {
        grpc::ClientContext context;
        name_stamp(&(*call.name.mutable_name())[0], count++);
        call.status = stub->Greet(&context, call.name, &call.greeting);
    } while (!meter_done(m, 0, &call.started, is_right(call)));
}

void start(Call &call, grpc::CompletionQueue &queue)
{
    static uint32_t count;
    name_stamp(&(*call.name.mutable_name())[0], count++);
    call.context.reset(new grpc::ClientContext);
    call.reader = call.stub->AsyncGreet(call.context.get(), call.name, &queue);
    call.reader->Finish(&call.greeting, &call.status, &call);
}

void fly(const task &t, const std::vector<std::unique_ptr<Stub>> &stubs, meter *m)
{
    grpc::CompletionQueue queue;
    std::vector<Call> calls(stubs.size() * t.depth);
    for (unsigned i = 0; i < calls.size(); i++) {
        calls[i].stub = stubs[i % stubs.size()].get();
        calls[i].number = i / unsigned(stubs.size());
        prepare(calls[i], t);
        calls[i].started = now_ns();
        start(calls[i], queue);
    }
    void *tag;
    bool ok, over = false;
    for (size_t open = calls.size(); open > 0 && queue.Next(&tag, &ok);) {
        Call &call = *static_cast<Call *>(tag);
        bool right = is_right(call);
        over = over || t.load == LOAD_IDLE || meter_done(m, call.number, &call.started, right);
        if (over)
            open--;
        else
            start(call, queue);
    }
}

void spread(const task &t, Stub *stub, meter *sum)
{
    std::vector<meter> meters(t.threads);
    std::vector<std::thread> threads;
    uint64_t begin = now_ns();
    meter_begin(sum, &t, begin);
    for (unsigned i = 0; i < t.threads; i++) {
        meter_begin(&meters[i], &t, begin);
        threads.emplace_back(work, t, stub, &meters[i], i << 20);
    }
    meter_wait(sum);
    for (unsigned i = 0; i < t.threads; i++) {
        threads[i].join();
        meter_merge(sum, &meters[i]);
    }
}

void receive(const task &t, Stub *stub, meter *m)
{
    grpc::ClientContext context;
    bench::Size size;
    bench::Block block;
    size.set_size(uint32_t(t.size));
    auto reader = stub->Blocks(&context, size);
    uint64_t started = now_ns();
    for (unsigned i = 0; reader->Read(&block); i = (i + 1) % 64)
        if (meter_done(m, i, &started, block.data().size() == t.size))
            break;
    context.TryCancel();
}

} // namespace

int main(int argc, char **argv)
{
    static meter m;
    const task t = task_read(argc, argv);
    std::vector<std::unique_ptr<Stub>> stubs;
    for (unsigned i = 0; i < t.connections; i++)
        stubs.push_back(open_stub(t));
    meter_begin(&m, &t, now_ns());
    switch (t.load) {
    case LOAD_SEQ: work(t, stubs[0].get(), &m, 0); break;
    case LOAD_THREADS: spread(t, stubs[0].get(), &m); break;
    case LOAD_STREAM: receive(t, stubs[0].get(), &m); break;
    default: fly(t, stubs, &m);
    }
    if (t.load == LOAD_IDLE)
        idle_hold(&t);
    int status = meter_report(&m);
    fflush(stdout);
    _exit(status); // taking it all down takes seconds
}
