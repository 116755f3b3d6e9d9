/* SPDX-License-Identifier: MIT */
/* check_service.c: methods and their parameters. */
#include "check.h"

void check_method_names(struct checker *checker, const struct service *s)
{
    struct scope scope = scope_new(checker);
    for (size_t i = 0; i < s->method_count; i++)
        scope_add(&scope, "method", s->methods[i].name, s->methods[i].name, s->methods[i].span);
}

void check_parameters(struct checker *checker, const struct method *m)
{
    struct scope scope = scope_new(checker);
    for (size_t i = 0; i < m->parameter_count; i++) {
        const struct field *parameter = &m->parameters[i];
        scope_add(&scope, "parameter", parameter->name, parameter->name, parameter->span);
        check_type(checker, parameter->type);
        check_optional(checker, parameter);
    }
    if (m->explicit_request && m->parameters[0].optional)
        diag_error(checker->diag, m->parameters[0].span, "misplaced-optional",
                   "the only parameter cannot be optional: a struct alone is the request itself");
}

void check_oneway(struct checker *checker, const struct method *m)
{
    if (!m->oneway)
        return;
    if (m->result)
        diag_error(checker->diag, m->result->span, "oneway-result",
                   "method '%.*s' is oneway: it has no reply and so no result", STR_ARG(m->name));
    if (m->client_streaming)
        diag_error(checker->diag, m->span, "oneway-stream",
                   "method '%.*s' is oneway: it cannot take a stream", STR_ARG(m->name));
}

void check_result(struct checker *checker, const struct method *m)
{
    if (m->result)
        check_type(checker, m->result->type);
}
