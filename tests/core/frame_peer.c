/* SPDX-License-Identifier: MIT */
/* frame_peer.c: a server of frames for frame_peer.py: sends each frame back, reversed, until the
 * stream ends. Prints its port, serves one connection, exits 0 if that ended between frames. */
#include <stdio.h>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <idl/frame.h>

static int serve(int fd)
{
    idl_arena *arena = idl_arena_new();
    idl_bytes frame;
    idl_code code;
    while ((code = idl_frame_recv(fd, arena, 0, &frame)) == IDL_OK) {
        uint8_t *reversed = idl_arena_alloc(arena, frame.len);
        for (size_t i = 0; i < frame.len; i++)
            reversed[i] = frame.data[frame.len - 1 - i];
        code = idl_frame_send(fd, (idl_bytes){ reversed, frame.len });
        if (code != IDL_OK)
            break;
        idl_arena_reset(arena);
    }
    idl_arena_free(arena);
    return code == IDL_OUT_OF_RANGE ? 0 : 1;
}

int main(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, len) != 0 ||
        listen(listener, 1) != 0 || getsockname(listener, (struct sockaddr *)&address, &len) != 0)
        return perror("listen"), 2;
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        return perror("accept"), 2;
    int status = serve(fd);
    close(fd);
    close(listener);
    return status;
}
