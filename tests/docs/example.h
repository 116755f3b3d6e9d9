/* SPDX-License-Identifier: MIT */
/* example.h: what stands around a "c client" block of docs/guide.md: a server of its own on a thread of
 * its own, a channel and a call. The server is what make_server gives where the page has one, else one
 * with the page's handlers. */
#ifndef HAS_MAKE_SERVER
static idl_server *make_server(void)
{
    idl_server *server = idl_server_new(NULL);
    demo_shop_serve(server, &handlers, NULL);
    return server;
}
#endif

static void *serve_example(void *server)
{
    static int status;
    status = idl_server_run(server);
    return &status;
}

int main(void)
{
    idl_server *server = make_server();
    pthread_t thread;
    void *status;
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK)
        return fprintf(stderr, "%s\n", idl_server_error(server)), 1;
    if (pthread_create(&thread, NULL, serve_example, server) != 0)
        return 1;
    idl_channel *channel = idl_channel_open(idl_server_address(server, 0), NULL);
    idl_call *call = idl_call_new();
    example(channel, call);
    idl_call_free(call);
    idl_channel_close(channel);
    idl_server_stop(server);
    pthread_join(thread, &status);
    idl_server_free(server);
    return *(int *)status;
}
