/* SPDX-License-Identifier: MIT */
/* hostile_test.c: attacks, over real sockets. Meanwhile an honest client is answered at all times; the
 * server's memory stays within bounds, and afterwards nothing of the attacker is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "victim.h"

/* ---- A fight ---- */

struct fight {
    struct victim victim;
    struct honest honest;
    size_t descriptors, peak;
};

static void begin(struct fight *fight, const idl_server_options *options, unsigned descriptors)
{
    victim_start(&fight->victim, options, descriptors);
    honest_start(&fight->honest, &fight->victim);
    sleep_ms(20); /* the connection that honest_start has tried it with is gone */
    fight->descriptors = victim_descriptors(&fight->victim);
    fight->peak = victim_peak(&fight->victim);
}

/* memory: KiB that the server may have taken at any time since it began. */
static void end(struct fight *fight, const char *name, size_t memory)
{
    assert_true(victim_has_at_most(&fight->victim, fight->descriptors));
    size_t more = victim_peak(&fight->victim) - fight->peak;
    honest_stop(&fight->honest, name);
    print_message("%s: %zu KiB at most\n", name, more);
    if (!SANITIZED)
        assert_in_range(more, 0, memory);
    victim_stop(&fight->victim);
}

static void quick(idl_server_options *options)
{
    *options = (idl_server_options)IDL_SERVER_OPTIONS;
    options->io_timeout_ms = 300;
    options->handshake_timeout_ms = 300;
}

/* ---- What attackers do ---- */

/* Sends what can be sent; false: the server has closed. */
static bool push(struct wire *wire, const struct wire_out *out)
{
    for (size_t sent = 0; sent < out->len;) {
        ssize_t n = send(wire->fd, out->data + sent, out->len - sent, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        sent += (size_t)n;
    }
    return true;
}

/* Sends and expects a GOAWAY with this message, then the end. */
static void expect_goaway(const struct fight *fight, struct wire_out *out, int code,
                          const char *message)
{
    struct wire wire;
    struct wire_in in;
    wire_open(&wire, fight->victim.address);
    push(&wire, out);
    wire_free(out);
    do
        assert_true(wire_next(&wire, &in));
    while (in.type != WIRE_GOAWAY);
    assert_int_equal(in.code, code);
    if (strstr(in.message, message) == NULL)
        fail_msg("'%s' instead of '%s'", in.message, message);
    wire_expect_end(&wire);
    wire_close(&wire);
}

static void put_raw(struct wire_out *out, const char *text)
{
    wire_bytes(out, text, strlen(text));
}

static void put_length(struct wire_out *out, uint32_t length)
{
    const uint32_t bytes = htonl(length);
    wire_bytes(out, &bytes, sizeof bytes);
}

/* ---- Slow ones ---- */

static void slow_ones_go(void **state)
{
    enum { EACH = 20 };
    struct fight fight;
    struct wire silent[EACH], headers[EACH], bodies[EACH];
    struct wire_out out = { 0 };
    idl_server_options options;
    (void)state;
    quick(&options);
    begin(&fight, &options, 0);
    for (int i = 0; i < EACH; i++) {
        wire_open(&silent[i], fight.victim.address);
        wire_open(&headers[i], fight.victim.address);
        wire_open(&bodies[i], fight.victim.address);
        wire_call(&out, 1, 0, "test.Text", "echo", "x");
        wire_send(&bodies[i], &out);
        wire_expect(&bodies[i], 1, IDL_OK, "x");
    }
    wire_call(&out, 3, 0, "test.Text", "echo", "a letter at a time");
    for (size_t k = 0; k < out.len - 1; k++) {
        for (int i = 0; i < EACH; i++) {
            if (k < 3)
                send(headers[i].fd, out.data + k, 1, MSG_NOSIGNAL);
            send(bodies[i].fd, out.data + k, 1, MSG_NOSIGNAL);
        }
        sleep_ms(20);
    }
    wire_free(&out);
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    for (int i = 0; i < EACH; i++) {
        wire_close(&silent[i]);
        wire_close(&headers[i]);
        wire_close(&bodies[i]);
    }
    end(&fight, "slow loris", 2048);
}

static void who_never_reads_goes(void **state)
{
    enum { EACH = 8, SIZE = 64 << 10 };
    struct fight fight;
    struct wire wires[EACH];
    struct wire_out out = { 0 };
    idl_server_options options;
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    quick(&options);
    begin(&fight, &options, 0);
    for (uint32_t i = 0; i < 400; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "echo", text);
    size_t sent[EACH] = { 0 };
    for (int i = 0; i < EACH; i++)
        wire_open(&wires[i], fight.victim.address);
    for (int gone = 0; gone < EACH;) {
        gone = 0;
        for (int i = 0; i < EACH; i++) {
            ssize_t n = send(wires[i].fd, out.data + sent[i], out.len - sent[i],
                             MSG_NOSIGNAL | MSG_DONTWAIT);
            sent[i] += n > 0 ? (size_t)n : 0;
            assert_true(sent[i] < out.len); /* else the server has taken all of it */
            gone += n < 0 && errno != EAGAIN;
        }
        sleep_ms(5);
    }
    wire_free(&out);
    free(text);
    for (int i = 0; i < EACH; i++)
        wire_close(&wires[i]);
    end(&fight, "never reads", EACH * 1600 + 2048);
}

/* ---- Claims ---- */

static void claims_take_no_memory(void **state)
{
    enum { CLAIMS = 200 };
    struct fight fight;
    struct wire wires[CLAIMS];
    struct wire_out out = { 0 };
    idl_server_options options;
    (void)state;
    quick(&options);
    begin(&fight, &options, 0);
    put_length(&out, UINT32_MAX);
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "not a frame: a length of 4294967295");
    put_length(&out, 0x0fffffff);
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "not a frame: a length of 268435455");
    /* 4 GiB of metadata, of a name, of a payload. */
    for (char field = 1; field <= 5; field++) {
        const char claim[] = { (char)(field << 3 | 2), '\xff', '\xff', '\xff', '\xff', 0x0f };
        if (field == 4)
            continue;
        wire_frame(&out, 1, WIRE_REQUEST, 0, claim, sizeof claim);
        expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "REQUEST: can't be parsed");
    }
    /* The largest message, of which no more than the beginning comes. */
    for (int i = 0; i < CLAIMS; i++) {
        wire_open(&wires[i], fight.victim.address);
        put_length(&out, 4 << 20);
        wire_bytes(&out, "\0\0\0\1\1\0", 6);
        wire_send(&wires[i], &out);
    }
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    for (int i = 0; i < CLAIMS; i++)
        wire_close(&wires[i]);
    end(&fight, "claims", 3072);
}

/* A frame above the limit is read and dropped, never stored. */
static void long_frames_are_dropped(void **state)
{
    enum { SIZE = 16 << 20 };
    struct fight fight;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options;
    uint8_t *body = calloc(1, SIZE);
    (void)state;
    assert_non_null(body);
    quick(&options);
    begin(&fight, &options, 0);
    wire_open(&wire, fight.victim.address);
    for (uint32_t i = 0; i < 3; i++)
        wire_frame(&out, 2 * i + 1, WIRE_REQUEST, 0, body, SIZE);
    wire_call(&out, 7, 0, "test.Text", "echo", "after");
    wire_send(&wire, &out);
    for (uint32_t i = 0; i < 3; i++)
        wire_expect(&wire, 2 * i + 1, IDL_RESOURCE_EXHAUSTED,
                    "the message is larger than the receiver's limit");
    wire_expect(&wire, 7, IDL_OK, "after");
    wire_close(&wire);
    free(body);
    end(&fight, "too long", 2048);
}

/* ---- Floods ---- */

/* A reset follows each call at once: as many calls as CANCELs, so none is one too many. */
static void rapid_reset(void **state)
{
    enum { BATCH = 1000 };
    const uint32_t batches = SANITIZED ? 100 : 1000;
    struct fight fight;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    double begun = now_ms();
    for (uint32_t i = 0; i < batches * BATCH; i++) {
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", NULL);
        wire_frame(&out, 2 * i + 1, WIRE_CANCEL, 0, NULL, 0);
        if (i % BATCH == BATCH - 1) {
            assert_true(push(&wire, &out));
            wire_free(&out);
        }
    }
    wire_call(&out, 2 * batches * BATCH + 1, 0, "test.Text", "echo", "and still");
    wire_send(&wire, &out);
    wire_expect(&wire, 2 * batches * BATCH + 1, IDL_OK, "and still");
    print_message("rapid reset: %u calls in %.1f s\n", batches * BATCH, (now_ms() - begun) / 1e3);
    wire_close(&wire);
    end(&fight, "rapid reset", 2048);
}

/* Calls that are never ended: a connection may have so many, and takes nobody's place. */
static void calls_pile_up(void **state)
{
    enum { CALLS = 20000, MAX = 1000 };
    struct fight fight;
    struct wire wire;
    struct wire_in in;
    struct wire_out out = { 0 };
    (void)state;
    begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "never ends");
    for (uint32_t sent = 0, got = 0; got < CALLS - MAX;) {
        ssize_t n = send(wire.fd, out.data + sent, out.len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        sent += n > 0 ? (uint32_t)n : 0;
        struct pollfd any = { .fd = wire.fd, .events = POLLIN };
        while (got < CALLS - MAX && (wire.used < wire.len || poll(&any, 1, 0) == 1)) {
            assert_true(wire_next(&wire, &in));
            assert_int_equal(in.code, IDL_RESOURCE_EXHAUSTED);
            assert_int_equal(in.flags, WIRE_NEVER_STARTED);
            got++;
        }
    }
    wire_free(&out);
    wire_close(&wire);
    end(&fight, "calls without end", 16384);
}

static void flood(const struct fight *fight, int type, uint32_t id, const void *body, size_t len,
                  const char *message)
{
    struct wire_out out = { 0 };
    wire_request(&out, 1, 0, "test.Text", "echo", NULL, 0, 0);
    wire_request(&out, 3, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL, 0, 0);
    if (id == 0) /* PINGs are only bad without a call */
        wire_free(&out);
    for (int i = 0; i < 30; i++)
        wire_frame(&out, id, type, WIRE_NO_DATA, body, len);
    expect_goaway(fight, &out, IDL_RESOURCE_EXHAUSTED, message);
}

static void floods_end_the_connection(void **state)
{
    struct fight fight;
    (void)state;
    begin(&fight, NULL, 0);
    flood(&fight, WIRE_PING, 0, "12345678", 8, "too many PINGs");
    flood(&fight, WIRE_PONG, 0, "12345678", 8, "too many PONGs");
    flood(&fight, WIRE_CANCEL, 1, NULL, 0, "too many CANCELs");
    flood(&fight, WIRE_DATA, 3, NULL, 0, "too many DATA frames with nothing in them");
    flood(&fight, WIRE_CREDIT, 3, "\0\0\0\0", 4, "too many CREDITs of nothing");
    flood(&fight, 77, 3, "?", 1, "too many frames of unknown types");
    end(&fight, "floods", 2048);
}

/* ---- Nonsense ---- */

static void nonsense_is_refused(void **state)
{
    struct fight fight;
    struct wire_out out = { 0 };
    static const struct {
        int type;
        uint32_t id;
        const char *body, *message;
    } lines[] = {
        { WIRE_RESPONSE, 1, "", "RESPONSE from a client" },
        { 9, 1, "", "HEADERS from a client" },
        { WIRE_DATA, 5, "x", "DATA for stream 5, which was never opened" },
        { WIRE_CANCEL, 5, "", "CANCEL for stream 5, which was never opened" },
        { WIRE_CREDIT, 5, "1234", "CREDIT for stream 5, which was never opened" },
        { WIRE_CREDIT, 0, "12", "CREDIT of 2 bytes" },
        { WIRE_PING, 1, "12345678", "PING for stream 1" },
        { WIRE_PING, 0, "1", "PING of 1 bytes" },
        { 10, 0, "", "HELLO out of place" },
        { WIRE_REQUEST, 0, "", "REQUEST with stream id 0, which is not odd" },
        { WIRE_REQUEST, 2, "", "REQUEST with stream id 2, which is not odd" },
        { WIRE_REQUEST, 3, "", "REQUEST with stream id 3, not above 3" },
        { WIRE_REQUEST, 1, "", "REQUEST with stream id 1, not above 3" },
    };
    (void)state;
    begin(&fight, NULL, 0);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        wire_call(&out, 3, 0, "test.Text", "other", "never ends");
        wire_frame(&out, lines[i].id, lines[i].type, 0, lines[i].body, strlen(lines[i].body));
        expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, lines[i].message);
    }
    wire_frame(&out, 1, WIRE_CREDIT, 0, "\x7f\xff\xff\xff", 4); /* of a call that is open */
    wire_free(&out);
    wire_request(&out, 1, 0, "test.Text", "other", NULL, 0, 0);
    wire_frame(&out, 1, WIRE_CREDIT, 0, "\x7f\xff\xff\xff", 4);
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "more CREDIT than there can be");
    put_length(&out, 0); /* a body of nothing, and of almost nothing */
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "a frame of 0 bytes, less than its head");
    put_length(&out, 5);
    put_raw(&out, "12345");
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "a frame of 5 bytes, less than its head");
    put_raw(&out, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "this looks like HTTP/1");
    put_raw(&out, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "this looks like HTTP/2");
    put_raw(&out, "\x16\x03\x01\x02\x05\x01");
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "this looks like TLS");
    put_raw(&out, "SSH-2.0-OpenSSH_9.2\r\n");
    expect_goaway(&fight, &out, IDL_INVALID_ARGUMENT, "this looks like SSH");
    end(&fight, "nonsense", 2048);
}

/* Whatever comes, the server lives; the same bytes each time. */
static void random_bytes(void **state)
{
    enum { ROUNDS = 500 };
    struct fight fight;
    idl_server_options options;
    uint64_t seed = 1;
    (void)state;
    quick(&options);
    begin(&fight, &options, 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct wire wire;
        uint8_t bytes[600];
        for (size_t k = 0; k < sizeof bytes; k++) {
            seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            bytes[k] = (uint8_t)(seed >> 56);
        }
        if (i % 2 == 0) { /* frames of random content */
            static const uint8_t types[] = { 1, 3, 4, 5, 6, 7, 8, 10, 11 };
            memcpy(bytes, "\0\0\0\x40\0\0\0\1", 8);
            bytes[8] = types[(size_t)i / 2 % sizeof types];
        }
        wire_open(&wire, fight.victim.address);
        send(wire.fd, bytes, sizeof bytes, MSG_NOSIGNAL);
        wire_close(&wire);
    }
    end(&fight, "random bytes", 4096);
}

/* ---- Streams ---- */

/* More DATA than there is credit for: nothing beyond the window is stored. */
static void data_without_credit(void **state)
{
    enum { STREAMS = 20, SIZE = 8 << 10, WINDOW = 262144 };
    struct fight fight;
    struct wire wire;
    struct wire_in in;
    struct wire_out out = { 0 };
    char message[SIZE] = { 0 };
    (void)state;
    begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    for (uint32_t i = 0; i < STREAMS; i++) {
        wire_request(&out, 2 * i + 1, WIRE_OPEN | WIRE_NO_DATA, "test.Stream", "join", NULL, 0, 0);
        for (int k = 0; k < 2 * WINDOW / SIZE; k++)
            wire_frame(&out, 2 * i + 1, WIRE_DATA, 0, message, sizeof message);
    }
    wire_send(&wire, &out);
    for (uint32_t i = 0; i < STREAMS; i++) {
        assert_true(wire_next(&wire, &in));
        assert_int_equal(in.code, IDL_RESOURCE_EXHAUSTED);
        assert_string_equal(in.message, "DATA without credit");
    }
    wire_call(&out, 2 * STREAMS + 1, 0, "test.Text", "echo", "the connection lives");
    wire_send(&wire, &out);
    wire_expect(&wire, 2 * STREAMS + 1, IDL_OK, "the connection lives");
    wire_close(&wire);
    end(&fight, "without credit", STREAMS * WINDOW / 1024 * 3 / 2 + 2048);
}

/* ---- Connections ---- */

static void who_vanishes_is_forgotten(void **state)
{
    enum { ROUNDS = 1000 };
    struct fight fight;
    idl_server_options options;
    (void)state;
    quick(&options);
    begin(&fight, &options, 0);
    for (int i = 0; i < ROUNDS; i++) {
        struct wire wire;
        struct wire_out out = { 0 };
        wire_open(&wire, fight.victim.address);
        if (i % 4 != 0)
            wire_call(&out, 1, 0, "test.Text", i % 4 == 1 ? "other" : "echo", "bye");
        if (i % 4 == 3)
            out.len -= 3;
        push(&wire, &out);
        wire_free(&out);
        const struct linger reset = { 1, 0 };
        if (i % 3 == 0)
            setsockopt(wire.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (i % 3 == 1)
            shutdown(wire.fd, SHUT_WR);
        wire_close(&wire);
    }
    end(&fight, "vanishing", 3072);
}

/* Half closed: it can still be answered, and then it is over. */
static void half_closed_ones_do_not_stay(void **state)
{
    enum { COUNT = 50 };
    struct fight fight;
    struct wire wires[COUNT];
    (void)state;
    begin(&fight, NULL, 0);
    for (int i = 0; i < COUNT; i++) {
        struct wire_out out = { 0 };
        wire_open(&wires[i], fight.victim.address);
        wire_call(&out, 1, 0, "test.Text", i % 2 ? "other" : "echo", "half");
        wire_send(&wires[i], &out);
        shutdown(wires[i].fd, SHUT_WR);
    }
    assert_true(victim_has_at_most(&fight.victim, fight.descriptors));
    for (int i = 0; i < COUNT; i += 2)
        wire_expect(&wires[i], 1, IDL_OK, "half");
    for (int i = 0; i < COUNT; i++)
        wire_close(&wires[i]);
    end(&fight, "half closed", 2048);
}

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
    begin(&fight, &options, LIMIT);
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
    end(&fight, name, 4096);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_ones_go),
        cmocka_unit_test(who_never_reads_goes),
        cmocka_unit_test(claims_take_no_memory),
        cmocka_unit_test(long_frames_are_dropped),
        cmocka_unit_test(rapid_reset),
        cmocka_unit_test(calls_pile_up),
        cmocka_unit_test(floods_end_the_connection),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(data_without_credit),
        cmocka_unit_test(who_vanishes_is_forgotten),
        cmocka_unit_test(half_closed_ones_do_not_stay),
        cmocka_unit_test(a_crowd_is_told_to_go),
        cmocka_unit_test(a_crowd_waits_for_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
