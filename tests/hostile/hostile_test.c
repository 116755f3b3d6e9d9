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

#include "fight.h"
#include "fixture.h"

/* ---- What attackers send ---- */

/* Sends and expects a GOAWAY with this message, then the end. */
static void expect_goaway(const struct fight *fight, struct wire_out *out, int code,
                          const char *message)
{
    struct wire wire;
    struct wire_in in;
    wire_open(&wire, fight->victim.address);
    fight_push(&wire, out);
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
    idl_server_options options = fight_quick();
    (void)state;
    fight_begin(&fight, &options, 0);
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
    fight_end(&fight, "slow loris", 2048);
}

static void who_never_reads_goes(void **state)
{
    enum { EACH = 8, SIZE = 64 << 10 };
    struct fight fight;
    struct wire wires[EACH];
    struct wire_out out = { 0 };
    idl_server_options options = fight_quick();
    char *text = malloc(SIZE + 1);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', SIZE);
    text[SIZE] = '\0';
    fight_begin(&fight, &options, 0);
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
            /* All of it is only taken where calls wait for a thread, and not for their turn. */
            assert_true(sent[i] < out.len || fight_style.threads);
            gone += (n < 0 && errno != EAGAIN) || sent[i] == out.len;
        }
        sleep_ms(5);
    }
    wire_free(&out);
    free(text);
    for (int i = 0; i < EACH; i++)
        wire_close(&wires[i]);
    size_t queued = fight_style.threads ? 1000 * SIZE / 1024 : 0;
    fight_end(&fight, "never reads", EACH * 1600 + 2048 + queued);
}

/* ---- Claims ---- */

static void claims_take_no_memory(void **state)
{
    enum { CLAIMS = 200 };
    struct fight fight;
    struct wire wires[CLAIMS];
    struct wire_out out = { 0 };
    idl_server_options options = fight_quick();
    (void)state;
    fight_begin(&fight, &options, 0);
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
    fight_end(&fight, "claims", 3072);
}

/* A frame above the limit is read and dropped, never stored. */
static void long_frames_are_dropped(void **state)
{
    enum { SIZE = 16 << 20 };
    struct fight fight;
    struct wire wire;
    struct wire_out out = { 0 };
    idl_server_options options = fight_quick();
    uint8_t *body = calloc(1, SIZE);
    (void)state;
    assert_non_null(body);
    fight_begin(&fight, &options, 0);
    for (uint32_t i = 0; i < 3; i++)
        wire_frame(&out, 2 * i + 1, WIRE_REQUEST, 0, body, SIZE);
    wire_call(&out, 7, 0, "test.Text", "echo", "after");
    wire_open(&wire, fight.victim.address);
    wire_send(&wire, &out);
    for (uint32_t i = 0; i < 3; i++)
        wire_expect(&wire, 2 * i + 1, IDL_RESOURCE_EXHAUSTED,
                    "the message is larger than the receiver's limit");
    wire_expect(&wire, 7, IDL_OK, "after");
    wire_close(&wire);
    free(body);
    fight_end(&fight, "too long", 2048);
}

/* Metadata as large as a frame may be, in one pair or in as many as there can be, call after call:
 * with --full 4 GiB. */
static void metadata_is_refused(void **state)
{
    enum { SIZE = 4 << 20 };
    const uint32_t rounds = fight_style.full ? 1024 : 32;
    static const char echo[] = "\x0a\x09test.Text\x12\x04"
                               "echo";
    static const char large[] = "\x2a\x8a\x80\x80\x02\x0a\x03key\x12\x80\x80\x80\x02";
    static const char small[] = "\x2a\x06\x0a\x01k\x12\x01v";
    struct fight fight;
    struct wire wire;
    struct wire_out bodies[2] = { 0 }, out = { 0 };
    (void)state;
    for (int i = 0; i < 2; i++)
        wire_bytes(&bodies[i], echo, sizeof echo - 1);
    wire_bytes(&bodies[0], large, sizeof large - 1);
    for (int i = 0; i < SIZE; i += 8)
        wire_bytes(&bodies[0], "visible!", 8);
    while (bodies[1].len < SIZE)
        wire_bytes(&bodies[1], small, sizeof small - 1);
    fight_begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    for (uint32_t i = 0; i < rounds; i++) {
        wire_frame(&out, 2 * i + 1, WIRE_REQUEST, 0, bodies[i % 2].data, bodies[i % 2].len);
        wire_send(&wire, &out);
        wire_expect(&wire, 2 * i + 1, IDL_RESOURCE_EXHAUSTED,
                    "the request's metadata is larger than the limit of 16384");
    }
    wire_close(&wire);
    wire_free(&bodies[0]);
    wire_free(&bodies[1]);
    fight_end(&fight, "metadata", 8192);
}

/* ---- Floods ---- */

static void is_refused(const struct wire_in *in)
{
    assert_int_equal(in->type, WIRE_RESPONSE);
    assert_int_equal(in->code, IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(in->flags, WIRE_NEVER_STARTED);
}

/* Sends it all. What comes meanwhile has to be refusals of calls; says how many. */
static uint32_t push_and_count(struct wire *wire, struct wire_out *out)
{
    uint32_t refused = 0;
    struct wire_in in;
    for (size_t sent = 0; sent < out->len;) {
        struct pollfd any = { .fd = wire->fd, .events = POLLIN | POLLOUT };
        assert_int_equal(poll(&any, 1, 60000), 1);
        ssize_t n = send(wire->fd, out->data + sent, out->len - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        assert_true(n > 0 || errno == EAGAIN);
        sent += n > 0 ? (size_t)n : 0;
        for (; wire->used < wire->len || (any.revents & POLLIN) != 0; any.revents = 0, refused++) {
            assert_true(wire_next(wire, &in));
            is_refused(&in);
        }
    }
    wire_free(out);
    return refused;
}

/* Calls until one is let in: threads may still be busy with the calls before it, which count until
 * their handlers have let go of them. Says how many refusals came. */
static uint32_t call_until_answered(struct wire *wire, uint32_t id)
{
    uint32_t refused = 0;
    for (struct wire_in in = { .code = IDL_UNAVAILABLE }; in.code != IDL_OK; id += 2) {
        struct wire_out out = { 0 };
        wire_call(&out, id, 0, "test.Text", "echo", "and still");
        wire_send(wire, &out);
        do {
            assert_true(wire_next(wire, &in));
            if (in.code == IDL_OK) {
                assert_int_equal(in.id, id);
                assert_string_equal(in.text, "and still");
            } else {
                is_refused(&in);
                refused++;
            }
        } while (in.id != id);
    }
    return refused;
}

/* A reset follows each call at once: as many calls as CANCELs, so none is one too many. */
static void rapid_reset(void **state)
{
    enum { BATCH = 1000 };
    const uint32_t batches = SANITIZED && !fight_style.full ? 100 : 1000;
    uint32_t refused = 0;
    struct fight fight;
    struct wire wire;
    struct wire_out out = { 0 };
    (void)state;
    fight_begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    double begun = now_ms();
    for (uint32_t i = 0; i < batches * BATCH; i++) {
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", NULL);
        wire_frame(&out, 2 * i + 1, WIRE_CANCEL, 0, NULL, 0);
        if (i % BATCH == BATCH - 1)
            refused += push_and_count(&wire, &out);
    }
    refused += call_until_answered(&wire, 2 * batches * BATCH + 1);
    if (!fight_style.threads)
        assert_int_equal(refused, 0);
    print_message("rapid reset: %u calls in %.1f s, %u refused\n", batches * BATCH,
                  (now_ms() - begun) / 1e3, refused);
    wire_close(&wire);
    fight_end(&fight, "rapid reset", fight_style.threads ? 16384 : 2048);
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
    fight_begin(&fight, NULL, 0);
    wire_open(&wire, fight.victim.address);
    for (uint32_t i = 0; i < CALLS; i++)
        wire_call(&out, 2 * i + 1, 0, "test.Text", "other", "never ends");
    for (uint32_t got = push_and_count(&wire, &out); got < CALLS - MAX; got++) {
        assert_true(wire_next(&wire, &in));
        is_refused(&in);
    }
    wire_close(&wire);
    fight_end(&fight, "calls without end", 16384);
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
    fight_begin(&fight, NULL, 0);
    flood(&fight, WIRE_PING, 0, "12345678", 8, "too many PINGs");
    flood(&fight, WIRE_PONG, 0, "12345678", 8, "too many PONGs");
    flood(&fight, WIRE_CANCEL, 1, NULL, 0, "too many CANCELs");
    flood(&fight, WIRE_DATA, 3, NULL, 0, "too many DATA frames with nothing in them");
    flood(&fight, WIRE_CREDIT, 3, "\0\0\0\0", 4, "too many CREDITs of nothing");
    flood(&fight, 77, 3, "?", 1, "too many frames of unknown types");
    fight_end(&fight, "floods", 2048);
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
    fight_begin(&fight, NULL, 0);
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
    fight_end(&fight, "nonsense", 2048);
}

/* Whatever comes, the server lives; the same bytes each time. */
static void random_bytes(void **state)
{
    enum { ROUNDS = 500 };
    struct fight fight;
    idl_server_options options = fight_quick();
    uint64_t seed = 1;
    (void)state;
    fight_begin(&fight, &options, 0);
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
    fight_end(&fight, "random bytes", 4096);
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
    fight_begin(&fight, NULL, 0);
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
    fight_end(&fight, "without credit", STREAMS * WINDOW / 1024 * 3 / 2 + 2048);
}

int main(int argc, char **argv)
{
    if (!fight_arguments(argc, argv))
        return 2;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slow_ones_go),          cmocka_unit_test(who_never_reads_goes),
        cmocka_unit_test(claims_take_no_memory), cmocka_unit_test(long_frames_are_dropped),
        cmocka_unit_test(metadata_is_refused),   cmocka_unit_test(rapid_reset),
        cmocka_unit_test(calls_pile_up),         cmocka_unit_test(floods_end_the_connection),
        cmocka_unit_test(nonsense_is_refused),   cmocka_unit_test(random_bytes),
        cmocka_unit_test(data_without_credit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
