// SPDX-License-Identifier: MIT
// plugins_test.cpp ONE TWO: a program loads two plugins, each with its own stubs, on one runtime;
// both are served by one server and called through one channel.
#include <dlfcn.h>

#include "host.hpp"
#include "plugin.hpp"

namespace {

struct plugin {
    void *handle;
    plugin_serve_fn *serve;
    plugin_call_fn *call;

    explicit plugin(const char *path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL))
    {
        if (handle == nullptr)
            std::fprintf(stderr, "%s\n", dlerror());
        CHECK(handle != nullptr);
        serve = reinterpret_cast<plugin_serve_fn *>(dlsym(handle, "plugin_serve"));
        call = reinterpret_cast<plugin_call_fn *>(dlsym(handle, "plugin_call"));
        CHECK(serve != nullptr && call != nullptr);
    }
    ~plugin() { dlclose(handle); }
    plugin(const plugin &) = delete;
    plugin &operator=(const plugin &) = delete;
};

} // namespace

int main(int argc, char **argv)
{
    CHECK(argc == 3);
    for (int round = 0; round < 3; round++) { // loaded, unloaded, loaded again
        plugin one(argv[1]), two(argv[2]);
        server_ptr server(idl_server_new(nullptr));
        one.serve(server.get());
        two.serve(server.get());
        CHECK(idl_server_listen(server.get(), "tcp://127.0.0.1:0") == IDL_OK);
        running run(server.get());
        channel_ptr channel(idl_channel_open(idl_server_address(server.get(), 0), nullptr));
        CHECK(one.call(channel.get()));
        CHECK(two.call(channel.get()));
    }
}
