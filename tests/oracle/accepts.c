/* SPDX-License-Identifier: MIT */
/* accepts.c: the parser's verdict on many texts, for oracle.py.
 *
 * Reads texts, each a line with its length in bytes and then these bytes; answers each with a line:
 *
 *     yes          the syntax is right, whatever else is wrong
 *     no ID        it is not; ID names the first reason
 *     limit        there is more of something than the parser allows
 *
 * The parser lets through what the checks explain better (parser.y); here that is wrong syntax as
 * well. The other way round, its errors about values are none about syntax. */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

enum { TEXT_MAX = 1 << 24 };

/* ---- What is let through for the checks ---- */

static bool is_negative(const struct ast_value *value)
{
    return value && value->negative;
}

static bool is_right_constant(const struct ast_value *value)
{
    return value->kind != AST_NAME || !value->negative || str_is(value->text, "inf") ||
           str_is(value->text, "nan");
}

static bool are_right_annotations(const struct ast_annotation *annotation)
{
    for (; annotation; annotation = annotation->next) {
        const struct ast_value *value = annotation->arguments;
        if (annotation->has_arguments && (!value || value->kind != AST_STRING || value->next))
            return false;
    }
    return true;
}

static const char *wrong_node(const struct ast_node *node)
{
    if (!are_right_annotations(node->annotations))
        return "annotation";
    if (node->kind == AST_CONSTANT && !is_right_constant(node->value))
        return "negative-name";
    if ((node->kind == AST_FIELD || node->kind == AST_RANGE) &&
        (is_negative(node->value) || is_negative(node->last)))
        return "negative-number";
    if (node->kind == AST_METHOD && node->optional.source)
        return "optional-result";
    return NULL;
}

/* Nodes nest four deep: struct, oneof, field; service, method, parameter. */
static const char *wrong_in(const struct ast_list *list)
{
    const char *wrong = NULL;
    for (const struct ast_node *node = list->first; node && !wrong; node = node->next) {
        wrong = wrong_node(node);
        if (!wrong)
            wrong = wrong_in(&node->members);
    }
    return wrong;
}

/* ---- What was reported ---- */

static bool is_limit(struct str id)
{
    return str_is(id, "too-deep");
}

static bool is_about_values(struct str id)
{
    return str_is(id, "int-overflow") || str_is(id, "long-name");
}

/* The id of each error in diag's JSON. */
static struct str next_error(const char **at)
{
    static const char begin[] = "{\"severity\":\"error\",\"id\":\"";
    const char *found = strstr(*at, begin);
    if (!found)
        return STR("");
    found += sizeof begin - 1;
    size_t len = strcspn(found, "\"");
    *at = found + len;
    return (struct str){ found, len };
}

static struct str first_refusal(const char *json)
{
    struct str refusal = STR("");
    for (struct str id; (id = next_error(&json)).len > 0;) {
        if (is_limit(id))
            return id;
        if (refusal.len == 0 && !is_about_values(id))
            refusal = id;
    }
    return refusal;
}

static char *report(struct diag *diag)
{
    char *json = NULL;
    size_t len;
    FILE *out = open_memstream(&json, &len);
    if (!out)
        abort();
    diag_flush(diag, out);
    if (fclose(out) != 0)
        abort();
    return json;
}

static void judge(struct str text)
{
    struct arena *arena = arena_new();
    struct diag *diag =
        diag_new(arena, &(struct diag_options){ .format = DIAG_JSON, .max_errors = 1000000 });
    const struct ast_file *file = parse_source(arena, diag, source_from(arena, STR("text"), text));
    char *json = report(diag);
    struct str refusal = first_refusal(json);
    const char *wrong = refusal.len ? NULL : wrong_in(&file->declarations);
    if (is_limit(refusal))
        puts("limit");
    else if (refusal.len || wrong)
        printf("no %.*s\n", STR_ARG(refusal.len ? refusal : str_from(wrong)));
    else
        puts("yes");
    free(json);
    arena_free(arena);
}

int main(void)
{
    size_t len;
    while (scanf("%zu", &len) == 1 && getchar() == '\n' && len <= TEXT_MAX) {
        char *text = malloc(len + 1);
        if (!text || fread(text, 1, len, stdin) != len)
            return EXIT_FAILURE;
        text[len] = '\0';
        judge((struct str){ text, len });
        free(text);
    }
    return feof(stdin) && fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
