/* SPDX-License-Identifier: MIT */
/* resolve_service.c: methods, and the messages that they imply. */
#include "resolve.h"

/* get_item: GetItem. */
static void add_raised(struct text *text, struct str name)
{
    bool raise = true;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (c == '_') {
            raise = true;
            continue;
        }
        text_addc(text, raise && c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c);
        raise = false;
    }
}

static struct structure *imply(struct resolver *resolver, struct method *method,
                               enum structure_role role, struct field *fields, size_t count)
{
    struct file *file = resolver->unit->file;
    struct structure *structure = ARENA_NEW(resolver->arena, struct structure);
    struct text name = { 0 };
    text_add(&name, method->service->name);
    add_raised(&name, method->name);
    text_add(&name, role == STRUCTURE_REQUEST ? STR("Request") : STR("Reply"));
    structure->name = arena_str(resolver->arena, text_str(&name));
    text_free(&name);
    structure->full_name = file->package.len
                               ? arena_printf(resolver->arena, "%.*s.%.*s", STR_ARG(file->package),
                                              STR_ARG(structure->name))
                               : structure->name;
    structure->doc = STR("");
    structure->annotations.reason = STR("");
    structure->span = method->span;
    structure->file = file;
    structure->role = role;
    structure->method = method;
    structure->fields = fields;
    structure->field_count = count;
    file->implicit[file->implicit_count++] = structure;
    return structure;
}

static void resolve_parameters(struct resolver *resolver, struct method *target,
                               const struct ast_node *node)
{
    target->parameters =
        arena_array(resolver->arena, node->members.count, sizeof *target->parameters);
    for (const struct ast_node *p = node->members.first; p; p = p->next) {
        struct field *parameter = &target->parameters[target->parameter_count++];
        resolve_field(resolver, parameter, p);
        parameter->number = (uint32_t)target->parameter_count;
        if (!parameter->named)
            parameter->name = arena_printf(resolver->arena, "arg%zu", target->parameter_count);
        if (p->stream.source && node->members.count > 1)
            diag_error(resolver->diag, p->stream, "misplaced-stream",
                       "a stream cannot stand beside other parameters");
        target->client_streaming |= p->stream.source != NULL;
    }
}

/* NULL: none. It is the field of an implicit reply as well. */
static struct field *resolve_result(struct resolver *resolver, const struct ast_node *node)
{
    if (node->optional.source)
        diag_error(resolver->diag, node->optional, "misplaced-optional",
                   "a result cannot be optional");
    if (!node->type)
        return NULL;
    if (str_is(node->type->name.text, "void") &&
        !resolve_name(resolver, resolver->types, node->type->name.text)) {
        diag_error(resolver->diag, node->type->span, "unknown-name",
                   "unknown type 'void'; a method without a result leaves out '->'");
        return NULL;
    }
    struct field *result = ARENA_NEW(resolver->arena, struct field);
    result->name = STR("result");
    result->doc = STR("");
    result->annotations.reason = STR("");
    result->named = true;
    result->span = node->type->span;
    result->type = resolve_type(resolver, node->type);
    result->number = 1;
    return result;
}

static void resolve_messages(struct resolver *resolver, struct method *target, struct field *result)
{
    size_t count = target->parameter_count;
    if (count == 1 && target->parameters[0].type->kind == TYPE_STRUCT) {
        target->explicit_request = true;
        target->request = target->parameters[0].type->structure;
    } else {
        target->request = imply(resolver, target, STRUCTURE_REQUEST, target->parameters, count);
    }
    if (result && result->type->kind == TYPE_STRUCT) {
        target->explicit_reply = true;
        target->reply = result->type->structure;
    } else {
        target->reply = imply(resolver, target, STRUCTURE_REPLY, result, result ? 1 : 0);
    }
}

static void resolve_method(struct resolver *resolver, struct method *target,
                           const struct ast_node *node)
{
    target->name = node->name.text;
    target->doc = node->doc;
    target->span = node->name.span;
    target->annotations = resolve_annotations(resolver, node);
    target->oneway = node->oneway.source != NULL;
    resolve_parameters(resolver, target, node);
    struct field *result = resolve_result(resolver, node);
    target->result = result;
    target->server_streaming = result && node->stream.source;
    resolve_messages(resolver, target, result);
}

/* Room for both messages of every method of the file. */
static void make_room(struct resolver *resolver)
{
    struct file *file = resolver->unit->file;
    size_t methods = 0;
    if (file->implicit)
        return;
    for (const struct ast_node *d = resolver->unit->tree->declarations.first; d; d = d->next)
        if (d->kind == AST_SERVICE)
            methods += d->members.count;
    file->implicit = arena_array(resolver->arena, 2 * methods, sizeof(struct structure *));
}

void resolve_service(struct resolver *resolver, struct service *target, const struct ast_node *node)
{
    make_room(resolver);
    target->methods = arena_array(resolver->arena, node->members.count, sizeof *target->methods);
    for (const struct ast_node *m = node->members.first; m; m = m->next) {
        struct method *method = &target->methods[target->method_count++];
        method->service = target;
        resolve_method(resolver, method, m);
    }
}
