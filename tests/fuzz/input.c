/* SPDX-License-Identifier: MIT */
/* input.c: bytes -> files in memory -> schema. */
#define _POSIX_C_SOURCE 200809L

#include "input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[INPUT_FILES_MAX] = { "main.idl", "a.idl", "b.idl", "c.idl" };

static void split(struct input *input, struct str text)
{
    for (;;) {
        const char *end = NULL;
        if (text.len && input->count + 1 < INPUT_FILES_MAX)
            end = memchr(text.ptr, '\f', text.len);
        struct str file = { text.ptr, end ? (size_t)(end - text.ptr) : text.len };
        struct str name = str_from(names[input->count]);
        input->sources[input->count++] = source_from(input->arena, name, file);
        if (!end)
            return;
        text = (struct str){ end + 1, text.len - file.len - 1 };
    }
}

void input_compile(struct input *input, struct str text, enum diag_format format)
{
    struct diag_options diag = { .format = format, .color = DIAG_COLOR_NEVER };
    *input = (struct input){ .arena = arena_new() };
    input->diag = diag_new(input->arena, &diag);
    split(input, text);

    struct str paths[INPUT_FILES_MAX];
    for (size_t i = 0; i < input->count; i++)
        paths[i] = input->sources[i]->name;
    struct frontend_options options = {
        .paths = paths,
        .path_count = input->count,
        .sources = input->sources,
        .source_count = input->count,
    };
    input->schema = frontend_load(input->arena, input->diag, &options);
    check_schema(input->diag, input->schema);
    cname_assign(input->arena, input->diag, input->schema);
}

void input_free(struct input *input)
{
    arena_free(input->arena);
}

struct str input_messages(struct input *input)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    if (!file)
        abort();
    diag_flush(input->diag, file);
    fclose(file);
    struct str copy = arena_str(input->arena, (struct str){ bytes, size });
    free(bytes);
    return copy;
}
