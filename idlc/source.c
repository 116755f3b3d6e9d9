/* SPDX-License-Identifier: MIT */
/* source.c: loaded texts and places in them. */
#define _POSIX_C_SOURCE 200809L

#include "source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct str byte_order_mark = { "\xEF\xBB\xBF", 3 };

/* Offsets of all lines' first bytes. A last line without an end counts, an empty one too: an end
 * of file can be pointed at. */
static void index_lines(struct arena *arena, struct source *source)
{
    const char *text = source->text.ptr;
    const char *end = text + source->text.len;
    size_t count = 1;
    for (const char *p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        count++;

    uint32_t *lines = arena_array(arena, count, sizeof *lines);
    size_t line = 1;
    for (const char *p = text; p < end && (p = memchr(p, '\n', (size_t)(end - p))); p++)
        lines[line++] = (uint32_t)(p + 1 - text);
    source->lines = lines;
    source->line_count = count;
}

struct source *source_from(struct arena *arena, struct str name, struct str text)
{
    struct source *source = ARENA_NEW(arena, struct source);
    source->name = name;
    source->text = text.len ? text : STR("");
    index_lines(arena, source);
    return source;
}

/* Everything that file has; false with errno when it fails, EFBIG when it is too large. */
static bool read_all(FILE *file, struct text *text)
{
    char chunk[64 * 1024];
    size_t got;
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        text_add(text, (struct str){ chunk, got });
        if (text->len > SOURCE_MAX) {
            errno = EFBIG;
            return false;
        }
    }
    return !ferror(file);
}

/* What can be told from the name: a directory, or larger than what is read. */
static int refuse_early(FILE *file)
{
    struct stat info;
    if (fstat(fileno(file), &info) != 0)
        return errno;
    if (S_ISDIR(info.st_mode))
        return EISDIR;
    if (S_ISREG(info.st_mode) && info.st_size > (off_t)SOURCE_MAX)
        return EFBIG;
    return 0;
}

static struct source *load(struct arena *arena, FILE *file, struct str name, struct str *error)
{
    struct text text = { 0 };
    int failed = refuse_early(file);
    if (failed == 0 && !read_all(file, &text))
        failed = errno ? errno : EIO;

    struct source *source = NULL;
    if (failed == 0) {
        struct str bytes = text_str(&text);
        if (str_starts(bytes, byte_order_mark))
            bytes = (struct str){ bytes.ptr + 3, bytes.len - 3 };
        source = source_from(arena, name, arena_str(arena, bytes));
    } else {
        *error = failed == EFBIG ? STR("larger than 16 MiB")
                                 : arena_str(arena, str_from(strerror(failed)));
    }
    text_free(&text);
    return source;
}

struct source *source_load(struct arena *arena, struct str path, struct str *error)
{
    struct str name = arena_str(arena, path);
    if (memchr(name.ptr, '\0', name.len)) {
        *error = STR("the path contains a NUL byte");
        return NULL;
    }
    FILE *file = fopen(name.ptr, "rb");
    if (!file) {
        *error = arena_str(arena, str_from(strerror(errno)));
        return NULL;
    }
    struct source *source = load(arena, file, name, error);
    fclose(file);
    return source;
}

struct source *source_load_stdin(struct arena *arena, struct str *error)
{
    return load(arena, stdin, STR("<stdin>"), error);
}

/* 0-based index of the last line that begins at or before offset. */
static size_t line_of(const struct source *source, uint32_t offset)
{
    size_t low = 0, high = source->line_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

struct position source_position(const struct source *source, uint32_t offset)
{
    if (offset > source->text.len)
        offset = (uint32_t)source->text.len;
    size_t line = line_of(source, offset);
    size_t column = 1;
    for (uint32_t i = source->lines[line]; i < offset; i++)
        if (((unsigned char)source->text.ptr[i] & 0xC0) != 0x80)
            column++;
    return (struct position){ line + 1, column };
}

struct str source_line(const struct source *source, size_t line)
{
    if (line == 0 || line > source->line_count)
        return STR("");
    size_t begin = source->lines[line - 1];
    size_t end = line < source->line_count ? source->lines[line] - 1 : source->text.len;
    if (end > begin && source->text.ptr[end - 1] == '\r')
        end--;
    return (struct str){ source->text.ptr + begin, end - begin };
}

struct str span_text(struct span span)
{
    if (!span.source || span.begin >= span.end || span.end > span.source->text.len)
        return STR("");
    return (struct str){ span.source->text.ptr + span.begin, span.end - span.begin };
}
