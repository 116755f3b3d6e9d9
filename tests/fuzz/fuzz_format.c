/* SPDX-License-Identifier: MIT */
/* fuzz_format.c: any text, formatted: refused if it has syntax errors, and only then; otherwise the
 * tree and the comments stay, and formatting again changes nothing. */
#include <string.h>

#include "ast_dump.h"
#include "format.h"
#include "format_pieces.h"
#include "input.h"
#include "parser.h"

static struct diag *quiet(struct arena *arena)
{
    return diag_new(arena, &(struct diag_options){ .color = DIAG_COLOR_NEVER });
}

/* The tree as text; false when the text has errors. */
static bool dump(struct arena *arena, struct str text, struct text *out)
{
    struct diag *diag = quiet(arena);
    ast_dump(out, parse_source(arena, diag, source_from(arena, STR("main.idl"), text)));
    return diag_errors(diag) == 0;
}

static bool format(struct arena *arena, struct str text, struct text *out)
{
    return format_source(arena, quiet(arena), source_from(arena, STR("main.idl"), text), out);
}

/* All comments in their order, without blanks: these may change. */
static void add_comments(struct arena *arena, struct str text, struct text *out)
{
    struct pieces pieces = format_pieces(arena, text);
    for (size_t i = 0; i < pieces.count; i++) {
        for (size_t k = 0; k < pieces.items[i].comment_count; k++) {
            struct str comment = pieces.items[i].comments[k].text;
            for (size_t c = 0; c < comment.len; c++)
                if (!memchr(" \t\r\n", comment.ptr[c], 4))
                    text_addc(out, comment.ptr[c]);
            text_addc(out, '\n');
        }
    }
}

static void expect_same(const char *what, struct str before, struct str after)
{
    if (!str_eq(before, after))
        finding("%s\n--- before\n%.*s\n--- after\n%.*s", what, STR_ARG(before), STR_ARG(after));
}

static void compare(struct arena *arena, struct str input, struct str tree, struct str output)
{
    struct text again = { 0 }, new_tree = { 0 }, comments = { 0 }, new_comments = { 0 };
    if (!dump(arena, output, &new_tree) || !format(arena, output, &again))
        finding("does not parse any more:\n%.*s", STR_ARG(output));
    expect_same("the tree has changed", tree, text_str(&new_tree));
    expect_same("formatting again changes it", output, text_str(&again));
    add_comments(arena, input, &comments);
    add_comments(arena, output, &new_comments);
    expect_same("comments have changed", text_str(&comments), text_str(&new_comments));
    text_free(&again);
    text_free(&new_tree);
    text_free(&comments);
    text_free(&new_comments);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str input = { (const char *)data, size };
    struct arena *arena = arena_new();
    struct text tree = { 0 }, output = { 0 };
    bool right = dump(arena, input, &tree);
    if (format(arena, input, &output) != right)
        finding(right ? "it parses and is refused" : "it does not parse, and is not refused");
    if (right)
        compare(arena, input, text_str(&tree), text_str(&output));
    text_free(&tree);
    text_free(&output);
    arena_free(arena);
    return 0;
}
