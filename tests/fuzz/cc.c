/* SPDX-License-Identifier: MIT */
/* cc.c: whether what is generated is C without an error and without a warning. */
#define _POSIX_C_SOURCE 200809L

#include "cc.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "input.h"

#ifdef FUZZ_TCC
#include "tcc.h"
#endif

extern char **environ;

enum { PATH_MAX_HERE = 512 };

struct folder {
    char path[PATH_MAX_HERE];
};

static void path_in(const struct folder *folder, struct str name, char *path)
{
    snprintf(path, PATH_MAX_HERE, "%.400s/%.*s", folder->path, STR_ARG(name));
}

static void write_file(const struct folder *folder, struct str name, struct str text)
{
    char path[PATH_MAX_HERE];
    path_in(folder, name, path);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(text.ptr, 1, text.len, file) != text.len || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

static void folder_make(struct folder *folder, const struct cc_files *files)
{
    const char *parent = getenv("TMPDIR");
    snprintf(folder->path, sizeof folder->path, "%.400s/idlc-fuzz-XXXXXX",
             parent ? parent : "/tmp");
    if (!mkdtemp(folder->path)) {
        perror(folder->path);
        exit(2);
    }
    for (size_t i = 0; i < files->count; i++)
        write_file(folder, files->items[i].name, text_str(&files->items[i].text));
}

static void forget(const struct folder *folder, struct str name)
{
    char path[PATH_MAX_HERE];
    path_in(folder, name, path);
    unlink(path);
}

static void folder_remove(const struct folder *folder, const struct cc_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        forget(folder, files->items[i].name);
    forget(folder, STR("all.cc"));
    rmdir(folder->path);
}

/* ---- gcc, clang, g++ and protoc ---- */

static bool run(char *const *words)
{
    pid_t child;
    if (posix_spawnp(&child, words[0], NULL, NULL, words, environ) != 0) {
        perror(words[0]);
        exit(2);
    }
    int status;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return false;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

struct command {
    char *words[24];
    size_t count;
};

static void add(struct command *command, const char *word)
{
    command->words[command->count++] = (char *)(uintptr_t)word; /* exec changes no word */
}

static struct command command_new(const char *compiler, const char *standard)
{
    static const char *const flags[] = { "-Wall", "-Wextra", "-Wpedantic", "-Werror" };
    struct command command = { 0 };
    add(&command, compiler);
    add(&command, standard);
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        add(&command, flags[i]);
    add(&command, "-I" FUZZ_INCLUDE);
    return command;
}

/* To assembly: with -fsyntax-only, and without -O, gcc does not see all that it can warn of. */
static void check_c(const struct folder *folder, const char *compiler, struct str name)
{
    static const char *const flags[] = {
        "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wmissing-prototypes", "-O1", "-S",
        "-o",           "/dev/null"
    };
    char path[PATH_MAX_HERE];
    struct command command = command_new(compiler, "-std=c11");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        add(&command, flags[i]);
    path_in(folder, name, path);
    add(&command, path);
    if (!run(command.words))
        finding("%s refuses %.*s", compiler, STR_ARG(name));
}

static void check_cpp(const struct folder *folder, const struct cc_files *files)
{
    char path[PATH_MAX_HERE];
    struct text all = { 0 };
    for (size_t i = 0; i < files->count; i++)
        if (str_ends(files->items[i].name, STR(".h")))
            text_addf(&all, "#include \"%.*s\"\n", STR_ARG(files->items[i].name));
    write_file(folder, STR("all.cc"), text_str(&all));
    text_free(&all);

    struct command command = command_new("g++", "-std=c++17");
    path_in(folder, STR("all.cc"), path);
    add(&command, "-fsyntax-only");
    add(&command, path);
    if (!run(command.words))
        finding("g++ refuses the headers");
}

static void check_proto(const struct folder *folder, struct str name)
{
    char path[PATH_MAX_HERE];
    struct command command = { 0 };
    add(&command, "protoc");
    add(&command, "--descriptor_set_out=/dev/null");
    add(&command, "-I");
    add(&command, folder->path);
    path_in(folder, name, path);
    add(&command, path);
    if (!run(command.words))
        finding("protoc refuses %.*s", STR_ARG(name));
}

static void check_well(const struct folder *folder, const struct cc_files *files)
{
    for (size_t i = 0; i < files->count; i++) {
        if (str_ends(files->items[i].name, STR(".proto")))
            check_proto(folder, files->items[i].name);
        if (!str_ends(files->items[i].name, STR(".c")))
            continue;
        check_c(folder, "gcc", files->items[i].name);
        check_c(folder, "clang", files->items[i].name);
    }
    check_cpp(folder, files);
}

void cc_check(const struct cc_files *files, const struct schema *schema, uint64_t seed, bool well)
{
    struct folder folder;
    folder_make(&folder, files);
#ifdef FUZZ_TCC
    tcc_check(files, folder.path, schema, seed);
#else
    (void)schema;
    (void)seed;
#endif
    if (well)
        check_well(&folder, files);
    folder_remove(&folder, files);
}
