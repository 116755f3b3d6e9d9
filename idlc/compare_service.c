/* SPDX-License-Identifier: MIT */
/* compare_service.c: methods, by their names, and their messages. */
#include "compare_parts.h"

/* Services with more methods than these are not searched for one that looks like another. */
enum { LIKENESS_MAX = 200 };

static struct table *methods_of(struct compare *c, const struct service *service)
{
    struct table *table = table_new(c->arena);
    for (size_t i = 0; i < service->method_count; i++)
        table_put(table, service->methods[i].name, &service->methods[i]);
    return table;
}

static const char *kind_of(const struct method *m)
{
    if (m->oneway)
        return "oneway";
    if (m->client_streaming)
        return m->server_streaming ? "stream both ways" : "stream from the client";
    return m->server_streaming ? "stream from the server" : "one request, one reply";
}

/* ---- Messages ---- */

struct message {
    const char *what; /* "request" */
    const struct structure *structure;
    bool is_explicit;
    struct span span; /* what says so */
};

static struct message request_of(const struct method *m)
{
    return (struct message){ "request", m->request, m->explicit_request,
                             m->parameter_count ? m->parameters[0].type->span : m->span };
}

static struct message reply_of(const struct method *m)
{
    return (struct message){ "reply", m->reply, m->explicit_reply,
                             m->result ? m->result->type->span : m->span };
}

static void compare_messages(struct compare *c, const struct method *method, struct message before,
                             struct message now, enum rule wire, enum rule source)
{
    if (!before.is_explicit && !now.is_explicit) {
        compare_structures(c, before.structure, now.structure);
        return;
    }
    const struct structure *s = before.structure;
    if (before.is_explicit && now.is_explicit &&
        table_get(c->partners, (struct str){ (const char *)&s, sizeof s }) == now.structure)
        return;
    struct str reason = compare_contents(c, before.structure, now.structure);
    compare_report(c, reason.len ? wire : source, now.span, before.span,
                   "%s of '%.*s.%.*s' changed from '%.*s' to '%.*s': %.*s", now.what,
                   STR_ARG(method->service->name), STR_ARG(method->name),
                   STR_ARG(before.structure->full_name), STR_ARG(now.structure->full_name),
                   STR_ARG(reason.len ? reason : STR("the same on the wire, but not in C")));
}

/* ---- Methods ---- */

static void compare_method_c_names(struct compare *c, const struct method *before,
                                   const struct method *now)
{
    struct c_name_pair pairs[] = {
        { before->c_name, now->c_name },
        { before->c_member, now->c_member },
        { before->c_async_name, now->c_async_name },
        { before->c_send_name, now->c_send_name },
        { before->c_recv_name, now->c_recv_name },
        { before->c_finish_name, now->c_finish_name },
        { before->c_on_recv_name, now->c_on_recv_name },
        { before->c_complete_name, now->c_complete_name },
        { before->c_emit_name, now->c_emit_name },
        { before->c_next_name, now->c_next_name },
        { before->c_on_next_name, now->c_on_next_name },
    };
    if (str_eq(before->service->c_name, now->service->c_name))
        compare_c_names(c, now->span, before->span, now->name, pairs, sizeof pairs / sizeof *pairs);
}

static void compare_method(struct compare *c, const struct method *before, const struct method *now)
{
    if (before->oneway != now->oneway || before->client_streaming != now->client_streaming ||
        before->server_streaming != now->server_streaming)
        compare_report(c, WIRE_METHOD_KIND, now->span, before->span,
                       "kind of method '%.*s.%.*s' changed from '%s' to '%s'",
                       STR_ARG(now->service->name), STR_ARG(now->name), kind_of(before),
                       kind_of(now));
    else
        compare_method_c_names(c, before, now);
    compare_messages(c, now, request_of(before), request_of(now), WIRE_METHOD_REQUEST,
                     SOURCE_METHOD_REQUEST);
    compare_messages(c, now, reply_of(before), reply_of(now), WIRE_METHOD_REPLY,
                     SOURCE_METHOD_REPLY);
    compare_deprecation(c, "method", now->service->name, now->name, now->span, &before->annotations,
                        &now->annotations);
    if (before->annotations.idempotent && !now->annotations.idempotent)
        compare_report(c, RISK_IDEMPOTENT, now->span, before->annotations.idempotent_span,
                       "method '%.*s.%.*s' is no longer idempotent, and older clients repeat it",
                       STR_ARG(now->service->name), STR_ARG(now->name));
}

static bool same_types(struct compare *c, const struct structure *before,
                       const struct structure *now)
{
    if (before->field_count != now->field_count)
        return false;
    for (size_t i = 0; i < now->field_count; i++)
        if (!compare_types(c, before->fields[i].type, now->fields[i].type).same)
            return false;
    return true;
}

/* A method that was not there and looks like one that is gone. */
static const struct method *find_renamed(struct compare *c, const struct method *before,
                                         const struct table *old, const struct service *new)
{
    for (size_t i = 0; i < new->method_count &&new->method_count <= LIKENESS_MAX; i++) {
        const struct method *now = &new->methods[i];
        if (before->oneway == now->oneway && before->client_streaming == now->client_streaming &&
            before->server_streaming == now->server_streaming &&
            before->explicit_request == now->explicit_request &&
            before->explicit_reply == now->explicit_reply &&
            same_types(c, before->request, now->request) &&
            same_types(c, before->reply, now->reply) && !table_get(old, now->name))
            return now;
    }
    return NULL;
}

void compare_services(struct compare *c, const struct service *before, const struct service *now)
{
    const struct table *old_methods = methods_of(c, before), *new_methods = methods_of(c, now);
    for (size_t i = 0; i < before->method_count; i++) {
        const struct method *old = &before->methods[i];
        const struct method *same = table_get(new_methods, old->name);
        if (same) {
            compare_method(c, old, same);
            continue;
        }
        compare_report(c, WIRE_METHOD_REMOVED, now->span, old->span,
                       "method '%.*s.%.*s' was removed", STR_ARG(now->name), STR_ARG(old->name));
        const struct method *renamed = find_renamed(c, old, old_methods, now);
        if (renamed)
            diag_note(c->diag, renamed->span,
                      "is this the same method? a new name breaks the wire");
    }
    for (size_t i = 0; i < now->method_count; i++)
        if (!table_get(old_methods, now->methods[i].name))
            compare_report(c, SAFE_ADDED, now->methods[i].span, (struct span){ 0 },
                           "method '%.*s.%.*s' was added", STR_ARG(now->name),
                           STR_ARG(now->methods[i].name));
}
