/* SPDX-License-Identifier: MIT */
/* conn_fuzz_test.c: random bytes and spoilt conversations, into both sides: each connection ends in
 * order, each call once. */
#include <stdlib.h>
#include <string.h>

#include "effort.h"
#include "peer.h"

static size_t whole(void *arg)
{
    (void)arg;
    return SIZE_MAX;
}

/* Calls of every kind; the same each time, so that their ids are. */
static void talk(peer *c)
{
    peer_open(c, &m_echo, 10, 0);
    peer_open(c, &m_later, 1, 0);
    peer_open(c, &m_sum, 20, 3);
    peer_open(c, &m_list, 6, 0);
    peer_open(c, &m_chat, 9, 3);
    peer_open(c, &m_note, 5, 0);
    peer_open(c, &m_fail, 0, 0);
    peer_open(c, &m_now, 4, 0);
}

static void end(peer *p)
{
    peer_drain(p);
    idl__conn_lost(p->conn, IDL_OK, NULL);
    peer_events(p);
    assert_true(p->closed);
    for (size_t i = 0; i < PEER_CALLS; i++) {
        if (!p->calls[i].used)
            continue;
        if (p->role == IDL__CLIENT)
            assert_true(p->calls[i].ended);
        else
            idl__conn_release(p->conn, &p->calls[i].stream);
    }
    assert_int_equal(idl__conn_streams(p->conn), 0);
    peer_fini(p);
}

/* One connection hears these bytes, in a few pieces. */
static void hear(enum idl__role role, const uint8_t *data, size_t len, uint64_t *rng)
{
    const idl__limits limits = { .max_message = 3000, .max_streams = 20 };
    peer p;
    peer_init(&p, role, rnd(rng) % 2 != 0 ? &limits : NULL);
    if (role == IDL__CLIENT)
        talk(&p);
    for (size_t i = 0; i < len;) {
        size_t n = 1 + (size_t)(rnd(rng) % (len - i));
        uint8_t *piece = malloc(n);
        memcpy(piece, data + i, n);
        idl__conn_time(p.conn, rnd(rng) % 2000000000);
        peer_receive(&p, (idl_bytes){ piece, n });
        free(piece);
        i += n;
    }
    end(&p);
}

static void test_random_bytes(void **state)
{
    (void)state;
    uint64_t rng = 11;
    uint8_t data[300];
    for (int run = 0; run < test_rounds(40000); run++) {
        size_t len = 1 + (size_t)(rnd(&rng) % sizeof data);
        for (size_t i = 0; i < len; i++)
            data[i] = (uint8_t)rnd(&rng);
        /* Most as frames, so that they get further. */
        for (size_t i = 0; run % 8 != 0 && i + 10 <= len;) {
            size_t body = 6 + (size_t)(rnd(&rng) % 40);
            memset(data + i, 0, 10);
            data[i + 3] = (uint8_t)body;
            data[i + 7] = (uint8_t)(rnd(&rng) % 18);
            data[i + 8] = (uint8_t)(rnd(&rng) % 12);
            data[i + 9] = (uint8_t)(rnd(&rng) % 32);
            i += 4 + body;
        }
        hear(run % 2 == 0 ? IDL__CLIENT : IDL__SERVER, data, len, &rng);
    }
}

/* A byte, a bit, a few bytes more or less, a piece twice. */
static size_t spoil(uint8_t *data, size_t len, size_t cap, uint64_t *rng)
{
    size_t at = (size_t)(rnd(rng) % len), n = 1 + (size_t)(rnd(rng) % 12);
    switch (rnd(rng) % 6) {
    case 0: data[at] = (uint8_t)rnd(rng); return len;
    case 1: data[at] ^= (uint8_t)(1u << (rnd(rng) % 8)); return len;
    case 2: return at != 0 ? at : len;
    case 3:
        n = n < len - at ? n : len - at;
        memmove(data + at, data + at + n, len - at - n);
        return len - n != 0 ? len - n : len;
    case 4:
        if (len + n > cap)
            return len;
        memmove(data + at + n, data + at, len - at);
        return len + n;
    default: {
        size_t from = (size_t)(rnd(rng) % len);
        n = 40 < len - from ? 40 : len - from;
        n = n < len - at ? n : len - at;
        memmove(data + at, data + from, n);
        return len;
    }
    }
}

static void test_spoilt_conversations(void **state)
{
    (void)state;
    peer c, s;
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);
    talk(&c);
    peers_run(&c, &s, whole, NULL);
    uint64_t rng = 12;
    static uint8_t data[4096];
    assert_true(c.out.len < 2048 && s.out.len < 2048);
    for (int run = 0; run < test_rounds(80000); run++) {
        const bytes *was = run % 2 == 0 ? &s.out : &c.out;
        size_t len = was->len;
        memcpy(data, was->data, len);
        for (uint64_t n = 1 + rnd(&rng) % 4; n != 0; n--)
            len = spoil(data, len, sizeof data, &rng);
        hear(run % 2 == 0 ? IDL__CLIENT : IDL__SERVER, data, len, &rng);
    }
    end(&c);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_bytes),
        cmocka_unit_test(test_spoilt_conversations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
