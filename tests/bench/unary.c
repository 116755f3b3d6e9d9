/* SPDX-License-Identifier: MIT */
/* unary.c: calls of 16 bytes, one at a time or FLIGHT at once, or messages of one stream from the
 * server, as many as are asked for, to have their instructions counted:
 * unary server; unary client PORT CALLS; unary flight PORT CALLS, unary limited PORT CALLS
 * (with a deadline each); unary stream PORT MESSAGES */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load_client.h"
#include "load_server.h"

static idl_code echo(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = idl_call_printf(call, "Hello, %s", text.data);
    return IDL_OK;
}

static const idl_str text = IDL_STR("sixteen bytes ok");
enum { FLIGHT = 64 };

/* As many as there is room for; *left: how many there are. */
static idl_code send_ticks(idl_call *call, uint32_t *left)
{
    idl_code code = IDL_OK;
    while (*left != 0 && (code = test_load_target_tick_emit(call, text)) == IDL_OK)
        --*left;
    return code;
}

static void on_room(idl_call *call, void *left)
{
    idl_code code = send_ticks(call, left);
    if (code != IDL_AGAIN)
        idl_call_end(call, code);
}

static idl_code tick(idl_call *call, uint32_t count)
{
    uint32_t *left = idl_call_alloc(call, sizeof *left);
    if (left == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *left = count;
    idl_call_on_writable(call, on_room, left);
    idl_code code = send_ticks(call, left);
    return code == IDL_AGAIN ? idl_call_defer(call) : code;
}

static int serve(void)
{
    idl_server *server = idl_server_new(NULL);
    test_load_target_serve(server, &(test_load_target_handlers){ .echo = echo, .tick = tick },
                           NULL);
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK)
        return 1;
    puts(strrchr(idl_server_address(server, 0), ':') + 1);
    fflush(stdout);
    int status = idl_server_run(server);
    idl_server_free(server);
    return status;
}

static bool make_calls(idl_channel *channel, idl_call *call, int count)
{
    idl_str reply;
    bool ok = true;
    for (int i = 0; ok && i < count; i++)
        ok = test_load_target_echo(channel, call, text, &reply) == IDL_OK && reply.len == 23;
    return ok;
}

struct flight {
    idl_channel *channel;
    int left; /* calls that have not begun */
    bool ok;
};

static void on_reply(idl_call *call, idl_code code, idl_str reply, void *arg);

static void begin(struct flight *flight)
{
    if (flight->left > 0) {
        flight->left--;
        test_load_target_echo_async(flight->channel, NULL, text, on_reply, flight);
    }
}

static void on_reply(idl_call *call, idl_code code, idl_str reply, void *arg)
{
    struct flight *flight = arg;
    (void)call;
    flight->ok = flight->ok && code == IDL_OK && reply.len == 23;
    begin(flight);
}

static bool fly(idl_channel *channel, int count)
{
    struct flight flight = { channel, count, true };
    for (int i = 0; i < FLIGHT; i++)
        begin(&flight);
    idl_channel_run(channel);
    return flight.ok;
}

static bool receive(idl_channel *channel, idl_call *call, int count)
{
    idl_str item;
    int got = 0;
    if (test_load_target_tick(channel, call, (uint32_t)count) != IDL_OK)
        return false;
    while (test_load_target_tick_recv(call, &item) && item.len == text.len)
        got++;
    return test_load_target_tick_finish(call) == IDL_OK && got == count;
}

static int use(const char *what, const char *port, int count)
{
    char address[64];
    snprintf(address, sizeof address, "tcp://127.0.0.1:%s", port);
    idl_channel_options options = IDL_CHANNEL_OPTIONS;
    bool limited = strcmp(what, "limited") == 0;
    options.timeout_ms = limited ? 60000 : 0;
    idl_channel *channel = idl_channel_open(address, &options);
    idl_call *call = idl_call_new();
    bool ok = strcmp(what, "stream") == 0              ? receive(channel, call, count)
              : limited || strcmp(what, "flight") == 0 ? fly(channel, count)
                                                       : make_calls(channel, call, count);
    idl_call_free(call);
    idl_channel_close(channel);
    return ok ? 0 : 1;
}

int main(int argc, char **argv)
{
    if (argc == 4)
        return use(argv[1], argv[2], atoi(argv[3]));
    return argc == 2 ? serve() : 2;
}
