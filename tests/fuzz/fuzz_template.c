/* SPDX-License-Identifier: MIT */
/* fuzz_template.c: any template, rendered over the view of an IDL with something of everything. It
 * is rendered, or refused with a diagnostic that has a place.
 *
 * A form feed ends main.mako and begins part.mako, for it to include; the built-in templates can
 * be included as well. Loops in loops take the product of their lists' lengths, which is the
 * template's own affair: inputs with more than DEPTH_MAX of them are passed over. */
#include <stdlib.h>
#include <string.h>

#include "embed.h"
#include "input.h"
#include "messages.h"
#include "template.h"

enum { DEPTH_MAX = 3 };

static const char idl[] =
    "/// A file.\n"
    "package demo.store;\n"
    "const uint32 MAX_ITEMS = 1000; const string HI = \"*/ \\x01\\n\";\n"
    "enum Color < RED = 0; GREEN = 1; >\n"
    "/// One.\n/// Two */.\n"
    "struct Item < string name = 1; optional uint32 count = 2;\n"
    "  list<string> tags = 4; map<string, Item> more = 5; Color color = 6;\n"
    "  oneof payload < bytes blob = 7; Item nested = 8; > >\n"
    "@deprecated(\"use \\\"it\\\"\") service Store < get(string name) -> Item;\n"
    "  put(Item); add(int32 a, optional int32 b) -> int32;\n"
    "  oneway touch(string name); load(stream Item) -> uint64;\n"
    "  watch(string prefix) -> stream Item; >\n";

/* The view, made once: it is the same for every input. */
static const struct value *view(void)
{
    static const struct value *once;
    static struct input input;
    if (!once) {
        input_compile(&input, str_from(idl), DIAG_TEXT);
        if (diag_errors(input.diag))
            finding("the view's IDL has errors");
        once = view_file(input.arena, input.schema, input.schema->files[0]);
    }
    return once;
}

static const char *const own_names[] = { "main.mako", "part.mako" };

/* The built-in templates behind the two of the input. */
static struct embedded_file *all_files(struct text parts[2], size_t *count)
{
    struct embedded_file *files = calloc(template_file_count + 2, sizeof *files);
    if (!files)
        abort();
    for (size_t i = 0; i < 2; i++) {
        struct str text = text_str(&parts[i]);
        files[i] =
            (struct embedded_file){ own_names[i], (const unsigned char *)text.ptr, text.len };
    }
    memcpy(files + 2, template_files, template_file_count * sizeof *files);
    *count = template_file_count + 2;
    return files;
}

static void render(const struct embedded_file *files, size_t count)
{
    struct input input = { .arena = arena_new() };
    input.diag = diag_new(input.arena, &(struct diag_options){ .color = DIAG_COLOR_NEVER });
    struct store *store = store_new(input.arena, files, count, (struct str){ 0 });
    struct template_set *set = template_set_new(input.arena, input.diag, store);
    const struct template *template = template_load(set, STR("main.mako"));
    struct text out = { 0 };
    bool fine = template && template_render(set, template, view(), &out);
    if (fine != (diag_errors(input.diag) == 0))
        finding("rendered: %d, errors: %zu", fine, diag_errors(input.diag));
    messages_check_text(input_messages(&input));
    text_free(&out);
    arena_free(input.arena);
}

/* More than DEPTH_MAX loops are open at once, or may be. */
static bool is_deep(struct str text)
{
    size_t depth = 0;
    for (size_t i = 0; i + 3 <= text.len; i++) {
        if (memcmp(text.ptr + i, "for", 3) != 0)
            continue;
        if (i < 3 || memcmp(text.ptr + i - 3, "end", 3) != 0)
            depth++;
        else if (depth)
            depth--;
        if (depth > DEPTH_MAX)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (is_deep((struct str){ (const char *)data, size }))
        return 0;
    const uint8_t *end = size ? memchr(data, '\f', size) : NULL;
    size_t first = end ? (size_t)(end - data) : size;
    struct text parts[2] = { 0 };
    text_add(&parts[0], (struct str){ (const char *)data, first });
    if (end)
        text_add(&parts[1], (struct str){ (const char *)end + 1, size - first - 1 });

    size_t count;
    struct embedded_file *files = all_files(parts, &count);
    render(files, count);
    free(files);
    text_free(&parts[0]);
    text_free(&parts[1]);
    return 0;
}
