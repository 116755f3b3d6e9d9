/* SPDX-License-Identifier: MIT */
/* output.c: files that are written whole, all or none. */
#define _XOPEN_SOURCE 700 /* realpath */

#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum plan {
    PLAN_NOTHING, /* the file has this content already */
    PLAN_RENAME,  /* the temporary file is written */
    PLAN_IN_PLACE /* no plain file, or one without a name */
};

struct output {
    struct str path;   /* as it was given: for messages */
    struct str target; /* the file itself: a link stays a link */
    struct text text;
    bool is_kept; /* a file that is there stays */
    bool is_staged;
    enum plan plan;
    struct str temporary;
    struct output *next;
};

struct output_set {
    struct arena *arena;
    struct output *first, **tail;
    unsigned temporary_count;
};

static void remove_temporaries(void *arg)
{
    struct output_set *set = arg;
    for (struct output *output = set->first; output; output = output->next) {
        if (output->plan == PLAN_RENAME)
            unlink(output->temporary.ptr);
        output->plan = PLAN_NOTHING;
    }
}

struct output_set *output_new(struct arena *arena)
{
    struct output_set *set = ARENA_NEW(arena, struct output_set);
    set->arena = arena;
    set->tail = &set->first;
    before_out_of_memory(remove_temporaries, set);
    return set;
}

void output_free(struct output_set *set)
{
    before_out_of_memory(NULL, NULL);
    remove_temporaries(set);
    for (struct output *output = set->first; output; output = output->next)
        text_free(&output->text);
}

static struct output *add(struct output_set *set, struct str path)
{
    struct output *output = ARENA_NEW(set->arena, struct output);
    output->path = arena_str(set->arena, path);
    *set->tail = output;
    set->tail = &output->next;
    return output;
}

struct text *output_add(struct output_set *set, struct str path)
{
    return &add(set, path)->text;
}

struct text *output_add_kept(struct output_set *set, struct str path)
{
    struct output *output = add(set, path);
    output->is_kept = true;
    return &output->text;
}

static bool report(struct diag *diag, const char *what, struct str path, int error)
{
    struct span nowhere = { 0 };
    diag_error(diag, nowhere, "output", "cannot %s '%.*s': %s", what, STR_ARG(path),
               strerror(error));
    return false;
}

static bool report_kept(struct diag *diag, struct str path)
{
    struct span nowhere = { 0 };
    diag_error(diag, nowhere, "output",
               "'%.*s' was changed by hand and is not written over; move it away to get a new one",
               STR_ARG(path));
    return false;
}

/* ---- One file; these return 0 or an errno ---- */

static int write_all(int fd, struct str bytes)
{
    while (bytes.len) {
        ssize_t written = write(fd, bytes.ptr, bytes.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return errno;
        bytes = (struct str){ bytes.ptr + written, bytes.len - (size_t)written };
    }
    return 0;
}

static int write_and_close(int fd, struct str bytes)
{
    int error = write_all(fd, bytes);
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

/* false as well when it can't be read: then it is written anew. */
static bool has_content(const char *path, struct str bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    char chunk[64 * 1024];
    bool same = true;
    size_t at = 0, got;
    while (same && (got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        same = got <= bytes.len - at && memcmp(chunk, bytes.ptr + at, got) == 0;
        at += got;
    }
    same = same && at == bytes.len && !ferror(file);
    fclose(file);
    return same;
}

/* The path up to and without its last '/'; "." when it has none. */
static struct str folder_of(struct arena *arena, struct str path)
{
    size_t len = path.len;
    while (len && path.ptr[len - 1] != '/')
        len--;
    if (len == 0)
        return STR(".");
    return arena_str(arena, (struct str){ path.ptr, len > 1 ? len - 1 : 1 });
}

/* And those above it. */
static int make_folder(struct arena *arena, struct str path)
{
    struct stat info;
    char *part = arena_alloc(arena, path.len + 1);
    for (size_t i = 0; i <= path.len; i++) {
        bool end = i == path.len || (path.ptr[i] == '/' && i > 0);
        if (end && mkdir(part, 0777) != 0) {
            int error = errno;
            if (stat(part, &info) != 0)
                return error;
            if (!S_ISDIR(info.st_mode))
                return ENOTDIR;
        }
        if (i < path.len)
            part[i] = path.ptr[i];
    }
    return 0;
}

/* A new file beside path, named in output->temporary; -1 with errno. */
static int open_temporary(struct output_set *set, struct output *output)
{
    struct str folder = folder_of(set->arena, output->target);
    for (;;) {
        output->temporary = arena_printf(set->arena, "%.*s/.idlc-%ld-%u.tmp", STR_ARG(folder),
                                         (long)getpid(), set->temporary_count++);
        int fd = open(output->temporary.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EEXIST || set->temporary_count > 1000)
            return fd;
    }
}

/* ---- All files ---- */

/* Where a link leads: renaming must not replace the link. False when that has no name, as with
 * /dev/stdout and a pipe. */
static bool resolve_link(struct arena *arena, struct str path, struct str *target)
{
    struct stat info;
    *target = path;
    if (lstat(path.ptr, &info) != 0 || !S_ISLNK(info.st_mode))
        return true;
    char *resolved = realpath(path.ptr, NULL);
    if (!resolved)
        return false;
    *target = arena_str(arena, str_from(resolved));
    free(resolved);
    return true;
}

/* Does all that can fail but for the last step. */
static bool prepare(struct output_set *set, struct diag *diag, struct output *output)
{
    struct stat info;
    struct str bytes = text_str(&output->text);
    bool named = resolve_link(set->arena, output->path, &output->target);
    bool exists = stat(output->path.ptr, &info) == 0;
    if (exists) {
        if (S_ISDIR(info.st_mode))
            return report(diag, "write", output->path, EISDIR);
        if (!named || !S_ISREG(info.st_mode)) {
            output->plan = PLAN_IN_PLACE;
            return true;
        }
        if ((size_t)info.st_size == bytes.len && has_content(output->target.ptr, bytes))
            return true;
        if (output->is_kept)
            return report_kept(diag, output->path);
    }
    struct str folder = folder_of(set->arena, output->target);
    int error = make_folder(set->arena, folder);
    if (error)
        return report(diag, "make the folder", folder, error);
    int fd = open_temporary(set, output);
    if (fd < 0)
        return report(diag, "write", output->path, errno);
    output->plan = PLAN_RENAME;
    if (exists)
        (void)!fchmod(fd, info.st_mode & 0777); /* of no harm where it cannot be kept */
    error = write_and_close(fd, bytes);
    return error ? report(diag, "write", output->path, error) : true;
}

static bool write_in_place(struct diag *diag, const struct output *output)
{
    int fd = open(output->path.ptr, O_WRONLY | O_TRUNC | O_CLOEXEC);
    int error = fd < 0 ? errno : write_and_close(fd, text_str(&output->text));
    return error ? report(diag, "write", output->path, error) : true;
}

static bool rename_temporary(struct diag *diag, struct output *output)
{
    if (rename(output->temporary.ptr, output->target.ptr) != 0)
        return report(diag, "write", output->path, errno);
    output->plan = PLAN_NOTHING;
    return true;
}

bool output_stage(struct output_set *set, struct diag *diag)
{
    bool fine = true;
    for (struct output *output = set->first; fine && output; output = output->next) {
        if (output->is_staged)
            continue;
        fine = prepare(set, diag, output);
        output->is_staged = fine;
        if (output->plan != PLAN_IN_PLACE)
            text_free(&output->text);
    }
    return fine;
}

bool output_write(struct output_set *set, struct diag *diag)
{
    bool fine = output_stage(set, diag);
    for (struct output *output = set->first; fine && output; output = output->next) {
        if (output->plan == PLAN_IN_PLACE)
            fine = write_in_place(diag, output);
    }
    for (struct output *output = set->first; fine && output; output = output->next) {
        if (output->plan == PLAN_RENAME)
            fine = rename_temporary(diag, output);
    }
    remove_temporaries(set);
    return fine;
}

/* ---- Dependency files ---- */

/* As Make reads it, and Ninja after it: '$' is doubled, blanks and '#' take a backslash, and the
 * backslashes before a blank are doubled. */
static void add_path(struct text *out, struct str path)
{
    size_t backslashes = 0;
    for (size_t i = 0; i < path.len; i++) {
        char c = path.ptr[i];
        if (c == ' ' || c == '\t') {
            while (backslashes--)
                text_addc(out, '\\');
        }
        if (c == ' ' || c == '\t' || c == '#')
            text_addc(out, '\\');
        if (c == '$')
            text_addc(out, '$');
        text_addc(out, c);
        backslashes = c == '\\' ? backslashes + 1 : 0;
    }
}

void output_depfile(struct text *out, const struct str *targets, size_t target_count,
                    const struct str *needs, size_t need_count)
{
    for (size_t i = 0; i < target_count; i++) {
        if (i)
            text_add(out, STR(" \\\n"));
        add_path(out, targets[i]);
    }
    text_addc(out, ':');
    for (size_t i = 0; i < need_count; i++) {
        text_add(out, STR(" \\\n  "));
        add_path(out, needs[i]);
    }
    text_addc(out, '\n');
}

void output_depfile_may_go(struct text *out, const struct str *needs, size_t need_count)
{
    for (size_t i = 0; i < need_count; i++) {
        add_path(out, needs[i]);
        text_add(out, STR(":\n"));
    }
}
