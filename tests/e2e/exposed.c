/* SPDX-License-Identifier: MIT */
/* exposed.c: makes calls of its own server and shows the statistics of both at /metrics, until its input
 * ends. It prints where. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "tags_client.h"
#include "tags_server.h"

enum { CALLS = 25, REFUSED = 3 };

static idl_code on_one(idl_call *call, idl_str text, idl_str *reply)
{
    *reply = text;
    return text.len > 0 ? IDL_OK : idl_call_fail(call, IDL_NOT_FOUND, "nothing");
}

static void *serve(void *server)
{
    idl_server_run(server);
    return NULL;
}

static void make_calls(idl_channel *channel)
{
    idl_call *call = idl_call_new();
    for (int i = 0; i < CALLS; i++)
        tags_tags_one(channel, call, idl_cstr(i < CALLS - REFUSED ? "x" : ""), NULL);
    idl_call_free(call);
}

/* ---- HTTP, as much as a scraper needs ---- */

static void put(const char *text, size_t len, void *file)
{
    fwrite(text, 1, len, file);
}

static void answer(int fd, const idl_stats *stats)
{
    char request[4096];
    size_t len = 0;
    for (ssize_t n = 1; n > 0 && len<sizeof request - 1; len += n> 0 ? (size_t)n : 0) {
        n = recv(fd, request + len, sizeof request - 1 - len, 0);
        request[len + (n > 0 ? (size_t)n : 0)] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL)
            break;
    }
    FILE *file = fdopen(fd, "w");
    if (strncmp(request, "GET /metrics ", 13) == 0) {
        fputs("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
              "Connection: close\r\n\r\n",
              file);
        idl_stats_prometheus(stats, put, file);
    } else {
        fputs("HTTP/1.1 404 Not Found\r\nConnection: close\r\n\r\n", file);
    }
    fclose(file);
}

static int listen_somewhere(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&at, &len) != 0)
        exit(1);
    printf("127.0.0.1:%d\n", (int)ntohs(at.sin_port));
    fflush(stdout);
    return fd;
}

static void expose(const idl_stats *stats)
{
    struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
                             { .fd = listen_somewhere(), .events = POLLIN } };
    while (poll(fds, 2, -1) > 0 && fds[0].revents == 0)
        answer(accept(fds[1].fd, NULL, NULL), stats);
    close(fds[1].fd);
}

int main(void)
{
    pthread_t thread;
    idl_stats *stats = idl_stats_new();
    idl_server *server = idl_server_new(NULL);
    tags_tags_serve(server, &(tags_tags_handlers){ .one = on_one }, NULL);
    idl_stats_server(stats, server);
    if (idl_server_listen(server, "tcp://127.0.0.1:0") != IDL_OK ||
        pthread_create(&thread, NULL, serve, server) != 0)
        return 1;
    idl_channel *channel = idl_channel_open(idl_server_address(server, 0), NULL);
    idl_stats_channel(stats, channel);
    make_calls(channel);
    expose(stats);
    idl_channel_close(channel);
    idl_server_stop(server);
    pthread_join(thread, NULL);
    idl_server_free(server);
    idl_stats_free(stats);
    return 0;
}
