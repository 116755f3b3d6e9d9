/* SPDX-License-Identifier: MIT */
/* fuzz_compile.c: what the compiler accepts, it makes C of that compiles without a warning.
 *
 * Input that begins with a zero byte is what generate.c makes its choices by; other input is IDL
 * as it is. Every result goes through tcc, and its codec is run; the first, and one in WELL_EVERY
 * from then on, through the compilers that users have: so what those find is found again when it is
 * run alone. */
#include <string.h>

#include "cc.h"
#include "embed.h"
#include "emit.h"
#include "generate.h"
#include "input.h"
#include "template.h"

enum { WELL_EVERY = 32, SEEN_BITS = 1 << 20 };

struct state {
    uint8_t seen[SEEN_BITS / 8]; /* hashes of what was compiled before */
    size_t compiled;
};

static uint64_t hash(uint64_t hash, struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        hash = (hash ^ (unsigned char)s.ptr[i]) * 0x100000001B3;
    return hash;
}

static uint64_t hash_all(const struct cc_files *files)
{
    uint64_t sum = 0xCBF29CE484222325;
    for (size_t i = 0; i < files->count; i++)
        sum = hash(sum, text_str(&files->items[i].text));
    return sum;
}

static bool is_new(struct state *state, uint64_t sum)
{
    size_t bit = (sum ^ sum >> 32) % SEEN_BITS;
    bool old = state->seen[bit / 8] >> bit % 8 & 1;
    state->seen[bit / 8] |= (uint8_t)(1 << bit % 8);
    return !old;
}

static void render_output(struct input *input, struct template_set *set, const char *name,
                          const struct value *view, struct text *out)
{
    const struct template *template = template_load(set, str_from(name));
    if (template && template_render(set, template, view, out))
        return;
    struct str said = input_messages(input);
    finding("%s: %.*s", name, STR_ARG(said));
}

/* As a file's name: what --emit sample writes is in a folder of its own. */
static struct str flat_name(struct input *input, const struct file *file, const char *suffix)
{
    char *name = arena_alloc(input->arena, file->stem.len + strlen(suffix) + 1);
    memcpy(name, file->stem.ptr, file->stem.len);
    strcpy(name + file->stem.len, suffix);
    for (char *p = name; *p; p++)
        *p = *p == '/' ? '_' : *p;
    return str_from(name);
}

static void render_file(struct input *input, struct template_set *set, const struct file *file,
                        struct cc_files *files)
{
    const struct value *view = view_file(input->arena, input->schema, file);
    for (size_t i = 0; i < EMIT_COUNT * EMIT_OUTPUTS_MAX; i++) {
        const struct emit_kind *kind = &emit_kinds[i / EMIT_OUTPUTS_MAX];
        const struct emit_output *output = &kind->outputs[i % EMIT_OUTPUTS_MAX];
        if (!output->suffix)
            continue;
        size_t at = files->count++;
        files->items[at].name = flat_name(input, file, output->suffix);
        files->items[at].program = !kind->is_default;
        render_output(input, set, output->template, view, &files->items[at].text);
    }
}

static void render(struct input *input, struct cc_files *files)
{
    struct store *store =
        store_new(input->arena, template_files, template_file_count, (struct str){ 0 });
    struct template_set *set = template_set_new(input->arena, input->diag, store);
    for (size_t i = 0; i < input->schema->file_count; i++)
        render_file(input, set, input->schema->files[i], files);
}

static void check(struct input *input)
{
    static struct state state;
    struct cc_files files = { 0 };
    render(input, &files);
    uint64_t sum = hash_all(&files);
    if (is_new(&state, sum))
        cc_check(&files, input->schema, sum, state.compiled++ % WELL_EVERY == 0);
    for (size_t i = 0; i < files.count; i++)
        text_free(&files.items[i].text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text made = { 0 };
    struct str text = { (const char *)data, size };
    if (size && data[0] == 0) {
        generate(&made, data + 1, size - 1);
        text = text_str(&made);
    }
    struct input input;
    input_compile(&input, text, DIAG_TEXT);
    if (diag_errors(input.diag) == 0)
        check(&input);
    input_free(&input);
    text_free(&made);
    return 0;
}
