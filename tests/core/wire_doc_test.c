/* SPDX-License-Identifier: MIT */
/* wire_doc_test.c: the examples of docs/wire.md are whole frames that the other side takes. */
#include <stdio.h>
#include <string.h>

#include "cut.h"
#include "expect.h"

/* One line of hexadecimal is one frame; its length leaves out so many bytes. */
static void one_frame(peer *to, const char *line, size_t uncounted)
{
    bytes b = { 0 };
    bytes_hex(&b, line);
    assert_true(b.len >= 10);
    assert_int_equal(b.len, 4 + uncounted + idl__get_be32(b.data));
    peer_receive(to, (idl_bytes){ b.data, b.len });
    bytes_free(&b);
}

static void test_examples(void **state)
{
    (void)state;
    FILE *file = fopen(WIRE_MD, "r");
    assert_non_null(file);
    peer c, s;
    const idl__limits ask = { .features = 2 };
    peer_init(&c, IDL__CLIENT, &ask);
    peer_init(&s, IDL__SERVER, NULL);
    static const idl_method *const methods[] = { &m_echo, &m_echo, &m_echo, &m_list,
                                                 &m_sum,  &m_echo, &m_echo };
    for (size_t i = 0; i < 7; i++)
        peer_open(&c, methods[i], 0, 0);
    char line[1024];
    /* HELLO comes first on a connection, and later in the text. */
    peer first;
    peer_init(&first, IDL__SERVER, NULL);
    int by_clients = 0, by_servers = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        bool hello = strstr(line, " 00 00 00 00 0a 00") != NULL;
        if (strncmp(line, "    C> ", 7) == 0) {
            one_frame(hello ? &first : &s, line + 7, 0);
            by_clients++;
        } else if (strncmp(line, "    S> ", 7) == 0) {
            one_frame(&c, line + 7, 0);
            by_servers++;
        }
        assert_false(c.closed || s.closed || first.closed);
    }
    fclose(file);
    assert_int_equal(by_clients, 13);
    assert_int_equal(by_servers, 13);
    assert_true(log_has(&s, "REQUEST 1 greet flags 00 [5 "));
    assert_true(log_has(&s, "REQUEST 5 wave flags 10 [5 "));
    assert_true(log_has(&c, "ENDED 1 [12 "));
    assert_true(log_has(&c, "ENDED 3 NOT_FOUND 'why'"));
    assert_true(log_has(&c, "HEADERS 7\nMESSAGE 7\n"));
    assert_true(log_has(&c, "ENDED 7\n"));
    assert_true(log_has(&c, "ENDED 9 [2 "));
    assert_true(log_has(&c, "GOAWAY\n"));
    assert_true(log_has(&s, "REQUEST 13 greet flags 00\n"));
    assert_true(log_has(&c, "ENDED 13 NOT_FOUND\n"));
    assert_true(log_has(&c, "ENDED 11 RESOURCE_EXHAUSTED never started"));
    peer_fini(&c);
    peer_fini(&s);
    peer_fini(&first);
}

static void test_ttrpc_examples(void **state)
{
    (void)state;
    FILE *file = fopen(WIRE_MD, "r");
    assert_non_null(file);
    const idl__limits ttrpc = { .protocol = IDL__TTRPC };
    peer c, s;
    peer_init(&c, IDL__CLIENT, &ttrpc);
    peer_init(&s, IDL__SERVER, &ttrpc);
    peer_open(&c, &m_echo, 0, 0);
    peer_open(&c, &m_list, 0, 0);
    char line[1024];
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "    c> ", 7) == 0)
            one_frame(&s, line + 7, 6);
        else if (strncmp(line, "    s> ", 7) == 0)
            one_frame(&c, line + 7, 6);
    }
    fclose(file);
    assert_true(log_has(&s, "REQUEST 1 greet flags 00 [5 "));
    assert_true(log_has(&s, "REQUEST 3 list flags 01 [5 "));
    assert_true(log_has(&c, "ENDED 1 [12 "));
    assert_true(log_has(&c, "MESSAGE 3\n"));
    assert_true(log_has(&c, "ENDED 3\n"));
    peer_fini(&c);
    peer_fini(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_examples),
                                        cmocka_unit_test(test_ttrpc_examples) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
