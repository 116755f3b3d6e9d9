/* SPDX-License-Identifier: MIT */
/* cname_service.c: names derived from services and their methods, and parameters. */
#include "cname.h"
#include "cname_reserved.h"
#include "cname_words.h"
#include "ctype.h"
#include "table.h"

static struct str derive_with(struct cname *c, struct str words, const char *suffix,
                              struct cname_origin origin)
{
    return cname_derive(c, words_join(c->arena, words, str_from(suffix)), false, origin);
}

static struct str static_with(struct cname *c, struct str words, const char *suffix,
                              struct cname_origin origin)
{
    return cname_static(c, words_join(c->arena, words, str_from(suffix)), origin);
}

static void derive_method(struct cname *c, struct method *m)
{
    struct cname_origin origin = { "method", m->name, m->span };
    struct str words = cname_method_words(c, m, true);
    m->c_async_name = derive_with(c, words, "async", origin);
    if (m->client_streaming) {
        m->c_send_name = derive_with(c, words, "send", origin);
        m->c_next_name = derive_with(c, words, "next", origin);
        m->c_on_next_name = derive_with(c, words, "on_next", origin);
    }
    if (m->server_streaming) {
        m->c_recv_name = derive_with(c, words, "recv", origin);
        m->c_on_recv_name = derive_with(c, words, "on_recv", origin);
        m->c_emit_name = derive_with(c, words, "emit", origin);
    }
    if (m->client_streaming || m->server_streaming)
        m->c_finish_name = derive_with(c, words, "finish", origin);
    if (!m->oneway && !m->server_streaming)
        m->c_complete_name = derive_with(c, words, "complete", origin);
}

static struct str static_behind(struct cname *c, const char *verb, struct str words,
                                struct cname_origin origin)
{
    return cname_static(c, words_join(c->arena, str_from(verb), words), origin);
}

/* What says which C type it is: its name, but for those of C and the runtime, which have "idl_" and
 * their word. */
static struct str type_name(struct cname *c, const struct file *file, const struct type *type)
{
    const struct type *item = type->kind == TYPE_LIST ? type->value : type;
    bool list = item != type;
    for (size_t i = 0; type->kind == TYPE_MAP && i < file->map_count; i++) {
        if (ctype_same_map(file->maps[i].type, type, false))
            return file->maps[i].c_name;
    }
    if (item->kind == TYPE_STRUCT)
        return list ? item->structure->c_list_name : item->structure->c_name;
    if (item->kind == TYPE_ENUM)
        return list ? item->enumeration->c_list_name : item->enumeration->c_name;
    const struct ctype *scalar = ctype_of(item->kind);
    return arena_printf(c->arena, "idl_%s%s", scalar ? scalar->word : "", list ? "_list" : "");
}

/* All callbacks that are given the same type are called by one function. */
static void name_done(struct cname *c, const struct file *file, struct table *dones,
                      struct method *m, struct cname_origin origin)
{
    bool has_result = m->result && !m->server_streaming;
    struct str type = has_result ? type_name(c, file, m->result->type) : STR("idl_nothing");
    const struct method *first = table_put(dones, type, m);
    struct str words = words_without(words_without(type, file->c_prefix), STR("idl"));
    m->first_done = !first;
    m->c_done_name = first ? first->c_done_name : static_with(c, words, "done", origin);
}

static void name_statics(struct cname *c, const struct file *file, struct table *dones,
                         struct method *m)
{
    struct cname_origin origin = { "method", m->name, m->span };
    struct str words = cname_method_words(c, m, false);
    m->c_method_name = static_with(c, words, "method", origin);
    m->c_item_name = static_with(c, words, "item", origin);
    name_done(c, file, dones, m, origin);
    m->c_answer_name = static_behind(c, "answer", words, origin);
    m->c_take_name = static_behind(c, "take", words, origin);
    m->c_try_name = static_behind(c, "try", words, origin);
}

/* Members of the handlers struct. Methods whose words are the same were reported by their C
 * functions' names. */
static void name_handlers(struct cname *c, struct service *service)
{
    for (size_t i = 0; i < service->method_count; i++) {
        struct method *m = &service->methods[i];
        m->c_member = words_identifier(c->kept, words_split(c->arena, m->name), false);
        while (cname_is_word(m->c_member))
            m->c_member = arena_printf(c->kept, "%.*s_", STR_ARG(m->c_member));
    }
}

void cname_derive_services(struct cname *c, struct file *file)
{
    for (size_t i = 0; i < file->declaration_count; i++) {
        if (file->declarations[i].kind != DECLARE_SERVICE)
            continue;
        struct service *service = file->declarations[i].service;
        struct cname_origin origin = { "service", service->name, service->span };
        struct str words =
            words_join(c->arena, file->c_prefix, words_split(c->arena, service->name));
        service->c_handlers_name = derive_with(c, words, "handlers", origin);
        service->c_serve_name = derive_with(c, words, "serve", origin);
        for (size_t m = 0; m < service->method_count; m++)
            derive_method(c, &service->methods[m]);
        name_handlers(c, service);
    }
}

void cname_static_services(struct cname *c, struct file *file)
{
    struct table *dones = table_new(c->arena);
    for (size_t i = 0; i < file->declaration_count; i++) {
        if (file->declarations[i].kind != DECLARE_SERVICE)
            continue;
        struct service *service = file->declarations[i].service;
        struct cname_origin origin = { "service", service->name, service->span };
        struct str words = words_split(c->arena, service->name);
        service->c_methods_name = static_with(c, words, "methods", origin);
        service->c_enter_name = static_with(c, words, "enter", origin);
        for (size_t m = 0; m < service->method_count; m++)
            name_statics(c, file, dones, &service->methods[m]);
    }
}

/* The names that a stub gives to its own parameters, beside the user's. */
static bool is_stubs_own(struct str name)
{
    static const char *const own[] = { "channel", "call", "reply", "done", "arg" };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (str_is(name, own[i]))
            return true;
    }
    return false;
}

static bool is_other_parameter(const struct method *m, size_t count, struct str name)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(m->parameters[i].c_parameter_name, name))
            return true;
    }
    return false;
}

void cname_parameters(struct cname *c, struct service *service)
{
    for (size_t i = 0; i < service->method_count; i++) {
        struct method *m = &service->methods[i];
        for (size_t p = 0; p < m->parameter_count; p++) {
            struct field *field = &m->parameters[p];
            struct str name = words_identifier(c->kept, words_split(c->arena, field->name), false);
            while (cname_is_word(name) || is_stubs_own(name) || cname_in_sight(c, name) ||
                   is_other_parameter(m, p, name))
                name = arena_printf(c->kept, "%.*s_", STR_ARG(name));
            field->c_parameter_name = name;
        }
    }
}
