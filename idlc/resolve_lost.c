/* SPDX-License-Identifier: MIT */
/* resolve_lost.c: a file with syntax errors may have declared more than was understood. What it did
 * not declare is looked for in its text, so that names that are wrong anyway are told at once. */
#include <string.h>

#include "resolve.h"

static bool is_word(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '_';
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* The next place of word in text from *at, as a whole word; *at is behind it then. */
static const char *find_word(struct str text, const char **at, struct str word)
{
    const char *end = text.ptr + text.len;
    for (const char *p = *at; (size_t)(end - p) >= word.len; p++) {
        p = memchr(p, word.ptr[0], (size_t)(end - p) - word.len + 1);
        if (!p)
            break;
        if (memcmp(p, word.ptr, word.len) == 0 && (p == text.ptr || !is_word(p[-1])) &&
            (p + word.len == end || !is_word(p[word.len]))) {
            *at = p + word.len;
            return p;
        }
    }
    return NULL;
}

/* "struct NAME" and "enum NAME", or "NAME <" and "NAME {" behind whatever should be a keyword. */
static bool looks_declared(struct str text, const char *name, const char *behind)
{
    const char *end = text.ptr + text.len;
    while (behind < end && is_blank(*behind))
        behind++;
    if (behind < end && (*behind == '<' || *behind == '{'))
        return true;
    const char *before = name;
    while (before > text.ptr && is_blank(before[-1]))
        before--;
    struct str head = { text.ptr, (size_t)(before - text.ptr) };
    return str_ends(head, STR("struct")) || str_ends(head, STR("enum"));
}

/* Lines that were meant to import something are not all understood. */
static bool lost_import(const struct file *file)
{
    struct str text = file->source->text;
    const char *at = text.ptr;
    size_t count = 0;
    while (find_word(text, &at, STR("idl")))
        count++;
    if (count > file->import_count)
        return true;
    at = text.ptr;
    for (count = 0; find_word(text, &at, STR("import")); count++)
        ;
    return count > file->import_count;
}

static bool may_declare(const struct file *file, struct str name)
{
    struct str text = file->source->text;
    const char *at = text.ptr, *place;
    while ((place = find_word(text, &at, name))) {
        if (looks_declared(text, place, at))
            return true;
    }
    return false;
}

/* An error that was told is on that line: what else is there may have been read wrongly. */
static bool is_beside_error(const struct resolver *resolver, struct span span)
{
    struct str text = span.source->text;
    while (span.begin > 0 && text.ptr[span.begin - 1] != '\n')
        span.begin--;
    while (span.end < text.len && text.ptr[span.end] != '\n')
        span.end++;
    return diag_has_error(resolver->diag, span);
}

bool resolve_is_lost(struct resolver *resolver, struct span span, struct str name)
{
    const struct unit *unit = resolver->unit;
    if (unit->missing)
        return true;
    for (size_t i = 0; i < resolver->units.count; i++) {
        const struct file *file = resolver->units.items[i]->file;
        if (!resolver->visible[i] || !file->broken)
            continue;
        if (memchr(name.ptr, '.', name.len) || is_beside_error(resolver, span) ||
            may_declare(file, name) || (file == unit->file && lost_import(file)))
            return true;
    }
    return false;
}
