/* SPDX-License-Identifier: MIT */
/* mutation_test.c: the built-in templates, damaged line by line, over a real view: each is either
 * rendered or refused with an error, and the sanitizers have nothing to say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "effort.h"
#include "embed.h"
#include "emit.h"
#include "stages.h"
#include "store.h"
#include "template.h"

enum { ROUNDS = 3000 };

struct run {
    struct arena *arena;
    struct diag *diag;
    const struct value *view;
};

static void load_view(struct run *run)
{
    struct str path = STR(MUTATION_IDL);
    struct frontend_options options = { .paths = &path, .path_count = 1 };
    run->arena = arena_new();
    run->diag = diag_new(run->arena, NULL);
    struct schema *schema = frontend_load(run->arena, run->diag, &options);
    check_schema(run->diag, schema);
    assert_int_equal(diag_errors(run->diag), 0);
    cname_assign(run->arena, run->diag, schema);
    assert_int_equal(diag_errors(run->diag), 0);
    run->view = view_file(run->arena, schema, schema->files[0]);
}

static uint64_t next(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return *seed >> 33;
}

/* The offset of a line, by chance. */
static size_t some_line(const struct text *text, uint64_t *seed)
{
    size_t at = (size_t)(next(seed) % (text->len + 1));
    while (at && text->ptr[at - 1] != '\n')
        at--;
    return at;
}

static struct str line_at(const struct text *text, size_t at)
{
    size_t end = at;
    while (end < text->len && text->ptr[end++] != '\n')
        continue;
    return (struct str){ text->ptr + at, end - at };
}

/* Drops, doubles or moves a line, or changes a byte. */
static void damage(struct text *text, uint64_t *seed)
{
    struct text result = { 0 };
    size_t from = some_line(text, seed), to = some_line(text, seed);
    uint64_t how = next(seed) % 4;
    struct str line = line_at(text, from);
    for (size_t at = 0; at <= text->len;) {
        struct str here = line_at(text, at);
        if (at == to && (how == 1 || how == 2))
            text_add(&result, line);
        if (at != from || how == 1 || how == 3)
            text_add(&result, here);
        at += here.len ? here.len : 1;
    }
    if (how == 3 && result.len)
        result.ptr[next(seed) % result.len] = "${}%.|:<>\n abc"[next(seed) % 14];
    text_free(text);
    *text = result;
}

/* The built-in templates, of which one is damaged; frees what it made. */
static bool render_damaged(struct run *run, uint64_t *seed, size_t *errors)
{
    struct embedded_file *files = calloc(template_file_count, sizeof *files);
    assert_non_null(files);
    memcpy(files, template_files, template_file_count * sizeof *files);
    struct embedded_file *chosen = &files[next(seed) % template_file_count];
    struct text text = { 0 }, out = { 0 };
    text_add(&text, (struct str){ (const char *)chosen->data, chosen->size });
    for (uint64_t times = 1 + next(seed) % 2; times; times--)
        damage(&text, seed);
    chosen->data = (const unsigned char *)text_str(&text).ptr;
    chosen->size = text.len;

    struct arena *arena = arena_new();
    struct diag *diag = diag_new(arena, NULL);
    struct store *store = store_new(arena, files, template_file_count, (struct str){ 0 });
    struct template_set *set = template_set_new(arena, diag, store);
    bool fine = true;
    for (size_t kind = 0; kind < EMIT_COUNT; kind++) {
        for (size_t k = 0; k < EMIT_OUTPUTS_MAX && emit_kinds[kind].outputs[k].suffix; k++) {
            const struct template *template =
                template_load(set, str_from(emit_kinds[kind].outputs[k].template));
            fine = template && template_render(set, template, run->view, &out) && fine;
        }
    }
    *errors = diag_errors(diag);
    text_free(&out);
    text_free(&text);
    arena_free(arena);
    free(files);
    return fine;
}

static void damaged_templates_are_rendered_or_refused(void **state)
{
    (void)state;
    struct run run;
    load_view(&run);
    uint64_t seed = 7;
    size_t rendered = 0;
    for (int round = 0; round < test_rounds(ROUNDS); round++) {
        size_t errors;
        bool fine = render_damaged(&run, &seed, &errors);
        assert_int_equal(fine, errors == 0);
        rendered += fine;
    }
    assert_in_range(rendered, test_rounds(ROUNDS) / 20,
                    test_rounds(ROUNDS) - test_rounds(ROUNDS) / 20);
    arena_free(run.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damaged_templates_are_rendered_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
