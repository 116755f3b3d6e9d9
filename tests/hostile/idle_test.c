/* SPDX-License-Identifier: MIT */
/* idle_test.c: ten thousand connections that have nothing to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <sys/resource.h>

#include "fixture.h"
#include "victim.h"

enum { WANTED = 10000, SPARE = 200 };

/* As many as there may be descriptors for, in either process. */
static size_t possible(void)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t need = WANTED + SPARE;
    if (limit.rlim_cur < need) {
        struct rlimit more = { need, limit.rlim_max < need ? need : limit.rlim_max };
        if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
            more = (struct rlimit){ limit.rlim_max, limit.rlim_max };
            setrlimit(RLIMIT_NOFILE, &more);
        }
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    return limit.rlim_cur < need ? (size_t)limit.rlim_cur - SPARE : WANTED;
}

static void one_call(struct wire *wire, uint32_t id)
{
    struct wire_out out = { 0 };
    wire_call(&out, id, 0, "test.Text", "echo", "idle");
    wire_send(wire, &out);
    wire_expect(wire, id, IDL_OK, "idle");
    free(wire->data); /* the test's own memory */
    wire->data = NULL;
    wire->len = wire->used = wire->cap = 0;
}

static void idle_connections_are_cheap(void **state)
{
    struct victim victim;
    idl_server_options options = IDL_SERVER_OPTIONS;
    (void)state;
    size_t count = possible();
    if (count < WANTED)
        print_message("only %zu connections: no descriptors for more\n", count);
    options.max_connections = options.max_connections_per_peer = WANTED + SPARE;
    victim_start(&victim, &options, 0);
    struct wire *wires = calloc(count, sizeof *wires);
    assert_non_null(wires);
    wire_open(&wires[0], victim.address);
    one_call(&wires[0], 1);
    size_t before = victim_memory(&victim);
    for (size_t i = 1; i < count; i++) {
        wire_open(&wires[i], victim.address);
        one_call(&wires[i], 1);
    }
    size_t each = (victim_memory(&victim) - before) * 1024 / count;
    print_message("%zu idle connections: %zu bytes of the server's memory each\n", count, each);
    if (!SANITIZED)
        assert_in_range(each, 0, 1024);
    long cpu = victim_cpu_ms(&victim);
    sleep_ms(300);
    assert_in_range(victim_cpu_ms(&victim) - cpu, 0, 100); /* they cost no time */
    for (size_t i = 0; i < count; i++)
        one_call(&wires[i], 3);
    for (size_t i = 0; i < count; i++)
        wire_close(&wires[i]);
    free(wires);
    assert_true(victim_has_at_most(&victim, 32));
    victim_stop(&victim);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(idle_connections_are_cheap) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
