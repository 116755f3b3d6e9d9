/* SPDX-License-Identifier: MIT */
/* mpc_oracle.c: what a parser that the mpc library makes of a grammar says to many texts.
 *
 * usage: mpc_oracle GRAMMAR RULE...
 *
 * GRAMMAR is in the language of mpca_lang and defines every RULE, of which the first is that of a
 * whole text (to_mpc.py). Reads texts, each a line with its length in bytes and then these bytes;
 * answers each with a line, yes or no. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <mpc.h>

enum { RULES_MAX = 40, TEXT_MAX = 1 << 24 };

#define FOUR(rule)  (rule)[0], (rule)[1], (rule)[2], (rule)[3]
#define EIGHT(rule) FOUR(rule), FOUR((rule) + 4)

/* mpca_lang takes the rules one by one, up to the first NULL. */
static bool define(const char *grammar, mpc_parser_t *const *rules)
{
    mpc_err_t *error =
        mpca_lang(MPCA_LANG_WHITESPACE_SENSITIVE, grammar, EIGHT(rules), EIGHT(rules + 8),
                  EIGHT(rules + 16), EIGHT(rules + 24), EIGHT(rules + 32), (mpc_parser_t *)NULL);
    if (!error)
        return true;
    mpc_err_print_to(error, stderr);
    mpc_err_delete(error);
    return false;
}

static bool accepts(mpc_parser_t *rule, const char *text)
{
    mpc_result_t result;
    if (!mpc_parse("text", text, rule, &result)) {
        mpc_err_delete(result.error);
        return false;
    }
    if (result.output)
        mpc_ast_delete(result.output);
    return true;
}

static bool answer_all(mpc_parser_t *rule)
{
    size_t len;
    while (scanf("%zu", &len) == 1 && getchar() == '\n' && len <= TEXT_MAX) {
        char *text = malloc(len + 1);
        if (!text || fread(text, 1, len, stdin) != len) {
            free(text);
            return false;
        }
        text[len] = '\0';
        puts(accepts(rule, text) ? "yes" : "no");
        free(text);
    }
    return feof(stdin) && fflush(stdout) == 0;
}

int main(int argc, char **argv)
{
    mpc_parser_t *rules[RULES_MAX] = { NULL };
    int count = argc - 2;
    if (count < 1 || count > RULES_MAX) {
        fprintf(stderr, "usage: mpc_oracle GRAMMAR RULE... (up to %d)\n", (int)RULES_MAX);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < count; i++)
        rules[i] = mpc_new(argv[i + 2]);
    bool good = define(argv[1], rules) && answer_all(rules[0]);
    for (int i = 0; i < count; i++)
        mpc_undefine(rules[i]); /* they know each other: all, before one is gone */
    for (int i = 0; i < count; i++)
        mpc_delete(rules[i]);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
