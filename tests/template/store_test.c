/* SPDX-License-Identifier: MIT */
/* store_test.c: where templates come from; and that what is embedded is what the files hold. */
#define _POSIX_C_SOURCE 200809L

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

/* By embed_files: an empty file, all bytes, a large one (see CMakeLists.txt). */
extern const struct embedded_file sample_files[];
extern const size_t sample_file_count;

static const struct embedded_file built_in[] = {
    { "types.h.mako", (const unsigned char *)"types", 5 },
    { "part.mako", (const unsigned char *)"part", 4 },
};

static void write_file(const char *dir, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void clean(const char *dir)
{
    static const char *const names[] = { "types.h.mako", "type.h.mako", "own.mako", "notes.txt" };
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/folder.mako", dir);
    rmdir(path);
    assert_int_equal(rmdir(dir), 0);
}

static void built_in_templates_are_found(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct store *store = store_new(arena, built_in, 2, (struct str){ 0 });
    struct str error;
    const struct source *source = store_find(store, STR("part.mako"), &error);
    assert_non_null(source);
    assert_true(str_is(source->text, "part"));
    assert_true(str_is(source->name, "<built-in>/part.mako"));
    assert_ptr_equal(store_find(store, STR("part.mako"), &error), source);
    assert_null(store_find(store, STR("pa"), &error));
    assert_int_equal(error.len, 0);
    assert_null(store_find(store, STR(""), &error));
    assert_true(str_is(store_closest(store, STR("prt.mako")), "part.mako"));
    size_t count;
    store_used(store, &count);
    assert_int_equal(count, 0);
    arena_free(arena);
}

static void the_folder_comes_first(void **state)
{
    (void)state;
    char dir[] = "/tmp/idlc-store-XXXXXX";
    assert_non_null(mkdtemp(dir));
    write_file(dir, "types.h.mako", "mine");
    write_file(dir, "own.mako", "own");
    char path[256];
    snprintf(path, sizeof path, "%s/folder.mako", dir);
    assert_int_equal(mkdir(path, 0700), 0);

    struct arena *arena = arena_new();
    struct store *store = store_new(arena, built_in, 2, str_from(dir));
    struct str error;
    const struct source *source = store_find(store, STR("types.h.mako"), &error);
    assert_true(str_is(source->text, "mine"));
    assert_true(str_is(store_find(store, STR("part.mako"), &error)->text, "part"));
    assert_true(str_is(store_find(store, STR("own.mako"), &error)->text, "own"));
    assert_ptr_equal(store_find(store, STR("types.h.mako"), &error), source);
    assert_null(store_find(store, STR("folder.mako"), &error));
    assert_true(str_is(error, "Is a directory"));
    assert_null(store_find(store, STR("../x"), &error));
    assert_int_equal(error.len, 0);

    size_t count;
    const struct str *used = store_used(store, &count);
    assert_int_equal(count, 2);
    snprintf(path, sizeof path, "%s/types.h.mako", dir);
    assert_true(str_is(used[0], path));
    snprintf(path, sizeof path, "%s/own.mako", dir);
    assert_true(str_is(used[1], path));
    arena_free(arena);
    clean(dir);
}

static const char *check_folder(struct arena *arena, struct store *store)
{
    struct diag *diag = diag_new(arena, NULL);
    store_check_folder(store, diag);
    char *bytes = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&bytes, &size);
    diag_flush(diag, file);
    fclose(file);
    const char *copy = arena_str(arena, (struct str){ bytes, size }).ptr;
    free(bytes);
    return copy;
}

static void a_misspelt_template_is_pointed_out(void **state)
{
    (void)state;
    char dir[] = "/tmp/idlc-store-XXXXXX";
    assert_non_null(mkdtemp(dir));
    write_file(dir, "type.h.mako", "");
    write_file(dir, "own.mako", "");
    write_file(dir, "notes.txt", "");
    struct arena *arena = arena_new();
    struct store *store = store_new(arena, built_in, 2, str_from(dir));
    char wanted[512];
    snprintf(wanted, sizeof wanted,
             "idlc: warning: nothing uses the template '%s/type.h.mako'; did you mean to name it "
             "'types.h.mako'? [-Wunused-template]\n",
             dir);
    assert_string_equal(check_folder(arena, store), wanted);
    arena_free(arena);
    clean(dir);
}

static void a_missing_folder_is_an_error(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    assert_string_equal(check_folder(arena, store_new(arena, built_in, 2, STR("/nowhere/at/all"))),
                        "idlc: error: cannot read the folder '/nowhere/at/all': "
                        "No such file or directory\n");
    assert_string_equal(check_folder(arena, store_new(arena, built_in, 2, (struct str){ 0 })), "");
    arena_free(arena);
}

static void expect_same(const struct embedded_file *file, const char *folder)
{
    struct arena *arena = arena_new();
    struct str path = arena_printf(arena, "%s/%s", folder, file->name);
    FILE *opened = fopen(path.ptr, "rb");
    assert_non_null(opened);
    char *bytes = malloc(file->size + 1);
    assert_non_null(bytes);
    assert_int_equal(fread(bytes, 1, file->size + 1, opened), file->size);
    assert_memory_equal(bytes, file->data, file->size);
    assert_int_equal(file->data[file->size], 0);
    free(bytes);
    fclose(opened);
    arena_free(arena);
}

static void embedded_bytes_are_those_of_the_files(void **state)
{
    (void)state;
    assert_int_equal(sample_file_count, 3);
    assert_int_equal(sample_files[0].size, 0);
    for (size_t i = 0; i < sample_file_count; i++)
        expect_same(&sample_files[i], SAMPLE_DIR);
    for (size_t i = 0; i < template_file_count; i++)
        expect_same(&template_files[i], TEMPLATE_DIR);
    assert_null(template_files[template_file_count].name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_templates_are_found),
        cmocka_unit_test(the_folder_comes_first),
        cmocka_unit_test(a_misspelt_template_is_pointed_out),
        cmocka_unit_test(a_missing_folder_is_an_error),
        cmocka_unit_test(embedded_bytes_are_those_of_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
