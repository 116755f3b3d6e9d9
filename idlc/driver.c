/* SPDX-License-Identifier: MIT */
/* driver.c: the pipeline, read from top to bottom in compile(). */
#include "driver.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "embed.h"
#include "format_files.h"
#include "options.h"
#include "output.h"
#include "stages.h"
#include "store.h"
#include "template.h"

struct run {
    struct arena *arena;
    struct diag *diag;
    struct options options;
    const struct emit_output *wanted[EMIT_COUNT * EMIT_OUTPUTS_MAX]; /* of each IDL file */
    size_t wanted_count;
    struct output_set *outputs;
    struct str *output_paths; /* of the IDL files, without the depfile */
    size_t output_count;
};

static const struct span nowhere = { 0 };

/* ---- Names ---- */

/* greeter, of some/where/greeter.idl: as schema.h has it, but without reading the file. */
static struct str stem_of(struct str path)
{
    size_t begin = path.len;
    while (begin && path.ptr[begin - 1] != '/')
        begin--;
    size_t end = path.len;
    for (size_t i = path.len; i-- > begin + 1;) {
        if (path.ptr[i] == '.') {
            end = i;
            break;
        }
    }
    return (struct str){ path.ptr + begin, end - begin };
}

static struct str in_folder(struct arena *arena, struct str folder, struct str name)
{
    const char *slash = folder.len == 0 || str_ends(folder, STR("/")) ? "" : "/";
    return arena_printf(arena, "%.*s%s%.*s", STR_ARG(folder), slash, STR_ARG(name));
}

static struct str output_path(struct run *run, struct str stem, const char *suffix)
{
    struct str name = arena_printf(run->arena, "%.*s%s", STR_ARG(stem), suffix);
    return in_folder(run->arena, run->options.out_dir, name);
}

/* What an #include can't name, and what would break the lines of --list-outputs. */
static bool is_includable(struct str stem)
{
    for (size_t i = 0; i < stem.len; i++) {
        unsigned char c = (unsigned char)stem.ptr[i];
        bool trigraph = c == '?' && i + 1 < stem.len && stem.ptr[i + 1] == '?';
        if (c < 0x20 || c == 0x7f || c == '"' || trigraph)
            return false;
    }
    return true;
}

/* Files of one name would write the same outputs. */
static bool check_stems(struct arena *arena, const struct options *options, struct str *error)
{
    for (size_t i = 0; i < options->path_count; i++) {
        if (!is_includable(stem_of(options->paths[i]))) {
            *error = arena_printf(arena, "no #include can name the outputs of '%.*s'",
                                  STR_ARG(options->paths[i]));
            return false;
        }
        for (size_t k = 0; k < i; k++) {
            if (!str_eq(stem_of(options->paths[i]), stem_of(options->paths[k])))
                continue;
            *error = arena_printf(arena, "'%.*s' and '%.*s' would write the same files",
                                  STR_ARG(options->paths[k]), STR_ARG(options->paths[i]));
            return false;
        }
    }
    return true;
}

/* ---- What is asked for besides compiling ---- */

/* A full disk or a closed pipe must not pass for success. */
static void print(struct run *run, struct text *text)
{
    struct str bytes = text_str(text);
    if (fwrite(bytes.ptr, 1, bytes.len, stdout) != bytes.len || fflush(stdout) != 0)
        diag_error(run->diag, nowhere, "output", "cannot write to the standard output: %s",
                   strerror(errno));
    text_free(text);
}

static void print_help(struct run *run)
{
    struct text text = { 0 };
    options_help(&text);
    print(run, &text);
}

static void print_version(struct run *run)
{
    struct text text = { 0 };
    text_add(&text, STR("idlc " IDLC_VERSION "\n"));
    print(run, &text);
}

static void list_outputs(struct run *run)
{
    struct text text = { 0 };
    for (size_t i = 0; i < run->options.path_count; i++) {
        for (size_t k = 0; k < run->wanted_count; k++) {
            struct str stem = stem_of(run->options.paths[i]);
            text_add(&text, output_path(run, stem, run->wanted[k]->suffix));
            text_addc(&text, '\n');
        }
    }
    print(run, &text);
}

static void export_templates(struct run *run)
{
    for (size_t i = 0; i < template_file_count; i++) {
        const struct embedded_file *file = &template_files[i];
        struct str path = in_folder(run->arena, run->options.export_dir, str_from(file->name));
        text_add(output_add(run->outputs, path),
                 (struct str){ (const char *)file->data, file->size });
    }
    output_write(run->outputs, run->diag);
}

static void dump_view(struct run *run, const struct schema *schema)
{
    struct text text = { 0 };
    for (size_t i = 0; i < schema->file_count; i++) {
        if (schema->files[i]->generate)
            value_json(view_file(run->arena, schema, schema->files[i]), &text);
    }
    print(run, &text);
}

/* ---- Compiling ---- */

static bool failed(const struct run *run)
{
    return diag_errors(run->diag) != 0;
}

static void render_file(struct run *run, struct template_set *set, const struct schema *schema,
                        const struct file *file)
{
    const struct value *view = view_file(run->arena, schema, file);
    for (size_t i = 0; i < run->wanted_count; i++) {
        const struct template *template = template_load(set, str_from(run->wanted[i]->template));
        struct str path = output_path(run, file->stem, run->wanted[i]->suffix);
        run->output_paths[run->output_count++] = path;
        struct text *text = run->wanted[i]->is_kept ? output_add_kept(run->outputs, path)
                                                    : output_add(run->outputs, path);
        if (!template_render(set, template, view, text) || !output_stage(run->outputs, run->diag))
            return;
    }
}

static void add_depfile(struct run *run, const struct schema *schema, const struct store *store)
{
    size_t used_count;
    const struct str *used = store_used(store, &used_count);
    size_t count = 0, given_count = 0;
    struct str *needs =
        arena_array(run->arena, schema->file_count + used_count, sizeof(struct str));
    for (size_t i = 0; i < schema->file_count; i++) {
        if (schema->files[i]->generate)
            needs[count++] = schema->files[i]->path;
    }
    given_count = count;
    for (size_t i = 0; i < schema->file_count; i++) {
        if (!schema->files[i]->generate)
            needs[count++] = schema->files[i]->path;
    }
    for (size_t i = 0; i < used_count; i++)
        needs[count++] = used[i];
    const struct str *targets = run->output_paths;
    size_t target_count = run->output_count;
    if (run->options.depfile_target.len) {
        targets = &run->options.depfile_target;
        target_count = 1;
    }
    struct text *out = output_add(run->outputs, run->options.depfile);
    output_depfile(out, targets, target_count, needs, count);
    output_depfile_may_go(out, needs + given_count, count - given_count);
}

static void generate(struct run *run, const struct schema *schema)
{
    struct store *store =
        store_new(run->arena, template_files, template_file_count, run->options.template_dir);
    struct template_set *set = template_set_new(run->arena, run->diag, store);
    for (size_t i = 0; i < run->wanted_count; i++) /* all, before the first is rendered */
        template_load(set, str_from(run->wanted[i]->template));
    store_check_folder(store, run->diag);
    if (failed(run))
        return;
    run->output_paths =
        arena_array(run->arena, schema->file_count * run->wanted_count, sizeof(struct str));
    for (size_t i = 0; i < schema->file_count; i++) {
        if (schema->files[i]->generate)
            render_file(run, set, schema, schema->files[i]);
    }
    if (failed(run))
        return;
    if (run->options.depfile.len)
        add_depfile(run, schema, store);
    output_write(run->outputs, run->diag);
}

static void compile(struct run *run)
{
    struct frontend_options frontend = {
        .paths = run->options.paths,
        .path_count = run->options.path_count,
        .import_dirs = run->options.import_dirs,
        .import_dir_count = run->options.import_dir_count,
    };
    struct schema *schema = frontend_load(run->arena, run->diag, &frontend);
    check_schema(run->diag, schema);
    if (!failed(run))
        lint_schema(run->arena, run->diag, schema);
    cname_assign(run->arena, run->diag, schema);
    if (failed(run) || run->options.mode == MODE_CHECK)
        return;
    if (run->options.mode == MODE_DUMP_VIEW)
        dump_view(run, schema);
    else
        generate(run, schema);
}

/* ---- Comparing ---- */

/* NULL after an error. Warnings are left to those who compile the file. */
static struct schema *load_version(struct run *run, struct diag *diag, const struct str *path)
{
    struct frontend_options frontend = {
        .paths = path,
        .path_count = 1,
        .import_dirs = run->options.import_dirs,
        .import_dir_count = run->options.import_dir_count,
    };
    struct schema *schema = frontend_load(run->arena, diag, &frontend);
    check_schema(diag, schema);
    cname_assign(run->arena, diag, schema);
    return diag_errors(diag) == 0 ? schema : NULL;
}

/* False when a version has errors of its own. */
static bool compare(struct run *run)
{
    struct diag_options quiet = run->options.diag;
    quiet.warnings = (struct warning_set){ 0 };
    quiet.show_ids = false;
    struct diag *reading = diag_new(run->arena, &quiet);
    const struct schema *before = load_version(run, reading, &run->options.paths[0]);
    const struct schema *now = load_version(run, reading, &run->options.paths[1]);
    if (!before || !now) {
        diag_flush(reading, stderr);
        return false;
    }
    struct compare_counts counts = compare_schemas(run->arena, run->diag, before, now);
    diag_flush(run->diag, stderr);
    struct text text = { 0 };
    compare_summary(&text, &counts);
    text_addc(&text, '\n');
    print(run, &text);
    return true;
}

/* ---- Formatting ---- */

/* False when a file has errors, or is not as it should be. */
static bool format(struct run *run)
{
    struct format_job job = {
        .arena = run->arena,
        .diag = run->diag,
        .options = &(struct diag_options){ .format = run->options.diag.format,
                                           .color = run->options.diag.color,
                                           .max_errors = run->options.diag.max_errors },
        .paths = run->options.paths,
        .path_count = run->options.path_count,
        .check = run->options.mode == MODE_FORMAT_CHECK,
    };
    struct text text = { 0 };
    bool fine = format_files(&job, run->outputs, &text);
    output_write(run->outputs, run->diag);
    print(run, &text);
    return fine;
}

static void choose_outputs(struct run *run)
{
    for (size_t i = 0; i < EMIT_COUNT; i++) {
        for (size_t k = 0; run->options.emit[i] && k < EMIT_OUTPUTS_MAX; k++) {
            if (emit_kinds[i].outputs[k].suffix)
                run->wanted[run->wanted_count++] = &emit_kinds[i].outputs[k];
        }
    }
}

static int run_mode(struct run *run)
{
    choose_outputs(run);
    if (run->options.mode == MODE_COMPARE) {
        run->options.diag.show_ids = true;
        if (run->options.diag.max_errors == 0)
            run->options.diag.max_errors = SIZE_MAX; /* each is an answer */
    }
    run->diag = diag_new(run->arena, &run->options.diag);
    bool fine = true;
    run->outputs = output_new(run->arena);
    switch (run->options.mode) {
    case MODE_HELP: print_help(run); break;
    case MODE_VERSION: print_version(run); break;
    case MODE_LIST_OUTPUTS: list_outputs(run); break;
    case MODE_EXPORT_TEMPLATES: export_templates(run); break;
    case MODE_COMPARE: fine = compare(run); break;
    case MODE_FORMAT:
    case MODE_FORMAT_CHECK: fine = format(run); break;
    case MODE_GENERATE:
    case MODE_CHECK:
    case MODE_DUMP_VIEW: compile(run); break;
    }
    output_free(run->outputs);
    diag_flush(run->diag, stderr);
    return failed(run) || !fine ? EXIT_WRONG_INPUT : EXIT_FINE;
}

/* Whose names follow from those of the IDL files. */
static bool makes_outputs(enum mode mode)
{
    return mode != MODE_COMPARE && mode != MODE_FORMAT && mode != MODE_FORMAT_CHECK;
}

int driver_run(int argc, char **argv)
{
    struct run run = { .arena = arena_new() };
    struct str error;
    int status = EXIT_WRONG_COMMAND;
    if (options_parse(run.arena, argc, argv, &run.options, &error) &&
        (!makes_outputs(run.options.mode) || check_stems(run.arena, &run.options, &error)))
        status = run_mode(&run);
    else
        fprintf(stderr, "idlc: error: %.*s\nTry 'idlc --help'.\n", STR_ARG(error));
    arena_free(run.arena);
    return status;
}
