/* SPDX-License-Identifier: MIT */
/* messages.c: whether diagnostics are what diag.h promises. */
#include "messages.h"

#include <string.h>

#include "utf8.h"

/* ---- As text ---- */

static bool turns_direction(uint32_t c)
{
    return c == 0x61C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069);
}

static bool is_control(uint32_t c)
{
    return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
}

static void check_characters(struct str text, bool for_terminal)
{
    uint32_t c;
    for (size_t at = 0, len; at < text.len; at += len) {
        len = utf8_next((struct str){ text.ptr + at, text.len - at }, &c);
        if (len == 0)
            finding("a message is not UTF-8 at %zu:\n%.*s", at, STR_ARG(text));
        if (for_terminal && (is_control(c) || turns_direction(c)))
            finding("a message has U+%04X at %zu:\n%.*s", (unsigned)c, at, STR_ARG(text));
    }
}

void messages_check_text(struct str text)
{
    check_characters(text, true);
    if (text.len && text.ptr[text.len - 1] != '\n')
        finding("the last line has no end:\n%.*s", STR_ARG(text));
}

/* ---- As JSON: just what diag_json.c may write ---- */

struct reader {
    const struct input *input;
    struct str line;
    size_t at;
};

struct message {
    struct str severity, id, file, text;
    size_t line, column, end_line, end_column;
};

static void expect(struct reader *r, char c)
{
    if (r->at >= r->line.len || r->line.ptr[r->at] != c)
        finding("no '%c' at %zu of %.*s", c, r->at, STR_ARG(r->line));
    r->at++;
}

static bool take(struct reader *r, char c)
{
    if (r->at >= r->line.len || r->line.ptr[r->at] != c)
        return false;
    r->at++;
    return true;
}

static void read_escape(struct reader *r)
{
    if (take(r, 'u')) {
        for (int i = 0; i < 4; i++, r->at++)
            if (r->at >= r->line.len || !strchr("0123456789abcdef", r->line.ptr[r->at]))
                finding("bad \\u at %zu of %.*s", r->at, STR_ARG(r->line));
        return;
    }
    if (r->at >= r->line.len || !memchr("\"\\/bfnrt", r->line.ptr[r->at], 8))
        finding("bad escape at %zu of %.*s", r->at, STR_ARG(r->line));
    r->at++;
}

/* As written, without its quotes. */
static struct str read_string(struct reader *r)
{
    expect(r, '"');
    size_t begin = r->at;
    while (!take(r, '"')) {
        if (r->at >= r->line.len || (unsigned char)r->line.ptr[r->at] < 0x20)
            finding("a string is not closed: %.*s", STR_ARG(r->line));
        if (r->line.ptr[r->at++] == '\\')
            read_escape(r);
    }
    return (struct str){ r->line.ptr + begin, r->at - 1 - begin };
}

static size_t read_number(struct reader *r)
{
    size_t number = 0, begin = r->at;
    while (r->at < r->line.len && r->line.ptr[r->at] >= '0' && r->line.ptr[r->at] <= '9')
        number = number * 10 + (size_t)(r->line.ptr[r->at++] - '0');
    if (r->at == begin || r->at - begin > 12)
        finding("no number at %zu of %.*s", begin, STR_ARG(r->line));
    return number;
}

static void read_message(struct reader *r, bool is_note);

static void read_notes(struct reader *r)
{
    expect(r, '[');
    do
        read_message(r, true);
    while (take(r, ','));
    expect(r, ']');
}

static void read_member(struct reader *r, struct message *message, bool is_note)
{
    const struct {
        const char *name;
        struct str *text;
        size_t *number;
    } members[] = {
        { "severity", &message->severity, NULL }, { "id", &message->id, NULL },
        { "file", &message->file, NULL },         { "message", &message->text, NULL },
        { "line", NULL, &message->line },         { "column", NULL, &message->column },
        { "endLine", NULL, &message->end_line },  { "endColumn", NULL, &message->end_column },
    };
    struct str name = read_string(r);
    expect(r, ':');
    if (str_is(name, "notes") && !is_note) {
        read_notes(r);
        return;
    }
    for (size_t i = 0; i < sizeof members / sizeof *members; i++) {
        if (!str_is(name, members[i].name))
            continue;
        if (members[i].text)
            *members[i].text = read_string(r);
        else
            *members[i].number = read_number(r);
        return;
    }
    finding("unknown member '%.*s' in %.*s", STR_ARG(name), STR_ARG(r->line));
}

static size_t width_of(struct str line)
{
    size_t width = 0;
    for (size_t i = 0; i < line.len; i++)
        width += ((unsigned char)line.ptr[i] & 0xC0) != 0x80;
    return width;
}

/* A line's end, CR and LF, can be pointed at, and the place behind it. */
static bool is_in(const struct source *source, size_t line, size_t column)
{
    return line >= 1 && line <= source->line_count && column >= 1 &&
           column <= width_of(source_line(source, line)) + 3;
}

static bool is_in_its_file(const struct input *input, const struct message *message)
{
    for (size_t i = 0; i < input->count; i++) {
        const struct source *source = input->sources[i];
        if (str_eq(source->name, message->file) && is_in(source, message->line, message->column) &&
            is_in(source, message->end_line, message->end_column) &&
            (message->line < message->end_line ||
             (message->line == message->end_line && message->column <= message->end_column)))
            return true;
    }
    return false;
}

static void check_message(const struct reader *r, const struct message *message, bool is_note)
{
    bool says_note = str_is(message->severity, "note"); /* with an id it is a remark */
    bool known =
        says_note || str_is(message->severity, "error") || str_is(message->severity, "warning");
    if (!known || message->text.len == 0 || (is_note ? !says_note : message->id.len == 0))
        finding("not a %s: %.*s", is_note ? "note" : "message", STR_ARG(r->line));
    bool needs_place = !is_note && !str_is(message->id, "too-many-errors");
    if ((needs_place || message->file.len) && !is_in_its_file(r->input, message))
        finding("no place in its file: %.*s", STR_ARG(r->line));
}

static void read_message(struct reader *r, bool is_note)
{
    struct message message = { 0 };
    expect(r, '{');
    do
        read_member(r, &message, is_note);
    while (take(r, ','));
    expect(r, '}');
    check_message(r, &message, is_note);
}

void messages_check_json(const struct input *input, struct str text)
{
    check_characters(text, false);
    while (text.len) {
        const char *end = memchr(text.ptr, '\n', text.len);
        if (!end)
            finding("the last line has no end:\n%.*s", STR_ARG(text));
        struct reader r = { .input = input, .line = { text.ptr, (size_t)(end - text.ptr) } };
        read_message(&r, false);
        if (r.at != r.line.len)
            finding("more than an object: %.*s", STR_ARG(r.line));
        text = (struct str){ end + 1, text.len - r.line.len - 1 };
    }
}
