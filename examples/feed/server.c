/* SPDX-License-Identifier: MIT */
/* server.c: a feed that keeps the pace of its readers. usage: feed_server [ADDRESS]
 *
 * Nothing is produced that can't be sent: when emit says IDL_AGAIN the producer returns to the loop,
 * and goes on when on_writable calls it. A reader that stops costs a window of the stream (256 KiB) and
 * what the sockets hold, however long it stops, and nobody else waits for it. One worker, so nothing
 * here runs at the same time. */
#include <stdio.h>

#include "feed_server.h"

/* One for each reader. It lives in its call's memory, and ends with it. */
struct producer {
    idl_call *call;
    uint64_t next, left;
    bool endless;
    struct producer *newer, *older; /* the others of the feed */
};

struct feed {
    struct producer *newest;
    uint64_t produced, pauses;
};

static void end(struct feed *feed, struct producer *p, idl_code code)
{
    struct producer **from_newer = p->newer != NULL ? &p->newer->older : &feed->newest;
    *from_newer = p->older;
    if (p->older != NULL)
        p->older->newer = p->newer;
    idl_call_end(p->call, code); /* p is gone */
}

static demo_feed_reading measure(uint64_t number)
{
    static const idl_str sensors[] = { IDL_STR("cellar"), IDL_STR("kitchen"), IDL_STR("roof") };
    return (demo_feed_reading){
        .number = number,
        .sensor = sensors[number % 3],
        .celsius = 15.0 + (double)(number % 3) * 4 + (double)(number * 7919 % 100) / 100,
    };
}

/* Sends until there is no more room, or no more to send. */
static void produce(idl_call *call, void *arg)
{
    struct feed *feed = idl_call_user(call);
    struct producer *p = arg;
    while (p->endless || p->left > 0) {
        demo_feed_reading reading = measure(p->next);
        idl_code code = demo_feed_feed_follow_emit(call, &reading);
        if (code == IDL_AGAIN) {
            feed->pauses++;
            return; /* nothing was taken; on_writable is next */
        }
        if (code != IDL_OK) {
            end(feed, p, code);
            return;
        }
        feed->produced++;
        p->next++;
        p->left--;
    }
    end(feed, p, IDL_OK);
}

static void reader_left(idl_call *call, void *arg)
{
    end(idl_call_user(call), arg, IDL_CANCELLED);
}

static idl_code follow(idl_call *call, uint64_t first, const uint64_t *count)
{
    struct feed *feed = idl_call_user(call);
    struct producer *p = idl_call_alloc(call, sizeof *p);
    if (p == NULL)
        return IDL_RESOURCE_EXHAUSTED;
    *p = (struct producer){
        .call = call,
        .next = first,
        .left = count != NULL ? *count : 0,
        .endless = count == NULL,
        .older = feed->newest,
    };
    if (p->older != NULL)
        p->older->newer = p;
    feed->newest = p;
    idl_call_on_writable(call, produce, p);
    idl_call_on_cancel(call, reader_left, p);
    idl_code deferred = idl_call_defer(call);
    produce(call, p);
    return deferred;
}

static idl_code progress(idl_call *call, demo_feed_progress *reply)
{
    const struct feed *feed = idl_call_user(call);
    *reply = (demo_feed_progress){ .produced = feed->produced, .pauses = feed->pauses };
    return IDL_OK;
}

/* SIGTERM, SIGINT: streams without end have one now. The others are finished. */
static void drain(idl_server *server, void *arg)
{
    struct feed *feed = arg;
    (void)server;
    for (struct producer *p = feed->newest, *older; p != NULL; p = older) {
        older = p->older;
        if (p->endless)
            end(feed, p, idl_call_fail(p->call, IDL_UNAVAILABLE, "the server is shutting down"));
    }
}

int main(int argc, char **argv)
{
    if (argc > 2 || (argc == 2 && argv[1][0] == '-'))
        return fputs("usage: feed_server [ADDRESS]\n", stderr), 2;

    struct feed feed = { 0 };
    idl_server *server = idl_server_new(NULL);
    demo_feed_feed_serve(
        server, &(demo_feed_feed_handlers){ .follow = follow, .progress = progress }, &feed);
    idl_server_on_drain(server, drain, &feed);
    int status = 1;
    if (idl_server_listen(server, argc > 1 ? argv[1] : "tcp://127.0.0.1:50053") == IDL_OK) {
        printf("listening on %s\n", idl_server_address(server, 0));
        fflush(stdout);
        status = idl_server_run(server);
    }
    if (status != 0)
        fprintf(stderr, "%s\n", idl_server_error(server));
    idl_server_free(server);
    return status;
}
