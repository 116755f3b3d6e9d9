/* SPDX-License-Identifier: MIT */
/* limit_blocking_client.c: one call at a time, write() and read(). */
#include <unistd.h>

#include "limit.h"

static void send_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n <= 0)
            die("write");
        data += n;
        size -= (size_t)n;
    }
}

int main(int argc, char **argv)
{
    static meter m;
    task t = task_read(argc, argv);
    calls c;
    buffer in = { 0 };
    bool over = false;
    if (t.load != LOAD_SEQ)
        return 3;
    calls_init(&c, &t, false, 0);
    int fd = connect_local(t.port);
    meter_begin(&m, &t, now_ns());
    while (!over) {
        send_all(fd, calls_next(&c, 0), c.frame);
        do {
            input_of(&in, &in);
            ssize_t n = read(fd, in.data + in.end, in.cap - in.end);
            if (n <= 0)
                die("read");
            in.end += (size_t)n;
        } while (calls_take(&c, &in, NULL, &m, &over) == 0);
    }
    return meter_report(&m);
}
