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
#include <libtcc.h>
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

/* ---- tcc ---- */

#ifdef FUZZ_TCC
static void on_message(void *opaque, const char *message)
{
    const struct str *name = opaque;
    finding("tcc, %.*s: %s", STR_ARG(*name), message);
}

static void compile(const struct folder *folder, struct str name, struct str text)
{
    TCCState *tcc = tcc_new();
    if (!tcc)
        abort();
    tcc_set_error_func(tcc, &name, on_message);
    tcc_set_options(tcc, "-std=c11 -Wall");
    tcc_set_output_type(tcc, TCC_OUTPUT_OBJ);
    tcc_add_include_path(tcc, folder->path);
    tcc_add_include_path(tcc, FUZZ_INCLUDE);
    if (tcc_compile_string(tcc, text.ptr) != 0)
        finding("tcc, %.*s: does not compile", STR_ARG(name));
    tcc_delete(tcc);
}

void cc_check_quickly(const struct cc_files *files)
{
    struct folder folder;
    folder_make(&folder, files);
    for (size_t i = 0; i < files->count; i++)
        if (str_ends(files->items[i].name, STR(".c")))
            compile(&folder, files->items[i].name, text_str(&files->items[i].text));
    folder_remove(&folder, files);
}
#else
void cc_check_quickly(const struct cc_files *files)
{
    (void)files;
}
#endif

/* ---- gcc ---- */

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
static void check_c(const struct folder *folder, struct str name)
{
    static const char *const flags[] = {
        "-Wconversion", "-Wshadow", "-Wstrict-prototypes", "-Wmissing-prototypes", "-O1", "-S",
        "-o",           "/dev/null"
    };
    char path[PATH_MAX_HERE];
    struct command command = command_new("gcc", "-std=c11");
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        add(&command, flags[i]);
    path_in(folder, name, path);
    add(&command, path);
    if (!run(command.words))
        finding("gcc refuses %.*s", STR_ARG(name));
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

void cc_check_well(const struct cc_files *files)
{
    struct folder folder;
    folder_make(&folder, files);
    for (size_t i = 0; i < files->count; i++)
        if (str_ends(files->items[i].name, STR(".c")))
            check_c(&folder, files->items[i].name);
    check_cpp(&folder, files);
    folder_remove(&folder, files);
}
