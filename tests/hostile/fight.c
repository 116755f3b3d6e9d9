/* SPDX-License-Identifier: MIT */
/* fight.c: begins and ends attacks. */
#include "fight.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <sys/socket.h>

#include "fixture.h"

struct fight_style fight_style;

bool fight_arguments(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--threads") == 0) {
            fight_style.threads = true;
        } else if (strcmp(argv[i], "--full") == 0) {
            fight_style.full = true;
        } else {
            fprintf(stderr, "usage: %s [--threads] [--full]\n", argv[0]);
            return false;
        }
    }
    return true;
}

void fight_begin(struct fight *fight, const idl_server_options *options, unsigned descriptors)
{
    idl_server_options all = IDL_SERVER_OPTIONS;
    if (options != NULL)
        all = *options;
    if (fight_style.threads)
        all.workers = all.handler_threads = 2;
    victim_start(&fight->victim, &all, descriptors);
    honest_start(&fight->honest, &fight->victim);
    sleep_ms(20); /* the connection that honest_start has tried it with is gone */
    fight->descriptors = victim_descriptors(&fight->victim);
    fight->peak = victim_peak(&fight->victim);
}

void fight_end(struct fight *fight, const char *name, size_t memory)
{
    assert_true(victim_has_at_most(&fight->victim, fight->descriptors));
    size_t more = victim_peak(&fight->victim) - fight->peak;
    honest_stop(&fight->honest, name);
    print_message("%s: %zu KiB at most\n", name, more);
    if (!SANITIZED)
        assert_in_range(more, 0, memory);
    victim_stop(&fight->victim);
}

idl_server_options fight_quick(void)
{
    idl_server_options options = IDL_SERVER_OPTIONS;
    options.io_timeout_ms = 300;
    options.handshake_timeout_ms = 300;
    return options;
}

bool fight_push(struct wire *wire, const struct wire_out *out)
{
    for (size_t sent = 0; sent < out->len;) {
        ssize_t n = send(wire->fd, out->data + sent, out->len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}
