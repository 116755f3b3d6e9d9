/* SPDX-License-Identifier: MIT */
/* conn_table_test.c: the table of streams against a plain list, with ids that collide. */
#include <stdlib.h>
#include <string.h>

#include "peer.h"
#include "table.h"

enum { MOST = 600 };

static void check(const idl__table *table, idl__stream *const *there, size_t count)
{
    assert_int_equal(table->count, count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(idl__table_find(table, there[i]->id), there[i]);
        assert_null(idl__table_find(table, there[i]->id + 1));
    }
}

/* step: how far apart ids are; powers of two make them collide. */
static void churn(uint32_t step, uint64_t seed)
{
    idl__table table = { 0 };
    idl__stream *there[MOST];
    size_t count = 0;
    uint32_t id = 1;
    assert_null(idl__table_find(&table, 1));
    for (int run = 0; run < 4000; run++) {
        bool grow = rnd(&seed) % 100 < (run < 2000 ? 60 : 45);
        if (grow && count < MOST) {
            idl__stream *stream = calloc(1, sizeof *stream);
            stream->id = id;
            id += step;
            assert_true(idl__table_reserve(&table));
            idl__table_add(&table, stream);
            there[count++] = stream;
        } else if (count != 0) {
            size_t i = (size_t)(rnd(&seed) % count);
            idl__stream *stream = there[i];
            there[i] = there[--count];
            idl__table_remove(&table, stream);
            assert_null(idl__table_find(&table, stream->id));
            idl__table_remove(&table, stream); /* not there: nothing */
            free(stream);
        }
        if (run % 50 == 0)
            check(&table, there, count);
    }
    check(&table, there, count);
    while (count != 0)
        free(there[--count]);
    idl__table_fini(&table);
}

static void test_against_a_list(void **state)
{
    (void)state;
    static const uint32_t steps[] = { 2, 4, 6, 16, 64, 1024, 4096, 65536, 12346 };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        churn(steps[i], i);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_against_a_list) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
