/* SPDX-License-Identifier: MIT */
/* limit_uv_server.c: as limit_epoll_server, over libuv's TCP handles: the replies to what one read
 * brought leave in one uv_try_write, and what that leaves over in a uv_write. */
#include <stdlib.h>
#include <uv.h>

#include "limit.h"

typedef struct connection {
    uv_tcp_t tcp;
    buffer in;
    uv_write_t request;
    char *sending; /* what the kernel did not take */
} connection;

static uv_loop_t loop;
static buffer input, output;

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *space)
{
    connection *c = (connection *)(void *)handle;
    buffer *in = input_of(&c->in, &input);
    (void)hint;
    *space = uv_buf_init(in->data + in->end, (unsigned)(in->cap - in->end));
}

static void on_closed(uv_handle_t *handle)
{
    connection *c = (connection *)(void *)handle;
    free(c->in.data);
    free(c->sending);
    free(c);
}

static void hang_up(connection *c)
{
    if (!uv_is_closing((uv_handle_t *)&c->tcp))
        uv_close((uv_handle_t *)&c->tcp, on_closed);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *space);

static void on_written(uv_write_t *request, int status)
{
    connection *c = (connection *)(void *)request->handle;
    free(c->sending);
    c->sending = NULL;
    if (status != 0)
        hang_up(c);
    else
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

/* False: the connection is gone. */
static bool flush(connection *c)
{
    uv_buf_t data = uv_buf_init(output.data + output.begin, (unsigned)(output.end - output.begin));
    int n = uv_try_write((uv_stream_t *)&c->tcp, &data, 1);
    if (n < 0 && n != UV_EAGAIN)
        return false;
    buffer_took(&output, n > 0 ? (size_t)n : 0);
    if (output.end == output.begin)
        return true;
    data = uv_buf_init(output.data + output.begin, (unsigned)(output.end - output.begin));
    c->sending = output.data;
    output = (buffer){ 0 };
    uv_read_stop((uv_stream_t *)&c->tcp);
    return uv_write(&c->request, (uv_stream_t *)&c->tcp, &data, 1, on_written) == 0;
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *space)
{
    connection *c = (connection *)(void *)stream;
    buffer *in = c->in.end > c->in.begin ? &c->in : &input;
    (void)space;
    if (n == 0)
        return;
    if (n < 0) {
        hang_up(c);
        return;
    }
    in->end += (size_t)n;
    answer(in, &output);
    input_keep(&c->in, in);
    if (output.end > output.begin && !flush(c))
        hang_up(c);
}

static void on_connection(uv_stream_t *listener, int status)
{
    if (status != 0)
        return;
    connection *c = allocate(1, sizeof *c);
    uv_tcp_init(&loop, &c->tcp);
    uv_accept(listener, (uv_stream_t *)&c->tcp);
    uv_tcp_nodelay(&c->tcp, 1);
    uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
}

int main(void)
{
    uv_tcp_t listener;
    int port, fd = listen_local(&port);
    uv_loop_init(&loop);
    uv_tcp_init(&loop, &listener);
    uv_tcp_open(&listener, fd);
    if (uv_listen((uv_stream_t *)&listener, 4096, on_connection) != 0)
        die("uv_listen");
    server_ready(port);
    return uv_run(&loop, UV_RUN_DEFAULT);
}
