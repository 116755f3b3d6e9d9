/* SPDX-License-Identifier: MIT */
/* thrift_server.c: the greeter over Thrift's framed binary protocol, by c_glib. The only server
 * of that library serves one connection at a time: here its processor has a thread for each. */
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include <thrift/c_glib/protocol/thrift_binary_protocol.h>
#include <thrift/c_glib/transport/thrift_framed_transport.h>
#include <thrift/c_glib/transport/thrift_server_socket.h>
#include <thrift/c_glib/transport/thrift_socket.h>

#include "../measure.h"
#include "bench_greeter.h"

typedef struct greeter {
    benchGreeterHandler parent;
} greeter;

typedef struct greeter_class {
    benchGreeterHandlerClass parent;
} greeterClass;

static GType greeter_get_type(void);
G_DEFINE_TYPE(greeter, greeter, BENCH_TYPE_GREETER_HANDLER)

static gboolean greet(benchGreeterIf *self, gchar **reply, const gchar *name, GError **error)
{
    (void)self;
    (void)error;
    *reply = g_strconcat(GREETING, name, NULL);
    return TRUE;
}

static void greeter_init(greeter *self)
{
    (void)self;
}

static void greeter_class_init(greeterClass *class)
{
    BENCH_GREETER_HANDLER_CLASS(class)->greet = greet;
}

static ThriftProcessor *processor;

static void *serve(void *argument)
{
    ThriftTransport *socket = argument;
    ThriftTransport *framed = g_object_new(THRIFT_TYPE_FRAMED_TRANSPORT, "transport", socket, NULL);
    ThriftProtocol *protocol = g_object_new(THRIFT_TYPE_BINARY_PROTOCOL, "transport", framed, NULL);
    GError *error = NULL;
    no_delay(THRIFT_SOCKET(socket)->sd);
    while (thrift_processor_process(processor, protocol, protocol, &error) &&
           thrift_transport_peek(framed, &error))
        ;
    g_clear_error(&error);
    g_object_unref(protocol);
    g_object_unref(framed);
    g_object_unref(socket);
    return NULL;
}

int main(void)
{
    int port, listener = listen_local(&port);
    pthread_attr_t small;
    GError *error = NULL;
    processor = g_object_new(BENCH_TYPE_GREETER_PROCESSOR, "handler",
                             g_object_new(greeter_get_type(), NULL), NULL);
    ThriftServerSocket *server = g_object_new(THRIFT_TYPE_SERVER_SOCKET, "port", port, NULL);
    server->sd = listener; /* its own listen() binds to all addresses */
    pthread_attr_init(&small);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&small, 256 << 10);
    server_ready(port);
    for (;;) {
        pthread_t thread;
        ThriftTransport *socket =
            thrift_server_transport_accept(THRIFT_SERVER_TRANSPORT(server), &error);
        if (socket == NULL || pthread_create(&thread, &small, serve, socket) != 0)
            die(error != NULL ? error->message : "accept");
    }
}
