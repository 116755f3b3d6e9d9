/* SPDX-License-Identifier: MIT */
/* limit_uv_client.c: one libuv loop drives every connection. */
#include <stdlib.h>
#include <uv.h>

#include "limit.h"

typedef struct connection {
    uv_tcp_t tcp;
    calls calls;
    buffer in, out;
    uv_write_t request;
    char *sending;
} connection;

static uv_loop_t loop;
static task t;
static meter m;
static buffer input;
static unsigned answered;

static void on_alloc(uv_handle_t *handle, size_t hint, uv_buf_t *space)
{
    connection *c = (connection *)(void *)handle;
    buffer *in = input_of(&c->in, &input);
    (void)hint;
    *space = uv_buf_init(in->data + in->end, (unsigned)(in->cap - in->end));
}

static void flush(connection *c);

static void on_written(uv_write_t *request, int status)
{
    connection *c = (connection *)(void *)request->handle;
    if (status != 0)
        die("uv_write");
    free(c->sending);
    c->sending = NULL;
    if (c->out.end > c->out.begin)
        flush(c);
}

static void flush(connection *c)
{
    uv_buf_t data = uv_buf_init(c->out.data + c->out.begin, (unsigned)(c->out.end - c->out.begin));
    int n = uv_try_write((uv_stream_t *)&c->tcp, &data, 1);
    if (n < 0 && n != UV_EAGAIN)
        die("uv_try_write");
    buffer_took(&c->out, n > 0 ? (size_t)n : 0);
    if (c->out.end == c->out.begin)
        return;
    data = uv_buf_init(c->out.data + c->out.begin, (unsigned)(c->out.end - c->out.begin));
    c->sending = c->out.data;
    c->out = (buffer){ 0 };
    uv_write(&c->request, (uv_stream_t *)&c->tcp, &data, 1, on_written);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *space)
{
    connection *c = (connection *)(void *)stream;
    buffer *in = c->in.end > c->in.begin ? &c->in : &input;
    bool over = false;
    (void)space;
    if (n < 0)
        die("read");
    in->end += (size_t)n;
    unsigned taken = calls_take(&c->calls, in, t.load == LOAD_IDLE ? NULL : &c->out, &m, &over);
    input_keep(&c->in, in);
    if (over)
        uv_stop(&loop);
    else if (t.load == LOAD_IDLE && taken > 0 && ++answered == t.connections)
        idle_hold(&t);
    else if (c->out.end > c->out.begin && c->sending == NULL)
        flush(c);
}

int main(int argc, char **argv)
{
    t = task_read(argc, argv);
    if (t.load == LOAD_THREADS || t.load == LOAD_STREAM)
        return 3;
    connection *all = allocate(t.connections, sizeof *all);
    uv_loop_init(&loop);
    for (unsigned i = 0; i < t.connections; i++) {
        connection *c = &all[i];
        uv_tcp_init(&loop, &c->tcp);
        uv_tcp_open(&c->tcp, connect_local(t.port));
        calls_init(&c->calls, &t, false, i);
        uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
    }
    meter_begin(&m, &t, now_ns());
    for (unsigned i = 0; i < t.connections; i++) {
        for (unsigned slot = 0; slot < all[i].calls.depth; slot++)
            calls_put(&all[i].calls, slot, &all[i].out);
        flush(&all[i]);
    }
    uv_run(&loop, UV_RUN_DEFAULT);
    return meter_report(&m);
}
