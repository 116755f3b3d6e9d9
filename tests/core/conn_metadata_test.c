/* SPDX-License-Identifier: MIT */
/* conn_metadata_test.c: metadata on the wire: its bytes, its limits, what is not legal. */
#include <string.h>

#include "alloc_fail.h"
#include "arena.h"
#include "codec.h"
#include "expect.h"

static idl_bytes of(const char *text)
{
    return (idl_bytes){ (const uint8_t *)text, strlen(text) };
}

static void add(idl__pairs *pairs, idl_arena *arena, const char *key, idl_bytes value)
{
    assert_true(idl__pairs_add(pairs, arena, idl_cstr(key), value));
}

/* ---- Bytes ---- */

/* k: v, then a-bin with two bytes, "AP8". */
#define PAIRS(tag) tag " 06 0a 01 6b 12 01 76 " tag " 0c 0a 05 61 2d 62 69 6e 12 03 41 50 38 "

static void make_pairs(idl__pairs *pairs, idl_arena *arena)
{
    static const uint8_t two[] = { 0x00, 0xff };
    add(pairs, arena, "k", of("v"));
    add(pairs, arena, "a-bin", (idl_bytes){ two, 2 });
}

static void test_bytes(void **state)
{
    (void)state;
    peer c, s;
    idl_arena arena = { 0 };
    idl__metadata m = { .code = IDL_OK };
    for (size_t i = 0; i < IDL__LISTS; i++)
        if (i != IDL__DETAILS)
            make_pairs(&m.lists[i], &arena);
    add(&m.lists[IDL__DETAILS], &arena, "u/T", of("d"));
    peer_init(&c, IDL__CLIENT, NULL);
    peer_init(&s, IDL__SERVER, NULL);

    idl__stream stream = { 0 };
    const idl__open open = { .method = &m_chat,
                             .timeout_ns = 5,
                             .metadata = &m.lists[IDL_META_REQUEST] };
    assert_int_equal(idl__conn_open(c.conn, &stream, &open), IDL_OK);
    peer_drain(&c);
    expect_out(&c, HEAD("29", "01", "01", "06") SERVICE "12 04 63 68 61 74 20 05 " PAIRS("2a"),
               NULL);
    idl__conn_cancel(c.conn, &stream);

    /* The server's: HEADERS, and an end with everything. */
    receive_hex(&s, HEAD("11", "01", "01", "06") SERVICE "12 04 63 68 61 74 ");
    idl__stream *chat = &s.calls[0].stream;
    assert_int_equal(idl__conn_send_headers(s.conn, chat, &m.lists[IDL_META_INITIAL]), IDL_OK);
    peer_drain(&s);
    expect_out(&s, HEAD("1c", "01", "09", "00") PAIRS("0a"), NULL);
    chat->metadata = &m;
    m.initial_sent = true;
    assert_int_equal(idl__conn_respond(s.conn, chat, IDL_ABORTED, idl_cstr("no"), NULL, NULL),
                     IDL_ABORTED);
    peer_drain(&s);
    expect_out(&s,
               HEAD("2e", "01", "02",
                    "00") "0a 10 08 0a 12 02 6e 6f 1a 08 0a 03 75 2f 54 12 01 64 " PAIRS("1a"),
               NULL);

    /* Of an end that is good there are no details; what was not sent before goes with it. */
    receive_hex(&s, HEAD("11", "03", "01", "06") SERVICE "12 04 63 68 61 74 ");
    chat = &s.calls[1].stream;
    chat->metadata = &m;
    m.initial_sent = false;
    assert_int_equal(idl__conn_respond(s.conn, chat, IDL_OK, idl_cstr(""), &text_type, NULL),
                     IDL_OK);
    peer_drain(&s);
    expect_out(&s, HEAD("32", "03", "02", "00") PAIRS("1a") PAIRS("22"), NULL);
    peer_fini(&c);
    peer_fini(&s);
    idl__arena_fini(&arena);
}

/* ---- In ---- */

static idl_code take(const char *hex, uint32_t field, idl__pairs *pairs, idl_arena *arena)
{
    bytes b = { 0 };
    bytes_hex(&b, hex);
    idl_code code = idl__pairs_take(pairs, arena, (idl_bytes){ b.data, b.len }, field);
    bytes_free(&b);
    return code;
}

static void test_taken(void **state)
{
    (void)state;
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 }, sent = { 0 };
    make_pairs(&sent, &arena);
    /* Other fields, also of the pair, are skipped; keys of gRPC's own too; of a key that comes
     * twice in a pair the last counts. */
    assert_int_equal(take("12 01 ff " PAIRS("2a") "2a 0b 0a 06 67 72 70 63 2d 78 12 01 76 "
                                                  "2a 0b 0a 01 78 0a 01 79 18 07 12 01 7a 2a 00 ",
                          5, &pairs, &arena),
                     IDL_INVALID_ARGUMENT); /* the last one is empty */
    assert_int_equal(pairs.size, sent.size + 6 + IDL__PAIR_COST);
    const idl_meta *m = &pairs.first->meta;
    assert_string_equal(m->key.data, "k");
    assert_string_equal((const char *)m->value.data, "v");
    m = &pairs.first->next->meta;
    assert_string_equal(m->key.data, "a-bin");
    assert_int_equal(m->value.len, 2);
    assert_int_equal(m->value.data[1], 0xff);
    assert_string_equal(pairs.last->meta.key.data, "y");
    assert_string_equal((const char *)pairs.last->meta.value.data, "z");
    idl__arena_fini(&arena);
}

/* Base64 of each length, both ways. */
static void test_base64(void **state)
{
    (void)state;
    uint8_t data[200];
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(255 - i);
    for (size_t len = 0; len <= sizeof data; len++) {
        idl_arena arena = { 0 };
        idl_writer w;
        idl__pairs out = { 0 }, in = { 0 };
        add(&out, &arena, "a-bin", (idl_bytes){ data, len });
        idl__writer_init(&w);
        idl__put_pairs(&w, IDL_TAG(5, IDL_LEN), &out, false);
        idl_bytes envelope = idl__writer_bytes(&w);
        assert_int_equal(idl__pairs_take(&in, &arena, envelope, 5), IDL_OK);
        assert_int_equal(in.size, out.size);
        assert_int_equal(in.first->meta.value.len, len);
        assert_memory_equal(in.first->meta.value.data, data, len);
        assert_int_equal(in.first->meta.value.data[len], 0);
        idl__writer_fini(&w);
        idl__arena_fini(&arena);
    }
}

static void test_illegal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        idl_code code;
    } values[] = {
        { "QQ", IDL_OK },
        { "QQ==", IDL_OK },
        { "QUI=", IDL_OK },
        { "QUI", IDL_OK },
        { "QUJD", IDL_OK },
        { "+/+/", IDL_OK },
        { "", IDL_OK },
        { "Q", IDL_INVALID_ARGUMENT },
        { "QR", IDL_INVALID_ARGUMENT }, /* bits that are left over */
        { "QUJ", IDL_INVALID_ARGUMENT },
        { "QQ=", IDL_INVALID_ARGUMENT },
        { "Q===", IDL_INVALID_ARGUMENT },
        { "-_-_", IDL_INVALID_ARGUMENT },
        { "QQ\n", IDL_INVALID_ARGUMENT },
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        idl_arena arena = { 0 };
        idl__pairs pairs = { 0 };
        size_t len = strlen(values[i].text);
        bytes b = { 0 };
        uint8_t head[] = { 0x2a, (uint8_t)(9 + len), 0x0a, 5, 'a', '-', 'b', 'i', 'n',
                           0x12, (uint8_t)len };
        bytes_add(&b, head, sizeof head);
        bytes_add(&b, values[i].text, len);
        assert_int_equal(idl__pairs_take(&pairs, &arena, (idl_bytes){ b.data, b.len }, 5),
                         values[i].code);
        bytes_free(&b);
        idl__arena_fini(&arena);
    }
    idl_arena arena = { 0 };
    idl__pairs pairs = { 0 };
    assert_int_equal(take("2a 03 0a 01 4b ", 5, &pairs, &arena), IDL_INVALID_ARGUMENT);
    assert_int_equal(take("2a 06 0a 01 6b 12 01 0a ", 5, &pairs, &arena), IDL_INVALID_ARGUMENT);
    assert_int_equal(take("2a 06 0a 01 6b 12 01 20 ", 5, &pairs, &arena), IDL_OK);
    idl__arena_fini(&arena);
}

/* ---- Limits, and damage ---- */

/* A pair that can't be parsed ends the connection, as any envelope does. */
static void test_damaged(void **state)
{
    (void)state;
    peer s, c;
    peer_init(&s, IDL__SERVER, NULL);
    receive_hex(&s, HEAD("14", "01", "01", "00") SERVICE "12 04 65 63 68 6f 2a 01 0a ");
    assert_true(s.closed);
    assert_true(log_has(&s, "REQUEST: can't be parsed"));
    peer_fini(&s);
    static const char *const frames[] = { HEAD("09", "01", "02", "00") "1a 01 0a ",
                                          HEAD("09", "01", "02", "00") "22 01 0a ",
                                          HEAD("0b", "01", "02", "00") "0a 03 1a 01 0a ",
                                          HEAD("09", "01", "09", "00") "0a 01 0a " };
    for (size_t i = 0; i < sizeof frames / sizeof *frames; i++) {
        peer_init(&c, IDL__CLIENT, NULL);
        peer_call *call = peer_open(&c, &m_list, 1, 0);
        receive_hex(&c, frames[i]);
        assert_true(c.closed && call->ended);
        assert_int_equal(call->code, IDL_INTERNAL);
        peer_fini(&c);
    }
}

/* Each pair here counts 6 + 32. */
static void add_pairs(bytes *b, uint8_t tag, size_t count)
{
    uint8_t pair[] = { tag, 6, 0x0a, 1, 'k', 0x12, 1, 'v' };
    for (size_t i = 0; i < count; i++)
        bytes_add(b, pair, sizeof pair);
}

static void receive_with(peer *p, const char *head, uint8_t tag, size_t count)
{
    bytes b = { 0 };
    bytes_hex(&b, head);
    add_pairs(&b, tag, count);
    size_t len = b.len - 4;
    b.data[2] = (uint8_t)(len >> 8);
    b.data[3] = (uint8_t)len;
    peer_receive(p, (idl_bytes){ b.data, b.len });
    bytes_free(&b);
}

static void test_limits(void **state)
{
    (void)state;
    peer s, c;
    const idl__limits limits = { .max_metadata = 380 };
    peer_init(&s, IDL__SERVER, &limits);
    receive_with(&s, ECHO("01"), 0x2a, 10);
    receive_with(&s, ECHO("03"), 0x2a, 11);
    receive_with(&s, ECHO("05"), 0x2a, 0);
    assert_true(log_has(&s, "REQUEST 1 echo"));
    assert_false(log_has(&s, "REQUEST 3"));
    assert_true(log_has(&s, "REQUEST 5 echo"));
    peer_init(&c, IDL__CLIENT, &limits);
    for (int i = 0; i < 6; i++)
        peer_open(&c, &m_list, 0, 0);
    peer_receive(&c, (idl_bytes){ s.out.data, s.out.len });
    assert_true(log_has(
        &c, "ENDED 3 RESOURCE_EXHAUSTED 'the request's metadata is larger than the limit of 380'"));
    assert_true(log_has(&c, "ENDED 5\n"));
    peer_fini(&s);
    bytes_free(&c.log);
    receive_with(&c, HEAD("00", "07", "09", "00"), 0x0a, 10);
    receive_with(&c, HEAD("00", "07", "02", "00"), 0x1a, 11);
    receive_with(&c, HEAD("00", "09", "09", "00"), 0x0a, 11);
    receive_with(&c, HEAD("00", "0b", "02", "00") "0a 0c 1a 06 0a 01 78 12 01 78 0a 00 08 00 ",
                 0x1a, 10);
    assert_true(log_has(&c, "HEADERS 7\n"));
    assert_true(log_has(&c, "ENDED 7 RESOURCE_EXHAUSTED 'the server's metadata"));
    assert_true(log_has(&c, "ENDED 9 RESOURCE_EXHAUSTED 'the server's metadata"));
    assert_true(log_has(&c, "ENDED 11 RESOURCE_EXHAUSTED 'the server's metadata"));
    assert_false(c.closed);
    peer_fini(&c);
}

/* What this side has too much of is not sent. */
static void test_own_limit(void **state)
{
    (void)state;
    peer c, s;
    idl_arena arena = { 0 };
    idl__metadata m = { .code = IDL_OK };
    const idl__limits limits = { .max_metadata = 50 };
    make_pairs(&m.lists[IDL_META_TRAILING], &arena);
    peer_init(&c, IDL__CLIENT, &limits);
    idl__stream stream = { 0 };
    const idl__open open = { .method = &m_chat, .metadata = &m.lists[IDL_META_TRAILING] };
    assert_int_equal(idl__conn_open(c.conn, &stream, &open), IDL_RESOURCE_EXHAUSTED);
    assert_int_equal(idl__conn_unsent(c.conn), 0);
    peer_init(&s, IDL__SERVER, &limits);
    receive_hex(&s, LATER("01"));
    s.calls[0].stream.metadata = &m;
    assert_int_equal(
        idl__conn_respond(s.conn, &s.calls[0].stream, IDL_OK, idl_cstr(""), &text_type, NULL),
        IDL_RESOURCE_EXHAUSTED);
    peer_drain(&s);
    assert_non_null(memmem(s.out.data, s.out.len, "larger than the limit of 50", 27));
    assert_int_equal(idl__conn_send_headers(s.conn, &s.calls[0].stream, &m.lists[0]),
                     IDL_UNAVAILABLE);
    peer_fini(&c);
    peer_fini(&s);
    idl__arena_fini(&arena);
}

static void test_each_allocation_fails(void **state)
{
    (void)state;
    idl_arena arena = { 0 };
    char value[5000];
    memset(value, 'x', sizeof value);
    for (size_t n = 1;; n++) {
        idl__pairs pairs = { 0 };
        alloc_fail_at(n);
        bool all = true;
        for (int i = 0; i < 4; i++)
            all &= idl__pairs_add(&pairs, &arena, idl_cstr("k"),
                                  (idl_bytes){ (const uint8_t *)value, sizeof value });
        bool failed = alloc_fail_happened();
        assert_true(all != failed);
        idl__arena_fini(&arena);
        if (!failed)
            break;
    }
    alloc_fail_at(0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes),     cmocka_unit_test(test_taken),
        cmocka_unit_test(test_base64),    cmocka_unit_test(test_illegal),
        cmocka_unit_test(test_damaged),   cmocka_unit_test(test_limits),
        cmocka_unit_test(test_own_limit), cmocka_unit_test(test_each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
