/* SPDX-License-Identifier: MIT */
/* limit_blocking_server.c: one connection at a time, read() and write(). */
#include <sys/socket.h>
#include <unistd.h>

#include "limit.h"

static bool write_all(int fd, buffer *out)
{
    while (out->end > out->begin) {
        ssize_t n = write(fd, out->data + out->begin, out->end - out->begin);
        if (n <= 0)
            return false;
        buffer_took(out, (size_t)n);
    }
    return true;
}

static void serve(int fd)
{
    static buffer in, out;
    ssize_t n;
    in.begin = in.end = 0;
    do {
        input_of(&in, &in);
        n = read(fd, in.data + in.end, in.cap - in.end);
        in.end += n > 0 ? (size_t)n : 0;
        answer(&in, &out);
    } while (n > 0 && write_all(fd, &out));
    close(fd);
}

int main(void)
{
    int port, listener = listen_local(&port);
    server_ready(port);
    while (true) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            die("accept");
        no_delay(fd);
        serve(fd);
    }
}
