/* SPDX-License-Identifier: MIT */
/* format_files.c: which files change. */
#include "format_files.h"

#include "format.h"

/* Warnings are left to those who compile the file. */
static bool format(const struct format_job *job, const struct source *source, struct text *text)
{
    struct diag *diag = diag_new(job->arena, job->options);
    bool fine = format_source(job->arena, diag, source, text);
    if (!fine)
        diag_flush(diag, stderr);
    return fine;
}

static const struct source *load(const struct format_job *job, struct str path)
{
    struct str error;
    const struct source *source = str_is(path, "-") ? source_load_stdin(job->arena, &error)
                                                    : source_load(job->arena, path, &error);
    if (!source)
        diag_error(job->diag, (struct span){ 0 }, "unreadable", "cannot read '%.*s': %.*s",
                   STR_ARG(path), STR_ARG(error));
    return source;
}

static void keep(const struct format_job *job, struct str path, struct str text,
                 struct output_set *outputs, struct text *out)
{
    if (job->check)
        text_addf(out, "%.*s\n", STR_ARG(path));
    else
        text_add(output_add(outputs, path), text);
}

bool format_files(const struct format_job *job, struct output_set *outputs, struct text *out)
{
    bool fine = true;
    for (size_t i = 0; i < job->path_count; i++) {
        struct str path = job->paths[i];
        const struct source *source = load(job, path);
        struct text text = { 0 };
        if (!source || !format(job, source, &text)) {
            fine = false;
            continue;
        }
        bool same = str_eq(text_str(&text), source->text);
        fine &= same || !job->check;
        if (str_is(path, "-") && !job->check)
            text_add(out, text_str(&text));
        else if (!same)
            keep(job, path, text_str(&text), outputs, out);
        text_free(&text);
    }
    return fine;
}
