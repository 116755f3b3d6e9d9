/* SPDX-License-Identifier: MIT */
/* hostile_connections_test.c: attacks with connections, whatever is said on them: those that end
 * without a word, half of them or for one side only, and crowds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fight.h"
#include "fixture.h"

/* ---- Ends ---- */

static void who_vanishes_is_forgotten(void **state)
{
    enum { ROUNDS = 1000 };
    struct fight fight;
    idl_server_options options = fight_quick();
    (void)state;
    fight_begin(&fight, &options, 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct wire wire;
        struct wire_out out = { 0 };
        wire_open(&wire, fight.victim.address);
        if (i % 4 != 0)
            wire_call(&out, 1, 0, "test.Text", i % 4 == 1 ? "other" : "echo", "bye");
        if (i % 4 == 3)
            out.len -= 3;
        fight_push(&wire, &out);
        wire_free(&out);
        const struct linger reset = { 1, 0 };
        if (i % 3 == 0)
            setsockopt(wire.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (i % 3 == 1)
            shutdown(wire.fd, SHUT_WR);
        wire_close(&wire);
    }
    fight_end(&fight, "vanishing", 3072);
}

/* Half closed: what has its answer already gets it, and then it is over. */
static void half_closed_ones_do_not_stay(void **state)
{
    enum { COUNT = 50 };
    struct fight fight;
    struct wire wires[COUNT];
    (void)state;
    fight_begin(&fight, NULL, 0);
    for (int i = 0; i < COUNT; i++) {
        struct wire_out out = { 0 };
        wire_open(&wires[i], fight.victim.address);
        wire_call(&out, 1, 0, "test.Text", i % 2 ? "other" : "echo", "half");
        wire_send(&wires[i], &out);
        shutdown(wires[i].fd, SHUT_WR);
    }
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    for (int i = 0; i < COUNT && !fight_style.threads; i += 2)
        wire_expect(&wires[i], 1, IDL_OK, "half");
    for (int i = 0; i < COUNT; i++)
        wire_close(&wires[i]);
    fight_end(&fight, "half closed", 2048);
}

/* Closes without telling the other side, as a host that has lost its power does; who may not do this
 * keeps the connection, and says nothing any more. */
static void fall_silent(struct wire *wire)
{
    const int on = 1;
    if (setsockopt(wire->fd, IPPROTO_TCP, TCP_REPAIR, &on, sizeof on) == 0) {
        close(wire->fd);
        wire->fd = -1;
    }
}

/* Half of them leave a kernel that still takes bytes, the others nothing; with a call open or none. */
static void half_open_ones_are_found(void **state)
{
    enum { COUNT = 50, HELLO = 10 };
    static const uint8_t event_driven[] = { 0x08, 0x01, 0x28, 0x02 };
    struct fight fight;
    struct wire wires[COUNT];
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    options.keepalive_ms = 100;
    options.keepalive_timeout_ms = 300;
    fight_begin(&fight, &options, 0);
    for (int i = 0; i < COUNT; i++) {
        struct wire_out out = { 0 };
        struct wire_in in;
        wire_open(&wires[i], fight.victim.address);
        wire_frame(&out, 0, HELLO, 0, event_driven, sizeof event_driven);
        if (i % 4 < 2)
            wire_call(&out, 1, 0, "test.Text", "other", "never ends");
        wire_send(&wires[i], &out);
        assert_true(wire_next(&wires[i], &in));
        assert_int_equal(in.type, HELLO);
    }
    assert_true(victim_descriptors(&fight.victim) > fight.descriptors);
    for (int i = 0; i < COUNT; i += 2)
        fall_silent(&wires[i]);
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    for (int i = 0; i < COUNT; i++)
        wire_close(&wires[i]);
    fight_end(&fight, "half open", 2048);
}

/* ---- Crowds ---- */

static int connect_without_waiting(const struct sockaddr_in *to)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)to, sizeof *to) != 0 &&
        errno != EINPROGRESS) {
        close(fd);
        return -1;
    }
    return fd;
}

/* More connections at once than the server has descriptors. */
static void a_crowd_at_the_door(uint32_t max_connections, const char *name)
{
    enum { CROWD = 10000, LIMIT = 256 };
    struct fight fight;
    struct sockaddr_in to = { .sin_family = AF_INET };
    struct rlimit limit;
    idl_server_options options = IDL_SERVER_OPTIONS;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    size_t count = limit.rlim_cur < CROWD + 100 ? (size_t)limit.rlim_cur - 100 : CROWD;
    if (count < CROWD)
        print_message("only %zu connections: no descriptors for more\n", count);
    options.max_connections = max_connections;
    fight_begin(&fight, &options, LIMIT);
    assert_int_equal(inet_pton(AF_INET, "127.0.0.1", &to.sin_addr), 1);
    to.sin_port = htons((uint16_t)atoi(strrchr(fight.victim.address, ':') + 1));
    int *fds = malloc(count * sizeof *fds);
    assert_non_null(fds);
    for (size_t i = 0; i < count; i++)
        fds[i] = connect_without_waiting(&to);
    sleep_ms(200);
    long cpu = victim_cpu_ms(&fight.victim);
    sleep_ms(500);
    long spent = victim_cpu_ms(&fight.victim) - cpu;
    print_message("%s: %ld ms of CPU in half a second\n", name, spent);
    assert_in_range(spent, 0, SANITIZED ? 450 : 250); /* it does not spin */
    assert_true(victim_descriptors(&fight.victim) <= LIMIT);
    for (size_t i = 0; i < count; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
    }
    free(fds);
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    struct wire wire; /* and others can come again */
    struct wire_out out = { 0 };
    wire_open(&wire, fight.victim.address);
    wire_call(&out, 1, 0, "test.Text", "echo", "at last");
    wire_send(&wire, &out);
    wire_expect(&wire, 1, IDL_OK, "at last");
    wire_close(&wire);
    fight_end(&fight, name, 4096);
}

static void a_crowd_is_told_to_go(void **state)
{
    (void)state;
    a_crowd_at_the_door(0, "a crowd");
}

/* The server would take them, and runs out of descriptors. */
static void a_crowd_waits_for_descriptors(void **state)
{
    (void)state;
    a_crowd_at_the_door(100000, "a crowd without descriptors");
}

int main(int argc, char **argv)
{
    if (!fight_arguments(argc, argv))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_vanishes_is_forgotten),
        cmocka_unit_test(half_closed_ones_do_not_stay),
        cmocka_unit_test(half_open_ones_are_found),
        cmocka_unit_test(a_crowd_is_told_to_go),
        cmocka_unit_test(a_crowd_waits_for_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
