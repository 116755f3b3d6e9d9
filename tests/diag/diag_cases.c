/* SPDX-License-Identifier: MIT */
/* diag_cases.c: compiles every <case>.idl of a folder and compares what the user would read with
 * <case>.expected; --update writes that file instead.
 *
 * A case that begins with "// options:" is compiled with these: -IDIR, -WNAME, --werror, --json. Files
 * that cases import are in subfolders. */
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stages.h"

enum { DIRS_MAX = 4 };

struct setup {
    struct diag_options diag;
    struct str dirs[DIRS_MAX];
    size_t dir_count;
};

static void read_option(struct arena *arena, struct setup *setup, struct str word)
{
    struct str closest;
    if (str_is(word, "--werror"))
        setup->diag.warnings.werror = true;
    else if (str_is(word, "--json"))
        setup->diag.format = DIAG_JSON;
    else if (str_starts(word, STR("-W")))
        warning_set_add(arena, &setup->diag.warnings, (struct str){ word.ptr + 2, word.len - 2 },
                        &closest);
    else if (str_starts(word, STR("-I")) && setup->dir_count < DIRS_MAX)
        setup->dirs[setup->dir_count++] = (struct str){ word.ptr + 2, word.len - 2 };
}

static struct setup read_setup(struct arena *arena, struct str path)
{
    struct setup setup = { .diag = { .color = DIAG_COLOR_NEVER } };
    struct str mark = STR("// options:"), error;
    const struct source *source = source_load(arena, path, &error);
    struct str line = source ? source_line(source, 1) : STR("");
    if (!str_starts(line, mark))
        return setup;
    for (size_t begin = mark.len, i = mark.len; i <= line.len; i++)
        if (i == line.len || line.ptr[i] == ' ') {
            read_option(arena, &setup, (struct str){ line.ptr + begin, i - begin });
            begin = i + 1;
        }
    return setup;
}

/* What the user would read, and the exit status as a last line. */
static char *compile(struct arena *arena, struct str path, size_t *size)
{
    struct setup setup = read_setup(arena, path);
    struct diag *diag = diag_new(arena, &setup.diag);
    struct frontend_options options = {
        .paths = &path,
        .path_count = 1,
        .import_dirs = setup.dirs,
        .import_dir_count = setup.dir_count,
    };
    struct schema *schema = frontend_load(arena, diag, &options);
    check_schema(diag, schema);
    if (diag_errors(diag) == 0)
        lint_schema(arena, diag, schema);
    cname_assign(arena, diag, schema);

    char *text = NULL;
    FILE *out = open_memstream(&text, size);
    if (!out)
        abort();
    diag_flush(diag, out);
    fprintf(out, "exit status %d\n", diag_errors(diag) > 0);
    fclose(out);
    return text;
}

static bool update(const char *path, const char *text, size_t size)
{
    FILE *out = fopen(path, "wb");
    if (!out)
        return false;
    bool good = fwrite(text, 1, size, out) == size;
    return fclose(out) == 0 && good;
}

static bool matches(struct arena *arena, const char *path, const char *text, size_t size)
{
    struct str error = STR("");
    const struct source *expected = source_load(arena, str_from(path), &error);
    if (expected && str_eq(expected->text, (struct str){ text, size }))
        return true;
    struct str shown = expected ? expected->text : error;
    fprintf(stderr, "%s: %s\n--- expected\n%.*s--- got\n%s\n", path,
            expected ? "differs" : "cannot be read", STR_ARG(shown), text);
    return false;
}

static bool run_case(const char *name, bool updating)
{
    char expected[512];
    size_t size = 0;
    snprintf(expected, sizeof expected, "%.*s.expected", (int)(strlen(name) - 4), name);
    struct arena *arena = arena_new();
    char *text = compile(arena, str_from(name), &size);
    bool good = updating ? update(expected, text, size) : matches(arena, expected, text, size);
    free(text);
    arena_free(arena);
    return good;
}

static int is_case(const struct dirent *entry)
{
    return str_ends(str_from(entry->d_name), STR(".idl"));
}

int main(int argc, char **argv)
{
    bool updating = argc == 3 && strcmp(argv[1], "--update") == 0;
    struct dirent **entries;
    if ((argc != 2 && !updating) || chdir(argv[argc - 1]) != 0) {
        fprintf(stderr, "usage: diag_cases [--update] FOLDER\n");
        return 2;
    }
    int count = scandir(".", &entries, is_case, alphasort);
    if (count <= 0)
        return 2;
    int failed = 0;
    for (int i = 0; i < count; i++) {
        failed += !run_case(entries[i]->d_name, updating);
        free(entries[i]);
    }
    free(entries);
    printf("%d cases, %d failed\n", count, failed);
    return failed > 0;
}
