/* SPDX-License-Identifier: MIT */
/* words.c: names as unfortunate as can be. */
#include "words.h"

#include <string.h>

// clang-format off
static const char *const plain[] = {
    "a", "x", "item", "value", "int", "class", "struct", "template", "new", "this", "auto", "nullptr",
    "typeof", "co_await", "and_eq", "bool", "true", "errno", "stdin", "assert", "offsetof", "size_t",
    "uint32_t", "time", "move", "index", "signal", "stat", "tm", "printf", "exit", "main", "std", "EOF",
    "NULL", "SIGINT", "INT8_MAX", "I", "unix", "linux", "i386", "major", "y0", "j1", "environ", "w", "r",
    "m", "h", "tag", "call", "channel", "reply", "done", "arg", "fn", "code", "server", "handlers", "user",
    "arena", "bytes", "message", "out", "request", "in", "key", "count", "items", "idlX", "idl", "list",
    "map", "stream", "oneway", "optional", "package", "import", "const", "enum", "service", "oneof",
    "reserved", "type", "encode", "decode", "name", "put", "get", "empty", "entry", "send", "recv", "finish",
    "async", "on_recv", "emit", "next", "on_next", "complete", "serve", "method", "enter", "entries",
    "result", "arg1", "arg2", "has_x", "has", "not_set", "HTTPServer", "getURL", "x2y", "aB", "Ab", "delta",
    "str", "by_str", "itemList", "ItemType", "float", "double", "string", "nothing", "channel_open",
    "wchar_t", "va_list", "BOOL_MAX", "register_t", "define", "defined", "inline", "restrict", "len",
    "data", "ptr", "items_count", "first", "last", "field", "number", "wire", "status", "error", "E2BIG",
    "static_assert", "alignas", "thread_local", "noreturn", "complex", "imaginary", "asm", "fortran",
    "export", "concept", "requires", "near", "far", "far1", "B0", "PI", "M_PI", "si_addr", "st_mtime",
    "sa_handler", "s6_addr", "log", "y1", "gamma", "select", "read", "write", "close", "abs", "max", "min",
    "ALL_CAPS", "lower_case", "mixedCase", "X1Y2", "U8", "UINT8_C", "INT64_C", "va_start", "FILE", "BUFSIZ",
};
static const char *const suffixes[] = {
    "list", "type", "encode", "decode", "name", "by_str", "by_int32", "by_bool", "by_str_entry", "entry",
    "async", "send", "recv", "finish", "on_recv", "complete", "emit", "next", "on_next", "handlers",
    "serve", "request", "reply", "not_set", "method", "item", "items", "count", "empty", "types", "client",
    "server", "done", "t", "h", "types_h", "payload", "value", "fn", "put", "get", "tag", "size",
};
static const char *const prefixes[] = { "put", "get", "empty", "has", "enter", "tag", "idl_x", "E", "SIG" };
// clang-format on

#define COUNT(array) (sizeof(array) / sizeof *(array))

static char upper(char c)
{
    return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static struct str one(struct chance *chance)
{
    return str_from(plain[chance_pick(chance, COUNT(plain))]);
}

static void add_word(struct text *text, struct str word, bool capital)
{
    size_t at = text->len;
    text_add(text, word);
    if (capital && text->len > at)
        text->ptr[at] = upper(text->ptr[at]);
}

/* snake_case, camelCase, PascalCase or ALL_CAPS. */
static struct str join(struct arena *arena, const struct str *words, size_t count, size_t style)
{
    struct text text = { 0 };
    for (size_t i = 0; i < count; i++) {
        if (i && (style == 0 || style == 3))
            text_addc(&text, '_');
        add_word(&text, words[i], style == 2 || (style == 1 && i));
    }
    for (size_t i = 0; style == 3 && i < text.len; i++)
        text.ptr[i] = upper(text.ptr[i]);
    struct str name = arena_str(arena, text_str(&text));
    text_free(&text);
    return name;
}

static struct str some_name(struct words *words, struct chance *chance)
{
    struct str parts[3];
    size_t count = 1;
    size_t how = chance_pick(chance, 8);
    parts[0] = one(chance);
    if (words->count && how >= 5) { /* what is derived from another */
        parts[0] = words->given[chance_pick(chance, words->count)];
        parts[count++] = str_from(suffixes[chance_pick(chance, COUNT(suffixes))]);
        if (how == 7) {
            parts[1] = parts[0];
            parts[0] = str_from(prefixes[chance_pick(chance, COUNT(prefixes))]);
        }
    } else {
        for (size_t more = how < 3 ? 0 : how == 3 ? 1 : 2; more; more--)
            parts[count++] = one(chance);
    }
    return join(words->arena, parts, count, chance_pick(chance, 4));
}

static struct str fold(struct arena *arena, struct str name)
{
    char *folded = arena_alloc(arena, name.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != '_')
            folded[len++] = lower(name.ptr[i]);
    return (struct str){ folded, len };
}

static bool is_new(const struct words *words, struct str folded)
{
    for (size_t i = 0; i < words->count; i++)
        if (str_eq(words->folded[i], folded))
            return false;
    return true;
}

static bool is_legal(struct str name, struct str folded)
{
    bool idl = str_starts(folded, STR("idl")) && name.len > 3 && name.ptr[3] == '_';
    return name.len < 200 && !idl && !strstr(name.ptr, "__") && !str_ends(name, STR("_"));
}

struct str words_new(struct words *words, struct chance *chance)
{
    if (words->count == WORDS_MAX)
        return STR("");
    for (unsigned attempt = 0;; attempt++) {
        struct str name = some_name(words, chance);
        if (attempt > 3) /* chance may have come to its end */
            name = arena_printf(words->arena, "n%zu", words->count + 100 + attempt);
        struct str folded = fold(words->arena, name);
        if (!is_legal(name, folded) || !is_new(words, folded))
            continue;
        words->given[words->count] = name;
        words->folded[words->count++] = folded;
        return name;
    }
}
