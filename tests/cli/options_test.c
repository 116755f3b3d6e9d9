/* SPDX-License-Identifier: MIT */
/* options_test.c: command lines, right and wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "options.h"

enum { ARGUMENTS_MAX = 24 };

/* Parses words, which blanks part and '' makes empty. */
static bool parse(struct arena *arena, const char *words, struct options *options,
                  struct str *error)
{
    char *copy = arena_alloc(arena, strlen(words) + 1);
    memcpy(copy, words, strlen(words));
    static char name[] = "idlc";
    char *argv[ARGUMENTS_MAX] = { name };
    int argc = 1;
    for (char *word = strtok(copy, " "); word && argc < ARGUMENTS_MAX; word = strtok(NULL, " "))
        argv[argc++] = strcmp(word, "''") == 0 ? word + 2 : word;
    *error = STR("");
    return options_parse(arena, argc, argv, options, error);
}

static void accept(struct arena *arena, const char *words, struct options *options)
{
    struct str error;
    if (!parse(arena, words, options, &error))
        fail_msg("'%s': %.*s", words, STR_ARG(error));
}

static void refuse(const char *words, const char *wanted)
{
    struct arena *arena = arena_new();
    struct options options;
    struct str error;
    assert_false(parse(arena, words, &options, &error));
    assert_string_equal(arena_str(arena, error).ptr, wanted);
    arena_free(arena);
}

static void nothing_given_is_the_default(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct options o;
    accept(arena, "a.idl", &o);
    assert_int_equal(o.mode, MODE_GENERATE);
    assert_int_equal(o.path_count, 1);
    assert_true(str_is(o.paths[0], "a.idl"));
    assert_int_equal(o.import_dir_count, 0);
    assert_int_equal(o.out_dir.len + o.template_dir.len + o.depfile.len, 0);
    assert_true(o.emit[0] && o.emit[1] && o.emit[2]);
    assert_false(o.emit[3] || o.emit[4] || o.emit[5]);
    assert_int_equal(o.diag.format, DIAG_TEXT);
    assert_int_equal(o.diag.color, DIAG_COLOR_AUTO);
    assert_false(o.diag.warnings.werror);
    assert_int_equal(o.diag.max_errors, 0);
    arena_free(arena);
}

static void every_spelling_is_taken(void **state)
{
    (void)state;
    static const char *const spellings[] = { "-o out a.idl", "-oout a.idl", "--out out a.idl",
                                             "--out=out a.idl", "a.idl -o out" };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        struct options o;
        accept(arena, spellings[i], &o);
        assert_true(str_is(o.out_dir, "out"));
        assert_int_equal(o.path_count, 1);
    }
    arena_free(arena);
}

static void everything_can_be_given(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct options o;
    accept(arena,
           "-I x a.idl -Iy --emit=client,types --templates t --depfile d --depfile-target s "
           "--werror --color=never --diagnostics=json --max-errors 7 b.idl",
           &o);
    assert_int_equal(o.path_count, 2);
    assert_true(str_is(o.paths[1], "b.idl"));
    assert_int_equal(o.import_dir_count, 2);
    assert_true(str_is(o.import_dirs[0], "x") && str_is(o.import_dirs[1], "y"));
    assert_true(o.emit[0] && o.emit[1] && !o.emit[2]);
    assert_true(str_is(o.template_dir, "t"));
    assert_true(str_is(o.depfile, "d") && str_is(o.depfile_target, "s"));
    assert_true(o.diag.warnings.werror);
    assert_int_equal(o.diag.color, DIAG_COLOR_NEVER);
    assert_int_equal(o.diag.format, DIAG_JSON);
    assert_int_equal(o.diag.max_errors, 7);
    arena_free(arena);
}

static void modes(void **state)
{
    (void)state;
    static const struct {
        const char *words;
        enum mode mode;
    } cases[] = {
        { "--check a.idl", MODE_CHECK },
        { "--compare a.idl b.idl", MODE_COMPARE },
        { "--format a.idl", MODE_FORMAT },
        { "--format --format -", MODE_FORMAT },
        { "--format --check a.idl", MODE_FORMAT_CHECK },
        { "--check --format --check --format a.idl", MODE_FORMAT_CHECK },
        { "--list-outputs a.idl", MODE_LIST_OUTPUTS },
        { "--dump=view a.idl", MODE_DUMP_VIEW },
        { "--dump view a.idl", MODE_DUMP_VIEW },
        { "--export-templates dir", MODE_EXPORT_TEMPLATES },
        { "--version", MODE_VERSION },
        { "--help --nonsense", MODE_HELP },
        { "--check -h", MODE_HELP },
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct options o;
        accept(arena, cases[i].words, &o);
        assert_int_equal(o.mode, cases[i].mode);
    }
    arena_free(arena);
}

static void assert_state(const struct options *o, const char *name, bool shown, bool is_error)
{
    struct warning_state state = warning_state(&o->diag.warnings, name);
    if (state.shown != shown || (shown && state.is_error != is_error))
        fail_msg("%s: shown %d, error %d", name, state.shown, state.is_error);
}

static void warnings_are_switched(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct options o;
    accept(arena, "a.idl", &o);
    assert_state(&o, "unused-import", true, false);
    assert_state(&o, "naming", false, false);
    assert_state(&o, "docs", false, false);
    assert_state(&o, "source-package", true, true);
    assert_state(&o, "risk-idempotent", true, false);
    accept(arena, "-Wall -Wno-naming a.idl", &o);
    assert_state(&o, "naming", false, false);
    assert_state(&o, "field-numbers", true, false);
    assert_state(&o, "docs", false, false);
    accept(arena, "-Wno-naming -Wall -Wdocs a.idl", &o);
    assert_state(&o, "naming", false, false);
    assert_state(&o, "docs", true, false);
    accept(arena, "-Wall -Wno-all -W unused-import a.idl", &o);
    assert_state(&o, "naming", false, false);
    assert_state(&o, "unused-import", true, false);
    accept(arena, "-Wno-naming --warning=naming a.idl", &o);
    assert_state(&o, "naming", true, false);
    accept(arena, "-Werror=docs -Wno-error=unused-import -Werror a.idl", &o);
    assert_state(&o, "docs", true, true);
    assert_state(&o, "unused-import", true, false);
    assert_state(&o, "dup-import", true, true);
    accept(arena, "-Werror=docs -Wno-docs -Werror -Wno-error a.idl", &o);
    assert_state(&o, "docs", false, false);
    assert_state(&o, "dup-import", true, false);
    accept(arena, "-Wno-source -Wno-error=source-package a.idl", &o);
    assert_state(&o, "source-c-name", false, false);
    assert_state(&o, "source-package", false, false);
    accept(arena, "-Wsource-package -Wno-source -Werror=risk a.idl", &o);
    assert_state(&o, "source-package", true, true);
    assert_state(&o, "source-c-name", false, false);
    assert_state(&o, "risk-idempotent", true, true);
    accept(arena, "-Wno-error=source a.idl", &o);
    assert_state(&o, "source-package", true, false);
    arena_free(arena);
}

static void files_may_look_like_options(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct options o;
    accept(arena, "-- -o --check", &o);
    assert_int_equal(o.path_count, 2);
    assert_true(str_is(o.paths[0], "-o") && str_is(o.paths[1], "--check"));
    arena_free(arena);
}

static void wrong_lines_are_refused(void **state)
{
    (void)state;
    refuse("", "no IDL file is given");
    refuse("--check", "no IDL file is given");
    refuse("''", "the name of an IDL file is empty");
    refuse("--emt types a.idl", "unknown option '--emt'; did you mean '--emit'?");
    refuse("--outt=x a.idl", "unknown option '--outt'; did you mean '--out'?");
    refuse("--zzzzzz a.idl", "unknown option '--zzzzzz'");
    refuse("-x a.idl", "unknown option '-x'");
    refuse("a.idl -o", "'-o' needs an argument: DIR");
    refuse("a.idl --out", "'--out' needs an argument: DIR");
    refuse("a.idl --out=", "'--out' needs an argument: DIR");
    refuse("a.idl -I ''", "'-I' needs an argument: DIR");
    refuse("a.idl --werror=1", "'--werror' takes no argument");
    refuse("-hx", "'-h' takes no argument");
    refuse("--emit typs a.idl", "--emit does not know 'typs'; did you mean 'types'?");
    refuse("--emit types, a.idl", "--emit does not know ''");
    refuse("--color=blue a.idl", "--color does not know 'blue'");
    refuse("--diagnostics=jsn a.idl", "--diagnostics does not know 'jsn'; did you mean 'json'?");
    refuse("--dump=ast a.idl", "--dump does not know 'ast'");
    refuse("-Wnamng a.idl", "there is no warning 'namng'; did you mean 'naming'?");
    refuse("-Wno-error=dogs a.idl", "there is no warning 'no-error=dogs'; did you mean 'docs'?");
    refuse("-Wunknown-type a.idl", "there is no warning 'unknown-type'");
    refuse("-Wno-unused a.idl", "there is no warning 'no-unused'");
    refuse("a.idl -W", "'-W' needs an argument: NAME");
    refuse("--max-errors 0 a.idl", "--max-errors needs a number from 1, not '0'");
    refuse("--max-errors 5x a.idl", "--max-errors needs a number from 1, not '5x'");
    refuse("--max-errors -1 a.idl", "--max-errors needs a number from 1, not '-1'");
    refuse("--max-errors 99999999999999999999 a.idl",
           "--max-errors needs a number from 1, not '99999999999999999999'");
    refuse("--check --list-outputs a.idl", "--check and --list-outputs exclude each other");
    refuse("--check --compare a.idl b.idl", "--check and --compare exclude each other");
    refuse("--format --compare a.idl b.idl", "--format and --compare exclude each other");
    refuse("--list-outputs --format a.idl", "--list-outputs and --format exclude each other");
    refuse("--format a.idl -", "--format takes '-' alone");
    refuse("--compare a.idl", "--compare takes two IDL files, the old one and the new one");
    refuse("--compare a.idl b.idl c.idl",
           "--compare takes two IDL files, the old one and the new one");
    refuse("--export-templates d a.idl", "--export-templates takes no IDL files");
    refuse("--depfile-target x a.idl", "--depfile-target is of no use without --depfile");
}

static void help_has_every_option(void **state)
{
    (void)state;
    static const char *const names[] = { "-o, --out DIR",  "-I, ",           "--emit=LIST",
                                         "--depfile=FILE", "--list-outputs", "--check",
                                         "--color=WHEN",   "--diagnostics=", "--version",
                                         "--max-errors=N", "--dump=view",    "--export-templates",
                                         "--werror",       "-h, --help",     "--templates=DIR",
                                         "--compare",      "--format",       "-W, --warning NAME" };
    struct text text = { 0 };
    options_help(&text);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_non_null(strstr(text.ptr, names[i]));
    for (char *line = strtok(text.ptr, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= 80);
    text_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_given_is_the_default),
        cmocka_unit_test(every_spelling_is_taken),
        cmocka_unit_test(everything_can_be_given),
        cmocka_unit_test(modes),
        cmocka_unit_test(warnings_are_switched),
        cmocka_unit_test(files_may_look_like_options),
        cmocka_unit_test(wrong_lines_are_refused),
        cmocka_unit_test(help_has_every_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
