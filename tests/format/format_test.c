/* SPDX-License-Identifier: MIT */
/* format_test.c: formatting keeps the meaning and every comment, and formatting again changes
 * nothing: for every IDL file of the tree, and for these with other blanks, comments, brackets and
 * empty items between the same tokens. Some tokens are left out: what is wrong then is refused.
 *
 * usage: format_test TREE [COUNT [SEED]] */
#define _XOPEN_SOURCE 700

#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ast_dump.h"
#include "format.h"
#include "format_pieces.h"
#include "parser.h"

enum { FILES_MAX = 1000 };

/* What nftw's callback adds to has to be here. */
static char *paths[FILES_MAX];
static size_t path_count;

/* ---- One text ---- */

/* The tree as text; false when it has errors. */
static bool dump(struct arena *arena, struct str text, struct text *out)
{
    struct diag *diag = diag_new(arena, &(struct diag_options){ .color = DIAG_COLOR_NEVER });
    const struct source *source = source_from(arena, STR("text"), text);
    ast_dump(out, parse_source(arena, diag, source));
    return diag_errors(diag) == 0;
}

/* All comments in their order, without the blanks in them. */
static void add_comments(struct arena *arena, struct str text, struct text *out)
{
    struct pieces pieces = format_pieces(arena, text);
    for (size_t i = 0; i < pieces.count; i++)
        for (size_t k = 0; k < pieces.items[i].comment_count; k++) {
            struct str comment = pieces.items[i].comments[k].text;
            for (size_t c = 0; c < comment.len; c++)
                if (!strchr(" \t\r\n", comment.ptr[c]))
                    text_addc(out, comment.ptr[c]);
            text_addc(out, '\n');
        }
}

static bool same(const char *what, struct str before, struct str after, struct str input,
                 struct str output)
{
    if (str_eq(before, after))
        return true;
    printf("FAILED: %s\n--- before\n%.*s\n--- after\n%.*s\n--- input\n%.*s\n--- output\n%.*s\n",
           what, STR_ARG(before), STR_ARG(after), STR_ARG(input), STR_ARG(output));
    return false;
}

static bool format(struct arena *arena, struct str text, struct text *out)
{
    struct diag *diag = diag_new(arena, &(struct diag_options){ .color = DIAG_COLOR_NEVER });
    return format_source(arena, diag, source_from(arena, STR("text"), text), out);
}

/* True as well for a text with errors: then it must be left alone. */
static bool check(struct str input)
{
    struct arena *arena = arena_new();
    struct text before = { 0 }, after = { 0 }, output = { 0 }, again = { 0 };
    struct text old_comments = { 0 }, new_comments = { 0 };
    bool right = dump(arena, input, &before);
    bool formatted = format(arena, input, &output);
    bool good = formatted == right;
    if (!good)
        printf("FAILED: %s\n%.*s\n", right ? "is refused" : "is not refused", STR_ARG(input));
    if (good && formatted) {
        struct str text = text_str(&output);
        dump(arena, text, &after);
        add_comments(arena, input, &old_comments);
        add_comments(arena, text, &new_comments);
        format(arena, text, &again);
        good = same("meaning", text_str(&before), text_str(&after), input, text) &&
               same("comments", text_str(&old_comments), text_str(&new_comments), input, text) &&
               same("again", text, text_str(&again), input, text);
    }
    struct text *all[] = { &before, &after, &output, &again, &old_comments, &new_comments };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        text_free(all[i]);
    arena_free(arena);
    return good;
}

/* ---- The same tokens, differently ---- */

static uint32_t random_below(uint64_t *state, uint32_t limit)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33) % limit;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static void add_between(struct text *out, uint64_t *state, uint32_t wildness)
{
    static const char *const some[] = {
        " ",  "\n", "\n\n",      "\t",        "  ",        "\r\n",        "\n\n\n",
        " ",  "\n", "/* b */",   "// line\n", "/// doc\n", "/*x\n * y*/", "//// four\n",
        "\n", " ",  "\n/// d\n", "/**/",      "\n// l\n",  "/* \n\n */",  "///\n",
    };
    while (random_below(state, 100) < wildness)
        text_add(out, str_from(some[random_below(state, sizeof some / sizeof *some)]));
}

/* A block's bracket: behind a name that is behind a keyword. */
static bool opens_block(const struct pieces *pieces, size_t i)
{
    static const char *const keywords[] = { "enum", "struct", "service", "oneof" };
    bool found = false;
    for (size_t k = 0; i >= 2 && k < sizeof keywords / sizeof *keywords; k++)
        found |= str_is(pieces->items[i - 2].text, keywords[k]);
    return found && pieces->items[i].mark == '<' && pieces->items[i - 1].mark == 0 &&
           !str_is(pieces->items[i - 1].text, "list") && !str_is(pieces->items[i - 1].text, "map");
}

static void mutate(struct arena *arena, struct str text, uint64_t *state, struct text *out)
{
    struct pieces pieces = format_pieces(arena, text);
    bool *curly = arena_array(arena, pieces.count, sizeof *curly);
    uint32_t wildness = random_below(state, 4) * 20, empties = random_below(state, 10);
    uint32_t missing = random_below(state, 8) ? 0 : 1 + random_below(state, 3);
    for (size_t i = 0; i + 1 < pieces.count; i++) {
        const struct piece *piece = &pieces.items[i];
        char last = out->len ? out->ptr[out->len - 1] : ' ';
        for (size_t k = 0; k < piece->comment_count; k++) {
            text_addc(out, piece->comments[k].fresh ? '\n' : ' ');
            text_add(out, piece->comments[k].text);
            if (piece->comments[k].kind != COMMENT_BLOCK)
                text_addc(out, '\n');
        }
        add_between(out, state, wildness);
        if (is_word(last) && is_word(piece->text.ptr[0]))
            text_addc(out, ' ');
        if (opens_block(&pieces, i) && random_below(state, 2))
            curly[i] = curly[piece->close] = true;
        if (random_below(state, 100) < missing)
            continue;
        text_add(out, curly[i] ? piece->mark == '<' ? STR("{") : STR("}") : piece->text);
        while (piece->mark == ';' && random_below(state, 100) < empties) {
            add_between(out, state, wildness);
            text_addc(out, ';');
        }
    }
    add_between(out, state, wildness);
}

static bool check_mutation(struct str text, uint64_t *state)
{
    struct arena *arena = arena_new();
    struct text mutated = { 0 };
    mutate(arena, text, state, &mutated);
    bool good = check(text_str(&mutated));
    text_free(&mutated);
    arena_free(arena);
    return good;
}

/* ---- Every file ---- */

static int add_path(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)where;
    if (type == FTW_F && str_ends(str_from(path), STR(".idl")) && path_count < FILES_MAX &&
        !strstr(path, "/build/"))
        paths[path_count++] = strdup(path);
    return 0;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool check_all(size_t count, uint64_t seed)
{
    struct arena *arena = arena_new();
    struct str *texts = arena_array(arena, path_count, sizeof *texts), error;
    size_t text_count = 0;
    bool good = true;
    for (size_t i = 0; i < path_count && good; i++) {
        const struct source *source = source_load(arena, str_from(paths[i]), &error);
        good = source && check(source->text);
        struct text ignored = { 0 };
        if (good && source->text.len < 20000 && dump(arena, source->text, &ignored))
            texts[text_count++] = source->text;
        text_free(&ignored);
        if (!good)
            printf("in %s\n", paths[i]);
    }
    for (size_t i = 0; i < count && good && text_count > 0; i++) {
        uint64_t state = seed + i;
        good = check_mutation(texts[random_below(&state, (uint32_t)text_count)], &state);
        if (!good)
            printf("seed %" PRIu64 "\n", seed + i);
    }
    printf("%zu files, %zu texts, %zu mutations\n", path_count, text_count, count);
    arena_free(arena);
    return good && text_count > 0;
}

int main(int argc, char **argv)
{
    if (argc < 2 || nftw(argv[1], add_path, 20, FTW_PHYS) != 0) {
        fprintf(stderr, "usage: format_test TREE [COUNT [SEED]]\n");
        return 2;
    }
    qsort(paths, path_count, sizeof *paths, compare_paths);
    size_t count = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
    uint64_t seed = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
    bool good = check_all(count, seed);
    for (size_t i = 0; i < path_count; i++)
        free(paths[i]);
    return good ? 0 : 1;
}
