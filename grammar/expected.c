/* SPDX-License-Identifier: MIT */
/* expected.c: syntax errors in the user's words. */
#include <string.h>

#include "parser.tab.h"
#include "reader.h"

enum { SHOWN_MAX = 4 };

static bool has(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static bool begins_item(int kind)
{
    return kind == 0 || kind == TOK_RESYNC || kind == ';' || kind == '<' || kind == '{' ||
           kind == '>' || kind == '}';
}

/* What can begin here and what it is called behind "after". */
static const struct {
    const char *symbol, *short_name;
} items[] = {
    { "a declaration", "declaration" },
    { "an enum value", "enum value" },
    { "a field", "field" },
    { "a method", "method" },
};

/* What ends an item is worth naming first; of what begins a part one name says it all. */
static size_t choose(const char *const *names, size_t count, const char **chosen)
{
    static const char *const order[] = { "'='",     "';'",           "'('",          "')'",
                                         "','",     "'<'",           "a type",       "a name",
                                         "a value", "a number",      "a string",     "'->'",
                                         "'>'",     "'>' of a type", "a declaration" };
    size_t n = 0;
    bool semicolon = has(names, count, "';'");
    for (size_t i = 0; i < sizeof order / sizeof *order && n < SHOWN_MAX; i++) {
        const char *name = order[i];
        if (!has(names, count, name))
            continue;
        if (semicolon && (strcmp(name, "a type") == 0 || strcmp(name, "a name") == 0 ||
                          strcmp(name, "'>'") == 0))
            continue; /* those would begin the next item, or end the block */
        if (strcmp(name, "a number") == 0 && has(names, count, "a value"))
            continue;
        if (strcmp(name, "a string") == 0 && has(names, count, "a value"))
            continue;
        if (strcmp(name, "a name") == 0 &&
            (has(names, count, "a type") || has(names, count, "a value")))
            continue;
        if (strcmp(name, "','") == 0 && semicolon)
            continue; /* taken, but wrong: see reader_comma */
        chosen[n++] = strcmp(name, "'>' of a type") == 0 ? "'>'" : name;
    }
    return n;
}

static struct str join_names(struct arena *arena, const char *const *names, size_t count)
{
    struct text text = { 0 };
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", names[i]);
    struct str joined = arena_str(arena, text_str(&text));
    text_free(&text);
    return joined;
}

static struct str found(struct reader *reader)
{
    struct str text = span_text(reader->last.span);
    if (reader->last.kind == TOK_EOF)
        return STR("the end of the file");
    if (reader->last.kind == TOK_STRING)
        return STR("a string");
    if (text.len > 40)
        return arena_printf(reader->arena, "'%.*s...'", 40, text.ptr);
    return arena_printf(reader->arena, "'%.*s'", STR_ARG(text));
}

/* Where a declaration should begin: often a misspelt keyword. */
static void report_no_declaration(struct reader *reader)
{
    struct str what = found(reader);
    static const struct str keywords[] = {
        { "package", 7 }, { "import", 6 }, { "const", 5 },
        { "enum", 4 },    { "struct", 6 }, { "service", 7 },
    };
    struct span span = reader->last.span;
    bool closes = reader->last.kind == '>' || reader->last.kind == '}';
    if (reader->lost && (closes || reader->last.column > 0))
        return; /* more of what is at the wrong place */
    reader->lost = true;
    if (closes) {
        reader_error(reader, span, "unexpected", "'%c' closes nothing", (char)reader->last.kind);
        return;
    }
    struct str text = span_text(span);
    struct str hint = diag_closest(text, keywords, sizeof keywords / sizeof *keywords);
    if (str_is(text, "message"))
        hint = STR("struct");
    if (hint.len)
        reader_error(reader, span, "expected",
                     "expected a declaration, found '%.*s'; did you mean '%.*s'?", STR_ARG(text),
                     STR_ARG(hint));
    else
        reader_error(reader, span, "expected",
                     "expected 'struct', 'enum', 'service', 'const' or 'import', found %.*s",
                     STR_ARG(what));
}

/* x<...> in the place of a type. */
static bool report_generic(struct reader *reader, const char *const *names, size_t count)
{
    static const struct str containers[] = { { "list", 4 }, { "map", 3 } };
    if (reader->last.kind != '<' || reader->previous.kind != TOK_NAME ||
        !has(names, count, "a name") || has(names, count, "a type"))
        return false;
    struct str text = span_text(reader->previous.span);
    struct str hint = diag_closest(text, containers, 2);
    if (str_is(text, "vector") || str_is(text, "array") || str_is(text, "repeated"))
        hint = containers[0];
    if (hint.len)
        reader_error(reader, reader->previous.span, "unknown-type",
                     "unknown type '%.*s<...>'; did you mean '%.*s'?", STR_ARG(text),
                     STR_ARG(hint));
    else
        reader_error(reader, reader->previous.span, "unknown-type",
                     "unknown type '%.*s<...>'; only 'list' and 'map' take '<>'", STR_ARG(text));
    return true;
}

/* A keyword where a type should be: only a dotted name could begin so. */
static bool report_keyword(struct reader *reader, const char *const *names, size_t count)
{
    if (count != 1 || strcmp(names[0], "'.'") != 0)
        return false;
    struct span span = reader->previous.span;
    struct str text = span_text(span);
    switch (reader->previous.kind) {
    case TOK_STREAM:
        reader_error(reader, span, "misplaced-stream",
                     "'stream' cannot stand here, only before a method's parameter or result");
        return true;
    case TOK_OPTIONAL:
        reader_error(reader, span, "misplaced-optional",
                     "'optional' cannot stand here, only before a field or a parameter");
        return true;
    case TOK_ONEOF:
    case TOK_RESERVED:
        reader_error(reader, span, "expected", "'%.*s' cannot stand here, only in a struct",
                     STR_ARG(text));
        return true;
    default:
        reader_error(reader, span, "expected", "expected a type, found '%.*s'", STR_ARG(text));
        return true;
    }
}

/* What other languages mean by a mark that is none here. */
static const char *foreign_mark(const struct reader *reader, const char *const *names, size_t count)
{
    static const struct {
        char mark;
        const char *hint;
    } marks[] = {
        { '[', "; an array is 'list<type>'" },
        { '?', "; 'optional' stands before the type" },
        { '*', "; there are no pointers" },
    };
    if (reader->last.kind != TOK_OTHER)
        return "";
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (*span_text(reader->last.span).ptr == marks[i].mark)
            return marks[i].hint;
    bool name_missing = count == 1 && strcmp(names[0], "a name") == 0;
    if (name_missing && *span_text(reader->last.span).ptr == ':')
        return "; a type stands before the name, without ':'";
    return "";
}

/* One mark is expected after what; of several things, any. */
static void report_expected(struct reader *reader, const char *const *names, size_t count)
{
    struct str what = found(reader);
    struct span span = reader->last.span;
    struct str before = span_text(reader->previous.span);
    struct str any = join_names(reader->arena, names, count);
    if (count == 0)
        reader_error(reader, span, "unexpected", "unexpected %.*s", STR_ARG(what));
    else if (count == 1 && *names[0] == '\'' && before.len > 0 && before.len <= 40)
        reader_error(reader, span, "expected", "expected %s after '%.*s', found %.*s%s", names[0],
                     STR_ARG(before), STR_ARG(what), foreign_mark(reader, names, count));
    else
        reader_error(reader, span, "expected", "expected %.*s, found %.*s%s", STR_ARG(any),
                     STR_ARG(what), foreign_mark(reader, names, count));
}

void report_unexpected(struct reader *reader, const char *const *names, size_t count)
{
    struct str what = found(reader);
    bool fresh = begins_item(reader->previous.kind);
    if (has(names, count, "a declaration") && fresh) {
        report_no_declaration(reader);
        return;
    }
    if (report_generic(reader, names, count) || report_keyword(reader, names, count))
        return;
    if (has(names, count, "'{'")) { /* and all that the block could begin with */
        reader_error(reader, reader->last.span, "expected", "expected '<', found %.*s",
                     STR_ARG(what));
        return;
    }
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        if (!has(names, count, items[i].symbol))
            continue;
        if (fresh) {
            reader_error(reader, reader->last.span, "expected", "expected %s, found %.*s",
                         items[i].symbol, STR_ARG(what));
            return;
        }
        if (has(names, count, "'='") || has(names, count, "'->'"))
            break;
        reader_error(reader, reader->last.span, "expected-semicolon",
                     "expected ';' after %s, found %.*s", items[i].short_name, STR_ARG(what));
        return;
    }
    const char *chosen[SHOWN_MAX];
    report_expected(reader, chosen, choose(names, count, chosen));
}
