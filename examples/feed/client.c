/* SPDX-License-Identifier: MIT */
/* client.c: follows the feed, as fast as it comes or slower. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed_client.h"

static const char usage[] =
    "usage: feed_client ADDRESS follow FIRST [COUNT [PAUSE_MS]]   PAUSE_MS after each reading\n"
    "       feed_client ADDRESS progress\n";

static bool number_of(const char *text, uint64_t *number)
{
    char *end;
    errno = 0;
    *number = strtoull(text, &end, 10);
    if (errno == 0 && end != text && *end == '\0' && text[0] != '-')
        return true;
    fprintf(stderr, "'%s' is not a number\n", text);
    return false;
}

static void pause_ms(uint64_t ms)
{
    struct timespec left = { (time_t)(ms / 1000), (long)(ms % 1000) * 1000000 };
    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        ;
}

/* The stream in its blocking form: recv until there is no more, then finish tells why. */
static idl_code follow(idl_channel *channel, idl_call *call, uint64_t first, const uint64_t *count,
                       uint64_t pause)
{
    demo_feed_reading reading;
    demo_feed_feed_follow(channel, call, first, count);
    while (demo_feed_feed_follow_recv(call, &reading)) {
        printf("%" PRIu64 " %s %.2f\n", reading.number, reading.sensor.data, reading.celsius);
        if (pause > 0) {
            fflush(stdout);
            pause_ms(pause);
        }
        if (ferror(stdout)) { /* a full disk, say: tell the server, or finish would wait */
            idl_call_cancel(channel, idl_call_token(call));
            break;
        }
    }
    return demo_feed_feed_follow_finish(call);
}

static idl_code progress(idl_channel *channel, idl_call *call)
{
    demo_feed_progress p;
    idl_code code = demo_feed_feed_progress(channel, call, &p);
    if (code == IDL_OK)
        printf("%" PRIu64 " produced, %" PRIu64 " pauses\n", p.produced, p.pauses);
    return code;
}

int main(int argc, char **argv)
{
    uint64_t first = 0, count = 0, pause = 0;
    bool follows = argc >= 4 && argc <= 6 && strcmp(argv[2], "follow") == 0;
    if (!follows && !(argc == 3 && strcmp(argv[2], "progress") == 0))
        return fputs(usage, stderr), 2;
    if (follows && (!number_of(argv[3], &first) || (argc > 4 && !number_of(argv[4], &count)) ||
                    (argc > 5 && !number_of(argv[5], &pause))))
        return 2;

    idl_channel *channel = idl_channel_open(argv[1], NULL);
    idl_call *call = idl_call_new();
    idl_code code = follows ? follow(channel, call, first, argc > 4 ? &count : NULL, pause)
                            : progress(channel, call);
    if (code != IDL_OK)
        fprintf(stderr, "%s: %s: %s\n", argv[2], idl_code_name(code), idl_call_message(call));
    idl_call_free(call);
    idl_channel_close(channel);
    return code == IDL_OK && fflush(stdout) == 0 ? 0 : 1;
}
