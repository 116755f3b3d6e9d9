/* SPDX-License-Identifier: MIT */
/* replay.c: main for a fuzzer without libFuzzer.
 *
 *     replay SEED ROUNDS FILE...
 *
 * Runs every file once, then ROUNDS inputs made by chance: a file cut, joined with another, or
 * with some bytes changed; and one in two of nothing but chance behind a zero byte, which for
 * fuzz_compile is a new IDL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finding.h"
#include "str.h"

enum { FILES_MAX = 1000, CHANCE_MAX = 400 };

struct replay {
    struct text files[FILES_MAX];
    size_t count;
    uint64_t seed;
};

static size_t pick(struct replay *replay, size_t count)
{
    replay->seed = replay->seed * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(replay->seed >> 33) % count;
}

static bool read_file(struct replay *replay, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || replay->count == FILES_MAX) {
        fprintf(stderr, "cannot read %s\n", path);
        return false;
    }
    char chunk[4096];
    struct text *text = &replay->files[replay->count++];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0)
        text_add(text, (struct str){ chunk, got });
    fclose(file);
    return true;
}

static void run(struct str input)
{
    /* Of just its size, so that a sanitizer sees what is read behind it. */
    uint8_t *copy = malloc(input.len ? input.len : 1);
    if (!copy)
        abort();
    memcpy(copy, input.ptr, input.len);
    LLVMFuzzerTestOneInput(copy, input.len);
    free(copy);
}

static void add_chance(struct replay *replay, struct text *text)
{
    text_addc(text, '\0');
    for (size_t count = pick(replay, CHANCE_MAX); count; count--)
        text_addc(text, (char)pick(replay, 256));
}

static char some_byte(struct replay *replay)
{
#ifdef FUZZ_BINARY
    return (char)pick(replay, 256);
#else
    return "<>{};,=\"/\n${}%.|\\\xC3\f 19aZ_-@"[pick(replay, 28)];
#endif
}

static void add_damaged(struct replay *replay, struct text *text)
{
    struct str a = text_str(&replay->files[pick(replay, replay->count)]);
    struct str b = text_str(&replay->files[pick(replay, replay->count)]);
    size_t begin = pick(replay, a.len + 1), end = pick(replay, b.len + 1);
    text_add(text, (struct str){ a.ptr, begin });
    if (pick(replay, 2))
        text_add(text, (struct str){ b.ptr + end, b.len - end });
    else
        text_add(text, (struct str){ a.ptr + begin, a.len - begin });
    for (size_t count = text->len ? pick(replay, 4) : 0; count; count--)
        text->ptr[pick(replay, text->len)] = some_byte(replay);
}

static void run_chance(struct replay *replay)
{
    struct text text = { 0 };
    if (replay->count == 0 || pick(replay, 2))
        add_chance(replay, &text);
    else
        add_damaged(replay, &text);
    run(text_str(&text));
    text_free(&text);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s SEED ROUNDS FILE...\n", argv[0]);
        return 2;
    }
    struct replay *replay = calloc(1, sizeof *replay);
    bool good = replay != NULL;
    for (int i = 3; good && i < argc; i++)
        good = read_file(replay, argv[i]);
    if (!good)
        return 2;
    replay->seed = strtoull(argv[1], NULL, 10);
    size_t rounds = (size_t)strtoull(argv[2], NULL, 10);
    for (size_t i = 0; i < replay->count; i++)
        run(text_str(&replay->files[i]));
    for (size_t i = 0; i < rounds; i++)
        run_chance(replay);
    printf("%zu files and %zu inputs by chance: no finding\n", replay->count, rounds);
    for (size_t i = 0; i < replay->count; i++)
        text_free(&replay->files[i]);
    free(replay);
    return 0;
}
