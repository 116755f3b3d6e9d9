/* SPDX-License-Identifier: MIT */
/* fuzz_compare.c: two versions of an interface, compared. What is said is what diag.h promises; a
 * version differs from itself in nothing.
 *
 * A vertical tab stands between the old version and the new one, each files as input.h has them.
 * Input that begins with a zero byte is what generate.c makes its choices by, for both; then the
 * next four are two places and what the new version has there instead. */
#include <string.h>

#include "compare.h"
#include "generate.h"
#include "input.h"
#include "messages.h"

static void generate_both(struct text texts[2], const uint8_t *data, size_t size)
{
    struct text bytes = { 0 };
    if (size < 5)
        return;
    generate(&texts[0], data + 4, size - 4);
    text_add(&bytes, (struct str){ (const char *)data + 4, size - 4 });
    bytes.ptr[data[0] % bytes.len] = (char)data[1];
    bytes.ptr[data[2] * 8u % bytes.len] ^= (char)data[3];
    generate(&texts[1], (const uint8_t *)bytes.ptr, bytes.len);
    text_free(&bytes);
}

static void split(struct text texts[2], struct str text)
{
    const char *end = text.len ? memchr(text.ptr, '\v', text.len) : NULL;
    size_t first = end ? (size_t)(end - text.ptr) : text.len;
    text_add(&texts[0], (struct str){ text.ptr, first });
    if (end)
        text_add(&texts[1], (struct str){ end + 1, text.len - first - 1 });
}

/* What there is to say of before and now; how many changes. */
static size_t compare(const struct input *before, const struct input *now, enum diag_format format)
{
    struct input both = { .arena = arena_new() };
    both.diag = diag_new(both.arena, &(struct diag_options){ .format = format,
                                                             .color = DIAG_COLOR_NEVER,
                                                             .show_ids = true,
                                                             .max_errors = SIZE_MAX });
    for (size_t i = 0; i < before->count; i++)
        both.sources[both.count++] = before->sources[i];
    for (size_t i = 0; i < now->count; i++)
        both.sources[both.count++] = now->sources[i];

    struct compare_counts counts =
        compare_schemas(both.arena, both.diag, before->schema, now->schema);
    size_t breaking = counts.changes[IMPACT_WIRE] + counts.changes[IMPACT_SOURCE];
    if (diag_errors(both.diag) != breaking)
        finding("%zu errors, %zu breaking changes", diag_errors(both.diag), breaking);
    if (format == DIAG_JSON)
        messages_check_json(&both, input_messages(&both));
    else
        messages_check_text(input_messages(&both));
    arena_free(both.arena);
    return breaking + counts.changes[IMPACT_RISK] + counts.changes[IMPACT_SAFE];
}

static void compare_all(const struct input *a, const struct input *b)
{
    if (compare(a, a, DIAG_TEXT) || compare(b, b, DIAG_TEXT))
        finding("a version differs from itself");
    compare(a, b, DIAG_TEXT);
    compare(b, a, DIAG_JSON);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct text texts[2] = { 0 };
    if (size && data[0] == 0)
        generate_both(texts, data + 1, size - 1);
    else
        split(texts, (struct str){ (const char *)data, size });

    struct input inputs[2];
    for (size_t i = 0; i < 2; i++)
        input_compile(&inputs[i], text_str(&texts[i]), DIAG_TEXT);
    if (!diag_errors(inputs[0].diag) && !diag_errors(inputs[1].diag))
        compare_all(&inputs[0], &inputs[1]);
    for (size_t i = 0; i < 2; i++) {
        input_free(&inputs[i]);
        text_free(&texts[i]);
    }
    return 0;
}
