/* SPDX-License-Identifier: MIT */
/* client.c: talks in the room: lines from the terminal go there, what the others say comes here.
 * usage: chat_client NAME [ADDRESS]
 *
 * One thread: the stream in its event form, and a loop that waits for the channel and the terminal. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "chat_client.h"

struct client {
    idl_channel *channel;
    idl_call *call;
    char input[DEMO_CHAT_MAX_TEXT]; /* read, and not sent yet */
    size_t len;
    bool ended; /* the input */
    bool full;  /* until on_writable: nothing is read meanwhile */
    bool over;  /* the call */
    idl_code code;
};

/* ---- From the server ---- */

static void show(idl_call *call, const demo_chat_event *event, void *arg)
{
    (void)call;
    (void)arg;
    switch (event->kind) {
    case DEMO_CHAT_KIND_SAID: printf("%s: %s\n", event->name.data, event->text.data); break;
    case DEMO_CHAT_KIND_JOINED: printf("* %s has joined\n", event->name.data); break;
    case DEMO_CHAT_KIND_LEFT: printf("* %s has left\n", event->name.data); break;
    case DEMO_CHAT_KIND_HERE: printf("* %s is here\n", event->name.data); break;
    case DEMO_CHAT_KIND_MISSED: printf("* %" PRIu32 " missed\n", event->missed); break;
    default: break; /* from a newer server */
    }
    fflush(stdout);
}

static void done(idl_call *call, idl_code code, void *arg)
{
    struct client *c = arg;
    (void)call;
    c->over = true;
    c->code = code;
}

/* ---- To the server ---- */

/* Sends the first size bytes of the input, and takes skip more out. False: there is no room now. */
static bool send_line(struct client *c, size_t size, size_t skip)
{
    idl_code code = demo_chat_chat_talk_send(c->call, (idl_str){ c->input, size });
    if (code == IDL_AGAIN) {
        c->full = true;
        return false;
    }
    c->len -= size + skip; /* for other errors done is on the way */
    memmove(c->input, c->input + size + skip, c->len);
    return true;
}

/* Sends whole lines, and what makes no line because it is too long, or the last. */
static void send_input(struct client *c)
{
    while (c->len > 0) {
        const char *newline = memchr(c->input, '\n', c->len);
        if (newline == NULL && c->len < sizeof c->input && !c->ended)
            return;
        size_t size = newline != NULL ? (size_t)(newline - c->input) : c->len;
        if (!send_line(c, size, newline != NULL))
            return;
    }
    if (c->ended)
        idl_call_close_send(c->call);
}

static void on_writable(idl_call *call, void *arg)
{
    struct client *c = arg;
    (void)call;
    c->full = false;
    send_input(c);
}

static void read_input(struct client *c)
{
    ssize_t n = read(STDIN_FILENO, c->input + c->len, sizeof c->input - c->len);
    if (n < 0 && errno == EINTR)
        return;
    if (n > 0)
        c->len += (size_t)n;
    else
        c->ended = true;
    send_input(c);
}

/* ---- The loop ---- */

static void run(struct client *c)
{
    enum { CHANNEL, TERMINAL };
    struct pollfd fds[] = {
        [CHANNEL] = { .fd = idl_channel_fd(c->channel), .events = POLLIN },
        [TERMINAL] = { .events = POLLIN },
    };
    while (!c->over) {
        fds[TERMINAL].fd = c->ended || c->full ? -1 : STDIN_FILENO; /* -1: passed over */
        if (poll(fds, 2, idl_channel_timeout(c->channel)) > 0 && fds[TERMINAL].revents != 0)
            read_input(c);
        idl_channel_process(c->channel, 0);
    }
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3 || argv[1][0] == '-' || strlen(argv[1]) > DEMO_CHAT_MAX_NAME)
        return fputs("usage: chat_client NAME [ADDRESS]\n", stderr), 2;

    struct client c = { .call = idl_call_new() };
    c.channel = idl_channel_open(argc > 2 ? argv[2] : "tcp://127.0.0.1:50055", NULL);
    demo_chat_chat_talk_async(c.channel, c.call, done, &c);
    demo_chat_chat_talk_on_recv(c.call, show, &c);
    idl_call_on_writable(c.call, on_writable, &c);
    c.len = (size_t)snprintf(c.input, sizeof c.input, "%s\n", argv[1]); /* the first line */
    send_input(&c);
    run(&c);
    if (c.code != IDL_OK)
        fprintf(stderr, "%s: %s\n", idl_code_name(c.code), idl_call_message(c.call));
    idl_call_free(c.call);
    idl_channel_close(c.channel);
    return c.code == IDL_OK ? 0 : 1;
}
