/* SPDX-License-Identifier: MIT */
/* server.c: a room for any number of people. usage: chat_server [ADDRESS]
 *
 * One worker, and all that happens to a stream happens on its loop: nothing here runs at the same time.
 * Each member has a short queue for when its client does not read. When that is full, the oldest in it
 * go, and the member hears how many: who reads slowly costs little, and holds up nobody. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chat_server.h"

enum { QUEUE = 256 };

/* One event, for all who have yet to get it. */
struct notice {
    size_t holders;
    demo_chat_event event;
    char text[]; /* of the event: its name, its text */
};

struct room {
    struct member *members;
    bool leaving;
};

/* It lives in its call's memory. */
struct member {
    struct room *room;
    idl_call *call;
    idl_str name; /* empty: it has not said yet */
    struct notice *queue[QUEUE];
    size_t first, count; /* in the queue, which is a ring */
    uint32_t missed;     /* before the first of the queue */
    struct member *next, **link;
};

/* ---- Notices ---- */

/* Nobody gets to send control characters to other people's terminals. */
static idl_str copy_clean(char *to, idl_str s)
{
    for (size_t i = 0; i < s.len; i++)
        to[i] = (unsigned char)s.data[i] < ' ' || s.data[i] == 0x7f ? ' ' : s.data[i];
    return (idl_str){ to, s.len };
}

/* With one holder. NULL: no memory. */
static struct notice *notice_new(demo_chat_kind kind, idl_str name, idl_str text)
{
    struct notice *n = malloc(sizeof *n + name.len + text.len);
    if (n == NULL)
        return NULL;
    n->holders = 1;
    n->event = (demo_chat_event){
        .kind = kind,
        .name = copy_clean(n->text, name),
        .text = copy_clean(n->text + name.len, text),
    };
    return n;
}

static void notice_release(struct notice *n)
{
    if (--n->holders == 0)
        free(n);
}

/* ---- Sending ---- */

static void queue_pop(struct member *m)
{
    notice_release(m->queue[m->first]);
    m->first = (m->first + 1) % QUEUE;
    m->count--;
}

static void queue_push(struct member *m, struct notice *n)
{
    if (m->count == QUEUE) {
        queue_pop(m);
        m->missed++;
    }
    m->queue[(m->first + m->count++) % QUEUE] = n;
    n->holders++;
}

/* Sends what has gathered, as far as there is room; on_writable calls it again. When sending fails for
 * good the call's end is near, and on_line hears of it. */
static void flush(idl_call *call, void *arg)
{
    struct member *m = arg;
    if (m->missed > 0) {
        demo_chat_event event = { .kind = DEMO_CHAT_KIND_MISSED, .missed = m->missed };
        if (demo_chat_chat_talk_emit(call, &event) != IDL_OK)
            return;
        m->missed = 0;
    }
    while (m->count > 0 && demo_chat_chat_talk_emit(call, &m->queue[m->first]->event) == IDL_OK)
        queue_pop(m);
}

static void tell(struct member *m, struct notice *n)
{
    bool waiting = m->count > 0;
    queue_push(m, n);
    if (!waiting)
        flush(m->call, m);
}

/* Tells everybody but one. */
static void announce(struct room *room, demo_chat_kind kind, idl_str name, idl_str text,
                     const struct member *but)
{
    struct notice *n = notice_new(kind, name, text);
    for (struct member *m = room->members; m != NULL; m = m->next) {
        if (m == but || m->name.len == 0)
            continue;
        if (n != NULL)
            tell(m, n);
        else
            m->missed++; /* no memory: that is how they hear of it */
    }
    if (n != NULL)
        notice_release(n);
}

/* ---- Coming and going ---- */

/* Ends the call, and the member with it. */
static void leave(struct member *m, idl_code code)
{
    struct room *room = m->room;
    char name[DEMO_CHAT_MAX_NAME];
    size_t len = m->name.len;
    memcpy(name, m->name.data, len);
    *m->link = m->next;
    if (m->next != NULL)
        m->next->link = m->link;
    while (m->count > 0)
        queue_pop(m);
    idl_call_end(m->call, code);
    if (len > 0)
        announce(room, DEMO_CHAT_KIND_LEFT, (idl_str){ name, len }, (idl_str){ 0 }, NULL);
}

static idl_code check_name(const struct member *m, idl_str name)
{
    if (name.len == 0 || name.len > DEMO_CHAT_MAX_NAME)
        return idl_call_fail(m->call, IDL_INVALID_ARGUMENT, "a name has 1 to %u bytes",
                             (unsigned)DEMO_CHAT_MAX_NAME);
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.data[i] <= ' ' || name.data[i] == 0x7f)
            return idl_call_fail(m->call, IDL_INVALID_ARGUMENT, "a name has no spaces");
    for (const struct member *other = m->room->members; other != NULL; other = other->next)
        if (idl_str_equal(other->name, name))
            return idl_call_fail(m->call, IDL_ALREADY_EXISTS, "there is a '%s' already", name.data);
    return IDL_OK;
}

static void join(struct member *m, idl_str name)
{
    idl_code code = check_name(m, name);
    if (code != IDL_OK) {
        leave(m, code);
        return;
    }
    for (struct member *other = m->room->members; other != NULL; other = other->next) {
        demo_chat_event here = { .kind = DEMO_CHAT_KIND_HERE, .name = other->name };
        if (other->name.len > 0 && demo_chat_chat_talk_emit(m->call, &here) != IDL_OK)
            m->missed++;
    }
    m->name = idl_call_str(m->call, name); /* the message goes when the next one comes */
    announce(m->room, DEMO_CHAT_KIND_JOINED, m->name, (idl_str){ 0 }, NULL);
}

/* A message of the client; NULL: it sends no more, or is gone. */
static void on_line(idl_call *call, const idl_str *line, void *arg)
{
    struct member *m = arg;
    if (line == NULL)
        leave(m, idl_call_is_cancelled(call) ? IDL_CANCELLED : IDL_OK);
    else if (m->name.len == 0)
        join(m, *line);
    else if (line->len > DEMO_CHAT_MAX_TEXT)
        leave(m, idl_call_fail(call, IDL_INVALID_ARGUMENT, "a line has at most %u bytes",
                               (unsigned)DEMO_CHAT_MAX_TEXT));
    else
        announce(m->room, DEMO_CHAT_KIND_SAID, m->name, *line, m);
}

static idl_code talk(idl_call *call)
{
    struct room *room = idl_call_user(call);
    struct member *m = idl_call_alloc(call, sizeof *m);
    if (room->leaving)
        return idl_call_fail(call, IDL_UNAVAILABLE, "the server is shutting down");
    if (m == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *m = (struct member){ .room = room, .call = call, .name = IDL_STR(""), .next = room->members };
    m->link = &room->members;
    if (m->next != NULL)
        m->next->link = &m->next;
    room->members = m;
    idl_call_on_writable(call, flush, m);
    demo_chat_chat_talk_on_next(call, on_line, m);
    return idl_call_defer(call);
}

/* SIGTERM, SIGINT: nobody would go by himself. */
static void drain(idl_server *server, void *arg)
{
    struct room *room = arg;
    (void)server;
    room->leaving = true;
    for (struct member *m = room->members; m != NULL; m = m->next)
        m->name.len = 0; /* no goodbyes */
    while (room->members != NULL)
        leave(room->members,
              idl_call_fail(room->members->call, IDL_UNAVAILABLE, "the server is shutting down"));
}

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
        return fputs("usage: chat_server [ADDRESS]\n", stderr), 2;

    struct room room = { 0 };
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.max_message = 64 * 1024;
    idl_server *server = idl_server_new(&options);
    demo_chat_chat_serve(server, &(demo_chat_chat_handlers){ .talk = talk }, &room);
    idl_server_on_drain(server, drain, &room);
    int status = 1;
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50055") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = idl_server_run(server);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}
