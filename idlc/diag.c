/* SPDX-License-Identifier: MIT */
/* diag.c: collects diagnostics, puts them in order and prints each once. */
#define _POSIX_C_SOURCE 200809L

#include "diag.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag_entry.h"

/* More than these are counted but not kept: nobody reads them, and a large broken file must not
 * fill the memory. */
enum { KEPT_MAX = 10000, ERRORS_MAX_DEFAULT = 20 };

struct diag {
    struct arena *arena;
    struct diag_options options;
    struct entry **entries;
    size_t entry_count, entry_cap;
    struct entry *last; /* what notes belong to; NULL: to one that was not kept */
    const struct source **sources;
    size_t source_count, source_cap;
    size_t errors, printed_errors, hidden_errors;
};

struct diag *diag_new(struct arena *arena, const struct diag_options *options)
{
    struct diag *diag = ARENA_NEW(arena, struct diag);
    diag->arena = arena;
    if (options)
        diag->options = *options;
    if (diag->options.max_errors == 0)
        diag->options.max_errors = ERRORS_MAX_DEFAULT;
    return diag;
}

/* Files are few, and the one reported last is most often the next one. */
static size_t file_order(struct diag *diag, const struct source *source)
{
    for (size_t i = diag->source_count; i-- > 0;)
        if (diag->sources[i] == source)
            return i;
    if (diag->source_count == diag->source_cap) {
        size_t cap = diag->source_cap ? 2 * diag->source_cap : 16;
        const struct source **grown = arena_array(diag->arena, cap, sizeof *grown);
        if (diag->source_count)
            memcpy(grown, diag->sources, diag->source_count * sizeof *grown);
        diag->sources = grown;
        diag->source_cap = cap;
    }
    diag->sources[diag->source_count] = source;
    return diag->source_count++;
}

__attribute__((format(printf, 4, 0))) static struct entry *
entry_new(struct diag *diag, enum severity severity, struct span span, const char *format,
          va_list args)
{
    struct entry *entry = ARENA_NEW(diag->arena, struct entry);
    entry->severity = severity;
    entry->span = span;
    entry->message = arena_vprintf(diag->arena, format, args);
    return entry;
}

static void keep(struct diag *diag, struct entry *entry)
{
    if (diag->entry_count == diag->entry_cap) {
        size_t cap = diag->entry_cap ? 2 * diag->entry_cap : 16;
        struct entry **grown = arena_array(diag->arena, cap, sizeof(struct entry *));
        if (diag->entry_count)
            memcpy(grown, diag->entries, diag->entry_count * sizeof(struct entry *));
        diag->entries = grown;
        diag->entry_cap = cap;
    }
    entry->file = file_order(diag, entry->span.source);
    entry->order = diag->entry_count;
    diag->entries[diag->entry_count++] = entry;
}

__attribute__((format(printf, 5, 0))) static void report(struct diag *diag, enum severity severity,
                                                         struct span span, const char *id,
                                                         const char *format, va_list args)
{
    bool promoted =
        severity == SEVERITY_WARNING && warning_state(&diag->options.warnings, id).is_error;
    bool is_error = severity == SEVERITY_ERROR || promoted;
    diag->last = NULL;
    if (is_error)
        diag->errors++;
    if (diag->entry_count >= KEPT_MAX) {
        if (is_error)
            diag->hidden_errors++;
        return;
    }
    struct entry *entry = entry_new(diag, is_error ? SEVERITY_ERROR : severity, span, format, args);
    entry->id = id;
    entry->promoted = promoted;
    entry->show_id = diag->options.show_ids;
    keep(diag, entry);
    diag->last = entry;
}

void diag_error(struct diag *diag, struct span span, const char *id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(diag, SEVERITY_ERROR, span, id, format, args);
    va_end(args);
}

bool diag_has_error(const struct diag *diag, struct span span)
{
    for (size_t i = 0; i < diag->entry_count; i++) {
        const struct entry *entry = diag->entries[i];
        if (entry->severity == SEVERITY_ERROR && entry->span.source == span.source &&
            entry->span.begin >= span.begin && entry->span.end <= span.end)
            return true;
    }
    return false;
}

bool diag_shows(const struct diag *diag, const char *id)
{
    return warning_state(&diag->options.warnings, id).shown;
}

bool diag_warning(struct diag *diag, struct span span, const char *id, const char *format, ...)
{
    if (!diag_shows(diag, id)) {
        diag->last = NULL; /* and its notes */
        return false;
    }
    va_list args;
    va_start(args, format);
    report(diag, SEVERITY_WARNING, span, id, format, args);
    va_end(args);
    return true;
}

void diag_remark(struct diag *diag, struct span span, const char *id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    report(diag, SEVERITY_NOTE, span, id, format, args);
    va_end(args);
}

void diag_note(struct diag *diag, struct span span, const char *format, ...)
{
    struct entry *owner = diag->last;
    if (!owner)
        return;
    va_list args;
    va_start(args, format);
    struct entry *note = entry_new(diag, SEVERITY_NOTE, span, format, args);
    va_end(args);
    if (owner->last_note)
        owner->last_note->next = note;
    else
        owner->notes = note;
    owner->last_note = note;
}

size_t diag_errors(const struct diag *diag)
{
    return diag->errors;
}

static int compare_places(const void *a, const void *b)
{
    const struct entry *x = *(struct entry *const *)a, *y = *(struct entry *const *)b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->span.begin != y->span.begin)
        return x->span.begin < y->span.begin ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* Whether one at the same place said the same; they stand next to each other. */
static bool said_before(const struct diag *diag, size_t index)
{
    const struct entry *entry = diag->entries[index];
    for (size_t i = index; i-- > 0;) {
        const struct entry *other = diag->entries[i];
        if (other->file != entry->file || other->span.begin != entry->span.begin)
            return false;
        if (str_eq(other->message, entry->message))
            return true;
    }
    return false;
}

static bool wants_color(const struct diag *diag, FILE *out)
{
    if (diag->options.color != DIAG_COLOR_AUTO)
        return diag->options.color == DIAG_COLOR_ALWAYS;
    const char *off = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(fileno(out)) && !(off && *off) && term && strcmp(term, "dumb") != 0;
}

static void print_entry(const struct diag *diag, struct text *text, const struct entry *entry,
                        bool color)
{
    if (diag->options.format == DIAG_JSON) {
        diag_json_entry(text, entry);
        return;
    }
    diag_text_entry(text, entry, color);
    for (const struct entry *note = entry->notes; note; note = note->next)
        diag_text_entry(text, note, color);
}

static void print_hidden(struct diag *diag, struct text *text, bool color)
{
    struct entry entry = {
        .severity = SEVERITY_ERROR,
        .id = "too-many-errors",
        .message =
            arena_printf(diag->arena, "too many errors: %zu more not shown", diag->hidden_errors),
    };
    print_entry(diag, text, &entry, color);
    diag->hidden_errors = 0;
}

void diag_flush(struct diag *diag, FILE *out)
{
    bool color = wants_color(diag, out);
    struct text text = { 0 };
    if (diag->entry_count)
        qsort(diag->entries, diag->entry_count, sizeof(struct entry *), compare_places);
    for (size_t i = 0; i < diag->entry_count; i++) {
        const struct entry *entry = diag->entries[i];
        if (said_before(diag, i))
            continue;
        if (entry->severity == SEVERITY_ERROR && diag->printed_errors >= diag->options.max_errors) {
            diag->hidden_errors++;
            continue;
        }
        diag->printed_errors += entry->severity == SEVERITY_ERROR;
        print_entry(diag, &text, entry, color);
    }
    if (diag->hidden_errors)
        print_hidden(diag, &text, color);
    fwrite(text.ptr ? text.ptr : "", 1, text.len, out);
    fflush(out);
    text_free(&text);
    diag->entry_count = 0;
    diag->last = NULL;
}
