/* SPDX-License-Identifier: MIT */
/* cname_words.c: how the words of a name become an identifier. */
#include "cname_words.h"

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A word begins at name[i], which is a letter or digit behind another. */
static bool begins_word(struct str name, size_t i)
{
    char before = name.ptr[i - 1], c = name.ptr[i];
    char after = i + 1 < name.len ? name.ptr[i + 1] : '\0';
    if (!is_upper(c))
        return false;
    return is_lower(before) || is_digit(before) || (is_upper(before) && is_lower(after));
}

struct str words_split(struct arena *arena, struct str name)
{
    char *out = arena_alloc(arena, 2 * name.len + 1);
    size_t len = 0;
    bool gap = false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!is_lower(c) && !is_upper(c) && !is_digit(c)) {
            gap = true;
            continue;
        }
        if (len > 0 && (gap || begins_word(name, i)))
            out[len++] = '_';
        gap = false;
        out[len++] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
    }
    return (struct str){ out, len };
}

struct str words_join(struct arena *arena, struct str first, struct str second)
{
    if (first.len == 0 || second.len == 0)
        return first.len == 0 ? second : first;
    return arena_printf(arena, "%.*s_%.*s", STR_ARG(first), STR_ARG(second));
}

struct str words_without(struct str words, struct str prefix)
{
    if (words.len <= prefix.len + 1 || !str_starts(words, prefix) || words.ptr[prefix.len] != '_')
        return words;
    return (struct str){ words.ptr + prefix.len + 1, words.len - prefix.len - 1 };
}

struct str words_identifier(struct arena *arena, struct str words, bool upper)
{
    char *out = arena_alloc(arena, words.len + 2);
    size_t len = 0;
    if (words.len == 0 || is_digit(words.ptr[0]))
        out[len++] = 'x';
    for (size_t i = 0; i < words.len; i++) {
        bool own_prefix = i == 3 && words.ptr[i] == '_' && str_starts(words, STR("idl"));
        if (!own_prefix)
            out[len++] = words.ptr[i];
    }
    for (size_t i = 0; upper && i < len; i++)
        out[i] = is_lower(out[i]) ? (char)(out[i] - 'a' + 'A') : out[i];
    return (struct str){ out, len };
}
