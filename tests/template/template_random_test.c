/* SPDX-License-Identifier: MIT */
/* template_random_test.c: templates made by chance, for the sanitizers to look at. Each is either
 * rendered without a word or refused with an error; nothing else may happen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "effort.h"
#include "fixture.h"

enum { ROUNDS = 20000 };

static const char *const pieces[] = {
    "% for x in letters:\n",
    "% for m in service.methods:\n",
    "% for p in m.params:\n",
    "% for n in none:\n",
    "% endfor\n",
    "% endfor\n",
    "% endfor\n",
    "% if yes:\n",
    "% if not no:\n",
    "% if m.reply:\n",
    "% elif empty:\n",
    "% else:\n",
    "% endif\n",
    "% endif\n",
    "<%include file=\"part.mako\"/>\n",
    "<%include file=\"main.mako\"/>\n",
    "  ${doc}\n",
    "${name}",
    "${m.name | upper}",
    "${p.name}",
    "${x}${loop.comma}\n",
    "${m.reply.c_name}",
    "${evil | cstring, comment}",
    "## comment\n",
    "%% x\n",
    "$$",
    "${",
    "}",
    "\n",
    "\\\n",
    "\r\n",
    "text ",
    "% ",
    "<%",
    ".",
    "|",
    ":",
    "\xe2\x80\xae",
};
enum { PIECE_COUNT = sizeof pieces / sizeof pieces[0] };

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

static void make(struct text *out, uint64_t *seed, uint64_t max)
{
    uint64_t count = next(seed) % max;
    out->len = 0;
    text_add(out, STR(""));
    for (uint64_t i = 0; i < count; i++)
        text_add(out, str_from(pieces[next(seed) % PIECE_COUNT]));
    if (out->len && next(seed) % 4 == 0) /* and one byte changed */
        out->ptr[next(seed) % out->len] = (char)next(seed);
}

static void any_template_is_rendered_or_refused(void **state)
{
    (void)state;
    uint64_t seed = 20240229;
    size_t rendered = 0, refused = 0;
    struct text main_text = { 0 }, part_text = { 0 };
    for (int round = 0; round < test_rounds(ROUNDS); round++) {
        struct fixture f;
        fixture_init(&f);
        make(&main_text, &seed, round % 2 ? 5 : 24);
        make(&part_text, &seed, 6);
        fixture_add_bytes(&f, "main.mako", main_text.ptr, main_text.len);
        fixture_add_bytes(&f, "part.mako", part_text.ptr, part_text.len);
        bool fine = fixture_render(&f);
        assert_int_equal(fine, diag_errors(f.diag) == 0);
        const char *said = fixture_errors(&f);
        assert_int_equal(fine, said[0] == '\0');
        *(fine ? &rendered : &refused) += 1;
        fixture_free(&f);
    }
    text_free(&main_text);
    text_free(&part_text);
    assert_true(rendered > (size_t)test_rounds(ROUNDS) / 20);
    assert_true(refused > (size_t)test_rounds(ROUNDS) / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_template_is_rendered_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
