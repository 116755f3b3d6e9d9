/* SPDX-License-Identifier: MIT */
/* output_test.c: files written whole, all or none, and left alone when they are the same. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "output.h"

struct place {
    char dir[32];
    struct arena *arena;
    struct diag *diag;
    struct output_set *set;
};

static int set_up(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    if (!place)
        return -1;
    strcpy(place->dir, "/tmp/idlc-output-XXXXXX");
    if (!mkdtemp(place->dir))
        return -1;
    place->arena = arena_new();
    place->diag = diag_new(place->arena, NULL);
    place->set = output_new(place->arena);
    *state = place;
    return 0;
}

static void remove_all(const char *path)
{
    DIR *dir = opendir(path);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char inner[512];
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        struct stat info;
        if (lstat(inner, &info) == 0 && S_ISDIR(info.st_mode))
            remove_all(inner);
        else
            unlink(inner);
    }
    closedir(dir);
    rmdir(path);
}

static int tear_down(void **state)
{
    struct place *place = *state;
    output_free(place->set);
    arena_free(place->arena);
    remove_all(place->dir);
    free(place);
    return 0;
}

static struct str path_of(struct place *place, const char *name)
{
    return arena_printf(place->arena, "%s/%s", place->dir, name);
}

static void add(struct place *place, const char *name, const char *text)
{
    text_add(output_add(place->set, path_of(place, name)), str_from(text));
}

static void write_fine(struct place *place)
{
    assert_true(output_write(place->set, place->diag));
    assert_int_equal(diag_errors(place->diag), 0);
    output_free(place->set);
    place->set = output_new(place->arena); /* as another run would */
}

static void expect_file(struct place *place, const char *name, const char *wanted)
{
    struct str error;
    struct source *source = source_load(place->arena, path_of(place, name), &error);
    assert_non_null(source);
    assert_string_equal(source->text.ptr, wanted);
}

/* Names in the folder, '.' and '..' apart. */
static size_t count_files(struct place *place, const char *name)
{
    DIR *dir = opendir(path_of(place, name).ptr);
    assert_non_null(dir);
    size_t count = 0;
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}

static struct stat stat_of(struct place *place, const char *name)
{
    struct stat info;
    assert_int_equal(lstat(path_of(place, name).ptr, &info), 0);
    return info;
}

static const char *said(struct place *place)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    diag_flush(place->diag, file);
    fclose(file);
    const char *copy = arena_str(place->arena, (struct str){ bytes, size }).ptr;
    free(bytes);
    return copy;
}

static void expect_failure(struct place *place, const char *before, const char *name,
                           const char *after)
{
    assert_false(output_write(place->set, place->diag));
    struct str wanted = arena_printf(place->arena, "idlc: error: cannot %s '%s/%s': %s\n", before,
                                     place->dir, name, after);
    assert_string_equal(said(place), wanted.ptr);
}

static void files_are_written_and_folders_made(void **state)
{
    struct place *place = *state;
    add(place, "a", "one");
    add(place, "x/y//z/b", "two");
    add(place, "x/empty", "");
    write_fine(place);
    expect_file(place, "a", "one");
    expect_file(place, "x/y/z/b", "two");
    expect_file(place, "x/empty", "");
    assert_int_equal(count_files(place, "x/y/z"), 1);
    assert_int_equal(count_files(place, "."), 2);
}

static void the_umask_counts(void **state)
{
    struct place *place = *state;
    mode_t old = umask(027);
    add(place, "a", "one");
    write_fine(place);
    umask(old);
    assert_int_equal(stat_of(place, "a").st_mode & 0777, 0640);
}

static void the_same_content_is_left_alone(void **state)
{
    struct place *place = *state;
    add(place, "same", "content");
    add(place, "other", "content");
    write_fine(place);
    struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
    assert_int_equal(utimensat(0, path_of(place, "same").ptr, past, 0), 0);
    struct stat same = stat_of(place, "same");

    add(place, "same", "content");
    add(place, "other", "changed");
    write_fine(place);
    assert_int_equal(stat_of(place, "same").st_mtime, 1000);
    assert_int_equal(stat_of(place, "same").st_ino, same.st_ino);
    expect_file(place, "other", "changed");
    assert_int_equal(count_files(place, "."), 2);
}

static void content_of_the_same_length_is_told_apart(void **state)
{
    struct place *place = *state;
    char *large = calloc(1, 200001);
    assert_non_null(large);
    memset(large, 'x', 200000);
    add(place, "a", large);
    write_fine(place);
    large[199999] = 'y';
    add(place, "a", large);
    write_fine(place);
    expect_file(place, "a", large);
    free(large);
}

static void nothing_is_written_when_one_cannot_be(void **state)
{
    struct place *place = *state;
    add(place, "old", "old");
    write_fine(place);
    assert_int_equal(mkdir(path_of(place, "folder").ptr, 0777), 0);
    add(place, "old", "new");
    add(place, "fresh", "new");
    add(place, "folder", "new");
    expect_failure(place, "write", "folder", "Is a directory");
    expect_file(place, "old", "old");
    assert_int_equal(count_files(place, "."), 2);
}

static void a_file_is_no_folder(void **state)
{
    struct place *place = *state;
    add(place, "file", "");
    write_fine(place);
    add(place, "file/deep/a", "new");
    expect_failure(place, "make the folder", "file/deep", "Not a directory");
}

/* As another user, where this one may write anywhere. */
static void a_folder_may_be_closed(void **state)
{
    struct place *place = *state;
    add(place, "closed/a", "old");
    write_fine(place);
    add(place, "closed/a", "new");
    assert_int_equal(chmod(path_of(place, "closed").ptr, 0555), 0);
    assert_int_equal(chmod(place->dir, 0755), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (geteuid() == 0 && setuid(65534) != 0)
            _exit(3);
        bool fine = output_write(place->set, place->diag);
        _exit(!fine && strstr(said(place), "closed/a': Permission denied") ? 7 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    chmod(path_of(place, "closed").ptr, 0755);
    assert_int_equal(WEXITSTATUS(status), 7);
    expect_file(place, "closed/a", "old");
    assert_int_equal(count_files(place, "closed"), 1);
}

/* A full disk, or as near as a test gets to it: the second file does not fit. */
static void a_full_disk_leaves_everything_as_it_was(void **state)
{
    struct place *place = *state;
    add(place, "a", "old");
    write_fine(place);
    static char large[10000];
    memset(large, 'x', sizeof large - 1);
    add(place, "a", "new");
    add(place, "b", large);
    struct rlimit old;
    getrlimit(RLIMIT_FSIZE, &old);
    struct rlimit small = { 4096, old.rlim_max };
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool fine = output_write(place->set, place->diag);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_false(fine);
    assert_non_null(strstr(said(place), "/b': File too large\n"));
    expect_file(place, "a", "old");
    assert_int_equal(count_files(place, "."), 1);
}

/* As /dev/stdout is one, when the standard output is a pipe. */
static void a_link_to_a_pipe_is_written_to(void **state)
{
    struct place *place = *state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct str to = arena_printf(place->arena, "/proc/self/fd/%d", ends[1]);
    assert_int_equal(symlink(to.ptr, path_of(place, "link").ptr), 0);
    add(place, "link", "new");
    write_fine(place);
    assert_true(S_ISLNK(stat_of(place, "link").st_mode));
    char got[8];
    assert_int_equal(read(ends[0], got, sizeof got), 3);
    assert_memory_equal(got, "new", 3);

    close(ends[0]);
    void (*handler)(int) = signal(SIGPIPE, SIG_IGN);
    add(place, "link", "more");
    add(place, "a", "new");
    expect_failure(place, "write", "link", "Broken pipe");
    signal(SIGPIPE, handler);
    assert_int_equal(count_files(place, "."), 1);
    close(ends[1]);
}

static void links_stay_links(void **state)
{
    struct place *place = *state;
    add(place, "there/real", "old");
    write_fine(place);
    assert_int_equal(symlink("there/real", path_of(place, "link").ptr), 0);
    add(place, "link", "new");
    write_fine(place);
    assert_true(S_ISLNK(stat_of(place, "link").st_mode));
    expect_file(place, "there/real", "new");
    assert_int_equal(count_files(place, "there"), 1);
}

static void depfiles_are_escaped(void **state)
{
    (void)state;
    struct str targets[] = { STR("out/a.h"), STR("b c.h") };
    struct str needs[] = { STR("my file.idl"), STR("a#b$c"), STR("back\\slash\\ x\ty") };
    struct text out = { 0 };
    output_depfile(&out, targets, 2, needs, 3);
    assert_string_equal(out.ptr, "out/a.h \\\n"
                                 "b\\ c.h: \\\n"
                                 "  my\\ file.idl \\\n"
                                 "  a\\#b$$c \\\n"
                                 "  back\\slash\\\\\\ x\\\ty\n");
    out.len = 0;
    output_depfile_may_go(&out, needs, 2);
    assert_string_equal(out.ptr, "my\\ file.idl:\na\\#b$$c:\n");
    text_free(&out);
}

static void add_kept(struct place *place, const char *name, const char *text)
{
    text_add(output_add_kept(place->set, path_of(place, name)), str_from(text));
}

static void what_is_kept_is_never_written_over(void **state)
{
    struct place *place = *state;
    add_kept(place, "sample/a.c", "ours");
    write_fine(place);
    expect_file(place, "sample/a.c", "ours");
    add_kept(place, "sample/a.c", "ours");
    add(place, "b", "1");
    write_fine(place);

    add(place, "b", "2");
    add_kept(place, "sample/c.c", "new");
    add_kept(place, "sample/a.c", "ours, but newer");
    assert_false(output_write(place->set, place->diag));
    struct str wanted = arena_printf(place->arena,
                                     "idlc: error: '%s/sample/a.c' was changed by hand and is not "
                                     "written over; move it away to get a new one\n",
                                     place->dir);
    assert_string_equal(said(place), wanted.ptr);
    expect_file(place, "sample/a.c", "ours");
    expect_file(place, "b", "1");
    assert_int_equal(count_files(place, "sample"), 1);
}

#define WITH_PLACE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PLACE(files_are_written_and_folders_made),
        WITH_PLACE(the_umask_counts),
        WITH_PLACE(the_same_content_is_left_alone),
        WITH_PLACE(content_of_the_same_length_is_told_apart),
        WITH_PLACE(nothing_is_written_when_one_cannot_be),
        WITH_PLACE(a_file_is_no_folder),
        WITH_PLACE(a_folder_may_be_closed),
        WITH_PLACE(a_full_disk_leaves_everything_as_it_was),
        WITH_PLACE(a_link_to_a_pipe_is_written_to),
        WITH_PLACE(links_stay_links),
        WITH_PLACE(what_is_kept_is_never_written_over),
        cmocka_unit_test(depfiles_are_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
