/* SPDX-License-Identifier: MIT */
/* conn_place_test.c: messages of one text or one piece of bytes are written another way than others,
 * and the bytes are the same. */
#include <string.h>

#include "arena.h"
#include "codec.h"
#include "peer.h"

enum { LIMIT = 30000, LONGEST = LIMIT + 1 };

static void put_text(idl_writer *w, const void *message)
{
    idl_put_one_str(w, message);
}

static void put_bytes(idl_writer *w, const void *message)
{
    idl_put_one_bytes(w, message);
}

/* Each kind as it is, and with a function that is not known to write just that. */
static const idl_bytes empty = IDL_EMPTY_BYTES;
static const idl_message types[2][2] = {
    { { sizeof empty, &empty, idl_put_one_str, idl_get_one_str },
      { sizeof empty, &empty, put_text, idl_get_one_str } },
    { { sizeof empty, &empty, idl_put_one_bytes, idl_get_one_bytes },
      { sizeof empty, &empty, put_bytes, idl_get_one_bytes } },
};

/* How a message is sent. */
struct way {
    enum idl__role role;
    enum idl__protocol protocol;
    uint32_t kind;
    uint64_t timeout;
    bool metadata; /* goes with it */
    size_t limit;  /* of messages; 0: LIMIT */
};

static void add_pair(idl__pairs *pairs, idl_arena *arena)
{
    assert_true(
        idl__pairs_add(pairs, arena, idl_cstr("k"), (idl_bytes){ (const uint8_t *)"v", 1 }));
}

/* A client asks twice, as what is queued first has another place than what follows it. */
static void ask(peer *p, const struct way *way, const idl_message *type, const idl_bytes *message)
{
    const idl_method method = { "t.T", "ask", way->kind, type, type, NULL };
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 };
    add_pair(&pairs, &arena);
    const idl__open open = { .method = &method,
                             .request = message,
                             .timeout_ns = way->timeout,
                             .metadata = way->metadata ? &pairs : NULL };
    idl__stream streams[2] = { { .id = 0 }, { .id = 0 } };
    for (int i = 0; i < 2; i++) {
        idl_code code = idl__conn_open(p->conn, &streams[i], &open);
        bytes_add(&p->log, &code, sizeof code);
        if (code == IDL_OK) {
            idl_bytes request = idl__conn_request(p->conn);
            bytes_add(&p->log, request.data, request.len);
        }
    }
    peer_drain(p);
    for (int i = 0; i < 2; i++)
        idl__conn_cancel(p->conn, &streams[i]);
    idl__arena_fini(&arena);
}

/* Two requests, as a client writes them. */
static void asked(enum idl__protocol protocol, peer *client)
{
    const idl_method method = { "t.T", "ask", 0, &types[1][0], &types[1][0], NULL };
    const idl__open open = { .method = &method, .request = &empty };
    const idl__limits limits = { .protocol = protocol };
    idl__stream stream = { .id = 0 };
    assert_true(peer_init(client, IDL__CLIENT, &limits));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(idl__conn_open(client->conn, &stream, &open), IDL_OK);
        idl__conn_cancel(client->conn, &stream);
    }
    peer_drain(client);
}

/* A server answers each, with one message of a stream, if there is one, and a reply. */
static void answer(peer *p, const struct way *way, const idl_message *type,
                   const idl_bytes *message)
{
    idl_arena arena = { 0 };
    idl__metadata metadata = { .code = IDL_OK };
    idl__stream stream = { .id = 0 };
    idl__event event;
    peer client;
    size_t len;
    add_pair(&metadata.lists[IDL_META_TRAILING], &arena);
    asked(way->protocol, &client);
    memcpy(idl__conn_space(p->conn, &len), client.out.data, client.out.len);
    idl__conn_received(p->conn, client.out.len);
    while (idl__conn_next(p->conn, &event)) {
        if (event.kind != IDL__REQUEST)
            continue;
        idl__conn_accept(p->conn, &stream, &event, way->kind);
        stream.metadata = way->metadata ? &metadata : NULL;
        idl_code code = IDL_OK;
        if ((way->kind & IDL_STREAM_OUT) != 0)
            code = idl__conn_send(p->conn, &stream, type, message, false);
        bytes_add(&p->log, &code, sizeof code);
        code = idl__conn_respond(p->conn, &stream, IDL_OK, idl_cstr(""), type, message);
        bytes_add(&p->log, &code, sizeof code);
    }
    peer_drain(p);
    peer_fini(&client);
    idl__arena_fini(&arena);
}

static void assert_same(const bytes *a, const bytes *b)
{
    assert_int_equal(a->len, b->len);
    if (a->len > 0)
        assert_memory_equal(a->data, b->data, a->len);
}

static void check(const struct way *way, const idl_message type[2], const idl_bytes *message)
{
    peer sides[2];
    const idl__limits limits = { .protocol = way->protocol,
                                 .max_message = way->limit != 0 ? way->limit : LIMIT };
    for (int i = 0; i < 2; i++) {
        assert_true(peer_init(&sides[i], way->role, &limits));
        (way->role == IDL__CLIENT ? ask : answer)(&sides[i], way, &type[i], message);
    }
    assert_true(sides[0].log.len > 0);
    assert_same(&sides[0].log, &sides[1].log);
    assert_same(&sides[0].out, &sides[1].out);
    for (int i = 0; i < 2; i++)
        peer_fini(&sides[i]);
}

static const struct way ways[] = {
    { IDL__CLIENT, IDL__FRAMED, 0, 0, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, 1, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, 127, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, 128, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, INT64_MAX, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, UINT64_MAX, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, 5000000000, true, 0 },
    { IDL__CLIENT, IDL__FRAMED, 0, 0, false, 1000 },
    { IDL__CLIENT, IDL__FRAMED, IDL_ONEWAY, 0, false, 0 },
    { IDL__CLIENT, IDL__FRAMED, IDL_STREAM_OUT, 0, false, 0 },
    { IDL__CLIENT, IDL__TTRPC, 0, 1, false, 0 },
    { IDL__CLIENT, IDL__TTRPC, IDL_ONEWAY, 0, false, 0 },
    { IDL__CLIENT, IDL__TTRPC, IDL_STREAM_OUT, 0, false, 0 },
    { IDL__SERVER, IDL__FRAMED, 0, 0, false, 0 },
    { IDL__SERVER, IDL__FRAMED, 0, 0, true, 0 },
    { IDL__SERVER, IDL__FRAMED, 0, 0, false, 1000 },
    { IDL__SERVER, IDL__FRAMED, IDL_STREAM_OUT, 0, false, 0 },
    { IDL__SERVER, IDL__FRAMED, IDL_STREAM_OUT, 0, false, 1000 },
    { IDL__SERVER, IDL__TTRPC, 0, 0, false, 0 },
};

static void check_all(idl_bytes message)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
        for (int type = 0; type < 2; type++)
            check(&ways[i], types[type], &message);
}

static const size_t lens[] = { 0,     1,     2,     7,     8,         31,        32,     33,
                               48,    49,    124,   125,   126,       127,       128,    129,
                               996,   997,   998,   1000,  8191,      8192,      15358,  15359,
                               15360, 15361, 16383, 16384, LIMIT - 4, LIMIT - 3, LONGEST };

static void test_every_length(void **state)
{
    static uint8_t text[LONGEST];
    (void)state;
    for (size_t i = 0; i < LONGEST; i++)
        text[i] = (uint8_t)('a' + peer_byte(i) % 26);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++)
        check_all((idl_bytes){ text, lens[i] });
}

/* Text that is not ASCII, and such that is no text, wherever it is. */
static void test_other_text(void **state)
{
    static const size_t some[] = { 2, 16, 32, 33, 64, 100, 1000, 15360 };
    uint8_t text[15360];
    (void)state;
    for (size_t i = 0; i < sizeof some / sizeof some[0]; i++) {
        const size_t places[] = { 0, some[i] / 2, some[i] - 2 };
        for (int n = 0; n < 3; n++) {
            memset(text, 'x', sizeof text);
            memcpy(text + places[n], "\xc3\xa4", 2);
            check_all((idl_bytes){ text, some[i] });
            text[places[n] + 1] = 'x';
            check_all((idl_bytes){ text, some[i] });
        }
    }
}

/* Names of any length. */
static void test_long_names(void **state)
{
    static const size_t some[] = { 0, 1, 126, 127, 128, 300 };
    char service[301], name[301];
    const idl_bytes message = { (const uint8_t *)"message", 7 };
    (void)state;
    for (int i = 0; i < 36; i++) {
        idl__stream stream = { .id = 0 };
        peer sides[2];
        memset(service, 's', sizeof service);
        memset(name, 'n', sizeof name);
        service[some[i / 6]] = name[some[i % 6]] = '\0';
        for (int side = 0; side < 2; side++) {
            const idl_message *type = &types[1][side];
            const idl_method method = { service, name, 0, type, type, NULL };
            const idl__open open = { .method = &method, .request = &message };
            assert_true(peer_init(&sides[side], IDL__CLIENT, NULL));
            assert_int_equal(idl__conn_open(sides[side].conn, &stream, &open), IDL_OK);
            peer_drain(&sides[side]);
            idl__conn_cancel(sides[side].conn, &stream);
        }
        assert_same(&sides[0].out, &sides[1].out);
        peer_fini(&sides[0]);
        peer_fini(&sides[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_other_text),
        cmocka_unit_test(test_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
