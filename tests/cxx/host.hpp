// SPDX-License-Identifier: MIT
// host.hpp: what C++ programs put around the C interface: owners, and a server on a thread.
#ifndef HOST_HPP
#define HOST_HPP

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include <idl/runtime.h>

#define CHECK(condition)                                                          \
    do {                                                                          \
        if (!(condition)) {                                                       \
            std::fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);  \
            std::exit(1);                                                         \
        }                                                                         \
    } while (false)

struct deleter {
    void operator()(idl_server *server) const { idl_server_free(server); }
    void operator()(idl_channel *channel) const { idl_channel_close(channel); }
    void operator()(idl_call *call) const { idl_call_free(call); }
};
using server_ptr = std::unique_ptr<idl_server, deleter>;
using channel_ptr = std::unique_ptr<idl_channel, deleter>;
using call_ptr = std::unique_ptr<idl_call, deleter>;

inline std::string text(idl_str s)
{
    return std::string(s.data, s.len);
}

inline idl_str view(const std::string &s)
{
    return idl_str{ s.data(), s.size() };
}

// Runs a server that listens, until the end of the scope.
class running {
public:
    explicit running(idl_server *server)
        : server_(server), thread_([this] { status_ = idl_server_run(server_); })
    {
    }
    ~running()
    {
        idl_server_stop(server_);
        thread_.join();
        CHECK(status_ == 0);
    }
    running(const running &) = delete;
    running &operator=(const running &) = delete;

private:
    idl_server *server_;
    int status_ = -1;
    std::thread thread_;
};

#endif
